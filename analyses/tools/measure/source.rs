//! From a path to a network that can be measured.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use rethink::checkpoint::{self, ArrayOrder, Checkpoint, Skipped};
use rethink::measure::{
    Folding, Interpretation, MeasureError, Moments, Reading, Subject, compare_moments, interpret,
};
use rethink::provenance::Provenance;
use rethink::run::StoredRun;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::args::{Args, FoldArg};
use super::assumptions::{self, Assumption};
use super::data::{self, Data, Origin};
use super::geometry;
use crate::cli::Options;
use crate::cli::exit::UsageError;
use crate::cli::output;
use crate::tools::single;

/// A network, and what its file holds beside it.
pub struct Source {
    pub subject: Subject,
    pub skipped: Vec<Skipped>,
    pub folded: Vec<Folding>,
    /// What the data say of each folded norm, if there are data.
    pub moments: Vec<Moments>,
    pub assumptions: Vec<Assumption>,
    /// Layers whose array came as (…, in, out).
    pub transposed: Vec<String>,
    pub provenance: Measured,
}

/// Where the numbers come from.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    #[serde(flatten)]
    by: Provenance,
    pub path: String,
    pub format: String,
    pub sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Origin>,
}

impl Measured {
    fn of(path: &Path, format: impl ToString, sha256: String, options: &Options) -> Self {
        Self {
            by: single::provenance(options),
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
            false => Self::checkpoint(path, data, args, options),
        }
    }

    fn checkpoint(
        path: &Path,
        data: Option<&Data>,
        args: &Args,
        options: &Options,
    ) -> anyhow::Result<Self> {
        let (read, sha256) = rayon::join(|| checkpoint::read(path), || sha256(path));
        let mut checkpoint = read?;
        order_like_another(&mut checkpoint, args)?;
        let mut provenance = Measured::of(path, checkpoint.format, sha256?, options);
        let reading = reading(args, data, checkpoint.order.clone());
        let rounded = checkpoint.rounded;
        let trained = interpretation(checkpoint, &reading)?;
        let initial = match &args.init {
            Some(path) => {
                let initial = |reading| interpretation(checkpoint::read(path)?, reading);
                Some(match initial(&reading.like(&trained)) {
                    // Another network; the subject says how it differs.
                    Err(error) if is_of_layers(&error) => initial(&reading)?.layers,
                    other => other?.layers,
                })
            }
            None => None,
        };
        let geometries = geometry::of(args.image, &args.convolution, &trained.layers)?;
        let assumptions = assumptions::of(&trained, rounded, args, data);
        let moments = match (data, &trained.chain) {
            (Some(data), Ok(_)) => compare_moments(&trained.layers, &trained.folded, &data.inputs)?,
            _ => Vec::new(),
        };
        let mut subject = Subject::new(trained.layers, initial)?;
        if let Err(why) = trained.chain {
            subject = subject.with_no_chain(why);
        }
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
            moments,
            assumptions,
            transposed: trained.transposed,
            provenance,
        })
    }

    /// A run: weights, outputs and curve are stored, inputs are made anew.
    fn run(folder: &Path, options: &Options) -> anyhow::Result<Self> {
        if !folder.join("result.json").is_file() {
            return Err(UsageError(format!(
                "{} is a folder without result.json: give a checkpoint or the folder of a stored run",
                folder.display()
            ))
            .into());
        }
        let run = StoredRun::open(folder)?;
        let sha256 = sha256(&folder.join("final.safetensors"))?;
        let mut provenance = Measured::of(folder, "stored run", sha256, options);
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
            moments: Vec::new(),
            assumptions: Vec::new(),
            transposed: Vec::new(),
            provenance,
        })
    }
}

/// What the arguments and the data say of a checkpoint.
fn reading(args: &Args, data: Option<&Data>, array_order: ArrayOrder) -> Reading {
    let folds = args.fold.iter().filter_map(|fold| match fold {
        FoldArg::Into(fold) => Some(fold.clone()),
        FoldArg::Auto | FoldArg::None => None,
    });
    Reading {
        epsilon: args.eps,
        array_order,
        order: (!args.order.is_empty()).then(|| args.order.clone()),
        widths: data.map(Data::widths),
        fold: !args.fold.contains(&FoldArg::None),
        folds: folds.collect(),
    }
}

/// Takes the order of the arrays, if the file does not tell it, from another that is
/// given and does.
fn order_like_another(checkpoint: &mut Checkpoint, args: &Args) -> anyhow::Result<()> {
    for other in args.init.iter().chain(&args.files) {
        if checkpoint.order != ArrayOrder::Sorted || !args.order.is_empty() {
            break;
        }
        if *other != checkpoint.path && other.is_file() {
            let other = checkpoint::read(other)?;
            if other.order == ArrayOrder::Registration {
                checkpoint.reorder_like(&other);
            }
        }
    }
    Ok(())
}

/// Whether an order or a fold names what the file does not have.
fn is_of_layers(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(MeasureError::Order { .. } | MeasureError::UnknownModule { .. })
    )
}

/// The layers of a checkpoint, with the array that is in none of them.
fn interpretation(checkpoint: Checkpoint, reading: &Reading) -> anyhow::Result<Interpretation> {
    let path = checkpoint.path;
    let mut found =
        interpret(checkpoint.arrays, reading).with_context(|| path.display().to_string())?;
    if let (Ok(_), Some(other)) = (&found.chain, checkpoint.skipped.iter().find(|s| !s.inert)) {
        found.chain = Err(format!("\"{}\" is not read: {}", other.name, other.reason));
    }
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
    Ok(found)
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
