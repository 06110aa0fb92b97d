//! Memorization scores of true, noisy and random labels.

use rethink::dataset::{Dataset, Preprocessing};
use rethink::experiment::stability::{Memorization, draw};
use rethink::stability::Counts;
use rethink::statistics::{Estimate, auc, mean};
use rethink::treatment::Treatment;

use super::replacements::Learner;
use super::settings::{NOISE, SHARE, Settings};
use crate::session::Session;
use crate::show::correlation;

/// Networks in one record: what an interrupt can lose.
const CHUNK: usize = 20;

/// The examples of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    True,
    /// Noisy labeling, label as it was.
    Kept,
    /// Noisy labeling, label that is now wrong.
    Wrong,
    Random,
}

pub const GROUPS: [Group; 4] = [Group::True, Group::Kept, Group::Wrong, Group::Random];

impl Group {
    pub fn name(self) -> String {
        let noise = format!("{:.0} % noise", 100.0 * NOISE);
        match self {
            Group::True => "true".to_owned(),
            Group::Kept => format!("{noise}, label right"),
            Group::Wrong => format!("{noise}, label wrong"),
            Group::Random => "random".to_owned(),
        }
    }

    fn labels(self) -> Treatment {
        match self {
            Group::True => Treatment::TrueLabels,
            Group::Kept | Group::Wrong => Treatment::CorruptedLabels { probability: NOISE },
            Group::Random => Treatment::RandomLabels,
        }
    }
}

/// One group of examples, per seed.
pub struct Memorized {
    pub group: Group,
    pub seeds: Vec<Examples>,
}

/// The examples of one group and seed.
#[derive(Debug, Clone, Default)]
pub struct Examples {
    pub scores: Vec<Estimate>,
    /// Mean accuracy of networks trained with the example, and without.
    pub shown: f64,
    pub hidden: f64,
}

/// Trains what is missing.
pub fn measure(session: &Session, settings: &Settings) -> anyhow::Result<Vec<Memorized>> {
    let labelings = [Group::True, Group::Wrong, Group::Random].map(Group::labels);
    let groups: Vec<(Treatment, u64)> = (labelings.into_iter())
        .flat_map(|labels| settings.seeds.iter().map(move |&seed| (labels, seed)))
        .collect();
    let firsts = || (0..settings.networks).step_by(CHUNK);
    let (architecture, recipe) = settings.learner(Learner::Network);
    let chunks: Vec<Memorization> = (groups.iter())
        .flat_map(|&(labels, seed)| {
            firsts().map(move |first| Memorization {
                checksum: session.dataset.checksum().to_owned(),
                labels,
                train: settings.train,
                share: SHARE,
                preprocessing: Preprocessing::PerImageStandardization,
                architecture,
                recipe,
                seed,
                first,
                count: CHUNK.min(settings.networks - first),
            })
        })
        .collect();
    let counts = session.outputs_of(&chunks)?;
    let counts: Vec<Counts> = (counts.chunks(firsts().count()))
        .map(|chunks| (chunks.iter()).fold(Counts::new(settings.train), Counts::and))
        .collect();
    GROUPS
        .into_iter()
        .map(|group| {
            let of_group = (groups.iter().zip(&counts)).filter(|((l, _), _)| *l == group.labels());
            let seeds = of_group.map(|(&(labels, seed), counts)| {
                let wrong = wrong(&session.dataset, labels, settings.train, seed)?;
                examples(counts, |i| match group {
                    Group::Kept => !wrong[i],
                    Group::Wrong => wrong[i],
                    Group::True | Group::Random => true,
                })
            });
            Ok(Memorized {
                group,
                seeds: seeds.collect::<anyhow::Result<_>>()?,
            })
        })
        .collect()
}

/// Which training labels are not the true ones.
fn wrong(dataset: &Dataset, labels: Treatment, n: usize, seed: u64) -> anyhow::Result<Vec<bool>> {
    let treated = draw(dataset, labels, n, seed, Preprocessing::UnitInterval)?;
    let images = dataset.train().subset(n, seed)?;
    let pairs = treated.labels().iter().zip(images.labels());
    Ok(pairs.map(|(drawn, own)| drawn != own).collect())
}

/// The examples among those of `counts` that are of the group and have a score.
fn examples(counts: &Counts, of_group: impl Fn(usize) -> bool) -> anyhow::Result<Examples> {
    let mut examples = Examples::default();
    for i in (0..counts.len()).filter(|&i| of_group(i)) {
        if let (Some(score), (Some(shown), Some(hidden))) = (counts.score(i)?, counts.accuracies(i))
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

impl Memorized {
    /// A number of each seed that has examples, averaged over seeds.
    pub fn mean(&self, of: impl Fn(&Examples) -> f64) -> Option<Estimate> {
        let seeds = self.seeds.iter().filter(|seed| !seed.scores.is_empty());
        mean(&seeds.map(of).collect::<Vec<_>>()).ok()
    }

    /// The mean score, in [−1, 1].
    pub fn score(&self) -> Option<Estimate> {
        let score = self.mean(|seed| share(&seed.scores, |score| score.value));
        score.map(correlation)
    }

    /// The fraction of examples with a score of at least `threshold`.
    pub fn at_least(&self, threshold: f64) -> Option<Estimate> {
        let above = |score: &Estimate| f64::from(u8::from(score.value >= threshold));
        self.mean(|seed| share(&seed.scores, above))
    }

    /// The fraction of examples whose own interval lies above 0.
    pub fn clearly_positive(&self) -> Option<Estimate> {
        let clear = |score: &Estimate| {
            f64::from(u8::from(
                score.interval.is_some_and(|interval| interval.low > 0.0),
            ))
        };
        self.mean(|seed| share(&seed.scores, clear))
    }
}

fn share(scores: &[Estimate], of: impl Fn(&Estimate) -> f64) -> f64 {
    scores.iter().map(of).sum::<f64>() / scores.len() as f64
}

/// The probability that a wrongly labelled example has a larger score than a
/// rightly labelled one of the same training set, averaged over seeds.
pub fn finds_wrong_labels(memorized: &[Memorized]) -> Option<Estimate> {
    let of = |group| memorized.iter().find(|m: &&Memorized| m.group == group);
    let (wrong, kept) = (of(Group::Wrong)?, of(Group::Kept)?);
    let values = |seed: &Examples| seed.scores.iter().map(|s| s.value).collect::<Vec<f64>>();
    let per_seed: Vec<f64> = (wrong.seeds.iter().zip(&kept.seeds))
        .filter_map(|(wrong, kept)| Some(auc(&values(wrong), &values(kept)).ok()?.value))
        .collect();
    mean(&per_seed).ok()
}
