//! Test error against dose: interpolants of the same data and equal norm.

use rethink::experiment::linear::{DIRECTIONS, DOSES, Direction, EqualNorm, Response};
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Series};
use rethink::report::{Cell, Column, ReportError, Table};
use rethink::text::number::significant;

use crate::show::{cell_or_missing, point};

/// Test error against dose, one line per direction.
pub fn figure(equal_norm: &EqualNorm, seeds: usize, chance: f64) -> Result<Figure, ReportError> {
    let series = DIRECTIONS
        .iter()
        .map(|&direction| {
            let points = (DOSES.iter().enumerate().skip(1))
                .filter_map(|(i, &dose)| Some(point(dose, &equal_norm.error((direction, i))?)))
                .collect();
            Series::new(direction.name(), points)
        })
        .collect();
    let mut references = vec![rethink::report::figure::Reference {
        y: chance,
        label: "guessing".into(),
    }];
    if let Some(least) = equal_norm.error((Direction::Random, 0)) {
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
            seeds
        ),
        "Test error against the added norm for three directions; helpful falls below the smallest \
         norm's error before it rises, adversarial rises at once.",
    ))
}

/// The numbers of the figure.
pub fn table(equal_norm: &EqualNorm, responses: &[Response]) -> Table {
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
            row.push(cell_or_missing(equal_norm.error((direction, i)).as_ref()));
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
