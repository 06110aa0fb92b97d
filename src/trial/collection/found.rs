//! Networks found by every method.

use super::block::{Block, Data, Stage};
use super::constructed;
use super::measured;
use super::pretraining::Pretraining;
use super::searching::Searching;
use super::steps::Steps;
use crate::dataset::Split;
use crate::measure::{self, Layer, Subject};
use crate::network::Optimizer;
use crate::random::stream;
use crate::solution::StopReason;
use crate::training::search::{self, Search};
use crate::training::{AtCost, Batch, Descent, TrainingError, train_to_cost};
use crate::treatment::Treatment;
use crate::trial::TrialError;
use crate::trial::design::{
    Cell, Cost, End, Held, Loss, Method, Outcome, Rate, VolumeStart, features,
};
use crate::trial::moving::{Chain, WalkEnd, settle};

/// The first step of a search, in weights.
const FIRST_STEP: f64 = 0.1;
/// Changes that a search tries at most.
const TRIALS: u64 = 300_000;
/// β of the chain that samples the volume, and its steps.
const CHAIN: (f64, usize) = (0.3, 100);
/// The learning rate on the squared loss over that on the cross-entropy, whose gradient by the
/// logits is at most one and which goes on to fall: at the same rate it diverges.
const SQUARED: f64 = 0.1;
/// Batches whose noise label-free noise has the size of.
const NOISE_OF: usize = 8;
/// The first training of an adversarial start.
const PRETRAINING: Pretraining = Pretraining {
    copies: 1,
    dropped: 0.1,
    until: 0.1,
    epochs: 300,
};

impl Block<'_> {
    /// The outcomes of a cell at every cost of the plan that its method is trained to.
    pub fn found(
        &mut self,
        method: Method,
        rate: Rate,
        labels: Treatment,
    ) -> Result<Vec<Outcome>, TrialError> {
        let cell = Cell::Found {
            method,
            rate,
            labels,
        };
        if matches!(method, Method::FiniteSample | Method::RandomFeatures) {
            return self.constructed(cell, method, labels);
        }
        let data = self.data(labels)?;
        let stages = self.stages(method, rate, labels)?;
        let outcome = |stage: &Stage| -> Result<Outcome, TrialError> {
            let mut outcome = Outcome {
                evaluations: stage.evaluations,
                updates: stage.updates,
                ..self.without(cell, stage.cost, stage.end)
            };
            if stage.end == End::Reached {
                outcome.network = measured::of(self, &stage.parameters, stage.cost, &data)?;
                if outcome.network.is_none() {
                    outcome.end = End::NoMargin;
                }
            }
            Ok(outcome)
        };
        stages.iter().map(outcome).collect()
    }

    /// Finds a network at every cost of the plan that its method is trained to.
    pub(super) fn find(
        &mut self,
        method: Method,
        rate: Rate,
        labels: Treatment,
    ) -> Result<Vec<Stage>, TrialError> {
        let data = self.data(labels)?;
        let train = &data.train.split;
        let squared = |cost: &&Cost| cost.loss == Loss::Squared;
        let squared: Vec<Cost> = self.job.costs.iter().filter(squared).copied().collect();
        let initial = self.initial("");
        match method {
            Method::Descent { optimizer, batch } => {
                let learning_rate = self.rate(method, rate)?;
                let mut stages =
                    self.descend(train, (optimizer, batch, learning_rate), &initial)?;
                if optimizer == (Optimizer::Sgd { momentum: 0.0 }) {
                    for cost in squared {
                        let steps = Steps {
                            costs: vec![cost],
                            batch: size(batch, train.len()),
                            rate: SQUARED * learning_rate,
                            shell: None,
                            noise_of: None,
                            limit: self.limit(),
                        };
                        let order = self.stream("batch order, squared loss");
                        stages.extend(steps.run(self, train, &initial, order)?);
                    }
                }
                Ok(stages)
            }
            Method::NoisyDescent => {
                let rate = self.rate(method.piloted_as(), rate)?;
                let steps = Steps {
                    costs: self.cross_entropies(),
                    batch: train.len(),
                    rate,
                    shell: None,
                    noise_of: Some(NOISE_OF),
                    limit: self.limit(),
                };
                let order = self.stream("label-free noise");
                steps.run(self, train, &initial, order)
            }
            Method::Scaled { factor } => {
                let learning_rate = self.rate(method, rate)?;
                let from: Vec<f64> = initial.iter().map(|w| factor * w).collect();
                self.descend(train, reference(learning_rate), &from)
            }
            Method::Adversarial { copies } => {
                let learning_rate = self.rate(method, rate)?;
                let from = self.pretrained(train, copies, learning_rate)?;
                self.descend(train, reference(learning_rate), &from)
            }
            Method::Search { largest } => self.search(train, largest),
            Method::GaussNewton => self.gauss_newton(&data),
            Method::Volume { start } => self.volume(&data, start),
            Method::FiniteSample | Method::RandomFeatures => Ok(Vec::new()),
        }
    }

    fn cross_entropies(&self) -> Vec<Cost> {
        let costs = self.job.costs.iter().copied();
        let mut costs: Vec<Cost> = costs
            .filter(|cost| cost.loss == Loss::CrossEntropy)
            .collect();
        costs.sort_by(|a, b| b.value.total_cmp(&a.value));
        costs
    }

    fn descend(
        &self,
        train: &Split,
        (optimizer, batch, rate): (Optimizer, Batch, f64),
        from: &[f64],
    ) -> Result<Vec<Stage>, TrialError> {
        let mut model = self.model(from)?;
        let model = model.as_mut();
        let order = self.stream("batch order");
        let mut descent = Descent::new(model, train, optimizer, batch, rate, order)?;
        let costs: Vec<f64> = self.cross_entropies().iter().map(|c| c.value).collect();
        let ends = train_to_cost(&mut descent, model, train, &costs, self.limit())?;
        Ok(ends.into_iter().map(|end| self.stage(end)).collect())
    }

    fn stage(&self, end: AtCost) -> Stage {
        Stage {
            cost: Cost::cross_entropy(end.cost),
            end: match end.stop {
                StopReason::Diverged => End::Diverged,
                stop if stop.reached_target() => End::Reached,
                _ => End::Limit,
            },
            evaluations: end.work.evaluations,
            updates: end.work.updates,
            parameters: self.vector(&end.weights),
        }
    }

    /// Weights trained on random labels of copies of the training images.
    fn pretrained(&self, train: &Split, copies: usize, rate: f64) -> Result<Vec<f64>, TrialError> {
        let first = Pretraining {
            copies,
            ..PRETRAINING
        };
        let shown = first.copies(train, self.classes, self.job.block)?;
        let mut model = self.model(&self.initial(""))?;
        let model = model.as_mut();
        let (optimizer, batch, rate) = reference(rate);
        let order = self.stream("pretraining: batch order");
        let mut descent = Descent::new(model, &shown, optimizer, batch, rate, order)?;
        let passes = (first.epochs * shown.len()) as u64;
        let ends = train_to_cost(&mut descent, model, &shown, &[first.until], passes)?;
        Ok(ends
            .first()
            .map_or_else(|| self.initial(""), |end| self.vector(&end.weights)))
    }

    fn search(&self, train: &Split, largest: Option<f64>) -> Result<Vec<Stage>, TrialError> {
        let mut model = self.model(&self.initial(""))?;
        let weights = model.weights().map_err(TrainingError::from)?;
        let steps = search::Steps {
            first: FIRST_STEP,
            largest,
        };
        let moves = search::Move::Weight;
        let seed = self.job.block;
        let search = Search::new(weights, train, self.classes, moves, steps, seed)?;
        let mut searching = Searching::new(search, train.len());
        let limit = TRIALS * train.len() as u64;
        let costs: Vec<f64> = self.cross_entropies().iter().map(|c| c.value).collect();
        let ends = train_to_cost(&mut searching, model.as_mut(), train, &costs, limit)?;
        Ok(ends.into_iter().map(|end| self.stage(end)).collect())
    }

    fn gauss_newton(&mut self, data: &Data) -> Result<Vec<Stage>, TrialError> {
        let Some(reference) = self.reference()? else {
            return Ok(self.no_start());
        };
        let mut surface = self.surface(data, &reference, Held::Margins)?;
        let walked = settle(&mut surface, &self.initial(""));
        let end = match walked.end {
            WalkEnd::Arrived => End::Reached,
            _ => End::Limit,
        };
        let evaluations = (walked.steps * data.train.split.len()) as u64;
        Ok(vec![Stage {
            cost: reference.cost,
            end,
            evaluations,
            updates: walked.steps as u64,
            parameters: walked.parameters,
        }])
    }

    fn volume(&mut self, data: &Data, start: VolumeStart) -> Result<Vec<Stage>, TrialError> {
        let Some(reference) = self.reference()? else {
            return Ok(self.no_start());
        };
        let variances = self.variances();
        let mut surface = self
            .surface(data, &reference, Held::Margins)?
            .weighted(&variances);
        let from = match start {
            VolumeStart::Reference => Some(reference.parameters.clone()),
            VolumeStart::Fresh => {
                let walked = settle(&mut surface, &self.initial("volume"));
                (walked.end == WalkEnd::Arrived).then_some(walked.parameters)
            }
        };
        let chain = Chain {
            step: CHAIN.0,
            steps: CHAIN.1,
            deviations: surface.deviations(),
        };
        let mut random = stream(
            self.job.block,
            match start {
                VolumeStart::Reference => "volume from the reference",
                VolumeStart::Fresh => "volume from a fresh initialization",
            },
        );
        let sampled = from.map(|from| chain.run(&mut surface, &from, &mut random));
        let last = sampled.as_ref().and_then(|sampled| sampled.last.clone());
        Ok(vec![Stage {
            cost: reference.cost,
            end: match last {
                Some(_) => End::Reached,
                None => End::Limit,
            },
            evaluations: sampled.map_or(0, |s| (s.tried * data.train.split.len()) as u64),
            updates: CHAIN.1 as u64,
            parameters: last.unwrap_or_default(),
        }])
    }

    fn no_start(&self) -> Vec<Stage> {
        let primary = self.job.costs.first();
        let stage = |&cost: &Cost| Stage {
            cost,
            end: End::NoStart,
            evaluations: 0,
            updates: 0,
            parameters: Vec::new(),
        };
        primary.map(stage).into_iter().collect()
    }

    /// 2 / fan-in of every layer with weights.
    fn variances(&self) -> Vec<f64> {
        let graph = self.graph(&self.initial(""));
        let shapes = graph.layers().iter().filter_map(|layer| layer.shapes());
        let fan_in = shapes.map(|[weight, _]| weight[1..].iter().product::<usize>());
        fan_in.map(|inputs| 2.0 / inputs as f64).collect()
    }

    /// An interpolant that is not trained, its last layer scaled to each cost, which leaves norms
    /// over margins as they are.
    fn constructed(
        &mut self,
        cell: Cell,
        method: Method,
        labels: Treatment,
    ) -> Result<Vec<Outcome>, TrialError> {
        let data = self.data(labels)?;
        let (train, classes, seed) = (&data.train.split, self.classes, self.job.block);
        let layers = match method {
            Method::RandomFeatures => {
                let width = features(self.job.architecture, train.len());
                constructed::random_features(train, classes, width, seed)
            }
            _ => constructed::finite_sample(train, classes, seed),
        };
        let layers = layers.ok();
        let at = |cost: Cost| -> Result<Outcome, TrialError> {
            // Data that no such network fits are an outcome: one image with two labels.
            let without = |end| Ok(self.without(cell, cost, end));
            let Some(mut layers) = layers.clone() else {
                return without(End::Limit);
            };
            // A little below, so that rounding outputs to f32 does not lift it above.
            let aim = (1.0 - 1e-4) * cost.value;
            if constructed::scale_to_cost(&mut layers, train, aim).is_err() {
                return without(End::Limit);
            }
            let network = of_layers(layers, cost, &data)?;
            let end = match network {
                Some(_) => End::Reached,
                None => End::NoMargin,
            };
            Ok(Outcome {
                network,
                ..self.without(cell, cost, end)
            })
        };
        self.cross_entropies().into_iter().map(at).collect()
    }
}

fn of_layers(
    layers: Vec<Layer>,
    cost: Cost,
    data: &Data,
) -> Result<Option<crate::trial::design::Measured>, TrialError> {
    let subject = Subject::new(layers, None)?;
    let on_train = measure::network_outputs(&subject, &data.train.split)?;
    let on_test = measure::network_outputs(&subject, &data.test)?;
    let subject = subject.with_outputs(on_train.clone());
    measured::of_subject(&subject, cost, (&on_train, &on_test))
}

/// SGD on batches of 32.
fn reference(rate: f64) -> (Optimizer, Batch, f64) {
    let Method::Descent { optimizer, batch } = Method::REFERENCE else {
        unreachable!("the reference descends")
    };
    (optimizer, batch, rate)
}

/// Examples a step.
pub(super) fn size(batch: Batch, examples: usize) -> usize {
    match batch {
        Batch::Full => examples,
        Batch::Mini { size } => size.clamp(1, examples),
    }
}
