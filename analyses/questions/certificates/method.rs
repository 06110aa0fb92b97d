//! How posteriors are trained and certified, whatever the budget.

use rethink::certificate::{Confidence, Objective};

use super::args::Args;
use crate::cli::exit::UsageError;

/// The standard deviation of a prior around a trained network.
pub const SIGMA_OF_TRAINED: f64 = 0.01;

/// How posteriors are trained and certified.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Method {
    /// What their training makes small.
    pub objective: Objective,
    /// Weight of the divergence.
    pub beta: f64,
    /// The standard deviation of a prior at random weights.
    pub sigma: f64,
    /// Priors that could have been chosen.
    pub priors: usize,
    /// Passes in which errors are counted.
    pub passes: usize,
    /// With what probability a certificate may be wrong.
    pub confidence: Confidence,
}

impl Default for Method {
    fn default() -> Self {
        Self {
            objective: Objective::CrossEntropy,
            beta: 2.5,
            sigma: 0.2,
            // More than were tried, of σ, smoothness, width, filters and start, some on the same images.
            priors: 256,
            passes: 5,
            confidence: Confidence::default(),
        }
    }
}

impl Method {
    /// As asked for.
    pub fn of(args: &Args) -> Result<Self, UsageError> {
        let default = Self::default();
        let objective = args.objective.unwrap_or(default.objective);
        let confidence = Confidence {
            bound: args.delta.unwrap_or(default.confidence.bound),
            draws: args.delta_draws.unwrap_or(default.confidence.draws),
        };
        let Confidence { bound, draws } = confidence;
        if bound + draws >= 1.0 {
            return Err(UsageError(format!(
                "--delta {bound} and --delta-draws {draws} leave no probability to be right: give \
                 two numbers whose sum is below 1"
            )));
        }
        Ok(Self {
            objective,
            beta: args.beta.unwrap_or(match objective {
                Objective::CrossEntropy => default.beta,
                Objective::Quadratic | Objective::InvertedKl => 1.0,
            }),
            sigma: args.sigma.unwrap_or(default.sigma),
            priors: args.priors.unwrap_or(default.priors),
            passes: args.passes.unwrap_or(default.passes),
            confidence,
        })
    }

    /// The probability with which a certificate holds.
    pub fn probability(&self) -> f64 {
        1.0 - self.confidence.bound - self.confidence.draws
    }
}
