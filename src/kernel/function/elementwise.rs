//! The precisions in which kernels are evaluated.

use super::Kernel;
use crate::linalg::Real;

/// A floating-point type with a kernel's elementwise map: what chooses between
/// [`Kernel::map_f32`] and [`Kernel::map_f64`] where the type is a parameter.
pub(crate) trait Elementwise: Real {
    /// Replaces the inner products of one y with several x by kernel values, given the
    /// squared norms.
    fn map(kernel: &dyn Kernel, products: &mut [Self], xx: &[Self], yy: Self);
}

impl Elementwise for f32 {
    fn map(kernel: &dyn Kernel, products: &mut [f32], xx: &[f32], yy: f32) {
        kernel.map_f32(products, xx, yy);
    }
}

impl Elementwise for f64 {
    fn map(kernel: &dyn Kernel, products: &mut [f64], xx: &[f64], yy: f64) {
        kernel.map_f64(products, xx, yy);
    }
}
