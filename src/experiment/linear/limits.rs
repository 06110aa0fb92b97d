//! What gradient methods converge to on a linear model: the interpolant of
//! smallest norm, exactly, or not.

use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::super::{Context, Experiment, ExperimentError};
use super::examples::{Examples, draw};
use crate::dataset::Dataset;
use crate::kernel::RandomFourier;
use crate::linalg::{RowSpan, norm};
use crate::random::stream;
use crate::store::{Holds, Kind};
use crate::training::least_squares::{LeastSquares, Method};

/// Every method on one linear model, from zero and from a point outside the span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodLimits {
    /// Checksum of the dataset.
    pub checksum: String,
    /// Training images.
    pub train: usize,
    /// Random Fourier features.
    pub features: usize,
    /// Bandwidth of the Gaussian kernel that the features approximate.
    pub bandwidth: f64,
    /// Labels below this one have the target 1, the others −1.
    pub first_negative: u32,
    /// The methods that are followed.
    pub methods: Vec<Followed>,
    /// Relative residual at which methods stop.
    pub residual: f64,
    /// The most epochs.
    pub max_epochs: usize,
    /// Seed of the images and of everything drawn.
    pub seed: u64,
}

/// A method, and what theory says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Followed {
    /// Its name.
    pub name: String,
    /// The method.
    pub method: Method,
    /// Whether it ends at the smallest norm.
    pub stays_in_span: bool,
}

/// The first half of ten classes has the target 1.
pub const FIRST_NEGATIVE: u32 = 5;

/// Where one method ended, from one start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// The method.
    pub method: String,
    /// Whether theory says that it ends at the smallest norm.
    pub stays_in_span: bool,
    /// Whether it started at zero, or at a point outside the span.
    pub from_zero: bool,
    /// `‖P w_T − P w_0‖ / ‖w_T‖`, P the projection on the null space.
    pub null_change: f64,
    /// `‖w_T − (w + P w_0)‖ / ‖w‖`, w of smallest norm.
    pub distance: f64,
    /// What the residual allows: `‖Φ w_T − y‖ / (s_min ‖w‖)`.
    pub allowed: f64,
    /// `‖Φ w_T − y‖ / ‖y‖`.
    pub residual: f64,
    /// Epochs.
    pub epochs: usize,
}

impl Experiment for MethodLimits {
    const KIND: Kind = Kind {
        name: "method-limits",
        holds: Holds::Numbers,
    };
    type Output = Vec<Limit>;

    fn run(&self, context: &mut Context<'_>) -> Result<Vec<Limit>, ExperimentError> {
        limits(self, context.dataset(&self.checksum)?)
    }
}

fn limits(spec: &MethodLimits, dataset: &Dataset) -> Result<Vec<Limit>, ExperimentError> {
    let draw = draw(dataset, (spec.train, 0, 1), spec.seed)?;
    let inputs = draw.train.features();
    let map = RandomFourier::new(inputs, spec.features, spec.bandwidth, spec.seed);
    let train = Examples::of(&draw.train, &map);
    let span = RowSpan::new(&train.features, train.len(), train.dimension)?;
    let targets: Vec<f64> = (train.labels.iter())
        .map(|&label| {
            if label < spec.first_negative {
                1.0
            } else {
                -1.0
            }
        })
        .collect();
    let least = span.min_norm(std::slice::from_ref(&targets)).remove(0);
    let least_norm = norm(&least);
    let smallest_singular = span
        .singular_values()
        .map_or(f64::NAN, |(smallest, _)| smallest);
    let problem = LeastSquares {
        features: &train.features,
        targets: &targets,
    };
    let mut noise = stream(spec.seed, "descent: start outside the span");
    let drawn: Vec<f64> = (0..spec.features)
        .map(|_| StandardNormal.sample(&mut noise))
        .collect();
    let mut outside = span.null_component(&drawn);
    let length = norm(&outside);
    outside.iter_mut().for_each(|v| *v *= least_norm / length);

    let mut limits = Vec::new();
    for followed in &spec.methods {
        for from_zero in [true, false] {
            let start = if from_zero {
                vec![0.0; spec.features]
            } else {
                outside.clone()
            };
            let (residual, epochs) = (spec.residual, spec.max_epochs);
            let end = problem.descend(followed.method, &start, residual, epochs, spec.seed)?;
            let expected: Vec<f64> = least.iter().zip(&start).map(|(w, v)| w + v).collect();
            let apart = |a: &[f64], b: &[f64]| -> f64 {
                norm(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>())
            };
            let null = span.null_component(&end.weights);
            let residual = problem.relative_residual(&end.weights);
            let scale = norm(&targets);
            limits.push(Limit {
                method: followed.name.clone(),
                stays_in_span: followed.stays_in_span,
                from_zero,
                null_change: apart(&null, &start) / norm(&end.weights),
                distance: apart(&end.weights, &expected) / least_norm,
                allowed: residual * scale / (smallest_singular * least_norm),
                residual,
                epochs: end.residuals.len() - 1,
            });
        }
    }
    Ok(limits)
}

/// The methods of the question; of `samples` images a batch of all.
pub fn methods(samples: usize) -> Vec<Followed> {
    let sgd = |batch, momentum| Method::Sgd { batch, momentum };
    [
        ("gradient descent", Method::GradientDescent, true),
        ("SGD, batch 1", sgd(1, 0.0), true),
        ("SGD, batch 8", sgd(8, 0.0), true),
        ("SGD, batch 64", sgd(64, 0.0), true),
        ("SGD, batch 8, momentum 0.9", sgd(8, 0.9), true),
        ("gradient descent, momentum 0.9", sgd(samples, 0.9), true),
        ("Adam", Method::Adam { rate: 1e-3 }, false),
    ]
    .map(|(name, method, stays_in_span)| Followed {
        name: name.to_owned(),
        method,
        stays_in_span,
    })
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::tests::{dataset, pin};

    #[test]
    fn pins() {
        let spec = MethodLimits {
            checksum: dataset().checksum().to_owned(),
            train: 10,
            features: 60,
            bandwidth: 2.0,
            first_negative: FIRST_NEGATIVE,
            methods: methods(10),
            residual: 1e-2,
            max_epochs: 20,
            seed: 1,
        };
        pin("method-limits", &spec);
    }
}
