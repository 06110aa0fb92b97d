//! Images as features: what the exact experiments start from.

use rethink::dataset::{Dataset, Split};
use rethink::kernel::RandomFourier;

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
    pub train: Split,
    /// None when none were asked for.
    pub auxiliary: Option<Split>,
    pub test: Split,
}

/// Draws images with a seed; `(train, auxiliary, test)` images.
pub fn draw(
    dataset: &Dataset,
    (train, auxiliary, test): (usize, usize, usize),
    seed: u64,
) -> anyhow::Result<Draw> {
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

/// Euclidean norm of all numbers of all columns.
pub fn norm(columns: &[Vec<f64>]) -> f64 {
    let squares = columns.iter().flatten().map(|v| v * v);
    squares.sum::<f64>().sqrt()
}
