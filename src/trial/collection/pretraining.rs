//! A first training on random labels.

use rand::RngExt;

use crate::dataset::Split;
use crate::random::stream;
use crate::trial::TrialError;

/// Training on random labels before the data are shown.
///
/// # Reference
/// Liu, Papailiopoulos, Achlioptas 2020, "Bad global minima exist and SGD can reach
/// them", arXiv 1906.02613: R copies of the training set, a share of the pixels of
/// each set to zero, labels drawn at random, then SGD on the true data.
#[derive(Debug, Clone, Copy)]
pub struct Pretraining {
    /// R.
    pub copies: usize,
    /// Share of the pixels set to zero in every copy.
    pub dropped: f64,
    /// Mean cross-entropy on the copies at which it ends, in nats.
    pub until: f64,
    /// Epochs over the copies after which it ends at the latest.
    pub epochs: usize,
}

impl Pretraining {
    /// The copies: every image `copies` times, each time with other pixels at zero (the
    /// mean of a standardized image) and another random label.
    ///
    /// # Errors
    /// More classes than labels can name.
    pub fn copies(&self, train: &Split, classes: usize, seed: u64) -> Result<Split, TrialError> {
        let mut random = stream(seed, "pretraining: pixels and labels");
        let mut pixels = Vec::with_capacity(self.copies * train.pixels().len());
        for _ in 0..self.copies {
            pixels.extend(train.pixels().iter().map(|&pixel| {
                match random.random_bool(self.dropped.clamp(0.0, 1.0)) {
                    true => 0.0,
                    false => pixel,
                }
            }));
        }
        let labels = (0..self.copies * train.len())
            .map(|_| random.random_range(0..classes) as u32)
            .collect();
        Ok(Split::new(pixels, labels, train.features())?)
    }
}
