//! From a checkpoint that was trained anywhere, or a stored run, to a network that can be
//! measured: its layers, the data it was trained on, and what is taken for granted.
//!
//! ```
//! use rethink::checkpoint;
//! use rethink::experiment::subjects::{Evaluation, Given, Source};
//! use rethink::solution::Weight;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("network.safetensors");
//! let weight = Weight { name: "0.weight".into(), shape: vec![1, 2], values: vec![3.0, 4.0] };
//! checkpoint::write(&path, &[weight])?;
//! let source = Source::of_checkpoint(&path, &Given::default(), None)?;
//! let found = Evaluation::of(source, |card| card.id == "frobenius-norm", |_| {})?;
//! assert_eq!(found.report.network["frobenius-norm"], Some(5.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod checkpoint;
mod error;
mod evaluation;
mod geometry;
mod images;
mod run;
mod training_set;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

pub use checkpoint::Given;
pub use error::SubjectError;
pub use evaluation::{Audited, Evaluation};
pub use geometry::geometries;
pub use run::at_hand;
pub use training_set::{Origin, TrainingSet, UnknownWiring, Wiring};

use crate::checkpoint::{Format, Skipped};
use crate::digest::hex;
use crate::measure::{Assumption, Folding, Moments, Subject};

/// A network that can be measured, and what its file holds beside it.
#[derive(Debug)]
pub struct Source {
    /// The network, with what is known of it.
    pub subject: Subject,
    /// What of the file is not measured.
    pub skipped: Vec<Skipped>,
    /// Batch norms that became part of a layer.
    pub folded: Vec<Folding>,
    /// What the data say of each folded norm, if there are data.
    pub moments: Vec<Moments>,
    /// What is taken for granted.
    pub assumptions: Vec<Assumption>,
    /// Layers whose array came as (…, in, out).
    pub transposed: Vec<String>,
    /// Format of the checkpoint; none of a stored run.
    pub format: Option<Format>,
    /// SHA-256 of the file with the weights, in hexadecimal.
    pub sha256: String,
    /// Where the training inputs come from, if there are any.
    pub origin: Option<Origin>,
}

/// Of a file, a piece at a time.
fn sha256(path: &Path) -> Result<String, SubjectError> {
    let cannot = |source| SubjectError::Read {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(cannot)?;
    let mut digest = Sha256::new();
    let mut piece = vec![0; 1 << 20];
    loop {
        match file.read(&mut piece).map_err(cannot)? {
            0 => break,
            length => digest.update(&piece[..length]),
        }
    }
    Ok(hex(&digest.finalize()))
}
