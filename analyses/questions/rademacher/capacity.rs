//! What fitting random signs says of the complexity of a class.

use rethink::statistics::{Estimate, Kind, LEVEL, mean};

use crate::show::correlation;
use rethink::experiment::rademacher::networks::Fitted;

/// The mean correlation with random signs that training reached: a lower bound on the
/// complexity, with a t interval over the sign vectors.
pub fn lower_bound(fits: &[&Fitted]) -> Option<Estimate> {
    let values: Vec<f64> = fits.iter().map(|fitted| fitted.correlation).collect();
    Some(Estimate {
        kind: Kind::LowerBound,
        ..correlation(mean(&values).ok()?)
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
