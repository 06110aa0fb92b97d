//! Kernel ridge regression without one example, exactly.

use serde::{Deserialize, Serialize};

use super::super::{Context, Experiment, ExperimentError};
use super::draw::draw;
use crate::dataset::{Dataset, Preprocessing, Split};
use crate::kernel::AnyKernel;
use crate::stability::Ridge;
use crate::store::{Holds, Kind};
use crate::treatment::Treatment;

/// Kernel ridge regression with each training example removed in turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Removals {
    /// Checksum of the dataset.
    pub checksum: String,
    /// What the images are labelled with.
    pub labels: Treatment,
    /// Training images.
    pub train: usize,
    /// Images that no training sees, on which networks are compared.
    pub compared: usize,
    /// How pixels become inputs.
    pub preprocessing: Preprocessing,
    /// Bandwidth of the kernel.
    pub bandwidth: f64,
    /// The ridges to choose from.
    pub ridges: Vec<f64>,
    /// Seed of the images and of everything drawn.
    pub seed: u64,
}

/// One ridge of one seed. Squared losses of one output, cut to [0, 1].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Largest change of the loss over removals, images, outputs and targets.
    pub largest: f64,
    /// Mean over removals, unseen images and outputs.
    pub mean: f64,
    /// See [`Ridge::admissibility`].
    pub admissibility: f64,
    /// Mean loss on unseen images minus mean loss on the training images.
    pub gap: f64,
    /// Mean leave-one-out loss minus mean loss on the training images.
    pub left_out_gap: f64,
}

impl Experiment for Removals {
    const KIND: Kind = Kind {
        name: "stability-ridge",
        holds: Holds::Numbers,
    };
    type Output = Vec<Measured>;

    fn run(&self, context: &mut Context<'_>) -> Result<Vec<Measured>, ExperimentError> {
        remove(self, context.dataset(&self.checksum)?)
    }
}

fn remove(spec: &Removals, dataset: &Dataset) -> Result<Vec<Measured>, ExperimentError> {
    let size = spec.train + spec.compared;
    let images = draw(dataset, spec.labels, size, spec.seed, spec.preprocessing)?;
    let kernel: AnyKernel = format!("gaussian:{}", spec.bandwidth).parse()?;
    let own = gram(&kernel, &images, 0..spec.train, spec.train);
    let further = gram(&kernel, &images, spec.train..size, spec.train);
    let target = |i: usize, class: usize| f64::from(u8::from(images.labels()[i] as usize == class));
    let classes = dataset.classes();
    let targets: Vec<Vec<f64>> = (0..classes)
        .map(|class| (0..spec.train).map(|i| target(i, class)).collect())
        .collect();
    let measured = spec.ridges.iter().map(|&ridge| {
        let fit = Ridge::new(&own, &targets, ridge)?;
        let at = fit.evaluate(&further)?;
        let loss = |output: f64, y: f64| (output.clamp(0.0, 1.0) - y).powi(2);
        let (mut largest, mut changes) = (0.0_f64, 0.0);
        let (mut fitted, mut left_out, mut unseen) = (0.0, 0.0, 0.0);
        for class in 0..classes {
            for i in 0..spec.train {
                let (with, without) = (fit.fitted(i, class), fit.left_out(i, class));
                fitted += loss(with, target(i, class));
                left_out += loss(without, target(i, class));
                let change = |f, g| [0.0, 1.0].map(|y| (loss(f, y) - loss(g, y)).abs());
                largest = change(with, without).into_iter().fold(largest, f64::max);
                for point in 0..at.len() {
                    let (f, g) = (at.output(point, class), fit.without(i, &at, point, class));
                    let both = change(f, g);
                    largest = both.into_iter().fold(largest, f64::max);
                    let y = usize::from(target(spec.train + point, class) == 1.0);
                    changes += both[y];
                }
            }
            for point in 0..at.len() {
                unseen += loss(at.output(point, class), target(spec.train + point, class));
            }
        }
        let (n, m, k) = (spec.train as f64, at.len() as f64, classes as f64);
        Ok(Measured {
            largest,
            mean: changes / (n * m * k),
            admissibility: fit.admissibility(),
            gap: unseen / (m * k) - fitted / (n * k),
            left_out_gap: (left_out - fitted) / (n * k),
        })
    });
    measured.collect()
}

/// Kernel values of these images with the first `n`, row-major.
fn gram(kernel: &AnyKernel, images: &Split, rows: std::ops::Range<usize>, n: usize) -> Vec<f64> {
    let product = |i: usize, j: usize| -> f64 {
        let pixels = images.image(i).iter().zip(images.image(j));
        pixels.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
    };
    let squares: Vec<f64> = (0..images.len()).map(|i| product(i, i)).collect();
    let pairs = rows.flat_map(|i| (0..n).map(move |j| (i, j)));
    pairs
        .map(|(i, j)| match i == j {
            true => kernel.diagonal(squares[i]),
            false => kernel.value(product(i, j), squares[i], squares[j]),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::tests::{dataset, pin};

    #[test]
    fn pins() {
        let spec = Removals {
            checksum: dataset().checksum().to_owned(),
            labels: Treatment::TrueLabels,
            train: 12,
            compared: 8,
            preprocessing: Preprocessing::UnitInterval,
            bandwidth: 5.0,
            ridges: vec![4.0, 20.0, 100.0],
            seed: 1,
        };
        pin("stability-ridge", &spec);
    }
}
