//! From a path to a network that can be measured.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use rethink::checkpoint::{self, Skipped};
use rethink::measure::{Folding, Interpretation, Subject, interpret};
use rethink::run::{COMMIT, StoredRun, VERSION};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::args::Args;
use super::data::{self, Data, Origin};
use super::geometry;
use crate::cli::Options;
use crate::exit::UsageError;
use crate::output;

/// A network, and what its file holds beside it.
pub struct Source {
    pub subject: Subject,
    pub skipped: Vec<Skipped>,
    pub folded: Vec<Folding>,
    /// Layers whose array came as (…, in, out).
    pub transposed: Vec<String>,
    pub provenance: Provenance,
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
    fn of(path: &Path, format: impl ToString, sha256: String) -> Self {
        Self {
            version: VERSION,
            commit: COMMIT,
            path: path.display().to_string(),
            format: format.to_string(),
            sha256,
            data: None,
        }
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
        let (read, sha256) = rayon::join(|| interpretation(path, args.eps), || sha256(path));
        let (format, trained) = read?;
        let mut provenance = Provenance::of(path, format, sha256?);
        let initial = match &args.init {
            Some(path) => Some(interpretation(path, args.eps)?.1.layers),
            None => None,
        };
        let geometries = geometry::of(args.image, &args.convolution, &trained.layers)?;
        let mut subject = Subject::new(trained.layers, initial)?;
        if let Some(geometries) = geometries {
            subject = subject.with_geometries(geometries);
        }
        if let Some(data) = data {
            subject = data.attach(subject)?;
            provenance.data = Some(data.origin.clone());
        }
        Ok(Self {
            subject,
            skipped: trained.skipped,
            folded: trained.folded,
            transposed: trained.transposed,
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
        let sha256 = sha256(&folder.join("final.safetensors"))?;
        let mut provenance = Provenance::of(folder, "stored run", sha256);
        let subject = run.subject()?;
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
            transposed: Vec::new(),
            provenance,
        })
    }
}

/// The layers of a checkpoint, with the array that is in none of them.
fn interpretation(path: &Path, eps: f64) -> anyhow::Result<(checkpoint::Format, Interpretation)> {
    let checkpoint = checkpoint::read(path)?;
    let mut found =
        interpret(checkpoint.arrays, eps).with_context(|| path.display().to_string())?;
    found.skipped.splice(0..0, checkpoint.skipped);
    if let ([], [first, ..]) = (&found.layers[..], &found.skipped[..]) {
        bail!(
            "{} has no layer that can be measured; the first of {} arrays, {}, is none because: {}",
            path.display(),
            found.skipped.len(),
            first.name,
            first.reason
        );
    }
    Ok((checkpoint.format, found))
}

/// Of a file, a piece at a time.
fn sha256(path: &Path) -> anyhow::Result<String> {
    let cannot = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(cannot)?;
    let mut digest = Sha256::new();
    let mut piece = vec![0; 1 << 20];
    loop {
        match file.read(&mut piece).with_context(cannot)? {
            0 => break,
            length => digest.update(&piece[..length]),
        }
    }
    let bytes = digest.finalize();
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
