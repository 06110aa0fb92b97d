//! All measures ranked: which tell random labels from true ones, how they grow,
//! and which bounds say something.

use rethink::experiment::Study;
use rethink::measure::{Card, Homogeneity, Kind};
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Panel, Panels, Point, Series};
use rethink::report::{Cell, Column, ReportError, Table};
use rethink::statistics::{Estimate, GrowthExponents};

use super::measured::{self, Seen};
use super::pairs::{self, LABELINGS, cells, growth, ratio, separation};
use crate::show::{cell_or_missing, point};

/// Panels of the figure.
const SHOWN: usize = 12;

/// The measures of every run.
type Measures = Study<pairs::Cell, Seen>;

/// One measure, compared between true and random labels.
pub struct Compared {
    pub card: &'static Card,
    /// What the values at the largest training set are.
    pub kind: Kind,
    /// Probability that a random-label network has the larger value.
    pub auc: Option<Estimate>,
    /// Random / true within pairs; only of positive values.
    pub ratio: Option<Estimate>,
    /// Of positive values.
    pub growth: Option<GrowthExponents>,
    /// How many values of a bound are vacuous, and of how many.
    pub vacuous: Option<(usize, usize)>,
}

/// Compares every measure that has values, those that separate best first.
pub fn compare(study: &Measures, largest: usize, slow: bool) -> Vec<Compared> {
    let mut compared: Vec<Compared> = measured::cards(slow)
        .filter(|card| {
            let clean = study.cells().filter(|cell| cell.1 == LABELINGS[0].0);
            let mut runs = clean.flat_map(|cell| study.outputs(cell));
            runs.any(|run| run.value(card.id).is_some())
        })
        .map(|card| of(study, largest, card))
        .collect();
    // What is undefined comes last; ties are decided by the ratio.
    let separation = |c: &Compared| c.auc.map_or(-1.0, |auc| (auc.value - 0.5).abs());
    let size = |c: &Compared| c.ratio.map_or(0.0, |ratio| ratio.value.ln().abs());
    compared.sort_by(|a, b| {
        let by_separation = separation(b).total_cmp(&separation(a));
        by_separation.then(size(b).total_cmp(&size(a)))
    });
    compared
}

fn of(study: &Measures, largest: usize, card: &'static Card) -> Compared {
    let value = |run: &Seen| run.value(card.id);
    let runs = study.cells().flat_map(|cell| study.outputs(cell));
    let flags: Vec<bool> = runs
        .filter_map(|run| run.measured.vacuous.get(card.id).copied())
        .collect();
    let first = study.outputs(&cells(largest)[0]).next();
    // Of a logarithm, neither ratios nor exponents mean anything.
    let logarithm = card.homogeneity == Homogeneity::Logarithm;
    Compared {
        card,
        kind: (first.and_then(|run| run.measured.kinds.get(card.id).copied())).unwrap_or(card.kind),
        auc: separation(study, largest, value),
        ratio: ratio(study, largest, value).filter(|_| !logarithm),
        growth: growth(study, value).filter(|_| !logarithm),
        vacuous: (!flags.is_empty())
            .then(|| (flags.iter().filter(|&&flag| flag).count(), flags.len())),
    }
}

/// The ranked table.
pub fn table(compared: &[Compared], size: usize) -> Table {
    let mut table = Table::new(
        "ranking",
        format!("All measures: random against true labels at n = {size}"),
        vec![
            Column::number("rank"),
            Column::text("measure"),
            Column::text("group"),
            Column::text("value is"),
            Column::number("AUC"),
            Column::number("ratio"),
            Column::number("growth, random − true"),
            Column::text("vacuous"),
        ],
    );
    for (index, compared) in compared.iter().enumerate() {
        table.rows.push(vec![
            Cell::count(index + 1),
            Cell::text(compared.card.id),
            Cell::text(compared.card.group.name()),
            Cell::text(compared.kind.name()),
            cell_or_missing(compared.auc.as_ref()),
            cell_or_missing(compared.ratio.as_ref()),
            cell_or_missing(compared.growth.as_ref().map(|g| &g.difference)),
            match compared.vacuous {
                Some((count, all)) => Cell::text(format!("{count} of {all}")),
                None => Cell::missing(),
            },
        ]);
    }
    table.note = "Sorted by how far the AUC is from 1/2, then by the ratio. AUC: probability that a \
                  random-label network has the larger value, with an interval that holds at any \
                  number of seeds. Ratio: random / true within a pair, geometric mean over seeds. \
                  Growth: exponent of n with random labels minus that with true labels, paired by \
                  seed. Each with 95 % interval; ratio and growth only for positive values that are no logarithms. Vacuous: \
                  networks, of all sizes and both labelings, for which a bound on the error is 1 or \
                  more. Means over training images use at most 2,000 of them, drawn by a fixed seed, \
                  and are estimates where there are more. `rethink measure --explain ID` tells what a measure is."
        .to_owned();
    table
}

/// The test of Nagarajan and Kolter: does a measure fall with n, as the test error
/// does?
pub fn against_error(compared: &[Compared], study: &Measures) -> Table {
    let mut table = Table::new(
        "growth-against-error",
        "Growth with n beside that of the test error: value ∝ n^exponent",
        vec![
            Column::text("measure"),
            Column::number("true labels"),
            Column::number("random labels"),
            Column::text("with true labels"),
        ],
    );
    let error = growth(study, |run| run.test_error);
    let row = |name: &str, growth: &GrowthExponents, verdict: &str| {
        vec![
            Cell::text(name),
            cell_or_missing(Some(&growth.true_labels)),
            cell_or_missing(Some(&growth.random_labels)),
            Cell::text(verdict),
        ]
    };
    if let Some(error) = &error {
        table.rows.push(row("test error", error, ""));
    }
    let mut rows: Vec<(&Compared, &GrowthExponents)> = (compared.iter())
        .filter_map(|compared| Some((compared, compared.growth.as_ref()?)))
        .collect();
    rows.sort_by(|a, b| b.1.true_labels.value.total_cmp(&a.1.true_labels.value));
    for (compared, growth) in rows {
        let verdict = error
            .as_ref()
            .map_or("", |error| sign(compared, growth, error));
        table.rows.push(row(compared.card.id, growth, verdict));
    }
    table.note = "Slopes of ln value on ln n within each seed; mean over seeds with 95 % interval. \
                  Sign mismatch: with true labels the test error falls with n while the measure moves \
                  to where it is for random labels, every interval excluding no change. Such a \
                  measure cannot explain the fall. Published, for other networks (MNIST, 5 x 1024, batches of 1): \
                  distance from initialization at least 0.4, product of spectral norms about 1, \
                  bounds 0.68, test error −0.43 (Nagarajan, Kolter 2019, arXiv 1902.04742). Measures \
                  are not divided by √n unless their card says so."
        .to_owned();
    table
}

/// How the growth of a measure compares with that of the test error. Of a measure
/// that is smaller for random labels, as a margin is, more is better.
fn sign(compared: &Compared, growth: &GrowthExponents, error: &GrowthExponents) -> &'static str {
    let direction = |estimate: &Estimate, middle: f64| match estimate.interval {
        Some(i) if i.low > middle => 1,
        Some(i) if i.high < middle => -1,
        _ => 0,
    };
    let worse = match compared.ratio.map(|ratio| direction(&ratio, 1.0)) {
        Some(worse) if worse != 0 => worse,
        _ => return "not decided",
    };
    match (
        worse * direction(&growth.true_labels, 0.0),
        direction(&error.true_labels, 0.0),
    ) {
        (1, -1) => "sign mismatch",
        (-1, -1) => "as the error",
        _ => "not decided",
    }
}

/// The unit without what the card adds to it.
fn short_unit(card: &Card) -> &'static str {
    match card.unit.split([',', ';']).next() {
        Some("none") | None => "value",
        Some(unit) => unit,
    }
}

/// Small multiples of the measures that separate best.
pub fn figure(
    compared: &[Compared],
    study: &Measures,
    sizes: &[usize],
) -> Result<Figure, ReportError> {
    let seeds = study.seeds().len();
    let series = |id: &'static str, (labels, name)| {
        let at = |&size: &usize| -> Option<Point> {
            let mean = study.geometric_mean(&(size, labels), |run| run.value(id))?;
            Some(point(size as f64, &mean))
        };
        Series::new(name, sizes.iter().filter_map(at).collect())
    };
    let panels = (compared.iter())
        .filter(|compared| compared.growth.is_some() && compared.card.id != "parameter-count")
        .take(SHOWN)
        .map(|compared| Panel {
            title: compared.card.name.to_owned(),
            curves: Curves {
                x: Axis::log("Training images n"),
                y: Axis::log(short_unit(compared.card)),
                series: LABELINGS
                    .map(|labels| series(compared.card.id, labels))
                    .into(),
                references: vec![],
            },
        })
        .collect();
    let text = FigureText::new(
        "measures",
        "The measures that tell random from true labels best",
        format!(
            "The first {SHOWN} measures of the ranking that grow or fall as a power of n, in its \
             order: geometric mean over {seeds} seeds with 95 % interval; all axes logarithmic. All \
             networks have a training cross-entropy of at most 0.01 nats."
        ),
        "One panel per measure; in each, a line for true labels and a line for random labels against \
         the number of training images.",
    );
    Panels { panels, columns: 3 }.draw(text)
}

#[cfg(test)]
mod tests {
    use rethink::measure::find;
    use rethink::statistics::mean;

    use super::*;

    /// A margin that grows while the error falls moves with it, a norm against it.
    #[test]
    fn signs_are_those_of_getting_worse() {
        let near = |x: f64| mean(&[x - 0.01, x, x + 0.01]).unwrap();
        let growth = |slope: f64| GrowthExponents {
            true_labels: near(slope),
            random_labels: near(slope),
            difference: near(0.0),
        };
        let compared = |ratio: f64| Compared {
            card: find("path-norm-l2").unwrap().card(),
            kind: Kind::Exact,
            auc: None,
            ratio: Some(near(ratio)),
            growth: None,
            vacuous: None,
        };
        let error = growth(-0.2);
        assert_eq!(sign(&compared(2.0), &growth(0.2), &error), "sign mismatch");
        assert_eq!(sign(&compared(2.0), &growth(-0.2), &error), "as the error");
        assert_eq!(sign(&compared(0.2), &growth(0.2), &error), "as the error");
        assert_eq!(sign(&compared(0.2), &growth(-0.2), &error), "sign mismatch");
        for (ratio, slope) in [(1.0, 0.2), (2.0, 0.0)] {
            assert_eq!(
                sign(&compared(ratio), &growth(slope), &error),
                "not decided"
            );
        }
    }
}
