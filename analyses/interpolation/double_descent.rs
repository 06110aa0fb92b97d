//! Double descent of random-feature models: test error and norm against the
//! number of features, through the point where the model begins to
//! interpolate.

use rethink::dataset::Dataset;
use rethink::kernel::{RandomFourier, Targets, classify_error, least_norm};
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Panel, Panels, Series};
use rethink::report::{Cell, Column, ReportError, Table};
use rethink::statistics::{Estimate, mean};
use rethink::store::{Holds, Kind};
use serde::{Deserialize, Serialize};

use super::world::{Examples, draw};
use crate::show::{cell_or_missing, fraction, geometric_mean, point};

/// The kind of its records.
pub const KIND: Kind = Kind {
    name: "double-descent",
    holds: Holds::Numbers,
};

/// What the experiment is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DoubleDescentSpec {
    pub checksum: String,
    pub train: usize,
    pub test: usize,
    /// Numbers of features, ascending.
    pub features: Vec<usize>,
    pub bandwidth: f64,
    pub seed: u64,
}

/// The models of one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub features: usize,
    pub test_error: f64,
    pub norm: f64,
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

/// Fits one model per number of features; all use the beginning of one map.
pub fn models(spec: &DoubleDescentSpec, dataset: &Dataset) -> anyhow::Result<Vec<Model>> {
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

fn at(seeds: &[Vec<Model>], index: usize, number: fn(&Model) -> f64) -> Option<Vec<f64>> {
    seeds
        .iter()
        .map(|models| models.get(index).map(number))
        .collect()
}

fn error(seeds: &[Vec<Model>], index: usize) -> Option<Estimate> {
    mean(&at(seeds, index, |m| m.test_error)?)
        .ok()
        .map(fraction)
}

fn norm(seeds: &[Vec<Model>], index: usize) -> Option<Estimate> {
    geometric_mean(&at(seeds, index, |m| m.norm)?)
}

/// The number of features with the largest mean of a number.
fn peak(spec: &DoubleDescentSpec, value: impl Fn(usize) -> Option<Estimate>) -> Option<usize> {
    (spec.features.iter().enumerate())
        .filter_map(|(i, &features)| Some((value(i)?.value, features)))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, features)| features)
}

/// Where test error and norm peak: (features at the error's, at the norm's).
pub fn peaks(spec: &DoubleDescentSpec, seeds: &[Vec<Model>]) -> Option<(usize, usize)> {
    Some((
        peak(spec, |i| error(seeds, i))?,
        peak(spec, |i| norm(seeds, i))?,
    ))
}

/// Error and norm against the number of features.
pub fn figure(spec: &DoubleDescentSpec, seeds: &[Vec<Model>]) -> Result<Figure, ReportError> {
    let panel = |title: &str, y: Axis, value: &dyn Fn(usize) -> Option<Estimate>| Panel {
        title: title.to_owned(),
        curves: Curves {
            x: Axis::log("Features N"),
            y,
            series: vec![Series::new(
                "least norm, least squares",
                (spec.features.iter().enumerate())
                    .filter_map(|(i, &n)| Some(point(n as f64, &value(i)?)))
                    .collect(),
            )],
            references: vec![],
        },
    };
    let panels = vec![
        panel("Test error", Axis::linear("Error"), &|i| error(seeds, i)),
        panel("Norm of the weights", Axis::log("Norm"), &|i| {
            norm(seeds, i)
        }),
    ];
    Panels { panels, columns: 2 }.draw(FigureText::new(
        "double-descent",
        "Double descent of random features",
        format!(
            "Least-squares fits of smallest norm on N random Fourier features of {} images, over {} \
             seeds with 95 % interval. The model begins to interpolate at N = n = {}. After Belkin et \
             al. 2019, arXiv 1812.11118, where with n = 10,000 images of MNIST the error peaks at 88 % \
             and the norm at 447 for N = n.",
            spec.train,
            seeds.len(),
            spec.train
        ),
        "Two panels against the number of features: test error falls, peaks where features equal \
         images and falls again; the norm peaks at the same place.",
    ))
}

/// The numbers of the figure.
pub fn table(spec: &DoubleDescentSpec, seeds: &[Vec<Model>]) -> Table {
    let mut table = Table::new(
        "random-features",
        format!("Random-feature models of {} images", spec.train),
        vec![
            Column::number("features N"),
            Column::number("N / n"),
            Column::number("test error"),
            Column::number("norm of the weights"),
            Column::number("relative residual"),
        ],
    );
    for (i, &features) in spec.features.iter().enumerate() {
        let residual = at(seeds, i, |m| m.relative_residual);
        let largest = residual.map(|r| r.into_iter().fold(0.0, f64::max));
        table.rows.push(vec![
            Cell::count(features),
            Cell::fixed(features as f64 / spec.train as f64, 2),
            cell_or_missing(error(seeds, i).as_ref()),
            cell_or_missing(norm(seeds, i).as_ref()),
            largest.map_or_else(Cell::missing, |r| Cell::significant(r, 1)),
        ]);
    }
    table.note =
        "Mean over seeds with 95 % interval; norm: Frobenius norm of all classes' weights, \
                  geometric mean. Residual: the largest over seeds."
            .to_owned();
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pins::{dataset, pin};

    #[test]
    fn pins() {
        let spec = DoubleDescentSpec {
            checksum: dataset().checksum().to_owned(),
            train: 20,
            test: 30,
            features: grid(20),
            bandwidth: 5.0,
            seed: 1,
        };
        pin(
            "double-descent",
            KIND,
            &spec,
            &models(&spec, dataset()).unwrap(),
        );
    }
}
