//! Norm and hitting time of labelings, shown.

use rethink::experiment::linear::NormAndTime;
use rethink::experiment::linear::hitting_times::{CORRUPTED, Labeling};
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Point, Series};
use rethink::report::{ReportError, Table};

use crate::show::or_unknown;

/// Steps against norm, one point per share of random labels.
pub fn figure(all: &[Vec<Labeling>], residual: f64) -> Result<Figure, ReportError> {
    let series = |label: &str, number: fn(&Labeling) -> f64| {
        let points = CORRUPTED.into_iter().filter_map(|corrupted| {
            let norm = Labeling::averaged(all, corrupted, |l| l.norm)?.value;
            let number = Labeling::averaged(all, corrupted, number)?;
            Some(Point::estimate(norm, &number))
        });
        Series::new(label, points.collect())
    };
    let bare = |mut series: Series| {
        for point in &mut series.points {
            (point.low, point.high) = (None, None);
        }
        series.dashed()
    };
    let curves = Curves::new(
        Axis::linear("Smallest norm of an interpolant"),
        Axis::log("Steps of gradient descent"),
        vec![
            series("measured", Labeling::steps),
            bare(series("from the spectrum", |l| l.predicted as f64)),
            bare(series("slowest of this norm", |l| l.range.1 as f64)),
            bare(series("fastest of this norm", |l| l.range.0 as f64)),
        ],
    );
    curves.draw(FigureText::new(
        "norm-and-steps",
        "Labels of larger norm take longer, but not because of the norm",
        format!(
            "Steps to a relative residual of {residual} on random Fourier features; from the \
             left, {} of the labels are random. Geometric mean over {} seeds; measured steps with \
             95 % interval. Slowest and fastest: over all targets of equal length and norm.",
            CORRUPTED.map(|p| format!("{} %", 100.0 * p)).join(", "),
            all.len(),
        ),
        "Steps rise with the norm over the shares of random labels; prediction and measurement \
         coincide; targets of the same norm can take far fewer or far more steps.",
    ))
}

/// The numbers of the figure.
pub fn table(all: &[Vec<Labeling>]) -> Table {
    let averaged = |&corrupted: &f64, number| Labeling::averaged(all, corrupted, number);
    let norms_and_times = NormAndTime::of(all);
    Table::of(
        "labels-norm-and-steps",
        "Norm and steps of gradient descent from the label spectrum",
        CORRUPTED,
    )
    .number("random labels", |share| (100.0 * share) as usize)
    .unit("%")
    .number("smallest norm", |p| averaged(p, |l| l.norm))
    .number("steps, measured", |p| averaged(p, Labeling::steps))
    .number("steps, from the spectrum", |p| {
        averaged(p, |l| l.predicted as f64)
    })
    .number("fewest at this norm", |p| averaged(p, |l| l.range.0 as f64))
    .number("most at this norm", |p| averaged(p, |l| l.range.1 as f64))
    .number("alignment", |p| averaged(p, |l| l.alignment))
    .note(format!(
        "Geometric mean over labelings, then over {} seeds, with 95 % interval. Largest \
         difference of predicted and measured steps: {}. Over all labelings of a seed: Spearman's \
         rho of steps and norm {}; R² of ln steps on ln norm {}; their correlation given the \
         kernel-target alignment {}. Within one share of random labels: rho {}. Fewest and most: \
         exact, over all targets of the same length and norm.",
        all.len(),
        norms_and_times.largest_error,
        or_unknown(norms_and_times.rho),
        or_unknown(norms_and_times.r_squared),
        or_unknown(norms_and_times.partial),
        or_unknown(norms_and_times.rho_within),
    ))
}
