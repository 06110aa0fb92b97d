//! What is fixed before the first run: the networks that are compared and how each is found,
//! the data, the thresholds of the rules.

mod cell;
mod cells;
mod cost;
mod outcome;
mod plan;
mod stratum;

pub use cell::{Along, Bad, Cell, Change, Held, Method, Rate, VolumeStart, features};
pub use cells::{Cells, methods, rates};
pub use cost::{Cost, Loss};
pub use outcome::{End, Measured, Moved, Outcome};
pub use plan::{Plan, Thresholds};
pub use stratum::{Piloted, Stratum, Tried};
