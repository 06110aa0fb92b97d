//! Changes by the replacement of one example: averages and extremes of a seed, and random
//! against true labels.

use super::super::Study;
use super::replacements::{Base, One, Reseeded};
use crate::random::stream;
use crate::statistics::{Alternative, Estimate, sign_flip};
use crate::treatment::Treatment;

/// What replacements change in one seed of one learner and labeling.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplacedExamples {
    /// The training without a replacement.
    pub base: Base,
    /// One for each example replaced.
    pub replaced: Vec<One>,
    /// Trainings from other seeds, of networks only.
    pub reseeded: Vec<Reseeded>,
}

impl ReplacedExamples {
    /// The replacements of several chunks of one training together.
    pub fn join<'c>(
        chunks: impl IntoIterator<Item = &'c (Base, Vec<One>)>,
        reseeded: Vec<Reseeded>,
    ) -> Option<Self> {
        let chunks: Vec<_> = chunks.into_iter().collect();
        Some(Self {
            base: chunks.first()?.0.clone(),
            replaced: chunks.iter().flat_map(|chunk| chunk.1.clone()).collect(),
            reseeded,
        })
    }

    /// The mean over the replacements.
    pub fn mean(&self, of: impl Fn(&One) -> f64) -> f64 {
        self.replaced.iter().map(of).sum::<f64>() / self.replaced.len() as f64
    }
}

/// One learner, by labeling.
pub type ReplacedStudy = Study<Treatment, ReplacedExamples>;

/// The largest over the replacements of all seeds of one labeling: of a change, a lower
/// bound of its supremum.
pub fn largest_change(study: &ReplacedStudy, labels: Treatment, of: impl Fn(&One) -> f64) -> f64 {
    let replaced = study.outputs(&labels).flat_map(|seed| &seed.replaced);
    replaced.map(of).fold(0.0, f64::max)
}

/// The largest gradient of a training example at the initial weights, over all labelings and
/// seeds; 0 where none was looked at. L of the loss is at least this.
pub fn largest_gradient(study: &ReplacedStudy) -> f64 {
    let seeds = study.cells().flat_map(|labels| study.outputs(labels));
    let gradients = seeds.filter_map(|seed| seed.base.gradient);
    gradients.fold(0.0, f64::max)
}

/// Random against true labels, paired by seed. Of fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    /// Mean over replacements, then over seeds.
    pub on_true: Option<Estimate>,
    /// The same of random labels.
    pub on_random: Option<Estimate>,
    /// Geometric mean of the ratio; none where a seed has 0.
    pub ratio: Option<Estimate>,
    /// Of the two-sided sign-flip test of the differences.
    pub p_value: Option<f64>,
}

impl Contrast {
    /// Compares an average over the replacements.
    pub fn of(study: &ReplacedStudy, of: impl Fn(&One) -> f64) -> Self {
        let labelings = [Treatment::TrueLabels, Treatment::RandomLabels];
        let average = |seed: &ReplacedExamples| Some(seed.mean(&of));
        let [on_true, on_random] = labelings.map(|labels| {
            let mean = study.mean(&labels, average);
            mean.map(|mean| mean.within(0.0, 1.0))
        });
        let p_value = || {
            let [on_true, on_random] = labelings.map(|labels| study.values(&labels, average));
            let pairs = on_random?.into_iter().zip(on_true?);
            let differences: Vec<f64> = pairs.map(|(random, own)| random - own).collect();
            let mut rng = stream(0, "stability: sign flips");
            let test = sign_flip(&differences, Alternative::TwoSided, &mut rng);
            Some(test.ok()?.p_value)
        };
        Self {
            on_true,
            on_random,
            ratio: study.ratio(&labelings[1], &labelings[0], average),
            p_value: p_value(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stability::{Change, Replaced};

    /// Replacements whose distances are these.
    fn study(distances: [&[f64]; 2]) -> ReplacedStudy {
        let labelings = [Treatment::TrueLabels, Treatment::RandomLabels];
        let none = Change {
            largest: 0.0,
            mean: 0.0,
            of_the_mean: 0.0,
        };
        let nothing = Replaced {
            pointwise: 0.0,
            on_average: 0.0,
        };
        let one = |distance: f64| One {
            distances: vec![distance],
            changes: [none; 3],
            at_itself: [nothing; 3],
        };
        let outputs = labelings.into_iter().zip(distances);
        Study::new(outputs.flat_map(|(labels, distances)| {
            (1..).zip(distances).map(move |(seed, &distance)| {
                let replaced = ReplacedExamples {
                    base: Base {
                        steps: vec![],
                        travelled: vec![],
                        on_train: [0.0; 3],
                        on_compared: [0.0; 3],
                        gradient: None,
                    },
                    replaced: vec![one(0.5 * distance), one(1.5 * distance)],
                    reseeded: vec![],
                };
                (labels, seed, replaced)
            })
        }))
    }

    #[test]
    fn labelings_are_compared_within_seeds() {
        let study = study([&[0.1, 0.2, 0.1, 0.2, 0.1], &[0.2, 0.4, 0.2, 0.4, 0.2]]);
        let found = Contrast::of(&study, |one| one.distances[0]);
        assert!((found.on_true.unwrap().value - 0.14).abs() < 1e-12);
        assert!((found.ratio.unwrap().value - 2.0).abs() < 1e-12);
        // All five differences have one sign: 2 of 32 flips are as extreme.
        assert_eq!(found.p_value, Some(2.0 / 32.0));
        let largest = largest_change(&study, Treatment::RandomLabels, |one| one.distances[0]);
        assert!((largest - 0.6).abs() < 1e-12);
    }

    #[test]
    fn a_change_of_zero_has_no_ratio() {
        let found = Contrast::of(&study([&[0.0, 0.1], &[0.1, 0.1]]), |one| one.distances[0]);
        assert_eq!(found.ratio, None);
        assert!(found.p_value.is_some());
    }
}
