//! The table that a trial is frozen with: what its rules came to, number by number as printed.

use serde::{Deserialize, Serialize};

use super::rules::{Decision, Judgement, Part, Row};
use crate::report::Outcome;
use crate::text::number::significant;

/// What was concluded of a trial when its runs were published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Hash of the plan.
    pub plan: String,
    /// Hash of the rules that judged.
    pub rules: String,
    /// What it means for the claim.
    pub verdict: Outcome,
    /// Every part in every stratum.
    pub parts: Vec<Frozen>,
}

/// One part in one stratum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frozen {
    /// Name of the stratum.
    pub stratum: String,
    /// Which part.
    pub part: Part,
    /// What follows.
    pub decision: Decision,
    /// Corrected p-value that it holds, as printed.
    pub p_holds: String,
    /// Corrected p-value that it fails, as printed.
    pub p_fails: String,
    /// What was compared, and the effect with its interval as printed.
    pub rows: Vec<(String, String)>,
}

/// A p-value as it is printed.
pub fn p_value(p: f64) -> String {
    match p < 1e-4 {
        true => "< 0.0001".to_owned(),
        false => significant(p, 2),
    }
}

impl Table {
    /// The table of a judgement, at the primary cost.
    pub fn of(judgement: &Judgement) -> Self {
        let strata = judgement.strata.iter();
        let parts = strata.flat_map(|stratum| {
            stratum.parts.iter().map(|judged| Frozen {
                stratum: stratum.name.clone(),
                part: judged.part,
                decision: judged.decision,
                p_holds: p_value(judged.holds.corrected),
                p_fails: p_value(judged.fails.corrected),
                rows: judged.rows.iter().map(printed).collect(),
            })
        });
        Self {
            plan: judgement.plan.clone(),
            rules: judgement.rules.clone(),
            verdict: judgement.verdict,
            parts: parts.collect(),
        }
    }

    /// The first thing that another judgement of the same trial says otherwise; the hashes may
    /// differ.
    pub fn difference(&self, other: &Self) -> Option<String> {
        for (old, new) in self.parts.iter().zip(&other.parts) {
            let place = format!("{} in {}", old.part, old.stratum);
            if (&old.stratum, old.part) != (&new.stratum, new.part) {
                return Some(format!("{place} is now {} in {}", new.part, new.stratum));
            }
            if old.decision != new.decision {
                return Some(format!("{place}: {}, was {}", new.decision, old.decision));
            }
            for (what, old, new) in [
                ("p that it holds", &old.p_holds, &new.p_holds),
                ("p that it fails", &old.p_fails, &new.p_fails),
            ] {
                if old != new {
                    return Some(format!("{place}, {what}: {new}, was {old}"));
                }
            }
            if let Some(differs) = first_difference(&old.rows, &new.rows) {
                return Some(format!("{place}, {differs}"));
            }
        }
        let (old, new) = (self.parts.len(), other.parts.len());
        if old != new {
            return Some(format!("{new} lines, were {old}"));
        }
        let (old, new) = (self.verdict.word(), other.verdict.word());
        (old != new).then(|| format!("the verdict: {new}, was {old}"))
    }
}

fn printed(row: &Row) -> (String, String) {
    (row.label.clone(), row.number())
}

fn first_difference(old: &[(String, String)], new: &[(String, String)]) -> Option<String> {
    if old.len() != new.len() {
        return Some(format!("{} rows, were {}", new.len(), old.len()));
    }
    let mut pairs = old.iter().zip(new);
    let (old, new) = pairs.find(|(old, new)| old != new)?;
    Some(match old.0 == new.0 {
        true => format!("{}: {}, was {}", new.0, new.1, old.1),
        false => format!("a row is now '{}', was '{}'", new.0, old.0),
    })
}
