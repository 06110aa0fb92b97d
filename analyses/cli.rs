//! The command line: what was typed, and nothing done about it.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Command, CommandFactory, Parser, Subcommand, ValueEnum};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::task::Changing::{Dataset, Seed};
use crate::task::Task;
use crate::{completions, data, exit, measure, question, runs, train};

/// A laboratory for one question: why do over-parametrized networks that can
/// memorize random labels still generalize?
///
/// Each question is a subcommand; `report` answers all of them on one page.
#[derive(Parser)]
#[command(name = "rethink", version, max_term_width = 100, after_help = exit::HELP)]
#[command(after_long_help = examples())]
struct Cli {
    #[command(flatten)]
    _options: Options,
    #[command(subcommand)]
    _tool: Tool,
}

const EXAMPLES: &str = "\
Examples:
  rethink report                          answer every question, a few minutes
  rethink randomization --budget smoke    one question, in seconds
  rethink norms --seeds 10 --format json  more seeds, for a machine to read
  rethink data fetch mnist                get a dataset
  rethink measure model.safetensors       every measure of a checkpoint";

fn examples() -> String {
    format!("{EXAMPLES}\n\n{}", exit::HELP)
}

/// What every subcommand understands. Those that change a number are in
/// [`Changing`](crate::task::Changing) and refused where they do not.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Options of every subcommand")]
pub struct Options {
    /// How much work to spend
    #[arg(long, global = true, value_enum, default_value_t = Budget::Quick, value_name = "BUDGET")]
    pub budget: Budget,

    /// Dataset: a name (see `rethink data list`) or a path to an IDX folder, a
    /// CIFAR-10 binary folder or an .npz file [default: fashion-mnist-10k;
    /// cifar10 with --budget paper]
    #[arg(long, global = true, value_name = "NAME|PATH")]
    pub dataset: Option<String>,

    /// Folder of fetched datasets [default: data]
    #[arg(
        long,
        global = true,
        env = "RETHINK_DATA",
        value_name = "DIR",
        hide_env_values = true
    )]
    data_dir: Option<PathBuf>,

    /// Folder for runs, reports and the page
    #[arg(long, global = true, default_value = "out", value_name = "DIR")]
    pub out: PathBuf,

    /// First seed; the others follow it
    #[arg(long, global = true, default_value_t = 1, value_name = "N")]
    pub seed: u64,

    /// Number of seeds [default: set by the budget]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub seeds: Option<u16>,

    /// Trainings at once, at most 1024 [default: one per core]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// What to print on standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub format: Format,

    /// Exit with 3 when a verdict differs from the published one
    #[arg(long, global = true)]
    pub check: bool,

    /// No progress on standard error
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// How much work to spend.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// Seconds: shows that everything works, decides nothing
    Smoke,
    /// Minutes on two cores, on the embedded data
    Quick,
    /// The paper's dataset, size and recipe: hours, resumable
    Paper,
}

/// What is printed on standard output.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people
    Text,
    /// For machines, with a schema name
    Json,
    /// The main table
    Csv,
}

/// The subcommands that are not questions.
#[derive(Subcommand)]
pub enum Tool {
    /// Answer every question and write one self-contained page
    #[command(display_order = 0)]
    #[command(after_help = "Example:\n  rethink report --budget smoke --out /tmp/look")]
    Report,
    /// Train one network with everything settable
    #[command(display_order = 100)]
    Train(train::Args),
    /// Measure a checkpoint or a stored run: every norm and capacity measure
    #[command(display_order = 101)]
    Measure(measure::Args),
    /// List, fetch and verify datasets
    #[command(display_order = 102)]
    Data(data::Args),
    /// List, verify and export stored results
    #[command(display_order = 103)]
    Runs(runs::Args),
    /// Print a completion script for a shell
    #[command(display_order = 104)]
    #[command(
        after_help = "Example:\n  rethink completions bash > ~/.local/share/bash-completion/completions/rethink"
    )]
    Completions(completions::CompletionArgs),
    /// Print or write the manual pages
    #[command(display_order = 105)]
    #[command(after_help = "Example:\n  rethink man --to ~/.local/share/man/man1")]
    Man(completions::ManArgs),
}

impl Budget {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Budget::Smoke => "smoke",
            Budget::Quick => "quick",
            Budget::Paper => "paper",
        }
    }
}

impl Tool {
    /// What is asked for.
    pub fn task(&self, options: &Options) -> Task {
        match self {
            Tool::Report => Task::ANSWER,
            Tool::Train(_) => Task {
                what: "one training",
                uses: &[Dataset, Seed],
            },
            Tool::Measure(args) => args.task(options),
            Tool::Data(_) => Task {
                what: "the files of datasets",
                uses: &[],
            },
            Tool::Runs(_) => Task {
                what: "a list of results",
                uses: &[],
            },
            Tool::Completions(_) => Task {
                what: "a completion script",
                uses: &[],
            },
            Tool::Man(_) => Task {
                what: "a manual page",
                uses: &[],
            },
        }
    }
}

impl Options {
    /// Where fetched datasets live.
    pub fn data_dir(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(|| "data".into())
    }

    /// The dataset asked for, or the budget's own.
    pub fn dataset(&self) -> &str {
        self.dataset.as_deref().unwrap_or(match self.budget {
            Budget::Paper => "cifar10",
            Budget::Smoke | Budget::Quick => "fashion-mnist-10k",
        })
    }

    /// Trainings at once.
    pub fn threads(&self) -> usize {
        self.threads.map_or_else(
            || std::thread::available_parallelism().map_or(1, |n| n.get()),
            usize::from,
        )
    }

    /// As many threads, for work of this program's own.
    pub fn pool(&self) -> anyhow::Result<ThreadPool> {
        let builder = ThreadPoolBuilder::new().num_threads(self.threads());
        builder.build().with_context(|| self.no_threads())
    }

    /// As many threads for the work inside libraries, which would panic where they cannot
    /// be made.
    pub fn make_global_pool(&self) -> anyhow::Result<()> {
        let builder = ThreadPoolBuilder::new().num_threads(self.threads());
        builder.build_global().with_context(|| self.no_threads())
    }

    fn no_threads(&self) -> String {
        format!(
            "cannot make {} threads; give fewer with --threads",
            self.threads()
        )
    }

    /// The seeds to use, when the budget would use so many.
    pub fn seeds(&self, of_the_budget: u16) -> Vec<u64> {
        let count = self.seeds.unwrap_or(of_the_budget);
        (0..u64::from(count))
            .map(|k| self.seed.wrapping_add(k))
            .collect()
    }
}

/// The whole command: the tools, and a subcommand for every question.
pub fn command() -> Command {
    let questions = question::QUESTIONS.iter().enumerate();
    questions.fold(Cli::command(), |command, (place, question)| {
        let description = question.description();
        command.subcommand(
            (question.augment(Command::new(description.id)))
                .display_order(1 + place)
                .about(description.asks)
                .long_about(format!("{}\n\n{}", description.asks, description.about))
                .after_help(format!("Example:\n  {}", description.example)),
        )
    })
}
