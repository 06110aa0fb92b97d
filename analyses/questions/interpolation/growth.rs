//! Kernel interpolants of true, noisy and random labels, against the number of
//! training images: test error and RKHS norm.

use rethink::experiment::Study;
use rethink::experiment::kernels::{Interpolant, KERNELS, LABELS, Labels, Solved};
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Panel, Panels, Point, Series};
use rethink::report::{Cell, Column, ReportError, Table};
use rethink::statistics::{Estimate, GrowthExponents, growth_exponents};

use crate::show::{cell_or_missing, fraction, percent, point};

/// A kernel and the number of training images.
pub type KernelCell = (&'static str, usize);

/// The interpolants of every kernel and size.
pub struct Kernels {
    pub solved: Study<KernelCell, Solved>,
    interpolants: Study<(KernelCell, Labels), Interpolant>,
}

fn norm(found: &Interpolant) -> Option<f64> {
    found.norm.known()
}

impl Kernels {
    pub fn of(solved: Study<KernelCell, Solved>) -> Self {
        let interpolants = solved.split(|&cell, solved| {
            let interpolants = solved.interpolants.clone().into_iter();
            interpolants.map(move |found| ((cell, found.labels), found))
        });
        Self {
            solved,
            interpolants,
        }
    }

    fn error(&self, at: (KernelCell, Labels), number: fn(&Interpolant) -> f64) -> Option<Estimate> {
        let mean = self.interpolants.mean(&at, |found| Some(number(found)));
        mean.map(fraction)
    }

    fn norm(&self, at: (KernelCell, Labels)) -> Option<Estimate> {
        self.interpolants.geometric_mean(&at, norm)
    }

    /// Norm of random over norm of true labels at the largest size of a kernel, within
    /// seeds.
    pub fn largest_ratio(&self, kernel: &str) -> Option<(usize, Estimate)> {
        let cells = self.solved.cells();
        let cell = *cells.filter(|(name, _)| *name == kernel).last()?;
        let (random, clean) = ((cell, Labels::Random), (cell, Labels::True));
        let ratio = self.interpolants.ratio(&random, &clean, norm)?;
        Some((cell.1, ratio))
    }

    /// Growth exponents of the norm: of one labeling against true labels.
    fn exponents(&self, kernel: &str, labels: Labels) -> Option<GrowthExponents> {
        let of = |wanted: Labels| {
            let size = |((name, size), labels): &(KernelCell, Labels)| {
                (*name == kernel && *labels == wanted).then_some(*size)
            };
            self.interpolants.growth_points(size, norm)
        };
        growth_exponents(&of(Labels::True)?, &of(labels)?).ok()
    }

    /// What a reader must know of norms that are missing.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for at in self.interpolants.cells() {
            let unknown = |found: &&Interpolant| norm(found).is_none();
            let missing = self.interpolants.outputs(at).filter(unknown).count();
            let ((kernel, size), labels) = at;
            if missing > 0 {
                warnings.push(format!(
                    "{kernel}, n = {size}, {} labels: in {missing} of {} seeds there is no interpolant, \
                     or its norm is not determined in double precision; the norm is left out.",
                    labels.name(),
                    self.interpolants.seeds().len()
                ));
            }
        }
        warnings
    }
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

pub fn figure(kernels: &Kernels) -> Result<Figure, ReportError> {
    let mut panels = Vec::new();
    for kernel in KERNELS {
        let of = |value: &dyn Fn((KernelCell, Labels)) -> Option<Estimate>| -> Vec<Series> {
            (LABELS.iter())
                .map(|&labels| {
                    let points: Vec<Point> = (kernels.solved.cells())
                        .filter(|(name, _)| *name == kernel)
                        .filter_map(|&cell| Some(point(cell.1 as f64, &value((cell, labels))?)))
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
            of(&|at| kernels.error(at, |f| f.test_error)),
        ));
        panels.push(panel(
            format!("RKHS norm, {kernel}"),
            Axis::log("Norm"),
            of(&|at| kernels.norm(at)),
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

pub fn tables(kernels: &Kernels, mnist: bool) -> Vec<Table> {
    vec![errors(kernels, mnist), growth(kernels)]
}

fn errors(kernels: &Kernels, mnist: bool) -> Table {
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
    for cell in kernels.solved.cells() {
        let largest = |number: fn(&Solved) -> f64| {
            let values = kernels.solved.outputs(cell).map(number);
            Cell::significant(values.fold(0.0, f64::max), 1)
        };
        let &(kernel, size) = cell;
        for labels in LABELS {
            let at = (*cell, labels);
            let error = |number| cell_or_missing(kernels.error(at, number).map(percent).as_ref());
            let published = published(kernel, labels, size).filter(|_| mnist);
            table.rows.push(vec![
                Cell::text(kernel),
                Cell::count(size),
                Cell::text(labels.name()),
                error(|f| f.test_error),
                error(|f| f.test_error_same_labels),
                published.map_or_else(Cell::missing, |p| Cell::fixed(p, 2)),
                cell_or_missing(kernels.norm(at).as_ref()),
                largest(|s| s.relative_residual),
                largest(|s| s.condition),
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

fn growth(kernels: &Kernels) -> Table {
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
            let growth = kernels.exponents(kernel, labels);
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
