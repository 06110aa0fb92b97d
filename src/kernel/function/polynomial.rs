//! Powers of the inner product.

use super::{Formula, KernelError};
use crate::linalg::Real;

/// k(x, y) = (1 + <x, y>)^p.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Polynomial {
    degree: u32,
}

impl Polynomial {
    /// The kernel of degree p.
    ///
    /// # Errors
    ///
    /// A degree that is not in 1..=32.
    pub fn new(degree: u32) -> Result<Self, KernelError> {
        if (1..=32).contains(&degree) {
            return Ok(Self { degree });
        }
        Err(KernelError::Parameter {
            owner: "polynomial",
            parameter: "degree",
            value: degree.to_string(),
            expected: "a whole number from 1 to 32",
        })
    }
}

impl Formula for Polynomial {
    fn name(&self) -> &'static str {
        "polynomial"
    }
    fn parameters(&self) -> Vec<(&'static str, f64)> {
        vec![("degree", f64::from(self.degree))]
    }
    fn formula(&self) -> &'static str {
        "(1 + <x, y>)^degree"
    }
    #[inline(always)]
    fn value<T: Real>(&self, product: T, _: T, _: T) -> T {
        let base = product + T::from_f64(1.0);
        (1..self.degree).fold(base, |power, _| power * base)
    }
}
