//! All measures ranked, shown.

use rethink::experiment::random_labels::{Compared, LABELINGS, PairedMeasures, Trend, trend};
use rethink::measure::{Card, Group};
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Panel, Panels, Point, Series};
use rethink::report::{ReportError, Table};
use rethink::statistics::GrowthExponents;

/// Panels of the figure.
const SHOWN: usize = 12;

/// Measures that the answer names.
const NAMED: usize = 3;

/// The ranked table.
pub fn table(compared: &[Compared], size: usize) -> Table {
    let title = format!("All measures: random against true labels at n = {size}");
    Table::of("ranking", title, compared.iter().enumerate())
        .number("rank", |(index, _)| index + 1)
        .text("measure", |(_, compared)| compared.card.name)
        .number("AUC", |(_, compared)| compared.auc)
        .number("ratio", |(_, compared)| compared.ratio)
        .number("growth, random − true", |(_, compared)| {
            compared.growth.map(|growth| growth.difference)
        })
        .text("vacuous", |(_, compared)| {
            let vacuous = compared.vacuous;
            vacuous.map(|(count, all)| format!("{count} of {all}"))
        })
        .text("group", |(_, compared)| compared.card.group.name())
        .text("kind", |(_, compared)| compared.kind.name())
        .text("id", |(_, compared)| compared.card.id)
        .note(
            "Sorted by the distance of the AUC from 1/2, then by the ratio. AUC: probability that \
             a random-label network has the larger value, 0 or 1 without overlap; its \
             interval holds at any number of seeds and is wide at few: without overlap it is 1.00 \
             [0.48, 1.00] at five. Ratio: random / true within a pair, geometric mean. Growth: exponent of n, \
             random minus true labels, paired by seed. Intervals are 95 %. Only positive values \
             that are not logarithms have a ratio and a growth. Vacuous: networks, of all sizes \
             and both labelings, whose bound on the error is 1 or more. Means over training \
             images use at most 2,000 of them, drawn by a fixed seed, and are estimates where \
             there are more. `rethink explain ID` defines a measure.",
        )
}

/// Which measures separate the labelings best, in a sentence.
pub fn best(compared: &[Compared]) -> String {
    let ratios = compared.iter().filter_map(|one| Some((one, one.ratio?)));
    let named: Vec<String> = ratios
        .take(NAMED)
        .map(|(one, ratio)| format!("{}, {ratio}", one.card.name))
        .collect();
    format!(
        "Of {} measures, {} separate the two labelings completely; by ratio, random / true, \
         the first are: {}.",
        compared.iter().filter(|one| one.auc.is_some()).count(),
        separated(compared),
        named.join("; ")
    )
}

/// How many measures separate the labelings completely.
fn separated(compared: &[Compared]) -> usize {
    let aucs = compared.iter().filter_map(|one| one.auc);
    aucs.filter(|auc| auc.value == 0.0 || auc.value == 1.0)
        .count()
}

/// The test of Nagarajan and Kolter: does a measure fall with n, as the test error
/// does?
pub fn against_error(compared: &[Compared], study: &PairedMeasures) -> Table {
    let error = study.growth(|run| run.test_error);
    let said = |compared: &Compared, growth: &GrowthExponents| match &error {
        None => "",
        Some(error) => match trend(compared.ratio, growth, error) {
            Trend::SignMismatch => "sign mismatch",
            Trend::AsTheError => "as the error",
            Trend::NotDecided => "not decided",
        },
    };
    let mut measures: Vec<(&str, GrowthExponents, &str)> = (compared.iter())
        .filter_map(|compared| {
            let growth = compared.growth?;
            Some((compared.card.id, growth, said(compared, &growth)))
        })
        .collect();
    measures.sort_by(|a, b| b.1.true_labels.value.total_cmp(&a.1.true_labels.value));
    let error = error.map(|error| ("test error", error, ""));
    Table::of(
        "growth-against-error",
        "Growth with n beside that of the test error: measure ∝ n^exponent",
        error.into_iter().chain(measures),
    )
    .text("measure", |row| row.0)
    .number("true labels", |row| row.1.true_labels)
    .number("random labels", |row| row.1.random_labels)
    .text("trend, true labels", |row| row.2)
    .note(
        "Slope of ln measure on ln n within each seed; mean over seeds with 95 % interval. Sign \
         mismatch: with true labels the test error falls with n while the measure moves towards \
         its value for random labels, and every interval excludes no change. Such a measure \
         cannot explain the fall. Published, for other networks (MNIST, 5 x 1024, batches of 1): \
         distance from initialization at least 0.4, product of spectral norms about 1, bounds \
         0.68, test error −0.43 (Nagarajan, Kolter 2019, arXiv 1902.04742). Measures are not \
         divided by √n unless their definition says so.",
    )
}

/// What the values of a measure are, with their unit.
fn axis_label(card: &Card) -> String {
    let what = match card.group {
        Group::Norms => "Norm",
        Group::Bounds => "Bound on the error",
        Group::Spectra | Group::Data | Group::Sharpness => "Measure",
    };
    let unit = card.unit.split([',', ';']).next();
    let unit = unit.filter(|unit| !["none", "error rate"].contains(unit));
    unit.map_or_else(|| what.to_owned(), |unit| format!("{what} ({unit})"))
}

/// Small multiples of the measures that separate best.
pub fn figure(
    compared: &[Compared],
    study: &PairedMeasures,
    sizes: &[usize],
) -> Result<Figure, ReportError> {
    let seeds = study.seeds().len();
    let series = |id: &'static str, (labels, name)| {
        let at = |&size: &usize| -> Option<Point> {
            let mean = study.geometric_mean(&(size, labels), |run| run.value(id))?;
            Some(Point::estimate(size as f64, &mean))
        };
        Series::new(name, sizes.iter().filter_map(at).collect())
    };
    let apart = separated(compared);
    let panels = (compared.iter())
        .filter(|compared| compared.growth.is_some() && compared.card.id != "parameter-count")
        .take(SHOWN)
        .map(|Compared { card, .. }| {
            let (x, y) = (Axis::log("Training images n"), Axis::log(axis_label(card)));
            let series = LABELINGS.map(|labels| series(card.id, labels));
            Panel::new(card.name, Curves::new(x, y, series.into()))
        })
        .collect();
    Panels { panels, columns: 3 }.draw(FigureText::new(
        "measures",
        "Measures that separate random from true labels",
        format!(
            "At the largest n, {apart} measures separate them in every pair of seeds. Shown: the \
             {SHOWN} with the ratios farthest from 1 of those whose values are all positive. Geometric mean \
             over {seeds} seeds with 95 % interval."
        ),
        "One panel per measure; in each, a line for true labels and a line for random labels \
         against the number of training images.",
    ))
}
