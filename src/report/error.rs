//! What can go wrong while a report is drawn, written or read.

use std::path::{Path, PathBuf};

use crate::atomic;

/// An error of the report stage.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// An id that cannot be a file name and an HTML id.
    #[error(
        "`{id}` cannot be an id: use lower-case letters, digits, `-` and `_`, and begin with a letter"
    )]
    InvalidId {
        /// The id as given.
        id: String,
    },
    /// Two figures or two tables of one report share an id.
    #[error("the report `{question}` has two parts with the id `{id}`: rename one")]
    DuplicateId {
        /// The question whose report it is.
        question: String,
        /// The id given twice.
        id: String,
    },
    /// A verdict where a contribution belongs, the reverse, or two on one claim.
    #[error("the report `{question}` has {reason}")]
    Claim {
        /// The question whose report it is.
        question: String,
        /// What is wrong, and how to put it right.
        reason: String,
    },
    /// A table row has another length than the header.
    #[error(
        "table `{table}`, row {row}: {cells} cells for {columns} columns; give one cell per column"
    )]
    RaggedTable {
        /// Id of the table.
        table: String,
        /// Row, from 0.
        row: usize,
        /// Cells in the row.
        cells: usize,
        /// Columns of the table.
        columns: usize,
    },
    /// A figure without one point that its axes can show.
    #[error(
        "figure `{figure}` has nothing to draw: no finite point (positive on a log axis) is in its range"
    )]
    NothingToDraw {
        /// Id of the figure.
        figure: String,
    },
    /// An axis range that is empty, not finite, or not positive on a log axis.
    #[error(
        "axis `{axis}` cannot range from {low} to {high}: give finite low < high, positive on a log axis"
    )]
    InvalidRange {
        /// Label of the axis.
        axis: String,
        /// Lower end as given.
        low: f64,
        /// Upper end as given.
        high: f64,
    },
    /// The drawing backend refused.
    #[error("figure `{figure}` could not be drawn: {reason}")]
    Drawing {
        /// Id of the figure.
        figure: String,
        /// What the backend said.
        reason: String,
    },
    /// A file could not be written.
    #[error("cannot write {path}: {source}; check the folder's permissions and free space", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file could not be read.
    #[error("cannot read {path}: {source}; run the question again to write it anew", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A stored report or figure is not as it was written.
    #[error("{path} is damaged: {reason}; run the question again to write it anew", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A stored report of another schema.
    #[error(
        "{path} has schema `{found}`, this version reads `{expected}`: run the question again", path = path.display()
    )]
    UnknownSchema {
        /// The file.
        path: PathBuf,
        /// The schema it names.
        found: String,
        /// The schema this version reads.
        expected: String,
    },
    /// A report that JSON cannot hold.
    #[error("the report `{question}` cannot be written as JSON: {source}")]
    Json {
        /// The question whose report it is.
        question: String,
        /// What the serializer said.
        source: serde_json::Error,
    },
}

impl ReportError {
    /// Writes a file that appears whole or not at all.
    pub(super) fn writing(path: &Path, content: &[u8]) -> Result<(), Self> {
        atomic::replace(path, content).map_err(|source| Self::Write {
            path: path.to_path_buf(),
            source,
        })
    }
}
