//! Differential equations: gradient descent with infinitely small steps.

use nalgebra::{DMatrix, DVector};

use super::ToyError;

/// Steps after which a flow is given up.
const STEPS: usize = 200_000;

/// Errors allowed in a step.
#[derive(Debug, Clone, Copy)]
pub struct Tolerance {
    /// Relative to the size of a parameter.
    pub relative: f64,
    /// For parameters near zero.
    pub absolute: f64,
}

/// Follows `dw/dt = v(w)` from `start` until `done(t, w)`, which is asked after every
/// step, and returns the end.
///
/// Where the loss is almost flat along a curved valley, as it is where norms
/// diverge, explicit steps cannot exceed the inverse of the curvature across it. So
/// the steps are linearly implicit: the Rosenbrock method of order 2 of Shampine
/// and Reichelt with its error estimate of order 3, whose order does not depend on
/// how exact the Jacobian is, here central differences of the velocity.
///
/// # Errors
/// [`ToyError::Flow`] after too many steps, or with one too small to be one.
///
/// # Reference
/// Shampine and Reichelt 1997, "The MATLAB ODE suite", SIAM J. Sci. Comput. 18
/// (section 2.2).
pub fn follow(
    velocity: impl Fn(&DVector<f64>) -> DVector<f64>,
    start: DVector<f64>,
    tolerance: Tolerance,
    mut done: impl FnMut(f64, &DVector<f64>) -> bool,
) -> Result<DVector<f64>, ToyError> {
    let d = 1.0 / (2.0 + 2f64.sqrt());
    let e = 6.0 + 2f64.sqrt();
    let size = start.len();
    let (mut w, mut time) = (start, 0.0);
    let mut f0 = velocity(&w);
    let mut step = 1e-3 / (1.0 + f0.amax());
    let mut jacobian = None;
    for steps in 0..STEPS {
        let before = time;
        let give_up = || ToyError::Flow {
            steps,
            time: before,
        };
        let jacobian_here = jacobian.get_or_insert_with(|| differences(&velocity, &w));
        let system = DMatrix::identity(size, size) - &*jacobian_here * (step * d);
        let system = system.lu();
        let solve = |right: &DVector<f64>| system.solve(right).ok_or_else(give_up);
        let k1 = solve(&f0)?;
        let f1 = velocity(&(&w + &k1 * (0.5 * step)));
        let k2 = solve(&(&f1 - &k1))? + &k1;
        let next = &w + &k2 * step;
        let f2 = velocity(&next);
        let right = &f2 - (&k2 - &f1) * e - (&k1 - &f0) * 2.0;
        let k3 = solve(&right)?;
        let estimate = (&k1 - &k2 * 2.0 + k3) * (step / 6.0);
        let error = (estimate.iter().zip(next.iter().zip(&w)))
            .map(|(e, (a, b))| {
                e.abs() / (tolerance.absolute + tolerance.relative * a.abs().max(b.abs()))
            })
            .fold(0.0, |worst: f64, e| {
                if e.is_nan() {
                    f64::INFINITY
                } else {
                    worst.max(e)
                }
            });
        if error <= 1.0 {
            time += step;
            (w, f0) = (next, f2);
            jacobian = None;
            if done(time, &w) {
                return Ok(w);
            }
        }
        step *= (0.8 * error.powf(-1.0 / 3.0)).clamp(0.2, 5.0);
        if !step.is_finite() || step <= f64::EPSILON * time {
            return Err(give_up());
        }
    }
    Err(ToyError::Flow { steps: STEPS, time })
}

/// The Jacobian by central differences.
fn differences(
    velocity: &impl Fn(&DVector<f64>) -> DVector<f64>,
    w: &DVector<f64>,
) -> DMatrix<f64> {
    let mut jacobian = DMatrix::zeros(w.len(), w.len());
    let mut at = w.clone();
    for j in 0..w.len() {
        let h = 1e-5 * w[j].abs().max(1e-3);
        at[j] = w[j] + h;
        let up = velocity(&at);
        at[j] = w[j] - h;
        let down = velocity(&at);
        at[j] = w[j];
        jacobian.set_column(j, &((up - down) / (2.0 * h)));
    }
    jacobian
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tolerance(relative: f64) -> Tolerance {
        Tolerance {
            relative,
            absolute: 1e-3 * relative,
        }
    }

    /// w' = −w³ from 1: w(t) = 1/√(1 + 2t).
    fn error_of_quartic(relative: f64) -> f64 {
        let mut worst = 0.0_f64;
        let velocity = |w: &DVector<f64>| w.map(|x| -x.powi(3));
        let start = DVector::from_element(1, 1.0);
        follow(velocity, start, tolerance(relative), |t, w| {
            let exact = 1.0 / (1.0 + 2.0 * t).sqrt();
            worst = worst.max((w[0] / exact - 1.0).abs());
            t > 100.0
        })
        .unwrap();
        worst
    }

    #[test]
    fn the_error_falls_with_the_tolerance() {
        let (coarse, fine) = (error_of_quartic(1e-4), error_of_quartic(1e-7));
        assert!(
            coarse < 1e-2 && fine < 1e-4 && fine < coarse / 20.0,
            "{coarse} {fine}"
        );
    }

    /// Curvatures 1e6 and 1: an explicit method needs at least 5e5 × 10 steps to t = 10.
    #[test]
    fn a_stiff_valley_takes_few_steps() {
        let curvature = DVector::from_vec(vec![1e6, 1.0]);
        let velocity = |w: &DVector<f64>| -w.component_mul(&curvature);
        let start = DVector::from_vec(vec![1.0, 1.0]);
        let (mut steps, mut end) = (0, 0.0);
        let w = follow(velocity, start, tolerance(1e-6), |t, _| {
            (steps, end) = (steps + 1, t);
            t > 10.0
        })
        .unwrap();
        assert!(steps < 3000, "{steps}");
        assert!((w[1] / (-end).exp() - 1.0).abs() < 1e-3 && w[0].abs() < 1e-6);
    }

    #[test]
    fn a_flow_that_escapes_is_an_error() {
        // Infinite after a finite time.
        let velocity = |w: &DVector<f64>| w.map(|x| 3.0 * x * x);
        let start = DVector::from_element(1, 1.0);
        let found = follow(velocity, start, tolerance(1e-6), |_, _| false);
        assert!(matches!(found, Err(ToyError::Flow { .. })));
    }
}
