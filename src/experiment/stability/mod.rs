//! What one example changes: trainings with one replaced, fits with one removed, and
//! networks trained on shares of the examples.

mod contrast;
mod draw;
mod groups;
mod memorization;
mod removed;
mod replacements;
mod ridge;
mod scores;

pub use contrast::{Contrast, ReplacedExamples, ReplacedStudy, largest_change, largest_gradient};
pub use draw::draw;
pub use groups::{Group, Memorized, NOISE};
pub use memorization::Memorization;
pub use removed::RemovedStudy;
pub use replacements::{Base, GRADIENTS, One, OtherSeeds, PREPROCESSING, Replacements, Reseeded};
pub use ridge::{Measured as RidgeStability, Removals};
pub use scores::{MemorizationScores, ScoredExamples};
