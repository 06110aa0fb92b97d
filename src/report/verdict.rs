//! A claim, what the data say about it, and the rule that decided.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::statistics::{Estimate, Kind};

/// A claim in the public review of Zhang et al. 2017 that the project starts from.
///
/// # Reference
/// Zhang, Bengio, Hardt, Recht, Vinyals 2017, "Understanding deep learning
/// requires rethinking generalization", arXiv:1611.03530.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Claim {
    /// On random labels the training error will not decrease.
    C1,
    /// In practice p ≫ n.
    C2,
    /// Deep networks can memorize the dataset.
    C3,
    /// Explicit regularization is neither necessary nor sufficient.
    C4,
    /// Weight decay sometimes even helps optimization.
    C5,
    /// Training accuracy can be as good with randomized labels.
    C6,
    /// SGD generalizes because small-norm solutions are easier to reach.
    C7,
}

impl Claim {
    /// Every claim, in the order of the review.
    pub const ALL: [Claim; 7] = [
        Claim::C1,
        Claim::C2,
        Claim::C3,
        Claim::C4,
        Claim::C5,
        Claim::C6,
        Claim::C7,
    ];

    /// `"C1"` to `"C7"`.
    pub fn id(self) -> &'static str {
        match self {
            Claim::C1 => "C1",
            Claim::C2 => "C2",
            Claim::C3 => "C3",
            Claim::C4 => "C4",
            Claim::C5 => "C5",
            Claim::C6 => "C6",
            Claim::C7 => "C7",
        }
    }

    /// The claim as one sentence that can be true or false.
    pub fn statement(self) -> &'static str {
        match self {
            Claim::C1 => {
                "Retrained on completely random labels, a network's training error will not decrease."
            }
            Claim::C2 => "In practice p ≫ n: parameters vastly outnumber training examples.",
            Claim::C3 => "Deep networks have the capacity to memorize the dataset.",
            Claim::C4 => {
                "Explicit regularization is a tuning parameter: neither necessary nor sufficient for generalization."
            }
            Claim::C5 => "Weight decay sometimes even helps optimization.",
            Claim::C6 => "Training accuracy can be as good with randomized labels.",
            Claim::C7 => {
                "At the same cost, models of smaller norm are easier to reach under SGD, and that is why SGD generalizes although it can memorize."
            }
        }
    }

    /// The words of the review from which the claim is taken.
    pub fn source(self) -> &'static str {
        match self {
            Claim::C1 => {
                "if you take a dataset that generalised well w/ a DNN and then retrain it, but with completely random labels (instead of the original true labels), your training error will not decrease"
            }
            Claim::C2 => {
                "in DL applications typically the number of parameters vastly outnumbers the training examples p ≫ n for example in most popular DCNNs there are over 8M parameters"
            }
            Claim::C3 => "DNNs have the capacity to simply memorise the dataset",
            Claim::C4 => {
                "It appears to be more of a tuning parameter that often helps improve the final test error of a model, but the absence of all regularization does not necessarily imply poor generalization error."
            }
            Claim::C5 => {
                "As reported by Krizhevsky et al. (2012), L2-regularization (weight decay) sometimes even help optimization, illustrating its poorly understood nature in deep learning."
            }
            Claim::C6 => "training accuracy can be as good for a problem with randomized labels",
            Claim::C7 => {
                "with the same cost, models with smaller norm are easy to “reach” under SGD training, and that’s why current SGD based training would produce generalizable models when they can also memorize"
            }
        }
    }

    /// The question whose verdict decides; what others find is a
    /// [`Contribution`](super::Contribution).
    pub fn question(self) -> &'static str {
        match self {
            Claim::C1 | Claim::C6 => "randomization",
            Claim::C2 | Claim::C3 => "expressivity",
            Claim::C4 | Claim::C5 => "regularization",
            Claim::C7 => "implicit-bias",
        }
    }

    /// Where the review and the paper disagree, what the paper says.
    pub fn remark(self) -> Option<&'static str> {
        (self == Claim::C1).then_some(
            "The paper says the opposite: on random labels the training error goes to zero.",
        )
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// What the decision rule says about a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every part of the rule holds.
    Supported,
    /// The rule holds for the opposite of the claim.
    Contradicted,
    /// Some parts of the claim hold, others do not.
    PartlySupported,
    /// The rule decides neither for the claim nor against it.
    Inconclusive,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Outcome; 4] = [
        Outcome::Supported,
        Outcome::Contradicted,
        Outcome::PartlySupported,
        Outcome::Inconclusive,
    ];

    /// The outcome in words.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Supported => "supported",
            Outcome::Contradicted => "contradicted",
            Outcome::PartlySupported => "partly supported",
            Outcome::Inconclusive => "inconclusive",
        }
    }

    /// One character that tells the outcomes apart without colour.
    pub fn icon(self) -> char {
        match self {
            Outcome::Supported => '✓',
            Outcome::Contradicted => '✕',
            Outcome::PartlySupported => '◐',
            Outcome::Inconclusive => '?',
        }
    }

    /// What the outcome means to a reader.
    pub fn meaning(self) -> &'static str {
        match self {
            Outcome::Supported => "every part of the decision rule holds in these runs",
            Outcome::Contradicted => {
                "the rule decides for the opposite: the intervals exclude what the claim says"
            }
            Outcome::PartlySupported => {
                "some parts of the claim hold and others do not; the finding says which"
            }
            Outcome::Inconclusive => {
                "the rule decides neither for nor against; the finding says why, and more seeds or a larger budget may help"
            }
        }
    }
}

/// A number that a verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was measured.
    pub label: String,
    /// The value as shown, with unit and interval.
    pub value: String,
    /// What the number is: `"exact"`, `"estimate"` or `"bound"`.
    pub kind: String,
}

impl Evidence {
    /// A line of evidence.
    pub fn new(
        label: impl Into<String>,
        value: impl Into<String>,
        kind: impl Into<String>,
    ) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
            kind: kind.into(),
        }
    }

    /// An estimate, with its unit unless that is empty.
    pub fn estimate(label: impl Into<String>, estimate: &Estimate, unit: &str) -> Self {
        let kind = match estimate.kind {
            Kind::Exact => "exact",
            Kind::Estimate if !estimate.interval.is_some_and(|i| i.low < i.high) => "estimate",
            Kind::Estimate => "estimate, 95 % interval",
            Kind::LowerBound => "lower bound",
            Kind::UpperBound => "upper bound",
        };
        let space = if unit.is_empty() { "" } else { " " };
        Self::new(label, format!("{estimate}{space}{unit}"), kind)
    }

    /// Those of several estimates that exist. (label, estimate, unit)
    pub fn estimates<L: Into<String>>(
        estimates: impl IntoIterator<Item = (L, Option<Estimate>, &'static str)>,
    ) -> impl Iterator<Item = Self> {
        let estimates = estimates.into_iter();
        estimates.filter_map(|(label, estimate, unit)| {
            estimate.map(|estimate| Self::estimate(label, &estimate, unit))
        })
    }
}

/// What the data say about one claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The claim.
    pub claim: Claim,
    /// What the rule decided.
    pub outcome: Outcome,
    /// One sentence with the numbers.
    pub finding: String,
    /// The decision rule, fixed before the runs.
    pub rule: String,
    /// The numbers the rule looked at.
    pub evidence: Vec<Evidence>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_names_unit_and_kind_of_what_exists() {
        let estimates = [
            ("count", Some(Estimate::exact(3.0)), "points"),
            ("unknown", None, ""),
        ];
        let lines: Vec<Evidence> = Evidence::estimates(estimates).collect();
        assert_eq!(lines, [Evidence::new("count", "3 points", "exact")]);
    }

    #[test]
    fn claims_are_stored_under_their_id() {
        for claim in Claim::ALL {
            let json = serde_json::to_string(&claim).unwrap();
            assert_eq!(json, format!("\"{}\"", claim.id()));
            assert!(claim.statement().ends_with('.'));
        }
    }

    #[test]
    fn outcomes_differ_in_word_and_icon() {
        use std::collections::HashSet;
        let words: HashSet<_> = Outcome::ALL.map(Outcome::word).into();
        let icons: HashSet<_> = Outcome::ALL.map(Outcome::icon).into();
        assert_eq!((words.len(), icons.len()), (4, 4));
        assert_eq!(
            serde_json::to_string(&Outcome::PartlySupported).unwrap(),
            "\"partly-supported\""
        );
    }
}
