//! Dense layers: products of packed matrices.

mod descent;
mod gradient;
mod layer;
mod loss;

pub use descent::{Descent, Step};
pub use gradient::Gradient;
pub use layer::{Backward, Dense, Forward};
pub use loss::cross_entropy_with_gradient;
