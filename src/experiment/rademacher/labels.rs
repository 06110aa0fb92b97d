//! The binary problem, and the labels it is given.

use super::super::ExperimentError;
use crate::complexity::Draws;
use crate::dataset::{ImageShape, Split};
use crate::random::seed_of;
use crate::treatment::Treatment;
use serde::{Deserialize, Serialize};

/// What the training images are labelled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Labels {
    /// Their own labels.
    True,
    /// Each label is replaced by a random sign with this probability in per cent.
    Noise(u8),
    /// Random signs, the vectors that complexities average over.
    Signs,
}

/// Every labeling, by the share of random signs in it.
pub const LABELS: [Labels; 5] = [
    Labels::True,
    Labels::Noise(10),
    Labels::Noise(20),
    Labels::Noise(50),
    Labels::Signs,
];

/// Which labels of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Seed of the images and of all sign vectors.
    pub seed: u64,
    /// Number of the sign vector, or of the draw of the noise.
    pub number: u64,
}

impl Labels {
    /// Its name.
    pub fn name(self) -> String {
        match self {
            Self::True => "true".to_owned(),
            Self::Noise(percent) => format!("{percent} % noise"),
            Self::Signs => "random".to_owned(),
        }
    }

    /// Fraction of labels that are random signs.
    pub fn noise(self) -> f64 {
        match self {
            Self::True => 0.0,
            Self::Noise(percent) => f64::from(percent) / 100.0,
            Self::Signs => 1.0,
        }
    }

    /// The error on labels with the same noise, given the error on true labels: a
    /// random sign is wrong half the time.
    pub fn error_with_noise(self, clean: f64) -> f64 {
        self.noise() / 2.0 + (1.0 - self.noise()) * clean
    }

    /// Labels 0 and 1 of binary training images.
    pub fn apply(
        self,
        train: &Split,
        shape: ImageShape,
        trial: Trial,
    ) -> Result<Vec<u32>, ExperimentError> {
        let treatment = match self {
            Self::True => return Ok(train.labels().to_vec()),
            Self::Signs => return signs(train.len(), trial),
            Self::Noise(percent) => Treatment::CorruptedLabels {
                probability: f64::from(percent) / 100.0,
            },
        };
        // A noise of its own for every image set and trial.
        let seed = seed_of(trial.seed, &format!("noise {}", trial.number));
        let treated = treatment.apply(train, &train.gather(&[0]), 2, shape, seed)?;
        Ok(treated.train.labels().to_vec())
    }
}

/// One vector of signs as labels 0 for −1 and 1 for +1.
fn signs(n: usize, trial: Trial) -> Result<Vec<u32>, ExperimentError> {
    let number = trial.number as usize;
    let column = Draws::signs(n, number + 1, trial.seed)?.block(number..number + 1);
    Ok((0..n).map(|i| u32::from(column[(i, 0)] > 0.0)).collect())
}

/// The same images, label 0 for the classes of even number and 1 for the others.
pub fn binary(split: &Split) -> Result<Split, ExperimentError> {
    let labels = split.labels().iter().map(|label| label % 2).collect();
    relabelled(split, labels)
}

/// The same images with other labels.
pub fn relabelled(split: &Split, labels: Vec<u32>) -> Result<Split, ExperimentError> {
    Ok(Split::new(
        split.pixels().to_vec(),
        labels,
        split.features(),
    )?)
}

/// −1 and +1 for labels 0 and 1.
pub fn sign(label: u32) -> f64 {
    2.0 * f64::from(label) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_nested_and_half_of_it_is_wrong() {
        let n = 4000;
        let train = Split::new(vec![0.5; n], vec![1; n], 1).expect("images");
        let shape = ImageShape {
            channels: 1,
            height: 1,
            width: 1,
        };
        let trial = Trial { seed: 3, number: 2 };
        let flipped = |labels: Labels| -> Vec<bool> {
            let labels = labels.apply(&train, shape, trial).expect("labels");
            labels.into_iter().map(|label| label == 0).collect()
        };
        let few = flipped(Labels::Noise(10));
        let many = flipped(Labels::Noise(50));
        assert!(few.iter().zip(&many).all(|(few, many)| many | !few));
        let share = |f: &[bool]| f.iter().filter(|f| **f).count() as f64 / n as f64;
        assert!((share(&few) - Labels::Noise(10).error_with_noise(0.0)).abs() < 0.02);
        assert!((share(&many) - Labels::Noise(50).error_with_noise(0.0)).abs() < 0.04);
        assert!((share(&flipped(Labels::Signs)) - 0.5).abs() < 0.04);
    }
}
