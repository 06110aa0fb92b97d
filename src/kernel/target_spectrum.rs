//! How the targets lie along the eigenvectors of the features' Gram matrix: what
//! decides both the smallest norm and how long gradient descent takes.

use faer::Mat;

use crate::linalg::{RowSpan, decompose_on_one_thread, squared_norm};

/// Eigenvalues and orthonormal eigenvectors of `ΦΦᵀ`.
#[derive(Debug, Clone)]
pub struct GramSpectrum {
    /// Descending.
    eigenvalues: Vec<f64>,
    /// One column per eigenvalue.
    vectors: Mat<f64>,
}

impl RowSpan {
    /// The spectrum of `ΦΦᵀ`, from the singular values of `Φ` and so without
    /// squaring its condition number; `None` when they do not converge.
    pub fn gram_spectrum(&self) -> Option<GramSpectrum> {
        decompose_on_one_thread();
        // Φ = Rᵀ Qᵀ has the left singular vectors of Rᵀ.
        let svd = self.triangle().transpose().svd().ok()?;
        let singular = svd.S().column_vector();
        Some(GramSpectrum {
            eigenvalues: (0..self.samples())
                .map(|j| singular[j] * singular[j])
                .collect(),
            vectors: svd.U().to_owned(),
        })
    }
}

impl GramSpectrum {
    /// The eigenvalues, descending.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// The targets along the eigenvectors.
    ///
    /// # Panics
    /// If there is not one target per sample.
    pub fn of(&self, targets: &[f64]) -> TargetSpectrum<'_> {
        assert_eq!(
            targets.len(),
            self.eigenvalues.len(),
            "one target per sample"
        );
        let energies = (0..targets.len())
            .map(|j| {
                let products = (0..targets.len()).map(|i| self.vectors[(i, j)] * targets[i]);
                products.sum::<f64>().powi(2)
            })
            .collect();
        TargetSpectrum {
            eigenvalues: &self.eigenvalues,
            energies,
        }
    }
}

/// Targets `y = Σ c_j u_j` in the eigenvectors of `ΦΦᵀ`, eigenvalues λ_j.
///
/// With steps `w ← w − η Φᵀ(Φ w − y)` from zero, everything here is a function
/// of the energies c_j² and of the λ_j:
///
/// ```text
/// ‖w*‖² = Σ c_j² / λ_j            smallest norm of an interpolant
/// ‖Φ w_t − y‖² = Σ (1 − η λ_j)^{2t} c_j²      residual after t steps
/// ```
///
/// # Reference
/// Arora, Du, Hu, Li, Wang 2019, arXiv 1901.08584, Theorem 4.1 (the residual of
/// a wide network, with its limiting kernel) and Theorem 5.1 (`yᵀ K⁻¹ y`).
#[derive(Debug, Clone)]
pub struct TargetSpectrum<'a> {
    eigenvalues: &'a [f64],
    energies: Vec<f64>,
}

/// The largest number of steps that is looked for.
const MOST_STEPS: u64 = 1 << 50;

impl TargetSpectrum<'_> {
    /// `‖w*‖`.
    pub fn least_norm(&self) -> f64 {
        let terms = self.energies.iter().zip(self.eigenvalues);
        terms.map(|(c, l)| c / l).sum::<f64>().sqrt()
    }

    /// `‖Φ w_t − y‖ / ‖y‖` after so many steps of size η.
    pub fn relative_residual(&self, step: f64, steps: u64) -> f64 {
        let left = |l: &f64| left(*l, step, steps);
        let terms = self.energies.iter().zip(self.eigenvalues);
        let residual: f64 = terms.map(|(c, l)| c * left(l)).sum();
        (residual / self.energy()).sqrt()
    }

    /// The first t at which the relative residual is at most `residual`; `None`
    /// if it never is.
    pub fn hitting_time(&self, step: f64, residual: f64) -> Option<u64> {
        first(|steps| self.relative_residual(step, steps) <= residual)
    }

    /// Kernel-target alignment `yᵀ K y / (‖y‖² ‖K‖_F)`, in [0, 1].
    ///
    /// # Reference
    /// Cristianini, Shawe-Taylor, Elisseeff, Kandola 2001, "On kernel-target
    /// alignment".
    pub fn alignment(&self) -> f64 {
        let terms = self.energies.iter().zip(self.eigenvalues);
        let frobenius = squared_norm(self.eigenvalues);
        terms.map(|(c, l)| c * l).sum::<f64>() / (self.energy() * frobenius.sqrt())
    }

    /// The fewest and the most steps of size η to a relative residual, over all
    /// targets of the same length and the same smallest norm on these features;
    /// `None` if some targets never reach it.
    ///
    /// With `e_j = c_j² / ‖y‖²` these are the energies with `Σ e_j = 1` and
    /// `Σ e_j / λ_j = ‖w*‖² / ‖y‖²`. The squared residual is linear in them, so
    /// at every t its extremes are at vertices, which have at most two
    /// energies; and it falls with t for each (derived here).
    pub fn hitting_times_at_this_norm(&self, step: f64, residual: f64) -> Option<(u64, u64)> {
        let squared_norm = self.least_norm().powi(2) / self.energy();
        let costs: Vec<f64> = self.eigenvalues.iter().map(|l| 1.0 / l).collect();
        // Pairs of an eigenvalue whose cost is at most the norm and one whose cost is
        // more; the second's energy.
        let mut pairs = Vec::new();
        for (a, low) in costs
            .iter()
            .enumerate()
            .filter(|(_, c)| **c <= squared_norm)
        {
            for (b, high) in costs.iter().enumerate().filter(|(_, c)| **c > squared_norm) {
                pairs.push((a, b, (squared_norm - low) / (high - low)));
            }
        }
        if pairs.is_empty() {
            // The norm of the last eigenvector alone: one hitting time.
            let only = self.hitting_time(step, residual)?;
            return Some((only, only));
        }
        let reached = |steps: u64, all: bool| {
            let left: Vec<f64> = (self.eigenvalues.iter())
                .map(|&l| left(l, step, steps))
                .collect();
            let mut squares = (pairs.iter()).map(|&(a, b, e)| (1.0 - e) * left[a] + e * left[b]);
            let reached = |square: f64| square <= residual * residual;
            if all {
                squares.all(reached)
            } else {
                squares.any(reached)
            }
        };
        Some((first(|t| reached(t, false))?, first(|t| reached(t, true))?))
    }

    fn energy(&self) -> f64 {
        self.energies.iter().sum()
    }
}

/// The share of an eigenvector's squared residual that so many steps leave.
fn left(eigenvalue: f64, step: f64, steps: u64) -> f64 {
    (1.0 - step * eigenvalue).abs().powf(2.0 * steps as f64)
}

/// The first number of steps for which a property holds that then stays.
fn first(holds: impl Fn(u64) -> bool) -> Option<u64> {
    if holds(0) {
        return Some(0);
    }
    let mut fails = 0;
    let mut high = 1;
    while !holds(high) {
        if high >= MOST_STEPS {
            return None;
        }
        (fails, high) = (high, 2 * high);
    }
    while high - fails > 1 {
        let middle = fails + (high - fails) / 2;
        if holds(middle) {
            high = middle;
        } else {
            fails = middle;
        }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::{dot, norm};
    use crate::random::stream;
    use crate::training::least_squares::{LeastSquares, Method};
    use rand::RngExt;

    const SAMPLES: usize = 20;
    const DIMENSION: usize = 40;

    fn random(numbers: usize, seed: u64) -> Vec<f64> {
        let mut rng = stream(seed, "test of target spectra");
        (0..numbers).map(|_| rng.random::<f64>() - 0.5).collect()
    }

    fn problem(seed: u64) -> (Vec<f64>, Vec<f64>, RowSpan) {
        let features = random(SAMPLES * DIMENSION, seed);
        let span = RowSpan::new(&features, SAMPLES, DIMENSION).expect("independent");
        (features, random(SAMPLES, seed + 1000), span)
    }

    #[test]
    fn norm_residuals_and_hitting_time_are_those_of_gradient_descent() {
        for seed in 1..4 {
            let (features, targets, span) = problem(seed);
            let spectrum = span.gram_spectrum().expect("converges");
            let of_targets = spectrum.of(&targets);
            let least = span.min_norm(std::slice::from_ref(&targets)).remove(0);
            let norm = norm(&least);
            assert!((of_targets.least_norm() / norm - 1.0).abs() < 1e-12);

            let problem = LeastSquares {
                features: &features,
                targets: &targets,
            };
            let step = problem.gradient_descent_rate() / SAMPLES as f64;
            let start = [0.0; DIMENSION];
            let descent = problem
                .descend(Method::GradientDescent, &start, 0.01, 100_000, 1)
                .expect("a problem");
            for (t, measured) in (0..).zip(&descent.residuals) {
                let predicted = of_targets.relative_residual(step, t);
                assert!((predicted / measured - 1.0).abs() < 1e-9);
            }
            let measured = descent.residuals.len() as u64 - 1;
            assert_eq!(of_targets.hitting_time(step, 0.01), Some(measured));
        }
    }

    /// yᵀ ΦΦᵀ y without eigenvectors.
    #[test]
    fn the_alignment_is_that_of_the_definition() {
        let (features, targets, span) = problem(5);
        let spectrum = span.gram_spectrum().expect("converges");
        let rows: Vec<&[f64]> = features.chunks(DIMENSION).collect();
        let (mut form, mut frobenius) = (0.0, 0.0);
        for i in 0..SAMPLES {
            for j in 0..SAMPLES {
                let k = dot(rows[i], rows[j]);
                form += targets[i] * k * targets[j];
                frobenius += k * k;
            }
        }
        let expected = form / (squared_norm(&targets) * frobenius.sqrt());
        assert!((spectrum.of(&targets).alignment() - expected).abs() < 1e-13);
    }

    /// A target that is one eigenvector: everything has a closed form.
    #[test]
    fn an_eigenvector_takes_the_time_of_its_eigenvalue() {
        let spectrum = GramSpectrum {
            eigenvalues: vec![4.0, 1.0, 0.25],
            vectors: Mat::identity(3, 3),
        };
        let second = spectrum.of(&[0.0, 3.0, 0.0]);
        assert!((second.least_norm() - 3.0).abs() < 1e-15);
        // (1 − 0.1)^t ≤ 0.01: t ≥ ln 0.01 / ln 0.9 = 43.7.
        assert_eq!(second.hitting_time(0.1, 0.01), Some(44));
        assert_eq!(second.hitting_time(0.0, 0.01), None);
    }

    /// Random energies of the same norm stay within the range, and targets of
    /// two energies come to its ends.
    #[test]
    fn no_target_of_the_same_norm_is_faster_or_slower_than_the_range() {
        let spectrum = GramSpectrum {
            eigenvalues: vec![3.0, 1.0, 0.5, 0.2],
            vectors: Mat::identity(4, 4),
        };
        let (step, residual) = (0.3, 0.05);
        let mut rng = stream(1, "energies");
        let mut times = Vec::new();
        let range = |y: &[f64]| spectrum.of(y).hitting_times_at_this_norm(step, residual);
        // Two random targets, mixed so that the squared norm is 1.5 at length 1.
        while times.len() < 3000 {
            let mut draw = || {
                // Cubed: often near a vertex.
                let e: Vec<f64> = (0..4).map(|_| rng.random::<f64>().powi(9)).collect();
                let sum: f64 = e.iter().sum();
                e.iter().map(|e| e / sum).collect::<Vec<f64>>()
            };
            let (p, q) = (draw(), draw());
            let cost = |e: &[f64]| {
                let terms = e.iter().zip(&spectrum.eigenvalues);
                terms.map(|(e, l)| e / l).sum::<f64>()
            };
            let share = (1.5 - cost(&p)) / (cost(&q) - cost(&p));
            if !(0.0..=1.0).contains(&share) {
                continue;
            }
            let y: Vec<f64> = (p.iter().zip(&q))
                .map(|(p, q)| ((1.0 - share) * p + share * q).sqrt())
                .collect();
            times.push(
                spectrum
                    .of(&y)
                    .hitting_time(step, residual)
                    .expect("reached"),
            );
            let (fewest, most) = range(&y).expect("reached");
            let time = times[times.len() - 1];
            assert!((fewest..=most).contains(&time), "{fewest} {time} {most}");
        }
        let e: f64 = (1.5 - 1.0) / (2.0 - 1.0); // eigenvalues 1 and 0.5
        let (fewest, most) = range(&[0.0, (1.0 - e).sqrt(), e.sqrt(), 0.0]).expect("reached");
        let (least, largest) = (times.iter().min().unwrap(), times.iter().max().unwrap());
        assert!(
            least - fewest <= 1 && most - largest <= 2,
            "{fewest}..{most}"
        );
    }
}
