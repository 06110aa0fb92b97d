//! The certificate of the network that a training found, with noise of one size on its weights.

use super::gaussian::Gaussian;
use super::{Certificate, CertificateError, Confidence, gibbs_errors};
use crate::dataset::Split;

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
/// Both are Gaussians whose deviation is 1 where a weight gets noise, and 0 where there is no
/// weight, such as at the biases of a network without them. s is the best of [`DEVIATIONS`]: the
/// choice among priors costs ln K, that among posteriors whose errors were counted divides δ'.
///
/// # Errors
/// Networks of different layers, examples that they do not fit, no pass; no memory.
///
/// # Reference
/// Langford and Caruana 2002, "(Not) bounding the true error"; Neyshabur et al. 2017,
/// arXiv 1706.08947, equation 6, for Gaussians around both ends of a training.
pub fn isotropic(
    trained: &Gaussian,
    initial: &Gaussian,
    examples: &Split,
    passes: usize,
    confidence: Confidence,
    seed: u64,
) -> Result<Isotropic, CertificateError> {
    let squared = trained.squared_distance(initial)?;
    let draws = confidence.draws / DEVIATIONS as f64;
    let shared = Confidence {
        draws,
        ..confidence
    };
    let (n, count) = (examples.len(), (passes * examples.len()) as u64);
    let at = |j: usize| -> Result<Isotropic, CertificateError> {
        let sigma = 0.5_f64.powf(j as f64 / 2.0);
        let kl = squared / (2.0 * sigma * sigma);
        let errors = match kl < HOPELESS * n as f64 {
            true => gibbs_errors(&trained.scaled(sigma), examples, passes, seed)?,
            false => [count, count],
        };
        let certificate = Certificate::new(errors, kl, n, DEVIATIONS, shared)?;
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
