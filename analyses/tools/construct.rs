//! `rethink construct`: one network of Theorem 1 in a file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rethink::checkpoint;
use rethink::dataset::{Dataset, Preprocessing};
use rethink::experiment::expressivity::{deviation, outputs};
use rethink::expressivity::{FiniteSample, Precision, interpolate};
use rethink::measure::{Subject, chain_logits, layers};
use rethink::report::{Cell, Column, QuestionReport, Table};
use rethink::statistics::proportion;
use rethink::text::number::significant;
use rethink::training::score;
use rethink::treatment::Treatment;

use crate::cli::Options;
use crate::cli::exit::UsageError;
use crate::cli::labels::Labels;
use crate::cli::numbers::whole;
use crate::tools::single;

/// Training images when no number is given.
const TRAIN_SIZE: usize = 1000;

/// More images than any dataset has.
const MOST: usize = 1_000_000_000;

/// What `--help` shows.
pub const EXAMPLE: &str =
    "Example:\n  rethink construct theorem1.safetensors --train-size 1000 --labels random";

/// The network that is written.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// The safetensors file to write; `rethink measure` reads it
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Training images, drawn with the seed [default: 1000]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole(2..=MOST))]
    train_size: Option<usize>,

    /// Labels of the training images: true, random or noise:P [default: true]
    #[arg(long, value_name = "LABELS")]
    labels: Option<Labels>,

    /// Layers of weights: 2 for Theorem 1, more for the same function as in
    /// Corollary 1 [default: 2]
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = whole(2..=MOST))]
    depth: Option<usize>,
}

impl Args {
    /// What the arguments alone show to be impossible.
    fn check(&self, path: &Path) -> Result<(), UsageError> {
        let train = self.train_size.unwrap_or(TRAIN_SIZE);
        let depth = self.depth.unwrap_or(2);
        if depth > train + 1 {
            return Err(UsageError(format!(
                "--depth {depth} is not possible with {train} images: give one from 2 to {}",
                train + 1
            )));
        }
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(UsageError(format!(
                "{} cannot be written: there is no folder {}; make it first",
                path.display(),
                folder.display()
            )));
        }
        if path.is_dir() {
            return Err(UsageError(format!(
                "{} is a folder: give the name of a file",
                path.display()
            )));
        }
        Ok(())
    }
}

/// Builds, writes and prints the network.
pub fn run(args: &Args, options: &Options) -> anyhow::Result<ExitCode> {
    let path = &args.file;
    args.check(path)?;
    let dataset = Dataset::load(options.dataset(), Some(&options.data_dir()))?;
    let report = construct(args, path, options, &dataset)?;
    single::print(&report, options.format)
}

fn construct(
    args: &Args,
    path: &Path,
    options: &Options,
    dataset: &Dataset,
) -> anyhow::Result<QuestionReport> {
    let (size, depth) = (
        args.train_size.unwrap_or(TRAIN_SIZE),
        args.depth.unwrap_or(2),
    );
    let labels = args.labels.unwrap_or(Labels(Treatment::TrueLabels));
    let (classes, shape, seed) = (dataset.classes(), dataset.shape(), options.seed);
    let drawn = dataset.train().subset(size, seed)?;
    let treated = (labels.0).apply(&drawn, dataset.test(), classes, shape, seed)?;
    let standardize = |split| Preprocessing::PerImageStandardization.apply(split);
    let (train, test) = (standardize(treated.train), standardize(treated.test));

    let sample = FiniteSample::one_hot(&train, classes)?;
    // A checkpoint holds single precision.
    let network = interpolate(&sample, Precision::Single, seed)?;
    let arrays = network.weights(depth)?;
    checkpoint::write(path, &arrays)?;

    let fitted = network.outputs(train.pixels());
    let tested = outputs(&network.outputs(test.pixels()), &test, classes);
    let test_error = score(&tested).error;
    let wrong = (test_error * test.len() as f64).round() as u64;
    let interval = proportion(wrong, test.len() as u64)?.interval;
    let (low, high) = interval.map_or((0.0, 1.0), |i| (i.low, i.high));
    let product = chain_logits(&Subject::new(layers(&arrays)?, None)?, &train)?;
    let single = network.outputs_in_single_precision(train.pixels());
    let single: Vec<f64> = single.into_iter().map(f64::from).collect();
    let largest = (network.output_weights.iter()).fold(0.0_f64, |most, w| most.max(w.abs()));

    let mut table = Table::new(
        "network",
        "The network",
        vec![
            Column::text("quantity"),
            Column::number("value"),
            Column::text("what it is"),
        ],
    );
    let error = |values: &[f64]| score(&outputs(values, &train, classes)).error;
    let mut row = |name: &str, cell: Cell, what: &str| {
        table
            .rows
            .push(vec![Cell::text(name), cell, Cell::text(what)]);
    };
    row("different images", Cell::count(sample.len()), "exact");
    row(
        "free numbers",
        Cell::count(network.free_numbers()),
        "exact, n(K + 1) + d",
    );
    row(
        "as dense layers",
        Cell::count(network.dense_parameters(depth)?),
        "exact, zeros included",
    );
    row("depth", Cell::count(depth), "layers of weights");
    row(
        "width",
        Cell::count(network.width_at(depth)?),
        "exact, the widest hidden layer",
    );
    row(
        "largest output weight",
        Cell::significant(largest, 3),
        "exact",
    );
    row(
        "training error (%)",
        Cell::fixed(100.0 * error(&fitted), 2),
        "exact, f64 arithmetic",
    );
    row(
        "deviation, sum over units",
        Cell::significant(deviation(&fitted, &train, classes), 2),
        "exact, f64 arithmetic",
    );
    row(
        "deviation, dense layers",
        Cell::significant(deviation(&product, &train, classes), 2),
        "exact, f64 matrix products",
    );
    row(
        "deviation in f32",
        Cell::significant(deviation(&single, &train, classes), 2),
        "exact, f32 arithmetic",
    );
    row(
        "training error in f32 (%)",
        Cell::fixed(100.0 * error(&single), 2),
        "exact, f32 arithmetic",
    );
    row(
        "test error (%)",
        Cell::estimate(100.0 * test_error, 100.0 * low, 100.0 * high),
        "estimate, 95 % Wilson interval",
    );
    table.note = format!(
        "Deviation: largest |output − target|, targets one-hot. All numbers of the file are single \
         precision, each weight making up for the rounding of those before it. To measure it: \
         rethink measure {} --dataset {} --network chain --train-size {size} --labels {} --seed {seed}",
        path.display(),
        options.dataset(),
        match labels.0 {
            Treatment::CorruptedLabels { probability } => format!("noise:{probability}"),
            _ => labels.to_string(),
        },
    );
    Ok(QuestionReport {
        question: "construct".to_owned(),
        title: format!(
            "Theorem 1 on {size} images of {}, {labels} labels",
            dataset.name()
        ),
        asks: "Which network has these labels on these images, with nothing learned?".to_owned(),
        answer: format!(
            "Written to {}: {} free numbers, largest output weight {}, training error {:.2} %.",
            path.display(),
            network.free_numbers(),
            significant(largest, 2),
            100.0 * error(&fitted)
        ),
        verdicts: vec![],
        figures: vec![],
        tables: vec![table],
        warnings: vec![],
        method: vec![],
        published: vec![],
        setting: single::setting(options, dataset),
        provenance: single::provenance(options),
    })
}
