//! Certificates of random labels, whose risk is exactly 0.9: none may lie below, unless the prior
//! has seen the examples that errors are counted on.

use std::ops::Range;

use rayon::prelude::*;

use super::trained::{Trained, parts};
use crate::certificate::{
    Certificate, Confidence, Coordinates, Gaussian, Prior, Training, gibbs_errors, train,
};
use crate::dataset::{Preprocessing, Split};
use crate::experiment::stability::draw;
use crate::experiment::tests::dataset;
use crate::network::Architecture;
use crate::training::{Batch, Recipe};
use crate::treatment::Treatment;

const EXAMPLES: usize = 500;

/// The certificates of all seeds; each has examples and labels of its own.
fn certificates(seeds: Range<u64>, of: impl Fn(Split, u64) -> f64 + Sync) -> Vec<f64> {
    let pixels = Preprocessing::UnitInterval;
    let examples = |seed| draw(dataset(), Treatment::RandomLabels, EXAMPLES, seed, pixels);
    let seeds = seeds.into_par_iter();
    seeds
        .map(|seed| of(examples(seed).unwrap(), seed))
        .collect()
}

fn risk(prior: &Prior, examples: &Split, rates: [f64; 2], seed: u64) -> f64 {
    let how = Training {
        batch: 50,
        epochs: 8,
        rates,
        ..Training::default()
    };
    let posterior = train(prior, examples, &how, seed).unwrap();
    let errors = gibbs_errors(&posterior, examples, 3, seed).unwrap();
    let (kl, n) = (prior.divergence(&posterior), examples.len());
    let found = Certificate::new(errors, kl, n, 1, Confidence::default());
    found.unwrap().risk
}

/// A prior around a network that SGD trained until it fits.
fn around_fitted(examples: &Split, seed: u64) -> Prior {
    let architecture: Architecture = "mlp-32".parse().unwrap();
    let recipe = Recipe {
        batch: Batch::Mini { size: 16 },
        learning_rate: 0.02,
        decay: 1.0,
        ..Recipe::default()
    };
    let parts = (examples, &examples.gather(&[0]));
    let trained = Trained::on((&architecture, &recipe), 10, parts, seed).unwrap();
    let law: Gaussian = trained.law().unwrap();
    Prior::around(&law, 0.01).unwrap()
}

/// Rates of a posterior that begins at a trained network.
const GENTLE: [f64; 2] = [1e-4, 3e-3];

/// Certificates of priors at random weights, independent and smooth, of priors trained on half of
/// the examples, and of priors that have seen the examples that errors are counted on.
fn of_all_kinds(seeds: Range<u64>) -> [Vec<f64>; 4] {
    let prior = |seed| Prior::at_random(&[784, 32, 10], 0.2, seed).unwrap();
    let free = certificates(seeds.clone(), |examples, seed| {
        risk(&prior(seed), &examples, [0.01, 0.03], seed)
    });
    let smooth = certificates(seeds.clone(), |examples, seed| {
        let coordinates = Coordinates::smooth(dataset().shape(), &examples).unwrap();
        let (prior, examples) = (coordinates.prior(&prior(seed)), coordinates.of(&examples));
        risk(&prior, &examples, [0.01, 0.03], seed)
    });
    let split = certificates(seeds.clone(), |examples, seed| {
        let (seen, unseen) = parts(&examples, examples.len() / 2).unwrap();
        risk(&around_fitted(&seen, seed), &unseen, GENTLE, seed)
    });
    let leaked = certificates(seeds, |examples, seed| {
        risk(&around_fitted(&examples, seed), &examples, GENTLE, seed)
    });
    [free, smooth, split, leaked]
}

fn below(certificates: &[f64]) -> usize {
    certificates.iter().filter(|&&risk| risk < 0.9).count()
}

/// Where the assumption is broken, the test finds what it looks for.
#[test]
fn certificates_of_random_labels_are_below_their_risk_only_if_the_prior_has_seen_them() {
    let all = of_all_kinds(1..6);
    let counts = all.each_ref().map(|risks| below(risks));
    assert_eq!(counts, [0, 0, 0, 5], "{all:?}");
}

/// `cargo test --release --lib validity -- --ignored --nocapture`
#[test]
#[ignore = "a minute; the same with thirty seeds, and prints the counts"]
fn of_thirty_seeds() {
    let kinds = [
        "prior at random",
        "prior at random, smooth",
        "half seen",
        "leak: all seen",
    ];
    let all = of_all_kinds(1..31);
    for (kind, risks) in kinds.iter().zip(&all) {
        let smallest = risks.iter().copied().fold(f64::INFINITY, f64::min);
        let (count, of) = (below(risks), risks.len());
        println!("{kind}: {count} of {of} certificates below 0.9, smallest {smallest:.4}");
    }
    assert_eq!(all.each_ref().map(|risks| below(risks)), [0, 0, 0, 30]);
}
