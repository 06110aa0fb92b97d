//! Samples of the initialization's Gaussian on a surface.

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::surface::Surface;
use super::{WalkEnd, settle, vector};

/// A chain is brought back by at most so many logits at once.
const LONGEST: f64 = 2.0;
/// Above this distance from the surface, in logits, it only goes back.
const FAR: f64 = 0.3;
/// Above this one the proposal before is undone.
const LOST: f64 = 3.0;

/// A chain of networks drawn from N(0, Σ) on the surface of one outcome.
///
/// ```text
/// raw = (√(1 − β²) − 1) θ + β Σ^½ ξ,   θ ← θ + raw − Σ Jᵀ (J Σ Jᵀ)⁻¹ (J raw − r)
/// ```
///
/// the preconditioned Crank-Nicolson proposal, projected. It leaves N(0, Σ) on the surface
/// invariant where J is constant. It is not corrected by Metropolis, and the curvature of the
/// surface (the co-area factor) is left out: an approximation, and said to be one.
///
/// # Reference
/// Cotter, Roberts, Stuart, White 2013, arXiv 1202.0709 (the proposal).
pub struct Chain {
    /// β.
    pub step: f64,
    /// Steps.
    pub steps: usize,
    /// √Σ of every parameter.
    pub deviations: Vec<f64>,
}

/// What a chain found.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampled {
    /// The last network, settled on the surface; none if it left the surface for good.
    pub last: Option<Vec<f64>>,
    /// Steps taken, those undone included.
    pub tried: usize,
}

impl Chain {
    /// Runs the chain on a surface [weighted](Surface::weighted) by Σ from parameters on it.
    pub fn run(&self, surface: &mut Surface<'_>, from: &[f64], random: &mut ChaCha8Rng) -> Sampled {
        let mut parameters = from.to_vec();
        let mut before: Option<Vec<f64>> = None;
        let (mut step, mut done, mut tried) = (self.step, 0, 0);
        let mut on_surface = true;
        while done < self.steps && tried < 4 * self.steps && on_surface {
            tried += 1;
            let off = surface.look_from(&parameters);
            if off > LOST
                && let Some(last) = before.take()
            {
                parameters = last;
                step *= 0.7;
                continue;
            }
            let moved = if off > FAR {
                surface.correction((LONGEST / off).min(1.0))
            } else {
                let shrunk = (1.0 - step * step).sqrt() - 1.0;
                let raw: Vec<f64> = (parameters.iter().zip(&self.deviations))
                    .map(|(w, deviation)| {
                        let z: f64 = StandardNormal.sample(random);
                        shrunk * w + step * deviation * z
                    })
                    .collect();
                done += 1;
                step = (1.02 * step).min(self.step);
                before = Some(parameters.clone());
                surface.step(&raw)
            };
            match moved {
                Some(moved) => vector::add(&mut parameters, 1.0, &moved),
                None => on_surface = false,
            }
        }
        let settled = settle(surface, &parameters);
        Sampled {
            last: (settled.end == WalkEnd::Arrived && done == self.steps)
                .then_some(settled.parameters),
            tried,
        }
    }
}
