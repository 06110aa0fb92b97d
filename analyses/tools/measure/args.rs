//! What can be asked of `rethink measure`, and what cannot be.

use std::path::PathBuf;
use std::str::FromStr;

use rethink::experiment::Labeling;
use rethink::experiment::subjects::Wiring;
use rethink::measure::{BATCH_NORM_EPSILON, Card, Condition, Fold, Geometry, Need, Selection};

use crate::cli::Options;
use crate::cli::exit::UsageError;
use crate::cli::numbers::from_zero;
use crate::cli::task::Shared::{Dataset, Full};
use crate::cli::task::Task;
use crate::tools::measure::sources::Sources;
use crate::tools::train::PreprocessingName;

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  rethink measure model.safetensors
  rethink measure --label true=a.pt --label random=b.pt --measures norms,spectra
  rethink measure final.safetensors --dataset mnist --network chain --sharpness";

/// Arguments of `rethink measure`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub sources: Sources,

    /// The same network at initialization, for the distances from it
    #[arg(long, value_name = "FILE")]
    pub init: Option<PathBuf>,

    /// Measures by id or group, or all [default: all but sharpness]
    ///
    /// The groups are norms, spectra, data, sharpness and bounds; separate several by
    /// commas. Unless measures are named, the table of layers shows six of them.
    #[arg(long, value_name = "ID|GROUP|all", value_delimiter = ',')]
    pub measures: Vec<Selection>,

    /// Also compute the measures of sharpness, which are slow
    #[arg(long)]
    pub sharpness: bool,

    /// ε of batch norm: 1e-5 in PyTorch, 1e-3 in Keras
    ///
    /// No checkpoint holds it.
    #[arg(long, value_name = "ε", default_value_t = BATCH_NORM_EPSILON, allow_negative_numbers = true, value_parser = from_zero)]
    pub eps: f64,

    /// Order of the layers, if the file does not tell it
    ///
    /// Batch norms may stand among them.
    #[arg(long, value_name = "NAME,NAME,…", value_delimiter = ',')]
    pub order: Vec<String>,

    /// Which batch norms are folded into which layer [default: auto]
    ///
    /// auto decides by the signs of their running means; none folds none; NORM:LAYER folds
    /// one into a layer next to it and can be repeated.
    #[arg(long, value_name = "auto|none|NORM:LAYER")]
    pub fold: Vec<FoldArg>,

    /// Image size for the convolutions that --convolution does not name
    ///
    /// Their stride is 1, and their padding keeps the size.
    #[arg(long, value_name = "HxW", value_parser = Geometry::size)]
    pub image: Option<[usize; 2]>,

    /// Image size, stride and padding of a convolution; repeatable
    ///
    /// Its spectral norm as an operator depends on them.
    #[arg(long, value_name = "NAME:HxW:STRIDE:PADDING", value_parser = Geometry::named)]
    pub convolution: Vec<(String, Geometry)>,

    /// How the layers are connected, to send --dataset through them
    ///
    /// chain: in the order of the file, ReLU between them. A name: the layers must be those
    /// of this network of `rethink train`; of a network of images, such as small-alexnet, the
    /// arrays must have the same names.
    #[arg(long, value_name = "chain|NAME")]
    pub network: Option<Wiring>,

    /// Labels the network was trained on: true, random or noise:P [default: true]
    ///
    /// Random labels are drawn with --seed, as `rethink train` draws them.
    #[arg(long, value_name = "LABELS")]
    pub labels: Option<Labeling>,

    /// Number of training images, drawn with --seed [default: all]
    #[arg(long, value_name = "N")]
    pub train_size: Option<usize>,

    /// Estimate means over the training images from N of them [default: all images]
    ///
    /// This concerns Fisher-Rao, gradient, Jacobian, layer margin and Hessian trace. The N
    /// images are drawn with a fixed seed. The 95 % intervals come from the spread over them
    /// and are too narrow where few images carry most of a mean.
    #[arg(long, value_name = "N", value_parser = examples)]
    pub examples: Option<usize>,

    /// How pixels became inputs [default: per-image-standardization]
    #[arg(long, value_enum, value_name = "NAME")]
    pub preprocessing: Option<PreprocessingName>,

    /// Exit with 3 if 'ID>VALUE' or 'LAYER:ID>VALUE' holds; repeatable
    ///
    /// The comparison is >, <, >= or <=; an undefined value counts as a failure. Example:
    /// --fail-if 'product-of-spectral-norms>=1e6'
    #[arg(long, value_name = "CONDITION")]
    pub fail_if: Vec<Condition>,

    /// Change the weights but not the function, and report which measures move
    #[arg(long)]
    pub audit: bool,

    /// List the measures
    #[arg(long, conflicts_with_all = ["files", "label"])]
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

    /// Whether a measure was asked for by its own name.
    pub fn names(&self, card: &Card) -> bool {
        let one = |wanted: &Selection| matches!(wanted, Selection::One(one) if one.id == card.id);
        self.measures.iter().any(one)
    }

    /// What is asked for, where that uses fewer options.
    pub fn mode(&self, options: &Options) -> Option<Task> {
        let (what, uses): (_, &[_]) = if self.list {
            ("the list of measures", &[])
        } else if self.sources.are_runs() {
            ("the measures of a stored run", &[Dataset, Full])
        } else if options.dataset.is_none() {
            (
                "the measures of a checkpoint without --dataset",
                &[Dataset, Full],
            )
        } else {
            return None;
        };
        Some(Task { what, uses })
    }

    /// Refuses what the arguments alone show to be impossible.
    pub fn check(&self, options: &Options) -> Result<(), UsageError> {
        if self.list {
            return Ok(());
        }
        if self.sources.is_empty() {
            return refuse("give a checkpoint or a stored run, or --list");
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
        if self.sources.are_runs() {
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
        let of_order = [
            ("--order", !self.order.is_empty()),
            ("--fold", !self.fold.is_empty()),
        ];
        if let Some(network) = self
            .network
            .as_ref()
            .filter(|network| network.is_of_images())
            && let Some((option, _)) = of_order.iter().find(|(_, given)| *given)
        {
            return refuse(&format!(
                "{option} is told by --network {network}: leave it out"
            ));
        }
        match (options.dataset.is_some(), self.network.is_some(), given) {
            (false, _, Some((option, _))) => refuse(&format!(
                "{option} says how data are used, and there are none: give --dataset"
            )),
            (true, false, _) => refuse(
                "--dataset needs --network: chain, if the layers of the file follow each other \
                 with ReLU between them, or the name of a network",
            ),
            (false, _, None) if self.examples.is_some() && !self.sources.have_run() => refuse(
                "--examples says how many images are used, and there are none: give --dataset and --network",
            ),
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
            Need::Chain | Need::Network | Need::PiecewiseLinear | Need::NoiseSearch => false,
        });
        match missing.filter(|_| !self.sources.have_run()) {
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
