//! Errors of a network with random weights.

use rayon::prelude::*;

use super::CertificateError;
use super::gaussian::Gaussian;
use super::stochastic::Stochastic;
use crate::classification::{Errors, margin};
use crate::dataset::Split;
use crate::random::stream;

/// Examples of a forward pass, or of a random stream: bits do not depend on threads.
const PART: usize = 1000;
/// Images that one draw of convolutions is shown at a time: their sums stay in the cache.
const IMAGES: usize = 50;

/// Errors in `passes` passes over examples, and the number of draws: the weights are drawn anew for
/// every example of every pass. A tie is an error.
///
/// Draws are independent whatever the network: of dense layers it is their sums that are drawn,
/// from the law that they have; the weights of convolutions, which positions share, are drawn for
/// every example.
///
/// The same arguments give the same bits on any number of threads.
///
/// # Errors
/// Examples that the network does not fit; no memory.
pub fn gibbs_errors(
    law: &Gaussian,
    examples: &Split,
    passes: usize,
    seed: u64,
) -> Result<[u64; 2], CertificateError> {
    law.check(examples)?;
    let errors = match law.has_convolution() {
        true => of_networks(law, examples, passes, seed)?,
        false => of_local_draws(law, examples, passes, seed)?,
    };
    Ok([errors, (passes * examples.len()) as u64])
}

fn of_local_draws(
    law: &Gaussian,
    examples: &Split,
    passes: usize,
    seed: u64,
) -> Result<u64, CertificateError> {
    let mut random = stream(seed, "certificate: draws that are counted");
    let network = Stochastic::of(law, &mut random)?;
    let mut errors = 0;
    for _ in 0..passes {
        let parts = examples.pixels().chunks(PART * examples.features());
        for (shown, labels) in parts.zip(examples.labels().chunks(PART)) {
            let logits = network.logits(shown, &mut random)?;
            errors += wrong(&in_double(&logits), labels);
        }
    }
    Ok(errors)
}

fn of_networks(
    law: &Gaussian,
    examples: &Split,
    passes: usize,
    seed: u64,
) -> Result<u64, CertificateError> {
    let parts = examples.len().div_ceil(PART);
    let of_part = |part: usize| -> Result<u64, CertificateError> {
        let purpose = format!("certificate: networks that are counted, part {part}");
        let mut random = stream(seed, &purpose);
        let first = part % parts * PART;
        let mut errors = 0;
        for i in first..examples.len().min(first + PART) {
            let network = Stochastic::of(law, &mut random)?;
            let logits = network.logits(examples.image(i), &mut random)?;
            errors += wrong(&in_double(&logits), &examples.labels()[i..=i]);
        }
        Ok(errors)
    };
    (0..passes * parts).into_par_iter().map(of_part).sum()
}

/// Errors of the mean of the probabilities over draws of the weights, and the number of examples.
///
/// The weights of convolutions are drawn once for all examples, their noise with signs of its own
/// for each; those of dense layers are drawn for each, as by [`gibbs_errors`].
///
/// # Errors
/// As [`gibbs_errors`].
pub fn ensemble_errors(
    law: &Gaussian,
    examples: &Split,
    draws: usize,
    seed: u64,
) -> Result<[u64; 2], CertificateError> {
    law.check(examples)?;
    let mut random = stream(seed, "certificate: ensemble");
    let (different, part) = match law.has_convolution() {
        true => (draws, IMAGES),
        false => (1, PART),
    };
    let networks = (0..different).map(|_| Stochastic::of(law, &mut random));
    let networks: Vec<Stochastic> = networks.collect::<Result<_, _>>()?;
    let classes = law.classes();
    let mut errors = 0;
    let parts = examples.pixels().chunks(part * examples.features());
    for (shown, labels) in parts.zip(examples.labels().chunks(part)) {
        let mut sums = vec![0.0; labels.len() * classes];
        for network in networks.iter().cycle().take(draws) {
            let logits = network.logits(shown, &mut random)?;
            for (sums, row) in sums
                .chunks_exact_mut(classes)
                .zip(logits.chunks_exact(classes))
            {
                let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let shifted = row.iter().map(|f| f64::from(f - largest).exp());
                let powers: Vec<f64> = shifted.collect();
                let all: f64 = powers.iter().sum();
                sums.iter_mut()
                    .zip(powers)
                    .for_each(|(sum, p)| *sum += p / all);
            }
        }
        errors += wrong(&sums, labels);
    }
    Ok([errors, examples.len() as u64])
}

fn in_double(logits: &[f32]) -> Vec<f64> {
    logits.iter().map(|&f| f64::from(f)).collect()
}

/// Rows of outputs that are not right: a tie is an error, and so is an output that is not finite.
fn wrong(outputs: &[f64], labels: &[u32]) -> u64 {
    let rows = outputs.chunks_exact(outputs.len() / labels.len());
    let margins = rows
        .zip(labels)
        .map(|(row, &label)| margin(row.iter().copied(), label as usize));
    margins.collect::<Errors>().errors as u64
}
