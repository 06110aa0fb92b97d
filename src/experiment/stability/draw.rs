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
