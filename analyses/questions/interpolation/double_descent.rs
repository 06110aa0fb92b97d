//! Double descent of random-feature models: test error and norm against the
//! number of features, through the point where the model begins to
//! interpolate.

use rethink::experiment::Study;
use rethink::experiment::linear::{DoubleDescent, Model};
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Panel, Panels, Series};
use rethink::report::{Cell, Column, ReportError, Table};
use rethink::statistics::Estimate;

use crate::show::{cell_or_missing, fraction, point};

/// By number of features.
pub type Models = Study<usize, Model>;

fn error(models: &Models, features: usize) -> Option<Estimate> {
    models.mean(&features, |m| Some(m.test_error)).map(fraction)
}

fn norm(models: &Models, features: usize) -> Option<Estimate> {
    models.geometric_mean(&features, |m| Some(m.norm))
}

/// The number of features with the largest mean of a number.
fn peak(spec: &DoubleDescent, value: impl Fn(usize) -> Option<Estimate>) -> Option<usize> {
    (spec.features.iter())
        .filter_map(|&features| Some((value(features)?.value, features)))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, features)| features)
}

/// Where test error and norm peak: (features at the error's, at the norm's).
pub fn peaks(spec: &DoubleDescent, models: &Models) -> Option<(usize, usize)> {
    Some((
        peak(spec, |features| error(models, features))?,
        peak(spec, |features| norm(models, features))?,
    ))
}

/// Error and norm against the number of features.
pub fn figure(spec: &DoubleDescent, models: &Models) -> Result<Figure, ReportError> {
    let panel = |title: &str, y: Axis, value: &dyn Fn(usize) -> Option<Estimate>| Panel {
        title: title.to_owned(),
        curves: Curves {
            x: Axis::log("Features N"),
            y,
            series: vec![Series::new(
                "least norm, least squares",
                (spec.features.iter())
                    .filter_map(|&n| Some(point(n as f64, &value(n)?)))
                    .collect(),
            )],
            references: vec![],
        },
    };
    let panels = vec![
        panel("Test error", Axis::linear("Error"), &|n| error(models, n)),
        panel("Norm of the weights", Axis::log("Norm"), &|n| {
            norm(models, n)
        }),
    ];
    Panels { panels, columns: 2 }.draw(FigureText::new(
        "double-descent",
        "Double descent of random features",
        format!(
            "Least-squares fits of smallest norm on N random Fourier features of {} images, over {} \
             seeds with 95 % interval. The model begins to interpolate at N = n = {}. After Belkin et \
             al. 2019, arXiv 1812.11118, where with n = 10,000 images of MNIST the error peaks at 88 % \
             and the norm at 447 for N = n.",
            spec.train,
            models.seeds().len(),
            spec.train
        ),
        "Two panels against the number of features: test error falls, peaks where features equal \
         images and falls again; the norm peaks at the same place.",
    ))
}

/// The numbers of the figure.
pub fn table(spec: &DoubleDescent, models: &Models) -> Table {
    let mut table = Table::new(
        "random-features",
        format!("Random-feature models of {} images", spec.train),
        vec![
            Column::number("features N"),
            Column::number("N / n"),
            Column::number("test error"),
            Column::number("norm of the weights"),
            Column::number("relative residual"),
        ],
    );
    for &features in &spec.features {
        let residual = models.values(&features, |m| Some(m.relative_residual));
        let largest = residual.map(|r| r.into_iter().fold(0.0, f64::max));
        table.rows.push(vec![
            Cell::count(features),
            Cell::fixed(features as f64 / spec.train as f64, 2),
            cell_or_missing(error(models, features).as_ref()),
            cell_or_missing(norm(models, features).as_ref()),
            largest.map_or_else(Cell::missing, |r| Cell::significant(r, 1)),
        ]);
    }
    table.note =
        "Mean over seeds with 95 % interval; norm: Frobenius norm of all classes' weights, \
                  geometric mean. Residual: the largest over seeds."
            .to_owned();
    table
}
