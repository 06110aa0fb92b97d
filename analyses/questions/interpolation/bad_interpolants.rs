//! Interpolants that generalize badly on purpose, beside the one of smallest norm.

use rethink::experiment::Study;
use rethink::experiment::kernels::{BadInterpolant, CONSTRUCTIONS, Construction};
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Panel, Panels, Reference, Series};
use rethink::report::{Cell, Column, ReportError, Table};
use rethink::statistics::Estimate;

use crate::show::{cell_or_missing, fraction, percent, point};

/// By how they are made.
pub type Interpolants = Study<Construction, BadInterpolant>;

fn norm(found: &BadInterpolant) -> Option<f64> {
    found.norm.known()
}

/// Norm over that of the interpolant of smallest norm, within seeds.
pub fn ratio(study: &Interpolants, construction: Construction) -> Option<Estimate> {
    study.ratio(&construction, &Construction::SmallestNorm, norm)
}

/// Test error against norm, one mark per interpolant.
pub fn figure(study: &Interpolants, chance: f64) -> Result<Figure, ReportError> {
    let series = (CONSTRUCTIONS.into_iter())
        .filter_map(|construction| {
            let norm = study.geometric_mean(&construction, norm)?;
            let error = study.mean(&construction, |f| Some(f.test_error))?;
            Some(Series::new(
                construction.name(),
                vec![point(norm.value, &fraction(error))],
            ))
        })
        .collect();
    let curves = Curves {
        x: Axis::log("RKHS norm"),
        y: Axis::linear("Test error").range(0.0, 1.0),
        series,
        references: vec![Reference {
            y: chance,
            label: "guessing".into(),
        }],
    };
    // A grid of one: its key stands above the marks instead of among them.
    let panel = Panel {
        title: "Gaussian kernel on pixels".to_owned(),
        curves,
    };
    let panels = Panels {
        panels: vec![panel],
        columns: 1,
    };
    panels.draw(FigureText::new(
        "bad-interpolants-map",
        "Interpolants that generalize badly, and their norms",
        format!(
            "Functions that give every training image its label, on pixels with one Gaussian kernel: \
             norm (root of the sum of squares over classes, one-hot targets; geometric mean) and error \
             on clean test images (mean with 95 % interval), over {} seeds. The last one interpolates \
             random training labels; the dashed line is guessing. After Zhang et al. 2017, section 5.",
            study.seeds().len()
        ),
        "Test error against norm: the interpolant of smallest norm has the smallest norm and a low \
         error, the others a larger norm and mostly an error near guessing; one with true labels \
         forced on the test images has a larger norm and no error.",
    ))
}

/// The numbers of the figure.
pub fn table(study: &Interpolants) -> Table {
    let mut table = Table::new(
        "bad-interpolants",
        "Interpolants of the same images with one kernel",
        vec![
            Column::text("interpolant"),
            Column::number("train error").unit("%"),
            Column::number("test error").unit("%"),
            Column::number("RKHS norm"),
            Column::number("norm / smallest"),
            Column::number("deviation on training images"),
        ],
    );
    for construction in CONSTRUCTIONS {
        let error = |number: fn(&BadInterpolant) -> f64| {
            let error = study.mean(&construction, |f| Some(number(f)));
            cell_or_missing(error.map(fraction).map(percent).as_ref())
        };
        let deviations = study.values(&construction, |f| Some(f.deviation));
        let worst = deviations.map(|all| all.into_iter().fold(0.0, f64::max));
        let ratio =
            ratio(study, construction).filter(|_| construction != Construction::SmallestNorm);
        table.rows.push(vec![
            Cell::text(construction.name()),
            error(|f| f.train_error),
            error(|f| f.test_error),
            cell_or_missing(study.geometric_mean(&construction, norm).as_ref()),
            cell_or_missing(ratio.as_ref()),
            worst.map_or_else(Cell::missing, |d| Cell::significant(d, 1)),
        ]);
    }
    table.note = "Gaussian kernel on pixels; mean over seeds with 95 % interval. Train error: against \
                  the labels the function was given. Deviation: largest |f(x) − y| on a training \
                  image, over seeds. Norm: root of the sum of squares over classes, targets 0 and 1; \
                  with random centres √(aᵀKa) of the coefficients a of least length; left out where it \
                  is not determined in double precision. Zhang et al. \
                  2017, section 5, say of random centres and of random labels on the test images that \
                  the norm is significantly larger than the smallest, without numbers."
        .to_owned();
    table
}
