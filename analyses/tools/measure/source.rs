//! What the arguments say of a file, and where its numbers come from.

use std::path::Path;

use rethink::dataset::Dataset;
use rethink::experiment::run::StoredRun;
use rethink::experiment::subjects::{Given, Origin, Source, TrainingSet, Wiring, at_hand};
use rethink::measure::Reading;
use rethink::provenance;
use serde::Serialize;

use super::args::{Args, FoldArg};
use crate::cli::Options;
use crate::cli::exit::UsageError;
use crate::cli::output;
use crate::tools::single;

/// What the network was trained on, and what its layers make.
pub type Data = (TrainingSet, Wiring);

/// Where the numbers come from.
#[derive(Serialize)]
pub struct Provenance {
    #[serde(flatten)]
    by: provenance::Provenance,
    pub path: String,
    pub format: String,
    pub sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Origin>,
}

impl Provenance {
    pub fn of(path: &Path, source: &Source, options: &Options) -> Self {
        Self {
            by: single::provenance(options),
            path: path.display().to_string(),
            format: match source.format {
                Some(format) => format.to_string(),
                None => "stored run".to_owned(),
            },
            sha256: source.sha256.clone(),
            data: source.origin.clone(),
        }
    }
}

/// The data that the arguments ask for, if they do.
pub fn data(args: &Args, options: &Options) -> anyhow::Result<Option<Data>> {
    let (Some(name), Some(wiring)) = (&options.dataset, &args.network) else {
        return Ok(None);
    };
    let dataset = Dataset::load(name, Some(&options.data_dir()))?;
    let labels = args.labels.unwrap_or_default();
    let preprocessing = args.preprocessing.map(Into::into).unwrap_or_default();
    let seed = options.seed;
    let set = TrainingSet::draw(&dataset, args.train_size, labels, preprocessing, seed)?;
    Ok(Some((set, wiring.clone())))
}

/// Reads a checkpoint or a stored run, with what it can be called, from short to long.
pub fn read(
    path: &Path,
    data: Option<&Data>,
    args: &Args,
    options: &Options,
) -> anyhow::Result<(Source, [String; 3])> {
    if path.is_dir() {
        return run(path, options);
    }
    let data = data.map(|(set, wiring)| (set, wiring));
    let file = path.file_name().unwrap_or(path.as_os_str());
    let (file, path_shown) = (file.to_string_lossy(), path.display().to_string());
    let names = [file.into_owned(), path_shown.clone(), path_shown];
    Ok((Source::of_checkpoint(path, &given(args), data)?, names))
}

/// A run on the dataset asked for, or the first known one that is the run's.
fn run(folder: &Path, options: &Options) -> anyhow::Result<(Source, [String; 3])> {
    if !folder.join("result.json").is_file() {
        return Err(UsageError(format!(
            "{} is a folder without result.json: give a checkpoint or the folder of a stored run",
            folder.display()
        ))
        .into());
    }
    let run = StoredRun::open(folder)?;
    let data_dir = options.data_dir();
    let dataset = match &options.dataset {
        Some(name) => Some(Dataset::load(name, Some(&data_dir))?),
        None => at_hand(&run.spec.data, &data_dir),
    };
    let source = Source::of_run(&run, dataset.as_ref())?;
    if dataset.is_none() {
        output::say(format_args!(
            "warning: run {} was trained on data with checksum {}, which are not at hand; name them with --dataset",
            run.id, run.spec.data.checksum
        ));
    }
    let label = run.spec.label();
    let longer = format!("{label}, {}", run.spec.architecture);
    let longest = format!("{longer}, {}", run.id);
    Ok((source, [label, longer, longest]))
}

/// What the arguments say of a checkpoint.
fn given(args: &Args) -> Given {
    let folds = args.fold.iter().filter_map(|fold| match fold {
        FoldArg::Into(fold) => Some(fold.clone()),
        FoldArg::Auto | FoldArg::None => None,
    });
    Given {
        reading: Reading {
            epsilon: args.eps,
            order: (!args.order.is_empty()).then(|| args.order.clone()),
            fold: !args.fold.contains(&FoldArg::None),
            folds: folds.collect(),
            ..Reading::default()
        },
        initial: args.init.clone(),
        others: args.sources.paths(),
        image: args.image,
        convolutions: args.convolution.clone(),
    }
}
