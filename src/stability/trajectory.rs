//! A training with the weights along the way, and the distance between two.

use super::StabilityError;
use crate::dataset::Split;
use crate::solution::{Outputs, Solution, StopReason};
use crate::training::{Task, fit_along};

/// A training and its weights after some of the epochs.
#[derive(Debug, Clone)]
pub struct Trajectory {
    /// Steps after which weights were kept, the initial ones first.
    pub steps: Vec<usize>,
    weights: Vec<Vec<f32>>,
    /// What was found.
    pub solution: Solution,
    /// Outputs of the trained network on the images to compare on.
    pub outputs: Outputs,
}

/// Trains for all epochs of the recipe, keeping the weights after 0, 1, 2, 3,
/// 4, 6, 8, 12, 16, … epochs and at the end, where the network is evaluated on
/// `compared`: the task's own test images are evaluated after every epoch.
///
/// # Errors
/// As [`fit`](crate::training::fit), and a training that diverges.
pub fn train(task: &Task<'_>, compared: &Split) -> Result<Trajectory, StabilityError> {
    let (mut steps, mut weights, mut logits) = (Vec::new(), Vec::new(), Vec::new());
    let last = task.recipe.stopping.max_epochs;
    let solution = fit_along(task, &mut |point, model| {
        if kept(point.epoch) || point.epoch == last {
            steps.push(point.step);
            let arrays = model.weights()?;
            weights.push(arrays.into_iter().flat_map(|w| w.values).collect());
        }
        if point.epoch == last {
            logits = model.logits(compared.pixels())?;
        }
        Ok(())
    })?;
    if solution.stop == StopReason::Diverged {
        return Err(StabilityError::Diverged {
            seed: task.seed,
            steps: solution.curve.last().map_or(0, |point| point.step),
        });
    }
    Ok(Trajectory {
        steps,
        weights,
        solution,
        outputs: Outputs {
            classes: task.classes,
            logits,
            labels: compared.labels().to_vec(),
        },
    })
}

/// 0 and the numbers with at most two leading ones in binary: 1, 2, 3, 4, 6, 8, …
fn kept(epoch: usize) -> bool {
    epoch == 0
        || epoch.count_ones() == 1
        || epoch.count_ones() == 2 && {
            let low = epoch.trailing_zeros();
            epoch >> low == 3
        }
}

impl Trajectory {
    /// `‖w_t − w'_t‖₂` over all weights and biases, at the steps both kept.
    pub fn distances(&self, other: &Self) -> Vec<f64> {
        let pairs = self.weights.iter().zip(&other.weights);
        pairs.map(|(a, b)| distance(a, b)).collect()
    }

    /// `‖w_t − w_0‖₂` at the steps kept.
    pub fn travelled(&self) -> Vec<f64> {
        let start = &self.weights[0];
        self.weights.iter().map(|w| distance(start, w)).collect()
    }
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    let squares = a
        .iter()
        .zip(b)
        .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
    squares.sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::bounds::{SoftmaxRegression, convex_sgd};
    use super::super::{Change, Loss};
    use super::*;
    use crate::network::{Architecture, Optimizer, Zoo};
    use crate::random::stream;
    use crate::training::{Batch, Recipe, Stopping, Target, Tested};
    use rand::RngExt;

    /// Images of norm about 1, so that the bound is not far from what happens.
    fn noise(samples: usize, purpose: &str) -> Split {
        let mut rng = stream(1, purpose);
        let pixels = (0..samples * 784)
            .map(|_| (rng.random::<f32>() - 0.5) / 8.0)
            .collect();
        let labels = (0..samples).map(|i| (i % 10) as u32).collect();
        Split::new(pixels, labels, 784).expect("shapes fit")
    }

    fn recipe(learning_rate: f64, epochs: usize) -> Recipe {
        Recipe {
            optimizer: Optimizer::Sgd { momentum: 0.0 },
            batch: Batch::Mini { size: 5 },
            learning_rate,
            decay: 1.0,
            stopping: Stopping {
                target: Target::Epochs,
                max_epochs: epochs,
            },
            ..Recipe::default()
        }
    }

    fn trained(zoo: Zoo, recipe: &Recipe, train_on: &Split, compared: &Split) -> Trajectory {
        let task = Task {
            architecture: &Architecture::Zoo(zoo),
            recipe,
            classes: 10,
            train: train_on,
            test: &compared.gather(&[0]),
            tested: Tested::AtTheEnd,
            held_out: None,
            shape: None,
            seed: 3,
        };
        train(&task, compared).expect("a training")
    }

    fn replaced(examples: &Split, index: usize, by: usize, n: usize) -> Split {
        let mut rows: Vec<usize> = (0..n).collect();
        rows[index] = by;
        examples.gather(&rows)
    }

    #[test]
    fn weights_are_kept_at_the_same_steps_and_agree_until_the_example_is_met() {
        let examples = noise(21, "examples");
        let recipe = recipe(0.1, 6);
        let run = |split: &Split| trained(Zoo::Mlp1x16, &recipe, split, &examples);
        let base = run(&replaced(&examples, 0, 0, 20));
        assert_eq!(base.steps, [0, 4, 8, 12, 16, 24]);
        assert_eq!(base.distances(&base), [0.0; 6]);
        let other = run(&replaced(&examples, 2, 20, 20));
        let distances = base.distances(&other);
        assert_eq!(distances[0], 0.0, "the same initial weights");
        assert!(distances[1..].iter().all(|&d| d > 0.0));
        // The outputs are those of the trained weights on the images asked for.
        assert_eq!(base.outputs.logits[..200], base.solution.train.logits);
    }

    /// The theorem as an oracle: on a convex problem with a step size below
    /// 2/β no replacement moves the weights or a loss beyond the bound.
    #[test]
    fn convex_training_stays_below_the_bound_of_hardt_recht_and_singer() {
        let examples = noise(64, "convex examples");
        let softmax = SoftmaxRegression::of(&examples);
        let recipe = recipe(1.9 / softmax.smoothness, 8);
        let rows: Vec<usize> = (0..20).collect();
        let base = trained(Zoo::Linear, &recipe, &examples.gather(&rows), &examples);
        let allowed = |epochs| {
            let SoftmaxRegression {
                lipschitz,
                smoothness,
            } = softmax;
            convex_sgd(lipschitz, smoothness, recipe.learning_rate, epochs, 5).expect("below 2/β")
        };
        let bound = allowed(8);
        let mut closest = 0.0_f64;
        for index in [0, 7, 19] {
            let split = replaced(&examples, index, 20 + index, 20);
            let other = trained(Zoo::Linear, &recipe, &split, &examples);
            let distance = base.distances(&other);
            for (steps, distance) in base.steps.iter().zip(&distance) {
                let at = allowed(steps / 4);
                assert!(*distance <= at.distance, "{distance} after {steps} steps");
                closest = closest.max(distance / at.distance.max(1e-300));
            }
            let change = Change::between(&base.outputs, &other.outputs, Loss::CrossEntropy);
            let change = change.expect("the same images").largest;
            assert!(change > 0.0 && change <= bound.stability, "{change}");
        }
        // Not because everything is far below it.
        assert!(closest > 0.1, "{closest}");
    }
}
