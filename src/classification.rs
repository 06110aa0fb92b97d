//! The one rule of what counts as a classification error.
//!
//! An example is classified correctly if all outputs are finite and that of its
//! label is strictly the largest. So a tie is an error, and so is a row with a
//! number that is not finite; such rows are counted apart as well. Whatever
//! classifies here (networks, kernels, constructions) does it by a margin:
//! correct means that the margin is positive.

/// The signed margin of a row of outputs, one per class, at a label.
///
/// ```text
/// m = f_y − max_{k≠y} f_k
/// ```
///
/// NaN where an output is not finite, −∞ for a label without an output, and +∞ where
/// there is no other class to lose to.
///
/// ```
/// use rethink::classification::margin;
/// assert_eq!(margin([3.0, 1.0, 2.5], 0), 0.5);
/// assert_eq!(margin([1.0, 1.0], 0), 0.0);
/// assert!(margin([f64::INFINITY, 1.0], 0).is_nan());
/// ```
pub fn margin(outputs: impl IntoIterator<Item = f64>, label: usize) -> f64 {
    let (mut own, mut best) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    let mut finite = true;
    for (class, output) in outputs.into_iter().enumerate() {
        finite &= output.is_finite();
        let place = if class == label { &mut own } else { &mut best };
        *place = place.max(output);
    }
    if finite { own - best } else { f64::NAN }
}

/// The signed margin of a single output, whose sign is the class: f or −f; NaN where
/// f is not finite.
///
/// ```
/// use rethink::classification::margin_of_sign;
/// assert_eq!(margin_of_sign(-2.0, false), 2.0);
/// assert!(margin_of_sign(f64::NEG_INFINITY, false).is_nan());
/// ```
pub fn margin_of_sign(output: f64, positive: bool) -> f64 {
    match (output.is_finite(), positive) {
        (false, _) => f64::NAN,
        (true, true) => output,
        (true, false) => -output,
    }
}

/// Whether an example with this margin is classified correctly.
///
/// ```
/// use rethink::classification::is_correct;
/// assert!(is_correct(1e-300));
/// assert!(!is_correct(0.0) && !is_correct(f64::NAN));
/// ```
pub fn is_correct(margin: f64) -> bool {
    margin > 0.0
}

/// How many examples were classified, and how many not correctly; made from margins.
///
/// ```
/// use rethink::classification::Errors;
/// let errors: Errors = [2.0, 0.0, -1.0, f64::NAN].into_iter().collect();
/// assert_eq!((errors.errors, errors.not_finite), (3, 1));
/// assert_eq!(errors.fraction(), 0.75);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Errors {
    /// Examples classified.
    pub examples: usize,
    /// Those not classified correctly.
    pub errors: usize,
    /// Those among the errors that have an output that is not finite.
    pub not_finite: usize,
}

impl Errors {
    /// Errors per example; NaN without examples.
    pub fn fraction(self) -> f64 {
        self.errors as f64 / self.examples as f64
    }
}

impl FromIterator<f64> for Errors {
    fn from_iter<I: IntoIterator<Item = f64>>(margins: I) -> Self {
        let add = |sum: Self, margin: f64| Self {
            examples: sum.examples + 1,
            errors: sum.errors + usize::from(!is_correct(margin)),
            not_finite: sum.not_finite + usize::from(margin.is_nan()),
        };
        margins.into_iter().fold(Self::default(), add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn errors(rows: &[(&[f64], usize)]) -> Errors {
        let margins = rows.iter().map(|(row, y)| margin(row.iter().copied(), *y));
        margins.collect()
    }

    #[test]
    fn a_tie_is_an_error_whatever_the_place_of_the_label() {
        let found = errors(&[(&[1.0, 1.0, 0.0], 0), (&[1.0, 1.0, 0.0], 1)]);
        assert_eq!((found.errors, found.not_finite), (2, 0));
    }

    #[test]
    fn a_row_that_is_not_finite_is_an_error_whatever_the_label() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for row in [[bad, 0.0, 9.0], [9.0, bad, 0.0], [bad, bad, bad]] {
                for label in 0..3 {
                    let found = errors(&[(&row, label)]);
                    assert_eq!((found.errors, found.not_finite), (1, 1), "{row:?} {label}");
                }
            }
            for positive in [true, false] {
                assert!(margin_of_sign(bad, positive).is_nan());
            }
        }
    }

    /// One class has no other to lose to; a label without an output is never right.
    #[test]
    fn one_class_and_a_label_that_is_none() {
        let found = errors(&[(&[-3.0], 0), (&[-3.0], 1), (&[1.0, 2.0], 2), (&[], 0)]);
        assert_eq!((found.errors, found.not_finite), (3, 1));
        assert!(Errors::default().fraction().is_nan());
    }

    /// One output is judged by its sign, and 0 has none.
    #[test]
    fn an_output_of_zero_has_no_class() {
        for zero in [0.0, -0.0] {
            for positive in [true, false] {
                assert!(!is_correct(margin_of_sign(zero, positive)));
            }
        }
    }

    proptest! {
        /// Finite numbers that differ have a difference that is not 0, and one that
        /// overflows keeps its sign.
        #[test]
        fn correct_means_strictly_the_largest(
            row in prop::collection::vec(prop_oneof![prop::num::f64::NORMAL, -2.0..2.0_f64,
                Just(1.0), Just(f64::MIN_POSITIVE), Just(f64::MIN)], 1..5),
            label in 0..5_usize
        ) {
            let strictly = label < row.len()
                && (0..row.len()).all(|k| k == label || row[k] < row[label]);
            prop_assert_eq!(is_correct(margin(row, label)), strictly);
        }
    }
}
