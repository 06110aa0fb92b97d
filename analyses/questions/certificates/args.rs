//! What can be asked beyond the budget.

use std::fmt;

use rethink::certificate::Objective;
use rethink::network::Architecture;

use crate::cli::Budget;
use crate::cli::exit::UsageError;
use crate::cli::numbers::{MOST_IMAGES, above_zero, probability, whole};

/// More filters than these would not be trained in a day.
const MOST_FILTERS: usize = 1000;
/// More passes than these change no digit that is shown.
const MOST_PASSES: usize = 1000;

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

    /// What posteriors are trained to make small [default: cross-entropy]
    ///
    /// cross-entropy: in nats, + β KL / n. quadratic and inverted-kl: bounds of Rivasplata et al.
    /// 2019 and Maurer 2004, with the cross-entropy scaled to [0, 1] and β KL in place of KL.
    #[arg(long, value_name = "NAME", value_parser = objective)]
    pub objective: Option<Objective>,

    /// Weight β of the divergence in training [default: 2.5, 1 with the other objectives]
    #[arg(long, value_name = "β", allow_negative_numbers = true, value_parser = above_zero)]
    pub beta: Option<f64>,

    /// Standard deviation of priors at random weights [default: 0.2]
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = above_zero)]
    pub sigma: Option<f64>,

    /// Priors that could have been chosen, whose logarithm a certificate pays [default: 256]
    ///
    /// Count every standard deviation, width and start that was tried on the same images.
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = whole(1..=MOST_IMAGES))]
    pub priors: Option<usize>,

    /// Training images that the prior of a split certificate is trained on [default: half]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole(1..=MOST_IMAGES))]
    pub prior_images: Option<usize>,

    /// Training images that are held out for the held-out bound [default: a sixth]
    #[arg(long, value_name = "M", allow_negative_numbers = true, value_parser = whole(1..=MOST_IMAGES))]
    pub held_out: Option<usize>,

    /// Passes over the training images in which errors are counted [default: 5]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole(1..=MOST_PASSES))]
    pub passes: Option<usize>,

    /// Probability over the training images with which a certificate may be wrong [default: 0.025]
    #[arg(long, value_name = "δ", allow_negative_numbers = true, value_parser = probability)]
    pub delta: Option<f64>,

    /// Probability over the draws of the weights with which it may be wrong [default: 0.01]
    #[arg(long, value_name = "δ'", allow_negative_numbers = true, value_parser = probability)]
    pub delta_draws: Option<f64>,
}

fn objective(name: &str) -> Result<Objective, String> {
    let mut all = Objective::ALL.into_iter();
    let names = Objective::ALL.map(Objective::name);
    all.find(|one| one.name() == name)
        .ok_or_else(|| format!("give one of {}", names.join(", ")))
}

impl Args {
    /// Nothing beyond the budget.
    pub const NONE: Self = Self {
        train_size: None,
        filters: Vec::new(),
        architecture: None,
        objective: None,
        beta: None,
        sigma: None,
        priors: None,
        prior_images: None,
        held_out: None,
        passes: None,
        delta: None,
        delta_draws: None,
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
        if let [first, second] = self.filters[..] {
            write!(f, " --filters {first},{second}")?;
        }
        let count = |given: Option<usize>| given.map(|count| count.to_string());
        let number = |given: Option<f64>| given.map(|number| number.to_string());
        let architecture = self.architecture.as_ref().map(Architecture::to_string);
        for (name, value) in [
            ("train-size", count(self.train_size)),
            ("architecture", architecture),
            ("objective", self.objective.map(|one| one.name().to_owned())),
            ("beta", number(self.beta)),
            ("sigma", number(self.sigma)),
            ("priors", count(self.priors)),
            ("prior-images", count(self.prior_images)),
            ("held-out", count(self.held_out)),
            ("passes", count(self.passes)),
            ("delta", number(self.delta)),
            ("delta-draws", number(self.delta_draws)),
        ] {
            if let Some(value) = value {
                write!(f, " --{name} {value}")?;
            }
        }
        Ok(())
    }
}
