//! The images of one seed.

use super::super::ExperimentError;
use crate::dataset::{Dataset, Preprocessing, Split};
use crate::treatment::Treatment;

/// The first `size` images of the seed's order with their labels, true or
/// drawn; image and label of one place do not depend on `size`.
///
/// # Errors
/// More images than there are.
pub fn draw(
    dataset: &Dataset,
    labels: Treatment,
    size: usize,
    seed: u64,
    preprocessing: Preprocessing,
) -> Result<Split, ExperimentError> {
    let images = dataset.train().subset(size, seed)?;
    let (classes, shape) = (dataset.classes(), dataset.shape());
    let treated = labels.apply(&images, &images.gather(&[0]), classes, shape, seed)?;
    Ok(preprocessing.apply(treated.train))
}

/// Which of the labels that [`draw`] gives the first `n` images are not the true ones.
pub(super) fn wrong_labels(
    dataset: &Dataset,
    labels: Treatment,
    n: usize,
    seed: u64,
) -> Result<Vec<bool>, ExperimentError> {
    let treated = draw(dataset, labels, n, seed, Preprocessing::UnitInterval)?;
    let images = dataset.train().subset(n, seed)?;
    let pairs = treated.labels().iter().zip(images.labels());
    Ok(pairs.map(|(drawn, own)| drawn != own).collect())
}
