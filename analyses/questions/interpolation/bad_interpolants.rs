//! Interpolants that generalize badly on purpose, beside the one of smallest norm.

use rethink::experiment::kernels::{BadInterpolantStudy, CONSTRUCTIONS, Construction};
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Panel, Panels, Point, Series};
use rethink::report::{Cell, ReportError, Table};

/// Test error against norm, one mark per interpolant.
pub fn figure(study: &BadInterpolantStudy, chance: f64) -> Result<Figure, ReportError> {
    let series = CONSTRUCTIONS.into_iter().filter_map(|construction| {
        let norm = study.norm(construction)?.value;
        let error = study.fraction(&construction, |found| Some(found.test_error))?;
        let mark = vec![Point::estimate(norm, &error)];
        Some(Series::new(construction.name(), mark))
    });
    let (x, y) = (
        Axis::log("RKHS norm"),
        Axis::linear("Test error").range(0.0, 1.0),
    );
    let curves = Curves::new(x, y, series.collect()).reference(chance, "guessing");
    // A grid of one: its key stands above the marks instead of among them.
    let panels = Panels {
        panels: vec![Panel::new("Gaussian kernel on pixels", curves)],
        columns: 1,
    };
    panels.draw(FigureText::new(
        "bad-interpolants-map",
        "Interpolants that generalize badly, and their norms",
        format!(
            "Functions that fit every training image. Norm (geometric mean) and test error (mean \
             with 95 % interval) over {} seeds. After Zhang et al. 2017, section 5.",
            study.seeds().len()
        ),
        "Test error against norm: the interpolant of smallest norm has the smallest norm and a low \
         error, the others a larger norm and mostly an error near guessing; one with true labels \
         forced on the test images has a larger norm and no error.",
    ))
}

/// The numbers of the figure.
pub fn table(study: &BadInterpolantStudy) -> Table {
    Table::of(
        "bad-interpolants",
        "Interpolants of the same images with one kernel",
        CONSTRUCTIONS,
    )
    .text("interpolant", |construction| construction.name())
    .percent("train error", |made| {
        study.fraction(made, |f| Some(f.train_error))
    })
    .percent("test error", |made| {
        study.fraction(made, |f| Some(f.test_error))
    })
    .number("RKHS norm", |&made| study.norm(made))
    .number("norm / smallest", |&made| {
        let itself = made == Construction::SmallestNorm;
        study.norm_ratio(made).filter(|_| !itself)
    })
    .number("deviation on training images", |made| {
        let deviations = study.values(made, |found| Some(found.deviation));
        let worst = deviations.map(|all| all.into_iter().fold(0.0, f64::max));
        worst.map(|deviation| Cell::significant(deviation, 1))
    })
    .note(
        "Gaussian kernel on pixels; mean over seeds (geometric for norms) with 95 % interval. \
         Train error: against the labels the function was given. Deviation: largest |f(x) − y| on \
         a training image, over seeds. Norm: root of the sum of squares over classes, targets 0 \
         and 1; with random centres √(aᵀKa) of the shortest coefficients a; missing where double \
         precision does not determine it. Zhang et al. 2017, section 5, say without numbers that \
         the norm with random centres, or with random labels on the test images, is significantly \
         larger than the smallest.",
    )
}
