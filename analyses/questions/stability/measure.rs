//! What is trained, in chunks: a chunk is what an interrupt can lose.

use anyhow::Context;
use rethink::dataset::Preprocessing;
use rethink::experiment::random_labels::LABELINGS;
use rethink::experiment::stability::{
    GRADIENTS, Group, Memorization, Memorized, OtherSeeds, PREPROCESSING, Removals, RemovedStudy,
    ReplacedExamples, ReplacedStudy, Replacements, Reseeded, draw,
};
use rethink::experiment::{Study, crossed};
use rethink::stability::Counts;
use rethink::stability::bounds::SoftmaxRegression;
use rethink::treatment::Treatment;

use super::settings::{BANDWIDTH, Learner, RIDGES, SHARE, Settings};
use crate::session::Session;

/// Replacements in one record.
const REPLACEMENTS: usize = 10;

/// Networks for the memorization scores in one record.
const NETWORKS: usize = 20;

/// Every labeling with the first number of every chunk.
fn chunks(labelings: &[Treatment], all: usize, size: usize) -> Vec<(Treatment, usize)> {
    let firsts = |&labels| (0..all).step_by(size).map(move |first| (labels, first));
    labelings.iter().flat_map(firsts).collect()
}

/// The outputs of the chunks of one labeling and seed.
fn joined<O>(
    study: &Study<(Treatment, usize), O>,
    labels: Treatment,
    seed: u64,
) -> impl Iterator<Item = &O> {
    let chunks = study.cells().filter(move |(known, _)| *known == labels);
    chunks.filter_map(move |chunk| study.at(chunk, seed))
}

/// Trainings with one example replaced, of every labeling.
pub fn replaced(
    session: &Session,
    settings: &Settings,
    learner: Learner,
) -> anyhow::Result<ReplacedStudy> {
    let (architecture, recipe) = settings.learner(learner);
    let spec = |labels, seed, first, count| Replacements {
        checksum: session.dataset.checksum().to_owned(),
        labels,
        train: settings.train,
        compared: settings.compared,
        preprocessing: PREPROCESSING,
        architecture: architecture.into(),
        recipe,
        gradients: GRADIENTS,
        seed,
        first,
        count,
    };
    let labelings = LABELINGS.map(|(labels, _)| labels);
    let (all, seeds) = (settings.replacements, &settings.seeds);
    let cells = chunks(&labelings, all, REPLACEMENTS);
    let replaced = session.study(cells, seeds, |&(labels, first), seed| {
        spec(labels, seed, first, REPLACEMENTS.min(all - first))
    })?;
    let reseeded: Study<Treatment, Vec<Reseeded>> = match learner {
        Learner::Linear => Study::new([]),
        Learner::Network => session.study(labelings, seeds, |&labels, seed| {
            OtherSeeds(spec(labels, seed, 0, settings.reseeded))
        })?,
    };
    let examples = crossed(labelings, seeds).into_iter();
    Ok(Study::new(examples.filter_map(|(labels, seed)| {
        let reseeded = reseeded.at(&labels, seed).cloned().unwrap_or_default();
        let examples = ReplacedExamples::join(joined(&replaced, labels, seed), reseeded)?;
        Some((labels, seed, examples))
    })))
}

/// L and β of softmax regression over all images of all seeds: those trained on,
/// those compared on and the replacements. Labels do not matter.
pub fn softmax_regression(
    session: &Session,
    settings: &Settings,
) -> anyhow::Result<SoftmaxRegression> {
    let size = settings.train + settings.compared + settings.replacements;
    let of_seed = |&seed: &u64| {
        let labels = Treatment::TrueLabels;
        let images = draw(&session.dataset, labels, size, seed, PREPROCESSING)?;
        Ok(SoftmaxRegression::of(&images))
    };
    let constants = session.parallel(&settings.seeds, of_seed)?;
    let all = constants.into_iter().reduce(SoftmaxRegression::and);
    all.context("no seeds")
}

/// Kernel ridge regression without one example, of every ridge and labeling.
pub fn removed(session: &Session, settings: &Settings) -> anyhow::Result<RemovedStudy> {
    let labelings = LABELINGS.map(|(labels, _)| labels);
    let removed = session.study(labelings, &settings.seeds, |&labels, seed| Removals {
        checksum: session.dataset.checksum().to_owned(),
        labels,
        train: settings.train,
        compared: settings.compared,
        preprocessing: Preprocessing::UnitInterval,
        bandwidth: BANDWIDTH,
        ridges: RIDGES.to_vec(),
        seed,
    })?;
    Ok(RemovedStudy::by_ridge(&RIDGES, &removed))
}

/// The memorization scores of true, noisy and random labels.
pub fn memorized(session: &Session, settings: &Settings) -> anyhow::Result<Memorized> {
    let (architecture, recipe) = settings.learner(Learner::Network);
    let (all, seeds) = (settings.networks, &settings.seeds);
    let cells = chunks(&Group::labelings(), all, NETWORKS);
    let counts = session.study(cells, seeds, |&(labels, first), seed| Memorization {
        checksum: session.dataset.checksum().to_owned(),
        labels,
        train: settings.train,
        share: SHARE,
        preprocessing: Preprocessing::PerImageStandardization,
        architecture: architecture.into(),
        recipe,
        seed,
        first,
        count: NETWORKS.min(all - first),
    })?;
    let of_group = |(labels, seed): (Treatment, u64)| {
        let chunks = joined(&counts, labels, seed);
        let counts = chunks.fold(Counts::new(settings.train), Counts::and);
        ((labels, seed), counts)
    };
    let groups = crossed(Group::labelings(), seeds).into_iter();
    let counts: Vec<_> = groups.map(of_group).collect();
    Ok(Memorized::of(&session.dataset, &counts)?)
}
