//! Double descent of random-feature models: test error and norm against the
//! number of features, through the point where the model begins to
//! interpolate.

use serde::{Deserialize, Serialize};

use super::super::{Context, Experiment, ExperimentError, Study};
use super::examples::{Examples, draw};
use crate::dataset::Dataset;
use crate::kernel::{RandomFourier, Targets, classify_error, least_norm};
use crate::statistics::Estimate;
use crate::store::{Holds, Kind};

/// Least-norm models of the same images with more and more random features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DoubleDescent {
    /// Checksum of the dataset.
    pub checksum: String,
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
    /// Numbers of features, ascending.
    pub features: Vec<usize>,
    /// Bandwidth of the Gaussian kernel that the features approximate.
    pub bandwidth: f64,
    /// Seed of the images and of everything drawn.
    pub seed: u64,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Features per image.
    pub features: usize,
    /// Fraction of test images that get another label than their own.
    pub test_error: f64,
    /// The norm.
    pub norm: f64,
    /// Residual relative to the targets.
    pub relative_residual: f64,
}

/// Numbers of features around the number of images.
pub fn grid(train: usize) -> Vec<usize> {
    [
        0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.25, 1.5, 2.0, 4.0, 8.0,
    ]
    .iter()
    .map(|&ratio| (ratio * train as f64).round() as usize)
    .collect()
}

/// The models of all seeds, by number of features.
pub type ModelStudy = Study<usize, Model>;

impl ModelStudy {
    /// Test error: mean over seeds.
    pub fn model_error(&self, features: usize) -> Option<Estimate> {
        self.fraction(&features, |model| Some(model.test_error))
    }

    /// Norm of the weights: geometric mean over seeds.
    pub fn model_norm(&self, features: usize) -> Option<Estimate> {
        self.geometric_mean(&features, |model| Some(model.norm))
    }

    /// The numbers of features at which the mean test error and the mean norm peak.
    pub fn peaks(&self) -> Option<(usize, usize)> {
        let peak = |value: &dyn Fn(usize) -> Option<Estimate>| {
            let means = (self.cells()).filter_map(|&n| Some((value(n)?.value, n)));
            let peak = means.max_by(|a, b| a.0.total_cmp(&b.0))?;
            Some(peak.1)
        };
        Some((
            peak(&|n| self.model_error(n))?,
            peak(&|n| self.model_norm(n))?,
        ))
    }
}

impl Experiment for DoubleDescent {
    const KIND: Kind = Kind {
        name: "double-descent",
        holds: Holds::Numbers,
    };
    type Output = Vec<Model>;

    fn run(&self, context: &mut Context<'_>) -> Result<Vec<Model>, ExperimentError> {
        models(self, context.dataset(&self.checksum)?)
    }
}

/// Fits one model per number of features; all use the beginning of one map.
fn models(spec: &DoubleDescent, dataset: &Dataset) -> Result<Vec<Model>, ExperimentError> {
    let draw = draw(dataset, (spec.train, 0, spec.test), spec.seed)?;
    let inputs = draw.train.features();
    let largest = spec.features.last().copied().unwrap_or(1);
    let map = RandomFourier::new(inputs, largest, spec.bandwidth, spec.seed);
    let (train, test) = (
        Examples::of(&draw.train, &map),
        Examples::of(&draw.test, &map),
    );
    let targets = Targets::one_hot(&train.labels, dataset.classes())?;
    let first = |examples: &Examples, count: usize| -> Vec<f64> {
        let scale = (largest as f64 / count as f64).sqrt();
        (examples.features.chunks(largest))
            .flat_map(|row| row[..count].iter().map(move |v| scale * v))
            .collect()
    };
    (spec.features.iter())
        .map(|&count| {
            let fit = least_norm(&first(&train, count), train.len(), count, targets.columns())?;
            let features = first(&test, count);
            Ok(Model {
                features: count,
                test_error: classify_error(&features, count, &fit.weights, &test.labels),
                norm: fit.norm,
                relative_residual: fit.relative_residual,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::tests::{dataset, pin};

    #[test]
    fn pins() {
        let spec = DoubleDescent {
            checksum: dataset().checksum().to_owned(),
            train: 20,
            test: 30,
            features: grid(20),
            bandwidth: 5.0,
            seed: 1,
        };
        pin("double-descent", &spec);
    }

    #[test]
    fn error_and_norm_peak_where_their_means_do() {
        let model = |features, test_error, norm| Model {
            features,
            test_error,
            norm,
            relative_residual: 0.0,
        };
        let models = [
            model(10, 0.5, 1.0),
            model(20, 0.9, 3.0),
            model(40, 0.3, 4.0),
        ];
        let seeds = (1..=2).flat_map(|seed| models.clone().map(|m| (m.features, seed, m)));
        assert_eq!(ModelStudy::new(seeds).peaks(), Some((20, 40)));
        assert_eq!(ModelStudy::new([]).peaks(), None);
    }
}
