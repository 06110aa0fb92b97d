//! Arc-cosine kernels: infinitely many random threshold or ReLU units.

use std::f64::consts::FRAC_1_PI;

use super::{Formula, cosine};
use crate::linalg::{Real, maximum};

/// κ₀(u) = 1 - acos(u) / π.
#[inline(always)]
pub(super) fn kappa0<T: Real>(u: T) -> T {
    T::from_f64(1.0) - u.arc_cosine() * T::from_f64(FRAC_1_PI)
}

/// κ₁(u) = u κ₀(u) + √(1 - u²) / π.
#[inline(always)]
pub(super) fn kappa1<T: Real>(u: T) -> T {
    let sine = maximum(T::from_f64(1.0) - u * u, T::from_f64(0.0)).root();
    u * kappa0(u) + sine * T::from_f64(FRAC_1_PI)
}

/// k(x, y) = 1 - θ / π, θ the angle between x and y: order 0, threshold units.
///
/// ```text
/// k(x, y) = 2 E_w [1(<w, x> > 0) 1(<w, y> > 0)],   w ~ N(0, I)
/// ```
///
/// With a zero vector the angle is taken as π/2.
///
/// # Reference
///
/// Cho, Saul 2009, "Kernel methods for deep learning", equations 1 and 6.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArcCosine0;

impl Formula for ArcCosine0 {
    fn name(&self) -> &'static str {
        "arc-cosine-0"
    }
    fn parameters(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }
    fn formula(&self) -> &'static str {
        "1 - angle(x, y) / pi"
    }
    #[inline(always)]
    fn value<T: Real>(&self, product: T, xx: T, yy: T) -> T {
        kappa0(cosine(product, xx, yy).0)
    }
    fn diagonal(&self, xx: f64) -> f64 {
        if xx > 0.0 { 1.0 } else { 0.5 }
    }
}

/// k(x, y) = |x| |y| (sin θ + (π - θ) cos θ) / π: order 1, ReLU units.
///
/// ```text
/// k(x, y) = 2 E_w [max(<w, x>, 0) max(<w, y>, 0)],   w ~ N(0, I)
/// ```
///
/// # Reference
///
/// Cho, Saul 2009, "Kernel methods for deep learning", equations 1 and 7.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArcCosine1;

impl Formula for ArcCosine1 {
    fn name(&self) -> &'static str {
        "arc-cosine-1"
    }
    fn parameters(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }
    fn formula(&self) -> &'static str {
        "|x| |y| (sin(a) + (pi - a) cos(a)) / pi, a = angle(x, y)"
    }
    #[inline(always)]
    fn value<T: Real>(&self, product: T, xx: T, yy: T) -> T {
        let (u, scale) = cosine(product, xx, yy);
        scale * kappa1(u)
    }
    fn diagonal(&self, xx: f64) -> f64 {
        xx
    }
}
