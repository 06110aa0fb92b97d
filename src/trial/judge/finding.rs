//! The verdict on a stratum in a sentence.

use super::{Decision, Overall, Standing, StratumJudgement, undecided};

impl StratumJudgement {
    /// The verdict in a sentence with its numbers.
    pub(super) fn sentence(&self) -> String {
        let mut sentence = self.verdict.words().to_owned();
        let fails: Vec<&str> = self
            .pattern
            .parts()
            .into_iter()
            .filter(|(_, decision)| *decision == Decision::Fails)
            .map(|(name, _)| name)
            .collect();
        if self.verdict == Overall::Inconclusive {
            if !fails.is_empty() {
                sentence += &format!(
                    ", though not supported any more ({} fails)",
                    fails.join(", ")
                );
            }
            if let Some(blocks) = self.blocks_needed {
                sentence += &format!(", {blocks} blocks would decide");
            }
            let stuck: Vec<&str> = undecided(&self.rows)
                .filter(|row| row.blocks_needed.is_none())
                .map(|row| row.hypothesis.id())
                .collect();
            if !stuck.is_empty() {
                sentence += &format!(", more blocks alone do not decide {}", stuck.join(", "));
            }
        }
        for (flag, words) in [
            (
                self.conditional_on_initialization,
                ", and the small norm is conditional on the initialization",
            ),
            (
                self.volume_suffices,
                ", and search generalizes as well: architecture and volume suffice",
            ),
            (self.depends_on_cost, ", and another cost says otherwise"),
        ] {
            if flag {
                sentence += words;
            }
        }
        let primary = self.rows.iter().filter(|r| r.standing == Standing::Primary);
        let parts: Vec<String> = primary
            .map(|row| {
                let number = row.effect.map_or(String::new(), |effect| {
                    let number = format!("{effect} {}", row.unit).replace('-', "\u{2212}");
                    format!(" ({})", number.trim_end())
                });
                let (id, word) = (row.hypothesis.id(), row.decision.word());
                format!("{id}, {}: {word}{number}", row.hypothesis.says())
            })
            .collect();
        format!("{sentence}. {}", parts.join("; "))
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
    fn the_sentence_says_what_is_decided_and_what_would_decide() {
        let mut stratum = study().strata.remove(0);
        assert!(stratum.sentence().starts_with(stratum.verdict.words()));
        assert!(
            stratum
                .sentence()
                .contains("H1, SGD ends at the smallest norm: holds (")
        );
        stratum.depends_on_cost = true;
        assert!(stratum.sentence().contains("another cost says otherwise"));

        stratum.verdict = Overall::Inconclusive;
        stratum.blocks_needed = Some(40);
        let first = stratum
            .rows
            .iter_mut()
            .find(|row| row.hypothesis == Hypothesis::Selection);
        let first = first.expect("a row of H1");
        first.decision = Decision::Undecided;
        first.blocks_needed = None;
        let told = stratum.sentence();
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
            "{}. {}: {}. {}: {}",
            found.overall.words(),
            first.name,
            first.finding,
            second.name,
            second.finding
        );
        assert_eq!(found.finding, expected);
    }
}
