//! Where gradient methods end, against the interpolant of smallest norm.

use rethink::experiment::linear::Limit;
use rethink::report::figure::{Axis, Dot, Dots, Figure, FigureText, Group};
use rethink::report::{Cell, Column, ReportError, Table};

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
