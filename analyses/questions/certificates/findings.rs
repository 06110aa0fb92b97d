//! What was certified.

use rethink::experiment::Study;
use rethink::experiment::certificates::{Certified, HeldOutLimit, risk_with_noise};
use rethink::experiment::measures::{EXAMPLES, Measured, MeasuresOfRun};
use rethink::experiment::run::{RunSpec, StoredRun};
use rethink::measure::{Card, Group, measures};
use rethink::statistics::Estimate;
use rethink::treatment::Treatment::{self, RandomLabels, TrueLabels};

use super::settings::{Cell, Settings, Way};
use super::shown::{name, words};
use crate::session::Session;

/// The measure of a Gaussian around the network that SGD found.
pub const OF_SGD: &str = "pac-bayes-certificate";

/// What was certified.
pub struct Findings {
    /// What was asked.
    pub settings: Settings,
    classes: usize,
    posteriors: Study<Cell, (Certified, f64)>,
    held_out: Study<(Treatment, usize), HeldOutLimit>,
    sgd: Study<(Treatment, usize), (StoredRun, Measured)>,
    /// Images that are in the training set more than once, and test images that are in it.
    pub duplicates: [usize; 2],
}

impl Findings {
    /// Trains, counts and measures what is missing.
    pub fn of(session: &Session, settings: Settings) -> anyhow::Result<Self> {
        session.say("certificates: posteriors over weights");
        let seeds = &settings.seeds;
        let posteriors = Self::posteriors_of(session, &settings)?;
        session.say("certificates: networks with held-out examples");
        let held_out = session.study(settings.with_all_sizes(), seeds, |&cell, seed| {
            settings.held_out(session, cell, seed)
        })?;
        let sgd = Self::sgd(session, &settings)?;
        let [train, test] = [session.dataset.train(), session.dataset.test()];
        Ok(Self {
            classes: session.dataset.classes(),
            posteriors,
            held_out,
            sgd,
            duplicates: [train.repeated(), test.found_in(train)],
            settings,
        })
    }

    /// Posteriors, with the seconds that each took.
    fn posteriors_of(
        session: &Session,
        settings: &Settings,
    ) -> anyhow::Result<Study<Cell, (Certified, f64)>> {
        let spec = |cell: &Cell, seed| settings.posterior(session, cell, seed);
        let found = session.study(settings.cells(), &settings.seeds, spec)?;
        let timed = found.cells().flat_map(|cell| {
            let seeds = found.seeds().iter();
            seeds.filter_map(|&seed| {
                let seconds = session.seconds_of(&spec(cell, seed)).unwrap_or(f64::NAN);
                Some((cell.clone(), seed, (*found.at(cell, seed)?, seconds)))
            })
        });
        Ok(Study::new(timed))
    }

    /// Networks of SGD on every labeling, on all images and where random labels are memorized, and
    /// their bounds.
    fn sgd(
        session: &Session,
        settings: &Settings,
    ) -> anyhow::Result<Study<(Treatment, usize), (StoredRun, Measured)>> {
        let specs = settings.of_sgd().into_iter().flat_map(|cell| {
            let seeds = settings.seeds.iter();
            seeds.map(move |&seed| settings.sgd(session, cell, seed))
        });
        let specs: Vec<RunSpec> = specs.collect();
        let runs = session.runs("certificates: networks of SGD", &specs)?;
        let bounds = bounds().map(|card| card.id).chain([OF_SGD]);
        let bounds: Vec<String> = bounds.map(str::to_owned).collect();
        let specs = runs.iter().map(|run| MeasuresOfRun {
            run: run.id.clone(),
            measures: bounds.clone(),
            examples: EXAMPLES,
        });
        let specs: Vec<MeasuresOfRun> = specs.collect();
        let measured = session.outputs_saying("certificates: bounds of these networks", &specs)?;
        let runs = runs.into_iter().zip(measured).map(|(run, measured)| {
            let cell = (run.spec.treatment, run.spec.data.train_size);
            (cell, run.spec.seed, (run, measured))
        });
        Ok(Study::new(runs))
    }

    /// The error of guessing.
    pub fn chance(&self) -> f64 {
        1.0 - 1.0 / self.classes as f64
    }

    /// Classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The posterior of a labeling on all images.
    pub fn main(&self, labels: Treatment) -> Cell {
        Cell {
            labels,
            train: self.settings.train,
            beta: self.settings.method.beta,
            way: Way::Free,
        }
    }

    /// A number of a posterior, a mean over seeds.
    pub fn certified(&self, cell: &Cell, number: impl Fn(&Certified) -> f64) -> Option<Estimate> {
        self.posteriors.mean(cell, |(found, _)| Some(number(found)))
    }

    /// The certificate of a posterior, the largest over seeds: each holds by itself, and their mean
    /// would not.
    pub fn certificate(&self, cell: &Cell) -> Option<f64> {
        largest(
            self.posteriors
                .values(cell, |(found, _)| Some(found.certificate.risk)),
        )
    }

    /// The certificate of its prior.
    pub fn certificate_of_prior(&self, cell: &Cell) -> Option<f64> {
        largest(
            self.posteriors
                .values(cell, |(found, _)| Some(found.prior.risk)),
        )
    }

    /// The bound of the network with held-out examples, the largest over seeds.
    pub fn held_out_bound(&self, cell: (Treatment, usize)) -> Option<f64> {
        largest(self.held_out.values(&cell, |found| Some(found.risk)))
    }

    /// The bound of the network that the prior of a posterior stands around, the largest over seeds.
    pub fn prior_network(&self, cell: &Cell) -> Option<f64> {
        largest(
            self.posteriors
                .values(cell, |(found, _)| Some(found.held_out?.risk)),
        )
    }

    /// Every posterior with its seed, and the seconds that it took.
    pub fn posteriors(&self) -> impl Iterator<Item = (&Cell, u64, &(Certified, f64))> {
        let posteriors = &self.posteriors;
        posteriors.cells().flat_map(move |cell| {
            let seeds = posteriors.seeds().iter();
            seeds.filter_map(move |&seed| Some((cell, seed, posteriors.at(cell, seed)?)))
        })
    }

    /// Posteriors that err on their training images as guessing does though labels are not all drawn
    /// at random.
    pub fn stayed_at_guessing(&self) -> impl Iterator<Item = String> {
        let stuck = self.posteriors().filter(|(cell, _, (found, _))| {
            cell.labels != RandomLabels && found.train_gibbs > self.chance() - 0.02
        });
        stuck.map(|(cell, seed, _)| {
            let (labels, way) = (name(cell.labels), words(cell.way));
            format!("{labels} labels, {way}, {} images, seed {seed}", cell.train)
        })
    }

    /// A number of the network with held-out examples.
    pub fn held_out(
        &self,
        cell: (Treatment, usize),
        number: impl Fn(&HeldOutLimit) -> f64,
    ) -> Option<Estimate> {
        self.held_out.mean(&cell, |found| Some(number(found)))
    }

    /// A bound of the network of SGD, the largest over seeds.
    pub fn bound(&self, cell: (Treatment, usize), id: &str) -> Option<f64> {
        largest(self.sgd.values(&cell, |(_, measured)| {
            measured.network.get(id).copied().flatten()
        }))
    }

    /// A number of the network of SGD itself.
    pub fn of_sgd(
        &self,
        cell: (Treatment, usize),
        number: impl Fn(&StoredRun) -> f64,
    ) -> Option<Estimate> {
        self.sgd.mean(&cell, |(run, _)| Some(number(run)))
    }

    /// The labelings of the table of ways.
    pub fn both(&self) -> [Treatment; 2] {
        [TrueLabels, RandomLabels]
    }

    /// The smallest norm bound of the network of SGD, and which it is; that of Vapnik and
    /// Chervonenkis counts weights and no norm.
    pub fn smallest_norm_bound(&self, labels: Treatment) -> Option<(&'static Card, f64)> {
        let cell = (labels, self.settings.train);
        let norms = bounds().filter(|card| card.id != "vc-bound");
        let found = norms.filter_map(|card| Some((card, self.bound(cell, card.id)?)));
        found.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// A test error under the law of the training labels.
    pub fn noisy(&self, labels: Treatment, clean: f64) -> f64 {
        risk_with_noise(labels, clean, self.classes)
    }
}

fn largest(values: Option<Vec<f64>>) -> Option<f64> {
    values?.into_iter().max_by(f64::total_cmp)
}

/// The bounds beside the certificates: those that need no search for a noise.
pub fn bounds() -> impl Iterator<Item = &'static Card> {
    let cards = measures().map(|measure| measure.card());
    cards.filter(|card| card.group == Group::Bounds && !card.is_slow())
}
