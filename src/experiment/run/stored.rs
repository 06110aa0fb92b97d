//! A run as it lies in the store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{RunId, RunSpec, outputs};
use crate::checkpoint;
use crate::digest::sha256;
use crate::experiment::ExperimentError;
use crate::measure;
use crate::network::SIDE;
use crate::network::graph::Layout;
use crate::solution::{CurvePoint, Outputs, Solution, StopReason, Weight};
use crate::store::{Entry, Files, NUMERICS_VERSION, StoreError};
use crate::training::TrainingError;
use crate::treatment::Corruption;

const CURVE: &str = "curve.jsonl";
const FINAL: &str = "final.safetensors";
const OUTPUTS: &str = "outputs.safetensors";

/// What a run came to, in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Why training ended.
    pub stop: StopReason,
    /// What the treatment did to the labels.
    pub corruption: Corruption,
    /// Number of weights and biases.
    pub parameters: usize,
    /// The point of the learning curve at the stored weights: the last, or with early stopping the
    /// best; absent when the loss was never finite.
    pub last: Option<CurvePoint>,
    /// SHA-256 of the initial weights as a safetensors file. They are not stored, but
    /// drawn again.
    pub initial_sha256: String,
}

impl Summary {
    pub(super) fn of(solution: &Solution, corruption: Corruption) -> Self {
        Self {
            stop: solution.stop,
            corruption,
            parameters: (solution.trained.iter())
                .filter(|array| !array.is_running_statistic())
                .map(|array| array.values.len())
                .sum(),
            last: (solution.epoch).and_then(|epoch| solution.curve.get(epoch).copied()),
            initial_sha256: sha256(&checkpoint::to_bytes(&solution.initial)),
        }
    }
}

/// The files that are stored of a training.
pub(super) fn files(solution: &Solution) -> [(&'static str, Vec<u8>); 3] {
    let line = |point| serde_json::to_string(point).expect("plain data") + "\n";
    let curve: String = solution.curve.iter().map(line).collect();
    [
        (CURVE, curve.into_bytes()),
        (FINAL, checkpoint::to_bytes(&solution.trained)),
        (
            OUTPUTS,
            outputs::output_bytes(&solution.train, &solution.test),
        ),
    ]
}

/// A complete run.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRun {
    /// Its name.
    pub id: RunId,
    /// Its folder.
    pub folder: PathBuf,
    /// What determined it.
    pub spec: RunSpec,
    /// What it came to.
    pub summary: Summary,
    /// One point per epoch, the initial network first.
    pub curve: Vec<CurvePoint>,
    /// Norms and margins of the trained network.
    pub measures: measure::Report,
    /// Seconds it took: data, training and storing.
    pub seconds: f64,
    /// When it began, in seconds since 1970.
    pub started: u64,
    /// [`NUMERICS_VERSION`] of the program that made it.
    numerics: u32,
    files: Files,
}

/// Which split of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// What the network was trained on.
    Train,
    /// What it was tested on.
    Test,
}

impl StoredRun {
    /// Opens the folder of a complete run, wherever it is, measures it, and changes
    /// nothing there.
    ///
    /// # Errors
    /// A folder that is no run, or a file of it that cannot be read or is damaged.
    pub fn open(folder: &Path) -> Result<Self, ExperimentError> {
        let run = Self::unmeasured(Entry::read(folder)?, folder)?;
        let measures = run.measure()?;
        Ok(run.with(measures))
    }

    /// The same without measuring it.
    pub(crate) fn read(folder: &Path) -> Result<Self, ExperimentError> {
        Ok(Self::unmeasured(Entry::read(folder)?, folder)?)
    }

    /// The run in a folder, without its measures.
    pub(super) fn unmeasured(
        entry: Entry<RunSpec, Summary>,
        folder: &Path,
    ) -> Result<Self, StoreError> {
        let path = folder.join(CURVE);
        let text = entry.files.read(folder, CURVE)?;
        let lines = text.split(|&byte| byte == b'\n');
        let curve = lines.filter(|line| !line.is_empty()).map(|line| {
            serde_json::from_slice(line).map_err(|error| StoreError::damaged(&path, error))
        });
        Ok(Self {
            id: entry.id,
            folder: folder.to_owned(),
            curve: curve.collect::<Result<_, _>>()?,
            spec: entry.spec,
            summary: entry.output,
            measures: measure::Report::default(),
            seconds: entry.provenance.seconds,
            started: entry.provenance.started,
            numerics: entry.versions.numerics,
            files: entry.files,
        })
    }

    pub(super) fn with(self, measures: measure::Report) -> Self {
        Self { measures, ..self }
    }

    /// Norms and margins, from the stored weights.
    pub(super) fn measure(&self) -> Result<measure::Report, ExperimentError> {
        let outputs = self.outputs(Share::Train)?;
        let subject = self.layers().map(|subject| subject.with_outputs(outputs))?;
        measure::Report::without_data(&subject).map_err(|source| self.not_measured(source))
    }

    /// The layers, trained and at initialization.
    fn layers(&self) -> Result<measure::Subject, ExperimentError> {
        let (trained, initial) = (self.trained()?, self.initial()?);
        let layout = match self.spec.architecture.hidden() {
            Some(_) => None,
            None => Some(self.network(&trained)?),
        };
        let layers = |weights: &[Weight]| match &layout {
            Some(layout) => measure::wired_layers(layout, weights),
            None => measure::layers(weights),
        };
        let subject = layers(&trained)
            .and_then(|trained| measure::Subject::new(trained, Some(layers(&initial)?)))
            .map_err(|source| self.not_measured(source))?;
        Ok(match &layout {
            Some(layout) => subject.with_wiring(layout),
            None => subject,
        })
    }

    /// The layers of a network of images with their wiring, which its arrays do not tell.
    fn network(&self, trained: &[Weight]) -> Result<Arc<Layout>, ExperimentError> {
        let first = trained.first().and_then(|filters| filters.shape.get(1));
        let features = first.map_or(0, |channels| channels * SIDE * SIDE);
        let classes = trained.last().map_or(0, |bias| bias.values.len());
        let model = self.spec.architecture.build(features, classes);
        let model = model.map_err(TrainingError::from)?;
        Ok(Arc::clone(model.layout()))
    }

    fn not_measured(&self, source: measure::MeasureError) -> ExperimentError {
        ExperimentError::MeasureRun {
            id: self.id.clone(),
            source,
        }
    }

    /// Weights before the first step, drawn again as the run drew them.
    ///
    /// # Errors
    /// A run of another version of the numerics, or weights that come out otherwise;
    /// a file that cannot be read or is damaged.
    pub fn initial(&self) -> Result<Vec<Weight>, ExperimentError> {
        let cannot = |reason| ExperimentError::Initial {
            id: self.id.clone(),
            reason,
        };
        if self.numerics != NUMERICS_VERSION {
            return Err(cannot(format!(
                "it is of version {} of the numerics, and this program of version {NUMERICS_VERSION}",
                self.numerics
            )));
        }
        let mut weights = self.trained()?;
        let initialization = self.spec.recipe.initialization;
        initialization.fill(&mut weights, self.spec.seed);
        match sha256(&checkpoint::to_bytes(&weights)) == self.summary.initial_sha256 {
            true => Ok(weights),
            false => Err(cannot(
                "they come out otherwise than when it was made, perhaps on another kind of \
                 processor"
                    .to_owned(),
            )),
        }
    }

    /// Weights after the last step.
    ///
    /// # Errors
    /// A file that cannot be read or is damaged.
    pub fn trained(&self) -> Result<Vec<Weight>, ExperimentError> {
        let bytes = self.files.read(&self.folder, FINAL)?;
        let path = self.folder.join(FINAL);
        let weights = checkpoint::from_bytes(&bytes, &path);
        Ok(weights.map_err(|error| StoreError::damaged(&path, error))?)
    }

    /// What can be measured without the dataset: weights, initial weights, outputs on
    /// the training set and the curve.
    ///
    /// # Errors
    /// A file that cannot be read or is damaged, or weights that make no network.
    pub fn subject(&self) -> Result<measure::Subject, ExperimentError> {
        Ok(self
            .layers()?
            .with_outputs(self.outputs(Share::Train)?)
            .with_curve(self.curve.clone()))
    }

    /// Outputs of the trained network on a split.
    ///
    /// # Errors
    /// A file that cannot be read or is damaged.
    pub fn outputs(&self, share: Share) -> Result<Outputs, ExperimentError> {
        let split = match share {
            Share::Train => "train",
            Share::Test => "test",
        };
        let bytes = self.files.read(&self.folder, OUTPUTS)?;
        let path = self.folder.join(OUTPUTS);
        Ok(outputs::parse_outputs(&path, &bytes, split)?)
    }

    /// Final error on the training set, a fraction.
    pub fn train_error(&self) -> Option<f64> {
        self.summary.last.map(|p| p.train_error)
    }

    /// Final error on the test set, a fraction.
    pub fn test_error(&self) -> Option<f64> {
        self.summary.last?.test_error
    }

    /// Final error on the training images that were held out, a fraction; `None` when none were.
    pub fn held_out_error(&self) -> Option<f64> {
        self.summary.last?.held_out_error
    }

    /// Updates until the target was reached; `None` when it was not.
    pub fn steps_to_target(&self) -> Option<usize> {
        self.at_target().map(|point| point.step)
    }

    /// Epochs until the target was reached; `None` when it was not.
    pub fn epochs_to_target(&self) -> Option<usize> {
        self.at_target().map(|point| point.epoch)
    }

    fn at_target(&self) -> Option<CurvePoint> {
        let reached = self.summary.stop.reached_target();
        self.summary.last.filter(|_| reached)
    }

    /// Error on the training set after so many epochs, a fraction; `None` when the training
    /// ended before.
    pub fn train_error_after(&self, epochs: usize) -> Option<f64> {
        self.curve.get(epochs).map(|point| point.train_error)
    }
}
