//! The price of choosing a norm bound after seeing the data.

/// A class of functions from a countable family that was fixed in advance, and
/// what its choice costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Class {
    /// log₂ of the limit that defines the class.
    pub log2: f64,
    /// ln(1/p), where the class gets the share p δ of the confidence.
    pub cost: f64,
}

impl Class {
    /// The limit that defines the class.
    pub fn limit(self) -> f64 {
        self.log2.exp2()
    }
}

/// The smallest of the limits 2^(j/n), j an integer, that is not below 2^`log2`.
///
/// A theorem for a fixed limit holds for all limits at once if that of index j is
/// used with confidence p_j δ:
///
/// ```text
/// p_j = 1 / (2 (|j|+1) (|j|+2)),   Σ_j p_j = 3/4 ≤ 1
/// ```
///
/// Rounding up costs a factor of at most 2^(1/n). Limits below 2⁻⁶⁴ are raised to
/// that, so that 0 has a class. A number within rounding of a limit keeps it.
pub fn class_above(log2: f64, n: f64) -> Class {
    // Not `max`, which would make a number of NaN.
    let raised = if log2 < -64.0 { -64.0 } else { log2 };
    let j = (raised * n - 1e-9).ceil();
    Class {
        log2: j / n,
        cost: (2.0 * (j.abs() + 1.0) * (j.abs() + 2.0)).ln(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_rounded_up_by_little() {
        for x in [1e-15, 0.3, 1.0, 5.0, 1e30_f64] {
            let limit = class_above(x.log2(), 8.0).limit();
            assert!(
                limit >= x * (1.0 - 1e-9) && limit <= x * 1.0905,
                "{x}: {limit}"
            );
        }
        assert_eq!(class_above(1.5 + 1e-13, 8.0).log2, 1.5);
        assert_eq!(class_above(f64::NEG_INFINITY, 8.0).log2, -64.0);
        assert!(class_above(f64::NAN, 8.0).limit().is_nan());
    }

    #[test]
    fn the_shares_of_all_classes_are_at_most_one() {
        let share = |j: i32| (-class_above(f64::from(j) / 8.0, 8.0).cost).exp();
        let sum: f64 = (-500..=500).map(share).sum();
        assert!((sum - 0.75).abs() < 0.01, "{sum}");
    }
}
