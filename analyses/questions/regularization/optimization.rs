//! The rule that decides claim C5: weight decay sometimes even helps optimization.
//!
//! Written before the runs. "Sometimes" is a claim that one case supports; that no case was found
//! is no evidence against it, so only weight decay that hurts everywhere contradicts it.

use rethink::experiment::regularization::{Measure, Optimized};
use rethink::report::{Claim, Evidence, Outcome, Verdict};
use rethink::text::number::significant;

use super::Findings;
use super::settings::TARGET;
use crate::show::list;

/// A case counts when its adjusted p-value is below this.
const LEVEL: f64 = 0.05;

fn helps(row: &Optimized) -> bool {
    row.adjusted < LEVEL && row.ratio.is_some_and(|ratio| ratio.value < 1.0)
}

fn hurts(row: &Optimized) -> bool {
    let interval = row.ratio.and_then(|ratio| ratio.interval);
    interval.is_some_and(|interval| interval.low > 1.0)
}

fn decide(rows: &[Optimized]) -> Outcome {
    match () {
        () if rows.iter().any(helps) => Outcome::Supported,
        () if !rows.is_empty() && rows.iter().all(hurts) => Outcome::Contradicted,
        () => Outcome::Inconclusive,
    }
}

/// The measure in words.
pub fn words(measure: Measure) -> &'static str {
    match measure {
        Measure::Loss => "training loss at equal updates",
        Measure::Updates => "updates to fit",
    }
}

fn named(row: &Optimized) -> String {
    let (with, measure) = (row.with, words(row.measure));
    format!("{measure}, {}, λ = {}", with.network, with.weight_decay)
}

pub fn verdict(findings: &Findings) -> Verdict {
    let rows = &findings.optimized;
    let outcome = decide(rows);
    let helped: Vec<&Optimized> = rows.iter().filter(|row| helps(row)).collect();
    let hurt = rows.iter().filter(|row| hurts(row)).count();
    let in_short = match helped.first() {
        _ if rows.is_empty() => "No network was trained with weight decay.".to_owned(),
        Some(first) => format!(
            "Weight decay helped in {} of {} comparisons, the first being {}: the ratio with over \
             without is {}.",
            helped.len(),
            rows.len(),
            named(first),
            first
                .ratio
                .map_or_else(String::new, |ratio| ratio.to_string()),
        ),
        None => format!(
            "In none of {} comparisons did weight decay lower the training loss or the updates to \
             fit by more than chance.",
            rows.len()
        ),
    };
    Verdict {
        claim: Claim::C5,
        outcome,
        finding: format!("{in_short} It hurt in {hurt}."),
        rule: format!(
            "On true labels, each network is trained with coefficients λ = {} and without weight \
             decay, paired by seed. Compared are the training cross-entropy, without the penalty, \
             after the updates that the median pilot training without regularization needs to \
             {TARGET} nats, and the updates to {TARGET} nats. Supported: for a coefficient and \
             network one of the two is lower with weight decay, by a one-sided t test on the \
             logarithms of the ratios with p < {LEVEL} after Holm's adjustment over all \
             comparisons. Contradicted: every 95 % interval of the ratios lies above 1. Otherwise \
             inconclusive: the claim says sometimes, which a case that was not found cannot \
             contradict.",
            list(findings.settings.weight_decays),
        ),
        evidence: evidence(rows),
    }
}

fn evidence(rows: &[Optimized]) -> Vec<Evidence> {
    let line = |row: &Optimized| {
        let label = format!("{}, with / without", named(row));
        let p = significant(row.adjusted, 2);
        match row.ratio {
            Some(ratio) => Evidence::new(label, ratio.to_string(), format!("adjusted p = {p}")),
            None => Evidence::new(label, "unknown", "a training did not get there"),
        }
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use rethink::experiment::regularization::Coefficient;
    use rethink::network::Zoo;
    use rethink::statistics::{Estimate, Interval, Kind};

    use super::*;

    fn row(value: f64, interval: (f64, f64), adjusted: f64) -> Optimized {
        let ratio = Estimate {
            value,
            kind: Kind::Estimate,
            interval: Some(Interval::new(interval.0, interval.1)),
            samples: 5,
        };
        Optimized {
            with: Coefficient {
                network: Zoo::Mlp1x16,
                weight_decay: 1e-3,
            },
            measure: Measure::Loss,
            ratio: Some(ratio),
            p_value: adjusted,
            adjusted,
        }
    }

    #[test]
    fn one_case_supports_and_only_harm_everywhere_contradicts() {
        let helped = row(0.9, (0.8, 0.95), 0.01);
        let hurt = row(1.2, (1.1, 1.3), 1.0);
        let neither = row(0.95, (0.8, 1.1), 0.2);
        let decided =
            |rows: &[&Optimized]| decide(&rows.iter().map(|&row| row.clone()).collect::<Vec<_>>());
        assert_eq!(decided(&[&helped, &hurt]), Outcome::Supported);
        assert_eq!(decided(&[&hurt, &hurt]), Outcome::Contradicted);
        assert_eq!(decided(&[&hurt, &neither]), Outcome::Inconclusive);
        assert_eq!(decided(&[]), Outcome::Inconclusive);
    }
}
