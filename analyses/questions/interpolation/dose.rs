//! Test error against dose: interpolants of the same data and equal norm.

use rethink::experiment::linear::{DIRECTIONS, DOSES, Direction, EqualNorm, Response};
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Point, Series};
use rethink::report::{Cell, ReportError, Table};
use rethink::text::number::significant;

/// Test error against dose, one line per direction.
pub fn figure(equal_norm: &EqualNorm, seeds: usize, chance: f64) -> Result<Figure, ReportError> {
    let series = DIRECTIONS.map(|direction| {
        let points = DOSES.iter().enumerate().skip(1).filter_map(|(i, &dose)| {
            Some(Point::estimate(dose, &equal_norm.error((direction, i))?))
        });
        Series::new(direction.name(), points.collect())
    });
    let x = Axis::log("Distance from the smallest-norm interpolant / its norm");
    let y = Axis::linear("Test error").range(0.0, 1.0);
    let mut curves = Curves::new(x, y, series.into()).reference(chance, "guessing");
    if let Some(least) = equal_norm.error((Direction::Random, 0)) {
        curves = curves.reference(least.value, "smallest norm");
    }
    curves.draw(FigureText::new(
        "dose-response",
        "Equal norm, equal training error, different test error",
        format!(
            "Interpolants at equal distance from the one of smallest norm: in a random direction, \
             towards wrong and towards true labels of other images. Mean over {} seeds with 95 % \
             interval. At each distance all have the same norm and zero training error.",
            seeds
        ),
        "Test error against the added norm for three directions; helpful falls below the smallest \
         norm's error before it rises, adversarial rises at once.",
    ))
}

/// The numbers of the figure.
pub fn table(equal_norm: &EqualNorm, responses: &[Response]) -> Table {
    let worst = |number: fn(&Response) -> f64| responses.iter().map(number).fold(0.0, f64::max);
    let mut table = Table::of(
        "equal-norm",
        "Test error of interpolants of equal norm",
        DOSES.into_iter().enumerate(),
    )
    .number("dose s / ‖w‖", |&(_, dose)| Cell::fixed(dose, 2))
    .number("norm / smallest", |&(_, dose)| {
        Cell::fixed(dose.hypot(1.0), 2)
    });
    for direction in DIRECTIONS {
        table = table.number(direction.name(), |&(i, _)| equal_norm.error((direction, i)));
    }
    table.note(format!(
        "Mean over {} seeds with 95 % interval. Dose: distance s from the interpolant w of \
         smallest norm, over its norm. Largest deviation of a training output from its target: \
         {}; of a norm from √(‖w‖² + s²), relative: {}.",
        responses.len(),
        significant(worst(|r| r.largest_training_deviation), 1),
        significant(worst(|r| r.largest_norm_deviation), 1),
    ))
}
