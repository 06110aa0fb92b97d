//! Gains in test accuracy, and the curves of the trainings.

use rethink::experiment::Study;
use rethink::experiment::regularization::{Cell, Coefficient, Regularizer};
use rethink::experiment::run::StoredRun;
use rethink::network::Zoo;
use rethink::report::ReportError;
use rethink::report::figure::{
    Axis, Curves, Dot, Dots, Figure, FigureText, Group, Panel, Panels, Point, Series,
};
use rethink::solution::CurvePoint;
use rethink::statistics::{Estimate, geometric_mean, mean};
use rethink::treatment::Treatment::{self, RandomLabels, TrueLabels};

use super::plan::distinct;
use super::published::{self, counterpart};
use super::settings::TARGET;
use super::verdicts::architectures;
use super::{Findings, grid};
use crate::show::{drawn, points};

pub fn figures(findings: &Findings) -> Result<Vec<Figure>, ReportError> {
    drawn(vec![
        gains(findings),
        random_labels(findings),
        weight_decay(findings),
        test_accuracy(findings),
        batch_norm(findings),
    ])
}

/// The regularizers in the order of the question, each once.
fn regularizers(findings: &Findings) -> Vec<Regularizer> {
    let trained = findings.regularized(TrueLabels);
    let trained: Vec<Regularizer> = trained.map(|cell| cell.regularizer).collect();
    let mut order = distinct(&trained);
    order.sort_by_key(|one| {
        Regularizer::SINGLE
            .iter()
            .position(|single| single == one)
            .unwrap_or(9)
    });
    order
}

fn gains(findings: &Findings) -> Result<Figure, ReportError> {
    let networks: Vec<Zoo> = findings.networks().collect();
    let dot = |gain: Option<Estimate>| gain.map(|gain| Dot::from(gain.percent()));
    let published = |cell: Option<Cell>| {
        let cell = cell?;
        published::gain(counterpart(cell.network), &cell).map(Dot::from)
    };
    let full = networks.last().copied();
    let of_regularizer = |regularizer: Regularizer| {
        let cell = |network| Cell {
            network,
            labels: TrueLabels,
            regularizer,
        };
        let ours = networks
            .iter()
            .map(|&network| dot(findings.grid.cells.gain(&cell(network))));
        let dots = ours.chain([published(full.map(cell))]);
        Group::new(regularizer.name(), dots.collect::<Vec<_>>())
    };
    let of_architecture = |(from, to): (Cell, Cell)| {
        let gain = dot(findings.grid.cells.accuracy_difference(&to, &from));
        let ours = networks
            .iter()
            .map(|&network| gain.filter(|_| network == to.network));
        let paper = published::difference(&to, &from).map(Dot::from);
        let label = format!("{} instead of {}", to.network, from.network);
        Group::new(label, ours.chain([paper]).collect::<Vec<_>>())
    };
    let regularizers = regularizers(findings).into_iter().map(of_regularizer);
    let groups = regularizers.chain(architectures(findings).into_iter().map(of_architecture));
    let paper = full.map(|network| format!("published, {}", counterpart(network)));
    let dots = Dots {
        margin: None,
        axis: Axis::linear("Gain in test accuracy (points)"),
        groups: groups.collect(),
        series: (networks.iter().map(|network| network.name().to_owned()))
            .chain(paper)
            .collect(),
    };
    dots.draw(FigureText::new(
        "gains",
        "What regularizers gain, and what another architecture gains",
        format!(
            "True labels. Test accuracy with each regularizer minus that of the same network \
             without, and of a network minus the one before it, within {} seeds, with 95 % \
             interval. Published: CIFAR-10, one training each.",
            findings.settings.seeds.len()
        ),
        "One line per regularizer with a dot per network, then one line per change of \
         architecture: the gain in test accuracy in points.",
    ))
}

/// A curve of a cell, averaged over seeds.
fn curve<C: Clone + PartialEq>(
    study: &Study<C, StoredRun>,
    cell: &C,
    number: impl Fn(&CurvePoint) -> Option<f64>,
) -> Vec<Point> {
    points(&study.along(cell, number, mean))
}

/// One panel per network, and in it one curve per regularizer.
fn by_regularizer(
    findings: &Findings,
    labels: Treatment,
    y: &str,
    number: fn(&CurvePoint) -> Option<f64>,
) -> Panels {
    let panel = |network: Zoo| {
        let cells = findings
            .cells(labels)
            .filter(|cell| cell.network == network && grid::on_random_labels(cell.regularizer));
        let series = cells.map(|cell| {
            let points = curve(&findings.grid.cells, &cell, number);
            Series::new(cell.regularizer.name(), points)
        });
        let y = Axis::linear(y).range(0.0, 100.0);
        let curves = Curves::new(Axis::linear("Parameter updates"), y, series.collect());
        Panel::new(network.name(), curves)
    };
    Panels {
        panels: findings.networks().map(panel).collect(),
        columns: 3,
    }
}

fn random_labels(findings: &Findings) -> Result<Figure, ReportError> {
    let number = |point: &CurvePoint| Some(100.0 * (1.0 - point.train_error));
    let panels = by_regularizer(findings, RandomLabels, "Training accuracy (%)", number);
    panels.draw(FigureText::new(
        "fitting-random-labels",
        "Fitting random labels with each regularizer",
        "Training accuracy on images as they are and without dropout; mean over seeds with 95 % \
         interval. Runs end when no label is missed and then keep their last value, or at the \
         limit that the pilot fixed.",
        "One panel per network; in each, one curve per regularizer of the training accuracy on \
         random labels against parameter updates.",
    ))
}

fn test_accuracy(findings: &Findings) -> Result<Figure, ReportError> {
    let number = |point: &CurvePoint| Some(100.0 * (1.0 - point.test_error?));
    let panels = by_regularizer(findings, TrueLabels, "Test accuracy (%)", number);
    panels.draw(FigureText::new(
        "test-accuracy",
        "Test accuracy along the training",
        "True labels; mean over seeds with 95 % interval. Where a curve falls behind its highest \
         point, stopping early would have gained. After Zhang et al. 2017, Figure 2a.",
        "One panel per network; in each, one curve per regularizer of the test accuracy against \
         parameter updates.",
    ))
}

/// The same network with and without batch normalization, after Figure 2b.
fn batch_norm(findings: &Findings) -> Result<Figure, ReportError> {
    let pairs = [
        (Zoo::SmallConv, Zoo::SmallConvBn),
        (Zoo::Inception, Zoo::InceptionBn),
    ];
    let trained = |network: Zoo| findings.networks().any(|one| one == network);
    let pair = pairs
        .into_iter()
        .find(|(without, with)| trained(*without) && trained(*with));
    let series = pair.into_iter().flat_map(|(without, with)| {
        let of = |network, name: &str| {
            let cell = Cell {
                network,
                labels: TrueLabels,
                regularizer: Regularizer::None,
            };
            let runs = &findings.grid.cells;
            let train = curve(runs, &cell, |point| Some(100.0 * (1.0 - point.train_error)));
            let test = curve(runs, &cell, |point| Some(100.0 * (1.0 - point.test_error?)));
            [
                Series::new(format!("{name}, training"), train).dashed(),
                Series::new(format!("{name}, test"), test),
            ]
        };
        let [a, b] = of(without, "without batch norm");
        let [c, d] = of(with, "with batch norm");
        [a, b, c, d]
    });
    let y = Axis::linear("Accuracy (%)").range(0.0, 100.0);
    let curves = Curves::new(Axis::linear("Parameter updates"), y, series.collect());
    let name = pair.map_or("", |(without, _)| without.name());
    curves.draw(FigureText::new(
        "batch-norm",
        "With and without batch normalization",
        format!(
            "{name} on true labels without explicit regularization, mean over seeds with 95 % \
             interval; each at the learning rate that the pilot chose. After Zhang et al. 2017, \
             Figure 2b."
        ),
        "Training and test accuracy against parameter updates, with and without batch \
         normalization.",
    ))
}

fn weight_decay(findings: &Findings) -> Result<Figure, ReportError> {
    let runs = &findings.grid.coefficients;
    let panel = |network: Zoo| {
        let cells = runs.cells().filter(|one| one.network == network);
        let series = cells.map(|one: &Coefficient| {
            let along = runs.along(one, |point| Some(point.train_loss), geometric_mean);
            Series::new(format!("λ = {}", one.weight_decay), points(&along))
        });
        let y = Axis::log("Training cross-entropy (nats)").range(1e-3, 10.0);
        let curves = Curves::new(Axis::linear("Parameter updates"), y, series.collect());
        Panel::new(
            network.name(),
            curves.reference(TARGET, format!("{TARGET} nats")),
        )
    };
    let panels = Panels {
        panels: findings.networks().map(panel).collect(),
        columns: 3,
    };
    panels.draw(FigureText::new(
        "loss-with-weight-decay",
        "Training loss with and without weight decay",
        "Cross-entropy of true labels on the training set, without the penalty. Geometric mean \
         over seeds with 95 % interval.",
        "One panel per network; in each, one curve per coefficient of weight decay of the training \
         loss against parameter updates.",
    ))
}
