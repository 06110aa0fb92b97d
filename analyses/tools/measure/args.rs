//! What can be asked of `rethink measure`, and what cannot be.

use std::path::PathBuf;
use std::str::FromStr;

use rethink::experiment::Labeling;
use rethink::experiment::subjects::Wiring;
use rethink::measure::{
    BATCH_NORM_EPSILON, Card, Condition, Fold, Geometry, Need, Selection, named,
};

use crate::cli::Options;
use crate::cli::exit::UsageError;
use crate::cli::numbers::from_zero;
use crate::cli::task::Changing::{Dataset, Seed};
use crate::cli::task::Task;
use crate::tools::train::PreprocessingName;

/// Arguments of `rethink measure`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rethink measure model.safetensors
  rethink measure final.safetensors --init init.safetensors --measures norms,spectra
  rethink measure before.npz after.npz --format json
  rethink measure resnet.pt --image 32x32 --convolution conv1:32x32:2:3
  rethink measure final.safetensors --dataset mnist --network chain --sharpness
  rethink measure model.safetensors --fail-if 'product-of-spectral-norms>=1e6'
  rethink measure model.safetensors --audit
  rethink measure --explain path-norm-l2")]
pub struct Args {
    /// Checkpoints: .safetensors, .npz, or a PyTorch state dict (.pt, .pth); or
    /// folders of stored runs, such as out/runs/ID. Two or more are compared
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// The same network at initialization, for distances
    #[arg(long, value_name = "FILE")]
    pub init: Option<PathBuf>,

    /// Measures to evaluate and show, by id or group (norms, spectra, data,
    /// sharpness, bounds), or all, separated by commas [default: all but
    /// sharpness; the table of layers shows a few]
    #[arg(long, value_name = "ID|GROUP|all", value_delimiter = ',')]
    pub measures: Vec<Selection>,

    /// Also evaluate the measures of sharpness, which are slow
    #[arg(long)]
    pub sharpness: bool,

    /// ε of batch norm, which no checkpoint holds: 1e-5 in PyTorch, 1e-3 in Keras
    #[arg(long, value_name = "ε", default_value_t = BATCH_NORM_EPSILON, allow_negative_numbers = true, value_parser = from_zero)]
    pub eps: f64,

    /// The layers in the order of the network, if the file does not tell it; batch
    /// norms may stand among them
    #[arg(long, value_name = "NAME,NAME,…", value_delimiter = ',')]
    pub order: Vec<String>,

    /// Which batch norms become part of which layer: auto, by the signs of their running
    /// means; none; or a norm and a layer next to it; may be repeated [default: auto]
    #[arg(long, value_name = "auto|none|NORM:LAYER")]
    pub fold: Vec<FoldArg>,

    /// Size of the images that convolutions are applied to, if --convolution does not
    /// say otherwise; stride 1, and the padding that keeps the size
    #[arg(long, value_name = "HxW", value_parser = Geometry::size)]
    pub image: Option<[usize; 2]>,

    /// Image size, stride and padding of a convolution, for its norm as an operator;
    /// may be repeated
    #[arg(long, value_name = "NAME:HxW:STRIDE:PADDING", value_parser = Geometry::named)]
    pub convolution: Vec<(String, Geometry)>,

    /// The network that --dataset is sent through: chain, for the layers in the order
    /// of the file with ReLU between them, or the name of a network of `rethink
    /// train`, which they must be
    #[arg(long, value_name = "chain|NAME")]
    pub network: Option<Wiring>,

    /// Labels the network was trained on: true, random or noise:P, drawn with the
    /// seed [default: true]
    #[arg(long, value_name = "LABELS")]
    pub labels: Option<Labeling>,

    /// Training images, drawn with the seed [default: all]
    #[arg(long, value_name = "N")]
    pub train_size: Option<usize>,

    /// Use N of the training images, drawn by a fixed seed, for the measures that are
    /// means over them (Fisher-Rao, gradient, Jacobian, layer margin, Hessian trace).
    /// Their values are then estimates; the 95 % intervals come from the spread over
    /// the N images and are too narrow where few images carry most of a mean
    /// [default: all images, exactly]
    #[arg(long, value_name = "N", value_parser = examples)]
    pub examples: Option<usize>,

    /// How pixels became inputs [default: per-image-standardization]
    #[arg(long, value_enum, value_name = "NAME")]
    pub preprocessing: Option<PreprocessingName>,

    /// Exit with 3 if this holds of a network's value, 'ID>VALUE', or a layer's,
    /// 'LAYER:ID>VALUE'; with > < >= or <=; may be repeated
    #[arg(long, value_name = "CONDITION")]
    pub fail_if: Vec<Condition>,

    /// Change the weights in ways that keep the function, and report which measures
    /// moved
    #[arg(long)]
    pub audit: bool,

    /// Print the definition of a measure
    #[arg(long, value_name = "ID", value_parser = named, conflicts_with = "files")]
    pub explain: Option<&'static Card>,

    /// List the measures
    #[arg(long, conflicts_with = "files")]
    pub list: bool,
}

/// What becomes of batch norms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoldArg {
    Auto,
    None,
    Into(Fold),
}

impl FromStr for FoldArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.rsplit_once(':')) {
            ("auto", _) => Ok(Self::Auto),
            ("none", _) => Ok(Self::None),
            (_, Some((norm, layer))) if !norm.is_empty() && !layer.is_empty() => {
                Ok(Self::Into(Fold {
                    norm: norm.to_owned(),
                    layer: layer.to_owned(),
                    direction: None,
                }))
            }
            _ => Err("give auto, none, or NORM:LAYER, such as bn1:conv1".to_owned()),
        }
    }
}

fn examples(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|&n: &usize| n >= 2);
    number.ok_or_else(|| "an interval needs 2 images: give a whole number from 2".to_owned())
}

impl Args {
    /// Whether a measure is to be evaluated, its needs being met.
    pub fn wants(&self, card: &Card) -> bool {
        let selected = match &self.measures[..] {
            [] => !card.is_slow(),
            wanted => wanted.iter().any(|wanted| wanted.has(card)),
        };
        let asked = self.sharpness && card.is_slow();
        selected || asked || self.fail_if.iter().any(|c| c.card.id == card.id)
    }

    /// What is asked for.
    pub fn task(&self, options: &Options) -> Task {
        if self.explain.is_some() || self.list {
            Task {
                what: "definitions of measures",
                uses: &[],
            }
        } else if self.files.iter().all(|file| file.is_dir()) {
            Task {
                what: "the measures of a stored run",
                uses: &[Dataset],
            }
        } else if options.dataset.is_none() {
            Task {
                what: "the measures of a checkpoint without --dataset",
                uses: &[Dataset],
            }
        } else {
            Task {
                what: "the measures of a checkpoint",
                uses: &[Dataset, Seed],
            }
        }
    }

    /// Refuses what the arguments alone show to be impossible.
    pub fn check(&self, options: &Options) -> Result<(), UsageError> {
        if self.explain.is_some() || self.list {
            return Ok(());
        }
        if self.files.is_empty() {
            return refuse("give a checkpoint or the folder of a run, or --list or --explain ID");
        }
        if self.fold.contains(&FoldArg::Auto) && self.fold.contains(&FoldArg::None) {
            return refuse("--fold auto and --fold none contradict each other");
        }
        let of_data = [
            ("--network", self.network.is_some()),
            ("--labels", self.labels.is_some()),
            ("--train-size", self.train_size.is_some()),
            ("--preprocessing", self.preprocessing.is_some()),
        ];
        let given = of_data.iter().find(|(_, given)| *given);
        if self.files.iter().all(|file| file.is_dir()) {
            // What it was trained on is in the run itself.
            let of_files = [
                ("--init", self.init.is_some()),
                ("--order", !self.order.is_empty()),
                ("--fold", !self.fold.is_empty()),
            ];
            return match of_files.iter().find(|(_, given)| *given).or(given) {
                Some((option, _)) => {
                    refuse(&format!("a stored run has its own: leave {option} out"))
                }
                None => Ok(()),
            };
        }
        match (options.dataset.is_some(), self.network.is_some(), given) {
            (false, _, Some((option, _))) => refuse(&format!(
                "{option} says how data are used, and there are none: give --dataset"
            )),
            (true, false, _) => refuse(
                "--dataset needs --network: chain, if the layers of the file follow each other \
                 with ReLU between them, or the name of a network",
            ),
            (false, _, None)
                if self.examples.is_some() && !self.files.iter().any(|f| f.is_dir()) =>
            {
                refuse(
                    "--examples says how many images are used, and there are none: give --dataset and --network",
                )
            }
            (false, _, None) if self.sharpness => {
                refuse("--sharpness needs data: give --dataset and --network")
            }
            _ => self
                .fail_if
                .iter()
                .try_for_each(|c| self.check_needs(c, options)),
        }
    }

    /// Refuses a condition on a value that there cannot be.
    fn check_needs(&self, condition: &Condition, options: &Options) -> Result<(), UsageError> {
        let data = options.dataset.is_some();
        let missing = condition.card.needs.iter().find(|need| match need {
            Need::Initial => self.init.is_none(),
            Need::Outputs | Need::Inputs => !data,
            Need::Curve => true,
            Need::Geometry => self.image.is_none() && self.convolution.is_empty(),
            Need::Chain | Need::NoiseSearch => false,
        });
        match missing.filter(|_| !self.files.iter().any(|file| file.is_dir())) {
            Some(&need) => refuse(&format!(
                "--fail-if {condition}: {} needs {}",
                condition.card.id,
                need.words()
            )),
            None => Ok(()),
        }
    }
}

fn refuse<T>(why: &str) -> Result<T, UsageError> {
    Err(UsageError(why.to_owned()))
}
