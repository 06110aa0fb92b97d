//! Memorization scores of groups of examples, over seeds.

use super::super::ExperimentError;
use crate::stability::Counts;
use crate::statistics::{Estimate, auc, mean};

/// The examples of one group and seed that have a score.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScoredExamples {
    /// The score of each, with the interval of the single example.
    pub scores: Vec<Estimate>,
    /// Mean accuracy of networks trained with the example.
    pub shown: f64,
    /// Mean accuracy of networks trained without it.
    pub hidden: f64,
}

impl ScoredExamples {
    /// The examples among those of `counts` that are of the group and have a score.
    ///
    /// # Errors
    /// Counts of which no score can be computed.
    pub fn of(counts: &Counts, group: impl Fn(usize) -> bool) -> Result<Self, ExperimentError> {
        let mut examples = Self::default();
        for i in (0..counts.len()).filter(|&i| group(i)) {
            if let (Some(score), (Some(shown), Some(hidden))) =
                (counts.score(i)?, counts.accuracies(i))
            {
                examples.scores.push(score);
                examples.shown += shown;
                examples.hidden += hidden;
            }
        }
        let n = examples.scores.len().max(1) as f64;
        examples.shown /= n;
        examples.hidden /= n;
        Ok(examples)
    }

    /// The fraction of the examples for which a condition holds.
    fn share(&self, holds: impl Fn(&Estimate) -> bool) -> f64 {
        let held = self
            .scores
            .iter()
            .map(|score| f64::from(u8::from(holds(score))));
        held.sum::<f64>() / self.scores.len() as f64
    }

    fn values(&self) -> Vec<f64> {
        self.scores.iter().map(|score| score.value).collect()
    }
}

/// One group of examples, per seed. A seed without examples of the group says nothing of
/// it, and no mean counts it.
#[derive(Debug, Clone, PartialEq)]
pub struct MemorizationScores(pub Vec<ScoredExamples>);

impl MemorizationScores {
    /// A number of each seed that has examples, averaged over seeds.
    pub fn mean(&self, of: impl Fn(&ScoredExamples) -> f64) -> Option<Estimate> {
        let seeds = self.0.iter().filter(|seed| !seed.scores.is_empty());
        mean(&seeds.map(of).collect::<Vec<_>>()).ok()
    }

    /// The mean score, in [−1, 1].
    pub fn score(&self) -> Option<Estimate> {
        let of_seed = |seed: &ScoredExamples| {
            let sum: f64 = seed.scores.iter().map(|score| score.value).sum();
            sum / seed.scores.len() as f64
        };
        Some(self.mean(of_seed)?.within(-1.0, 1.0))
    }

    /// The fraction of examples with a score of at least `threshold`.
    pub fn at_least(&self, threshold: f64) -> Option<Estimate> {
        self.mean(|seed| seed.share(|score| score.value >= threshold))
    }

    /// The fraction of examples whose own interval lies above 0.
    pub fn clearly_positive(&self) -> Option<Estimate> {
        let positive = |score: &Estimate| score.interval.is_some_and(|i| i.low > 0.0);
        self.mean(|seed| seed.share(positive))
    }

    /// The probability that an example of this group has a larger score than one of the
    /// other group of the same training set, averaged over seeds.
    pub fn larger_than(&self, other: &Self) -> Option<Estimate> {
        let per_seed: Vec<f64> = (self.0.iter().zip(&other.0))
            .filter_map(|(own, other)| Some(auc(&own.values(), &other.values()).ok()?.value))
            .collect();
        mean(&per_seed).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Interval;

    fn scores(seeds: &[&[f64]]) -> MemorizationScores {
        let score = |&value: &f64| Estimate {
            interval: Some(Interval::new(value - 0.25, value + 0.25)),
            ..Estimate::exact(value)
        };
        let of_seed = |seed: &&[f64]| ScoredExamples {
            scores: seed.iter().map(score).collect(),
            shown: 1.0,
            hidden: 0.5,
        };
        MemorizationScores(seeds.iter().map(of_seed).collect())
    }

    #[test]
    fn a_seed_counts_once_and_only_with_examples() {
        let found = scores(&[&[0.0, 1.0], &[1.0], &[]]);
        assert_eq!(found.score().unwrap().value, 0.75);
        assert_eq!(found.mean(|seed| seed.shown).unwrap().samples, 2);
        assert_eq!(found.at_least(0.5).unwrap().value, 0.75);
        // The interval of the score 0 holds 0.
        assert_eq!(found.clearly_positive().unwrap().value, 0.75);
        assert_eq!(scores(&[&[], &[]]).score(), None);
    }

    #[test]
    fn larger_scores_are_told_within_a_seed() {
        let wrong = scores(&[&[0.9, 0.8], &[0.2]]);
        let kept = scores(&[&[0.1, 0.2], &[0.1, 0.3]]);
        assert_eq!(wrong.larger_than(&kept).unwrap().value, 0.75);
        assert_eq!(kept.larger_than(&wrong).unwrap().value, 0.25);
    }
}
