//! Double descent of random-feature models: test error and norm against the
//! number of features, through the point where the model begins to
//! interpolate.

use rethink::experiment::linear::ModelStudy;
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Panel, Panels, Point, Series};
use rethink::report::{Cell, ReportError, Table};
use rethink::statistics::Estimate;

/// Error and norm against the number of features, of models of so many images.
pub fn figure(images: usize, models: &ModelStudy) -> Result<Figure, ReportError> {
    let panel = |title: &str, y: Axis, value: &dyn Fn(usize) -> Option<Estimate>| {
        let at = |&n: &usize| Some(Point::estimate(n as f64, &value(n)?));
        let points = models.cells().filter_map(at).collect();
        let series = vec![Series::new("least norm, least squares", points)];
        Panel::new(title, Curves::new(Axis::log("Features N"), y, series))
    };
    let (error, norm) = (|n| models.model_error(n), |n| models.model_norm(n));
    let panels = vec![
        panel("Test error", Axis::linear("Test error"), &error),
        panel(
            "Norm of the weights",
            Axis::log("Norm of the weights"),
            &norm,
        ),
    ];
    Panels { panels, columns: 2 }.draw(FigureText::new(
        "double-descent",
        "Double descent of random features",
        format!(
            "Least-norm, least-squares fits of {} images on N random Fourier features; they \
             interpolate from N = {} on. Mean over {} seeds (geometric for norms) with 95 % \
             interval. After Belkin et al. 2019, arXiv 1812.11118.",
            images,
            images,
            models.seeds().len(),
        ),
        "Two panels against the number of features: test error falls, peaks where features equal \
         images and falls again; the norm peaks at the same place.",
    ))
}

/// The numbers of the figure.
pub fn table(images: usize, models: &ModelStudy) -> Table {
    let title = format!("Random-feature models of {images} images");
    Table::of("random-features", title, models.cells().copied())
        .number("features N", |&n| n)
        .number("N / n", |&n| Cell::fixed(n as f64 / images as f64, 2))
        .number("test error", |&n| models.model_error(n))
        .number("norm of the weights", |&n| models.model_norm(n))
        .number("relative residual", |n| {
            let residuals = models.values(n, |model| Some(model.relative_residual));
            let largest = residuals.map(|all| all.into_iter().fold(0.0, f64::max));
            largest.map(|residual| Cell::significant(residual, 1))
        })
        .note(
            "Mean over seeds with 95 % interval. Norm: Frobenius norm of all classes' weights, \
             geometric mean. Residual: the largest over seeds. Belkin et al. 2019, with n = \
             10,000 images of MNIST: the error peaks at 88 % and the norm at 447 for N = n.",
        )
}
