//! `rethink train`: one run with everything settable.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Context;
use clap::ValueEnum;
use rethink::dataset::Preprocessing;
use rethink::experiment::run::StoredRun;
use rethink::measure::find;
use rethink::network::{Architecture, Initialization, Optimizer};
use rethink::statistics::proportion;
use rethink::text::number::significant;
use rethink::text::{WIDTH, wrap};
use rethink::training::{Batch, Recipe, Stopping, Target};
use rethink::treatment::Treatment;
use serde::Serialize;

use crate::cli::exit::{self, UsageError};
use crate::cli::output;
use crate::cli::{Format, Options};
use crate::session::Session;
use crate::show::UNEQUAL_COST;

/// Arguments of `rethink train`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rethink train --architecture mlp-3x512 --train-size 10000 --treatment random-labels \\
      --learning-rate 0.02
  rethink train --treatment corrupted-labels:0.3 --until zero-error --format csv")]
pub struct Args {
    /// The network: linear, mlp-1xWIDTH with WIDTH a power of two from 16 to
    /// 2048, or mlp-3x512
    #[arg(long, default_value = "mlp-1x512", value_name = "NAME")]
    architecture: Architecture,

    /// What is done to the training data: true-labels, corrupted-labels:P,
    /// random-labels, shuffled-pixels, random-pixels, gaussian-pixels
    #[arg(long, default_value = "true-labels", value_name = "NAME")]
    treatment: Treatment,

    /// Training images, drawn with the seed [default: all]
    #[arg(long, value_name = "N")]
    train_size: Option<usize>,

    /// Test images, the same for every seed [default: all]
    #[arg(long, value_name = "N")]
    test_size: Option<usize>,

    /// How a gradient becomes a step; gd is sgd on the full batch
    #[arg(long, value_enum, default_value_t = OptimizerName::Sgd, value_name = "NAME")]
    optimizer: OptimizerName,

    /// Momentum of sgd and gd [default: 0.9]
    #[arg(long, allow_negative_numbers = true, value_name = "M")]
    momentum: Option<f64>,

    /// Images per step of sgd and adam [default: 128]
    #[arg(long, value_name = "N")]
    batch_size: Option<usize>,

    /// Learning rate of the first epoch
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value_t = 0.01,
        value_name = "RATE"
    )]
    learning_rate: f64,

    /// Factor on the learning rate after each epoch; the paper has 0.95, with which
    /// training on the embedded data ends short of --until
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value_t = 1.0,
        value_name = "FACTOR"
    )]
    decay: f64,

    /// Initial weights: he or lecun
    #[arg(long, default_value = "he", value_name = "NAME")]
    initialization: Initialization,

    /// When to stop, judged on the full training set after each epoch: a mean
    /// cross-entropy in nats, zero-error, or epochs
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value = "0.01",
        value_name = "TARGET"
    )]
    until: Target,

    /// Epochs after which training ends, target or not
    #[arg(long, default_value_t = 200, value_name = "N")]
    max_epochs: usize,

    /// How pixels become inputs
    #[arg(long, value_enum, default_value_t = PreprocessingName::PerImageStandardization, value_name = "NAME")]
    preprocessing: PreprocessingName,
}

#[derive(ValueEnum, Clone, Copy)]
enum OptimizerName {
    /// Stochastic gradient descent with momentum
    Sgd,
    /// Gradient descent: every step sees all images
    Gd,
    /// Adam with the published defaults
    Adam,
}

#[derive(ValueEnum, Debug, Clone, Copy)]
pub enum PreprocessingName {
    /// Each image with mean 0 and deviation 1 (of faint images less: they are divided by
    /// 1/√d at least, d pixels from 0 to 1), as in the paper
    PerImageStandardization,
    /// Pixels between 0 and 1
    UnitInterval,
}

impl From<PreprocessingName> for Preprocessing {
    fn from(name: PreprocessingName) -> Self {
        match name {
            PreprocessingName::PerImageStandardization => Self::PerImageStandardization,
            PreprocessingName::UnitInterval => Self::UnitInterval,
        }
    }
}

impl Args {
    fn recipe(&self) -> Result<Recipe, UsageError> {
        let of_no_use = |option: &str, value: String, optimizer: &str| {
            Err(UsageError(format!(
                "{option} {value} changes nothing with --optimizer {optimizer}: leave it out"
            )))
        };
        match (self.optimizer, self.momentum, self.batch_size) {
            (OptimizerName::Adam, Some(momentum), _) => {
                return of_no_use("--momentum", momentum.to_string(), "adam");
            }
            (OptimizerName::Gd, _, Some(size)) => {
                return of_no_use("--batch-size", size.to_string(), "gd");
            }
            _ => {}
        }
        let sgd = Optimizer::Sgd {
            momentum: self.momentum.unwrap_or(0.9),
        };
        let mini = Batch::Mini {
            size: self.batch_size.unwrap_or(128),
        };
        let (optimizer, batch) = match self.optimizer {
            OptimizerName::Sgd => (sgd, mini),
            OptimizerName::Gd => (sgd, Batch::Full),
            OptimizerName::Adam => (Optimizer::Adam, mini),
        };
        Ok(Recipe {
            optimizer,
            batch,
            learning_rate: self.learning_rate,
            decay: self.decay,
            initialization: self.initialization,
            stopping: Stopping {
                target: self.until,
                max_epochs: self.max_epochs,
            },
        })
    }
}

/// Trains, or finds the run in the store, and prints what it came to.
pub fn run(args: &Args, options: &Options) -> anyhow::Result<ExitCode> {
    let recipe = args.recipe()?;
    let session = Session::open(options)?;
    let sizes = (
        args.train_size.unwrap_or(session.dataset.train().len()),
        args.test_size.unwrap_or(session.dataset.test().len()),
    );
    let mut spec = session.spec(
        args.architecture.clone(),
        args.treatment,
        sizes,
        recipe,
        options.seed,
    );
    spec.data.preprocessing = args.preprocessing.into();
    let runs = session.runs("train", &[spec])?;
    let run = runs.first().context("the engine returned no run")?;
    output::print(match options.format {
        Format::Text => text(run) + &told(run),
        Format::Json => json(run)?,
        Format::Csv => csv(run),
    })?;
    Ok(exit::DONE.into())
}

/// The warning, below the numbers it is about.
fn told(run: &StoredRun) -> String {
    let lines = warning(run).map(|text| wrap(&format!("Warning: {text}."), WIDTH).join("\n"));
    lines.map_or_else(String::new, |lines| format!("\n{lines}\n"))
}

/// What a reader must know of a training that did not end where it should.
fn warning(run: &StoredRun) -> Option<String> {
    let (target, stop) = (run.spec.recipe.stopping.target, run.summary.stop);
    (target != Target::Epochs && !stop.reached_target()).then(|| {
        format!(
            "the training did not reach {target} ({stop}), so {UNEQUAL_COST}: give a larger \
             --max-epochs, or another --learning-rate or --decay"
        )
    })
}

fn text(run: &StoredRun) -> String {
    let spec = &run.spec;
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(out, "{name:<42}{value}"); // writing to a string cannot fail
    };
    line("run", run.id.to_string());
    line(
        "network",
        format!(
            "{}, {} parameters",
            spec.architecture, run.summary.parameters
        ),
    );
    line(
        "data",
        format!(
            "{} training images, {}",
            spec.data.train_size, spec.treatment
        ),
    );
    let corruption = &run.summary.corruption;
    line(
        "labels replaced",
        format!(
            "{:.2} % drawn anew, {:.2} % now differ from the truth (exact)",
            100.0 * corruption.replaced,
            100.0 * corruption.differing
        ),
    );
    line("stopped", run.summary.stop.to_string());
    match &run.summary.last {
        None => line("result", "the loss was never a finite number".into()),
        Some(last) => {
            line("epochs, steps", format!("{}, {}", last.epoch, last.step));
            line(
                "training loss",
                format!("{} nats", significant(last.train_loss, 4)),
            );
            line(
                "training accuracy",
                format!("{:.2} % (exact)", 100.0 * (1.0 - last.train_error)),
            );
            line(
                "test accuracy",
                format!(
                    "{} % (on {} images; 95 % Wilson interval)",
                    accuracy(last.test_error, spec.data.test_size),
                    spec.data.test_size,
                ),
            );
            line("training time", format!("{:.1} s", last.seconds));
        }
    }
    if let Some(gamma) = run
        .measures
        .margin
        .as_ref()
        .and_then(|m| m.tenth_percentile)
    {
        line("margin, 10th percentile", significant(gamma, 4));
    }
    for card in NORMS.iter().filter_map(|id| find(id)).map(|m| m.card()) {
        if let Some(value) = run.measures.network.get(card.id) {
            let shown = value.map_or("not finite".to_owned(), |v| significant(v, 5));
            line(card.name, shown);
        }
    }
    let folder = run.folder.display();
    line("all measures", format!("rethink measure {folder}"));
    line("stored in", folder.to_string());
    out
}

/// The norms that the summary shows.
const NORMS: [&str; 5] = [
    "frobenius-norm",
    "l21-norm",
    "distance-from-init-frobenius",
    "product-of-spectral-norms",
    "path-norm-l2",
];

/// In per cent, with the 95 % Wilson interval of a count of images.
fn accuracy(error: f64, images: usize) -> String {
    let right = ((1.0 - error) * images as f64).round() as u64;
    proportion(right, images as u64).map_or_else(
        |_| "–".to_owned(),
        |estimate| estimate.percent().to_string(),
    )
}

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
    id: &'a str,
    folder: String,
    spec: &'a rethink::experiment::run::RunSpec,
    summary: &'a rethink::experiment::run::Summary,
    measures: &'a rethink::measure::Report,
}

fn json(run: &StoredRun) -> anyhow::Result<String> {
    let json = Json {
        schema: "rethink/train/1",
        warning: warning(run),
        id: run.id.as_str(),
        folder: run.folder.display().to_string(),
        spec: &run.spec,
        summary: &run.summary,
        measures: &run.measures,
    };
    Ok(serde_json::to_string_pretty(&json)? + "\n")
}

/// The learning curve.
fn csv(run: &StoredRun) -> String {
    let mut out = String::from("epoch,step,train_loss,train_error,test_loss,test_error,seconds\n");
    for p in &run.curve {
        let _ = writeln!(
            out,
            "{},{},{},{},{},{},{:.3}",
            p.epoch, p.step, p.train_loss, p.train_error, p.test_loss, p.test_error, p.seconds
        );
    }
    out
}
