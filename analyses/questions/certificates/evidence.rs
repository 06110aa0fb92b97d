//! The answer, and what it says on C3 and C7.

use rethink::report::{Claim, Contribution, Direction, Evidence};
use rethink::text::{bound::at_most, number::significant};
use rethink::treatment::Treatment;

use super::findings::{Findings, MEMORIZED, OF_SGD};
use super::method::Method;
use super::settings::Cell;

/// What is said of one labeling.
struct Said {
    risk: f64,
    held_out: f64,
    test: f64,
}

impl Said {
    fn of(findings: &Findings, labels: Treatment) -> Option<Self> {
        let main = findings.main(labels);
        let certified = |number: fn(&_) -> f64| Some(findings.certified(&main, number)?.value);
        let held_out = (labels, findings.settings.train);
        Some(Self {
            risk: certified(|found| found.certificate.risk)?,
            test: findings.noisy(labels, certified(|found| found.test_gibbs)?),
            held_out: findings.held_out(held_out, |found| found.risk)?.value,
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
         on random labels at most {}, where guessing errs with {}. {better}: at most {} on true \
         labels.{norm}",
        at_most(clean.risk, 3),
        significant(clean.test, 3),
        at_most(random.risk, 3),
        significant(chance, 2),
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

/// On C3: that a network could memorize does not say that this one did.
fn memorizable(findings: &Findings) -> Option<Contribution> {
    let [of_true, of_random] = findings.both();
    let (chance, train) = (findings.chance(), findings.settings.train);
    let memorized = (of_random, MEMORIZED.min(train));
    let fitted = findings.of_sgd(memorized, |run| {
        let last = run.summary.last.as_ref();
        last.map_or(f64::NAN, |last| last.train_error)
    })?;
    let vacuous = findings.bound(memorized, OF_SGD)?;
    let on_true = findings.certified(&findings.main(of_true), |found| found.certificate.risk)?;
    let holds = fitted.value <= 0.01 && vacuous.value >= chance && on_true.value < chance;
    Some(Contribution {
        claim: Claim::C3,
        direction: match holds {
            true => Direction::For,
            false => Direction::NeitherWay,
        },
        finding: match holds {
            true => format!(
                "The network memorizes {} random labels, and its certificate is vacuous. On true \
                 labels the same network has one below guessing: a bound that depends on the data \
                 tells what a network could memorize from what it did.",
                memorized.1
            ),
            false => "The certificates do not tell memorized labels from true ones here.".to_owned(),
        },
        rule: "For: SGD misclassifies at most 1 % of the memorized random labels, the certificate of \
               its network is not below guessing, and that on true labels is. Neither way: otherwise."
            .to_owned(),
        evidence: vec![
            Evidence::new(
                "training error on memorized random labels",
                significant(fitted.value, 3),
                "exact",
            ),
            Evidence::new("certificate of that network", at_most(vacuous.value, 3), limit(Method::default().probability())),
            Evidence::new("certificate on true labels", at_most(on_true.value, 3), limit(findings.settings.method.probability())),
        ],
    })
}

/// On C7: what random labels cost.
fn paid_for(findings: &Findings) -> Option<Contribution> {
    let (train, betas) = &findings.settings.price;
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
    let [clean, random] = findings.both();
    let random = paid(random, *betas.last()?)?;
    let mut clean: Vec<(f64, f64)> = betas.iter().filter_map(|&beta| paid(clean, beta)).collect();
    clean.sort_by(|a, b| a.1.total_cmp(&b.1));
    // The one that errs least of those that pay no more; else the cheapest.
    let cheaper = clean.iter().find(|one| one.0 <= random.0);
    let beside = *cheaper.or(clean.last())?;
    let holds = cheaper.is_some_and(|one| one.1 < random.1);
    let pair = |a: f64, b: f64| format!("{} and {}", significant(a, 3), significant(b, 3));
    Some(Contribution {
        claim: Claim::C7,
        direction: match holds {
            true => Direction::For,
            false => Direction::NeitherWay,
        },
        finding: match holds {
            true => "Random labels cost more: for no less divergence from the initialization the \
                     posterior errs more on its training images than on true labels. Divergence is \
                     the distance moved in units of the noise that the weights bear. This says \
                     nothing on why SGD finds such solutions."
                .to_owned(),
            false => {
                "No posterior on true labels pays less and errs less than that on random labels."
                    .to_owned()
            }
        },
        rule: format!(
            "For: some posterior on true labels has no more divergence, and a smaller training \
             error, than that on random labels at the smallest β, {}. Neither way: otherwise.",
            betas.last().copied().unwrap_or(f64::NAN)
        ),
        evidence: vec![
            Evidence::new(
                "KL an example, true and random labels",
                format!("{} nats", pair(beside.0, random.0)),
                "exact",
            ),
            Evidence::new(
                "training error with random weights, true and random labels",
                pair(beside.1, random.1),
                "estimate",
            ),
        ],
    })
}
