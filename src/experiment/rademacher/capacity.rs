//! What fitting random signs says of the complexity of a class.

use super::networks::Fitted;
use crate::statistics::{Estimate, Kind, LEVEL, mean};

/// The mean correlation with random signs that training reached: a lower bound on the
/// complexity, with a t interval over the sign vectors.
pub fn lower_bound(fits: &[&Fitted]) -> Option<Estimate> {
    let values: Vec<f64> = fits.iter().map(|fitted| fitted.correlation).collect();
    Some(Estimate {
        kind: Kind::LowerBound,
        ..mean(&values).ok()?.within(-1.0, 1.0)
    })
}

/// The complexity is at least this with 95 % confidence, however few sign vectors
/// there are: the mean over T vectors of suprema over n points is near its
/// expectation,
///
/// ```text
/// R̂ ≥ mean r − √(2 ln(1/0.05) / (n T))
/// ```
///
/// (McDiarmid; one sign moves the mean by at most 2/(nT)), and r is at most the
/// supremum.
pub fn certified(fits: &[&Fitted], n: usize) -> Option<f64> {
    let signs = (n * fits.len()) as f64;
    Some(lower_bound(fits)?.value - (2.0 * (1.0 / (1.0 - LEVEL)).ln() / signs).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solution::StopReason;

    #[test]
    fn what_is_certain_lies_below_the_mean_and_rises_with_the_signs() {
        let fitted = |correlation| Fitted {
            correlation,
            test_error: 0.5,
            steps_to_zero_error: None,
            stop: StopReason::EpochLimit,
            norms: Default::default(),
            bounds: Default::default(),
            path_norm: None,
            path_complexity: 0.0,
            margins: vec![],
        };
        let (all, most) = (fitted(1.0), fitted(0.9));
        let bound = lower_bound(&[&all, &most]).unwrap();
        assert!((bound.value - 0.95).abs() < 1e-15);
        // The t interval of two vectors reaches beyond 1, which no correlation does.
        assert_eq!(
            (bound.kind, bound.interval.unwrap().high),
            (Kind::LowerBound, 1.0)
        );
        // 2 ln 20 / (n T) = 0.04 at n T = 50 ln 20.
        let n = (25.0 * 20.0_f64.ln()).round();
        let certain = certified(&[&all, &most], n as usize).unwrap();
        assert!((certain - (0.95 - (20.0_f64.ln() / n).sqrt())).abs() < 1e-12);
    }
}
