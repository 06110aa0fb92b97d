//! What a question finds on a claim that another question decides.

use serde::{Deserialize, Serialize};

use super::{Claim, Evidence};

/// Which way a finding speaks on a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The finding is what the claim says, or a part of it.
    For,
    /// The finding excludes what the claim says.
    Against,
    /// The finding decides nothing, or is necessary for the claim and not sufficient.
    NeitherWay,
}

impl Direction {
    /// Every direction.
    pub const ALL: [Direction; 3] = [Direction::For, Direction::Against, Direction::NeitherWay];

    /// The direction in words.
    pub fn words(self) -> &'static str {
        match self {
            Direction::For => "speaks for it",
            Direction::Against => "speaks against it",
            Direction::NeitherWay => "speaks neither way",
        }
    }

    /// One character that tells the directions apart without colour.
    pub fn icon(self) -> char {
        match self {
            Direction::For => '+',
            Direction::Against => '−',
            Direction::NeitherWay => '○',
        }
    }
}

/// Evidence on a claim from a question that does not decide it.
///
/// The question that does is [`Claim::question`], and its [`Verdict`](super::Verdict) is the
/// only one on the claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// The claim.
    pub claim: Claim,
    /// Which way the finding speaks.
    pub direction: Direction,
    /// What was found, in short sentences.
    pub finding: String,
    /// How the direction is decided, fixed before the runs.
    pub rule: String,
    /// The numbers the rule looked at.
    pub evidence: Vec<Evidence>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Outcome;

    #[test]
    fn directions_differ_in_words_and_icon_from_each_other_and_from_outcomes() {
        use std::collections::HashSet;
        let outcomes = Outcome::ALL.map(|one| (one.word(), one.icon()));
        let directions = Direction::ALL.map(|one| (one.words(), one.icon()));
        let all = outcomes.into_iter().chain(directions);
        let (words, icons): (HashSet<_>, HashSet<_>) = all.unzip();
        assert_eq!((words.len(), icons.len()), (7, 7));
        let json = serde_json::to_string(&Direction::ALL).unwrap();
        assert_eq!(json, r#"["for","against","neither-way"]"#);
    }
}
