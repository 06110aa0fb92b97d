//! Theorem 1's network in single precision, as a checkpoint holds it, and how well it fits.

use super::finite_sample::{deviation, largest, outputs};
use crate::dataset::{Dataset, Preprocessing, Split};
use crate::experiment::{ExperimentError, Labeling};
use crate::expressivity::{FiniteSample, FiniteSampleNetwork, Precision, interpolate};
use crate::measure::{Subject, layers, network_logits};
use crate::solution::Weight;
use crate::statistics::proportion;
use crate::training::score;

/// A network of Theorem 1 all of whose numbers are single precision, and its images, each
/// standardized.
///
/// ```
/// use rethink::dataset::Dataset;
/// use rethink::experiment::Labeling;
/// use rethink::experiment::expressivity::Constructed;
///
/// let dataset = Dataset::load("fashion-mnist-10k", None)?;
/// let constructed = Constructed::new(&dataset, 30, Labeling::Random, 1)?;
/// let fit = constructed.fit(3)?;
/// assert_eq!((fit.points, fit.train_error), (30, 0.0));
/// assert_eq!(constructed.weights(3)?.len(), 5); // the last layer has no bias
/// # Ok::<(), rethink::experiment::ExperimentError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Constructed {
    network: FiniteSampleNetwork,
    points: usize,
    classes: usize,
    train: Split,
    test: Split,
}

/// How well such a network fits, regrouped into some depth. Errors are fractions.
#[derive(Debug, Clone, PartialEq)]
pub struct ConstructedFit {
    /// Different training images.
    pub points: usize,
    /// Numbers that are chosen: n(k + 1) + d.
    pub free_numbers: usize,
    /// Numbers as dense layers, zeros included.
    pub dense_parameters: usize,
    /// Units of the widest hidden layer.
    pub width: usize,
    /// Largest weight of the output layer in absolute value.
    pub largest_weight: f64,
    /// On the training images, in f64 arithmetic.
    pub train_error: f64,
    /// Largest deviation of an output from its one-hot target: the sum over units, in f64
    /// arithmetic.
    pub deviation: f64,
    /// The same of the dense layers as matrix products in f64.
    pub dense_deviation: f64,
    /// The same of the sum over units in f32 arithmetic.
    pub single_deviation: f64,
    /// On the training images, in f32 arithmetic.
    pub single_train_error: f64,
    /// On the test images with their own labels, in f64 arithmetic.
    pub test_error: f64,
    /// Wilson's 95 % interval for the test images as a sample.
    pub test_error_interval: [f64; 2],
}

impl Constructed {
    /// The network on so many training images, drawn with the seed as their labels are.
    ///
    /// # Errors
    /// More images than there are, labels that cannot be drawn, or images that no
    /// direction tells apart in single precision.
    pub fn new(
        dataset: &Dataset,
        images: usize,
        labels: Labeling,
        seed: u64,
    ) -> Result<Self, ExperimentError> {
        let (classes, shape) = (dataset.classes(), dataset.shape());
        let drawn = dataset.train().subset(images, seed)?;
        let treatment = labels.treatment();
        let treated = treatment.apply(&drawn, dataset.test(), classes, shape, seed)?;
        let standardize = |split| Preprocessing::PerImageStandardization.apply(split);
        let (train, test) = (standardize(treated.train), standardize(treated.test));
        let sample = FiniteSample::one_hot(&train, classes)?;
        Ok(Self {
            network: interpolate(&sample, Precision::Single, seed)?,
            points: sample.len(),
            classes,
            train,
            test,
        })
    }

    /// Its arrays as so many dense layers.
    ///
    /// # Errors
    /// A depth that the network cannot be regrouped into.
    pub fn weights(&self, depth: usize) -> Result<Vec<Weight>, ExperimentError> {
        Ok(self.network.weights(depth)?)
    }

    /// How well it fits, with so many dense layers.
    ///
    /// # Errors
    /// As [`weights`](Self::weights), and no test images.
    pub fn fit(&self, depth: usize) -> Result<ConstructedFit, ExperimentError> {
        let Self {
            network,
            classes,
            train,
            test,
            ..
        } = self;
        let fitted = network.outputs(train.pixels());
        let test_error = score(&outputs(&network.outputs(test.pixels()), test, *classes)).error;
        let wrong = (test_error * test.len() as f64).round() as u64;
        let interval = proportion(wrong, test.len() as u64)?.interval;
        let dense = Subject::new(layers(&network.weights(depth)?)?, None)?;
        let single = network.outputs_in_single_precision(train.pixels());
        let single: Vec<f64> = single.into_iter().map(f64::from).collect();
        let deviation = |values: &[f64]| deviation(values, train, *classes);
        let error = |values: &[f64]| score(&outputs(values, train, *classes)).error;
        Ok(ConstructedFit {
            points: self.points,
            free_numbers: network.free_numbers(),
            dense_parameters: network.dense_parameters(depth)?,
            width: network.width_at(depth)?,
            largest_weight: largest(&network.output_weights),
            train_error: error(&fitted),
            deviation: deviation(&fitted),
            dense_deviation: deviation(&network_logits(&dense, train)?),
            single_deviation: deviation(&single),
            single_train_error: error(&single),
            test_error,
            test_error_interval: interval.map_or([0.0, 1.0], |i| [i.low, i.high]),
        })
    }
}
