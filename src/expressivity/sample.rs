//! Points and what a function must be on them.

use std::collections::HashMap;

use super::ExpressivityError;
use crate::dataset::Split;

/// Different points, each with its targets.
#[derive(Debug, Clone, PartialEq)]
pub struct FiniteSample {
    /// Row-major, shape (points, features).
    points: Vec<f64>,
    features: usize,
    /// Row-major, shape (points, outputs).
    targets: Vec<f64>,
    outputs: usize,
    /// Where each point stood in what was given.
    places: Vec<usize>,
}

impl FiniteSample {
    /// Points, row-major of shape (n, `features`), and targets of shape (n, `outputs`).
    ///
    /// A point that occurs twice with the same targets is kept once.
    ///
    /// # Errors
    /// Fewer than two points, lengths that do not fit, numbers that are not finite,
    /// one point with two different targets.
    pub fn new(
        points: &[f32],
        features: usize,
        targets: &[f64],
        outputs: usize,
    ) -> Result<Self, ExpressivityError> {
        let n = points.len().checked_div(features).unwrap_or(0);
        let whole = n * features == points.len() && targets.len() == n * outputs;
        if !whole || features == 0 || outputs == 0 {
            return Err(ExpressivityError::Shape {
                numbers: points.len(),
                targets: targets.len(),
                features,
                outputs,
            });
        }
        if n < 2 {
            return Err(ExpressivityError::TooFewPoints { points: n });
        }
        let points: Vec<f64> = points.iter().copied().map(f64::from).collect();
        check_finite("a coordinate", &points, features)?;
        check_finite("a target", targets, outputs)?;
        let mut sample = Self {
            points: Vec::with_capacity(points.len()),
            features,
            targets: Vec::with_capacity(targets.len()),
            outputs,
            places: Vec::with_capacity(n),
        };
        let mut seen: HashMap<Vec<u64>, usize> = HashMap::with_capacity(n);
        for (place, (point, target)) in (points
            .chunks_exact(features)
            .zip(targets.chunks_exact(outputs)))
        .enumerate()
        {
            // −0 and 0 are the same coordinate.
            let key = point.iter().map(|x| (x + 0.0).to_bits()).collect();
            match seen.insert(key, place) {
                None => {
                    sample.points.extend_from_slice(point);
                    sample.targets.extend_from_slice(target);
                    sample.places.push(place);
                }
                Some(first) => {
                    let earlier = &targets[first * outputs..][..outputs];
                    if earlier != target {
                        return Err(ExpressivityError::Conflict {
                            first,
                            second: place,
                            first_target: earlier.to_vec(),
                            second_target: target.to_vec(),
                        });
                    }
                }
            }
        }
        Ok(sample)
    }

    /// Images with their labels: the targets are one-hot, 1 for the label's class and
    /// 0 for the others.
    ///
    /// # Errors
    /// As for [`new`](Self::new), and a label outside the classes.
    pub fn one_hot(split: &Split, classes: usize) -> Result<Self, ExpressivityError> {
        let mut targets = vec![0.0; split.len() * classes];
        for (point, &label) in split.labels().iter().enumerate() {
            if label as usize >= classes {
                return Err(ExpressivityError::LabelOutOfRange {
                    point,
                    label,
                    classes,
                });
            }
            targets[point * classes + label as usize] = 1.0;
        }
        Self::new(split.pixels(), split.features(), &targets, classes)
    }

    /// Different points.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Numbers per point.
    pub fn features(&self) -> usize {
        self.features
    }

    /// Targets per point.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// All coordinates, row-major, shape (points, features).
    pub(super) fn points(&self) -> &[f64] {
        &self.points
    }

    /// Targets of a point.
    pub(super) fn target(&self, point: usize) -> &[f64] {
        &self.targets[point * self.outputs..][..self.outputs]
    }

    /// Where a point stood in what was given.
    pub(super) fn place(&self, point: usize) -> usize {
        self.places[point]
    }
}

fn check_finite(
    what: &'static str,
    numbers: &[f64],
    per_point: usize,
) -> Result<(), ExpressivityError> {
    match numbers.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(index) => Err(ExpressivityError::NotFinite {
            what,
            point: index / per_point,
            value: numbers[index],
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_point_with_the_same_targets_counts_once() {
        let points = [0.0, 1.0, 2.0, 3.0, -0.0, 1.0];
        let sample = FiniteSample::new(&points, 2, &[5.0, 6.0, 5.0], 1).unwrap();
        assert_eq!(sample.len(), 2);
        assert_eq!(sample.target(1), [6.0]);
    }

    #[test]
    fn two_labels_at_one_point_are_named_with_both_places() {
        let pixels = vec![0.5, 0.25, 0.5];
        let split = Split::new(pixels, vec![3, 1, 7], 1).unwrap();
        let error = FiniteSample::one_hot(&split, 10).unwrap_err().to_string();
        assert!(error.contains("points 0 and 2"), "{error}");
        assert!(
            error.contains("label 3") && error.contains("label 7"),
            "{error}"
        );
        let error = FiniteSample::new(&[1.0, 1.0], 1, &[0.5, -2.0], 1).unwrap_err();
        assert!(error.to_string().contains("targets [0.5]"), "{error}");
    }

    #[test]
    fn what_is_no_sample_is_refused() {
        let refused = |points: &[f32], targets: &[f64]| {
            let sample = FiniteSample::new(points, 1, targets, 1);
            sample.unwrap_err().to_string()
        };
        assert!(refused(&[], &[]).contains("0 point"));
        assert!(refused(&[1.0], &[1.0]).contains("give at least 2"));
        assert!(refused(&[1.0, 2.0], &[1.0]).contains("2 numbers and 1 targets"));
        assert!(refused(&[1.0, f32::NAN], &[1.0, 2.0]).contains("a coordinate of point 1 is NaN"));
        assert!(refused(&[1.0, 2.0], &[f64::INFINITY, 2.0]).contains("a target of point 0 is inf"));
        let split = Split::new(vec![0.0, 1.0], vec![0, 3], 1).unwrap();
        let error = FiniteSample::one_hot(&split, 3).unwrap_err().to_string();
        assert!(
            error.contains("label 3") && error.contains("3 classes"),
            "{error}"
        );
    }
}
