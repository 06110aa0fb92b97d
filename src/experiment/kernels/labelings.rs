//! Several labelings of the same images, interpolated with one factorization.

use crate::classification::{Errors, margin};
use crate::kernel::{KernelError, Norm, Targets};

/// Labels of the training images, in several versions.
pub struct Labelings {
    /// Number of classes.
    pub classes: usize,
    /// One list of labels per labeling.
    pub labels: Vec<Vec<u32>>,
}

impl Labelings {
    /// One-hot columns of all labelings, one labeling after the other.
    pub fn targets(&self) -> Result<Targets, KernelError> {
        let mut columns = Vec::new();
        for labels in &self.labels {
            columns.extend_from_slice(Targets::one_hot(labels, self.classes)?.columns());
        }
        Targets::from_columns(columns)
    }

    /// Fraction of images that are not classified correctly by the outputs that
    /// belong to the labeling at `place`.
    ///
    /// Shape of `outputs`: (images, labelings · classes), row-major.
    pub fn error(&self, outputs: &[f64], place: usize, labels: &[u32]) -> f64 {
        let rows = outputs.chunks(self.classes * self.labels.len());
        let margins = rows.zip(labels).map(|(row, &label)| {
            let row = &row[place * self.classes..(place + 1) * self.classes];
            margin(row.iter().copied(), label as usize)
        });
        margins.collect::<Errors>().fraction()
    }

    /// Fraction of the training images that get another label than they were
    /// given, over all labelings: the largest.
    pub fn largest_train_error(&self, outputs: &[f64]) -> f64 {
        let given = self.labels.iter().enumerate();
        given.fold(0.0, |largest, (place, labels)| {
            self.error(outputs, place, labels).max(largest)
        })
    }

    /// Root of the sum of squares over the classes of the labeling at `place`.
    pub fn norm(&self, class_norms: &[Norm], place: usize) -> Norm {
        Norm::total(&class_norms[place * self.classes..(place + 1) * self.classes])
    }
}
