//! Theorem 1's networks: what they are, and how well they fit and generalize.

use crate::dataset::{Dataset, Split};
use crate::experiment::run::{DataSpec, Prepared};
use crate::expressivity::{FiniteSample, FiniteSampleNetwork, Precision, interpolate};
use crate::measure::{Subject, network_logits};
use crate::solution::Outputs;
use crate::store::{Holds, Kind};
use crate::training::score;
use crate::treatment::Treatment;
use serde::{Deserialize, Serialize};

use super::super::{Context, Experiment, ExperimentError};
use super::norms::Norms;

/// The network of Theorem 1 on some images and labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Theorem1Network {
    /// The images.
    pub data: DataSpec,
    /// What is done to their labels.
    pub treatment: Treatment,
    /// Seed of the images and of everything drawn.
    pub seed: u64,
}

impl Theorem1Network {
    /// The data, as every run on them sees them.
    fn prepare(&self, dataset: &Dataset) -> Result<Prepared, ExperimentError> {
        self.data.prepare(&self.treatment, self.seed, dataset)
    }
}

/// One network of Theorem 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Theorem1Fit {
    /// Hidden units.
    pub width: usize,
    /// Numbers that are chosen.
    pub free_numbers: usize,
    /// Numbers as dense layers, zeros included.
    pub dense_parameters: usize,
    /// Largest deviation of an output from its target on the training set: numbers
    /// and arithmetic in f64.
    pub deviation: f64,
    /// The same of the network whose numbers are f32, in f64 arithmetic.
    pub single_deviation: Option<f64>,
    /// Fraction of the training set that the network with f32 numbers misclassifies
    /// in f32 arithmetic.
    pub single_train_error: Option<f64>,
    /// Largest weight of the output layer.
    pub largest_weight: f64,
    /// Norms and margin.
    pub norms: Norms,
    /// Fraction of test images that get another label than their own.
    pub test_error: f64,
}

impl Experiment for Theorem1Network {
    const KIND: Kind = Kind {
        name: "theorem1-network",
        holds: Holds::Measures,
    };
    type Output = Theorem1Fit;

    fn run(&self, context: &mut Context<'_>) -> Result<Theorem1Fit, ExperimentError> {
        build(self, context.dataset(&self.data.checksum)?)
    }
}

fn build(spec: &Theorem1Network, dataset: &Dataset) -> Result<Theorem1Fit, ExperimentError> {
    let classes = dataset.classes();
    let data = spec.prepare(dataset)?;
    let sample = FiniteSample::one_hot(&data.train, classes)?;
    let network = interpolate(&sample, Precision::Double, spec.seed)?;
    let fitted = network.outputs(data.train.pixels());
    // In single precision some points may be too close; then there is no such network.
    let single = interpolate(&sample, Precision::Single, spec.seed).ok();
    let single_train_error = single.as_ref().map(|network| {
        let logits = network.outputs_in_single_precision(data.train.pixels());
        score(&labelled(logits, &data.train, classes)).error
    });
    let tested = outputs(&network.outputs(data.test.pixels()), &data.test, classes);
    Ok(Theorem1Fit {
        width: network.width(),
        free_numbers: network.free_numbers(),
        dense_parameters: network.dense_parameters(2)?,
        deviation: deviation(&fitted, &data.train, classes),
        single_deviation: single
            .map(|network| deviation(&network.outputs(data.train.pixels()), &data.train, classes)),
        single_train_error,
        largest_weight: largest(&network.output_weights),
        norms: Norms::of(network.layers(2)?, &outputs(&fitted, &data.train, classes))?,
        test_error: score(&tested).error,
    })
}

/// One depth of the same network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deep {
    /// Layers of weights.
    pub depth: usize,
    /// Hidden units.
    pub width: usize,
    /// ⌈n/(k−1)⌉, and what is carried beside the hinges.
    pub hinges: usize,
    /// Numbers that are chosen.
    pub free_numbers: usize,
    /// Numbers as dense layers, zeros included.
    pub dense_parameters: usize,
    /// Of the dense layers, as matrix products in f64.
    pub deviation: f64,
}

/// The same network regrouped into several depths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeepNetworks {
    /// The network.
    pub network: Theorem1Network,
    /// Layers of weights.
    pub depths: Vec<usize>,
}

impl Experiment for DeepNetworks {
    const KIND: Kind = Kind {
        name: "theorem1-depths",
        holds: Holds::Numbers,
    };
    type Output = Vec<Deep>;

    fn run(&self, context: &mut Context<'_>) -> Result<Vec<Deep>, ExperimentError> {
        let dataset = context.dataset(&self.network.data.checksum)?;
        depths(&self.network, dataset, &self.depths)
    }
}

fn depths(
    spec: &Theorem1Network,
    dataset: &Dataset,
    depths: &[usize],
) -> Result<Vec<Deep>, ExperimentError> {
    let classes = dataset.classes();
    let data = spec.prepare(dataset)?;
    let sample = FiniteSample::one_hot(&data.train, classes)?;
    let network = interpolate(&sample, Precision::Double, spec.seed)?;
    // Few images leave no hinge for every layer of a deep network.
    (depths.iter())
        .filter(|&&depth| depth <= network.width() + 1)
        .map(|&depth| at_depth(&network, depth, &data.train, classes))
        .collect()
}

fn at_depth(
    network: &FiniteSampleNetwork,
    depth: usize,
    train: &Split,
    classes: usize,
) -> Result<Deep, ExperimentError> {
    let subject = Subject::new(network.layers(depth)?, None)?;
    let logits = network_logits(&subject, train)?;
    Ok(Deep {
        depth,
        width: network.width_at(depth)?,
        hinges: network.width().div_ceil(depth - 1),
        free_numbers: network.free_numbers(),
        dense_parameters: network.dense_parameters(depth)?,
        deviation: deviation(&logits, train, classes),
    })
}

/// The largest distance of an output from its one-hot target.
pub(super) fn deviation(outputs: &[f64], split: &Split, classes: usize) -> f64 {
    let rows = outputs.chunks(classes).zip(split.labels());
    let entries = rows.flat_map(|(row, &label)| {
        let target = move |class| f64::from(u8::from(class == label as usize));
        (row.iter().enumerate()).map(move |(class, f)| f - target(class))
    });
    largest(&entries.collect::<Vec<_>>())
}

pub(super) fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, x| x.abs().max(largest))
}

/// Outputs in f64 as outputs of a network.
pub(super) fn outputs(values: &[f64], split: &Split, classes: usize) -> Outputs {
    labelled(values.iter().map(|&f| f as f32).collect(), split, classes)
}

fn labelled(logits: Vec<f32>, split: &Split, classes: usize) -> Outputs {
    Outputs {
        classes,
        logits,
        labels: split.labels().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Preprocessing;

    use crate::experiment::tests::{dataset, pin};

    #[test]
    fn pins() {
        let spec = Theorem1Network {
            data: DataSpec {
                checksum: dataset().checksum().to_owned(),
                train_size: 15,
                test_size: 20,
                preprocessing: Preprocessing::PerImageStandardization,
            },
            treatment: Treatment::RandomLabels,
            seed: 1,
        };
        pin("theorem1-network", &spec);
        let depths = vec![2, 3, 5];
        pin(
            "theorem1-depths",
            &DeepNetworks {
                network: spec,
                depths,
            },
        );
    }
}
