//! One block's runs, made.

use serde::{Deserialize, Serialize};

use super::TrialError;
use super::arm::{Arm, Way};
use super::norm_flow::{NormFlow, norm, path_norm};
use super::outcome::{End, Measured, Outcome};
use super::plan::{Plan, Stratum};
use super::poles;
use super::searching::Searching;
use crate::dataset::{Dataset, Preprocessing, Split};
use crate::measure::{self, Subject};
use crate::network::{Architecture, Initialization, Model, Zoo};
use crate::random::stream;
use crate::solution::{StopReason, Weight};
use crate::training::search::Search;
use crate::training::{AtCost, Descent, TrainingError, outputs, train_to_cost};

/// The test images are the same for every run: they are drawn with this seed.
const TEST_SEED: u64 = 0;

/// Arms of one block that are run together, and everything that determines what comes
/// of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Name of the stratum.
    pub stratum: String,
    /// SHA-256 of the dataset's content.
    pub checksum: String,
    /// The network.
    pub architecture: Zoo,
    /// Test images.
    pub test_size: usize,
    /// Costs to be matched, falling.
    pub costs: Vec<f64>,
    /// Evaluations per training example after which a run is given up.
    pub limit: u64,
    /// Seed of the block.
    pub block: u64,
    /// Arms that others build on, and that are run again for them.
    pub bases: Vec<Arm>,
    /// The arms.
    pub arms: Vec<Arm>,
}

impl Plan {
    /// Every run of the plan, as jobs that do not depend on each other.
    ///
    /// A trained arm is a job; the arms that move the norm of other arms' solutions
    /// are one job per block, since no weights are stored.
    pub fn jobs(&self) -> Vec<Job> {
        let blocks = self.blocks.iter();
        let jobs = blocks.flat_map(|&block| self.strata.iter().map(move |s| (block, s)));
        jobs.flat_map(|(block, stratum)| stratum.jobs(&self.costs, block))
            .collect()
    }
}

impl Stratum {
    /// Arms of this stratum in one block.
    pub fn job(&self, costs: &[f64], block: u64, arms: Vec<Arm>) -> Job {
        Job {
            stratum: self.name.clone(),
            checksum: self.checksum.clone(),
            architecture: self.architecture,
            test_size: self.test_size,
            costs: costs.to_vec(),
            limit: self.limit,
            block,
            bases: vec![],
            arms,
        }
    }

    fn jobs(&self, costs: &[f64], block: u64) -> Vec<Job> {
        let (flows, trained): (Vec<&Arm>, Vec<&Arm>) =
            (self.arms.iter()).partition(|arm| matches!(arm.way, Way::NormFlow { .. }));
        let is_base = |arm: &&&Arm| {
            flows.iter().any(|flow| match &flow.way {
                Way::NormFlow { from, of, .. } => *from == arm.id || *of == arm.id,
                _ => false,
            })
        };
        let bases = trained.iter().filter(is_base).map(|&arm| arm.clone());
        let moved = Job {
            bases: bases.collect(),
            ..self.job(costs, block, flows.iter().copied().cloned().collect())
        };
        let alone = (trained.iter()).map(|&arm| self.job(costs, block, vec![arm.clone()]));
        let moved = (!flows.is_empty()).then_some(moved);
        // The longest first, so that no core is left alone with it at the end.
        moved.into_iter().chain(alone).collect()
    }
}

impl Job {
    /// Makes the runs: one outcome per arm and cost.
    ///
    /// Runs on the calling thread alone and draws from streams of the block's seed, so
    /// the same job has the same outcomes.
    ///
    /// # Errors
    /// Another dataset than planned, more images than there are, no network of the zoo
    /// for them, an arm that builds on one that is not there, or lack of memory. Runs
    /// that do not reach the cost are outcomes.
    pub fn run(&self, dataset: &Dataset) -> Result<Vec<Outcome>, TrialError> {
        if self.checksum != dataset.checksum() {
            return Err(TrialError::OtherDataset {
                planned: self.checksum.clone(),
                loaded: dataset.checksum().to_owned(),
            });
        }
        let bases = (self.bases.iter())
            .map(|arm| Ok((arm.id.as_str(), self.train(arm, self.limit(arm), dataset)?)))
            .collect::<Result<Vec<_>, TrialError>>()?;
        let base = |id: &str| {
            let found = bases.iter().find(|(base, _)| *base == id);
            let missing = || TrialError::NoSuchArm { id: id.to_owned() };
            found.map(|(_, trained)| trained).ok_or_else(missing)
        };
        let mut outcomes = Vec::new();
        for arm in &self.arms {
            match &arm.way {
                Way::NormFlow { from, of, factor } => {
                    outcomes.extend(self.flow(arm, base(from)?, base(of)?, *factor)?);
                }
                Way::FiniteSample | Way::RandomFeatures { .. } => {
                    outcomes.extend(self.pole(arm, dataset)?);
                }
                Way::Descent { .. } | Way::Search { .. } => {
                    let trained = self.train(arm, self.limit(arm), dataset)?;
                    for arrival in &trained.arrivals {
                        outcomes.push(self.outcome(arm, &trained, arrival)?);
                    }
                }
            }
        }
        Ok(outcomes)
    }

    /// How the arm ends within `limit` evaluations at the last cost, and after how many.
    pub(super) fn speed(
        &self,
        arm: &Arm,
        limit: u64,
        dataset: &Dataset,
    ) -> Result<(StopReason, u64), TrialError> {
        let trained = self.train(arm, limit, dataset)?;
        let last = trained.arrivals.last();
        Ok(last.map_or((StopReason::EpochLimit, 0), |arrival| {
            (arrival.stop, arrival.work.evaluations)
        }))
    }

    fn limit(&self, arm: &Arm) -> u64 {
        self.limit * arm.train_size as u64
    }

    fn train(&self, arm: &Arm, limit: u64, dataset: &Dataset) -> Result<Trained, TrialError> {
        let (train, test) = self.data(arm, dataset)?;
        let mut model = (Architecture::from(self.architecture))
            .build(train.features(), dataset.classes())
            .map_err(TrainingError::from)?;
        let mut initial = model.weights().map_err(TrainingError::from)?;
        Initialization::He.fill(&mut initial, self.block);
        let arrivals = match &arm.way {
            Way::Descent {
                optimizer,
                batch,
                learning_rate,
                start,
            } => {
                let (optimizer, batch, rate) = (*optimizer, *batch, *learning_rate);
                scale(&mut initial, start.scale);
                model.set_weights(&initial).map_err(TrainingError::from)?;
                let model = model.as_mut();
                if let Some(first) = &start.pretraining {
                    let copies = first.copies(&train, dataset.classes(), self.block)?;
                    let passes = (first.epochs * copies.len()) as u64;
                    let shuffles = stream(self.block, "pretraining: batch order");
                    let mut way = Descent::new(model, &copies, optimizer, batch, rate, shuffles)?;
                    train_to_cost(&mut way, model, &copies, &[first.until], passes)?;
                }
                let shuffles = stream(self.block, "batch order");
                let mut way = Descent::new(model, &train, optimizer, batch, rate, shuffles)?;
                train_to_cost(&mut way, model, &train, &self.costs, limit)?
            }
            Way::Search {
                moves,
                steps,
                trials,
                start,
            } => {
                scale(&mut initial, start.scale);
                model.set_weights(&initial).map_err(TrainingError::from)?;
                let (weights, classes) = (initial.clone(), dataset.classes());
                let search = Search::new(weights, &train, classes, *moves, *steps, self.block)?;
                let mut way = Searching::new(search, train.len());
                let limit = trials * train.len() as u64;
                train_to_cost(&mut way, model.as_mut(), &train, &self.costs, limit)?
            }
            Way::NormFlow { .. } | Way::FiniteSample | Way::RandomFeatures { .. } => {
                return Err(TrialError::NotTrained { id: arm.id.clone() });
            }
        };
        Ok(Trained {
            train,
            test,
            classes: dataset.classes(),
            initial,
            arrivals,
        })
    }

    /// The norm of `from`'s solutions moved to `factor` times that of `of`, cost by cost.
    fn flow(
        &self,
        arm: &Arm,
        from: &Trained,
        of: &Trained,
        factor: f64,
    ) -> Result<Vec<Outcome>, TrialError> {
        let limit = self.limit(arm);
        let mut outcomes = Vec::new();
        for (start, reference) in from.arrivals.iter().zip(&of.arrivals) {
            let aim = [start, reference]
                .iter()
                .all(|arrival| arrival.stop.reached_target())
                .then(|| norm(&reference.weights, &reference.train))
                .flatten();
            let Some(aim) = aim else {
                outcomes.push(self.without(arm, start.cost, End::NoStart));
                continue;
            };
            let mut model = from.model(self.architecture)?;
            (model.set_weights(&start.weights)).map_err(TrainingError::from)?;
            let mut way = NormFlow::new(&from.train, start.cost, factor * aim);
            let costs = [start.cost];
            let arrivals = train_to_cost(&mut way, model.as_mut(), &from.train, &costs, limit)?;
            for arrival in &arrivals {
                outcomes.push(self.outcome(arm, from, arrival)?);
            }
        }
        Ok(outcomes)
    }

    /// An interpolant that is not trained, its last layer scaled to each cost, which
    /// leaves norms over margins as they are.
    fn pole(&self, arm: &Arm, dataset: &Dataset) -> Result<Vec<Outcome>, TrialError> {
        let (train, test) = self.data(arm, dataset)?;
        let classes = dataset.classes();
        let layers = match arm.way {
            Way::RandomFeatures { width } => {
                poles::random_features(&train, classes, width, self.block)
            }
            _ => poles::finite_sample(&train, classes, self.block),
        }
        .ok();
        let at = |cost: f64| -> Result<Outcome, TrialError> {
            // Data that no such network fits are an outcome: one image with two labels.
            let Some(mut layers) = layers.clone() else {
                return Ok(self.without(arm, cost, End::Limit));
            };
            // A little below, so that rounding outputs to f32 does not lift it above.
            if poles::scale_to_cost(&mut layers, &train, (1.0 - 1e-4) * cost).is_err() {
                return Ok(self.without(arm, cost, End::Limit));
            }
            let subject = Subject::new(layers, None)?;
            let on_train = measure::network_outputs(&subject, &train)?;
            let on_test = measure::network_outputs(&subject, &test)?;
            let subject = subject.with_outputs(on_train);
            Ok(Outcome {
                solution: measurable(Measured::of(&subject, &train, &on_test, None))?,
                ..self.without(arm, cost, End::Reached)
            })
        };
        self.costs.iter().map(|&cost| at(cost)).collect()
    }

    /// Training and test images of an arm.
    fn data(&self, arm: &Arm, dataset: &Dataset) -> Result<(Split, Split), TrialError> {
        let train = dataset.train().subset(arm.train_size, self.block)?;
        let test = dataset.test().subset(self.test_size, TEST_SEED)?;
        let (classes, shape) = (dataset.classes(), dataset.shape());
        let treated = (arm.labels).apply(&train, &test, classes, shape, self.block)?;
        let standardize = |split| Preprocessing::PerImageStandardization.apply(split);
        Ok((standardize(treated.train), standardize(treated.test)))
    }

    fn without(&self, arm: &Arm, cost: f64, end: End) -> Outcome {
        Outcome {
            stratum: self.stratum.clone(),
            block: self.block,
            arm: arm.id.clone(),
            cost,
            end,
            evaluations: 0,
            updates: 0,
            solution: None,
        }
    }

    fn outcome(
        &self,
        arm: &Arm,
        trained: &Trained,
        arrival: &AtCost,
    ) -> Result<Outcome, TrialError> {
        let end = match arrival.stop {
            StopReason::Diverged => End::Diverged,
            stop if stop.reached_target() => End::Reached,
            _ => End::Limit,
        };
        let solution = match end {
            End::Reached => measurable(trained.measure(self.architecture, arrival))?,
            _ => None,
        };
        Ok(Outcome {
            evaluations: arrival.work.evaluations,
            updates: arrival.work.updates,
            solution,
            ..self.without(arm, arrival.cost, end)
        })
    }
}

/// What was measured; nothing of weights so extreme that they have no norm to speak of,
/// which is an outcome and no reason to give up the trial.
fn measurable(measured: Result<Measured, TrialError>) -> Result<Option<Measured>, TrialError> {
    match measured {
        Err(TrialError::NoMargin | TrialError::Measure(_)) => Ok(None),
        measured => measured.map(Some),
    }
}

/// A trained arm, with what it was trained and is tested on.
struct Trained {
    train: Split,
    test: Split,
    classes: usize,
    /// Weights before the first step, and before any pretraining.
    initial: Vec<Weight>,
    /// One per cost.
    arrivals: Vec<AtCost>,
}

impl Trained {
    fn model(&self, architecture: Zoo) -> Result<Box<dyn Model>, TrialError> {
        let model = Architecture::from(architecture).build(self.train.features(), self.classes);
        Ok(model.map_err(TrainingError::from)?)
    }

    fn measure(&self, architecture: Zoo, arrival: &AtCost) -> Result<Measured, TrialError> {
        let mut model = self.model(architecture)?;
        (model.set_weights(&arrival.weights)).map_err(TrainingError::from)?;
        let on_test = outputs(model.as_ref(), &self.test).map_err(TrainingError::from)?;
        let layers = measure::layers(&arrival.weights)?;
        let initial = measure::layers(&self.initial)?;
        let subject = Subject::new(layers, Some(initial))?.with_outputs(arrival.train.clone());
        Measured::of(
            &subject,
            &self.train,
            &on_test,
            Some(path_norm(&self.initial)),
        )
    }
}

fn scale(weights: &mut [Weight], factor: f64) {
    for value in weights.iter_mut().flat_map(|w| &mut w.values) {
        *value = (f64::from(*value) * factor) as f32;
    }
}
