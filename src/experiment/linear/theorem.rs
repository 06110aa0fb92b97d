//! Where gradient methods end on a linear model: theorem and consequence.

use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::super::{Context, Experiment, ExperimentError};
use super::examples::{Examples, draw, half_of_the_classes};
use crate::classification::{Errors, margin_of_sign};
use crate::dataset::Dataset;
use crate::kernel::{RandomFourier, outputs};
use crate::linalg::{RowSpan, norm};
use crate::random::stream;
use crate::store::{Holds, Kind};
use crate::training::least_squares::{LeastSquares, Method, Until, follow};

/// Every method on one linear model, checked against the theorem that its limit is the
/// interpolant of smallest norm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpanTheorem {
    /// Checksum of the dataset.
    pub checksum: String,
    /// Training images.
    pub train: usize,
    /// Random Fourier features.
    pub features: usize,
    /// Test images.
    pub test: usize,
    /// Bandwidth of the Gaussian kernel that the features approximate.
    pub bandwidth: f64,
    /// The methods that are followed.
    pub methods: Vec<Followed>,
    /// Relative residual at which methods under the theorem stop.
    pub residual: f64,
    /// The same for the others, whose limit is not compared with a bound.
    pub residual_elsewhere: f64,
    /// The most epochs.
    pub max_epochs: usize,
    /// Seed of the images and of everything drawn.
    pub seed: u64,
}

impl SpanTheorem {
    /// The residual at which a method stops.
    pub fn residual_of(&self, theory: Theory) -> f64 {
        match theory {
            Theory::Proved | Theory::Control => self.residual,
            Theory::Free => self.residual_elsewhere,
        }
    }
}

/// What a method is to the theorem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theory {
    /// Its steps are combinations of rows and it starts at zero: the theorem holds.
    Proved,
    /// The same from a start outside the span: the check must fail.
    Control,
    /// Its steps rescale coordinates: nothing is proved.
    Free,
}

/// A method that is followed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Followed {
    /// Its name.
    pub name: String,
    /// The method.
    pub method: Method,
    /// Examples per step.
    pub batch: usize,
    /// What it is to the theorem.
    pub theory: Theory,
}

/// Where one method ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// The method.
    pub method: String,
    /// Examples per step.
    pub batch: usize,
    /// What it is to the theorem.
    pub theory: Theory,
    /// Whether the check of the theorem passes.
    pub passes: bool,
    /// Largest `‖P w‖ / ‖w‖` on the way, P the projection off the span.
    pub largest_share: f64,
    /// `‖w − w*‖ / ‖w*‖` at the end, w* of smallest norm.
    pub distance: f64,
    /// What the residual allows: `‖Φ w − y‖ / (s_min ‖w*‖)`.
    pub allowed: f64,
    /// `‖Φ w − y‖ / ‖y‖` at the end.
    pub residual: f64,
    /// Epochs.
    pub epochs: usize,
    /// `‖w‖ / ‖w*‖` at the end.
    pub norm: f64,
    /// Fraction of test images that get another label than their own.
    pub test_error: f64,
    /// Fraction of the test images that get another label than from w*.
    pub other_labels: f64,
}

/// The limits of all methods in one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// Smallest singular value of the features of the training images.
    pub smallest_singular: f64,
    /// Of the interpolant of smallest norm.
    pub test_error: f64,
    /// Largest distance of two solutions of methods under the theorem, relative to
    /// the smallest norm.
    pub spread: f64,
    /// Where each method ended.
    pub limits: Vec<Limit>,
}

impl Experiment for SpanTheorem {
    const KIND: Kind = Kind {
        name: "span-theorem",
        holds: Holds::Numbers,
    };
    type Output = Checked;

    fn run(&self, context: &mut Context<'_>) -> Result<Checked, ExperimentError> {
        check(self, context.dataset(&self.checksum)?)
    }
}

/// Follows every method.
fn check(spec: &SpanTheorem, dataset: &Dataset) -> Result<Checked, ExperimentError> {
    let classes = dataset.classes();
    let draw = draw(dataset, (spec.train, 0, spec.test), spec.seed)?;
    let map = RandomFourier::new(
        draw.train.features(),
        spec.features,
        spec.bandwidth,
        spec.seed,
    );
    let train = Examples::of(&draw.train, &map);
    let test = Examples::of(&draw.test, &map);
    let targets = half_of_the_classes(&train.labels, classes);
    let truth = half_of_the_classes(&test.labels, classes);
    let span = RowSpan::new(&train.features, train.len(), train.dimension)?;
    let least = span.min_norm(std::slice::from_ref(&targets)).remove(0);
    let least_norm = norm(&least);
    let predict = |weights: &[f64]| -> Vec<f64> {
        outputs(&test.features, test.dimension, &[weights.to_vec()]).remove(0)
    };
    let by_least = predict(&least);
    let problem = LeastSquares {
        features: &train.features,
        targets: &targets,
    };
    let mut noise = stream(spec.seed, "limits: start outside the span");
    let drawn: Vec<f64> = (0..spec.features)
        .map(|_| StandardNormal.sample(&mut noise))
        .collect();
    let mut outside = span.null_component(&drawn);
    let scale = least_norm / norm(&outside);
    outside.iter_mut().for_each(|v| *v *= scale);

    let zero = vec![0.0; spec.features];
    let mut limits = Vec::new();
    let mut proved: Vec<Vec<f64>> = Vec::new();
    let mut spread = 0.0_f64;
    for method in &spec.methods {
        let theory = method.theory;
        let start = match theory {
            Theory::Control => &outside,
            Theory::Proved | Theory::Free => &zero,
        };
        let until = Until {
            residual: spec.residual_of(theory),
            epochs: spec.max_epochs,
        };
        let followed = follow(&problem, &span, method.method, start, until, spec.seed)?;
        let weights = &followed.descent.weights;
        let on_test = predict(weights);
        limits.push(Limit {
            method: method.name.clone(),
            batch: method.batch,
            theory,
            passes: followed.check().is_ok(),
            largest_share: followed.largest_share,
            distance: followed.distance,
            allowed: followed.allowed,
            residual: problem.relative_residual(weights),
            epochs: followed.descent.residuals.len() - 1,
            norm: norm(weights) / least_norm,
            test_error: disagreement(&on_test, &truth),
            other_labels: disagreement(&on_test, &by_least),
        });
        if theory == Theory::Proved {
            for other in &proved {
                let apart: Vec<f64> = weights.iter().zip(other).map(|(a, b)| a - b).collect();
                spread = spread.max(norm(&apart) / least_norm);
            }
            proved.push(followed.descent.weights);
        }
    }
    Ok(Checked {
        smallest_singular: span.singular_values().map_or(f64::NAN, |(least, _)| least),
        test_error: disagreement(&by_least, &truth),
        spread,
        limits,
    })
}

/// Fraction of outputs without the sign of the other's; an output of zero has none.
fn disagreement(outputs: &[f64], others: &[f64]) -> f64 {
    let margins = outputs
        .iter()
        .zip(others)
        .map(|(f, y)| margin_of_sign(f * y, true));
    margins.collect::<Errors>().fraction()
}

/// The methods of the trial, on so many images.
pub fn methods(samples: usize) -> Vec<Followed> {
    let sgd = |batch: usize, momentum| Method::Sgd {
        batch: batch.min(samples),
        momentum,
    };
    let batches = [1, 8, 64].into_iter().filter(|&batch| batch < samples);
    let plain = batches.map(|batch| ("SGD", sgd(batch, 0.0), batch, Theory::Proved));
    let rest = [
        (
            "gradient descent",
            Method::GradientDescent,
            samples,
            Theory::Proved,
        ),
        ("SGD, momentum 0.9", sgd(8, 0.9), 8, Theory::Proved),
        (
            "gradient descent, momentum 0.9",
            sgd(samples, 0.9),
            samples,
            Theory::Proved,
        ),
        ("Kaczmarz", Method::Kaczmarz, 1, Theory::Proved),
        ("SGD from outside the span", sgd(8, 0.0), 8, Theory::Control),
        ("Adam", Method::Adam { rate: 1e-3 }, samples, Theory::Free),
        (
            "AdaGrad",
            Method::AdaGrad { rate: 0.03 },
            samples,
            Theory::Free,
        ),
        ("sign descent", Method::SignDescent, samples, Theory::Free),
    ];
    (plain.chain(rest))
        .map(|(name, method, batch, theory)| Followed {
            name: name.to_owned(),
            method,
            batch,
            theory,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::tests::{dataset, pin};

    #[test]
    fn pins() {
        let spec = SpanTheorem {
            checksum: dataset().checksum().to_owned(),
            train: 10,
            features: 60,
            test: 30,
            bandwidth: 3.0,
            methods: methods(10),
            residual: 1e-2,
            residual_elsewhere: 1e-1,
            max_epochs: 20,
            seed: 1,
        };
        pin("span-theorem", &spec);
    }
}
