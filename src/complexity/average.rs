//! The mean of the suprema, and how far it can be from the complexity.

use std::sync::Mutex;

use super::certificate::{Certificate, certificates};
use super::class::{FunctionClass, Sandwich};
use super::draws::Draws;
use super::error::{ComplexityError, positive, probability};
use crate::linalg::{next, parallel};
use crate::statistics::{Estimate, Kind, mean};

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
        certificates: if draws.is_exhaustive() {
            Vec::new()
        } else {
            certificates(class, draws.weights(), &suprema, delta)
        },
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

/// R̂/Ĝ of Rademacher and Gaussian complexity of one class, with an interval.
///
/// ```text
/// 1/√(2 ln 2n) ≤ R̂/Ĝ ≤ √(π/2)
/// ```
///
/// for any class: E max |gᵢ| ≤ √(2 ln 2n) contracts from below, E|g| = √(2/π) is
/// Jensen's inequality from above (Ledoux, Talagrand 1991, Section 4.2). The interval is
/// that of the mean of R̂ₖ - (R̂/Ĝ) Ĝₖ over the draws (delta method); draws of one seed
/// share their signs.
///
/// # Errors
///
/// Different numbers of draws, or a Gaussian complexity of 0.
pub fn rademacher_over_gaussian(
    rademacher: &Complexity,
    gaussian: &Complexity,
) -> Result<Estimate, ComplexityError> {
    if rademacher.suprema.len() != gaussian.suprema.len() {
        return Err(ComplexityError::Length {
            what: "the Rademacher complexity to divide",
            given: rademacher.suprema.len(),
            expected: gaussian.suprema.len(),
        });
    }
    let below = positive("the Gaussian complexity", gaussian.value.value)?;
    let ratio = rademacher.value.value / below;
    let pairs = rademacher.suprema.iter().zip(&gaussian.suprema);
    let terms: Vec<f64> = pairs
        .map(|(r, g)| ratio + (r - ratio * g) / below)
        .collect();
    Ok(mean(&terms)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complexity::LinearBall;
    use crate::kernel::Features;
    use rand::RngExt;

    fn both(d: usize, p: f64) -> (Complexity, Complexity) {
        let n = 60;
        let mut rng = crate::random::stream(1, "average");
        let values = (0..n * d).map(|_| rng.random_range(-1.0..1.0)).collect();
        let ball = LinearBall::new(&Features::new(values, d).unwrap(), p, 1.0).unwrap();
        let signs = Draws::signs(n, 600, 1).unwrap();
        let normals = Draws::normals(n, 600, 1).unwrap();
        (
            complexity(&ball, &signs, 0.05, 1).unwrap(),
            complexity(&ball, &normals, 0.05, 1).unwrap(),
        )
    }

    #[test]
    fn in_a_hilbert_ball_of_many_directions_the_ratio_is_near_one() {
        let (r, g) = both(30, 2.0);
        let ratio = rademacher_over_gaussian(&r, &g).unwrap();
        assert!((ratio.value - 1.0).abs() < 0.02, "{ratio}");
        assert!(ratio.interval.unwrap().contains(ratio.value));
        for c in [&r, &g] {
            assert!(c.sandwich.lower <= c.value.value && c.value.value <= c.sandwich.upper);
        }
    }

    #[test]
    fn of_the_cube_it_is_the_root_of_two_over_pi() {
        // All functions with |f| ≤ 1, here x = identity, p = ∞: R = 1, G = E|g|.
        let n = 10;
        let identity = (0..n * n).map(|i| f32::from(u8::from(i % (n + 1) == 0)));
        let x = Features::new(identity.collect(), n).unwrap();
        let cube = LinearBall::new(&x, f64::INFINITY, 1.0).unwrap();
        let r = complexity(&cube, &Draws::signs(n, 4000, 1).unwrap(), 0.05, 1).unwrap();
        let g = complexity(&cube, &Draws::normals(n, 4000, 1).unwrap(), 0.05, 1).unwrap();
        assert!((r.value.value - 1.0).abs() < 1e-12);
        let ratio = rademacher_over_gaussian(&r, &g).unwrap();
        let expected = std::f64::consts::FRAC_PI_2.sqrt();
        assert!((ratio.value - expected).abs() < 0.02, "{ratio}");
        let few = complexity(&cube, &Draws::signs(n, 5, 1).unwrap(), 0.05, 1).unwrap();
        assert!(rademacher_over_gaussian(&few, &g).is_err());
    }
}
