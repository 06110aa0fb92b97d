//! The inner product.

use super::Formula;
use crate::linalg::Real;

/// k(x, y) = <x, y>.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Linear;

impl Formula for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }
    fn parameters(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }
    fn formula(&self) -> &'static str {
        "<x, y>"
    }
    fn is_inner_product(&self) -> bool {
        true
    }
    #[inline(always)]
    fn value<T: Real>(&self, product: T, _: T, _: T) -> T {
        product
    }
}
