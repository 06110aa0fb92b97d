//! What one example changes: trainings with one replaced, fits with one removed, and
//! networks trained on shares of the examples.

mod draw;
mod memorization;
mod replacements;
mod ridge;

pub use draw::draw;
pub use memorization::Memorization;
pub use replacements::{Base, GRADIENTS, One, OtherSeeds, PREPROCESSING, Replacements, Reseeded};
pub use ridge::{Measured as RidgeStability, Removals};
