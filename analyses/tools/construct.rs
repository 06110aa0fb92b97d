//! `rethink construct`: one network of Theorem 1 in a file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rethink::checkpoint;
use rethink::dataset::Dataset;
use rethink::experiment::Labeling;
use rethink::experiment::expressivity::{Constructed, ConstructedFit};
use rethink::report::{Cell, Column, QuestionReport, Table};
use rethink::text::number::significant;

use crate::cli::Options;
use crate::cli::exit::UsageError;
use crate::cli::numbers::{MOST_IMAGES, whole};
use crate::tools::single;

/// Training images when no number is given.
const TRAIN_SIZE: usize = 1000;

/// What `--help` shows.
pub const EXAMPLE: &str =
    "Example:\n  rethink construct theorem1.safetensors --train-size 1000 --labels random";

/// The network that is written.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// The .safetensors file to write; `rethink measure` reads it
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Number of training images, drawn with --seed [default: 1000]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole(2..=MOST_IMAGES))]
    train_size: Option<usize>,

    /// Labels: true, random or noise:P [default: true]
    ///
    /// With noise:P each label is replaced by a uniform class with probability P.
    #[arg(long, value_name = "LABELS")]
    labels: Option<Labeling>,

    /// Number of layers [default: 2]
    ///
    /// Two as in Theorem 1; more compute the same function, as in Corollary 1.
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = whole(2..=MOST_IMAGES))]
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
            significant(fit.largest_weight, 3),
            100.0 * fit.train_error
        ),
        tables: vec![table],
        ..single::report("construct", dataset, options)
    })
}

fn table(fit: &ConstructedFit, depth: usize) -> Table {
    let exact = "exact, f64 arithmetic";
    let percent = |fraction: f64| Cell::fixed(100.0 * fraction, 2);
    let digits = |value| Cell::significant(value, 2);
    let [low, high] = fit.test_error_interval.map(|limit| 100.0 * limit);
    let test = Cell::estimate(100.0 * fit.test_error, low, high);
    let mut table = Table::new(
        "network",
        "The network",
        [
            Column::text("quantity"),
            Column::number("value"),
            Column::text("what it is"),
        ],
    );
    let mut row = |quantity: &str, value: Cell, what: &str| {
        table.rows.push(vec![quantity.into(), value, what.into()]);
    };
    row("different images", fit.points.into(), "exact");
    row(
        "free numbers",
        fit.free_numbers.into(),
        "exact, n(K + 1) + d",
    );
    row(
        "as dense layers",
        fit.dense_parameters.into(),
        "exact, zeros included",
    );
    row("depth", depth.into(), "layers of weights");
    row("width", fit.width.into(), "exact, the widest hidden layer");
    row(
        "largest output weight",
        Cell::significant(fit.largest_weight, 3),
        "exact",
    );
    row("training error (%)", percent(fit.train_error), exact);
    row("deviation, sum over units", digits(fit.deviation), exact);
    row(
        "deviation, dense layers",
        digits(fit.dense_deviation),
        "exact, f64 matrix products",
    );
    row(
        "deviation in f32",
        digits(fit.single_deviation),
        "exact, f32 arithmetic",
    );
    row(
        "training error in f32 (%)",
        percent(fit.single_train_error),
        "exact, f32 arithmetic",
    );
    row("test error (%)", test, "estimate, 95 % Wilson interval");
    table
}
