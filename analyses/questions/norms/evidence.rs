//! The answer, and what norms can say about claim C7.

use rethink::experiment::random_labels::Form;
use rethink::report::{Claim, Contribution, Direction, Evidence};

use super::of_images::OfImages;
use super::{Findings, ranking};
use crate::show::{UNEQUAL_COST, few_seeds};

/// The measures that decide: of the margin's own degree, so that their ratio
/// to it does not change when weights are rescaled. (id, short name)
pub const PRIMARY: [(&str, &str); 2] = [
    ("path-norm-l2", "path norm / margin"),
    (
        "product-of-spectral-norms",
        "product of spectral norms / margin",
    ),
];

pub fn answer(findings: &Findings) -> String {
    let shown: Vec<String> = PRIMARY
        .iter()
        .map(|(id, name)| match findings.ratio(id, Form::OverMargin) {
            Some(ratio) => format!("{ratio} times the {name}"),
            None => format!("a {name} that is not defined for every run, against that"),
        })
        .collect();
    let of_images = findings.images.as_ref().map(OfImages::answer);
    let of_images = of_images.map_or_else(String::new, |answer| format!(" {answer}"));
    format!(
        "At n = {} and equal training loss, networks on random labels have {} of networks on true \
         labels. {}{of_images}",
        findings.largest(),
        shown.join(" and "),
        ranking::best(&findings.compared)
    )
}

pub fn larger_on_random_labels(findings: &Findings) -> Contribution {
    let mut lines = Vec::new();
    let (mut larger, mut smaller, mut faster) = (true, false, true);
    for (id, name) in PRIMARY {
        let ratio = findings.ratio(id, Form::OverMargin);
        let interval = ratio.and_then(|r| r.interval);
        larger &= interval.is_some_and(|i| i.low > 1.0);
        smaller |= interval.is_some_and(|i| i.high < 1.0);
        let growth = (findings.runs).growth(|run| Form::OverMargin.value(run, id));
        let difference = growth.map(|g| g.difference);
        let interval = difference.and_then(|d| d.interval);
        faster &= interval.is_some_and(|i| i.low > 0.0);
        lines.extend(Evidence::estimates([
            (format!("{name}, random / true"), ratio, ""),
            (
                format!("{name}, growth exponent, random minus true"),
                difference,
                "",
            ),
        ]));
    }
    let raw = findings.network_norms().into_iter().map(|norm| {
        let label = format!("{}, random / true, raw", norm.name);
        (label, findings.ratio(norm.id, Form::Raw), "")
    });
    lines.extend(Evidence::estimates(raw));
    lines.extend(findings.images.iter().flat_map(OfImages::evidence));
    let (direction, finding) = match (larger, smaller, faster) {
        (_, true, _) => (
            Direction::Against,
            "A norm over the margin is smaller on random labels than on true labels. That norm \
             cannot be what separates them.",
        ),
        (true, _, true) => (
            Direction::NeitherWay,
            "Over the margin, path norm (l2) and product of spectral norms are larger on random \
             labels. The difference grows with n. Both are necessary for the claim. They do not \
             show that a smaller norm is why SGD generalizes.",
        ),
        (true, _, false) => (
            Direction::NeitherWay,
            "Over the margin, path norm (l2) and product of spectral norms are larger on random \
             labels. This is necessary for the claim, and not sufficient. That the difference \
             grows with n is not established for both norms.",
        ),
        _ => (
            Direction::NeitherWay,
            "The intervals do not decide whether both norms over the margin are larger on random \
             labels.",
        ),
    };
    Contribution {
        claim: Claim::C7,
        direction,
        finding: finding.to_owned(),
        rule: format!(
            "Against: at n = {}, the 95 % interval of the ratio random / true lies below 1 for \
             path norm / margin or for product of spectral norms / margin. Neither way: otherwise. \
             Nothing here speaks for the claim: random labels are other data, so that a larger \
             norm for them is necessary and not sufficient.",
            findings.largest()
        ),
        evidence: lines,
    }
}

pub fn warnings(findings: &Findings) -> Vec<String> {
    let mut warnings = Vec::new();
    let of_images = findings.images.iter().map(|images| &images.runs);
    for runs in [&findings.runs].into_iter().chain(of_images) {
        for &(size, labels) in runs.cells() {
            for run in runs.outputs(&(size, labels)) {
                if !run.summary.stop.reached_target() {
                    warnings.push(format!(
                        "{}, n = {size}, {}, seed {}: {}; {UNEQUAL_COST}.",
                        run.spec.architecture,
                        labels.words(),
                        run.spec.seed,
                        run.summary.stop
                    ));
                }
            }
        }
    }
    warnings.extend(findings.settings.convolutional.as_ref().err().cloned());
    warnings.extend(few_seeds(&findings.settings.seeds));
    warnings
}
