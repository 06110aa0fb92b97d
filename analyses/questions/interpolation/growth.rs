//! Kernel interpolants of true, noisy and random labels, against the number of
//! training images: test error and RKHS norm.

use rethink::experiment::kernels::{Interpolant, KERNELS, LABELS, Labels, Solved};
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Panel, Panels, Point, Series};
use rethink::report::{Cell, Column, ReportError, Table};
use rethink::statistics::{
    Estimate, GrowthExponents, GrowthPoint, geometric_mean_ratio, growth_exponents, mean,
};

use crate::show::{cell_or_missing, fraction, geometric_mean, point};

/// All seeds of one kernel and size.
pub struct Group {
    pub kernel: &'static str,
    pub size: usize,
    pub seeds: Vec<(u64, Solved)>,
}

impl Group {
    fn values(&self, labels: Labels, number: fn(&Interpolant) -> f64) -> Option<Vec<f64>> {
        (self.seeds.iter())
            .map(|(_, solved)| {
                solved
                    .interpolants
                    .iter()
                    .find(|f| f.labels == labels)
                    .map(number)
            })
            .collect()
    }

    fn error(&self, labels: Labels, number: fn(&Interpolant) -> f64) -> Option<Estimate> {
        mean(&self.values(labels, number)?).ok().map(fraction)
    }

    fn norm(&self, labels: Labels) -> Option<Estimate> {
        geometric_mean(&self.norms(labels)?)
    }

    /// The norm of every seed; none when it is not known of one.
    fn norms(&self, labels: Labels) -> Option<Vec<f64>> {
        (self.seeds.iter())
            .map(|(_, solved)| {
                let found = solved.interpolants.iter().find(|f| f.labels == labels)?;
                found.norm.known()
            })
            .collect()
    }

    /// Norm of random over norm of true labels, within seeds.
    pub fn ratio(&self) -> Option<Estimate> {
        geometric_mean_ratio(&self.norms(Labels::Random)?, &self.norms(Labels::True)?).ok()
    }
}

/// What a reader must know of norms that are missing.
pub fn warnings(groups: &[Group]) -> Vec<String> {
    let missing = |group: &Group, labels: Labels| {
        let unknown = |solved: &&(u64, Solved)| {
            let mut found = solved.1.interpolants.iter();
            found.any(|f| f.labels == labels && f.norm.known().is_none())
        };
        group.seeds.iter().filter(unknown).count()
    };
    (groups.iter())
        .flat_map(|group| LABELS.map(|labels| (group, labels, missing(group, labels))))
        .filter(|(_, _, missing)| *missing > 0)
        .map(|(group, labels, missing)| {
            format!(
                "{}, n = {}, {} labels: in {missing} of {} seeds there is no interpolant, or its norm \
                 is not determined in double precision; the norm is left out.",
                group.kernel,
                group.size,
                labels.name(),
                group.seeds.len()
            )
        })
        .collect()
}

/// Growth exponents of the norm: of one labeling against true labels.
fn exponents(groups: &[Group], kernel: &str, labels: Labels) -> Option<GrowthExponents> {
    let of = |labels: Labels| -> Option<Vec<GrowthPoint>> {
        (groups.iter().filter(|g| g.kernel == kernel))
            .flat_map(|g| {
                g.seeds
                    .iter()
                    .map(move |(seed, solved)| (g.size, *seed, solved))
            })
            .map(|(samples, seed, solved)| {
                let found = solved.interpolants.iter().find(|f| f.labels == labels)?;
                Some(GrowthPoint {
                    seed,
                    samples,
                    norm: found.norm.known()?,
                })
            })
            .collect()
    };
    growth_exponents(&of(Labels::True)?, &of(labels)?).ok()
}

/// Test error in per cent of the Gaussian and Laplacian interpolants on MNIST,
/// clean and with 10 % noise in training and test labels.
///
/// Belkin, Ma, Mandal 2018, arXiv 1802.01396, Tables 6 and 7.
pub fn published(kernel: &str, labels: Labels, size: usize) -> Option<f64> {
    let row = [500, 1500, 3000, 7500, 15_000]
        .iter()
        .position(|&n| n == size)?;
    let values = match (kernel, labels) {
        ("gaussian:5", Labels::True) => [9.35, 5.49, 4.10, 2.64, 2.07],
        ("laplacian:10", Labels::True) => [11.27, 6.43, 4.94, 3.38, 2.39],
        ("gaussian:5", Labels::Noisy) => [20.98, 16.32, 14.00, 13.01, 12.16],
        ("laplacian:10", Labels::Noisy) => [21.08, 15.49, 13.85, 12.38, 11.41],
        _ => return None,
    };
    Some(values[row])
}

pub fn figure(groups: &[Group]) -> Result<Figure, ReportError> {
    let mut panels = Vec::new();
    for kernel in KERNELS {
        let of = |value: &dyn Fn(&Group, Labels) -> Option<Estimate>| -> Vec<Series> {
            (LABELS.iter())
                .map(|&labels| {
                    let points: Vec<Point> = (groups.iter().filter(|g| g.kernel == kernel))
                        .filter_map(|g| Some(point(g.size as f64, &value(g, labels)?)))
                        .collect();
                    Series::new(labels.name(), points)
                })
                .collect()
        };
        let panel = |title: String, y: Axis, series: Vec<Series>| Panel {
            title,
            curves: Curves {
                x: Axis::log("Training images n"),
                y,
                series,
                references: vec![],
            },
        };
        panels.push(panel(
            format!("Test error, {kernel}"),
            Axis::linear("Error").range(0.0, 1.0),
            of(&|g, labels| g.error(labels, |f| f.test_error)),
        ));
        panels.push(panel(
            format!("RKHS norm, {kernel}"),
            Axis::log("Norm"),
            of(&|g, labels| g.norm(labels)),
        ));
    }
    Panels { panels, columns: 2 }.draw(FigureText::new(
        "kernels",
        "Kernel interpolants of true, noisy and random labels",
        "Interpolants of smallest RKHS norm, no ridge, on pixels as given: error on clean test images \
         and norm (root of the sum of squares over classes, one-hot targets) against the number of \
         training images, with 95 % interval over seeds. After Belkin et al. 2018, arXiv 1802.01396.",
        "Four panels: test error and norm for a Gaussian and a Laplacian kernel; noise and random \
         labels raise the norm and its growth.",
    ))
}

pub fn tables(groups: &[Group], mnist: bool) -> Vec<Table> {
    vec![errors(groups, mnist), growth(groups)]
}

fn errors(groups: &[Group], mnist: bool) -> Table {
    let mut table = Table::new(
        "kernel-interpolants",
        "Kernel interpolants without ridge",
        vec![
            Column::text("kernel"),
            Column::number("n"),
            Column::text("labels"),
            Column::number("test error").unit("%"),
            Column::number("same labels").unit("%"),
            Column::number("published").unit("%"),
            Column::number("RKHS norm"),
            Column::number("relative residual"),
            Column::number("condition"),
        ],
    );
    for group in groups {
        let largest = |number: fn(&Solved) -> f64| {
            (group.seeds.iter())
                .map(|(_, s)| number(s))
                .fold(0.0, f64::max)
        };
        for labels in LABELS {
            let percent = |number: fn(&Interpolant) -> f64| {
                cell_or_missing(
                    group
                        .error(labels, number)
                        .map(crate::show::percent)
                        .as_ref(),
                )
            };
            let published = published(group.kernel, labels, group.size).filter(|_| mnist);
            table.rows.push(vec![
                Cell::text(group.kernel),
                Cell::count(group.size),
                Cell::text(labels.name()),
                percent(|f| f.test_error),
                percent(|f| f.test_error_same_labels),
                published.map_or_else(Cell::missing, |p| Cell::fixed(p, 2)),
                cell_or_missing(group.norm(labels).as_ref()),
                Cell::significant(largest(|s| s.relative_residual), 1),
                Cell::significant(largest(|s| s.condition), 1),
            ]);
        }
    }
    table.note = "Mean over seeds with 95 % interval. Same labels: error on test labels corrupted like \
                  the training labels, as in the published values (MNIST; Belkin et al. 2018, Tables 6 \
                  and 7), which are shown on that dataset only. Norm: root of the sum of squares over \
                  classes, targets 0 and 1. Residual ‖Kα − y‖ / ‖y‖ against a freshly computed K; \
                  condition: estimate in the 1-norm; the largest over seeds."
        .to_owned();
    table
}

fn growth(groups: &[Group]) -> Table {
    let mut table = Table::new(
        "kernel-growth",
        "Growth of the RKHS norm with n: norm ∝ n^exponent",
        vec![
            Column::text("kernel"),
            Column::text("labels"),
            Column::number("exponent"),
            Column::number("minus true labels"),
        ],
    );
    for kernel in KERNELS {
        for labels in LABELS {
            let growth = exponents(groups, kernel, labels);
            let growth = growth.as_ref();
            table.rows.push(vec![
                Cell::text(kernel),
                Cell::text(labels.name()),
                cell_or_missing(growth.map(|g| &g.random_labels)),
                cell_or_missing(
                    growth
                        .filter(|_| labels != Labels::True)
                        .map(|g| &g.difference),
                ),
            ]);
        }
    }
    table.note =
        "Slope of ln norm on ln n within each seed; mean over seeds with 95 % interval. On MNIST \
                  with the Gaussian kernel, n from 2,000 to 20,000, the norms read off Figure 4 of \
                  Belkin et al. 2018 give 0.46 for clean labels and 0.76 for 10 % noise."
            .to_owned();
    table
}
