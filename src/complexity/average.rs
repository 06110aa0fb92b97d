//! The mean of the suprema, and how far it can be from the complexity.

use std::sync::Mutex;

use super::class::{FunctionClass, Sandwich};
use super::draws::Draws;
use super::error::{ComplexityError, probability};
use crate::kernel::{next, parallel};
use crate::statistics::{Estimate, Interval, Kind, mean};

/// Vectors whose suprema are computed by one matrix product.
const TOGETHER: usize = 512;

/// The complexity of a class on its sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Complexity {
    /// The mean supremum: exact over all signs, an estimate with a t interval over
    /// random weights, and a lower bound where suprema are only bounded from below
    /// (its interval is then that of the lower bound).
    pub value: Estimate,
    /// The supremum for each vector of weights, in order.
    pub suprema: Vec<f64>,
    /// Bounds of the complexity in closed form.
    pub sandwich: Sandwich,
    /// Intervals that hold for any number of draws; none for an exact value.
    pub certificates: Vec<Certificate>,
}

/// An interval around the mean supremum that holds for any number of draws, while
/// the t interval is for many.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Certificate {
    /// The inequality.
    pub name: &'static str,
    /// The expected supremum is this near to the mean, or nearer, ...
    pub half_width: f64,
    /// ... except with at most this probability.
    pub delta: f64,
}

impl Certificate {
    /// The interval around a mean.
    pub fn around(&self, mean: f64) -> Interval {
        Interval {
            low: mean - self.half_width,
            high: mean + self.half_width,
            level: 1.0 - self.delta,
        }
    }
}

/// Empirical Rademacher or Gaussian complexity: the mean over the weights w of the
/// supremum of a class.
///
/// ```text
/// R̂ = E_w sup_{f ∈ F} (1/n) Σᵢ wᵢ f(xᵢ)
/// ```
///
/// The same for any number of threads.
///
/// # Errors
///
/// Weights for another number of points, `delta` not between 0 and 1, or a kernel
/// that is not positive semidefinite.
pub fn complexity(
    class: &dyn FunctionClass,
    draws: &Draws,
    delta: f64,
    threads: usize,
) -> Result<Complexity, ComplexityError> {
    probability(delta)?;
    let suprema = suprema(class, draws, threads)?;
    let mut value = mean(&suprema)?;
    if draws.is_exhaustive() {
        value = Estimate::exact(value.value);
    }
    if class.kind() == Kind::LowerBound {
        value.kind = Kind::LowerBound;
    }
    Ok(Complexity {
        value,
        sandwich: class.sandwich(draws.weights()),
        certificates: Vec::new(),
        suprema,
    })
}

/// The supremum of a class for each vector of weights, in order.
pub(super) fn suprema(
    class: &dyn FunctionClass,
    draws: &Draws,
    threads: usize,
) -> Result<Vec<f64>, ComplexityError> {
    if class.points() != draws.points() {
        return Err(ComplexityError::Points {
            class: class.points(),
            draws: draws.points(),
        });
    }
    let starts: Vec<usize> = (0..draws.count()).step_by(TOGETHER).collect();
    let mut blocks: Vec<Result<Vec<f64>, ComplexityError>> = vec![Ok(Vec::new()); starts.len()];
    let list = Mutex::new(starts.into_iter().zip(&mut blocks));
    parallel(threads, |_| {
        while let Some((start, out)) = next(&list) {
            let end = draws.count().min(start + TOGETHER);
            *out = class.suprema(draws.block(start..end).as_ref());
        }
    });
    let blocks: Result<Vec<Vec<f64>>, ComplexityError> = blocks.into_iter().collect();
    Ok(blocks?.concat())
}
