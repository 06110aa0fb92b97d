//! Images as features: what the exact experiments start from.

use super::super::ExperimentError;
use crate::dataset::{Dataset, Split};
use crate::kernel::RandomFourier;

/// Features of images, with their labels.
pub struct Examples {
    /// Shape (samples, dimension), row-major.
    pub features: Vec<f64>,
    /// Features per image.
    pub dimension: usize,
    /// One label per image.
    pub labels: Vec<u32>,
}

impl Examples {
    /// Random Fourier features of the pixels of a split.
    pub fn of(split: &Split, map: &RandomFourier) -> Self {
        Self {
            features: map.apply(split.pixels()),
            dimension: map.features(),
            labels: split.labels().to_vec(),
        }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }
}

/// Training images, further training images that no fit sees, and test images.
///
/// The further images come after the training images in the same nested draw.
pub struct Draw {
    /// Training images.
    pub train: Split,
    /// None when none were asked for.
    pub auxiliary: Option<Split>,
    /// Test images, the same for every seed.
    pub test: Split,
}

/// Draws images with a seed; `(train, auxiliary, test)` images.
pub fn draw(
    dataset: &Dataset,
    (train, auxiliary, test): (usize, usize, usize),
    seed: u64,
) -> Result<Draw, ExperimentError> {
    let both = dataset.train().subset(train + auxiliary, seed)?;
    let features = both.features();
    let (first, rest) = both.pixels().split_at(train * features);
    let (first_labels, rest_labels) = both.labels().split_at(train);
    let further = (auxiliary > 0)
        .then(|| Split::new(rest.to_vec(), rest_labels.to_vec(), features))
        .transpose()?;
    Ok(Draw {
        train: Split::new(first.to_vec(), first_labels.to_vec(), features)?,
        auxiliary: further,
        test: dataset.test().subset(test, 0)?,
    })
}

/// Targets of +1 for the first half of the classes and −1 for the others.
pub fn half_of_the_classes(labels: &[u32], classes: usize) -> Vec<f64> {
    let first = |label: u32| (label as usize) < classes / 2;
    let target = |&label: &u32| if first(label) { 1.0 } else { -1.0 };
    labels.iter().map(target).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_half_of_the_classes_is_positive() {
        assert_eq!(
            half_of_the_classes(&[0, 4, 5, 9], 10),
            [1.0, 1.0, -1.0, -1.0]
        );
    }
}
