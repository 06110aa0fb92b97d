//! Kernels of infinitely wide ReLU networks.

use super::arc_cosine::{kappa0, kappa1};
use super::{Formula, KernelError, cosine};
use crate::linalg::Real;

/// Elements mapped together, so that each layer is a vector operation.
const LANES: usize = 64;

fn check_depth(owner: &'static str, depth: u32) -> Result<u32, KernelError> {
    if (1..=1000).contains(&depth) {
        return Ok(depth);
    }
    Err(KernelError::Parameter {
        owner,
        parameter: "depth",
        value: depth.to_string(),
        expected: "a whole number of hidden layers from 1 to 1000",
    })
}

/// Maps cosines through `depth` layers, a chunk of lanes at a time.
///
/// `step` turns (Σ, Θ) of one layer into those of the next.
#[inline(always)]
fn through_layers<T: Real>(
    depth: u32,
    products: &mut [T],
    xx: &[T],
    yy: T,
    step: impl Fn(T, T) -> (T, T),
) {
    for (products, xx) in products.chunks_mut(LANES).zip(xx.chunks(LANES)) {
        let mut sigma = [T::from_f64(0.0); LANES];
        let mut theta = sigma;
        let mut scale = sigma;
        for i in 0..products.len().min(xx.len()) {
            (sigma[i], scale[i]) = cosine(products[i], xx[i], yy);
            theta[i] = sigma[i];
        }
        for _ in 0..depth {
            for i in 0..LANES {
                (sigma[i], theta[i]) = step(sigma[i], theta[i]);
            }
        }
        for (i, product) in products.iter_mut().enumerate() {
            *product = scale[i] * theta[i];
        }
    }
}

#[inline(always)]
fn nngp_step<T: Real>(sigma: T, _: T) -> (T, T) {
    let next = kappa1(sigma);
    (next, next)
}

#[inline(always)]
fn ntk_step<T: Real>(sigma: T, theta: T) -> (T, T) {
    let next = kappa1(sigma);
    (next, theta * kappa0(sigma) + next)
}

#[inline(always)]
fn one<T: Real>(depth: u32, product: T, xx: T, yy: T, step: impl Fn(T, T) -> (T, T)) -> T {
    let (u, scale) = cosine(product, xx, yy);
    scale
        * (0..depth)
            .fold((u, u), |(sigma, theta), _| step(sigma, theta))
            .1
}

/// Neural-network Gaussian process of a ReLU network with L hidden layers,
/// without biases, weights of variance 2 / fan-in.
///
/// ```text
/// k(x, y) = |x| |y| Σ^L(u),   Σ^0 = u = cos(x, y),   Σ^l = κ₁(Σ^{l-1})
/// ```
///
/// The first layer takes x as it is (variance 2, not 2 / d): the kernel is that
/// of the network times the input dimension.
///
/// # Reference
///
/// Lee et al. 2018, arXiv 1711.00165, equation 11, with σ_w² = 2, σ_b = 0; κ₁ is
/// Cho and Saul's kernel of order 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReluNngp {
    depth: u32,
}

impl ReluNngp {
    /// The kernel of `depth` hidden layers.
    ///
    /// # Errors
    ///
    /// A depth that is not in 1..=1000.
    pub fn new(depth: u32) -> Result<Self, KernelError> {
        check_depth("nngp", depth).map(|depth| Self { depth })
    }
}

impl Formula for ReluNngp {
    fn name(&self) -> &'static str {
        "nngp"
    }
    fn parameters(&self) -> Vec<(&'static str, f64)> {
        vec![("depth", f64::from(self.depth))]
    }
    fn formula(&self) -> &'static str {
        "|x| |y| S_L, S_0 = cos(x, y), S_l = kappa_1(S_(l-1))"
    }
    #[inline(always)]
    fn value<T: Real>(&self, product: T, xx: T, yy: T) -> T {
        one(self.depth, product, xx, yy, nngp_step)
    }
    fn diagonal(&self, xx: f64) -> f64 {
        xx
    }
    #[inline(always)]
    fn map<T: Real>(&self, products: &mut [T], xx: &[T], yy: T) {
        through_layers(self.depth, products, xx, yy, nngp_step);
    }
}

/// Neural tangent kernel of a ReLU network with L hidden layers, without biases,
/// in NTK parametrization with weight variance 2.
///
/// ```text
/// k(x, y) = |x| |y| Θ^L(u),   Θ^0 = Σ^0 = u,   Θ^l = Θ^{l-1} κ₀(Σ^{l-1}) + Σ^l
/// ```
///
/// # Reference
///
/// Jacot, Gabriel, Hongler 2018, arXiv 1806.07572, theorem 1; the recursion in κ₀
/// and κ₁ is Bietti, Mairal 2019, arXiv 1905.12173, section 3.1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NeuralTangent {
    depth: u32,
}

impl NeuralTangent {
    /// The kernel of `depth` hidden layers.
    ///
    /// # Errors
    ///
    /// A depth that is not in 1..=1000.
    pub fn new(depth: u32) -> Result<Self, KernelError> {
        check_depth("ntk", depth).map(|depth| Self { depth })
    }
}

impl Formula for NeuralTangent {
    fn name(&self) -> &'static str {
        "ntk"
    }
    fn parameters(&self) -> Vec<(&'static str, f64)> {
        vec![("depth", f64::from(self.depth))]
    }
    fn formula(&self) -> &'static str {
        "|x| |y| T_L, T_0 = cos(x, y), T_l = T_(l-1) kappa_0(S_(l-1)) + S_l"
    }
    #[inline(always)]
    fn value<T: Real>(&self, product: T, xx: T, yy: T) -> T {
        one(self.depth, product, xx, yy, ntk_step)
    }
    /// κ₀(1) = κ₁(1) = 1, so Θ^L(1) = L + 1.
    fn diagonal(&self, xx: f64) -> f64 {
        xx * (f64::from(self.depth) + 1.0)
    }
    #[inline(always)]
    fn map<T: Real>(&self, products: &mut [T], xx: &[T], yy: T) {
        through_layers(self.depth, products, xx, yy, ntk_step);
    }
}
