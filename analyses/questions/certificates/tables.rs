//! Certificates by labeling and by size, what a label costs, every term, and the norm bounds.

use rethink::experiment::certificates::Certified;
use rethink::report::{Cell as Entry, Table};
use rethink::text::number::significant;

use super::findings::{Findings, bounds};
use super::settings::{Cell, MEMORIZED};
use super::shown::{limit, name, nats, of_seeds, per_example, share, words};
use super::ways::{dense, ways};

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
        limit(findings.certificate(&main(labels)))
    })
    .number("held-out bound", |&labels| {
        limit(findings.held_out_bound((labels, settings.train)))
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
        limit(findings.certificate_of_prior(&main(labels)))
    })
    .note(format!(
        "{} training images. Guessing errs with probability {}. The certificate is of the \
         predictor that draws its weights anew for every example. Each limit holds with probability {} \
         over the training images and the draws, not all at once. The held-out bound is that of one \
         network of {} units that SGD trains, {} images held out. Smallest norm bound: of those below, \
         each with probability 0.99; –: none is defined. The certificate of the prior is what no \
         training gives. The ensemble is the mean of 20 draws. Errors are those under the law of the \
         training labels: (1 − p) R + p (1 − 1/{}), R the error on true labels; on random labels every \
         predictor has the same.{}",
        settings.train,
        findings.chance(),
        significant(settings.method.probability(), 3),
        dense(&settings.split),
        settings.held_out,
        findings.classes(),
        of_seeds(settings),
    ))
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
            limit(findings.certificate(&cell(train, clean)))
        })
        .number("held-out bound, true", |&train| {
            limit(findings.held_out_bound((clean, train)))
        })
        .number("KL an example, true", |&train| {
            nats(findings.certified(&cell(train, clean), per_example))
        })
        .unit("nats")
        .number("certificate, random", |&train| {
            limit(findings.certificate(&cell(train, random)))
        })
        .number("held-out bound, random", |&train| {
            limit(findings.held_out_bound((random, train)))
        })
        .number("KL an example, random", |&train| {
            nats(findings.certified(&cell(train, random), per_example))
        })
        .unit("nats")
        .note(format!(
            "As the table of certificates. Held out: {:.0} % of the images.{}",
            100.0 * findings.settings.held_out as f64 / findings.settings.train as f64,
            of_seeds(&findings.settings)
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
            of_seeds(&findings.settings)
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
            bound.map_or_else(Entry::missing, |bound| Entry::at_most(bound, 2))
        })
    });
    table.note(format!(
        "Upper bounds of the error, each with probability 0.99; vacuous from 1 on. A bound that \
         divides by a margin is undefined where a tenth of the training examples is misclassified. \
         SGD trains to a cross-entropy of 0.01 nats or for as many epochs as the method says. \
         Random labels on {} images stand in the table of ways.{}",
        MEMORIZED.min(settings.train),
        of_seeds(&findings.settings)
    ))
}

fn terms(findings: &Findings) -> Table {
    let confidence = findings.settings.method.confidence;
    Table::of("terms", "Every term of the certificates of posteriors", findings.posteriors())
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
        .number("Gibbs error at most", |(.., (found, _))| {
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
