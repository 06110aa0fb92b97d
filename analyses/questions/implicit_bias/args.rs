//! What can be asked of this question alone.

use std::fmt;
use std::path::PathBuf;

use rethink::network::Zoo;

use crate::cli::numbers::whole;
use crate::cli::place;

/// The options that only this question has.
#[derive(clap::Args, Debug, Clone, PartialEq)]
#[command(next_help_heading = "Options of this question")]
pub struct Args {
    /// Print the plan and its hash; runs the pilot if it is not stored, and nothing else
    #[arg(long, conflicts_with_all = ["from", "frozen"])]
    pub plan: bool,

    /// Go on only if the plan has this hash, as `--plan` printed it
    #[arg(long, value_name = "HASH", conflicts_with = "from")]
    pub frozen: Option<String>,

    /// Compute every number of the trial again from the stored runs in this folder, train
    /// nothing; the folder of a trial, or an --out folder with one trial in it
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,

    /// With --from: show what the rules of this program say, where they say otherwise than the
    /// table that the trial was frozen with
    #[arg(long, requires = "from")]
    pub rejudge: bool,

    /// Datasets, separated by commas, each judged by itself [default: the one of --dataset;
    /// mnist,fashion-mnist with --budget paper]
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        conflicts_with = "from"
    )]
    pub datasets: Option<Vec<String>>,

    /// Training images, at least 40 [default: set by the budget]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole(40..=1_000_000), conflicts_with = "from")]
    pub train_size: Option<usize>,

    /// Network, of dense layers or small-conv [default: set by the budget]
    #[arg(long, value_name = "NAME", conflicts_with = "from")]
    pub architecture: Option<Zoo>,
}

impl Args {
    /// Nothing beyond the budget.
    pub const NONE: Self = Self {
        plan: false,
        frozen: None,
        from: None,
        rejudge: false,
        datasets: None,
        train_size: None,
        architecture: None,
    };
}

/// The options that change what is run, as typed, with a blank before each.
impl fmt::Display for Args {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(datasets) = &self.datasets {
            let datasets: Vec<String> = datasets.iter().map(|name| place::dataset(name)).collect();
            write!(f, " --datasets {}", datasets.join(","))?;
        }
        if let Some(n) = self.train_size {
            write!(f, " --train-size {n}")?;
        }
        self.architecture.map_or(Ok(()), |architecture| {
            write!(f, " --architecture {architecture}")
        })
    }
}
