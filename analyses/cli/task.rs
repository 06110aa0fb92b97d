//! What a command is asked to do, and which options change its numbers.
//!
//! An option that would change a number elsewhere is refused where it changes
//! nothing: who gives `--seeds 10` would take one training for ten.

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::cli::exit::UsageError;

/// An option of every subcommand that can change a number, or what is checked or printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changing {
    Budget,
    Dataset,
    Seed,
    Seeds,
    Check,
    Full,
    Figures,
    FigureWidth,
    FontSize,
}

use Changing::{Budget, Check, Dataset, FigureWidth, Figures, FontSize, Full, Seed, Seeds};

/// All of them.
pub const ALL: &[Changing] = &[
    Budget,
    Dataset,
    Seed,
    Seeds,
    Check,
    Full,
    Figures,
    FigureWidth,
    FontSize,
];

/// What is asked for. Every subcommand states one; a new one has to.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    /// In words, for errors: `one training`.
    pub what: &'static str,
    /// The options that change its result.
    pub uses: &'static [Changing],
}

impl Changing {
    /// Its name on the command line, without dashes.
    pub fn name(self) -> &'static str {
        match self {
            Budget => "budget",
            Dataset => "dataset",
            Seed => "seed",
            Seeds => "seeds",
            Check => "check",
            Full => "full",
            Figures => "figures",
            FigureWidth => "figure-width",
            FontSize => "font-size",
        }
    }
}

impl Task {
    /// The answer to a question, which uses every option.
    pub const ANSWER: Self = Self {
        what: "an answer",
        uses: ALL,
    };

    /// Refuses the options that were typed and change nothing.
    pub fn refuse_unused(&self, matches: &ArgMatches) -> Result<(), UsageError> {
        let typed = |option: &Changing| {
            matches.value_source(option.name()) == Some(ValueSource::CommandLine)
        };
        let mut unused = ALL.iter().filter(|option| !self.uses.contains(option));
        match unused.find(|option| typed(option)) {
            Some(option) => Err(UsageError(format!(
                "--{} changes nothing for {}: {}",
                option.name(),
                self.what,
                self.remedy(*option)
            ))),
            None => Ok(()),
        }
    }

    fn remedy(&self, option: Changing) -> String {
        match option {
            Seeds if self.uses.contains(&Seed) => {
                "run it once for each seed, with --seed".to_owned()
            }
            Budget if self.uses.contains(&Dataset) => {
                "leave it out; --dataset says what is used".to_owned()
            }
            Check => "it compares verdicts, and there is none; leave it out".to_owned(),
            Figures | FigureWidth | FontSize => "it draws no figure; leave it out".to_owned(),
            Full => "everything is printed; leave it out".to_owned(),
            _ => "leave it out".to_owned(),
        }
    }
}
