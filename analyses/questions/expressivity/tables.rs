//! The tables.

use rethink::experiment::expressivity::{Norms, Rung, Theorem1Fit, Threshold};
use rethink::measure::is_vacuous;
use rethink::report::{Cell, Table};
use rethink::statistics::Estimate;
use rethink::text::number::fixed;
use rethink::treatment::Treatment;

use super::{Findings, LABELINGS, ORIGINS, QUANTITIES};
use crate::session::Session;

pub fn tables(findings: &Findings, session: &Session) -> Vec<Table> {
    vec![
        reachable(findings),
        theorem(findings),
        depths(findings),
        memorization(findings),
        threshold(findings),
        zoo(findings, session.dataset.train().len()),
        published(findings),
    ]
}

fn deviation(value: f64) -> Cell {
    Cell::significant(value, 2)
}

fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(0.0, f64::max)
}

fn reachable(findings: &Findings) -> Table {
    let settings = &findings.settings;
    let rows = LABELINGS.into_iter().flat_map(|(labels, name)| {
        let cells = ORIGINS.map(|(origin, _)| (labels, origin));
        let mean = |number: fn(&Norms) -> f64| {
            cells.map(|cell| findings.compared.mean(&cell, |n| Some(number(&n.norms))))
        };
        let percent = |error: Option<Estimate>| error.map(|e| e.fraction().percent());
        let train = mean(|n| n.train_error).map(percent);
        let test = cells.map(|cell| percent(findings.test_error(cell)));
        // Those of Theorem 1 are 1 but for rounding, which is no spread to show.
        let margins = mean(|n| (n.margin * 1e6).round() / 1e6);
        let norms = QUANTITIES.map(|(quantity, number)| {
            let means = cells.map(|cell| findings.norm(cell, number));
            (name, quantity, means, findings.ratio(labels, number))
        });
        let without_ratio = [
            (name, "training error (%)", train, None),
            (name, "test error (%)", test, None),
            (name, "margin, 10th percentile", margins, None),
        ];
        without_ratio.into_iter().chain(norms)
    });
    let title = format!(
        "Theorem 1 and SGD on the same {} images",
        settings.train_size
    );
    Table::of("reachable", title, rows)
        .text("labels", |row| row.0)
        .text("quantity", |row| row.1)
        .number("Theorem 1", |row| row.2[0])
        .number(format!("SGD, {}", settings.compared), |row| row.2[1])
        .number("ratio", |row| row.3)
        .note(format!(
            "Errors and margins: mean over seeds with 95 % interval. Norms over margin: geometric \
             mean; ratios are taken within a seed. Σ ‖w_in‖‖w_out‖: half the smallest sum of \
             squared weights over all rescalings of the hidden units. Guessing errs on {:.0} %.",
            100.0 * findings.chance
        ))
}

fn theorem(findings: &Findings) -> Table {
    let cell = |size| (Treatment::RandomLabels, size);
    let fits = |size| findings.theorem1.outputs(&cell(size));
    let worst = |size, number: fn(&Theorem1Fit) -> Option<f64>| {
        findings.theorem1.values(&cell(size), number).map(largest)
    };
    let rows = findings.settings.sizes.iter();
    let rows = rows.filter_map(|&size| Some((size, fits(size).next()?)));
    Table::of(
        "theorem-1",
        "The network of Theorem 1 on random labels",
        rows,
    )
    .number("n", |row| row.0)
    .number("free numbers", |row| row.1.free_numbers)
    .number("as dense layers", |row| row.1.dense_parameters)
    .number("largest weight", |row| {
        Cell::significant(largest(fits(row.0).map(|f| f.largest_weight)), 2)
    })
    .number("deviation", |row| {
        deviation(largest(fits(row.0).map(|f| f.deviation)))
    })
    .number("f32 numbers", |row| {
        worst(row.0, |f| f.single_deviation).map(deviation)
    })
    .number("error in f32", |row| {
        worst(row.0, |f| f.single_train_error).map(|e| Cell::fixed(100.0 * e, 1))
    })
    .unit("%")
    .note(format!(
        "Exact; the worst seed. Free numbers: n(K + 1) + d for K = {} outputs and d = {} inputs, \
         since all hidden units share their d input weights (2n + d for one output). As dense \
         layers: n(d + 1) + nK. Deviation: largest |output − target| over training images and \
         outputs, in f64. f32 numbers: the same with every number stored as f32, each weight \
         making up for the rounding of those before it. Error in f32: training images \
         misclassified when the arithmetic is f32 too.",
        findings.classes, findings.features
    ))
}

fn depths(findings: &Findings) -> Table {
    let title = format!(
        "Corollary 1: the same function at other depths, n = {}",
        findings.settings.train_size
    );
    Table::of("depths", title, &findings.deep)
        .number("depth k", |deep| deep.depth)
        .number("width", |deep| deep.width)
        .number("hinges", |deep| deep.hinges)
        .number("free numbers", |deep| deep.free_numbers)
        .number("as dense layers", |deep| deep.dense_parameters)
        .number("deviation, f64", |deep| deviation(deep.deviation))
        .note(
            "Exact; first seed, random labels. Depth: layers of weights. Hinges: ⌈n/(k−1)⌉ units \
             per layer; a layer also carries ± the projection and ± each output's sum, so its \
             width is at most ⌈n/(k−1)⌉ + 2 + 2K. Deviation: largest |output − target|, by dense \
             matrix products in f64.",
        )
}

fn memorization(findings: &Findings) -> Table {
    let settings = &findings.settings;
    let mut table = Table::of(
        "memorization-runs",
        "Runs of SGD that memorized random labels",
        settings.sizes.iter().copied(),
    )
    .number("n", |&size| size);
    for &width in settings.widths {
        table = table.text(width.name(), |&size| {
            let runs = findings.ladder.outputs(&(size, width));
            match findings.ladder.reached(&(size, width)) {
                (fitted, all) if fitted == all => format!("{all} of {all}"),
                (fitted, all) => {
                    let left = 100.0 * largest(runs.filter_map(|run| run.train_error()));
                    format!("{fitted} of {all} (left {left:.0} %)")
                }
            }
        });
    }
    table.note(format!(
        "Memorized: no training image misclassified within about {} updates. Left: training error \
         of the worst run. A failure is evidence about SGD and its recipe, not about what the \
         network can represent.",
        findings.settings.steps
    ))
}

/// Where a number of the networks lies at the threshold: above that of the widest that
/// fails, up to that of the narrowest that fits.
fn between(fails: Option<usize>, fits: Option<usize>) -> String {
    let say = |count: usize| fixed(count as f64, 0);
    match (fails, fits) {
        (None, Some(fits)) => format!("up to {}", say(fits)),
        (Some(fails), Some(fits)) => format!("above {}, up to {}", say(fails), say(fits)),
        (fails, None) => format!("above {}", say(fails.unwrap_or(0))),
    }
}

fn threshold(findings: &Findings) -> Table {
    let (k, d) = (findings.classes, findings.features);
    let width = |t: &Threshold| {
        let width = |rung: Option<Rung>| rung.and_then(|rung| rung.architecture.width());
        between(width(t.fails), width(t.fits))
    };
    let parameters = |t: &Threshold| {
        let parameters = |rung: Option<Rung>| rung.map(|rung| rung.parameters);
        between(parameters(t.fails), parameters(t.fits))
    };
    let ratio = |t: &Threshold| {
        let fits = t.fits?;
        Some(Cell::at_most(fits.parameters as f64 / t.size as f64, 3))
    };
    Table::of(
        "memorization-threshold",
        "The narrowest network with which SGD memorizes",
        findings.ladder.thresholds(),
    )
    .number("n", |t| t.size)
    .text("width", width)
    .text("parameters p", parameters)
    .number("2n + d", |t| 2 * t.size + d)
    .number("n(K + 1) + d", |t| t.size * (k + 1) + d)
    .number("p / n, at most", ratio)
    .note(
        "Above a, up to b: some seed failed with a; every seed memorized with b and every wider \
         network tried. Theorem 1 needs 2n + d free numbers for one output, n(K + 1) + d for K.",
    )
}

fn zoo(findings: &Findings, n: usize) -> Table {
    let title = format!("Parameter counts of the networks used here, n = {n}");
    Table::of("zoo", title, &findings.zoo)
        .text("network", |counted| counted.architecture.name())
        .number("parameters p", |counted| counted.parameters)
        .number("p / n", |counted| {
            Cell::significant(counted.parameters as f64 / n as f64, 3)
        })
        .number("VC dimension, at least", |counted| counted.memorizes)
        .number("VC dimension, at most", |counted| {
            Cell::at_most(counted.vc_dimension, 3)
        })
        .number("error bound", |counted| {
            Cell::at_most(counted.error_bound, 3)
        })
        .text("says", |counted| match is_vacuous(counted.error_bound) {
            true => "vacuous",
            false => "something",
        })
        .note(
            "VC dimension of the errors on labelled images. At least: points that the network \
             fits whatever their labels, by Theorem 1 and its deeper form here. At most, and the \
             bound on the test error of a network that fits all n images (confidence 0.99): \
             measure vc-bound, after Harvey, Liaw, Mehrabian 2017. A bound of 1 or more says \
             nothing.",
        )
}

fn published(findings: &Findings) -> Table {
    Table::of(
        "published-networks",
        "Parameters and training examples of published networks",
        &findings.published,
    )
    .text("network", |network| &*network.name)
    .text("kind", |network| &*network.kind)
    .number("parameters p", |network| {
        Cell::significant(network.parameters, 3)
    })
    .number("examples n", |network| {
        Cell::significant(network.examples, 3)
    })
    .text("counted in", |network| &*network.unit)
    .number("p / n", |network| Cell::significant(network.ratio(), 2))
    .text("dataset", |network| &*network.dataset)
    .text("source", |network| &*network.source)
    .note(
        "As published, rounded as there; data/networks.csv. Convolutional networks (DCNN): all \
         that Zhang et al. 2017 train or compare with in Tables 1 and 2, and all in the table of \
         pre-trained networks of Keras Applications, variants one by one. Claim C2 is decided by \
         them. Networks that are made to be smaller, such as SqueezeNet, are on neither list. \
         Other kinds are examples, chosen by hand and not counted.",
    )
}
