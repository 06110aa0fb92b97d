//! Where gradient methods end on a linear model: theorem and consequence.

use rand_distr::{Distribution, StandardNormal};
use rethink::kernel::{RandomFourier, RowSpan, outputs};
use rethink::random::stream;
use rethink::report::{Cell, Column, Table};
use rethink::statistics::{Estimate, mean};
use rethink::training::least_squares::{LeastSquares, Method, Until, follow};
use serde::{Deserialize, Serialize};

use super::half_of_the_classes;
use crate::interpolation::world::{Draw, Examples, norm};
use crate::show::{cell_or_missing, fraction, percent};

/// What the experiment is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    pub checksum: String,
    pub train: usize,
    pub features: usize,
    pub test: usize,
    pub bandwidth: f64,
    /// Relative residual at which methods under the theorem stop.
    pub residual: f64,
    /// The same for the others, whose limit is not compared with a bound.
    pub residual_elsewhere: f64,
    pub max_epochs: usize,
    pub seed: u64,
}

impl Spec {
    fn residual_of(&self, standing: Standing) -> f64 {
        match standing {
            Standing::Proved | Standing::Control => self.residual,
            Standing::Free => self.residual_elsewhere,
        }
    }
}

/// What a method is to the theorem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Its steps are combinations of rows and it starts at zero: the theorem holds.
    Proved,
    /// The same from a start outside the span: the check must fail.
    Control,
    /// Its steps rescale coordinates: nothing is proved.
    Free,
}

/// Where one method ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    pub method: String,
    /// Examples per step.
    pub batch: usize,
    pub standing: Standing,
    /// Whether the check of the theorem passes.
    pub passes: bool,
    /// Largest `‖P w‖ / ‖w‖` on the way, P the projection off the span.
    pub largest_share: f64,
    /// `‖w − w*‖ / ‖w*‖` at the end, w* of smallest norm.
    pub distance: f64,
    /// What the residual allows: `‖Φ w − y‖ / (s_min ‖w*‖)`.
    pub allowed: f64,
    /// `‖Φ w − y‖ / ‖y‖` at the end.
    pub residual: f64,
    pub epochs: usize,
    /// `‖w‖ / ‖w*‖` at the end.
    pub norm: f64,
    pub test_error: f64,
    /// Fraction of the test images that get another label than from w*.
    pub other_labels: f64,
}

/// The limits of all methods in one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    pub smallest_singular: f64,
    /// Of the interpolant of smallest norm.
    pub test_error: f64,
    /// Largest distance of two solutions of methods under the theorem, relative to
    /// the smallest norm.
    pub spread: f64,
    pub limits: Vec<Limit>,
}

/// Follows every method of one seed.
pub fn find(spec: &Spec, draw: &Draw, classes: usize) -> anyhow::Result<Found> {
    let map = RandomFourier::new(
        draw.train.features(),
        spec.features,
        spec.bandwidth,
        spec.seed,
    );
    let train = Examples::of(&draw.train, &map);
    let test = Examples::of(&draw.test, &map);
    let targets = half_of_the_classes(&train.labels, classes);
    let truth = half_of_the_classes(&test.labels, classes);
    let span = RowSpan::new(&train.features, train.len(), train.dimension)?;
    let least = span.min_norm(std::slice::from_ref(&targets)).remove(0);
    let least_norm = length(&least);
    let predict = |weights: &[f64]| -> Vec<f64> {
        outputs(&test.features, test.dimension, &[weights.to_vec()]).remove(0)
    };
    let by_least = predict(&least);
    let problem = LeastSquares {
        features: &train.features,
        targets: &targets,
    };
    let mut noise = stream(spec.seed, "limits: start outside the span");
    let drawn: Vec<f64> = (0..spec.features)
        .map(|_| StandardNormal.sample(&mut noise))
        .collect();
    let mut outside = span.null_component(&drawn);
    let scale = least_norm / length(&outside);
    outside.iter_mut().for_each(|v| *v *= scale);

    let zero = vec![0.0; spec.features];
    let mut limits = Vec::new();
    let mut proved: Vec<Vec<f64>> = Vec::new();
    let mut spread = 0.0_f64;
    for (name, method, batch, standing) in methods(train.len()) {
        let start = match standing {
            Standing::Control => &outside,
            Standing::Proved | Standing::Free => &zero,
        };
        let until = Until {
            residual: spec.residual_of(standing),
            epochs: spec.max_epochs,
        };
        let followed = follow(&problem, &span, method, start, until, spec.seed)?;
        let weights = &followed.descent.weights;
        let on_test = predict(weights);
        limits.push(Limit {
            method: name.to_owned(),
            batch,
            standing,
            passes: followed.check().is_ok(),
            largest_share: followed.largest_share,
            distance: followed.distance,
            allowed: followed.allowed,
            residual: problem.relative_residual(weights),
            epochs: followed.descent.residuals.len() - 1,
            norm: length(weights) / least_norm,
            test_error: disagreement(&on_test, &truth),
            other_labels: disagreement(&on_test, &by_least),
        });
        if standing == Standing::Proved {
            for other in &proved {
                let apart: Vec<f64> = weights.iter().zip(other).map(|(a, b)| a - b).collect();
                spread = spread.max(length(&apart) / least_norm);
            }
            proved.push(followed.descent.weights);
        }
    }
    Ok(Found {
        smallest_singular: span.singular_values().map_or(f64::NAN, |(least, _)| least),
        test_error: disagreement(&by_least, &truth),
        spread,
        limits,
    })
}

/// Fraction of outputs without the sign of the other's; an output of zero has none.
fn disagreement(outputs: &[f64], others: &[f64]) -> f64 {
    let wrong = outputs.iter().zip(others).filter(|(f, y)| *f * *y <= 0.0);
    wrong.count() as f64 / outputs.len() as f64
}

fn length(vector: &[f64]) -> f64 {
    norm(&[vector.to_vec()])
}

fn methods(samples: usize) -> Vec<(&'static str, Method, usize, Standing)> {
    let sgd = |batch: usize, momentum| Method::Sgd {
        batch: batch.min(samples),
        momentum,
    };
    let batches = [1, 8, 64].into_iter().filter(|&batch| batch < samples);
    let plain = batches.map(|batch| ("SGD", sgd(batch, 0.0), batch, Standing::Proved));
    let rest = [
        (
            "gradient descent",
            Method::GradientDescent,
            samples,
            Standing::Proved,
        ),
        ("SGD, momentum 0.9", sgd(8, 0.9), 8, Standing::Proved),
        (
            "gradient descent, momentum 0.9",
            sgd(samples, 0.9),
            samples,
            Standing::Proved,
        ),
        ("Kaczmarz", Method::Kaczmarz, 1, Standing::Proved),
        (
            "SGD from outside the span",
            sgd(8, 0.0),
            8,
            Standing::Control,
        ),
        ("Adam", Method::Adam { rate: 1e-3 }, samples, Standing::Free),
        (
            "AdaGrad",
            Method::AdaGrad { rate: 0.03 },
            samples,
            Standing::Free,
        ),
        ("sign descent", Method::SignDescent, samples, Standing::Free),
    ];
    plain.chain(rest).collect()
}

/// Whether the theorem holds in every seed, and the numbers that say so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Identity {
    /// Whether every method under the theorem passes the check and has reached the
    /// residual, and every control fails it.
    pub holds: bool,
    /// Largest `‖P w‖ / ‖w‖` of a method under the theorem.
    pub largest_share: f64,
    /// Largest `‖w − w*‖ / ‖w*‖` of one.
    pub largest_distance: f64,
    /// Largest distance over what the residual allows.
    pub tightest: f64,
    /// Largest distance of two of their solutions over the smallest norm.
    pub spread: f64,
    /// Whether all of them give every test image the same label.
    pub same_labels: bool,
    /// Smallest s_min of a seed.
    pub smallest_singular: f64,
    /// Smallest `‖P w‖ / ‖w‖` of the other methods.
    pub smallest_free_share: f64,
    /// Smallest norm they end at, over the smallest norm there is.
    pub smallest_free_norm: f64,
}

impl Identity {
    pub fn of(all: &[Found], residual: f64) -> Self {
        let of = |standing: Standing| {
            let limits = all.iter().flat_map(|found| &found.limits);
            limits.filter(move |limit| limit.standing == standing)
        };
        let largest =
            |number: fn(&Limit) -> f64| of(Standing::Proved).map(number).fold(0.0, f64::max);
        let smallest = |number: fn(&Limit) -> f64| {
            of(Standing::Free).map(number).fold(f64::INFINITY, f64::min)
        };
        Self {
            holds: of(Standing::Proved).all(|l| l.passes && l.residual <= residual)
                && of(Standing::Control).all(|l| !l.passes),
            largest_share: largest(|l| l.largest_share),
            largest_distance: largest(|l| l.distance),
            tightest: largest(|l| l.distance / l.allowed),
            spread: all.iter().map(|found| found.spread).fold(0.0, f64::max),
            same_labels: of(Standing::Proved).all(|l| l.other_labels == 0.0),
            smallest_singular: (all.iter())
                .map(|found| found.smallest_singular)
                .fold(f64::INFINITY, f64::min),
            smallest_free_share: smallest(|l| l.largest_share),
            smallest_free_norm: smallest(|l| l.norm),
        }
    }
}

/// Warnings on methods that did not reach the residual.
pub fn warnings(all: &[Found], spec: &Spec) -> Vec<String> {
    let limits = all.iter().flat_map(|found| &found.limits);
    let short = limits.filter(|limit| limit.residual > spec.residual_of(limit.standing));
    short
        .map(|limit| {
            format!(
                "{} (batch {}) stopped at a residual of {:.0e} after {} epochs, short of {:.0e}.",
                limit.method,
                limit.batch,
                limit.residual,
                limit.epochs,
                spec.residual_of(limit.standing)
            )
        })
        .collect()
}

/// The methods, largest values over seeds.
pub fn table(all: &[Found]) -> Table {
    let mut table = Table::new(
        "linear-limits",
        "Where gradient methods end on a linear model",
        vec![
            Column::text("method"),
            Column::number("batch"),
            Column::number("outside the span"),
            Column::number("distance"),
            Column::number("residual allows"),
            Column::text("as proved"),
            Column::number("epochs"),
            Column::number("test error").unit("%"),
            Column::number("other labels").unit("%"),
        ],
    );
    let power = |value: f64| Cell::number(value, format!("{value:.0e}"));
    let count = all.first().map_or(0, |found| found.limits.len());
    for place in 0..count {
        let limits: Vec<&Limit> = all.iter().map(|found| &found.limits[place]).collect();
        let largest =
            |number: fn(&Limit) -> f64| limits.iter().map(|l| number(l)).fold(0.0, f64::max);
        let averaged = |number: fn(&Limit) -> f64| -> Option<Estimate> {
            let values: Vec<f64> = limits.iter().map(|l| number(l)).collect();
            mean(&values).ok().map(|m| percent(fraction(m)))
        };
        let passed = limits.iter().filter(|l| l.passes).count();
        table.rows.push(vec![
            Cell::text(limits[0].method.clone()),
            Cell::count(limits[0].batch),
            power(largest(|l| l.largest_share)),
            power(largest(|l| l.distance)),
            power(largest(|l| l.allowed)),
            Cell::text(match passed {
                0 => "no".to_owned(),
                all if all == limits.len() => "yes".to_owned(),
                some => format!("in {some} of {} seeds", limits.len()),
            }),
            Cell::count(largest(|l| l.epochs as f64) as usize),
            cell_or_missing(averaged(|l| l.test_error).as_ref()),
            cell_or_missing(averaged(|l| l.other_labels).as_ref()),
        ]);
    }
    let least: Vec<f64> = all.iter().map(|found| found.test_error).collect();
    let least = mean(&least).map_or_else(
        |_| "unknown".to_owned(),
        |m| percent(fraction(m)).to_string(),
    );
    table.note = format!(
        "Outside the span: largest ‖P w‖ / ‖w‖ of the weights on the way; distance: ‖w − w*‖ / ‖w*‖ from \
         the interpolant w* of smallest norm at the end; residual allows: ‖Φw − y‖ / (s_min ‖w*‖), which \
         bounds the distance of a method that stays in the span. All exact up to rounding, the largest \
         value over {} seeds; smallest s_min {:.3}. As proved: outside the span below 1e-12 and distance \
         within the bound, in every seed; the start outside the span is there to fail. Test error (two \
         groups of classes) and test images labelled otherwise than by w*: mean over seeds with 95 % \
         interval; w* itself errs on {least} %.",
        all.len(),
        (all.iter().map(|f| f.smallest_singular)).fold(f64::INFINITY, f64::min),
    );
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(standing: Standing, passes: bool, residual: f64) -> Limit {
        Limit {
            method: "SGD".to_owned(),
            batch: 1,
            standing,
            passes,
            largest_share: 1e-15,
            distance: 1e-9,
            allowed: 2e-9,
            residual,
            epochs: 10,
            norm: 1.0,
            test_error: 0.1,
            other_labels: 0.0,
        }
    }

    fn holds(limits: Vec<Limit>) -> bool {
        let found = Found {
            smallest_singular: 0.5,
            test_error: 0.1,
            spread: 1e-9,
            limits,
        };
        Identity::of(&[found], 1e-8).holds
    }

    #[test]
    fn the_theorem_holds_when_its_methods_pass_and_the_control_fails() {
        let proved = || limit(Standing::Proved, true, 1e-9);
        let control = || limit(Standing::Control, false, 1e-9);
        let free = || limit(Standing::Free, false, 1e-4);
        assert!(holds(vec![proved(), control(), free()]));
        assert!(!holds(vec![
            limit(Standing::Proved, false, 1e-9),
            control()
        ]));
        assert!(!holds(vec![limit(Standing::Proved, true, 1e-7), control()]));
        assert!(!holds(vec![proved(), limit(Standing::Control, true, 1e-9)]));
    }

    #[test]
    fn the_first_half_of_the_classes_is_positive() {
        assert_eq!(
            half_of_the_classes(&[0, 4, 5, 9], 10),
            [1.0, 1.0, -1.0, -1.0]
        );
    }
}
