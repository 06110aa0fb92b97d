//! What can be asked beyond the budget.

use std::fmt;

use rethink::network::Architecture;

use crate::cli::Budget;
use crate::cli::exit::UsageError;
use crate::cli::numbers::{MOST_IMAGES, whole};

/// More filters than these would not be trained in a day.
const MOST_FILTERS: usize = 1000;

/// The options that only this question has.
#[derive(clap::Args, Debug, Clone, PartialEq)]
#[command(next_help_heading = "Options of this question")]
pub struct Args {
    /// Training images, at least 100 [default: all, 300 with --budget smoke]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole(100..=MOST_IMAGES))]
    pub train_size: Option<usize>,

    /// Filters of the two convolutions of a convolutional network, which takes minutes [default: 12,24 with --budget paper]
    #[arg(long, value_name = "A,B", value_delimiter = ',', allow_negative_numbers = true, value_parser = whole(1..=MOST_FILTERS))]
    pub filters: Vec<usize>,

    /// Network, fully connected [default: set by the budget]
    #[arg(long, value_name = "NAME")]
    pub architecture: Option<Architecture>,
}

impl Args {
    /// Nothing beyond the budget.
    pub const NONE: Self = Self {
        train_size: None,
        filters: Vec::new(),
        architecture: None,
    };

    /// Filters of the convolutional network, if there is to be one.
    pub fn filters(&self, budget: Budget) -> Result<Option<[usize; 2]>, UsageError> {
        match (&self.filters[..], budget) {
            ([], Budget::Paper) => Ok(Some([12, 24])),
            ([], _) => Ok(None),
            (&[first, second], _) => Ok(Some([first, second])),
            (given, _) => Err(UsageError(format!(
                "--filters has {} numbers: give two, such as 12,24",
                given.len()
            ))),
        }
    }
}

/// As typed, with a blank before each.
impl fmt::Display for Args {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(size) = self.train_size {
            write!(f, " --train-size {size}")?;
        }
        if let [first, second] = self.filters[..] {
            write!(f, " --filters {first},{second}")?;
        }
        match &self.architecture {
            Some(architecture) => write!(f, " --architecture {architecture}"),
            None => Ok(()),
        }
    }
}
