//! A run as it lies in the store.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{RunError, RunId, RunSpec, arrays, store};
use crate::measure;
use crate::solution::{CurvePoint, Outputs, StopReason, Weight};
use crate::treatment::Corruption;

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
    /// Last point of the learning curve; absent when the loss was never
    /// finite.
    pub last: Option<CurvePoint>,
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
}

/// A complete run whose stored measures are of another version of the program.
#[derive(Debug, Clone, PartialEq)]
pub struct Unmeasured(pub(super) StoredRun);

impl Unmeasured {
    /// The run with the measures of this version, from the stored weights.
    pub(super) fn measured(self) -> Result<StoredRun, RunError> {
        let run = self.0;
        let (trained, initial) = (run.trained()?, run.initial()?);
        let outputs = run.outputs(Share::Train)?;
        let measures = measure::measure_all(&trained, Some(&initial), Some(&outputs));
        Ok(StoredRun {
            measures: measures.map_err(|source| RunError::Measure {
                id: run.id.clone(),
                source,
            })?,
            ..run
        })
    }
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
    /// Opens the folder of a complete run, wherever it is, and changes nothing
    /// there. Measures of another version are computed again.
    ///
    /// # Errors
    /// A folder that is no run, or a file of it that cannot be read or is
    /// damaged.
    pub fn open(folder: &Path) -> Result<Self, RunError> {
        store::open(folder)
    }

    /// Weights before the first step.
    ///
    /// # Errors
    /// A file that cannot be read or is damaged.
    pub fn initial(&self) -> Result<Vec<Weight>, RunError> {
        self.weights(store::INITIAL)
    }

    /// Weights after the last step.
    ///
    /// # Errors
    /// A file that cannot be read or is damaged.
    pub fn trained(&self) -> Result<Vec<Weight>, RunError> {
        self.weights(store::FINAL)
    }

    /// What can be measured without the dataset: weights, initial weights, outputs on
    /// the training set and the curve.
    ///
    /// # Errors
    /// A file that cannot be read or is damaged, or weights that make no network.
    pub fn subject(&self) -> Result<measure::Subject, RunError> {
        let (trained, initial) = (self.trained()?, self.initial()?);
        let subject = measure::layers(&trained)
            .and_then(|layers| measure::Subject::new(layers, Some(measure::layers(&initial)?)))
            .map_err(|source| RunError::Measure {
                id: self.id.clone(),
                source,
            })?;
        Ok(subject
            .with_outputs(self.outputs(Share::Train)?)
            .with_curve(self.curve.clone()))
    }

    fn weights(&self, name: &str) -> Result<Vec<Weight>, RunError> {
        let bytes = store::verified(&self.folder, name)?;
        arrays::parse_weights(&self.folder.join(name), &bytes)
    }

    /// Outputs of the trained network on a split.
    ///
    /// # Errors
    /// A file that cannot be read or is damaged.
    pub fn outputs(&self, share: Share) -> Result<Outputs, RunError> {
        let split = match share {
            Share::Train => "train",
            Share::Test => "test",
        };
        let bytes = store::verified(&self.folder, store::OUTPUTS)?;
        arrays::parse_outputs(&self.folder.join(store::OUTPUTS), &bytes, split)
    }

    /// Final error on the training set, a fraction.
    pub fn train_error(&self) -> Option<f64> {
        self.summary.last.map(|p| p.train_error)
    }

    /// Final error on the test set, a fraction.
    pub fn test_error(&self) -> Option<f64> {
        self.summary.last.map(|p| p.test_error)
    }

    /// Updates until the target was reached; `None` when it was not.
    pub fn steps_to_target(&self) -> Option<usize> {
        let reached = self.summary.stop.reached_target();
        self.summary.last.filter(|_| reached).map(|p| p.step)
    }
}
