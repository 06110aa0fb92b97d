//! What can go wrong with a trial.

use std::io;
use std::path::PathBuf;

use super::design::Cost;
use crate::dataset::DatasetError;
use crate::measure::MeasureError;
use crate::training::TrainingError;
use crate::training::search::SearchError;
use crate::treatment::TreatmentError;

/// A trial that could not be run, read or judged. Not reaching the cost is no error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrialError {
    /// The plan names other data than the data at hand.
    #[error(
        "the trial was planned for the dataset with checksum {planned}, the one loaded has {loaded}; \
         name the dataset it was planned for"
    )]
    OtherDataset {
        /// Checksum in the plan.
        planned: String,
        /// Checksum of the data at hand.
        loaded: String,
    },
    /// A method whose learning rate the pilot has not chosen.
    #[error("the plan has no learning rate of {method}; make the plan anew with --plan")]
    NoRate {
        /// The method.
        method: String,
    },
    /// A network without a path norm whose derivatives are a pass back.
    #[error(
        "{architecture} has layers that no norm is moved through (batch norm, maxima, logits of \
         convolutions); give a network of dense layers or small-conv"
    )]
    NoPathNorm {
        /// The network.
        architecture: String,
    },
    /// The search cannot start.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// Too few blocks for any interval.
    #[error(
        "the plan has {blocks} blocks, but a standard deviation needs {needed}; give --seeds {needed} or more"
    )]
    TooFewBlocks {
        /// Blocks of the plan.
        blocks: usize,
        /// The fewest.
        needed: usize,
    },
    /// One seed for two blocks.
    #[error(
        "seed {seed} is a block of the plan twice; blocks are independent only if seeds differ"
    )]
    RepeatedBlock {
        /// The seed.
        seed: u64,
    },
    /// Nothing to judge.
    #[error("the plan has no {missing}; give at least one")]
    Empty {
        /// What it lacks: costs, or strata.
        missing: &'static str,
    },
    /// Two outcomes of one network that differ.
    #[error(
        "two different outcomes of {cell} in block {block} at {cost} of {stratum}; remove both lines and run it again"
    )]
    Twice {
        /// The stratum.
        stratum: String,
        /// The network.
        cell: String,
        /// The seed of the block.
        block: u64,
        /// The cost.
        cost: Cost,
    },
    /// Runs or a plan where those of another plan are expected.
    #[error(
        "{path} belongs to the plan {found}, not to {expected}: runs of two plans do not mix; use \
         another folder (--out)"
    )]
    OtherPlan {
        /// The file.
        path: PathBuf,
        /// Hash of its plan.
        found: String,
        /// Hash of the plan at hand.
        expected: String,
    },
    /// A published trial that this program's rules judge otherwise than its frozen table.
    #[error(
        "judged by rules {rules}, the trial frozen under {frozen} comes out otherwise ({difference}); \
         give --rejudge to see it all the same"
    )]
    OtherRules {
        /// The rules of this program.
        rules: String,
        /// The rules of the plan.
        frozen: String,
        /// The first row that differs.
        difference: String,
    },
    /// A folder with more than one trial.
    #[error(
        "{folder} holds {} trials: give the folder of one: {}",
        found.len(),
        found.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    SeveralTrials {
        /// The folder.
        folder: PathBuf,
        /// Those of the trials in it.
        found: Vec<PathBuf>,
    },
    /// A folder without a trial.
    #[error(
        "{folder} holds no trial: give the folder of one, with plan.json and runs.jsonl, or the \
         --out folder it was written to"
    )]
    NoTrial {
        /// The folder.
        folder: PathBuf,
    },
    /// A file that cannot be read or written.
    #[error("{path}: {error}; give the folder of a trial, with plan.json and runs.jsonl")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A file of outcomes that does not end with the checksum of all of them.
    #[error(
        "{path} is cut or damaged: its last line does not fit the outcomes; run the trial again to have it written anew"
    )]
    Cut {
        /// The file.
        path: PathBuf,
    },
    /// A file that is not what it should be.
    #[error("{path}, line {line}: {error}; run the trial again to have it written anew")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// The data does not allow the run.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The labels cannot be treated.
    #[error(transparent)]
    Treatment(#[from] TreatmentError),
    /// The training could not be done.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// The solution could not be measured.
    #[error(transparent)]
    Measure(#[from] MeasureError),
}
