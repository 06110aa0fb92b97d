//! The answer, and what it says on C3 and C7.

use rethink::report::{Claim, Contribution, Direction, Evidence};
use rethink::text::{bound::at_most, number::significant};
use rethink::treatment::Treatment;

use super::findings::{Findings, OF_SGD};
use super::method::Method;
use super::settings::{Cell, MEMORIZED};

/// What is said of one labeling.
struct Said {
    risk: f64,
    held_out: f64,
    train: f64,
    test: f64,
}

impl Said {
    fn of(findings: &Findings, labels: Treatment) -> Option<Self> {
        let main = findings.main(labels);
        let certified = |number: fn(&_) -> f64| Some(findings.certified(&main, number)?.value);
        let held_out = (labels, findings.settings.train);
        Some(Self {
            risk: findings.certificate(&main)?,
            train: certified(|found| found.train_gibbs)?,
            test: findings.noisy(labels, certified(|found| found.test_gibbs)?),
            held_out: findings.held_out_bound(held_out)?,
        })
    }
}

fn both(findings: &Findings) -> Option<[Said; 2]> {
    let [clean, random] = findings.both().map(|labels| Said::of(findings, labels));
    Some([clean?, random?])
}

pub fn answer(findings: &Findings) -> String {
    let Some([clean, random]) = both(findings) else {
        return "No posterior was trained on both labelings.".to_owned();
    };
    let chance = findings.chance();
    let said = match (clean.risk < chance, random.risk < chance) {
        (true, false) => "Yes",
        (false, false) => "Not with so few images: both certificates are vacuous",
        (_, true) => "No: it is below guessing on random labels too",
    };
    let better = match clean.held_out < clean.risk {
        true => "Held-out images do better",
        false => "Held-out images do no better",
    };
    let norm = findings.smallest_norm_bound(findings.both()[0]);
    let norm = norm.map_or_else(String::new, |(_, bound)| {
        format!(" The smallest norm bound is {}.", at_most(bound, 2))
    });
    format!(
        "{said}. On true labels the error is certified to be at most {}, with {} on the test images; \
         on random labels at most {}, where guessing errs with {} and the posterior on its training \
         images with {}. {better}: at most {} on true labels.{norm}",
        at_most(clean.risk, 3),
        significant(clean.test, 3),
        at_most(random.risk, 3),
        significant(chance, 2),
        significant(random.train, 2),
        at_most(clean.held_out, 3),
    )
}

pub fn contributions(findings: &Findings) -> Vec<Contribution> {
    let contributions = [memorizable(findings), paid_for(findings)];
    contributions.into_iter().flatten().collect()
}

/// In words, of a limit that holds with a probability.
fn limit(probability: f64) -> String {
    format!("upper limit, probability {}", significant(probability, 3))
}

/// On C3: whether the certificate of a network that memorized tells it from one that did not.
fn memorizable(findings: &Findings) -> Option<Contribution> {
    let [of_true, of_random] = findings.both();
    let (chance, images) = (findings.chance(), MEMORIZED.min(findings.settings.train));
    let fitted = findings.of_sgd((of_random, images), |run| {
        let last = run.summary.last.as_ref();
        last.map_or(f64::NAN, |last| last.train_error)
    })?;
    let [on_true, on_random] = [of_true, of_random].map(|of| findings.bound((of, images), OF_SGD));
    let (on_true, on_random) = (on_true?, on_random?);
    let memorized = fitted.value <= 0.01;
    let told = on_random >= chance && on_true < chance;
    let around = limit(Method::default().probability());
    Some(Contribution {
        claim: Claim::C3,
        direction: match memorized && told {
            true => Direction::For,
            false => Direction::NeitherWay,
        },
        finding: match (memorized, told) {
            (true, true) => format!(
                "SGD memorizes {images} random labels, and the certificate of a Gaussian around its \
                 network is vacuous. Around the network of as many true labels it is not."
            ),
            (true, false) => format!(
                "SGD memorizes {images} random labels. The certificates of Gaussians around its networks \
                 do not tell them from as many true labels."
            ),
            (false, _) => format!("SGD does not memorize {images} random labels."),
        },
        rule: format!(
            "For: SGD misclassifies at most 1 % of {images} random labels, the certificate of a Gaussian \
             around its network is not below guessing, and that on as many true labels is. Neither way: \
             otherwise."
        ),
        evidence: vec![
            Evidence::new(
                "training error of SGD on random labels",
                significant(fitted.value, 3),
                "exact",
            ),
            Evidence::new(
                "certificate around the network of random labels",
                at_most(on_random, 3),
                around.clone(),
            ),
            Evidence::new(
                "certificate around the network of true labels",
                at_most(on_true, 3),
                around,
            ),
        ],
    })
}

/// On C7: were random labels as cheap as true ones, divergence would explain nothing.
fn paid_for(findings: &Findings) -> Option<Contribution> {
    let (train, betas) = &findings.settings.price;
    let smallest = *betas.last()?;
    let paid = |labels, beta| {
        let cell = Cell {
            train: *train,
            beta,
            ..findings.main(labels)
        };
        let cost = findings.certified(&cell, |found| found.certificate.kl_per_example())?;
        let error = findings.certified(&cell, |found| found.train_gibbs)?;
        Some((cost.value, error.value))
    };
    let [of_true, of_random] = findings.both();
    let clean = paid(of_true, smallest)?;
    let mut random: Vec<(f64, f64)> = (betas.iter())
        .filter_map(|&beta| paid(of_random, beta))
        .collect();
    random.sort_by(|a, b| a.1.total_cmp(&b.1));
    // The one that errs least of those that pay no more; else the one that errs least.
    let as_cheap = random.iter().find(|one| one.0 <= clean.0);
    let beside = *as_cheap.or(random.first())?;
    let against = as_cheap.is_some_and(|one| one.1 <= clean.1);
    let pair = |a: f64, b: f64| format!("{} and {}", significant(a, 3), significant(b, 3));
    Some(Contribution {
        claim: Claim::C7,
        direction: match against {
            true => Direction::Against,
            false => Direction::NeitherWay,
        },
        finding: match against {
            true => {
                "Random labels are fitted for no more divergence from the prior than true ones."
                    .to_owned()
            }
            false => {
                "Random labels cost more: no posterior fits them as well as true labels for as \
                      little divergence from the prior, which is half the squared distance in its \
                      deviations and what narrower weights cost. The claim needs this; it does not \
                      follow from it, since no SGD is in it."
                    .to_owned()
            }
        },
        rule: format!(
            "Against: some posterior on random labels has no more divergence and no larger training \
             error than that on true labels at the smallest β, {smallest}. Neither way: otherwise."
        ),
        evidence: vec![
            Evidence::new(
                "KL an example, true and random labels",
                format!("{} nats", pair(clean.0, beside.0)),
                "exact",
            ),
            Evidence::new(
                "training error with random weights, true and random labels",
                pair(clean.1, beside.1),
                "estimate",
            ),
        ],
    })
}
