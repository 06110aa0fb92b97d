//! Kernel ridge regression without one example, exactly.

use rethink::dataset::{Dataset, Preprocessing, Split};
use rethink::kernel::AnyKernel;
use rethink::stability::Ridge;
use rethink::stability::bounds::ridge_regression;
use rethink::store::{Holds, Kind};
use rethink::treatment::Treatment;
use serde::{Deserialize, Serialize};

use super::LABELINGS;
use super::draw::draw;
use super::settings::{BANDWIDTH, RIDGES, Settings};
use crate::session::Session;

/// The kind of its records.
const KIND: Kind = Kind {
    name: "stability-ridge",
    holds: Holds::Numbers,
};

/// What a measurement is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct RidgeSpec {
    checksum: String,
    labels: Treatment,
    train: usize,
    compared: usize,
    preprocessing: Preprocessing,
    bandwidth: f64,
    ridges: Vec<f64>,
    seed: u64,
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

/// One ridge and labeling, per seed.
pub struct Row {
    pub ridge: f64,
    pub labels: Treatment,
    pub seeds: Vec<Measured>,
}

/// The bound on a change of the loss for rows of one ridge, whatever their labels:
/// that of Bousquet and Elisseeff, who take 2 for the slope of the loss at the removed
/// example, times half the slope where outputs outside [0, 1] make it larger.
pub fn bound(rows: &[Row]) -> f64 {
    let slopes = rows.iter().flat_map(|row| &row.seeds);
    let slope = slopes.map(|m| m.admissibility).fold(2.0, f64::max);
    ridge_regression(1.0, rows[0].ridge) * slope / 2.0
}

/// Computes what is missing.
pub fn measure(session: &Session, settings: &Settings) -> anyhow::Result<Vec<Row>> {
    let specs: Vec<RidgeSpec> = (LABELINGS.into_iter())
        .flat_map(|labels| settings.seeds.iter().map(move |&seed| (labels, seed)))
        .map(|(labels, seed)| RidgeSpec {
            checksum: session.dataset.checksum().to_owned(),
            labels,
            train: settings.train,
            compared: settings.compared,
            preprocessing: Preprocessing::UnitInterval,
            bandwidth: BANDWIDTH,
            ridges: RIDGES.to_vec(),
            seed,
        })
        .collect();
    let measured = session.parallel(&specs, |spec| {
        session.record(KIND, spec, || remove(&session.dataset, spec))
    })?;
    let mut rows = Vec::new();
    for (which, ridge) in RIDGES.into_iter().enumerate() {
        for (labels, seeds) in LABELINGS
            .into_iter()
            .zip(measured.chunks(settings.seeds.len()))
        {
            rows.push(Row {
                ridge,
                labels,
                seeds: seeds.iter().map(|ridges| ridges[which]).collect(),
            });
        }
    }
    Ok(rows)
}

fn remove(dataset: &Dataset, spec: &RidgeSpec) -> anyhow::Result<Vec<Measured>> {
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
    use crate::pins::{dataset, pin_output as pin};

    #[test]
    fn pins() {
        let spec = RidgeSpec {
            checksum: dataset().checksum().to_owned(),
            labels: Treatment::TrueLabels,
            train: 12,
            compared: 8,
            preprocessing: Preprocessing::UnitInterval,
            bandwidth: BANDWIDTH,
            ridges: RIDGES.to_vec(),
            seed: 1,
        };
        pin(
            "stability-ridge",
            KIND,
            &spec,
            &remove(dataset(), &spec).unwrap(),
        );
    }
}
