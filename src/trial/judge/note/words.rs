//! The words of notes, which are tested here and nowhere else.

use std::collections::BTreeMap;
use std::fmt;

use super::{Missed, Note};
use crate::text::number::fixed;
use crate::trial::judge::row::p_value;

/// `1 diverged, 2 at the limit`.
fn listed(missed: &BTreeMap<Missed, usize>) -> String {
    let words = missed
        .iter()
        .map(|(why, count)| format!("{count} {}", why.words()));
    words.collect::<Vec<_>>().join(", ")
}

/// The words of a note; those of several are joined by semicolons.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lacks(lack) => f.write_str(lack.words()),
            Self::BlocksLeftOut {
                left,
                right,
                missed,
                blocks,
            } => {
                let (count, why) = (missed.values().sum::<usize>(), listed(missed));
                write!(
                    f,
                    "{left} − {right}: {count} of {blocks} blocks left out ({why})"
                )
            }
            Self::Censored {
                arm,
                missed,
                blocks,
                most,
            } => write!(
                f,
                "{arm} ended at the cost in {} of {blocks} blocks ({}): more than {} % are \
                 censored, so its contrasts decide nothing",
                blocks - missed.values().sum::<usize>(),
                listed(missed),
                100.0 * most
            ),
            Self::FewPairs {
                left,
                right,
                pairs,
                fewest,
            } => write!(
                f,
                "{left} and {right} are both at the cost in {pairs} blocks: fewer than {fewest}"
            ),
            Self::Unusable {
                left,
                right,
                unusable,
                blocks,
            } => write!(
                f,
                "{left} or {right} has no usable value in {unusable} of {blocks} blocks"
            ),
            Self::NoSpread {
                left,
                right,
                difference,
            } => write!(
                f,
                "{left} and {right} differ by {difference} in every block: no spread to test against"
            ),
            Self::Ratio {
                above,
                below,
                ratio,
            } => write!(f, "{above} / {below}: {ratio}"),
            Self::EveryWayCounts => f.write_str(
                "every way counts: raise the limit, or plan without those that the pilot shows not \
                 to reach the cost",
            ),
            Self::Resampled { p, ratio } => {
                write!(
                    f,
                    "of the smallest: sign flips {}, BCa {ratio}",
                    p_value(*p)
                )
            }
            Self::MeanRank { rank, ways, blocks } => write!(
                f,
                "mean rank {} of {ways}, in the {blocks} blocks in which all are at the cost",
                fixed(*rank, 1)
            ),
            Self::Separation(separation) => f.write_str(separation.words()),
            Self::RunsLeftOut {
                why,
                left_out,
                runs,
            } => write!(f, "{left_out} of {runs} runs left out: {}", why.words()),
            Self::TiedBlocks {
                why,
                left_out,
                blocks,
            } => write!(f, "{left_out} of {blocks} blocks left out: {why}"),
            Self::FewWays { ways, fewest } => {
                write!(f, "{ways} ways to rank: fewer than {fewest}")
            }
            Self::RankedBlocks(blocks) => write!(f, "{blocks} blocks can be ranked"),
            Self::FewLabelings {
                ranked,
                all,
                fewest,
            } => write!(
                f,
                "{ranked} of {all} labelings can be ranked: fewer than {fewest}"
            ),
            Self::LabelingBlocks { blocks, labelings } => {
                write!(f, "{blocks} blocks with {labelings} labelings at the cost")
            }
            Self::MediationBlocks(blocks) => write!(f, "{blocks} blocks with all three arms"),
            Self::ExponentBlocks { sizes, blocks } => write!(
                f,
                "{sizes} numbers of examples with true and with random labels, {blocks} complete \
                 blocks"
            ),
            Self::TheseWaysOnly => {
                f.write_str("p is for these ways: it says nothing of other ways")
            }
            Self::Factor { name, tau } => write!(f, "{name} {tau:.2}"),
            Self::WorstEnvironment(environments) => environments.fmt(f),
            Self::SignError(environments) => write!(f, "the sign error {environments}"),
            Self::Explained { name, both, blocks } => write!(
                f,
                "R² {name:.2} of the name alone, {both:.2} with ln φ, out of block, {blocks} \
                 complete blocks"
            ),
            Self::NothingVaries => {
                f.write_str("fewer than three complete blocks, or nothing varies in them")
            }
            Self::NormBeside(ratio) => write!(f, "norm {ratio} × the reference's"),
            Self::AtAnotherNorm => {
                f.write_str("not at the norm of SGD, so nothing follows from the test error")
            }
            Self::Effects {
                total,
                direct,
                indirect,
            } => write!(
                f,
                "total effect {total} points, direct {direct}, through the norm {indirect}"
            ),
            Self::NothingToMediate => {
                f.write_str("nothing to mediate: the interval of the total effect contains 0")
            }
            Self::Reversed => f.write_str("reversed within labelings (Simpson)"),
            Self::CensoredRuns { runs, censored } => {
                write!(f, "{runs} runs, {censored} of them censored")
            }
            Self::Exponents { truth, random } => write!(f, "true {truth}, random {random}"),
            Self::NoNormAtACost => f.write_str("some arm has no usable norm at one of the costs"),
            Self::Swapped { left, right } => write!(f, "{left} and {right} are reversed"),
            Self::AllSwapped(pairs) => write!(f, "{pairs} pairs reversed in all"),
            Self::DecidedOtherwise { cost, parts } => {
                write!(f, "decided the other way at {cost}: {}", parts.join(", "))
            }
            Self::NotSignificant { holm, level } => write!(
                f,
                "in size as the claim needs, but Holm's {} is above {level}",
                p_value(*holm)
            ),
            Self::FewBlocks {
                blocks,
                decision,
                fewest,
            } => write!(
                f,
                "{blocks} blocks decide nothing (more of the same: {}): below {fewest} not even the \
                 sign-flip test can reject at the first step of Holm",
                decision.word()
            ),
            Self::NotComputed { why } => f.write_str(why),
            Self::Repeated(outcomes) => write!(
                f,
                "{outcomes} outcomes are there more than once, word for word: used once"
            ),
            Self::NotPlanned { outcomes, all } => write!(
                f,
                "{outcomes} of {all} outcomes are of runs that the plan does not have: not used"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{Estimate, Interval, Kind};
    use crate::trial::judge::note::{Environments, Lacking, Separation, Tie, Unfit};
    use crate::trial::judge::row::Decision;

    fn estimate(value: f64) -> Estimate {
        Estimate {
            value,
            kind: Kind::Estimate,
            interval: Some(Interval::new(value - 1.0, value + 1.0)),
            samples: 9,
        }
    }

    fn arms() -> [String; 2] {
        ["adam", "sgd"].map(str::to_owned)
    }

    /// Every number and name that a note carries is in its words.
    #[test]
    fn the_words_have_the_numbers() {
        let [left, right] = arms();
        let missed = BTreeMap::from([(Missed::Limit, 2), (Missed::Diverged, 1)]);
        let kept = Environments::Kept {
            worst: arms(),
            effective_pairs: 31.25,
            kept: 4,
            left_out: 5,
            images: 600,
        };
        for (note, words) in [
            (
                Note::BlocksLeftOut {
                    left: left.clone(),
                    right: right.clone(),
                    missed: missed.clone(),
                    blocks: 12,
                },
                "adam − sgd: 3 of 12 blocks left out (2 at the limit, 1 diverged)",
            ),
            (
                Note::Censored {
                    arm: left.clone(),
                    missed,
                    blocks: 12,
                    most: 0.2,
                },
                "adam ended at the cost in 9 of 12 blocks (2 at the limit, 1 diverged): more than \
                 20 % are censored",
            ),
            (
                Note::NoSpread {
                    left: left.clone(),
                    right: right.clone(),
                    difference: 0.5,
                },
                "adam and sgd differ by 0.5 in every block",
            ),
            (
                Note::Ratio {
                    above: left,
                    below: right,
                    ratio: estimate(2.0),
                },
                "adam / sgd: 2.0 [1.0, 3.0]",
            ),
            (
                Note::TiedBlocks {
                    why: Tie::Labelings { fewest: 3 },
                    left_out: 1,
                    blocks: 12,
                },
                "1 of 12 blocks left out: fewer than 3 labelings",
            ),
            (
                Note::RunsLeftOut {
                    why: Unfit::NoValue,
                    left_out: 1,
                    runs: 132,
                },
                "1 of 132 runs left out: not at the cost",
            ),
            (
                Note::SignError(kept),
                "the sign error is worst at adam against sgd, 31.2 effective pairs; 4 environments \
                 kept, 5 left out for differences that 600 test images",
            ),
            (
                Note::WorstEnvironment(Environments::NoFactor),
                "cannot be judged: no factor is varied",
            ),
            (
                Note::NotSignificant {
                    holm: 0.12,
                    level: 0.05,
                },
                "Holm's p = 0.12 is above 0.05",
            ),
            (
                Note::FewBlocks {
                    blocks: 4,
                    decision: Decision::Holds,
                    fewest: 8,
                },
                "4 blocks decide nothing (more of the same: holds): below 8",
            ),
            (
                Note::DecidedOtherwise {
                    cost: 0.1,
                    parts: vec!["H1".into(), "H3".into()],
                },
                "decided the other way at 0.1: H1, H3",
            ),
            (
                Note::NotPlanned {
                    outcomes: 3,
                    all: 7,
                },
                "3 of 7 outcomes are of runs that the plan does not have",
            ),
            (
                Note::Lacks(Lacking::Search),
                "the plan lacks search, or SGD",
            ),
            (Note::Separation(Separation::Equivalent), "equivalent"),
        ] {
            let told = note.to_string();
            assert!(told.contains(words), "{told}");
            assert!(!told.ends_with('.'), "notes are joined: {told}");
            let json = serde_json::to_string(&note).unwrap();
            assert_eq!(serde_json::from_str::<Note>(&json).unwrap(), note);
        }
    }
}
