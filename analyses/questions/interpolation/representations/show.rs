//! Tables and figure of the representations.

use rethink::experiment::Study;
use rethink::experiment::kernels::{
    BANDWIDTHS, COMPARED, NOISES as NOISE, OnRepresentationSolved, REPRESENTATIONS, RIDGES,
    Representation, RepresentationCell, RepresentationStudy, correlations,
};
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Panel, Panels, Point, Series};
use rethink::report::{Cell, ReportError, Table};

use crate::show::list;

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

/// Interpolants of smallest norm as norm and test error.
pub fn figure(interpolants: &RepresentationStudy) -> Result<Figure, ReportError> {
    let series = |places: &[(f64, f64)]| -> Vec<Series> {
        let of = |representation: Representation| {
            let points = places.iter().filter_map(|&(bandwidth, noise)| {
                let cell = RepresentationCell {
                    representation,
                    bandwidth,
                    noise,
                };
                let error = interpolants.fraction(&cell, |found| Some(found.test_error))?;
                Some(Point::estimate(interpolants.norm(cell)?.value, &error))
            });
            Series::new(representation.name(), points.collect())
        };
        REPRESENTATIONS.into_iter().map(of).collect()
    };
    let panel = |title: String, y: Axis, places: &[(f64, f64)]| {
        Panel::new(
            title,
            Curves::new(Axis::log("RKHS norm"), y, series(places)),
        )
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
            "Interpolants of smallest RKHS norm, Gaussian kernel. Mean over seeds (geometric for \
             norms); bars: 95 % interval of the error. Left: bandwidths of {} times the median \
             distance. Right: {} of the labels random.",
            list(BANDWIDTHS),
            list(NOISE),
        ),
        "Two panels of test error against norm, a line per representation. Left: with true labels \
         each has its own line as the bandwidth varies. Right: with more label noise norm and \
         error grow together on every representation.",
    ))
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
    let ridged = solved.split(|&representation, solved| {
        let cell = RepresentationCell::clean(representation, COMPARED);
        solved.ridged.clone().map(|found| (cell, found))
    });
    let rows = REPRESENTATIONS.into_iter().flat_map(|representation| {
        let cell = RepresentationCell::clean(representation, COMPARED);
        let mut ridges = ridged.values(&cell, |f| Some(f.ridge)).unwrap_or_default();
        ridges.sort_by(f64::total_cmp);
        ridges.dedup();
        [
            (cell, interpolants, None),
            (cell, &ridged, Some(list(ridges))),
        ]
    });
    Table::of(
        "representations",
        "Kernel fits on pixels and on features that are not learned",
        rows,
    )
    .text("representation", |(cell, ..)| cell.representation.name())
    .text("ridge", |(.., ridge)| {
        ridge.clone().unwrap_or_else(|| "none".to_owned())
    })
    .percent("train error", |(cell, study, _)| {
        study.fraction(cell, |f| Some(f.train_error))
    })
    .percent("test error", |(cell, study, _)| {
        study.fraction(cell, |f| Some(f.test_error))
    })
    .text("published", |(cell, _, ridge)| {
        published(dataset, cell.representation, ridge.is_some()).unwrap_or("–")
    })
    .number("RKHS norm", |(cell, study, _)| study.norm(*cell))
    .number("norm / pixels", |(cell, study, _)| {
        study.norm_over_pixels(*cell)
    })
    .note(format!(
        "Gaussian kernel, bandwidth {COMPARED} times the median distance on each representation; \
         mean over {} seeds (geometric for norms) with 95 % interval. Ridge: added to the \
         diagonal of K; per seed the one of {} with the smallest leave-one-out error. Norm: root \
         of the sum of squares over classes, targets 0 and 1. Zhang et al. 2017, Table 3 and \
         section 5, on all images: MNIST pixels 1.2 %, Gabor wavelets 0.6 %, norms about 220 and \
         390 (ratio 1.77; convention not stated, so only ratios compare), regularization improves \
         neither; CIFAR-10 pixels 46 %, 32,000 random filters 17 %, with l2 15 %. Here the \
         training sets and the filter bank are smaller, and the wavelets and bandwidths of the \
         paper are not known.",
        solved.seeds().len(),
        list(RIDGES),
    ))
}

fn bandwidths(solved: &Solved, interpolants: &RepresentationStudy) -> Table {
    let cells = REPRESENTATIONS.into_iter().flat_map(|representation| {
        BANDWIDTHS.map(|bandwidth| RepresentationCell::clean(representation, bandwidth))
    });
    Table::of(
        "representation-bandwidths",
        "Interpolants of smallest norm, bandwidth swept on each representation",
        cells,
    )
    .text("representation", |cell| cell.representation.name())
    .number("bandwidth / median distance", |cell| {
        Cell::number(cell.bandwidth, cell.bandwidth.to_string())
    })
    .number("bandwidth", |cell| {
        let distance = solved.mean(&cell.representation, |s| Some(s.median_distance));
        distance.map(|distance| Cell::significant(cell.bandwidth * distance.value, 3))
    })
    .percent("test error", |cell| {
        interpolants.fraction(cell, |f| Some(f.test_error))
    })
    .number("RKHS norm", |&cell| interpolants.norm(cell))
    .number("norm / pixels", |&cell| interpolants.norm_over_pixels(cell))
    .number("norm, random / true labels", |&cell| {
        let random = RepresentationCell { noise: 1.0, ..cell };
        interpolants.norm_ratio(random, cell)
    })
    .number("condition", |cell| {
        let conditions = interpolants.values(cell, |found| Some(found.condition));
        let largest = conditions.map(|all| all.into_iter().fold(0.0, f64::max));
        largest.map(|condition| Cell::significant(condition, 1))
    })
    .note(
        "True labels, no ridge; mean over seeds (geometric for norms) with 95 % interval. Norm / \
         pixels: at the same relative bandwidth. Condition: estimate in the 1-norm, the largest \
         over seeds. All bandwidths are shown; test errors chose none.",
    )
}

fn orders(interpolants: &RepresentationStudy) -> Table {
    Table::of(
        "what-norms-order",
        "Rank correlation of smallest norm and test error",
        correlations(interpolants),
    )
    .text("what varies", |correlation| correlation.over)
    .number("interpolants", |correlation| correlation.sets.0)
    .number("Kendall's tau", |correlation| correlation.tau)
    .note(
        "Tau-b of norm and test error within a seed and a set of that many interpolants, averaged \
         over sets; mean over seeds with 95 % interval. 1: a larger norm always goes with a \
         larger error; −1: always with a smaller one.",
    )
}
