//! What determines a run.

use serde::{Deserialize, Serialize};

use super::prepare::Prepared;
use super::stored::Summary;
use crate::dataset::{Dataset, Preprocessing};
use crate::experiment::{Context, Experiment, ExperimentError};
use crate::network::{Architecture, Steps};
use crate::solution::Solution;
use crate::store::{Kind, ResultId};
use crate::training::{Recipe, Task, Tested, TrainingError, fit_on_tape};
use crate::treatment::Treatment;

/// Everything that determines a run. Paths, threads and verbosity do not, and
/// are not here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSpec {
    /// [`NUMERICS_VERSION`](crate::store::NUMERICS_VERSION) of the program that makes the run.
    pub numerics: u32,
    /// What is learned from.
    pub data: DataSpec,
    /// What is done to it first.
    pub treatment: Treatment,
    /// The network.
    pub architecture: Architecture,
    /// How it is trained.
    pub recipe: Recipe,
    /// When it is tested.
    #[serde(default, skip_serializing_if = "Tested::is_default")]
    pub tested: Tested,
    /// Seed of the subset, the treatment, the initial weights and the order of
    /// the batches, each with its own random stream.
    pub seed: u64,
}

/// The part of a dataset a run uses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSpec {
    /// SHA-256 of the dataset's content.
    pub checksum: String,
    /// Training images, drawn with the run's seed; nested across sizes.
    pub train_size: usize,
    /// Test images, the same for every seed.
    pub test_size: usize,
    /// How pixels become inputs.
    pub preprocessing: Preprocessing,
}

/// Name of a run.
pub type RunId = ResultId;

impl RunSpec {
    /// The canonical form: JSON without spaces, fields in the order of the
    /// definition, numbers in their shortest form that reads back equal.
    pub fn canonical(&self) -> String {
        serde_json::to_string(self).expect("a spec has only strings and finite numbers")
    }

    /// What tells the run from others of the same network: `random labels, n=1000, seed 1`.
    pub fn label(&self) -> String {
        let (treatment, n) = (self.treatment.words(), self.data.train_size);
        format!("{treatment}, n={n}, seed {}", self.seed)
    }

    /// The run's name.
    pub fn id(&self) -> RunId {
        ResultId::of(Kind::RUN, self)
    }
}

impl RunSpec {
    /// Refuses a spec that could not be run on a dataset, without preparing its data.
    ///
    /// # Errors
    /// A recipe, a network, an augmentation or a share to hold out that the data do not allow.
    pub fn check(&self, dataset: &Dataset) -> Result<(), ExperimentError> {
        self.check_training(dataset, false)?;
        dataset.train().check_size(self.data.train_size)?;
        dataset.test().check_size(self.data.test_size)?;
        self.treatment.check()?;
        match self.recipe.regularization.early_stopping {
            Some(rule) if !rule.can_split(self.data.train_size) => Err(ExperimentError::HeldOut {
                share: rule.held_out,
                images: self.data.train_size,
            }),
            _ => Ok(()),
        }
    }

    /// Refuses what [`train_on_tape`](Self::train_on_tape) cannot train.
    ///
    /// # Errors
    /// A recipe, a network or an augmentation that the data or the tape do not allow.
    pub fn check_on_tape(&self, dataset: &Dataset) -> Result<(), ExperimentError> {
        Ok(self.check_training(dataset, true)?)
    }

    fn check_training(&self, dataset: &Dataset, tape: bool) -> Result<(), TrainingError> {
        self.recipe.check()?;
        let (shape, features) = (dataset.shape(), dataset.shape().features());
        self.architecture.check_images(shape)?;
        let mut model = self.architecture.build(features, dataset.classes())?;
        let regularization = self.recipe.regularization;
        if !regularization.augmentation.is_none() {
            regularization.augmentation.shape(Some(shape), features)?;
        }
        let steps = Steps {
            weight_decay: regularization.weight_decay,
            dropout: regularization.dropout,
            tape,
            ..self.recipe.optimizer.into()
        };
        Ok(model.start(steps)?)
    }

    /// The training, on its data.
    fn task<'a>(&'a self, prepared: &'a Prepared, dataset: &Dataset) -> Task<'a> {
        Task {
            architecture: &self.architecture,
            recipe: &self.recipe,
            classes: dataset.classes(),
            train: &prepared.train,
            held_out: prepared.held_out.as_ref(),
            test: &prepared.test,
            tested: self.tested,
            shape: Some(dataset.shape()),
            seed: self.seed,
        }
    }

    /// Trains on dfdx's tape and by its optimizer; nothing is stored.
    ///
    /// # Errors
    /// Data that are not the spec's, or a training that cannot be done.
    pub fn train_on_tape(&self, dataset: &Dataset) -> Result<Solution, ExperimentError> {
        let prepared = super::prepare(self, dataset)?;
        Ok(fit_on_tape(&self.task(&prepared, dataset), &mut |_| {})?)
    }
}

impl Experiment for RunSpec {
    const KIND: Kind = Kind::RUN;
    type Output = Summary;

    fn run(&self, context: &mut Context<'_>) -> Result<Summary, ExperimentError> {
        let dataset = context.dataset(&self.data.checksum)?;
        let prepared = super::prepare(self, dataset)?;
        let task = self.task(&prepared, dataset);
        let solution = context.train(&task)?;
        for (name, bytes) in super::stored::files(&solution) {
            context.keep(name, bytes);
        }
        Ok(Summary::of(&solution, prepared.corruption))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Zoo;

    fn spec() -> RunSpec {
        RunSpec {
            numerics: 1,
            data: DataSpec {
                checksum: "00".into(),
                train_size: 10,
                test_size: 5,
                preprocessing: Preprocessing::PerImageStandardization,
            },
            treatment: Treatment::RandomLabels,
            architecture: Zoo::Mlp1x16.into(),
            recipe: Recipe::default(),
            tested: Tested::EveryEpoch,
            seed: 3,
        }
    }

    /// A stored run is found again by later versions only while the canonical
    /// form stays as it is. If this fails, raise `NUMERICS_VERSION` or restore
    /// the form.
    #[test]
    fn the_canonical_form_is_pinned() {
        assert_eq!(
            spec().canonical(),
            concat!(
                r#"{"numerics":1,"data":{"checksum":"00","train_size":10,"test_size":5,"#,
                r#""preprocessing":"per-image-standardization"},"#,
                r#""treatment":{"kind":"random-labels"},"architecture":"mlp-1x16","#,
                r#""recipe":{"optimizer":{"kind":"sgd","momentum":0.9},"#,
                r#""batch":{"kind":"mini","size":128},"learning_rate":0.01,"decay":0.95,"#,
                r#""initialization":"he","stopping":{"target":{"kind":"cross-entropy","#,
                r#""at_most":0.01},"max_epochs":200}},"seed":3}"#
            )
        );
    }

    #[test]
    fn a_label_names_the_labels_the_images_and_the_seed() {
        assert_eq!(spec().label(), "random labels, n=10, seed 3");
    }

    #[test]
    fn a_spec_reads_back_and_each_part_changes_the_name() {
        let spec = spec();
        let back: RunSpec = serde_json::from_str(&spec.canonical()).expect("canonical JSON");
        assert_eq!(back, spec);
        let mut others = vec![spec.clone(); 5];
        others[0].seed = 4;
        others[1].treatment = Treatment::TrueLabels;
        others[2].data.train_size = 11;
        others[3].recipe.decay = 0.96;
        others[4].architecture = Zoo::Mlp1x32.into();
        for other in others {
            assert_ne!(other.id(), spec.id());
        }
    }
}
