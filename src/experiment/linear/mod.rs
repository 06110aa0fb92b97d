//! Linear models on random features, where the interpolant of smallest norm is known.

mod dose_response;
mod double_descent;
mod equal_norm;
mod examples;
pub mod hitting_times;
mod identity;
mod limits;
mod limits_of_seeds;
mod norm_and_time;
pub mod theorem;

pub use dose_response::{DIRECTIONS, DOSES, Direction, DoseResponse, Response};
pub use double_descent::{DoubleDescent, Model, ModelStudy, grid};
pub use equal_norm::EqualNorm;
pub(super) use examples::{Draw, draw};
pub use identity::Identity;
pub use limits::{FIRST_NEGATIVE, Followed, Limit, MethodLimits, methods};
pub use limits_of_seeds::LimitsOfSeeds;
pub use norm_and_time::NormAndTime;
