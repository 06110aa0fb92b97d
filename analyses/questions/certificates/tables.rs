//! Certificates by labeling and by size, what a label costs, every term, and the norm bounds.

use rethink::experiment::certificates::Certified;
use rethink::report::{Cell as Entry, Table};
use rethink::statistics::Estimate;
use rethink::treatment::Treatment::{self, RandomLabels};

use super::findings::{Findings, MEMORIZED, bounds};
use super::settings::{Cell, Way};
use super::ways::ways;

pub fn tables(findings: &Findings) -> Vec<Table> {
    vec![
        certificates(findings),
        ways(findings),
        sizes(findings),
        price(findings),
        norm_bounds(findings),
        terms(findings),
    ]
}

/// The labelings in words.
pub fn name(labels: Treatment) -> String {
    match labels {
        Treatment::TrueLabels => "true".to_owned(),
        RandomLabels => "random".to_owned(),
        Treatment::CorruptedLabels { probability } => {
            format!("{:.0} % random", 100.0 * probability)
        }
        other => other.to_string(),
    }
}

/// Limits of a probability are rounded up, so that what is shown still holds.
pub fn limit(value: Option<Estimate>) -> Entry {
    value.map_or_else(Entry::missing, |limit| {
        let up = (limit.value * 1e4).ceil() / 1e4;
        Entry::number(limit.value, format!("≤ {up:.4}"))
    })
}

pub fn share(value: Option<Estimate>) -> Entry {
    value.map_or_else(Entry::missing, |share| Entry::fixed(share.value, 4))
}

pub fn nats(value: Option<Estimate>) -> Entry {
    value.map_or_else(Entry::missing, |nats| Entry::significant(nats.value, 3))
}

pub fn per_example(found: &Certified) -> f64 {
    found.certificate.kl_per_example()
}

fn certificates(findings: &Findings) -> Table {
    let settings = &findings.settings;
    let labelings = settings.labelings.iter().copied();
    let main = |labels| findings.main(labels);
    let noisy = |labels, number: fn(&Certified) -> f64| {
        share(findings.certified(&main(labels), |found| findings.noisy(labels, number(found))))
    };
    Table::of(
        "certificates",
        "Limits of the error by labels, and the errors on the test images",
        labelings,
    )
    .text("labels", |&labels| name(labels))
    .number("certificate", |&labels| {
        limit(findings.certified(&main(labels), |found| found.certificate.risk))
    })
    .number("held-out bound", |&labels| {
        limit(findings.held_out((labels, settings.train), |found| found.risk))
    })
    .number("smallest norm bound", |&labels| {
        let smallest = findings.smallest_norm_bound(labels);
        smallest.map_or_else(Entry::missing, |(_, bound)| Entry::at_most(bound, 2))
    })
    .number("test error, random weights", |&labels| {
        noisy(labels, |found| found.test_gibbs)
    })
    .number("mean weights (not certified)", |&labels| {
        noisy(labels, |found| found.test_mean)
    })
    .number("ensemble (not certified)", |&labels| {
        noisy(labels, |found| found.test_ensemble)
    })
    .number("KL an example", |&labels| {
        nats(findings.certified(&main(labels), per_example))
    })
    .unit("nats")
    .number("certificate of the prior", |&labels| {
        limit(findings.certified(&main(labels), |found| found.prior.risk))
    })
    .note(format!(
        "{} training images. Guessing errs with probability {}. The certificate is of the \
         predictor that draws its weights anew for every example. It holds with probability {} over \
         the training images and the draws. The held-out bound is that of one network that SGD \
         trains, {} images held out, at the same probability. Errors are those under the law of the \
         training labels: (1 − p) R + p (1 − 1/{}), R the error on true labels.{}",
        settings.train,
        findings.chance(),
        settings.method.probability(),
        settings.held_out,
        findings.classes(),
        of_seeds(findings),
    ))
}

/// What a mean over seeds is: no certificate, each of which holds on its own.
pub fn of_seeds(findings: &Findings) -> &'static str {
    match findings.settings.seeds.len() {
        1 => "",
        _ => " Means over seeds; the certificate of every seed is in the table of terms.",
    }
}

/// What a way is called.
pub fn words(way: Way) -> &'static str {
    match way {
        Way::Free => "free",
        Way::Pixels => "free, pixels independent",
        Way::Narrow => "free, twice the epochs",
        Way::Split => "split",
        Way::Convolutional { .. } => "free, convolutional",
    }
}

fn sizes(findings: &Findings) -> Table {
    let rows = findings.settings.sizes.iter().copied();
    let cell = |train, labels| Cell {
        train,
        ..findings.main(labels)
    };
    let [clean, random] = findings.both();
    Table::of("sizes", "Limits of the error by the number of images", rows)
        .number("images", |&train| Entry::count(train))
        .number("certificate, true", |&train| {
            limit(findings.certified(&cell(train, clean), |found| found.certificate.risk))
        })
        .number("held-out bound, true", |&train| {
            limit(findings.held_out((clean, train), |found| found.risk))
        })
        .number("KL an example, true", |&train| {
            nats(findings.certified(&cell(train, clean), per_example))
        })
        .unit("nats")
        .number("certificate, random", |&train| {
            limit(findings.certified(&cell(train, random), |found| found.certificate.risk))
        })
        .number("held-out bound, random", |&train| {
            limit(findings.held_out((random, train), |found| found.risk))
        })
        .number("KL an example, random", |&train| {
            nats(findings.certified(&cell(train, random), per_example))
        })
        .unit("nats")
        .note(format!(
            "As the table of certificates. Held out: {:.0} % of the images.{}",
            100.0 * findings.settings.held_out as f64 / findings.settings.train as f64,
            of_seeds(findings)
        ))
}

fn price(findings: &Findings) -> Table {
    let (train, betas) = &findings.settings.price;
    let rows = betas.iter().copied();
    let [clean, random] = findings.both();
    let cell = |beta, labels| Cell {
        train: *train,
        beta,
        ..findings.main(labels)
    };
    let error =
        |beta, labels| share(findings.certified(&cell(beta, labels), |found| found.train_gibbs));
    let cost = |beta, labels| nats(findings.certified(&cell(beta, labels), per_example));
    Table::of("price", "The price of a label", rows)
        .number("β", |&beta| Entry::significant(beta, 3))
        .number("KL an example, true", |&beta| cost(beta, clean))
        .unit("nats")
        .number("training error, true", |&beta| error(beta, clean))
        .number("KL an example, random", |&beta| cost(beta, random))
        .unit("nats")
        .number("training error, random", |&beta| error(beta, random))
        .note(format!(
            "{train} training images. β weighs the divergence in training: the smaller it is, the \
             more the posterior pays for the labels. Training error of the network with random \
             weights.{}",
            of_seeds(findings)
        ))
}

fn norm_bounds(findings: &Findings) -> Table {
    let settings = &findings.settings;
    let table = Table::of(
        "norm-bounds",
        "Bounds of the network that SGD finds",
        bounds(),
    );
    let table = table.text("bound", |card| card.name);
    let table = settings.labelings.iter().fold(table, |table, &labels| {
        table.number(format!("{} labels", name(labels)), |card| {
            let bound = findings.bound((labels, settings.train), card.id);
            bound.map_or_else(Entry::missing, |bound| Entry::at_most(bound.value, 2))
        })
    });
    table.note(format!(
        "Upper bounds of the error, each with probability 0.99; vacuous from 1 on. A bound that \
         divides by a margin is undefined where a tenth of the training examples is misclassified. \
         SGD trains to a cross-entropy of 0.01 nats or for as many epochs as the method says. \
         {} images with random labels are memorized in the table of ways.{}",
        MEMORIZED.min(settings.train),
        of_seeds(findings)
    ))
}

fn terms(findings: &Findings) -> Table {
    let confidence = findings.settings.method.confidence;
    Table::of("terms", "Every term of every certificate", findings.posteriors())
        .text("way", |(cell, ..)| words(cell.way))
        .text("labels", |(cell, ..)| name(cell.labels))
        .number("β", |(cell, ..)| Entry::significant(cell.beta, 3))
        .number("seed", |(_, seed, _)| Entry::count(*seed as usize))
        .number("n", |(.., (found, _))| Entry::count(found.certificate.examples))
        .number("errors", |(.., (found, _))| {
            Entry::count(found.certificate.errors as usize)
        })
        .number("draws M", |(.., (found, _))| {
            Entry::count(found.certificate.draws as usize)
        })
        .number("Gibbs error", |(.., (found, _))| {
            Entry::at_most(found.certificate.gibbs, 4)
        })
        .number("KL", |(.., (found, _))| {
            Entry::significant(found.certificate.kl, 5)
        })
        .unit("nats")
        .number("ln K", |(.., (found, _))| {
            Entry::significant((found.certificate.priors as f64).ln(), 3)
        })
        .unit("nats")
        .number("certificate", |(.., (found, _))| {
            Entry::at_most(found.certificate.risk, 4)
        })
        .number("time", |(.., (_, seconds))| {
            Entry::significant(*seconds, 2)
        })
        .unit("s")
        .note(format!(
            "Gibbs error ≤ kl⁻¹(errors / M, ln(1/δ') / M); certificate = kl⁻¹(Gibbs error, (KL + ln K \
             + ln(2 √n / δ)) / n). δ = {}, δ' = {}. K: priors that could have been chosen; n: images \
             that the prior has not seen. Time: of training and counting, beside other work.",
            confidence.bound, confidence.draws,
        ))
}
