//! One block: its images, and the networks that were found in it.

use std::rc::Rc;
use std::sync::Arc;

use super::job::Job;
use crate::dataset::{Dataset, ImageShape, Preprocessing, Split};
use crate::network::graph::{Graph, Layout, arrays, set_arrays, set_rounded, to_vector};
use crate::network::{Architecture, Initialization, Model};
use crate::random::stream;
use crate::solution::{Outputs, Weight};
use crate::training::TrainingError;
use crate::treatment::Treatment;
use crate::trial::TrialError;
use crate::trial::design::{Cell, Change, Cost, End, Held, Method, Outcome, Rate};
use crate::trial::moving::{Examples, Surface, Walked};

/// The test images are the same for every run: they are drawn with this seed.
const TEST_SEED: u64 = 0;

/// A network at a cost, or where its training ended short of it.
#[derive(Debug, Clone)]
pub struct Stage {
    pub cost: Cost,
    pub end: End,
    pub evaluations: u64,
    pub updates: u64,
    /// Where it ended, as a vector.
    pub parameters: Vec<f64>,
}

/// The images of a block under one treatment of the labels.
pub struct Data {
    pub train: Examples,
    pub test: Split,
}

/// What a network is known by in a block.
type Key = (Method, Rate, Treatment);

/// The images and networks of one block.
pub struct Block<'a> {
    pub job: &'a Job,
    dataset: &'a Dataset,
    pub classes: usize,
    shape: ImageShape,
    pub layout: Arc<Layout>,
    /// Images of other labels, as they are in the dataset.
    pub auxiliary: Split,
    data: Vec<(Treatment, Rc<Data>)>,
    known: Vec<(Key, Rc<Vec<Stage>>)>,
    /// Where walks that others begin with, or measure their length by, have ended.
    walked: Vec<(Held, Change, Walked)>,
}

impl<'a> Block<'a> {
    /// Draws the images.
    pub fn new(job: &'a Job, dataset: &'a Dataset) -> Result<Self, TrialError> {
        let features = dataset.train().features();
        let classes = dataset.classes();
        let model = build(job, features, classes)?;
        let all = job.train_size + job.auxiliary;
        let places = dataset.train().subset_indices(all, job.block)?;
        let auxiliary = dataset.train().gather(&places[job.train_size..]);
        Ok(Self {
            layout: model.layout().clone(),
            auxiliary: Preprocessing::PerImageStandardization.apply(auxiliary),
            shape: dataset.shape(),
            job,
            dataset,
            classes,
            data: Vec::new(),
            known: Vec::new(),
            walked: Vec::new(),
        })
    }

    /// The images with a treatment of the training labels.
    pub fn data(&mut self, labels: Treatment) -> Result<Rc<Data>, TrialError> {
        if let Some((_, data)) = self.data.iter().find(|(known, _)| *known == labels) {
            return Ok(data.clone());
        }
        let (job, dataset) = (self.job, self.dataset);
        let train = dataset.train().subset(job.train_size, job.block)?;
        let test = dataset.test().subset(job.test_size, TEST_SEED)?;
        let treated = labels.apply(&train, &test, self.classes, self.shape, job.block)?;
        let standardize = |split| Preprocessing::PerImageStandardization.apply(split);
        let data = Rc::new(Data {
            train: Examples::new(standardize(treated.train)),
            test: standardize(treated.test),
        });
        self.data.push((labels, data.clone()));
        Ok(data)
    }

    /// The network of a cell at every cost of the plan that its method is trained to, found once.
    pub fn stages(
        &mut self,
        method: Method,
        rate: Rate,
        labels: Treatment,
    ) -> Result<Rc<Vec<Stage>>, TrialError> {
        let key = (method, rate, labels);
        if let Some((_, stages)) = self.known.iter().find(|(known, _)| *known == key) {
            return Ok(stages.clone());
        }
        let stages = Rc::new(self.find(method, rate, labels)?);
        self.known.push((key, stages.clone()));
        Ok(stages)
    }

    /// A network on true labels at its fast rate and at the primary cost; none if it is not there.
    pub fn primary(&mut self, method: Method) -> Result<Option<Stage>, TrialError> {
        let stages = self.stages(method, Rate::Fast, Treatment::TrueLabels)?;
        let primary = self.job.costs.first();
        let at_primary = |stage: &&Stage| Some(&stage.cost) == primary && stage.end == End::Reached;
        Ok(stages.iter().find(at_primary).cloned())
    }

    /// The network that the others are compared with.
    pub fn reference(&mut self) -> Result<Option<Stage>, TrialError> {
        self.primary(Method::REFERENCE)
    }

    /// Where a change has ended, walked once.
    pub fn walk_once(
        &mut self,
        (held, change): (Held, Change),
        walk: impl FnOnce() -> Walked,
    ) -> Walked {
        let mut known = self.walked.iter();
        if let Some(walked) = known.find(|walked| (walked.0, walked.1) == (held, change)) {
            return walked.2.clone();
        }
        let walked = walk();
        self.walked.push((held, change, walked.clone()));
        walked
    }

    /// A network with He's initial weights, drawn for a purpose.
    pub fn initial(&self, purpose: &str) -> Vec<f64> {
        let graph = Graph::<f32>::zeros(self.layout.clone());
        let mut weights = arrays(&self.layout, graph.layers());
        let seed = match purpose {
            "" => self.job.block,
            _ => crate::random::seed_of(self.job.block, purpose),
        };
        Initialization::He.fill(&mut weights, seed);
        self.vector(&weights)
    }

    /// Weight arrays as a vector.
    pub fn vector(&self, weights: &[Weight]) -> Vec<f64> {
        let mut graph = Graph::<f32>::zeros(self.layout.clone());
        set_arrays(graph.layers_mut(), weights);
        to_vector(graph.layers())
            .into_iter()
            .map(f64::from)
            .collect()
    }

    /// A vector as weight arrays.
    pub fn weights(&self, parameters: &[f64]) -> Vec<Weight> {
        arrays(&self.layout, self.graph(parameters).layers())
    }

    /// The network of a vector of parameters.
    pub fn graph(&self, parameters: &[f64]) -> Graph<f32> {
        let mut graph = Graph::zeros(self.layout.clone());
        set_rounded(graph.layers_mut(), parameters);
        graph
    }

    /// The outputs of a network on images.
    pub fn outputs(&self, parameters: &[f64], split: &Split) -> Outputs {
        Outputs {
            classes: self.classes,
            logits: self.graph(parameters).logits(split.pixels()),
            labels: split.labels().to_vec(),
        }
    }

    /// A model of the network, to be trained, with these parameters.
    pub fn model(&self, parameters: &[f64]) -> Result<Box<dyn Model>, TrialError> {
        let features = self.layout.features();
        let mut model = build(self.job, features, self.classes)?;
        let weights = self.weights(parameters);
        let mut named = model.weights().map_err(TrainingError::from)?;
        for (to, from) in named.iter_mut().zip(weights) {
            to.values = from.values;
        }
        model.set_weights(&named).map_err(TrainingError::from)?;
        Ok(model)
    }

    /// The stream of a purpose in this block.
    pub fn stream(&self, purpose: &str) -> rand_chacha::ChaCha8Rng {
        stream(self.job.block, purpose)
    }

    /// The fast rate of a method, or a third of it.
    ///
    /// # Errors
    /// A method that the pilot has no rate of.
    pub fn rate(&self, method: Method, rate: Rate) -> Result<f64, TrialError> {
        let rates = self.job.rates.iter();
        let fast = rates.clone().find(|(known, _)| *known == method);
        let fast = fast.ok_or_else(|| TrialError::NoRate {
            method: method.to_string(),
        })?;
        Ok(match rate {
            Rate::Fast => fast.1,
            Rate::Gentle => fast.1 / 3.0,
        })
    }

    /// Evaluations after which a training is given up.
    pub fn limit(&self) -> u64 {
        self.job.limit * self.job.train_size as u64
    }

    /// An outcome without a network.
    pub fn without(&self, cell: Cell, cost: Cost, end: End) -> Outcome {
        Outcome {
            stratum: self.job.stratum.clone(),
            block: self.job.block,
            cell,
            cost,
            end,
            evaluations: 0,
            updates: 0,
            network: None,
            moved: None,
        }
    }

    /// The surface through a network.
    ///
    /// # Errors
    /// A network whose norm is not moved.
    pub fn surface<'d>(
        &self,
        data: &'d Data,
        through: &Stage,
        held: Held,
    ) -> Result<Surface<'d>, TrialError> {
        let surface = Surface::through(&self.layout, &through.parameters, &data.train, held);
        surface.ok_or_else(|| self.no_path_norm())
    }

    /// The refusal of a network without a norm to move along.
    pub fn no_path_norm(&self) -> TrialError {
        TrialError::NoPathNorm {
            architecture: self.job.architecture.to_string(),
        }
    }
}

fn build(job: &Job, features: usize, classes: usize) -> Result<Box<dyn Model>, TrialError> {
    let model = Architecture::from(job.architecture).build(features, classes);
    Ok(model.map_err(TrainingError::from)?)
}
