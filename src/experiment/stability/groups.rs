//! Memorization scores of examples by what their labels are.

use super::super::ExperimentError;
use super::draw::wrong_labels;
use super::scores::{MemorizationScores, ScoredExamples};
use crate::dataset::Dataset;
use crate::stability::Counts;
use crate::statistics::Estimate;
use crate::treatment::Treatment;

/// The examples of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// True labels.
    True,
    /// Noisy labels, of which this one is as it was.
    Kept,
    /// Noisy labels, of which this one is now wrong.
    Wrong,
    /// Random labels.
    Random,
}

/// Probability that a label is replaced in the noisy labeling.
pub const NOISE: f64 = 0.2;

impl Group {
    /// Every group.
    pub const ALL: [Self; 4] = [Self::True, Self::Kept, Self::Wrong, Self::Random];

    /// Its name.
    pub fn name(self) -> String {
        let noise = format!("{:.0} % noise", 100.0 * NOISE);
        match self {
            Self::True => "true".to_owned(),
            Self::Kept => format!("{noise}, label right"),
            Self::Wrong => format!("{noise}, label wrong"),
            Self::Random => "random".to_owned(),
        }
    }

    /// The labeling it is a part of.
    pub fn labels(self) -> Treatment {
        match self {
            Self::True => Treatment::TrueLabels,
            Self::Kept | Self::Wrong => Treatment::CorruptedLabels { probability: NOISE },
            Self::Random => Treatment::RandomLabels,
        }
    }

    /// Every labeling, once.
    pub fn labelings() -> [Treatment; 3] {
        [Self::True, Self::Wrong, Self::Random].map(Self::labels)
    }
}

/// The scores of each group, over seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Memorized(Vec<(Group, MemorizationScores)>);

impl Memorized {
    /// The scores from the counts of every labeling and seed.
    ///
    /// # Errors
    /// Seeds whose labels cannot be drawn from the dataset again.
    pub fn of(
        dataset: &Dataset,
        counts: &[((Treatment, u64), Counts)],
    ) -> Result<Self, ExperimentError> {
        let of_group = |group: Group| {
            let of_group = counts.iter().filter(|((l, _), _)| *l == group.labels());
            let seeds = of_group.map(|((labels, seed), counts)| {
                let wrong = wrong_labels(dataset, *labels, counts.len(), *seed)?;
                ScoredExamples::of(counts, |i| match group {
                    Group::Kept => !wrong[i],
                    Group::Wrong => wrong[i],
                    Group::True | Group::Random => true,
                })
            });
            let seeds: Result<Vec<_>, ExperimentError> = seeds.collect();
            Ok((group, MemorizationScores(seeds?)))
        };
        let groups: Result<_, ExperimentError> = Group::ALL.into_iter().map(of_group).collect();
        Ok(Self(groups?))
    }

    /// Every group with its scores.
    pub fn groups(&self) -> impl Iterator<Item = (Group, &MemorizationScores)> {
        self.0.iter().map(|(group, scores)| (*group, scores))
    }

    /// The scores of one group.
    pub fn scores(&self, group: Group) -> Option<&MemorizationScores> {
        let found = self.0.iter().find(|(known, _)| *known == group);
        found.map(|(_, scores)| scores)
    }

    /// The probability that a wrongly labelled example has a larger score than a rightly
    /// labelled one of the same training set, averaged over seeds.
    pub fn finds_wrong_labels(&self) -> Option<Estimate> {
        let kept = self.scores(Group::Kept)?;
        self.scores(Group::Wrong)?.larger_than(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::tests::dataset;

    #[test]
    fn noisy_labels_are_right_or_wrong_and_true_ones_never_wrong() {
        let n = 40;
        let mut counts = Counts::new(n);
        for half in [0..n / 2, n / 2..n] {
            counts.add(&half.collect::<Vec<_>>(), &vec![true; n]);
        }
        let labelings = Group::labelings().map(|labels| ((labels, 1), counts.clone()));
        let memorized = Memorized::of(dataset(), &labelings).unwrap();
        let examples = |group| memorized.scores(group).unwrap().0[0].scores.len();
        assert_eq!((examples(Group::True), examples(Group::Random)), (n, n));
        assert_eq!(examples(Group::Kept) + examples(Group::Wrong), n);
        assert!(examples(Group::Wrong) > 0 && examples(Group::Kept) > examples(Group::Wrong));
        // Every example is right whether it is shown or not: no score is larger.
        assert_eq!(memorized.finds_wrong_labels().unwrap().value, 0.5);
    }
}
