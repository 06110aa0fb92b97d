//! Test error against dose: interpolants of the same data and equal norm.

use rethink::experiment::linear::{DIRECTIONS, DOSES, Direction, Response};
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Series};
use rethink::report::{Cell, Column, ReportError, Table};
use rethink::statistics::{Estimate, mean, paired_difference};
use rethink::text::number::significant;

use crate::show::{cell_or_missing, fraction, point};

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
