//! What can be asked beyond the budget.

use std::fmt;

use rethink::experiment::regularization::Regularizer;
use rethink::network::Zoo;

use crate::cli::numbers::{MOST_IMAGES, whole};

/// The options that only this question has.
#[derive(clap::Args, Debug, Clone, PartialEq)]
#[command(next_help_heading = "Options of this question")]
pub struct Args {
    /// Networks, separated by commas, such as mlp-1x512,small-alexnet [default: set by the budget]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub networks: Vec<Zoo>,

    /// Regularizers beside none, separated by commas [default: set by the budget]
    ///
    /// weight-decay, dropout, crop, flips-and-rotation, crop-and-weight-decay, early-stopping and
    /// all, which is all but early stopping.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub regularizers: Vec<Regularizer>,

    /// Training images, at least 2 [default: set by the budget]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole(2..=MOST_IMAGES))]
    pub train_size: Option<usize>,
}

impl Args {
    /// Nothing beyond the budget.
    pub const NONE: Self = Self {
        networks: Vec::new(),
        regularizers: Vec::new(),
        train_size: None,
    };
}

/// As typed, with a blank before each.
impl fmt::Display for Args {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let networks: Vec<&str> = self.networks.iter().map(|one| one.name()).collect();
        let regularizers: Vec<&str> = self.regularizers.iter().map(|one| one.id()).collect();
        for (name, values) in [("networks", networks), ("regularizers", regularizers)] {
            if !values.is_empty() {
                write!(f, " --{name} {}", values.join(","))?;
            }
        }
        (self.train_size).map_or(Ok(()), |images| write!(f, " --train-size {images}"))
    }
}
