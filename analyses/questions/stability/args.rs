//! What can be asked beyond the budget.

use std::fmt;

use crate::cli::numbers::{MOST_IMAGES, probability, whole};

/// The options that only this question has.
#[derive(clap::Args, Debug, Clone, PartialEq)]
#[command(next_help_heading = "Options of this question")]
pub struct Args {
    /// Training images, at least 2 [default: set by the budget]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole(2..=MOST_IMAGES))]
    pub train_size: Option<usize>,

    /// Examples replaced per seed, one at a time [default: set by the budget]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole(1..=MOST_IMAGES))]
    pub replacements: Option<usize>,

    /// Networks on random subsets per seed and labeling, at least 2, for the
    /// memorization scores [default: set by the budget]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole(2..=100_000))]
    pub networks: Option<usize>,

    /// Probability with which the bound on the generalization gap may fail
    /// [default: 0.05]
    #[arg(long, value_name = "δ", allow_negative_numbers = true, value_parser = probability)]
    pub delta: Option<f64>,
}

impl Args {
    /// Nothing beyond the budget.
    pub const NONE: Self = Self {
        train_size: None,
        replacements: None,
        networks: None,
        delta: None,
    };
}

/// As typed, with a blank before each.
impl fmt::Display for Args {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            ("train-size", self.train_size),
            ("replacements", self.replacements),
            ("networks", self.networks),
        ];
        for (name, value) in counts {
            if let Some(value) = value {
                write!(f, " --{name} {value}")?;
            }
        }
        self.delta
            .map_or(Ok(()), |delta| write!(f, " --delta {delta}"))
    }
}
