//! Networks whose weights were changed while the outcome on the training examples was held.

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use super::block::{Block, Data, Stage};
use super::measured;
use super::steps::{Steps, gradient};
use crate::dataset::Split;
use crate::network::graph::{Graph, set_rounded, soft_margin};
use crate::solution::Outputs;
use crate::treatment::Treatment;
use crate::trial::TrialError;
use crate::trial::design::{Along, Cell, Change, End, Held, Loss, Method, Moved, Outcome};
use crate::trial::moving::{
    Norm, Norms, Surface, WalkEnd, Walked, along_at_norm, along_to_norm, to_norm, vector,
};

/// Doses on the way to larger ones: a walk begins where the next smaller one ended.
const WAYSTATIONS: [f64; 3] = [1.5, 2.0, 3.0];

impl Block<'_> {
    /// The outcome of a change of weights.
    pub fn changed(&mut self, held: Held, change: Change) -> Result<Outcome, TrialError> {
        let cell = Cell::Changed { held, change };
        let data = self.data(Treatment::TrueLabels)?;
        let from = match change {
            Change::ToReference { bad } | Change::Sham { bad } => self.primary(bad.method())?,
            _ => self.reference()?,
        };
        let other = match change {
            Change::FromReference { bad } => self.primary(bad.method())?,
            _ => self.reference()?,
        };
        let (Some(from), Some(other)) = (from, other) else {
            let cost = self.job.costs[0];
            return Ok(self.without(cell, cost, End::NoStart));
        };
        let mut surface = self.surface(&data, &from, held)?;
        let own = surface.norms().ln_path(&from.parameters);
        let others = surface.norms().ln_path(&other.parameters);
        let (walked, aim) = match change {
            Change::Dose { factor } => {
                let aim = own + factor.ln();
                (self.dose(&mut surface, &from.parameters, factor), aim)
            }
            Change::Return { from: factor } => {
                let away = self.dose(&mut surface, &from.parameters, factor);
                let back = match away.end {
                    WalkEnd::Arrived => to_norm(&mut surface, &away.parameters, Norm::Path, own),
                    _ => away,
                };
                (back, own)
            }
            Change::ToReference { .. } | Change::FromReference { .. } => {
                let walk = || to_norm(&mut surface, &from.parameters, Norm::Path, others);
                (self.walk_once((held, change), walk), others)
            }
            Change::Sham { bad } => {
                let there = Change::ToReference { bad };
                let walk = || to_norm(&mut surface, &from.parameters, Norm::Path, others);
                let there = self.walk_once((held, there), walk);
                let length = length(&from.parameters, &there.parameters);
                let walked = match there.end {
                    WalkEnd::Arrived => {
                        let direction = self.random("sham direction", &from.parameters, false);
                        let raw = |_: &[f64]| direction.clone();
                        along_at_norm(&mut surface, &from.parameters, raw, length)
                    }
                    _ => there,
                };
                (walked, own)
            }
            Change::Direction { along } => self.direction(&mut surface, &from, along, own),
        };
        self.moved(cell, (&from, &walked), aim, &mut surface, &data)
    }

    /// The reference at a factor of its norm, by way of the smaller doses; found once.
    fn dose(&mut self, surface: &mut Surface<'_>, from: &[f64], factor: f64) -> Walked {
        let held = surface.held();
        let own = surface.norms().ln_path(from);
        let mut at = Walked {
            parameters: from.to_vec(),
            steps: 0,
            end: WalkEnd::Arrived,
        };
        let stations = WAYSTATIONS.into_iter().filter(|&station| station < factor);
        for station in stations.chain([factor]) {
            if at.end != WalkEnd::Arrived {
                return at;
            }
            at = self.walk_once((held, Change::Dose { factor: station }), || {
                let mut walked = to_norm(surface, &at.parameters, Norm::Path, own + station.ln());
                walked.steps += at.steps;
                walked
            });
        }
        at
    }

    fn direction(
        &mut self,
        surface: &mut Surface<'_>,
        from: &Stage,
        along: Along,
        own: f64,
    ) -> (Walked, f64) {
        let from = &from.parameters;
        let doubled = own + 2.0_f64.ln();
        let dose = self.dose(surface, from, 2.0);
        let matched = || (dose.end == WalkEnd::Arrived).then(|| length(from, &dose.parameters));
        let nowhere = || Walked {
            parameters: from.clone(),
            steps: 0,
            end: WalkEnd::Limit,
        };
        match along {
            Along::Frobenius => (to_norm(surface, from, Norm::Frobenius, doubled), doubled),
            Along::Random | Along::RandomPerLayer => {
                let per_layer = along == Along::RandomPerLayer;
                let direction = self.random("direction", from, per_layer);
                let raw = |_: &[f64]| direction.clone();
                (along_to_norm(surface, from, raw, doubled), doubled)
            }
            Along::RandomAtNorm => {
                let direction = self.random("direction", from, false);
                let raw = |_: &[f64]| direction.clone();
                let walked = matched().map(|far| along_at_norm(surface, from, raw, far));
                (walked.unwrap_or_else(nowhere), own)
            }
            Along::WrongLabels | Along::RightLabels => {
                let images = &self.auxiliary;
                let labels = match along {
                    Along::RightLabels => images.labels().to_vec(),
                    _ => self.wrong_labels(),
                };
                let shown =
                    Split::from_checked(images.pixels().to_vec(), labels, images.features());
                let mut graph = Graph::zeros(self.layout.clone());
                // Down the cross-entropy of the other images with these labels.
                let raw = |parameters: &[f64]| {
                    set_rounded(graph.layers_mut(), parameters);
                    let up = gradient(Loss::CrossEntropy, &graph, &shown);
                    up.into_iter().map(|g| -g).collect()
                };
                let walked = matched().map(|far| along_at_norm(surface, from, raw, far));
                (walked.unwrap_or_else(nowhere), own)
            }
        }
    }

    /// A Gaussian direction; per layer, the root mean square of its part of a layer is that of
    /// the layer's weights.
    fn random(&self, purpose: &str, parameters: &[f64], per_layer: bool) -> Vec<f64> {
        let mut rng = self.stream(purpose);
        let mut direction: Vec<f64> = (parameters.iter())
            .map(|_| StandardNormal.sample(&mut rng))
            .collect();
        if per_layer {
            let graph = self.graph(parameters);
            let mut at = 0;
            for shapes in graph.layers().iter().filter_map(|layer| layer.shapes()) {
                let [weights, biases] = shapes.map(|shape| shape.iter().product::<usize>());
                let squares = parameters[at..at + weights].iter().map(|w| w * w);
                let size = (squares.sum::<f64>() / weights as f64).sqrt();
                let layer = &mut direction[at..at + weights + biases];
                layer.iter_mut().for_each(|x| *x *= size);
                at += weights + biases;
            }
        }
        direction
    }

    /// For every other image one of the classes that are not its own.
    fn wrong_labels(&self) -> Vec<u32> {
        let mut rng = self.stream("wrong labels");
        let classes = self.classes as u32;
        let wrong = |&y: &u32| (y + rng.random_range(1..classes.max(2))) % classes;
        self.auxiliary.labels().iter().map(wrong).collect()
    }

    fn moved(
        &self,
        cell: Cell,
        (from, walked): (&Stage, &Walked),
        aim: f64,
        surface: &mut Surface<'_>,
        data: &Data,
    ) -> Result<Outcome, TrialError> {
        let [before, after] = [&from.parameters, &walked.parameters]
            .map(|parameters| self.outputs(parameters, &data.train.split));
        let [losses_before, losses_after] = [&before, &after].map(losses);
        let changes = losses_before.iter().zip(&losses_after).map(|(a, b)| b - a);
        let logits = before.logits.iter().zip(&after.logits);
        let logits = logits.map(|(a, b)| f64::from(*b) - f64::from(*a));
        let moved = Moved {
            loss_change: vector::largest(changes),
            logit_change: vector::largest(logits),
            miss: (surface.norms().ln_path(&walked.parameters) - aim).abs(),
            left: surface.left(&walked.parameters),
            length: length(&from.parameters, &walked.parameters),
            steps: walked.steps,
        };
        let mut end = match walked.end {
            WalkEnd::Arrived => End::Reached,
            WalkEnd::Limit => End::Limit,
            WalkEnd::Floor => End::Floor,
        };
        let mut network = None;
        if end == End::Reached {
            network = measured::of(self, &walked.parameters, from.cost, data)?;
            if network.is_none() {
                end = End::NoMargin;
            }
        }
        Ok(Outcome {
            network,
            updates: walked.steps as u64,
            moved: Some(moved),
            ..self.without(cell, from.cost, end)
        })
    }

    /// The outcome of a training on the shell of a factor of the reference's path norm.
    pub fn shell(&mut self, factor: f64) -> Result<Outcome, TrialError> {
        let cell = Cell::Shell { factor };
        let data = self.data(Treatment::TrueLabels)?;
        let cost = self.job.costs[0];
        let Some(reference) = self.reference()? else {
            return Ok(self.without(cell, cost, End::NoStart));
        };
        let norms = Norms::of(&self.layout);
        let norm = norms.map(|mut norms| norms.ln_path(&reference.parameters));
        let Method::Descent { batch, .. } = Method::REFERENCE else {
            unreachable!("the reference descends")
        };
        let steps = Steps {
            costs: vec![cost],
            batch: super::found::size(batch, data.train.split.len()),
            rate: self.job.shell_rate,
            shell: norm.map(|norm| norm + factor.ln()),
            noise_of: None,
            limit: self.limit(),
        };
        let order = self.stream("batch order");
        let stages = steps.run(self, &data.train.split, &self.initial(""), order)?;
        let stage = stages.into_iter().next().expect("a stage for every cost");
        let network = match stage.end {
            End::Reached => measured::of(self, &stage.parameters, cost, &data)?,
            _ => None,
        };
        Ok(Outcome {
            evaluations: stage.evaluations,
            updates: stage.updates,
            network,
            ..self.without(cell, cost, stage.end)
        })
    }
}

/// The length of a change over that of what was changed.
fn length(from: &[f64], to: &[f64]) -> f64 {
    let change: f64 = from.iter().zip(to).map(|(a, b)| (a - b).powi(2)).sum();
    let own: f64 = from.iter().map(|a| a * a).sum();
    (change / own).sqrt()
}

/// The cross-entropy of every example, in nats.
fn losses(outputs: &Outputs) -> Vec<f64> {
    let rows = outputs.logits.chunks_exact(outputs.classes);
    let loss = |(row, &y): (&[f32], &u32)| {
        let row: Vec<f64> = row.iter().map(|&f| f64::from(f)).collect();
        let margin = soft_margin(&row, y as usize);
        (-margin).exp().ln_1p()
    };
    rows.zip(&outputs.labels).map(loss).collect()
}
