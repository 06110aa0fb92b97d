//! Rademacher complexity: networks and kernels on random signs, and exact complexities of
//! norm balls, on one binary problem; and the ball of any kernel.

pub mod ball;
pub mod bounded;
pub mod capacity;
pub mod classes;
pub mod kernels;
pub mod labels;
pub mod networks;
pub mod profile;
