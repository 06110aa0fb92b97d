//! Trainings with one example replaced, as the question asks for them.

use anyhow::Context;
use rethink::experiment::Study;
use rethink::experiment::stability::{
    GRADIENTS, OtherSeeds, PREPROCESSING, ReplacedExamples, ReplacedStudy, Replacements, draw,
};
use rethink::stability::bounds::SoftmaxRegression;
use rethink::treatment::Treatment;

use super::LABELINGS;
use super::settings::Settings;
use crate::session::Session;

/// Replacements in one record: what an interrupt can lose.
const CHUNK: usize = 10;

/// Who learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learner {
    Network,
    /// Softmax regression: convex.
    Linear,
}

/// Trains what is missing, for every labeling.
pub fn measure(
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
    let groups: Vec<(Treatment, u64)> = (LABELINGS.into_iter())
        .flat_map(|(labels, _)| settings.seeds.iter().map(move |&seed| (labels, seed)))
        .collect();
    let firsts = || (0..settings.replacements).step_by(CHUNK);
    let chunks: Vec<Replacements> = (groups.iter())
        .flat_map(|&(labels, seed)| {
            firsts().map(move |first| {
                let count = CHUNK.min(settings.replacements - first);
                spec(labels, seed, first, count)
            })
        })
        .collect();
    let replaced = session.outputs_of(&chunks)?;
    let reseeded = match learner {
        Learner::Linear => vec![Vec::new(); groups.len()],
        Learner::Network => session.parallel(&groups, |&(labels, seed)| {
            session.output_of(&OtherSeeds(spec(labels, seed, 0, settings.reseeded)))
        })?,
    };
    let seeds = (replaced.chunks(firsts().count()))
        .zip(reseeded)
        .map(|(chunks, reseeded)| ReplacedExamples {
            base: chunks[0].0.clone(),
            replaced: chunks.iter().flat_map(|chunk| chunk.1.clone()).collect(),
            reseeded,
        });
    Ok(Study::of(&groups, seeds.collect(), |&group| group))
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
