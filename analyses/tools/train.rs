//! `rethink train`: one run with everything settable.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::ValueEnum;
use rethink::dataset::Preprocessing;
use rethink::experiment::run::StoredRun;
use rethink::measure::find;
use rethink::network::{Architecture, Initialization, Optimizer};
use rethink::statistics::proportion;
use rethink::text::number::significant;
use rethink::text::{fields, wrap};
use rethink::training::{
    Augmentation, Batch, EarlyStopping, Recipe, Regularization, Stopping, Target, Tested,
};
use rethink::treatment::Treatment;
use serde_json::json;

use crate::cli::exit::{self, UsageError};
use crate::cli::output;
use crate::cli::{Format, Options};
use crate::session::Session;
use crate::show::UNEQUAL_COST;

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  rethink train --train-size 500 --treatment random-labels --max-epochs 500
  rethink train --treatment corrupted-labels:0.3 --until zero-error --format csv";

/// Arguments of `rethink train`.
#[derive(clap::Args)]
pub struct Args {
    /// Network: linear, mlp-1xWIDTH, mlp-2x512, mlp-3x512, all-conv, small-conv, small-alexnet or small-inception-bn
    ///
    /// WIDTH is a power of two from 2 to 2048; mlp-300-100 has hidden layers of 300 and 100 units.
    /// all-conv has three convolutions and a few thousand weights, small-conv two convolutions and
    /// a dense layer, about a hundred thousand weights, small-conv-bn batch normalization too;
    /// small-alexnet and small-inception-bn are the paper's, small-inception is the latter without
    /// batch normalization. These are for 28x28 images with one or three channels.
    #[arg(long, default_value = "mlp-1x512", value_name = "NAME")]
    architecture: Architecture,

    /// Randomization of the training data
    ///
    /// One of true-labels, corrupted-labels:P, random-labels, shuffled-pixels, random-pixels
    /// and gaussian-pixels. With corrupted-labels:P each label is replaced by a uniform class
    /// with probability P.
    #[arg(long, default_value = "true-labels", value_name = "NAME")]
    treatment: Treatment,

    /// Number of training images, drawn with --seed [default: all]
    #[arg(long, value_name = "N")]
    train_size: Option<usize>,

    /// Number of test images, the same for every seed [default: all]
    #[arg(long, value_name = "N")]
    test_size: Option<usize>,

    /// Optimizer
    #[arg(long, value_enum, default_value_t = OptimizerName::Sgd, value_name = "NAME")]
    optimizer: OptimizerName,

    /// Momentum of sgd and gd [default: 0.9]
    #[arg(long, allow_negative_numbers = true, value_name = "M")]
    momentum: Option<f64>,

    /// Batch size of sgd and adam [default: 128]
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

    /// Factor on the learning rate after each epoch
    ///
    /// The paper has 0.95, with which training on the embedded data ends short of --until.
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value_t = 1.0,
        value_name = "FACTOR"
    )]
    decay: f64,

    /// Weight decay λ: λ w is added to the gradient
    ///
    /// Of all weights and biases, before momentum. The loss that is reported is without it.
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value_t = 0.0,
        value_name = "λ"
    )]
    weight_decay: f64,

    /// Probability with which a unit of a hidden dense layer is dropped
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value_t = 0.0,
        value_name = "P"
    )]
    dropout: f64,

    /// Random crop: move each training image by up to so many pixels
    #[arg(long, default_value_t = 0, value_name = "PIXELS")]
    crop: usize,

    /// Exchange left and right of each training image half of the times
    #[arg(long)]
    flip: bool,

    /// Turn each training image by up to so many degrees
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value_t = 0.0,
        value_name = "DEGREES"
    )]
    rotation: f64,

    /// Stop early: hold this share of the training images out, and keep the weights that err least on it
    #[arg(long, allow_negative_numbers = true, value_name = "SHARE")]
    held_out: Option<f64>,

    /// Epochs without a lower error on the held-out images after which training stops
    #[arg(long, default_value_t = 10, value_name = "N", requires = "held_out")]
    patience: usize,

    /// Initialization: he or lecun
    #[arg(long, default_value = "he", value_name = "NAME")]
    initialization: Initialization,

    /// Stop at this training loss, at zero-error, or after all epochs
    ///
    /// A number is a mean cross-entropy in nats, zero-error a training error of 0; both are
    /// evaluated on the whole training set after each epoch. `epochs` goes on to --max-epochs.
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value = "0.01",
        value_name = "TARGET"
    )]
    until: Target,

    /// Epochs at most
    #[arg(long, default_value_t = 200, value_name = "N")]
    max_epochs: usize,

    /// Train once more on dfdx's tape and by its optimizer, and compare the weights bit by bit
    #[arg(long)]
    tape: bool,

    /// How pixels become inputs
    #[arg(long, value_enum, default_value_t = PreprocessingName::PerImageStandardization, value_name = "NAME")]
    preprocessing: PreprocessingName,
}

#[derive(ValueEnum, Clone, Copy)]
enum OptimizerName {
    /// Stochastic gradient descent with momentum
    Sgd,
    /// Gradient descent on the full batch, with momentum
    Gd,
    /// Adam with the published defaults
    Adam,
}

#[derive(ValueEnum, Debug, Clone, Copy)]
pub enum PreprocessingName {
    /// Each image to mean 0 and standard deviation 1, as in the paper
    PerImageStandardization,
    /// Pixels as they are, between 0 and 1
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
            regularization: Regularization {
                weight_decay: self.weight_decay,
                dropout: self.dropout,
                augmentation: Augmentation {
                    crop: self.crop,
                    flip: self.flip,
                    rotation: self.rotation,
                },
                early_stopping: self.held_out.map(|held_out| EarlyStopping {
                    held_out,
                    patience: self.patience,
                }),
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
    spec.tested = Tested::EveryEpoch;
    if args.tape {
        spec.check_on_tape(&session.dataset)?;
    }
    let runs = session.runs("train", &[spec])?;
    let run = runs.first().context("the engine returned no run")?;
    if args.tape {
        let taped = run.spec.train_on_tape(&session.dataset)?;
        if taped.trained != run.trained()? {
            bail!("on dfdx's tape the training ends at other weights: please report this run");
        }
        output::say("on dfdx's tape the training ends at the same weights, bit for bit");
    }
    output::print(match options.format {
        Format::Text => text(run, options.layout().width),
        Format::Json => json(run)?,
        Format::Csv => csv(run),
    })?;
    Ok(exit::DONE.into())
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

/// The numbers, and below them the warning that is about them.
fn text(run: &StoredRun, width: usize) -> String {
    let (spec, summary) = (&run.spec, &run.summary);
    let mut rows: Vec<(&str, String)> = Vec::new();
    let mut row = |name, value| rows.push((name, value));
    row("run", run.id.to_string());
    row(
        "network",
        format!("{}, {} parameters", spec.architecture, summary.parameters),
    );
    let n = spec.data.train_size;
    row(
        "data",
        match spec.recipe.regularization.early_stopping {
            Some(rule) => format!(
                "{n} training images, {} of them held out, {}",
                rule.held_out_of(n),
                spec.treatment.words()
            ),
            None => format!("{n} training images, {}", spec.treatment.words()),
        },
    );
    let corruption = &summary.corruption;
    row(
        "labels replaced",
        format!(
            "{:.2} % drawn anew, {:.2} % now differ from the truth (exact)",
            100.0 * corruption.replaced,
            100.0 * corruption.differing
        ),
    );
    row("stopped", summary.stop.to_string());
    match &summary.last {
        None => row("result", "the loss was never a finite number".into()),
        Some(last) => {
            row("epochs, steps", format!("{}, {}", last.epoch, last.step));
            row(
                "training loss",
                format!("{} nats", significant(last.train_loss, 4)),
            );
            let right = 100.0 * (1.0 - last.train_error);
            row("training accuracy", format!("{right:.2} % (exact)"));
            let images = spec.data.test_size;
            if let Some(error) = last.test_error {
                let right = accuracy(error, images);
                let tested = format!("{right} % (on {images} images; 95 % Wilson interval)");
                row("test accuracy", tested);
            }
            row("training time", format!("{:.1} s", last.seconds));
        }
    }
    let margin = run.measures.margin.as_ref();
    if let Some(gamma) = margin.and_then(|m| m.tenth_percentile) {
        row("margin, 10th percentile", significant(gamma, 4));
    }
    for card in NORMS.iter().filter_map(|id| find(id)).map(|m| m.card()) {
        if let Some(value) = run.measures.network.get(card.id) {
            row(
                card.name,
                value.map_or("not finite".to_owned(), |v| significant(v, 5)),
            );
        }
    }
    let folder = run.folder.display();
    // Not wrapped: a path must stay whole to be copied.
    let mut out = fields(&rows, width) + &format!("\nAll measures: rethink measure {folder}\n");
    if let Some(warning) = warning(run) {
        let lines = wrap(&format!("Warning: {warning}."), width).join("\n");
        out += &format!("\n{lines}\n");
    }
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

fn json(run: &StoredRun) -> anyhow::Result<String> {
    let mut json = json!({
        "id": run.id.as_str(),
        "folder": run.folder.display().to_string(),
        "spec": run.spec,
        "summary": run.summary,
        "measures": run.measures,
    });
    if let Some(warning) = warning(run) {
        json["warning"] = warning.into();
    }
    output::json("rethink/train/1", json)
}

/// The learning curve.
fn csv(run: &StoredRun) -> String {
    let mut out = String::from("epoch,step,train_loss,train_error,test_loss,test_error,seconds\n");
    let tested = |number: Option<f64>| number.map(|n| n.to_string()).unwrap_or_default();
    for p in &run.curve {
        let (loss, error) = (tested(p.test_loss), tested(p.test_error));
        let _ = writeln!(
            out,
            "{},{},{},{},{loss},{error},{:.3}",
            p.epoch, p.step, p.train_loss, p.train_error, p.seconds
        );
    }
    out
}
