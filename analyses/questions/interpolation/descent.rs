//! Where gradient methods end, against the interpolant of smallest norm.

use rethink::experiment::linear::LimitsOfSeeds;
use rethink::report::figure::{Axis, Dots, Figure, FigureText, Group};
use rethink::report::{Cell, ReportError, Table};

/// How far from the span and from the smallest norm each method ends.
pub fn figure(limits: &LimitsOfSeeds) -> Result<Figure, ReportError> {
    // A log axis has no zero: a change below the rounding of one number is
    // drawn there.
    let shown = |value: f64| Some(value.max(1e-17));
    let methods = limits.methods().into_iter().filter(|limit| limit.from_zero);
    let groups = methods.map(|method| {
        let change = limits.largest(method, |l| l.null_change);
        let distance = limits.largest(method, |l| l.distance);
        Group::new(&*method.method, [shown(change), shown(distance)])
    });
    let dots = Dots {
        margin: None,
        axis: Axis::log("Size / norm of the solution"),
        series: vec![
            "outside the span".into(),
            "distance to the smallest norm".into(),
        ],
        groups: groups.collect(),
    };
    dots.draw(FigureText::new(
        "limits",
        "Where gradient methods end",
        "Linear model started at zero: distance from the span of the training features and from \
         the interpolant of smallest norm. Exact up to rounding; the largest over all seeds.",
        "For each method two dots on a logarithmic axis; all but Adam lie at rounding level \
         outside the span and close to the smallest norm.",
    ))
}

/// The numbers of the figure, and the starts outside the span.
pub fn table(limits: &LimitsOfSeeds) -> Table {
    let shown = |value: f64| Cell::significant(value, 1);
    Table::of(
        "limits-of-methods",
        "What gradient methods converge to on a linear model",
        limits.methods(),
    )
    .text("method", |m| &*m.method)
    .text("start", |m| if m.from_zero { "zero" } else { "outside" })
    .number("change outside the span", |m| {
        shown(limits.largest(m, |l| l.null_change))
    })
    .number("distance", |m| shown(limits.largest(m, |l| l.distance)))
    .number("residual allows", |m| {
        shown(limits.largest(m, |l| l.allowed))
    })
    .number("residual", |m| shown(limits.largest(m, |l| l.residual)))
    .number("epochs", |m| {
        limits.largest(m, |l| l.epochs as f64) as usize
    })
    .note(
        "Exact up to rounding; the largest value over all seeds. Change outside the span: of the \
         component that no training image sees, relative to the norm of the solution. Distance: \
         from the interpolant of smallest norm (plus the start's part outside the span), relative \
         to its norm. Residual allows: ‖Φw − y‖ / (s_min ‖w‖), which bounds the distance of a \
         method that stays in the span.",
    )
}
