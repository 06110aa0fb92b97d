//! What gradient methods converge to on a linear model: the interpolant of
//! smallest norm, exactly, or not.

use rand_distr::{Distribution, StandardNormal};
use rethink::dataset::Dataset;
use rethink::kernel::RandomFourier;
use rethink::linalg::RowSpan;
use rethink::random::stream;
use rethink::report::figure::{Axis, Dot, Dots, Figure, FigureText, Group};
use rethink::report::{Cell, Column, ReportError, Table};
use rethink::store::{Holds, Kind};
use rethink::training::least_squares::{LeastSquares, Method};
use serde::{Deserialize, Serialize};

use super::world::{Examples, draw, norm};

/// The kind of its records.
pub const KIND: Kind = Kind {
    name: "limits",
    holds: Holds::Numbers,
};

/// What the experiment is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LimitsSpec {
    pub checksum: String,
    pub train: usize,
    pub features: usize,
    pub bandwidth: f64,
    /// Labels below this one have the target 1, the others −1.
    pub first_negative: u32,
    /// The methods that are followed.
    pub methods: Vec<Followed>,
    /// Relative residual at which methods stop.
    pub residual: f64,
    pub max_epochs: usize,
    pub seed: u64,
}

/// A method, and what theory says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Followed {
    pub name: String,
    pub method: Method,
    /// Whether it ends at the smallest norm.
    pub stays_in_span: bool,
}

/// The first half of ten classes has the target 1.
pub const FIRST_NEGATIVE: u32 = 5;

/// Where one method ended, from one start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limit {
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
    pub epochs: usize,
}

/// Runs every method from zero and from a point outside the span.
pub fn limits(spec: &LimitsSpec, dataset: &Dataset) -> anyhow::Result<Vec<Limit>> {
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
    let least_norm = norm(std::slice::from_ref(&least));
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
    let length = norm(std::slice::from_ref(&outside));
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
                norm(&[a.iter().zip(b).map(|(a, b)| a - b).collect()])
            };
            let null = span.null_component(&end.weights);
            let residual = problem.relative_residual(&end.weights);
            let scale = norm(std::slice::from_ref(&targets));
            limits.push(Limit {
                method: followed.name.clone(),
                stays_in_span: followed.stays_in_span,
                from_zero,
                null_change: apart(&null, &start) / norm(std::slice::from_ref(&end.weights)),
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

/// Largest value over seeds of a number of the limits of one method.
fn largest(all: &[Limit], like: &Limit, number: fn(&Limit) -> f64) -> f64 {
    (all.iter())
        .filter(|l| l.method == like.method && l.from_zero == like.from_zero)
        .map(number)
        .fold(0.0, f64::max)
}

/// Largest change of the null-space component over methods that must keep it,
/// and the smallest over those that do not.
pub fn separation(all: &[Limit]) -> (f64, f64) {
    let of = |stays: bool| {
        (all.iter())
            .filter(move |l| l.stays_in_span == stays && l.from_zero)
            .map(|l| l.null_change)
    };
    (
        of(true).fold(0.0, f64::max),
        of(false).fold(f64::INFINITY, f64::min),
    )
}

/// Whether every method that must end at the smallest norm has reached its
/// residual, and lies no farther away than the residual allows.
pub fn all_as_proved(all: &[Limit], residual: f64) -> bool {
    (all.iter()).filter(|l| l.stays_in_span).all(|l| {
        l.residual <= residual && l.null_change < 1e-12 && l.distance <= 1.01 * l.allowed + 1e-12
    })
}

/// The rows of one seed stand for all.
fn rows(all: &[Limit]) -> Vec<&Limit> {
    let mut seen = Vec::new();
    (all.iter())
        .filter(|l| {
            let key = (l.method.clone(), l.from_zero);
            let new = !seen.contains(&key);
            seen.push(key);
            new
        })
        .collect()
}

/// How far from the span and from the smallest norm each method ends.
pub fn figure(all: &[Limit]) -> Result<Figure, ReportError> {
    // A log axis has no zero: a change below the rounding of one number is
    // drawn there.
    let shown = |value: f64| {
        Some(Dot {
            value: value.max(1e-17),
            interval: None,
        })
    };
    let groups = (rows(all).into_iter())
        .filter(|l| l.from_zero)
        .map(|l| Group {
            label: l.method.clone(),
            dots: vec![
                shown(largest(all, l, |l| l.null_change)),
                shown(largest(all, l, |l| l.distance)),
            ],
        })
        .collect();
    let dots = Dots {
        axis: Axis::log("Relative to the norm of the solution"),
        series: vec![
            "outside the span".into(),
            "distance to the smallest norm".into(),
        ],
        groups,
    };
    dots.draw(FigureText::new(
        "limits",
        "Where gradient methods end",
        "Linear model on random Fourier features, started at zero, in double precision: the part of \
         the solution outside the span of the training features, and its distance from the \
         interpolant of smallest norm. The largest value over all seeds.",
        "For each method two dots on a logarithmic axis; all but Adam lie at rounding level outside \
         the span and close to the smallest norm.",
    ))
}

/// The numbers of the figure, and the starts outside the span.
pub fn table(all: &[Limit]) -> Table {
    let mut table = Table::new(
        "limits-of-methods",
        "What gradient methods converge to on a linear model",
        vec![
            Column::text("method"),
            Column::text("start"),
            Column::number("change outside the span"),
            Column::number("distance"),
            Column::number("residual allows"),
            Column::number("residual"),
            Column::number("epochs"),
        ],
    );
    for limit in rows(all) {
        let start = if limit.from_zero { "zero" } else { "outside" };
        table.rows.push(vec![
            Cell::text(limit.method.clone()),
            Cell::text(start),
            Cell::significant(largest(all, limit, |l| l.null_change), 1),
            Cell::significant(largest(all, limit, |l| l.distance), 1),
            Cell::significant(largest(all, limit, |l| l.allowed), 1),
            Cell::significant(largest(all, limit, |l| l.residual), 1),
            Cell::count(largest(all, limit, |l| l.epochs as f64) as usize),
        ]);
    }
    table.note = "Exact up to rounding; the largest value over all seeds. Change outside the span: of \
                  the component that no training image sees, relative to the norm of the solution. \
                  Distance: from the interpolant of smallest norm (plus the start's part outside the \
                  span), relative to its norm; \"residual allows\" bounds it for a method that stays in \
                  the span: ‖Φw − y‖ / (s_min ‖w‖)."
        .to_owned();
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pins::{dataset, pin};

    #[test]
    fn pins() {
        let spec = LimitsSpec {
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
        pin("limits", KIND, &spec, &limits(&spec, dataset()).unwrap());
    }
}
