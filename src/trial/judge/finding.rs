//! The verdict on a stratum in words.

use super::{Decision, Hypothesis, Overall, Row, StratumJudgement, undecided};

/// So many of the rows that decide are told; all are in the table.
const TOLD: usize = 2;

impl StratumJudgement {
    /// The verdict, the first rows that decide it with their numbers, and the flags; `factor`
    /// is how much larger other norms have to be.
    pub(super) fn told(&self, factor: f64) -> String {
        let mut told = self.verdict.words().to_owned();
        if self.verdict == Overall::Inconclusive {
            let parts = self.pattern.parts().into_iter();
            let fails: Vec<&str> = parts
                .filter(|(_, decision)| *decision == Decision::Fails)
                .map(|(name, _)| name)
                .collect();
            if !fails.is_empty() {
                told += &format!(
                    ", though not supported any more ({} fails)",
                    fails.join(", ")
                );
            }
            if let Some(blocks) = self.blocks_needed {
                told += &format!(", {blocks} blocks would decide");
            }
            let stuck: Vec<&str> = undecided(&self.rows)
                .filter(|row| row.blocks_needed.is_none())
                .map(|row| row.hypothesis.id())
                .collect();
            if !stuck.is_empty() {
                told += &format!(", more blocks alone do not decide {}", stuck.join(", "));
            }
        }
        told.push('.');
        for row in self.deciding().into_iter().take(TOLD) {
            let number = row.effect.map_or(String::new(), |effect| {
                let number = format!("{effect} {}", row.unit).replace('-', "\u{2212}");
                format!(": {}", number.trim_end())
            });
            let (id, word) = (row.hypothesis.id(), row.decision.word());
            let says = row.hypothesis.says();
            let (asked, found) = match row.hypothesis {
                Hypothesis::Selection => (format!(", {factor} times or more"), "Smallest found"),
                _ => (String::new(), "Found"),
            };
            told += &format!(
                " {id} {word}: it says that {says}{asked}. {found}: {}{number}.",
                row.label
            );
        }
        for (flag, words) in [
            (
                self.conditional_on_initialization,
                " From a larger start, or one pretrained on random labels, SGD ends at a larger norm.",
            ),
            (
                self.volume_suffices,
                " Search without gradients generalizes as well: architecture and volume suffice.",
            ),
            (self.depends_on_cost, " Another cost says otherwise."),
        ] {
            if flag {
                told += words;
            }
        }
        told
    }

    /// The rows that the verdict follows from.
    fn deciding(&self) -> Vec<&Row> {
        use Hypothesis::{
            Match, Mediation, Prediction, Reachability, Selection, Slope, StochasticNorm,
        };
        let (parts, decision): (&[Hypothesis], _) = match self.verdict {
            Overall::Inconclusive => return undecided(&self.rows).collect(),
            Overall::NotSupported => (&[Selection, Reachability], Decision::Fails),
            Overall::Marker => (&[Prediction, Slope, Match, Mediation], Decision::Fails),
            Overall::GradientDescent => (&[StochasticNorm], Decision::Fails),
            Overall::Supported | Overall::Disagreement => (&[Selection, Slope], Decision::Holds),
        };
        let of_a_part = |row: &&Row| parts.contains(&row.hypothesis) && row.decides();
        let rows = self.rows.iter().filter(of_a_part);
        rows.filter(|row| row.decision == decision).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::judge::simulated::{CAUSE, judged, outcomes, plan};
    use crate::trial::judge::{Hypothesis, Judgement};

    fn study() -> Judgement {
        let plan = plan(12, &[0.1, 0.01]);
        judged(&plan, &outcomes(&plan, CAUSE, 1))
    }

    #[test]
    fn the_verdict_stands_with_the_rows_that_decide_it_and_with_what_would_decide() {
        let mut stratum = study().strata.remove(0);
        assert!(stratum.told(1.1).starts_with(stratum.verdict.words()));
        let ids: Vec<&str> = (stratum.deciding().iter())
            .map(|row| row.hypothesis.id())
            .collect();
        assert_eq!(ids, ["H1", "H4 slope"]);
        for row in stratum.deciding() {
            assert!(stratum.told(1.1).contains(&row.effect.unwrap().to_string()));
        }
        stratum.depends_on_cost = false;
        let without = stratum.told(1.1);
        stratum.depends_on_cost = true;
        assert!(stratum.told(1.1).len() > without.len());

        stratum.verdict = Overall::Inconclusive;
        stratum.blocks_needed = Some(40);
        let first = stratum
            .rows
            .iter_mut()
            .find(|row| row.hypothesis == Hypothesis::Selection);
        let first = first.expect("a row of H1");
        first.decision = Decision::Undecided;
        first.blocks_needed = None;
        let told = stratum.told(1.1);
        for words in [
            "40 blocks would decide",
            "more blocks alone do not decide H1",
        ] {
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn of_several_strata_each_has_its_sentence() {
        let mut plan = plan(12, &[0.01]);
        let mut second = plan.strata[0].clone();
        second.name = "second".to_owned();
        plan.strata.push(second);
        let found = judged(&plan, &outcomes(&plan, CAUSE, 1));
        let [first, second] = &found.strata[..] else {
            panic!("two strata");
        };
        let expected = format!(
            "{}. {}: {} {}: {}",
            found.overall.words(),
            first.name,
            first.finding,
            second.name,
            second.finding
        );
        assert_eq!(found.finding, expected);
    }
}
