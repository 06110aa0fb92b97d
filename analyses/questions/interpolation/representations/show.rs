//! Tables and figure of the representations.

use rethink::experiment::Study;
use rethink::experiment::kernels::{
    BANDWIDTHS, COMPARED, NOISES as NOISE, OnRepresentationSolved, REPRESENTATIONS, RIDGES,
    Representation, RepresentationCell, RepresentationInterpolant, RepresentationStudy,
    correlations,
};
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Panel, Panels, Point, Series};
use rethink::report::{Cell, Column, ReportError, Table};
use rethink::statistics::Estimate;

use crate::show::{cell_or_missing, fraction, percent, point};

type Solved = Study<Representation, OnRepresentationSolved>;

/// Test error in per cent and, where the text has it, norm of the interpolant of
/// a whole dataset. The convention of the norm is not stated.
///
/// Zhang et al. 2017, arXiv 1611.03530, Table 3 and section 5.
fn published(dataset: &str, representation: Representation, ridge: bool) -> Option<&'static str> {
    match (dataset, representation, ridge) {
        ("mnist", Representation::Pixels, false) => Some("1.2 %, norm 220"),
        ("mnist", Representation::Gabor, false) => Some("0.6 %, norm 390"),
        ("cifar10", Representation::Pixels, false) => Some("46 %"),
        ("cifar10", Representation::RandomConvolution, false) => Some("17 %"),
        ("cifar10", Representation::RandomConvolution, true) => Some("15 %"),
        _ => None,
    }
}

/// A norm over that on pixels at the same relative bandwidth and labels.
fn over_pixels(study: &RepresentationStudy, cell: RepresentationCell) -> Option<Estimate> {
    let pixels = RepresentationCell::clean(Representation::Pixels, cell.bandwidth);
    (cell != pixels).then_some(())?;
    study.ratio(&cell, &pixels, norm)
}

/// Interpolants of smallest norm as norm and test error.
pub fn figure(interpolants: &RepresentationStudy) -> Result<Figure, ReportError> {
    let series = |places: &[(f64, f64)]| -> Vec<Series> {
        (REPRESENTATIONS.into_iter())
            .map(|representation| {
                let points: Vec<Point> = (places.iter())
                    .filter_map(|&(bandwidth, noise)| {
                        let cell = RepresentationCell {
                            representation,
                            bandwidth,
                            noise,
                        };
                        let norm = interpolants.geometric_mean(&cell, norm)?;
                        let error = interpolants.mean(&cell, |f| Some(f.test_error))?;
                        Some(point(norm.value, &fraction(error)))
                    })
                    .collect();
                Series::new(representation.name(), points)
            })
            .collect()
    };
    let panel = |title: String, y: Axis, places: &[(f64, f64)]| Panel {
        title,
        curves: Curves {
            x: Axis::log("RKHS norm"),
            y,
            series: series(places),
            references: vec![],
        },
    };
    let panels = vec![
        panel(
            "True labels, bandwidth varied".to_owned(),
            Axis::linear("Test error"),
            &BANDWIDTHS.map(|bandwidth| (bandwidth, 0.0)),
        ),
        panel(
            format!("Bandwidth {COMPARED}, label noise varied"),
            Axis::linear("Test error").range(0.0, 1.0),
            &NOISE.map(|noise| (COMPARED, noise)),
        ),
    ];
    Panels { panels, columns: 2 }.draw(FigureText::new(
        "norm-map",
        "Smallest norm and test error across representations and within one",
        format!(
            "Interpolants of smallest RKHS norm with a Gaussian kernel on three representations of the \
             same images: norm (root of the sum of squares over classes, one-hot targets; geometric \
             mean over seeds) and error on clean test images (mean with 95 % interval over seeds). \
             Left: lines join bandwidths of {} times the median distance between images. Right: lines \
             join fractions of {} of the labels replaced by a uniform class.",
            list(&BANDWIDTHS),
            list(&NOISE),
        ),
        "Two panels of test error against norm, a line per representation. Left: with true labels \
         each has its own line as the bandwidth varies. Right: with more label noise \
         norm and error grow together on every representation.",
    ))
}

fn list(numbers: &[f64]) -> String {
    let words: Vec<String> = numbers.iter().map(f64::to_string).collect();
    words.join(", ")
}

fn norm(found: &RepresentationInterpolant) -> Option<f64> {
    Some(found.norm)
}

pub fn tables(solved: &Solved, interpolants: &RepresentationStudy, dataset: &str) -> Vec<Table> {
    vec![
        representations(solved, interpolants, dataset),
        bandwidths(solved, interpolants),
        orders(interpolants),
    ]
}

/// After Table 3 of the paper.
fn representations(solved: &Solved, interpolants: &RepresentationStudy, dataset: &str) -> Table {
    let mut table = Table::new(
        "representations",
        "Kernel fits on pixels and on features that are not learned",
        vec![
            Column::text("representation"),
            Column::text("ridge"),
            Column::number("train error").unit("%"),
            Column::number("test error").unit("%"),
            Column::text("published"),
            Column::number("RKHS norm"),
            Column::number("norm / pixels"),
        ],
    );
    let ridged = solved.split(|&representation, solved| {
        let cell = RepresentationCell::clean(representation, COMPARED);
        solved.ridged.clone().map(|found| (cell, found))
    });
    for representation in REPRESENTATIONS {
        let cell = RepresentationCell::clean(representation, COMPARED);
        let mut ridges = ridged.values(&cell, |f| Some(f.ridge)).unwrap_or_default();
        ridges.sort_by(f64::total_cmp);
        ridges.dedup();
        for (study, ridge) in [(interpolants, None), (&ridged, Some(list(&ridges)))] {
            let error = |number: fn(&RepresentationInterpolant) -> f64| {
                let mean = study.mean(&cell, |f| Some(number(f)));
                cell_or_missing(mean.map(fraction).map(percent).as_ref())
            };
            let shown = published(dataset, representation, ridge.is_some());
            table.rows.push(vec![
                Cell::text(representation.name()),
                Cell::text(ridge.unwrap_or_else(|| "none".to_owned())),
                error(|f| f.train_error),
                error(|f| f.test_error),
                Cell::text(shown.unwrap_or("–")),
                cell_or_missing(study.geometric_mean(&cell, norm).as_ref()),
                cell_or_missing(over_pixels(study, cell).as_ref()),
            ]);
        }
    }
    table.note = format!(
        "Gaussian kernel, bandwidth {COMPARED} times the median distance on each representation; mean \
         over {} seeds with 95 % interval. Ridge: added to the diagonal of K; in each seed the one of \
         {} with the smallest leave-one-out error. Norm: root of the sum of squares over classes, \
         targets 0 and 1. Zhang et al. 2017, Table 3 and section 5, on all images: MNIST pixels 1.2 %, \
         Gabor wavelets 0.6 %, norms about 220 and 390 (ratio 1.77; convention not stated, so only \
         ratios compare), regularization improves neither; CIFAR-10 pixels 46 %, 32,000 random filters \
         17 %, with l2 15 %. Here the training sets and the bank of filters are smaller, and the \
         paper's wavelets and bandwidths are not known.",
        solved.seeds().len(),
        list(&RIDGES),
    );
    table
}

fn bandwidths(solved: &Solved, interpolants: &RepresentationStudy) -> Table {
    let mut table = Table::new(
        "representation-bandwidths",
        "Interpolants of smallest norm, bandwidth swept on each representation",
        vec![
            Column::text("representation"),
            Column::number("bandwidth / median distance"),
            Column::number("bandwidth"),
            Column::number("test error").unit("%"),
            Column::number("RKHS norm"),
            Column::number("norm / pixels"),
            Column::number("norm, random / true labels"),
            Column::number("condition"),
        ],
    );
    for representation in REPRESENTATIONS {
        let distance = solved.mean(&representation, |s| Some(s.median_distance));
        for bandwidth in BANDWIDTHS {
            let cell = RepresentationCell::clean(representation, bandwidth);
            let random = RepresentationCell { noise: 1.0, ..cell };
            let error = interpolants.mean(&cell, |f| Some(f.test_error));
            let conditions = interpolants.values(&cell, |f| Some(f.condition));
            let condition = conditions.map(|all| all.into_iter().fold(0.0, f64::max));
            table.rows.push(vec![
                Cell::text(representation.name()),
                Cell::number(bandwidth, bandwidth.to_string()),
                distance.map_or_else(Cell::missing, |d| Cell::significant(bandwidth * d.value, 3)),
                cell_or_missing(error.map(fraction).map(percent).as_ref()),
                cell_or_missing(interpolants.geometric_mean(&cell, norm).as_ref()),
                cell_or_missing(over_pixels(interpolants, cell).as_ref()),
                cell_or_missing(interpolants.ratio(&random, &cell, norm).as_ref()),
                condition.map_or_else(Cell::missing, |c| Cell::significant(c, 1)),
            ]);
        }
    }
    table.note = "True labels, no ridge; mean over seeds with 95 % interval. Bandwidth: mean over \
                  seeds. Norm / pixels: at the same relative bandwidth. Condition: estimate in the \
                  1-norm, the largest over seeds. Test errors of several bandwidths are shown, none \
                  was chosen by them."
        .to_owned();
    table
}

fn orders(interpolants: &RepresentationStudy) -> Table {
    let mut table = Table::new(
        "what-norms-order",
        "Rank correlation of smallest norm and test error",
        vec![
            Column::text("what varies"),
            Column::number("interpolants"),
            Column::number("Kendall's tau"),
        ],
    );
    for correlation in correlations(interpolants) {
        table.rows.push(vec![
            Cell::text(correlation.over),
            Cell::count(correlation.sets.0),
            cell_or_missing(correlation.tau.as_ref()),
        ]);
    }
    table.note = "Tau-b between norm and test error within a seed and a set of that many \
                  interpolants, averaged over sets; mean over seeds with 95 % interval. 1: a larger \
                  norm always goes with a larger error; −1: always with a smaller one."
        .to_owned();
    table
}
