//! Kernel functions, and the registry of their names.
//!
//! A kernel is a function of the inner product and the two squared norms, so a
//! block of a Gram matrix is one matrix product and one elementwise map. A new
//! kernel is a file with an `impl` of [`Formula`] and a line in [`KERNELS`].

mod arc_cosine;
mod elementwise;
mod gaussian;
mod laplacian;
mod linear;
mod polynomial;
mod relu_network;

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

pub use arc_cosine::{ArcCosine0, ArcCosine1};
pub(crate) use elementwise::Elementwise;
pub use gaussian::Gaussian;
pub use laplacian::Laplacian;
pub use linear::Linear;
pub use polynomial::Polynomial;
pub use relu_network::{NeuralTangent, ReluNngp};

use super::KernelError;
use crate::linalg::{Real, maximum, minimum, vectorized};

/// A kernel as a formula in any precision. Implement this; [`Kernel`] follows.
pub trait Formula: fmt::Debug + Send + Sync {
    /// Name, as in [`KERNELS`].
    fn name(&self) -> &'static str;
    /// Names and values of the parameters, in the order they are written.
    fn parameters(&self) -> Vec<(&'static str, f64)>;
    /// The formula, in one line.
    fn formula(&self) -> &'static str;
    /// k(x, y) from the inner product <x, y> and the squared norms. Marked
    /// `#[inline(always)]` by implementations, so that loops over it vectorize.
    fn value<T: Real>(&self, product: T, xx: T, yy: T) -> T;
    /// k(x, x) from the squared norm, without rounding where it is known.
    fn diagonal(&self, xx: f64) -> f64 {
        self.value(xx, xx, xx)
    }
    /// Whether k(x, y) is a function of |x - y| alone, so that all points may be
    /// moved together.
    fn depends_on_distance(&self) -> bool {
        false
    }
    /// Whether k(x, y) is the inner product, so that the features factor its
    /// matrix.
    fn is_inner_product(&self) -> bool {
        false
    }
    /// Whether the matrix of any distinct points is positive definite, so that
    /// some function passes through any targets.
    fn is_strictly_positive_definite(&self) -> bool {
        false
    }
    /// Replaces inner products with one y by kernel values.
    #[inline(always)]
    fn map<T: Real>(&self, products: &mut [T], xx: &[T], yy: T) {
        for (product, &xx) in products.iter_mut().zip(xx) {
            *product = self.value(*product, xx, yy);
        }
    }
}

/// A positive semidefinite kernel k(x, y).
///
/// ```
/// use rethink::kernel::{Gaussian, Kernel};
/// let kernel = Gaussian::new(5.0)?;
/// // x = (3, 0), y = (0, 4): d² = 25, so k = exp(-25 / 50).
/// assert!((Kernel::value(&kernel, 0.0, 9.0, 16.0) - (-0.5_f64).exp()).abs() < 1e-15);
/// # Ok::<(), rethink::kernel::KernelError>(())
/// ```
pub trait Kernel: fmt::Debug + Send + Sync {
    /// Name, as in [`KERNELS`].
    fn name(&self) -> &'static str;
    /// Names and values of the parameters.
    fn parameters(&self) -> Vec<(&'static str, f64)>;
    /// The formula, in one line.
    fn formula(&self) -> &'static str;
    /// k(x, y) from <x, y>, <x, x> and <y, y>.
    fn value(&self, product: f64, xx: f64, yy: f64) -> f64;
    /// k(x, x) from <x, x>.
    fn diagonal(&self, xx: f64) -> f64;
    /// Whether k(x, y) is a function of |x - y| alone.
    fn depends_on_distance(&self) -> bool;
    /// Whether k(x, y) is the inner product.
    fn is_inner_product(&self) -> bool;
    /// Whether the matrix of any distinct points is positive definite.
    fn is_strictly_positive_definite(&self) -> bool;
    /// Replaces the inner products of one y with several x by kernel values.
    fn map_f32(&self, products: &mut [f32], xx: &[f32], yy: f32);
    /// The same in f64.
    fn map_f64(&self, products: &mut [f64], xx: &[f64], yy: f64);
}

impl<F: Formula> Kernel for F {
    fn name(&self) -> &'static str {
        Formula::name(self)
    }
    fn parameters(&self) -> Vec<(&'static str, f64)> {
        Formula::parameters(self)
    }
    fn formula(&self) -> &'static str {
        Formula::formula(self)
    }
    fn value(&self, product: f64, xx: f64, yy: f64) -> f64 {
        Formula::value(self, product, xx, yy)
    }
    fn diagonal(&self, xx: f64) -> f64 {
        Formula::diagonal(self, xx)
    }
    fn depends_on_distance(&self) -> bool {
        Formula::depends_on_distance(self)
    }
    fn is_inner_product(&self) -> bool {
        Formula::is_inner_product(self)
    }
    fn is_strictly_positive_definite(&self) -> bool {
        Formula::is_strictly_positive_definite(self)
    }
    fn map_f32(&self, products: &mut [f32], xx: &[f32], yy: f32) {
        vectorized(
            #[inline(always)]
            || self.map(products, xx, yy),
        );
    }
    fn map_f64(&self, products: &mut [f64], xx: &[f64], yy: f64) {
        vectorized(
            #[inline(always)]
            || self.map(products, xx, yy),
        );
    }
}

/// One line of the registry.
pub struct Entry {
    /// Name of the kernel.
    pub name: &'static str,
    /// How it is written.
    pub usage: &'static str,
    /// Kernels of this name, which the tests of all kernels take.
    pub examples: &'static [&'static str],
    make: fn(&Parameters) -> Result<AnyKernel, KernelError>,
}

impl Entry {
    const fn new(
        name: &'static str,
        usage: &'static str,
        examples: &'static [&'static str],
        make: fn(&Parameters) -> Result<AnyKernel, KernelError>,
    ) -> Self {
        Self {
            name,
            usage,
            examples,
            make,
        }
    }
}

/// Every kernel.
#[rustfmt::skip]
pub const KERNELS: &[Entry] = &[
    Entry::new("linear", "linear", &["linear"], |_| any(Linear)),
    Entry::new("polynomial", "polynomial:DEGREE", &["polynomial:3"], |p| any(Polynomial::new(p.count(0)?)?)),
    Entry::new("gaussian", "gaussian:BANDWIDTH", &["gaussian:1.5"], |p| any(Gaussian::new(p.number(0)?)?)),
    Entry::new("laplacian", "laplacian:BANDWIDTH", &["laplacian:2"], |p| any(Laplacian::new(p.number(0)?)?)),
    Entry::new("arc-cosine-0", "arc-cosine-0", &["arc-cosine-0"], |_| any(ArcCosine0)),
    Entry::new("arc-cosine-1", "arc-cosine-1", &["arc-cosine-1"], |_| any(ArcCosine1)),
    Entry::new("nngp", "nngp:DEPTH", &["nngp:1", "nngp:4"], |p| any(ReluNngp::new(p.count(0)?)?)),
    Entry::new("ntk", "ntk:DEPTH", &["ntk:1", "ntk:3"], |p| any(NeuralTangent::new(p.count(0)?)?)),
];

fn any(kernel: impl Kernel + 'static) -> Result<AnyKernel, KernelError> {
    Ok(AnyKernel::new(kernel))
}

/// What stands after the colons.
struct Parameters<'a> {
    owner: &'static str,
    usage: &'static str,
    values: Vec<&'a str>,
}

impl Parameters<'_> {
    fn read<T: FromStr>(&self, index: usize) -> Result<T, KernelError> {
        let text = self.values.get(index).copied().unwrap_or("missing");
        text.parse().map_err(|_| KernelError::Parameter {
            owner: self.owner,
            parameter: "parameter",
            value: text.to_string(),
            expected: self.usage,
        })
    }
    fn number(&self, index: usize) -> Result<f64, KernelError> {
        self.read(index)
    }
    fn count(&self, index: usize) -> Result<u32, KernelError> {
        self.read(index)
    }
}

/// Any kernel, read from text like `gaussian:5`.
///
/// ```
/// use rethink::kernel::AnyKernel;
/// let kernel: AnyKernel = "gaussian:5".parse()?;
/// assert_eq!(kernel.to_string(), "gaussian:5");
/// let error = "gaussian:-1".parse::<AnyKernel>().unwrap_err();
/// assert_eq!(error.to_string(), "gaussian has bandwidth -1: give a number above 0");
/// # Ok::<(), rethink::kernel::KernelError>(())
/// ```
#[derive(Debug, Clone)]
pub struct AnyKernel(Arc<dyn Kernel>);

impl AnyKernel {
    /// Wraps a kernel.
    pub fn new(kernel: impl Kernel + 'static) -> Self {
        Self(Arc::new(kernel))
    }
}

impl Deref for AnyKernel {
    type Target = dyn Kernel;
    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Display for AnyKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())?;
        self.0
            .parameters()
            .iter()
            .try_for_each(|(_, value)| write!(f, ":{value}"))
    }
}

impl FromStr for AnyKernel {
    type Err = KernelError;

    fn from_str(text: &str) -> Result<Self, KernelError> {
        let mut parts = text.trim().split(':');
        let name = parts.next().unwrap_or_default();
        let values: Vec<&str> = parts.collect();
        let Some(entry) = KERNELS.iter().find(|entry| entry.name == name) else {
            let usages: Vec<_> = KERNELS.iter().map(|entry| entry.usage).collect();
            return Err(KernelError::UnknownKernel {
                given: text.to_string(),
                known: usages.join(", "),
            });
        };
        let expected = entry.usage.matches(':').count();
        if values.len() > expected {
            return Err(KernelError::Parameter {
                owner: entry.name,
                parameter: "too many parameters in",
                value: text.to_string(),
                expected: entry.usage,
            });
        }
        (entry.make)(&Parameters {
            owner: entry.name,
            usage: entry.usage,
            values,
        })
    }
}

/// A parameter that is a number above 0.
fn check_positive(
    owner: &'static str,
    parameter: &'static str,
    value: f64,
) -> Result<f64, KernelError> {
    if value.is_finite() && value > 0.0 {
        return Ok(value);
    }
    Err(KernelError::Parameter {
        owner,
        parameter,
        value: value.to_string(),
        expected: "a number above 0",
    })
}

/// The squared distance, never below 0.
#[inline(always)]
fn squared_distance<T: Real>(product: T, xx: T, yy: T) -> T {
    maximum((xx - product) + (yy - product), T::from_f64(0.0))
}

/// Cosine of the angle, in [-1, 1]; 0 with a zero vector. Also √(<x,x><y,y>).
#[inline(always)]
fn cosine<T: Real>(product: T, xx: T, yy: T) -> (T, T) {
    let one = T::from_f64(1.0);
    let scale = xx.root() * yy.root();
    let floor = maximum(scale, T::from_f64(1e-30));
    let u = product / floor;
    (minimum(maximum(u, T::from_f64(0.0) - one), one), scale)
}

#[cfg(test)]
mod tests;
