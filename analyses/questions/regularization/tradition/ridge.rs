//! Parameters of smaller magnitude: kernel ridge regression beside the interpolant.

use rethink::experiment::kernels::{KERNELS, RidgeCell, RidgeStudy};
use rethink::published::{Quantity, values};
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Panel, Panels, Point, Series};
use rethink::report::{Cell, ReportError, Table};
use rethink::statistics::Estimate;
use rethink::text::number::{significant, span};
use rethink::treatment::Treatment;

use super::{NOISY, name};

/// What the training images are labelled with.
const LABELINGS: [Treatment; 3] = [Treatment::TrueLabels, NOISY, Treatment::RandomLabels];

/// Where λ = 0 is drawn: a logarithmic axis has no zero.
const ZERO: f64 = 1e-4;

fn cells() -> impl Iterator<Item = RidgeCell> {
    let of_kernel = |kernel| LABELINGS.map(|labels| (kernel, labels));
    KERNELS.into_iter().flat_map(of_kernel)
}

/// A number of a cell at a ridge.
type Value<'a> = dyn Fn(&RidgeCell, f64) -> Option<Estimate> + 'a;

pub fn figure(study: &RidgeStudy) -> Result<Figure, ReportError> {
    let gain = |cell: &RidgeCell, ridge| study.gain_of(cell, ridge).map(Estimate::percent);
    let train = |cell: &RidgeCell, ridge| {
        let error = study.error(cell, ridge, |fit| fit.train_error)?;
        Some(error.percent())
    };
    let norm = |cell: &RidgeCell, ridge| study.ridge_norm(cell, ridge);
    // Large ridges lose so much that what others gain could not be seen beside it.
    let gains = Axis::linear("Gain in test error (points)").range(-12.0, 6.0);
    let errors = Axis::linear("Training error (%)").range(0.0, 100.0);
    let rows: [(Axis, &Value); 3] = [
        (gains, &gain),
        (errors, &train),
        (Axis::log("RKHS norm"), &norm),
    ];
    let panels = rows.into_iter().enumerate().flat_map(|(row, (y, value))| {
        KERNELS.map(|kernel| {
            let series = LABELINGS.map(|labels| {
                let cell = (kernel, labels);
                let at = |ridge: f64| {
                    let x = if ridge == 0.0 { ZERO } else { ridge };
                    Some(Point::estimate(x, &value(&cell, ridge)?))
                };
                let points = study.ridges(&cell).into_iter().filter_map(at);
                Series::new(name(labels), points.collect())
            });
            let x = Axis::log("Ridge λ (left end: 0)");
            let curves = Curves::new(x, y.clone(), series.into());
            Panel::new(
                kernel,
                match row {
                    0 => curves.reference(0.0, "interpolant"),
                    _ => curves,
                },
            )
        })
    });
    let panels = panels.collect();
    Panels { panels, columns: 2 }.draw(FigureText::new(
        "ridge",
        "Kernel ridge regression beside the interpolant",
        format!(
            "Solutions of (K + λI)α = y. The points at the left end, drawn at λ = 10⁻⁴, are the \
             interpolant, λ = 0. Gain: test error of the interpolant minus that of the ridge, on \
             true labels, within seeds; what large ridges lose beyond 12 points is cut off. \
             Training error: on the labels given. Mean over {} seeds (geometric for norms) with \
             95 % interval.",
            study.seeds().len()
        ),
        "Six panels against the ridge, for a Gaussian and a Laplacian kernel: gain in test error \
         over the interpolant, training error and RKHS norm, with true, noisy and random labels.",
    ))
}

/// What the ridge gains; `on_mnist` tells of how many training images, on that dataset.
pub fn gains(study: &RidgeStudy, on_mnist: Option<usize>) -> Table {
    let interpolant = |cell: &RidgeCell| study.error(cell, 0.0, |fit| fit.test_error);
    Table::of(
        "ridge-gain",
        "What a ridge gains over the interpolant",
        cells(),
    )
    .text("kernel", |cell| cell.0)
    .text("labels", |cell| name(cell.1))
    .percent("interpolant", interpolant)
    .number("published", |&(kernel, labels)| {
        let of_true = on_mnist.filter(|_| labels == Treatment::TrueLabels)?;
        let mut published = values(Quantity::TestError, kernel, "true-labels");
        let published = published.find(|one| one.examples == of_true)?;
        Some(Cell::fixed(100.0 * published.value, 2))
    })
    .unit("%")
    .percent("chosen ridge", |cell| {
        study.chosen_error(cell, |fit| fit.test_error)
    })
    .number("gain", |cell| study.gain(cell).map(Estimate::percent))
    .unit("points")
    .text("chosen λ", |cell| chosen(study, cell))
    .number("norm kept", |cell| study.norm_kept(cell))
    .percent("training error", |cell| {
        study.chosen_error(cell, |fit| fit.train_error)
    })
    .number("best λ in hindsight", |cell| {
        let best = study.in_hindsight(cell)?;
        Some(Cell::significant(best.0, 1))
    })
    .number("its gain", |cell| {
        study.in_hindsight(cell).map(|best| best.1.percent())
    })
    .unit("points")
    .note(
        "Test error on true labels, mean over seeds with 95 % interval. The ridge is chosen on \
         held-out training images with labels corrupted like those of training. Gain: error of \
         the interpolant minus error of that ridge, within seeds. Norm kept: RKHS norm of the \
         chosen fit over that of the interpolant, geometric mean. Training error: of the chosen \
         fit on the labels given. In hindsight: the λ of the smallest mean test error, an \
         optimistic choice. Published: Belkin et al. 2018, Table 6, on MNIST with the same number \
         of images.",
    )
}

/// The ridges that the held-out images choose, over seeds.
fn chosen(study: &RidgeStudy, cell: &RidgeCell) -> String {
    let ridges = study.chosen_ridges(cell);
    let smallest = ridges.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = ridges.iter().copied().fold(0.0, f64::max);
    span(smallest, largest, |ridge| significant(ridge, 1))
}

/// The numbers of the figure.
pub fn table(study: &RidgeStudy) -> Table {
    let rows = cells().flat_map(|cell| {
        let ridges = study.ridges(&cell).into_iter();
        ridges.map(move |ridge| (cell, ridge))
    });
    Table::of("ridge-path", "Kernel ridge regression", rows)
        .text("kernel", |(cell, _)| cell.0)
        .text("labels", |(cell, _)| name(cell.1))
        .number("λ", |&(_, ridge)| Cell::significant(ridge, 1))
        .percent("training error", |&(cell, ridge)| {
            study.error(&cell, ridge, |fit| fit.train_error)
        })
        .percent("held-out error", |&(cell, ridge)| {
            study.error(&cell, ridge, |fit| fit.held_out_error)
        })
        .percent("test error", |&(cell, ridge)| {
            study.error(&cell, ridge, |fit| fit.test_error)
        })
        .number("gain", |&(cell, ridge)| {
            study.gain_of(&cell, ridge).map(Estimate::percent)
        })
        .unit("points")
        .number("RKHS norm", |&(cell, ridge)| study.ridge_norm(&cell, ridge))
        .note(
            "(K + λI)α = y; λ = 0 is the interpolant. Mean over seeds (geometric for norms) with \
             95 % interval. Training and held-out error: on the labels given. Test error: on true \
             labels. Gain: test error of the interpolant minus this one, within seeds. Norm: root \
             of the sum of squares over classes, targets 0 and 1.",
        )
}

/// What is published of it.
pub fn published() -> Vec<String> {
    vec![
        "Ridge: Zhang et al. 2017, section 5, interpolate all of MNIST with a Gaussian kernel (1.2 \
         % test error, 0.6 % after Gabor wavelets) and write that \"adding regularization does not \
         improve either model's performance\"; which values they tried is not said. On CIFAR-10, \
         random convolutional features go from 17 % to 15 % test error with l2-regularization."
            .to_owned(),
        "Belkin, Ma and Mandal 2018 (arXiv 1802.01396, Tables 6 and 7) interpolate noisy labels \
         without a ridge. Their noise of 10 % is in the test labels too, so no value of theirs \
         stands beside ours with noise."
            .to_owned(),
    ]
}

/// Where the ridge gains more than chance.
pub fn answer(study: &RidgeStudy) -> String {
    let positive = |cell: RidgeCell| {
        let gain = study.gain(&cell)?;
        let (kernel, labels) = (cell.0, name(cell.1));
        let above = gain.interval.is_some_and(|interval| interval.low > 0.0);
        above.then(|| format!("{} points for {kernel} with {labels}", gain.percent()))
    };
    let helped: Vec<String> = cells().filter_map(positive).collect();
    let cases = cells().count();
    match helped.is_empty() {
        true => format!(
            "A kernel ridge that held-out images choose gains nothing over the interpolant that \
             is clearly above zero, in any of {cases} cases of a kernel and labels."
        ),
        false => format!(
            "A kernel ridge that held-out images choose gains clearly over the interpolant in {} \
             of {cases} cases of a kernel and labels: {}.",
            helped.len(),
            helped.join(", ")
        ),
    }
}
