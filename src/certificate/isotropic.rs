//! The certificate of the network that a training found, with noise of one size on its weights.

use super::{Certificate, CertificateError, Confidence};

/// The certificate at the deviation where it is smallest, of a grid that is paid for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Isotropic {
    /// At that deviation; K is the size of the grid, and δ' is a share of it.
    pub certificate: Certificate,
    /// s.
    pub sigma: f64,
}

/// Deviations of the grid: 2^(−j/2), j from 0 to 15, from 1 to 0.0055. Fixed before any data.
pub const DEVIATIONS: usize = 16;

/// Divergence an example from which on the certificate is not below 0.99 however few errors there
/// are: nothing is counted there. The grid is paid for as a whole all the same.
const HOPELESS: f64 = 4.6;

/// The certificate of N(w, s² 1) around trained weights w, its prior N(w⁰, s² 1) around the weights
/// that training began from, which have seen no data:
///
/// ```text
/// KL(Q‖P) = ‖w − w⁰‖² / 2s²
/// ```
///
/// `squared` is ‖w − w⁰‖² over all weights that get noise. `errors` counts errors at a deviation in
/// passes over the examples, the weights drawn anew for every example of every pass. s is the best
/// of [`DEVIATIONS`]: the choice among priors costs ln K, that among posteriors whose errors were
/// counted divides δ'.
///
/// ```
/// use rethink::certificate::{Confidence, isotropic};
///
/// // Two passes over 1000 examples of a network that errs on a tenth of them below s = 0.1.
/// let errors = |s: f64| Ok(if s < 0.1 { 200 } else { 1800 });
/// let found = isotropic(0.5, [1000, 2], Confidence::default(), errors)?;
/// assert!((found.sigma - 0.0884).abs() < 1e-4);
/// # Ok::<(), rethink::certificate::CertificateError>(())
/// ```
///
/// # Errors
/// No example or pass, more errors than draws, probabilities that are none, and those of `errors`.
///
/// # Reference
/// Langford and Caruana 2002, "(Not) bounding the true error"; Neyshabur et al. 2017,
/// arXiv 1706.08947, equation 6, for Gaussians around both ends of a training.
pub fn isotropic(
    squared: f64,
    [examples, passes]: [usize; 2],
    confidence: Confidence,
    errors: impl Fn(f64) -> Result<u64, CertificateError>,
) -> Result<Isotropic, CertificateError> {
    let shared = Confidence {
        draws: confidence.draws / DEVIATIONS as f64,
        ..confidence
    };
    let draws = (passes * examples) as u64;
    let at = |j: usize| -> Result<Isotropic, CertificateError> {
        let sigma = 0.5_f64.powf(j as f64 / 2.0);
        let kl = squared / (2.0 * sigma * sigma);
        let errors = match kl < HOPELESS * examples as f64 {
            true => errors(sigma)?,
            false => draws,
        };
        let certificate = Certificate::new([errors, draws], kl, examples, DEVIATIONS, shared)?;
        Ok(Isotropic { certificate, sigma })
    };
    let mut best = at(0)?;
    for j in 1..DEVIATIONS {
        let other = at(j)?;
        if other.certificate.risk < best.certificate.risk {
            best = other;
        }
    }
    Ok(best)
}
