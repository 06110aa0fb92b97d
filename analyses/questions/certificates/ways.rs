//! The table of other ways to a limit of the error.

use rethink::experiment::certificates::Network;
use rethink::report::{Cell as Entry, Table};
use rethink::statistics::Estimate;
use rethink::treatment::Treatment;

use super::findings::{Findings, OF_SGD};
use super::settings::{Cell, Way};
use super::shown::{limit, name, nats, of_seeds, per_example, share, words};

/// Divergence an example below which a posterior is its prior, nats.
const NO_DIVERGENCE: f64 = 1e-3;

/// A row of the table of ways.
struct Line {
    way: String,
    network: String,
    labels: Treatment,
    images: usize,
    limit: Option<f64>,
    cost: Option<Estimate>,
    test: Option<Estimate>,
    remark: String,
}

pub fn ways(findings: &Findings) -> Table {
    let lines = findings
        .both()
        .into_iter()
        .flat_map(|labels| lines(findings, labels));
    Table::of("ways", "Other ways to a limit of the error", lines)
        .text("labels", |line| name(line.labels))
        .text("way", |line| line.way.clone())
        .text("network", |line| line.network.clone())
        .number("images", |line| Entry::count(line.images))
        .number("limit", |line| limit(line.limit))
        .number("KL an example", |line| nats(line.cost))
        .unit("nats")
        .number("test error", |line| share(line.test))
        .text("remark", |line| line.remark.clone())
        .note(format!(
            "Free: prior at random weights that vary smoothly over the image, posterior along \
             principal axes; or, as others have it, weights of pixels independent. Split: prior around a \
             network that SGD trained on {} of the images; errors are counted on the others. SGD: \
             Gaussian around the network that SGD found, prior around its initial weights, the best of \
             16 deviations, which is paid for; test error of the network itself, which is not certified. \
             Held-out: a network of SGD, {} images held out.{}",
            findings.settings.prior_images,
            findings.settings.held_out,
            of_seeds(&findings.settings),
        ))
}

fn network(network: &Network) -> String {
    match network {
        Network::Dense { hidden, .. } => dense(hidden),
        Network::Convolutional { filters } => format!("{} and {} filters", filters[0], filters[1]),
    }
}

pub fn dense(hidden: &[usize]) -> String {
    let units: Vec<String> = hidden.iter().map(usize::to_string).collect();
    units.join("-")
}

fn lines(findings: &Findings, labels: Treatment) -> Vec<Line> {
    let settings = &findings.settings;
    let of = |way: Way| {
        let cell = Cell {
            way,
            ..findings.main(labels)
        };
        let cost = findings.certified(&cell, per_example);
        let held_out = findings.prior_network(&cell);
        let remark = match (held_out, cost) {
            (Some(risk), Some(cost)) if cost.value < NO_DIVERGENCE => {
                format!("a held-out bound in disguise: that of the prior's network is {risk:.4}")
            }
            (Some(risk), _) => format!("held-out bound of the prior's network: {risk:.4}"),
            _ => String::new(),
        };
        Line {
            way: words(way).to_owned(),
            network: network(&settings.network(way)),
            labels,
            images: settings.train,
            limit: findings.certificate(&cell),
            cost,
            test: findings.certified(&cell, |found| findings.noisy(labels, found.test_gibbs)),
            remark,
        }
    };
    let mut lines: Vec<Line> = [Way::Free]
        .into_iter()
        .chain(settings.other_ways())
        .map(of)
        .collect();
    lines.push(Line {
        way: "held-out".to_owned(),
        network: dense(&settings.split),
        labels,
        images: settings.train,
        limit: findings.held_out_bound((labels, settings.train)),
        cost: None,
        test: findings.held_out((labels, settings.train), |found| {
            findings.noisy(labels, found.test)
        }),
        remark: String::new(),
    });
    let of_sgd = settings
        .of_sgd()
        .into_iter()
        .filter(|(of, _)| *of == labels);
    lines.extend(of_sgd.map(|cell| {
        let errors = findings.of_sgd(cell, |run| {
            run.summary
                .last
                .as_ref()
                .map_or(f64::NAN, |last| last.train_error)
        });
        Line {
            way: "SGD".to_owned(),
            network: dense(&settings.hidden),
            labels,
            images: cell.1,
            limit: findings.bound(cell, OF_SGD),
            cost: None,
            test: findings.of_sgd(cell, |run| {
                findings.noisy(labels, run.test_error().unwrap_or(f64::NAN))
            }),
            remark: errors.map_or_else(String::new, |errors| {
                format!("training error {:.4}", errors.value)
            }),
        }
    }));
    lines
}
