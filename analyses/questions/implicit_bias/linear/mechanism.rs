//! Norm and hitting time of labelings, shown.

use rethink::report::figure::{Axis, Curves, Figure, FigureText, Point, Series, Style};
use rethink::report::{Cell, Column, ReportError, Table};
use rethink::statistics::Estimate;

use crate::show::{cell_or_missing, geometric_mean, point};
use rethink::experiment::linear::NormAndTime;
use rethink::experiment::linear::hitting_times::{CORRUPTED, Labeling};

/// A number at one share of random labels: geometric mean over labelings in each seed,
/// then over seeds.
fn averaged(
    all: &[Vec<Labeling>],
    corrupted: f64,
    number: fn(&Labeling) -> f64,
) -> Option<Estimate> {
    let seeds: Option<Vec<f64>> = (all.iter())
        .map(|found| {
            let values: Vec<f64> = Labeling::at(found, corrupted)
                .into_iter()
                .map(number)
                .collect();
            geometric_mean(&values).map(|mean| mean.value)
        })
        .collect();
    geometric_mean(&seeds?)
}

/// Steps against norm, one point per share of random labels.
pub fn figure(all: &[Vec<Labeling>], residual: f64) -> Result<Figure, ReportError> {
    let series = |label: &str, number: fn(&Labeling) -> f64| {
        let points: Vec<Point> = (CORRUPTED.into_iter())
            .filter_map(|corrupted| {
                let norm = averaged(all, corrupted, |l| l.norm)?;
                Some(point(norm.value, &averaged(all, corrupted, number)?))
            })
            .collect();
        Series::new(label, points)
    };
    let bare = |mut series: Series| {
        for point in &mut series.points {
            (point.low, point.high) = (None, None);
        }
        series.style = Style::Dashed;
        series
    };
    let curves = Curves {
        x: Axis::linear("Smallest norm of an interpolant"),
        y: Axis::log("Gradient descent steps"),
        series: vec![
            series("measured", Labeling::steps),
            bare(series("from the spectrum", |l| l.predicted as f64)),
            bare(series("slowest of this norm", |l| l.range.1 as f64)),
            bare(series("fastest of this norm", |l| l.range.0 as f64)),
        ],
        references: vec![],
    };
    curves.draw(FigureText::new(
        "norm-and-steps",
        "Labels of larger norm take longer, but not because of the norm",
        format!(
            "Steps of gradient descent to a relative residual of {residual}, linear model on random \
             Fourier features. Points from left to right: {} of the labels random. Geometric means over \
             {} seeds, measured with 95 % interval. Slowest and fastest: bounds over all targets of the \
             same length and norm on the same features.",
            CORRUPTED.map(|p| format!("{} %", 100.0 * p)).join(", "),
            all.len(),
        ),
        "Steps rise with the norm over the shares of random labels; prediction and measurement coincide; \
         targets of the same norm can take far fewer or far more steps.",
    ))
}

/// The numbers of the figure.
pub fn table(all: &[Vec<Labeling>]) -> Table {
    let mut table = Table::new(
        "labels-norm-and-steps",
        "Norm and steps of gradient descent from the label spectrum",
        vec![
            Column::number("random labels").unit("%"),
            Column::number("smallest norm"),
            Column::number("steps, measured"),
            Column::number("steps, from the spectrum"),
            Column::number("fewest at this norm"),
            Column::number("most at this norm"),
            Column::number("alignment"),
        ],
    );
    let columns: [fn(&Labeling) -> f64; 6] = [
        |l| l.norm,
        Labeling::steps,
        |l| l.predicted as f64,
        |l| l.range.0 as f64,
        |l| l.range.1 as f64,
        |l| l.alignment,
    ];
    for corrupted in CORRUPTED {
        let cells =
            columns.map(|number| cell_or_missing(averaged(all, corrupted, number).as_ref()));
        let share = Cell::count((100.0 * corrupted) as usize);
        table
            .rows
            .push(std::iter::once(share).chain(cells).collect());
    }
    let norms_and_times = NormAndTime::of(all);
    let shown = |estimate: Option<Estimate>| {
        estimate.map_or_else(|| "undefined".to_owned(), |e| e.to_string())
    };
    table.note = format!(
        "Geometric mean over labelings, then over {} seeds, with 95 % interval. Largest difference of \
         predicted and measured steps: {}. Over all labelings of a seed: Spearman's rho of steps and norm \
         {}; R² of ln steps on ln norm {}; correlation of the two given the kernel-target alignment {}. \
         Within one share of random labels: rho {}. Fewest and most: exact, over all targets of the same \
         length and norm.",
        all.len(),
        norms_and_times.largest_error,
        shown(norms_and_times.rho),
        shown(norms_and_times.r_squared),
        shown(norms_and_times.partial),
        shown(norms_and_times.rho_within),
    );
    table
}
