//! Theorem 1's networks: what they are, and how well they fit and generalize.

use rethink::dataset::{Dataset, Split};
use rethink::expressivity::{FiniteSample, FiniteSampleNetwork, Precision, interpolate};
use rethink::measure::{Subject, chain_logits};
use rethink::run::{DataSpec, Prepared};
use rethink::solution::Outputs;
use rethink::store::{Holds, Kind};
use rethink::training::score;
use rethink::treatment::Treatment;
use serde::{Deserialize, Serialize};

use super::norms::Norms;

/// The kind of its records.
pub const KIND: Kind = Kind {
    name: "finite-sample",
    holds: Holds::Measures,
};

/// What is fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FiniteSampleSpec {
    pub data: DataSpec,
    pub treatment: Treatment,
    pub seed: u64,
}

impl FiniteSampleSpec {
    /// The data, as every run on them sees them.
    fn prepare(&self, dataset: &Dataset) -> anyhow::Result<Prepared> {
        Ok(self.data.prepare(&self.treatment, self.seed, dataset)?)
    }
}

/// One network of Theorem 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    pub width: usize,
    pub free_numbers: usize,
    pub dense_parameters: usize,
    /// Largest deviation of an output from its target on the training set: numbers
    /// and arithmetic in f64.
    pub deviation: f64,
    /// The same of the network whose numbers are f32, in f64 arithmetic.
    pub single_deviation: Option<f64>,
    /// Fraction of the training set that the network with f32 numbers misclassifies
    /// in f32 arithmetic.
    pub single_train_error: Option<f64>,
    pub largest_weight: f64,
    pub norms: Norms,
    pub test_error: f64,
}

/// Builds the network and looks at it.
pub fn build(spec: &FiniteSampleSpec, dataset: &Dataset) -> anyhow::Result<Found> {
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
    Ok(Found {
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
    pub depth: usize,
    pub width: usize,
    /// ⌈n/(k−1)⌉, and what is carried beside the hinges.
    pub hinges: usize,
    pub free_numbers: usize,
    pub dense_parameters: usize,
    /// Of the dense layers, as matrix products in f64.
    pub deviation: f64,
}

/// The network regrouped into each depth.
pub fn depths(
    spec: &FiniteSampleSpec,
    dataset: &Dataset,
    depths: &[usize],
) -> anyhow::Result<Vec<Deep>> {
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
) -> anyhow::Result<Deep> {
    let subject = Subject::new(network.layers(depth)?, None)?;
    let logits = chain_logits(&subject, train)?;
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
pub fn deviation(outputs: &[f64], split: &Split, classes: usize) -> f64 {
    let rows = outputs.chunks(classes).zip(split.labels());
    let entries = rows.flat_map(|(row, &label)| {
        let target = move |class| f64::from(u8::from(class == label as usize));
        (row.iter().enumerate()).map(move |(class, f)| f - target(class))
    });
    largest(&entries.collect::<Vec<_>>())
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, x| x.abs().max(largest))
}

/// Outputs in f64 as outputs of a network.
pub fn outputs(values: &[f64], split: &Split, classes: usize) -> Outputs {
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
    use rethink::dataset::Preprocessing;

    use crate::pins::{dataset, pin_output as pin};

    #[test]
    fn pins() {
        let spec = FiniteSampleSpec {
            data: DataSpec {
                checksum: dataset().checksum().to_owned(),
                train_size: 15,
                test_size: 20,
                preprocessing: Preprocessing::PerImageStandardization,
            },
            treatment: Treatment::RandomLabels,
            seed: 1,
        };
        pin(
            "finite-sample",
            KIND,
            &spec,
            &build(&spec, dataset()).unwrap(),
        );
    }
}
