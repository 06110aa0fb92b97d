//! Margins: by how much the right class wins.

use crate::classification::{self, Errors};
use crate::measure::MeasureError;
use crate::solution::Outputs;
use crate::statistics::quantile;

/// The signed margins of a network on one split.
#[derive(Debug, Clone, PartialEq)]
pub struct Margins {
    /// One margin per sample, in the units of the logits. A sample with a
    /// logit that is not finite has margin NaN.
    pub values: Vec<f64>,
    /// The 10th percentile (linear interpolation, type 7); `None` if a margin
    /// is NaN.
    pub tenth_percentile: Option<f64>,
    /// Fraction of samples whose margin is not positive, by the rule of
    /// [`classification`](crate::classification): a tie is an error, and so is a
    /// sample with a logit that is not finite.
    pub misclassified: f64,
    /// Samples with a logit that is not finite.
    pub not_finite: usize,
}

/// The signed margin of every sample.
///
/// ```text
/// m_i = f_y(x_i) − max_{j≠y} f_j(x_i)
/// ```
///
/// A negative margin is kept negative: taking |m|, as some public code does,
/// turns the worst samples into the best.
///
/// # Errors
/// Fewer than two classes, no samples, logits and labels that do not match, or
/// a label that is no class.
///
/// # Reference
/// Jiang et al. 2020, arXiv 1912.02178, section on margins and eq. 22 (10th
/// percentile).
///
/// ```
/// use rethink::solution::Outputs;
/// let outputs = Outputs { classes: 2, logits: vec![3.0, 1.0, 0.0, 0.5], labels: vec![0, 0] };
/// let margins = rethink::measure::margins(&outputs)?;
/// assert_eq!(margins.values, [2.0, -0.5]);
/// assert_eq!(margins.misclassified, 0.5);
/// # Ok::<(), rethink::measure::MeasureError>(())
/// ```
pub fn margins(outputs: &Outputs) -> Result<Margins, MeasureError> {
    let Outputs {
        classes,
        ref logits,
        ref labels,
    } = *outputs;
    if classes < 2 {
        return Err(MeasureError::TooFewClasses { classes });
    }
    if labels.is_empty() || labels.len().checked_mul(classes) != Some(logits.len()) {
        let (logits, labels) = (logits.len(), labels.len());
        return Err(MeasureError::LogitCount {
            logits,
            labels,
            classes,
        });
    }
    let margin = |(sample, (row, &label)): (usize, (&[f32], &u32))| {
        if (label as usize) < classes {
            let row = row.iter().map(|&logit| f64::from(logit));
            Ok(classification::margin(row, label as usize))
        } else {
            Err(MeasureError::Label {
                sample,
                label,
                classes,
            })
        }
    };
    let rows = logits.chunks_exact(classes).zip(labels).enumerate();
    let values = rows.map(margin).collect::<Result<Vec<f64>, _>>()?;
    let errors: Errors = values.iter().copied().collect();
    Ok(Margins {
        tenth_percentile: quantile(&values, 0.1).ok(),
        misclassified: errors.fraction(),
        not_finite: errors.not_finite,
        values,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn outputs(classes: usize, logits: &[f32], labels: &[u32]) -> Outputs {
        Outputs {
            classes,
            logits: logits.into(),
            labels: labels.into(),
        }
    }

    #[test]
    fn ties_and_diverged_samples_are_misclassified() {
        let tie = margins(&outputs(3, &[1.0, 1.0, 0.0], &[0])).unwrap();
        assert_eq!((tie.values[0], tie.misclassified), (0.0, 1.0));
        let logits = [9.0, f32::NAN, 0.0, f32::INFINITY, 9.0, 1.0];
        let diverged = margins(&outputs(2, &logits, &[0, 1, 0])).unwrap();
        assert!(diverged.values[0].is_nan() && diverged.values[1].is_nan());
        assert_eq!(diverged.tenth_percentile, None);
        assert_eq!(
            (diverged.misclassified, diverged.not_finite),
            (2.0 / 3.0, 2)
        );
    }

    #[test]
    fn outputs_that_do_not_fit_are_refused() {
        let refused = |classes, logits: &[f32], labels: &[u32]| {
            margins(&outputs(classes, logits, labels))
                .unwrap_err()
                .to_string()
        };
        assert!(refused(1, &[0.0], &[0]).contains("at least 2"));
        assert!(refused(0, &[], &[]).contains("at least 2"));
        assert!(refused(2, &[], &[]).contains("at least one"));
        assert!(refused(2, &[0.0; 3], &[0]).contains("3 logits do not match 1 labels"));
        assert!(refused(2, &[0.0; 2], &[2]).contains("label 2 of sample 0"));
    }

    proptest! {
        #[test]
        fn the_error_is_that_of_the_largest_logit(
            rows in prop::collection::vec((prop::array::uniform4(-9..9_i8), 0..4_u32), 1..40)
        ) {
            let labels: Vec<u32> = rows.iter().map(|r| r.1).collect();
            let logits: Vec<f32> = rows.iter().flat_map(|r| r.0.map(f32::from)).collect();
            let margins = margins(&outputs(4, &logits, &labels)).unwrap();
            let wrong = rows.iter().filter(|(row, label)| {
                let best = row.iter().max().unwrap();
                let winners: Vec<usize> = (0..4).filter(|&c| row[c] == *best).collect();
                winners != [*label as usize]
            });
            prop_assert_eq!(margins.misclassified, wrong.count() as f64 / rows.len() as f64);
        }
    }
}
