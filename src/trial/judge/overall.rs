//! From the decisions on the parts to a verdict on the claim: the one place where
//! rules have an order.
//!
//! In one stratum, the first line that applies:
//!
//! ```text
//! 1  H1 fails or H5 fails                       contradicted
//! 2  H1 or H5 undecided                         inconclusive
//!    (from here on H1 and H5 hold)
//! 3  H3 fails or H4 fails                       a marker, not the cause
//! 4  H3 or H4 undecided                         inconclusive
//!    (from here on H3 and H4 hold)
//! 5  H2 fails                                   gradient descent, not stochasticity
//! 6  H2 undecided                               inconclusive
//! 7  H2 holds                                   supported
//! ```
//!
//! H2 is its row of the norm. H4 is slope, match and, where there is an effect to
//! mediate, mediation: one that fails decides, then one undecided. H6 is necessary and
//! not sufficient and decides nothing here.
//!
//! Line 1 is ours; the table the rules come from lacks it. Without a smaller norm (H1),
//! or with larger norms no harder to reach (H5), the claim has lost its premise,
//! whatever the norm does to the test error. Line 2 precedes line 3 because a norm is a
//! by-product *of SGD* only if SGD is known to make it small; the finding says
//! nevertheless that the claim cannot be supported any more.
//!
//! Flags go beside the verdict and do not change it: conditional on initialization,
//! architecture and volume suffice, depends on the cost.
//!
//! Over strata the claim needs every one: all verdicts alike give that verdict; else one
//! that does not support it refutes it; else one inconclusive makes all inconclusive;
//! else the strata disagree.

use serde::{Deserialize, Serialize};

use super::row::{Decision, Hypothesis, Row};
use crate::report;

/// The decisions on the five parts that the verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pattern {
    /// H1, selection.
    pub selection: Decision,
    /// H2, stochasticity, by the norm.
    pub stochasticity: Decision,
    /// H3, prediction.
    pub prediction: Decision,
    /// H4, causation: slope, match and mediation.
    pub causation: Decision,
    /// H5, reachability.
    pub reachability: Decision,
}

/// The verdict on the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overall {
    /// H1 to H5 hold.
    Supported,
    /// All but stochasticity hold.
    GradientDescent,
    /// SGD has the small norm, but the norm is a marker and not the cause.
    Marker,
    /// Its premise is decided against: H1 or H5 fails.
    NotSupported,
    /// Strata have different verdicts.
    Disagreement,
    /// Not decided.
    Inconclusive,
}

impl Pattern {
    /// The decisions of the rows.
    pub(super) fn of(rows: &[Row]) -> Self {
        let decided = |hypotheses: &[Hypothesis]| {
            let parts = rows
                .iter()
                .filter(|row| hypotheses.contains(&row.hypothesis) && row.decides());
            Decision::all(parts.map(|row| row.decision))
        };
        Self {
            selection: decided(&[Hypothesis::Selection]),
            stochasticity: decided(&[Hypothesis::StochasticNorm]),
            prediction: decided(&[Hypothesis::Prediction]),
            causation: decided(&[Hypothesis::Slope, Hypothesis::Match, Hypothesis::Mediation]),
            reachability: decided(&[Hypothesis::Reachability]),
        }
    }

    /// The verdict in one stratum, by the order of the module.
    pub fn verdict(self) -> Overall {
        use Decision::{Fails, Holds, Undecided};
        let premise = Decision::all([self.selection, self.reachability]);
        let norm = Decision::all([self.prediction, self.causation]);
        match (premise, norm, self.stochasticity) {
            (Fails, _, _) => Overall::NotSupported,
            (Undecided, _, _) => Overall::Inconclusive,
            (Holds, Fails, _) => Overall::Marker,
            (Holds, Undecided, _) => Overall::Inconclusive,
            (Holds, Holds, Fails) => Overall::GradientDescent,
            (Holds, Holds, Undecided) => Overall::Inconclusive,
            (Holds, Holds, Holds) => Overall::Supported,
        }
    }

    /// The parts, by their short names.
    pub fn parts(self) -> [(&'static str, Decision); 5] {
        [
            ("H1", self.selection),
            ("H2", self.stochasticity),
            ("H3", self.prediction),
            ("H4", self.causation),
            ("H5", self.reachability),
        ]
    }

    /// Whether the other decides the opposite of some part.
    pub(super) fn contradicts(self, other: Self) -> Vec<&'static str> {
        let opposite = |a: Decision, b: Decision| {
            a != b && a != Decision::Undecided && b != Decision::Undecided
        };
        let both = self.parts().into_iter().zip(other.parts());
        both.filter(|((_, a), (_, b))| opposite(*a, *b))
            .map(|((name, _), _)| name)
            .collect()
    }
}

impl Overall {
    /// The verdict over strata.
    pub fn across(verdicts: &[Self]) -> Self {
        match verdicts {
            [] => Self::Inconclusive,
            [first, rest @ ..] if rest.iter().all(|verdict| verdict == first) => *first,
            _ if verdicts.contains(&Self::NotSupported) => Self::NotSupported,
            _ if verdicts.contains(&Self::Inconclusive) => Self::Inconclusive,
            _ => Self::Disagreement,
        }
    }

    /// The verdict as a clause.
    pub fn words(self) -> &'static str {
        match self {
            Self::Supported => "the claim is supported",
            Self::GradientDescent => {
                "an implicit bias of gradient descent and initialization, not of stochasticity"
            }
            Self::Marker => "the small norm is a by-product (a marker), not the cause",
            Self::NotSupported => "the claim is contradicted",
            Self::Disagreement => "the strata disagree",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// What it means for the claim: half of it holds if SGD has the small norm but the
    /// norm is not the cause, or if the stochasticity is not.
    pub fn outcome(self) -> report::Outcome {
        match self {
            Self::Supported => report::Outcome::Supported,
            Self::GradientDescent | Self::Marker | Self::Disagreement => {
                report::Outcome::PartlySupported
            }
            Self::NotSupported => report::Outcome::Contradicted,
            Self::Inconclusive => report::Outcome::Inconclusive,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Decision::{Fails, Holds, Undecided};

    const ALL: [Decision; 3] = [Holds, Fails, Undecided];

    fn every_pattern() -> Vec<Pattern> {
        let mut patterns = Vec::new();
        for selection in ALL {
            for stochasticity in ALL {
                for prediction in ALL {
                    for causation in ALL {
                        for reachability in ALL {
                            patterns.push(Pattern {
                                selection,
                                stochasticity,
                                prediction,
                                causation,
                                reachability,
                            });
                        }
                    }
                }
            }
        }
        patterns
    }

    /// Each verdict by a condition of its own, without an order: exactly one applies to
    /// each of the 243 patterns, and it is the one given.
    #[test]
    fn every_pattern_has_exactly_one_verdict() {
        let mut counts = std::collections::HashMap::new();
        for pattern in every_pattern() {
            let Pattern {
                selection: h1,
                stochasticity: h2,
                prediction: h3,
                causation: h4,
                reachability: h5,
            } = pattern;
            let premise = h1 == Holds && h5 == Holds;
            let refuted = h1 == Fails || h5 == Fails;
            let norm = h3 == Holds && h4 == Holds;
            let marker = h3 == Fails || h4 == Fails;
            let table = [
                (Overall::Supported, premise && norm && h2 == Holds),
                (Overall::GradientDescent, premise && norm && h2 == Fails),
                (Overall::Marker, premise && marker),
                (Overall::NotSupported, refuted),
                (
                    Overall::Inconclusive,
                    (!premise && !refuted)
                        || (premise && !norm && !marker)
                        || (premise && norm && h2 == Undecided),
                ),
            ];
            let applying: Vec<Overall> = table
                .into_iter()
                .filter(|(_, applies)| *applies)
                .map(|(verdict, _)| verdict)
                .collect();
            assert_eq!(applying, [pattern.verdict()], "{pattern:?}");
            *counts.entry(pattern.verdict()).or_insert(0) += 1;
        }
        // 27 patterns of H2, H3, H4 for each of (H1, H5): 5 of 9 fail, 3 are undecided.
        assert_eq!(counts[&Overall::NotSupported], 5 * 27);
        assert_eq!(counts[&Overall::Supported], 1);
        assert_eq!(counts[&Overall::GradientDescent], 1);
        assert_eq!(counts[&Overall::Marker], 5 * 3);
        assert_eq!(counts[&Overall::Inconclusive], 3 * 27 + 3 * 3 + 1);
    }

    #[test]
    fn strata_agree_or_do_not() {
        use Overall::*;
        assert_eq!(Overall::across(&[Supported, Supported]), Supported);
        assert_eq!(Overall::across(&[Supported, Marker]), Disagreement);
        assert_eq!(Overall::across(&[Inconclusive, NotSupported]), NotSupported);
        assert_eq!(Overall::across(&[Inconclusive, Marker]), Inconclusive);
        assert_eq!(Overall::across(&[]), Inconclusive);
    }

    #[test]
    fn one_part_that_fails_decides() {
        assert_eq!(Decision::all([Holds, Undecided, Fails]), Fails);
        assert_eq!(Decision::all([Holds, Undecided, Holds]), Undecided);
        assert_eq!(Decision::all([Holds, Holds]), Holds);
    }

    #[test]
    fn only_opposite_decisions_contradict() {
        let pattern = every_pattern()[0];
        let other = Pattern {
            stochasticity: Fails,
            prediction: Undecided,
            ..pattern
        };
        assert_eq!(pattern.contradicts(other), ["H2"]);
        assert!(pattern.contradicts(pattern).is_empty());
    }
}
