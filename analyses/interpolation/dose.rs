//! Dose and response: interpolants of the same data and equal norm.
//!
//! Every interpolant is `w + s v` with `w` of smallest norm and `v` a unit
//! vector that no training image sees. The training error is exactly zero for
//! every s and v, and the norm is `√(‖w‖² + s²)` whatever v is. If the norm
//! decided about generalization, the test error would depend on s alone.

use anyhow::Context;
use rand_distr::{Distribution, StandardNormal};
use rethink::dataset::Dataset;
use rethink::kernel::{RandomFourier, Targets, classify_error};
use rethink::linalg::RowSpan;
use rethink::random::stream;
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Series};
use rethink::report::number::significant;
use rethink::report::{Cell, Column, ReportError, Table};
use rethink::statistics::{Estimate, mean, paired_difference};
use rethink::store::{Holds, Kind};
use serde::{Deserialize, Serialize};

use super::world::{Examples, draw, norm};
use crate::show::{cell_or_missing, fraction, point};

/// The kind of its records.
pub const KIND: Kind = Kind {
    name: "dose-response",
    holds: Holds::Numbers,
};

/// What the experiment is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DoseResponseSpec {
    pub checksum: String,
    pub train: usize,
    pub auxiliary: usize,
    pub test: usize,
    pub features: usize,
    pub bandwidth: f64,
    /// Directions in which interpolants leave the one of smallest norm.
    pub directions: Vec<Direction>,
    /// How far, relative to the smallest norm.
    pub doses: Vec<f64>,
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

pub const DIRECTIONS: [Direction; 3] = [
    Direction::Random,
    Direction::Adversarial,
    Direction::Helpful,
];

impl Direction {
    pub fn name(self) -> &'static str {
        match self {
            Direction::Random => "random",
            Direction::Adversarial => "adversarial",
            Direction::Helpful => "helpful",
        }
    }
}

/// Doses: s relative to the smallest norm.
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

/// Computes the response of one seed.
pub fn respond(spec: &DoseResponseSpec, dataset: &Dataset) -> anyhow::Result<Response> {
    let classes = dataset.classes();
    let draw = draw(dataset, (spec.train, spec.auxiliary, spec.test), spec.seed)?;
    let inputs = draw.train.features();
    let map = RandomFourier::new(inputs, spec.features, spec.bandwidth, spec.seed);
    let train = Examples::of(&draw.train, &map);
    let further = draw
        .auxiliary
        .as_ref()
        .context("the experiment needs further images")?;
    let auxiliary = Examples::of(further, &map);
    let test = Examples::of(&draw.test, &map);
    let span = RowSpan::new(&train.features, train.len(), train.dimension)?;
    let targets = Targets::one_hot(&train.labels, classes)?;
    let weights = span.min_norm(targets.columns());
    let smallest = norm(&weights);

    // The auxiliary images as the null space sees them; what fits targets on
    // these rows lies in the null space.
    let rows: Vec<&[f64]> = auxiliary.features.chunks(auxiliary.dimension).collect();
    let unseen = span.null_components(&rows).concat();
    let unseen = RowSpan::new(&unseen, auxiliary.len(), auxiliary.dimension)?;
    let fitted = outputs(&auxiliary, &weights);
    let towards = |labels: &[u32]| -> anyhow::Result<Vec<Vec<f64>>> {
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
        let length = norm(&inside);
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
            let off = (norm(&moved) / expected - 1.0).abs();
            result.largest_norm_deviation = result.largest_norm_deviation.max(off);
        }
        result.test_errors.push((direction, errors));
    }
    Ok(result)
}

fn outputs(examples: &Examples, weights: &[Vec<f64>]) -> Vec<Vec<f64>> {
    rethink::kernel::outputs(&examples.features, examples.dimension, weights)
}

/// The test error of a direction at a dose, over seeds.
fn error(responses: &[Response], direction: Direction, dose: usize) -> Option<Estimate> {
    mean(&values(responses, direction, dose)?)
        .ok()
        .map(fraction)
}

/// The test errors of a direction at a dose, one per seed.
pub fn values(responses: &[Response], direction: Direction, dose: usize) -> Option<Vec<f64>> {
    responses
        .iter()
        .map(|r| {
            let (_, errors) = r.test_errors.iter().find(|(d, _)| *d == direction)?;
            errors.get(dose).copied()
        })
        .collect()
}

/// Test error of the adversarial minus that of the helpful direction at the
/// dose 1, where the added norm equals the smallest one.
pub fn effect(responses: &[Response]) -> Option<Estimate> {
    let dose = DOSES.iter().position(|&d| d == 1.0)?;
    paired_difference(
        &values(responses, Direction::Adversarial, dose)?,
        &values(responses, Direction::Helpful, dose)?,
    )
    .ok()
}

/// Test error of the helpful direction at dose 1 minus that of the smallest
/// norm.
pub fn help(responses: &[Response]) -> Option<Estimate> {
    let dose = DOSES.iter().position(|&d| d == 1.0)?;
    paired_difference(
        &values(responses, Direction::Helpful, dose)?,
        &values(responses, Direction::Helpful, 0)?,
    )
    .ok()
}

/// Test error against dose, one line per direction.
pub fn figure(responses: &[Response], chance: f64) -> Result<Figure, ReportError> {
    let series = DIRECTIONS
        .iter()
        .map(|&direction| {
            let points = (DOSES.iter().enumerate().skip(1))
                .filter_map(|(i, &dose)| Some(point(dose, &error(responses, direction, i)?)))
                .collect();
            Series::new(direction.name(), points)
        })
        .collect();
    let mut references = vec![rethink::report::figure::Reference {
        y: chance,
        label: "guessing".into(),
    }];
    if let Some(least) = error(responses, Direction::Random, 0) {
        references.push(rethink::report::figure::Reference {
            y: least.value,
            label: "smallest norm".into(),
        });
    }
    let curves = Curves {
        x: Axis::log("Norm added outside the span, relative to the smallest norm"),
        y: Axis::linear("Test error").range(0.0, 1.0),
        series,
        references,
    };
    curves.draw(FigureText::new(
        "dose-response",
        "Equal norm, equal training error, different test error",
        format!(
            "Interpolants of the same training images that leave the one of smallest norm by the same \
             distance in three directions: random, towards wrong labels and towards true labels of \
             other images. Mean over {} seeds with 95 % interval. At each dose the three have the same \
             norm and training error zero.",
            responses.len()
        ),
        "Test error against the added norm for three directions; helpful falls below the smallest \
         norm's error before it rises, adversarial rises at once.",
    ))
}

/// The numbers of the figure.
pub fn table(responses: &[Response]) -> Table {
    let mut table = Table::new(
        "equal-norm",
        "Test error of interpolants of equal norm",
        vec![
            Column::number("dose s / ‖w‖"),
            Column::number("norm / smallest"),
            Column::number("random"),
            Column::number("adversarial"),
            Column::number("helpful"),
        ],
    );
    for (i, &dose) in DOSES.iter().enumerate() {
        let mut row = vec![Cell::fixed(dose, 2), Cell::fixed(dose.hypot(1.0), 2)];
        for direction in DIRECTIONS {
            row.push(cell_or_missing(error(responses, direction, i).as_ref()));
        }
        table.rows.push(row);
    }
    let worst = |number: fn(&Response) -> f64| responses.iter().map(number).fold(0.0, f64::max);
    table.note = format!(
        "Mean over {} seeds with 95 % interval. Largest deviation of any output on a training image \
         from its target: {}; of any norm from √(‖w‖² + s²): {}, relative.",
        responses.len(),
        significant(worst(|r| r.largest_training_deviation), 1),
        significant(worst(|r| r.largest_norm_deviation), 1),
    );
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pins::{dataset, pin};

    #[test]
    fn pins() {
        let spec = DoseResponseSpec {
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
        pin(
            "dose-response",
            KIND,
            &spec,
            &respond(&spec, dataset()).unwrap(),
        );
    }
}
