//! The optimizers of dfdx, chosen at run time.

use std::fmt;

use dfdx::nn::modules::TensorCollection;
use dfdx::optim::{Adam, AdamConfig, Momentum, Optimizer as _, Sgd, SgdConfig, WeightDecay};
use dfdx::tensor::{Cpu, Gradients};
use serde::{Deserialize, Serialize};

use super::Steps;

/// How a gradient becomes a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Optimizer {
    /// `v <- g + momentum v; w <- w - lr v`, the form PyTorch uses.
    Sgd {
        /// Momentum in [0, 1).
        momentum: f64,
    },
    /// Adam with the published defaults: betas 0.9 and 0.999, epsilon 1e-8.
    ///
    /// # Reference
    /// Kingma and Ba 2015, arXiv 1412.6980, Algorithm 1.
    Adam,
}

impl fmt::Display for Optimizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Optimizer::Sgd { momentum } if *momentum == 0.0 => write!(f, "SGD"),
            Optimizer::Sgd { momentum } => write!(f, "SGD, momentum {momentum}"),
            Optimizer::Adam => write!(f, "Adam"),
        }
    }
}

/// An optimizer with its state, for the model type `M`.
pub(super) enum Stepper<M> {
    Sgd(Sgd<M, f32, Cpu>),
    Adam(Adam<M, f32, Cpu>),
}

impl<M: TensorCollection<f32, Cpu>> Stepper<M> {
    pub fn new(model: &M, steps: &Steps) -> Self {
        let decay = steps.weight_decay;
        let weight_decay = (decay > 0.0).then_some(WeightDecay::L2(decay));
        match steps.optimizer {
            Optimizer::Sgd { momentum } => Stepper::Sgd(Sgd::new(
                model,
                SgdConfig {
                    momentum: (momentum > 0.0).then_some(Momentum::Classic(momentum)),
                    weight_decay,
                    ..SgdConfig::default()
                },
            )),
            Optimizer::Adam => Stepper::Adam(Adam::new(
                model,
                AdamConfig {
                    weight_decay,
                    ..AdamConfig::default()
                },
            )),
        }
    }

    /// One step; false when a parameter had no gradient, which would be a
    /// defect of the network's definition.
    pub fn step(
        &mut self,
        model: &mut M,
        gradients: &Gradients<f32, Cpu>,
        learning_rate: f64,
    ) -> bool {
        match self {
            Stepper::Sgd(sgd) => {
                sgd.cfg.lr = learning_rate;
                sgd.update(model, gradients).is_ok()
            }
            Stepper::Adam(adam) => {
                adam.cfg.lr = learning_rate;
                adam.update(model, gradients).is_ok()
            }
        }
    }
}
