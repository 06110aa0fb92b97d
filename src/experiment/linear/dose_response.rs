//! Dose and response: interpolants of the same data and equal norm.
//!
//! Every interpolant is `w + s v` with `w` of smallest norm and `v` a unit
//! vector that no training image sees. The training error is exactly zero for
//! every s and v, and the norm is `√(‖w‖² + s²)` whatever v is. If the norm
//! decided about generalization, the test error would depend on s alone.

use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::super::{Context, Experiment, ExperimentError};
use super::examples::{Examples, draw};
use crate::dataset::Dataset;
use crate::kernel::{RandomFourier, Targets, classify_error};
use crate::linalg::{RowSpan, norm};
use crate::random::stream;
use crate::store::{Holds, Kind};

/// Interpolants of random features that leave the one of smallest norm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DoseResponse {
    /// Checksum of the dataset.
    pub checksum: String,
    /// Training images.
    pub train: usize,
    /// Further training images, which no fit sees.
    pub auxiliary: usize,
    /// Test images.
    pub test: usize,
    /// Random Fourier features.
    pub features: usize,
    /// Bandwidth of the Gaussian kernel that the features approximate.
    pub bandwidth: f64,
    /// Directions in which interpolants leave the one of smallest norm.
    pub directions: Vec<Direction>,
    /// How far, relative to the smallest norm.
    pub doses: Vec<f64>,
    /// Seed of the images and of everything drawn.
    pub seed: u64,
}

/// The direction in which an interpolant leaves the one of smallest norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Any: Gaussian, projected.
    Random,
    /// Towards wrong labels on images that are not in the training set.
    Adversarial,
    /// Towards the true labels on those images.
    Helpful,
}

/// Every direction.
pub const DIRECTIONS: [Direction; 3] = [
    Direction::Random,
    Direction::Adversarial,
    Direction::Helpful,
];

impl Direction {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Random => "random",
            Direction::Adversarial => "adversarial",
            Direction::Helpful => "helpful",
        }
    }
}

/// The doses of the questions: s relative to the smallest norm.
pub const DOSES: [f64; 11] = [0.0, 0.1, 0.18, 0.32, 0.56, 1.0, 1.8, 3.2, 5.6, 7.5, 10.0];

/// Test errors of one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// `‖w‖` of the interpolant of smallest norm.
    pub smallest_norm: f64,
    /// Largest `|Φ (w + s v) − y|` over all doses and directions.
    pub largest_training_deviation: f64,
    /// Largest relative deviation of the norm from `√(‖w‖² + s²)`.
    pub largest_norm_deviation: f64,
    /// Per direction, the test error at each dose.
    pub test_errors: Vec<(Direction, Vec<f64>)>,
}

impl Experiment for DoseResponse {
    const KIND: Kind = Kind {
        name: "dose-response",
        holds: Holds::Numbers,
    };
    type Output = Response;

    fn run(&self, context: &mut Context<'_>) -> Result<Response, ExperimentError> {
        respond(self, context.dataset(&self.checksum)?)
    }
}

fn respond(spec: &DoseResponse, dataset: &Dataset) -> Result<Response, ExperimentError> {
    let classes = dataset.classes();
    let draw = draw(dataset, (spec.train, spec.auxiliary, spec.test), spec.seed)?;
    let inputs = draw.train.features();
    let map = RandomFourier::new(inputs, spec.features, spec.bandwidth, spec.seed);
    let train = Examples::of(&draw.train, &map);
    let further = draw.auxiliary.as_ref().ok_or(ExperimentError::Empty {
        kind: DoseResponse::KIND.name,
        what: "further images",
    })?;
    let auxiliary = Examples::of(further, &map);
    let test = Examples::of(&draw.test, &map);
    let span = RowSpan::new(&train.features, train.len(), train.dimension)?;
    let targets = Targets::one_hot(&train.labels, classes)?;
    let weights = span.min_norm(targets.columns());
    let smallest = norm(weights.iter().flatten());

    // The auxiliary images as the null space sees them; what fits targets on
    // these rows lies in the null space.
    let rows: Vec<&[f64]> = auxiliary.features.chunks(auxiliary.dimension).collect();
    let unseen = span.null_components(&rows).concat();
    let unseen = RowSpan::new(&unseen, auxiliary.len(), auxiliary.dimension)?;
    let fitted = outputs(&auxiliary, &weights);
    let towards = |labels: &[u32]| -> Result<Vec<Vec<f64>>, ExperimentError> {
        let mut missing = Targets::one_hot(labels, classes)?.columns().to_vec();
        for (column, fitted) in missing.iter_mut().zip(&fitted) {
            column.iter_mut().zip(fitted).for_each(|(t, f)| *t -= f);
        }
        Ok(unseen.min_norm(&missing))
    };
    let wrong: Vec<u32> = (auxiliary.labels.iter())
        .map(|&label| ((label as usize + 1) % classes) as u32)
        .collect();
    let mut noise = stream(spec.seed, "dose-response: random direction");
    let mut result = Response {
        smallest_norm: smallest,
        largest_training_deviation: 0.0,
        largest_norm_deviation: 0.0,
        test_errors: Vec::new(),
    };
    for &direction in &spec.directions {
        let raw: Vec<Vec<f64>> = match direction {
            Direction::Random => (0..classes)
                .map(|_| {
                    (0..spec.features)
                        .map(|_| StandardNormal.sample(&mut noise))
                        .collect()
                })
                .collect(),
            Direction::Adversarial => towards(&wrong)?,
            Direction::Helpful => towards(&auxiliary.labels)?,
        };
        let raw: Vec<&[f64]> = raw.iter().map(Vec::as_slice).collect();
        let inside = span.null_components(&raw);
        let length = norm(inside.iter().flatten());
        let mut errors = Vec::new();
        for &dose in &spec.doses {
            let s = dose * smallest;
            let moved: Vec<Vec<f64>> = (weights.iter().zip(&inside))
                .map(|(w, v)| w.iter().zip(v).map(|(w, v)| w + s * v / length).collect())
                .collect();
            errors.push(classify_error(
                &test.features,
                test.dimension,
                &moved,
                &test.labels,
            ));
            let deviation = (outputs(&train, &moved).iter().zip(targets.columns()))
                .flat_map(|(f, y)| f.iter().zip(y))
                .map(|(f, y)| (f - y).abs())
                .fold(0.0, f64::max);
            result.largest_training_deviation = result.largest_training_deviation.max(deviation);
            let expected = smallest.hypot(s);
            let off = (norm(moved.iter().flatten()) / expected - 1.0).abs();
            result.largest_norm_deviation = result.largest_norm_deviation.max(off);
        }
        result.test_errors.push((direction, errors));
    }
    Ok(result)
}

fn outputs(examples: &Examples, weights: &[Vec<f64>]) -> Vec<Vec<f64>> {
    crate::kernel::outputs(&examples.features, examples.dimension, weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::tests::{dataset, pin};

    #[test]
    fn pins() {
        let spec = DoseResponse {
            checksum: dataset().checksum().to_owned(),
            train: 12,
            auxiliary: 8,
            test: 30,
            features: 60,
            bandwidth: 5.0,
            directions: DIRECTIONS.to_vec(),
            doses: DOSES.to_vec(),
            seed: 1,
        };
        pin("dose-response", &spec);
    }
}
