//! Linear models on random features, where the interpolant of smallest norm is known.

mod dose_response;
mod double_descent;
mod examples;
pub mod hitting_times;
mod limits;
pub mod theorem;

pub use dose_response::{DIRECTIONS, DOSES, Direction, DoseResponse, Response};
pub use double_descent::{DoubleDescent, Model, grid};
pub(super) use examples::{Draw, draw};
pub use limits::{FIRST_NEGATIVE, Followed, Limit, MethodLimits, methods};
