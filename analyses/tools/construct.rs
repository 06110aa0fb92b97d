//! `rethink construct`: one network of Theorem 1 in a file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rethink::checkpoint;
use rethink::dataset::Dataset;
use rethink::experiment::Labeling;
use rethink::experiment::expressivity::{Constructed, ConstructedFit};
use rethink::report::{Cell, QuestionReport, Table};
use rethink::text::number::significant;

use crate::cli::Options;
use crate::cli::exit::UsageError;
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
    labels: Option<Labeling>,

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
    single::print(&report, options)
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
    let labels = args.labels.unwrap_or_default();
    let constructed = Constructed::new(dataset, size, labels, options.seed)?;
    checkpoint::write(path, &constructed.weights(depth)?)?;
    let fit = constructed.fit(depth)?;
    let table = table(&fit, depth).with_note(format!(
        "Deviation: largest |output − target|, targets one-hot. All numbers of the file are single \
         precision, each weight making up for the rounding of those before it. To measure it: \
         rethink measure {} --dataset {} --network chain --train-size {size} --labels {} --seed {}",
        path.display(),
        options.dataset(),
        match labels {
            Labeling::Noisy { probability } => format!("noise:{probability}"),
            _ => labels.to_string(),
        },
        options.seed,
    ));
    Ok(QuestionReport {
        title: format!(
            "Theorem 1 on {size} images of {}, {labels} labels",
            dataset.name()
        ),
        asks: "Which network has these labels on these images, with nothing learned?".to_owned(),
        answer: format!(
            "Written to {}: {} free numbers, largest output weight {}, training error {:.2} %.",
            path.display(),
            fit.free_numbers,
            significant(fit.largest_weight, 2),
            100.0 * fit.train_error
        ),
        tables: vec![table],
        ..single::report("construct", dataset, options)
    })
}

fn table(fit: &ConstructedFit, depth: usize) -> Table {
    let [low, high] = fit.test_error_interval;
    let rows: [(&str, Cell, &str); 12] = [
        ("different images", fit.points.into(), "exact"),
        (
            "free numbers",
            fit.free_numbers.into(),
            "exact, n(K + 1) + d",
        ),
        (
            "as dense layers",
            fit.dense_parameters.into(),
            "exact, zeros included",
        ),
        ("depth", depth.into(), "layers of weights"),
        ("width", fit.width.into(), "exact, the widest hidden layer"),
        (
            "largest output weight",
            Cell::significant(fit.largest_weight, 3),
            "exact",
        ),
        (
            "training error (%)",
            Cell::fixed(100.0 * fit.train_error, 2),
            "exact, f64 arithmetic",
        ),
        (
            "deviation, sum over units",
            Cell::significant(fit.deviation, 2),
            "exact, f64 arithmetic",
        ),
        (
            "deviation, dense layers",
            Cell::significant(fit.dense_deviation, 2),
            "exact, f64 matrix products",
        ),
        (
            "deviation in f32",
            Cell::significant(fit.single_deviation, 2),
            "exact, f32 arithmetic",
        ),
        (
            "training error in f32 (%)",
            Cell::fixed(100.0 * fit.single_train_error, 2),
            "exact, f32 arithmetic",
        ),
        (
            "test error (%)",
            Cell::estimate(100.0 * fit.test_error, 100.0 * low, 100.0 * high),
            "estimate, 95 % Wilson interval",
        ),
    ];
    Table::of("network", "The network", rows)
        .text("quantity", |row| row.0)
        .number("value", |row| row.1.clone())
        .text("what it is", |row| row.2)
        .note("")
}
