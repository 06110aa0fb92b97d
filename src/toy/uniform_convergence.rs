//! A learner that generalizes although uniform convergence fails (Nagarajan and
//! Kolter 2019).

use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

use super::{Basis, Card, Check, Expected, Outcome, Toy, ToyError};
use crate::classification::is_correct;
use crate::linalg::{dot, squared_norm};
use crate::random::stream;
use crate::report::figure::{Axis, Curves, Point, Series};
use crate::report::{Figure, FigureText};
use crate::statistics::{Estimate, proportion};

/// A linear classifier after one step of gradient descent in many dimensions.
///
/// ```text
/// y = ±1,   x = (x₁, x₂),   x₁ = 2 y u with ‖u‖² = 1/m,   x₂ ~ N(0, (32/D) I_D)
/// w₁ = Σ_i y_i x₁ᵢ = 2 m u,   w₂ = Σ_i y_i x₂ᵢ
/// ```
///
/// So y w₁ᵀx₁ = 4 for every example, and for one that was not trained on y w₂ᵀx₂ is
/// normal with variance (32/D) ‖w₂‖² ≈ 1024 m/D: the test error is
///
/// ```text
/// P(y wᵀx ≤ 0) = Φ(−4 / √((32/D) ‖w₂‖²)) ≈ Φ(−√(D / 64m))
/// ```
///
/// On the training set y_i w₂ᵀx₂ᵢ ≈ ‖x₂ᵢ‖² ≈ 32. The set S' of the examples (x₁, −x₂)
/// with labels y has the same distribution as S, and on it every output is ≈ 4 − 32:
/// all wrong. A bound on the largest gap between the errors on a set and in the
/// distribution, over whatever set of classifiers the learner may end in, holds for
/// this classifier and S' too, and so is at least 1 minus the test error.
///
/// # Reference
/// Nagarajan and Kolter 2019, arXiv 1902.04742 (section 3, theorem 3.1); the exact test
/// error is derived here.
pub struct UniformConvergence;

/// Training-set sizes of the table.
const SIZES: [usize; 3] = [25, 50, 100];
/// D / m of the table: a test error of Φ(−2) = 2.3 %.
const RATIO: usize = 256;
/// D / m of the figure, at [`SIZE`] training examples.
const RATIOS: [usize; 6] = [1, 4, 16, 64, 256, 512];
const SIZE: usize = 50;
/// Fresh examples.
const FRESH: usize = 2000;

/// What one training leads to.
struct Trained {
    examples: usize,
    wrong: usize,
    wrong_flipped: usize,
    test_error: f64,
    w2: Vec<f64>,
}

/// A draw of x₂. Labels need no draws: y x₂ has the distribution of x₂.
fn noise(rng: &mut rand_chacha::ChaCha8Rng, into: &mut [f64]) {
    let scale = (32.0 / into.len() as f64).sqrt();
    for x in into {
        let normal: f64 = StandardNormal.sample(rng);
        *x = scale * normal;
    }
}

/// One step on m examples in D dimensions. `noise` are the rows y_i x₂ᵢ.
fn train(noise: &[f64], dimension: usize) -> Trained {
    let mut w2 = vec![0.0; dimension];
    for row in noise.chunks_exact(dimension) {
        w2.iter_mut().zip(row).for_each(|(w, x)| *w += x);
    }
    let outputs: Vec<f64> = noise
        .chunks_exact(dimension)
        .map(|row| dot(&w2, row))
        .collect();
    let deviation = (32.0 / dimension as f64 * squared_norm(&w2)).sqrt();
    Trained {
        examples: outputs.len(),
        wrong: outputs.iter().filter(|&&z| !is_correct(4.0 + z)).count(),
        wrong_flipped: outputs.iter().filter(|&&z| !is_correct(4.0 - z)).count(),
        test_error: Normal::standard().cdf(-4.0 / deviation),
        w2,
    }
}

fn trained(seed: u64, examples: usize, ratio: usize) -> Trained {
    let purpose = format!("uniform convergence, {examples} examples, D/m {ratio}");
    let dimension = ratio * examples;
    let mut rows = vec![0.0; examples * dimension];
    let mut rng = stream(seed, &purpose);
    rows.chunks_exact_mut(dimension)
        .for_each(|row| noise(&mut rng, row));
    train(&rows, dimension)
}

/// Errors on fresh examples.
fn fresh_errors(trained: &Trained, seed: u64) -> u64 {
    let mut rng = stream(
        seed,
        &format!("uniform convergence, fresh, {}", trained.examples),
    );
    let mut x = vec![0.0; trained.w2.len()];
    let wrong = (0..FRESH).filter(|_| {
        noise(&mut rng, &mut x);
        !is_correct(4.0 + dot(&trained.w2, &x))
    });
    wrong.count() as u64
}

impl Trained {
    fn fraction(&self, count: usize) -> f64 {
        count as f64 / self.examples as f64
    }
}

impl Toy for UniformConvergence {
    fn card(&self) -> &'static Card {
        &Card {
            id: "uniform-convergence",
            title: "A learner that generalizes where uniform convergence fails",
            asks: "Can a two-sided bound that holds for all classifiers a learner may end in explain \
                   that it generalizes?",
            setting: "x1 = 2yu with |u|² = 1/m carries the label, x2 ~ N(0, 32/D I) is noise; one step \
                      of gradient descent from zero on m examples, D = 256 m. S' is the training set \
                      with x2 reversed: the same distribution, other points.",
            reference: "Nagarajan and Kolter 2019, arXiv 1902.04742, section 3",
        }
    }

    fn run(&self, seed: u64) -> Result<Outcome, ToyError> {
        let table = |&m: &usize| {
            let trained = trained(seed, m, RATIO);
            let fresh = fresh_errors(&trained, seed);
            (trained, fresh)
        };
        let trainings: Vec<(Trained, u64)> = SIZES.par_iter().map(table).collect();
        let mut checks = Vec::new();
        for (trained, fresh) in &trainings {
            let check = |what: &str, ours, expected, basis| Check {
                quantity: format!("m = {}: {what}", trained.examples),
                ours,
                expected,
                basis,
            };
            let flipped = trained.fraction(trained.wrong_flipped);
            let test = trained.test_error;
            checks.extend([
                check(
                    "training error",
                    Estimate::exact(trained.fraction(trained.wrong)),
                    Expected::AtMost(0.0),
                    Basis::Theorem,
                ),
                check(
                    "test error given w",
                    Estimate::exact(test),
                    Expected::AtMost(0.05),
                    Basis::Theorem,
                ),
                check(
                    "test error, 2000 fresh",
                    proportion(*fresh, FRESH as u64)?,
                    Expected::Near {
                        value: test,
                        tolerance: 0.02,
                    },
                    Basis::Derived,
                ),
                check(
                    "error on S'",
                    Estimate::exact(flipped),
                    Expected::AtLeast(0.95),
                    Basis::Theorem,
                ),
                check(
                    "any uniform bound is ≥",
                    Estimate::exact(flipped - test),
                    Expected::AtLeast(0.95),
                    Basis::Theorem,
                ),
            ]);
        }
        let sentence = {
            let (last, _) = &trainings[trainings.len() - 1];
            format!(
                "With m = {} the classifier errs on {:.1} % of fresh examples and on {:.0} % of S', so \
                 every two-sided uniform bound is at least {:.2}: it says nothing of a learner that \
                 generalizes.",
                last.examples,
                100.0 * last.test_error,
                100.0 * last.fraction(last.wrong_flipped),
                last.fraction(last.wrong_flipped) - last.test_error,
            )
        };
        Ok(Outcome {
            checks,
            figure: figure(seed)?,
            sentence,
        })
    }
}

fn figure(seed: u64) -> Result<Figure, ToyError> {
    let trainings: Vec<(f64, Trained)> = (RATIOS.par_iter())
        .map(|&ratio| (ratio as f64, trained(seed, SIZE, ratio)))
        .collect();
    let series = |label: &str, f: fn(&Trained) -> f64| {
        let points = trainings
            .iter()
            .map(|(ratio, t)| Point::new(*ratio, 100.0 * f(t)));
        Series::new(label, points.collect())
    };
    let curves = Curves {
        x: Axis::log("dimensions of noise per training example, D / m"),
        y: Axis::linear("error (%)").range(-3.0, 103.0),
        series: vec![
            series("on S', the training set with its noise reversed", |t| {
                t.fraction(t.wrong_flipped)
            }),
            series("test", |t| t.test_error),
            series("training", |t| t.fraction(t.wrong)),
        ],
        references: vec![],
    };
    Ok(curves.draw(FigureText::new(
        "uniform-convergence",
        "The error on a set drawn like the training set",
        "One step of gradient descent on 50 examples whose label is carried by one coordinate and \
         drowned in D dimensions of noise. The test error is computed exactly from the weights.",
        "With more dimensions of noise the test error falls to zero while the error on the reversed \
         training set stays at 100 %.",
    ))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two examples in two dimensions, worked by hand: w₂ = (3, 2), outputs 9 and 4.
    #[test]
    fn errors_are_counted_on_both_sets() {
        let trained = train(&[3.0, 0.0, 0.0, 2.0], 2);
        assert_eq!((trained.wrong, trained.wrong_flipped), (0, 2));
        let deviation = (16.0f64 * 13.0).sqrt();
        let expected = Normal::standard().cdf(-4.0 / deviation);
        assert_eq!(trained.test_error, expected);
    }

    #[test]
    fn the_exact_test_error_is_that_of_fresh_examples() {
        let trained = trained(1, 10, 16);
        let expected = FRESH as f64 * trained.test_error;
        let found = fresh_errors(&trained, 2) as f64;
        // Φ(−1/2) = 0.31; five standard deviations.
        assert!((0.15..0.45).contains(&trained.test_error));
        assert!(
            (found - expected).abs() < 5.0 * expected.sqrt(),
            "{found} {expected}"
        );
    }
}
