//! How often random weights fit: reachability without any optimizer.

use serde::{Deserialize, Serialize};

use super::{Context, Experiment, ExperimentError};
use crate::dataset::Preprocessing;
use crate::store::{Holds, Kind};
use crate::trial::guessing::{Guessed, Guessing, guess, two_classes};

/// Random networks on a few images of two classes, and which labelings they fit.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Guesses {
    /// Checksum of the dataset.
    pub checksum: String,
    /// Training images.
    pub images: usize,
    /// Test images, of which those of the two classes are used.
    pub test: usize,
    /// The two classes that are told apart.
    pub classes: [u32; 2],
    /// How pixels become inputs.
    pub preprocessing: Preprocessing,
    /// Probabilities that a label is a fair coin.
    pub corrupted: Vec<f64>,
    /// The networks that are drawn.
    pub guessing: Guessing,
    /// Seed of the images and of everything drawn.
    pub seed: u64,
}

impl Experiment for Guesses {
    const KIND: Kind = Kind {
        name: "guesses",
        holds: Holds::Numbers,
    };
    type Output = Vec<Guessed>;

    fn run(&self, context: &mut Context<'_>) -> Result<Vec<Guessed>, ExperimentError> {
        let dataset = context.dataset(&self.checksum)?;
        let both = two_classes(dataset.train(), self.classes)?;
        let train = both.subset(self.images, self.seed)?;
        let test = two_classes(&dataset.test().subset(self.test, 0)?, self.classes)?;
        let [train, test] = [train, test].map(|split| self.preprocessing.apply(split));
        let guessed = guess(&train, &test, &self.corrupted, self.guessing, self.seed);
        Ok(guessed?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::tests::{dataset, pin};

    #[test]
    fn pins() {
        pin(
            "guesses",
            &Guesses {
                checksum: dataset().checksum().to_owned(),
                images: 4,
                test: 100,
                classes: [0, 1],
                preprocessing: Preprocessing::PerImageStandardization,
                corrupted: vec![0.0, 0.25, 0.5, 1.0],
                guessing: Guessing {
                    hidden: 4,
                    guesses: 500,
                    measured: 3,
                },
                seed: 1,
            },
        );
    }
}
