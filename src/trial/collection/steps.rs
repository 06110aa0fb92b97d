//! Gradient steps of the trial's own: on any loss, on shells of one norm, with noise.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rethink_layers::cross_entropy_with_gradient;

use super::block::{Block, Stage};
use crate::dataset::Split;
use crate::network::graph::{Graph, Pass, Value, set_rounded, to_vector};
use crate::solution::Outputs;
use crate::training::score;
use crate::trial::TrialError;
use crate::trial::design::{Cost, End, Loss};
use crate::trial::moving::Norms;

/// How steps are taken.
pub struct Steps {
    /// Where the mean loss ends it: costs of one loss, the largest first.
    pub costs: Vec<Cost>,
    /// Examples a step.
    pub batch: usize,
    /// Learning rate.
    pub rate: f64,
    /// After every step all parameters are rescaled to this ln P.
    pub shell: Option<f64>,
    /// Gaussian noise on the gradient of all examples, of the size of the noise of batches of so
    /// many.
    pub noise_of: Option<usize>,
    /// Evaluations after which it is given up.
    pub limit: u64,
}

impl Steps {
    /// Takes steps from parameters until the mean loss of all examples is at most the last cost,
    /// judged four times an epoch; the network at every cost.
    ///
    /// # Errors
    /// A layout without a path norm, where steps are on a shell.
    pub fn run(
        &self,
        block: &Block<'_>,
        train: &Split,
        from: &[f64],
        mut order: ChaCha8Rng,
    ) -> Result<Vec<Stage>, TrialError> {
        let mut norms = Norms::of(&block.layout);
        if self.shell.is_some() && norms.is_none() {
            return Err(block.no_path_norm());
        }
        let mut onto_shell = |parameters: &mut Vec<f64>| {
            if let (Some(aim), Some(norms)) = (self.shell, &mut norms) {
                let change = aim - norms.ln_path(parameters);
                let factor = norms.rescaling(change);
                parameters.iter_mut().for_each(|w| *w *= factor);
            }
        };
        let mut graph = block.graph(from);
        let mut parameters = from.to_vec();
        onto_shell(&mut parameters);
        let (mut evaluations, mut updates) = (0, 0);
        let mut stages = Vec::new();
        let mut places: Vec<usize> = (0..train.len()).collect();
        let batches = train.len().div_ceil(self.batch);
        loop {
            places.shuffle(&mut order);
            for (k, batch) in places.chunks(self.batch).enumerate() {
                set_rounded(graph.layers_mut(), &parameters);
                let judged = k % (batches / 4).max(1) == 0;
                let all = judged.then(|| graph.forward(rows(train)));
                if let Some(pass) = &all {
                    let outputs = Outputs {
                        classes: block.classes,
                        logits: pass.logits().to_rows(train.len()),
                        labels: train.labels().to_vec(),
                    };
                    let given_up = evaluations >= self.limit;
                    while let Some(&cost) = self.costs.get(stages.len()) {
                        let end = match cost.of(&outputs) {
                            loss if !loss.is_finite() => End::Diverged,
                            loss if loss <= cost.value => End::Reached,
                            _ if given_up => End::Limit,
                            _ => break,
                        };
                        stages.push(Stage {
                            cost,
                            end,
                            evaluations,
                            updates,
                            parameters: parameters.clone(),
                        });
                    }
                }
                let Some(cost) = self.costs.get(stages.len()) else {
                    return Ok(stages);
                };
                let gradient = gradient(cost.loss, &graph, &train.gather(batch));
                let noise = match (self.noise_of, &all) {
                    (Some(size), Some(pass)) => {
                        noise(cost.loss, size, &graph, pass, train, &gradient)
                    }
                    _ => 0.0,
                };
                for (w, g) in parameters.iter_mut().zip(&gradient) {
                    let z: f64 = match noise {
                        0.0 => 0.0,
                        _ => StandardNormal.sample(&mut order),
                    };
                    *w -= self.rate * (g + noise * z);
                }
                onto_shell(&mut parameters);
                evaluations += batch.len() as u64;
                updates += 1;
            }
        }
    }
}

/// The images, one by one.
fn rows(split: &Split) -> impl ExactSizeIterator<Item = &[f32]> {
    split.pixels().chunks_exact(split.features())
}

/// Σ_i ‖g_i‖² of a chain of dense layers.
///
/// ```text
/// ‖g_i‖² = Σ_l ‖δ_il‖² (‖h_il‖² + 1)
/// ```
fn squares(loss: Loss, graph: &Graph<f32>, pass: &Pass<f32>, train: &Split) -> f64 {
    let n = train.len();
    let gradients = graph.gradients(pass, by_logits(loss, pass, train, 1.0));
    let lengths = |rows: Vec<f32>| -> Vec<f64> {
        let rows = rows.chunks_exact(rows.len() / n);
        let square = |row: &[f32]| row.iter().map(|&x| f64::from(x).powi(2)).sum();
        rows.map(square).collect()
    };
    let nodes = graph.layout().nodes().iter().enumerate();
    let layers = nodes.map(|(place, node)| {
        let delta = graph.before_relu(place, pass, gradients[place + 1].clone());
        let seen = lengths(pass.value(node.inputs[0]).to_rows(n));
        let deltas = lengths(delta.to_rows(n));
        let each = seen.iter().zip(&deltas);
        each.map(|(h, d)| d * (h + 1.0)).sum::<f64>()
    });
    layers.sum()
}

/// The standard deviation, the same for every parameter, of noise of the mean square of that of a
/// gradient of `batch` examples drawn with replacement; `pass` is that of all examples, `mean`
/// their gradient.
///
/// ```text
/// σ² p = (1/b) ((1/n) Σ_i ‖g_i‖² − ‖g‖²)
/// ```
fn noise(
    loss: Loss,
    batch: usize,
    graph: &Graph<f32>,
    pass: &Pass<f32>,
    train: &Split,
    mean: &[f64],
) -> f64 {
    let of_examples = squares(loss, graph, pass, train) / train.len() as f64;
    let of_mean: f64 = mean.iter().map(|g| g * g).sum();
    let variance = (of_examples - of_mean).max(0.0) / batch as f64;
    (variance / mean.len() as f64).sqrt()
}

/// The gradient of the mean loss of a batch by the parameters.
pub fn gradient(loss: Loss, graph: &Graph<f32>, batch: &Split) -> Vec<f64> {
    let pass = graph.forward(rows(batch));
    let delta = by_logits(loss, &pass, batch, 1.0 / batch.len() as f32);
    let mut sum = graph.zeros_like();
    graph.add_gradient(&pass, delta, &mut sum);
    to_vector(&sum).into_iter().map(f64::from).collect()
}

/// The gradient of `scale` times the sum of the losses by the logits.
fn by_logits(loss: Loss, pass: &Pass<f32>, batch: &Split, scale: f32) -> Value<f32> {
    let mut delta = pass.logits().clone();
    match loss {
        Loss::CrossEntropy => {
            let logits = pass.logits().numbers();
            let to = Value::numbers_mut(&mut delta);
            cross_entropy_with_gradient(logits, batch.labels(), scale, to);
        }
        Loss::Squared => {
            let mut rows = pass.logits().to_rows(batch.len());
            let classes = rows.len() / batch.len();
            for (row, &y) in rows.chunks_exact_mut(classes).zip(batch.labels()) {
                row[y as usize] -= 1.0;
                row.iter_mut().for_each(|x| *x *= scale);
            }
            delta.fill(rows.chunks_exact(classes));
        }
    }
    delta
}

impl Cost {
    /// The mean loss of outputs.
    pub fn of(self, outputs: &Outputs) -> f64 {
        match self.loss {
            Loss::CrossEntropy => score(outputs).loss,
            Loss::Squared => {
                let rows = outputs.logits.chunks_exact(outputs.classes);
                let loss = |(row, &y): (&[f32], &u32)| -> f64 {
                    let each = row.iter().enumerate().map(|(k, &f)| {
                        let label = f64::from(u8::from(k == y as usize));
                        (f64::from(f) - label).powi(2)
                    });
                    0.5 * each.sum::<f64>()
                };
                let sum: f64 = rows.zip(&outputs.labels).map(loss).sum();
                sum / outputs.labels.len() as f64
            }
        }
    }
}
