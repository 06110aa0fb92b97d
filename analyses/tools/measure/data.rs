//! What a network was trained on, and what it makes of it.

use rethink::dataset::catalogue::{ENTRIES, Location};
use rethink::dataset::{Dataset, Preprocessing, Split};
use rethink::measure::{Subject, chain_outputs};
use rethink::run::{StoredRun, prepare};
use rethink::treatment::Treatment;
use serde::Serialize;

use super::args::{Args, Network};
use crate::cli::Options;
use crate::cli::exit::UsageError;
use crate::cli::labels::Labels;

/// Training inputs as the network sees them, and where they come from.
pub struct Data {
    pub inputs: Split,
    classes: usize,
    network: Network,
    pub origin: Origin,
}

/// Which data were used.
#[derive(Debug, Clone, Serialize)]
pub struct Origin {
    pub dataset: String,
    pub checksum: String,
    pub images: usize,
    pub labels: String,
    pub preprocessing: Preprocessing,
    /// Whether the pixels of the file were rounded to single precision.
    pub rounded: bool,
    /// Of the draw of images and labels.
    pub seed: u64,
}

impl Data {
    /// What the arguments ask for, if they do.
    pub fn load(args: &Args, options: &Options) -> anyhow::Result<Option<Self>> {
        let (Some(name), Some(network)) = (&options.dataset, args.network) else {
            return Ok(None);
        };
        let dataset = Dataset::load(name, Some(&options.data_dir()))?;
        let images = args.train_size.unwrap_or(dataset.train().len());
        let train = dataset.train().subset(images, options.seed)?;
        let labels = args.labels.unwrap_or(Labels(Treatment::TrueLabels));
        let (classes, shape) = (dataset.classes(), dataset.shape());
        let treated = (labels.0).apply(&train, dataset.test(), classes, shape, options.seed)?;
        let preprocessing = args.preprocessing.map(Into::into).unwrap_or_default();
        Ok(Some(Self {
            inputs: Preprocessing::apply(preprocessing, treated.train),
            classes,
            network,
            origin: Origin {
                dataset: dataset.name().to_owned(),
                checksum: dataset.checksum().to_owned(),
                images,
                labels: labels.0.to_string(),
                preprocessing,
                rounded: dataset.is_rounded(),
                seed: options.seed,
            },
        }))
    }

    /// Numbers of an input, and classes.
    pub fn widths(&self) -> [usize; 2] {
        [self.inputs.features(), self.classes]
    }

    /// The network with these inputs and its outputs on them.
    pub fn attach(&self, subject: Subject) -> anyhow::Result<Subject> {
        if let Network::Zoo(architecture) = self.network {
            let hidden = subject
                .layers()
                .split_last()
                .map_or(&[][..], |(_, rest)| rest);
            let widths: Vec<usize> = hidden.iter().map(|layer| layer.outputs()).collect();
            if widths != vec![architecture.width(); architecture.hidden_layers()] {
                return Err(UsageError(format!(
                    "the file is no {architecture}: its hidden layers have {widths:?} units; with \
                     ReLU between them it is --network chain"
                ))
                .into());
            }
        }
        let outputs = chain_outputs(&subject, &self.inputs)?;
        if outputs.classes < self.classes {
            return Err(UsageError(format!(
                "the network has {} outputs, but the data have {} classes; give the data it was \
                 trained on",
                outputs.classes, self.classes
            ))
            .into());
        }
        Ok(subject
            .with_inputs(self.inputs.clone())
            .with_outputs(outputs))
    }
}

/// The training inputs of a stored run, or why they are not there. The dataset is
/// the one asked for, or the first known one that is the run's.
pub fn of_run(
    run: &StoredRun,
    options: &Options,
) -> anyhow::Result<Result<(Split, Origin), String>> {
    let data_dir = options.data_dir();
    let data = &run.spec.data;
    let dataset = match &options.dataset {
        Some(name) => Some(Dataset::load(name, Some(&data_dir))?),
        None => (ENTRIES.iter())
            .filter(|entry| data.train_size <= entry.train && data.test_size <= entry.test)
            .filter(|entry| !matches!(entry.locate(Some(&data_dir)), Location::Missing(_)))
            .filter_map(|entry| Dataset::load(entry.name, Some(&data_dir)).ok())
            .find(|dataset| dataset.checksum() == data.checksum),
    };
    let Some(dataset) = dataset else {
        return Ok(Err(format!(
            "run {} was trained on data with checksum {}, which are not at hand; name them with --dataset",
            run.id, data.checksum
        )));
    };
    let inputs = prepare(&run.spec, &dataset)?.train;
    let origin = Origin {
        dataset: dataset.name().to_owned(),
        checksum: data.checksum.clone(),
        images: inputs.len(),
        labels: run.spec.treatment.to_string(),
        preprocessing: data.preprocessing,
        rounded: dataset.is_rounded(),
        seed: run.spec.seed,
    };
    Ok(Ok((inputs, origin)))
}
