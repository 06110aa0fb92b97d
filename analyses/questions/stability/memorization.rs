//! Memorization scores of true, noisy and random labels.

use rethink::dataset::{Dataset, Preprocessing};
use rethink::experiment::stability::{Memorization, MemorizationScores, ScoredExamples, draw};
use rethink::stability::Counts;
use rethink::statistics::Estimate;
use rethink::treatment::Treatment;

use super::replacements::Learner;
use super::settings::{NOISE, SHARE, Settings};
use crate::session::Session;

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

/// The scores of one group of examples.
pub struct Memorized {
    pub group: Group,
    pub scores: MemorizationScores,
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
                architecture: architecture.into(),
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
                let examples = ScoredExamples::of(counts, |i| match group {
                    Group::Kept => !wrong[i],
                    Group::Wrong => wrong[i],
                    Group::True | Group::Random => true,
                });
                Ok(examples?)
            });
            Ok(Memorized {
                group,
                scores: MemorizationScores(seeds.collect::<anyhow::Result<_>>()?),
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

/// The probability that a wrongly labelled example has a larger score than a
/// rightly labelled one of the same training set, averaged over seeds.
pub fn finds_wrong_labels(memorized: &[Memorized]) -> Option<Estimate> {
    let of = |group| memorized.iter().find(|m: &&Memorized| m.group == group);
    of(Group::Wrong)?
        .scores
        .larger_than(&of(Group::Kept)?.scores)
}
