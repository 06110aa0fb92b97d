//! What one example changes: trainings with one replaced, fits with one removed, and
//! networks trained on shares of the examples.

mod contrast;
mod draw;
mod memorization;
mod replacements;
mod ridge;
mod scores;

pub use contrast::{Contrast, ReplacedExamples, ReplacedStudy, largest_change};
pub use draw::draw;
pub use memorization::Memorization;
pub use replacements::{Base, GRADIENTS, One, OtherSeeds, PREPROCESSING, Replacements, Reseeded};
pub use ridge::{Measured as RidgeStability, Removals};
pub use scores::{MemorizationScores, ScoredExamples};
