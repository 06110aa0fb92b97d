//! Kernel interpolants of true, noisy and random labels, against the number of
//! training images: test error and RKHS norm.

use rethink::experiment::kernels::{
    KERNELS, KernelCell, KernelGrowth, LABELS, Labels, NOISE, Solved,
};
use rethink::published::{Quantity, values};
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Panel, Panels, Point, Series};
use rethink::report::{Cell, ReportError, Table};
use rethink::statistics::Estimate;

/// What a reader must know of norms that are missing.
pub fn warnings(kernels: &KernelGrowth) -> Vec<String> {
    let mut warnings = Vec::new();
    for at in kernels.interpolants.cells() {
        let missing = kernels.undetermined(at);
        let ((kernel, size), labels) = at;
        if missing > 0 {
            warnings.push(format!(
                "{kernel}, n = {size}, {} labels: in {missing} of {} seeds there is no \
                 interpolant, or double precision does not determine its norm; the norm is left \
                 out.",
                labels.name(),
                kernels.interpolants.seeds().len()
            ));
        }
    }
    warnings
}

pub fn figure(kernels: &KernelGrowth) -> Result<Figure, ReportError> {
    let panel = |title: &str, kernel: &str, y: Axis, value: &Value| {
        let series = LABELS.map(|labels| {
            let at =
                |cell: KernelCell| Some(Point::estimate(cell.1 as f64, &value((cell, labels))?));
            let points = kernels.sizes(kernel).filter_map(at);
            Series::new(labels.name(), points.collect())
        });
        let curves = Curves::new(Axis::log("Training images n"), y, series.into());
        Panel::new(format!("{title}, {kernel}"), curves)
    };
    let error = |at| kernels.error(at, |found| found.test_error);
    let norm = |at| kernels.norm(at);
    let panels = KERNELS.into_iter().flat_map(|kernel| {
        let rate = Axis::linear("Test error").range(0.0, 1.0);
        [
            panel("Test error", kernel, rate, &error),
            panel("RKHS norm", kernel, Axis::log("RKHS norm"), &norm),
        ]
    });
    let panels = panels.collect();
    Panels { panels, columns: 2 }.draw(FigureText::new(
        "kernels",
        "Kernel interpolants of true, noisy and random labels",
        "Interpolants of smallest RKHS norm on raw pixels. Mean over seeds (geometric for norms) \
         with 95 % interval. After Belkin et al. 2018, arXiv 1802.01396.",
        "Four panels: test error and norm for a Gaussian and a Laplacian kernel; noise and random \
         labels raise the norm and its growth.",
    ))
}

/// A number of a kernel, size and labeling.
type Value<'a> = dyn Fn((KernelCell, Labels)) -> Option<Estimate> + 'a;

pub fn tables(kernels: &KernelGrowth, mnist: bool) -> Vec<Table> {
    vec![errors(kernels, mnist), growth(kernels)]
}

fn errors(kernels: &KernelGrowth, mnist: bool) -> Table {
    let cells = kernels.solved.cells();
    let rows = cells.flat_map(|&cell| LABELS.map(|labels| (cell, labels)));
    let largest = |cell: &KernelCell, number: fn(&Solved) -> f64| {
        let values = kernels.solved.outputs(cell).map(number);
        Cell::significant(values.fold(0.0, f64::max), 1)
    };
    Table::of(
        "kernel-interpolants",
        "Kernel interpolants without ridge",
        rows,
    )
    .text("kernel", |(cell, _)| cell.0)
    .number("n", |(cell, _)| cell.1)
    .text("labels", |(_, labels)| labels.name())
    .percent("test error", |&at| kernels.error(at, |f| f.test_error))
    .percent("same labels", |&at| {
        kernels.error(at, |f| f.test_error_same_labels)
    })
    .number("published", |&((kernel, size), labels)| {
        let labels = match labels {
            Labels::True => "true-labels".to_owned(),
            Labels::Noisy => format!("noisy-labels:{NOISE}"),
            Labels::Random => "random-labels".to_owned(),
        };
        let mut published = values(Quantity::TestError, kernel, &labels);
        let published = published.find(|one| mnist && one.examples == size);
        published.map(|one| Cell::fixed(100.0 * one.value, 2))
    })
    .unit("%")
    .number("RKHS norm", |&at| kernels.norm(at))
    .number("relative residual", |(cell, _)| {
        largest(cell, |s| s.relative_residual)
    })
    .number("condition", |(cell, _)| largest(cell, |s| s.condition))
    .note(
        "Mean over seeds (geometric for norms) with 95 % interval. Same labels: error on test \
         labels corrupted like the training labels, as in the published values (MNIST; Belkin et \
         al. 2018, Tables 6 and 7), which are shown on that dataset only. Norm: root of the sum \
         of squares over classes, targets 0 and 1. Largest over seeds: residual ‖Kα − y‖ / ‖y‖ \
         against a freshly computed K, and condition estimated in the 1-norm.",
    )
}

fn growth(kernels: &KernelGrowth) -> Table {
    let rows = KERNELS.into_iter().flat_map(|kernel| {
        LABELS.map(|labels| (kernel, labels, kernels.exponents(kernel, labels)))
    });
    Table::of(
        "kernel-growth",
        "Growth of the RKHS norm with n: norm ∝ n^exponent",
        rows,
    )
    .text("kernel", |row| row.0)
    .text("labels", |row| row.1.name())
    .number("exponent", |row| row.2.map(|growth| growth.random_labels))
    .number("minus true labels", |row| {
        let growth = row.2.filter(|_| row.1 != Labels::True);
        growth.map(|growth| growth.difference)
    })
    .note(
        "Slope of ln norm on ln n within each seed; mean over seeds with 95 % interval. On MNIST \
         with the Gaussian kernel, n from 2,000 to 20,000, the norms read off Figure 4 of Belkin \
         et al. 2018 give 0.46 for clean labels and 0.76 for 10 % noise.",
    )
}
