//! From a path to a network that can be measured.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context;
use rethink::measure::{Layer, Subject, layers};
use rethink::run::{COMMIT, Share, StoredRun, VERSION, read_weights};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::args::Args;
use super::data::{self, Data, Origin};
use crate::cli::Options;
use crate::exit::UsageError;
use crate::output;

/// A network, and what its file holds beside it.
pub struct Source {
    pub subject: Subject,
    pub skipped: Vec<Skipped>,
    pub folded: Vec<Folding>,
    pub provenance: Provenance,
}

/// Something in the file that is not measured.
#[derive(Debug, Clone, Serialize)]
pub struct Skipped {
    pub name: String,
    pub reason: String,
}

/// A batch norm that is measured as part of the layer before it.
#[derive(Debug, Clone, Serialize)]
pub struct Folding {
    pub layer: String,
    pub norm: String,
    pub difference: f64,
}

/// Where the numbers come from.
#[derive(Debug, Clone, Serialize)]
pub struct Provenance {
    version: &'static str,
    commit: &'static str,
    pub path: String,
    pub format: String,
    pub sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Origin>,
}

impl Provenance {
    fn of(path: &Path, file: &Path, format: impl ToString) -> anyhow::Result<Self> {
        Ok(Self {
            version: VERSION,
            commit: COMMIT,
            path: path.display().to_string(),
            format: format.to_string(),
            sha256: sha256(file).with_context(|| format!("cannot read {}", file.display()))?,
            data: None,
        })
    }
}

impl Source {
    /// Reads a checkpoint or a stored run.
    pub fn read(
        path: &Path,
        data: Option<&Data>,
        args: &Args,
        options: &Options,
    ) -> anyhow::Result<Self> {
        match path.is_dir() {
            true => Self::run(path, options),
            false => Self::checkpoint(path, data, args),
        }
    }

    fn checkpoint(path: &Path, data: Option<&Data>, args: &Args) -> anyhow::Result<Self> {
        let mut provenance = Provenance::of(path, path, "safetensors")?;
        let of = |path: &Path| -> anyhow::Result<Vec<Layer>> {
            let weights = read_weights(path)?;
            layers(&weights).with_context(|| path.display().to_string())
        };
        let initial = args.init.as_deref().map(of).transpose()?;
        let mut subject = Subject::new(of(path)?, initial)?;
        if let Some(data) = data {
            subject = data.attach(subject)?;
            provenance.data = Some(data.origin.clone());
        }
        Ok(Self {
            subject,
            skipped: Vec::new(),
            folded: Vec::new(),
            provenance,
        })
    }

    /// A run: weights, outputs and curve are stored, inputs are made anew.
    fn run(folder: &Path, options: &Options) -> anyhow::Result<Self> {
        if !folder.join("spec.json").is_file() {
            return Err(UsageError(format!(
                "{} is a folder without spec.json: give a checkpoint or the folder of a stored run",
                folder.display()
            ))
            .into());
        }
        let run = StoredRun::open(folder)?;
        let mut provenance =
            Provenance::of(folder, &folder.join("final.safetensors"), "stored run")?;
        let subject = Subject::new(layers(&run.trained()?)?, Some(layers(&run.initial()?)?))?
            .with_outputs(run.outputs(Share::Train)?)
            .with_curve(run.curve.clone());
        let subject = match data::of_run(&run, options)? {
            Ok((inputs, origin)) => {
                provenance.data = Some(origin);
                subject.with_inputs(inputs)
            }
            Err(why) => {
                output::say(format_args!("warning: {why}"));
                subject
            }
        };
        Ok(Self {
            subject,
            skipped: Vec::new(),
            folded: Vec::new(),
            provenance,
        })
    }
}

/// Of a file, a piece at a time.
fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut piece = vec![0; 1 << 20];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            length => digest.update(&piece[..length]),
        }
    }
    let bytes = digest.finalize();
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
