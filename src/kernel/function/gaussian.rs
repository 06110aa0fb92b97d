//! The Gaussian kernel.

use super::{Formula, KernelError, check_positive, squared_distance};
use crate::linalg::Real;

/// k(x, y) = exp(-|x - y|² / (2 s²)).
///
/// # Reference
///
/// Belkin, Ma, Mandal 2018, arXiv 1802.01396, section 2, writes the bandwidth in
/// this way; s = 5 for pixels in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gaussian {
    bandwidth: f64,
}

impl Gaussian {
    /// The kernel of bandwidth s, in units of distance.
    ///
    /// # Errors
    ///
    /// A bandwidth that is not a number above 0.
    pub fn new(bandwidth: f64) -> Result<Self, KernelError> {
        check_positive("gaussian", "bandwidth", bandwidth).map(|bandwidth| Self { bandwidth })
    }

    /// The bandwidth s.
    pub fn bandwidth(&self) -> f64 {
        self.bandwidth
    }
}

impl Formula for Gaussian {
    fn name(&self) -> &'static str {
        "gaussian"
    }
    fn parameters(&self) -> Vec<(&'static str, f64)> {
        vec![("bandwidth", self.bandwidth)]
    }
    fn formula(&self) -> &'static str {
        "exp(-|x - y|^2 / (2 bandwidth^2))"
    }
    #[inline(always)]
    fn value<T: Real>(&self, product: T, xx: T, yy: T) -> T {
        let scale = T::from_f64(-0.5 / (self.bandwidth * self.bandwidth));
        (squared_distance(product, xx, yy) * scale).exponential()
    }
    fn diagonal(&self, _: f64) -> f64 {
        1.0
    }
    fn depends_on_distance(&self) -> bool {
        true
    }
    /// Schoenberg 1938, Annals of Mathematics 39, 811-841.
    fn is_strictly_positive_definite(&self) -> bool {
        true
    }
}
