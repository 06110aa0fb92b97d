//! The optimizers on plain numbers, for networks that are not dfdx's.

use super::{Optimizer, Steps};

/// An optimizer with its state.
pub(super) struct Descent {
    weight_decay: f32,
    state: State,
}

enum State {
    /// `v <- g + momentum v; w <- w - lr v`.
    Sgd { momentum: f32, velocity: Vec<f32> },
    /// Kingma and Ba 2015, arXiv 1412.6980, Algorithm 1.
    Adam {
        mean: Vec<f32>,
        square: Vec<f32>,
        steps: i32,
    },
}

/// Adam's published defaults.
const BETAS: [f64; 2] = [0.9, 0.999];
const EPSILON: f64 = 1e-8;

impl Descent {
    /// Fresh state for so many parameters.
    pub fn new(steps: &Steps, parameters: usize) -> Self {
        let state = match steps.optimizer {
            Optimizer::Sgd { momentum } => State::Sgd {
                momentum: momentum as f32,
                velocity: vec![0.0; parameters],
            },
            Optimizer::Adam => State::Adam {
                mean: vec![0.0; parameters],
                square: vec![0.0; parameters],
                steps: 0,
            },
        };
        Self {
            weight_decay: steps.weight_decay as f32,
            state,
        }
    }

    /// Moves the parameters along their gradient.
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32], learning_rate: f64) {
        let decay = self.weight_decay;
        match &mut self.state {
            State::Sgd { momentum, velocity } => {
                let rate = learning_rate as f32;
                for ((w, &g), v) in parameters.iter_mut().zip(gradient).zip(velocity) {
                    *v = g + decay * *w + *momentum * *v;
                    *w -= rate * *v;
                }
            }
            State::Adam {
                mean,
                square,
                steps,
            } => {
                *steps += 1;
                let [first, second] = BETAS.map(|beta| 1.0 - beta.powi(*steps));
                let rate = (learning_rate / first) as f32;
                let (second, epsilon) = (second as f32, EPSILON as f32);
                let [b1, b2] = BETAS.map(|beta| beta as f32);
                let state = mean.iter_mut().zip(square);
                for ((w, &g), (m, s)) in parameters.iter_mut().zip(gradient).zip(state) {
                    let g = g + decay * *w;
                    *m = b1 * *m + (1.0 - b1) * g;
                    *s = b2 * *s + (1.0 - b2) * g * g;
                    *w -= rate * *m / ((*s / second).sqrt() + epsilon);
                }
            }
        }
    }
}
