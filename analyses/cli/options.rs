//! The options that several subcommands share.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use rayon::{ThreadPool, ThreadPoolBuilder};
use rethink::dataset::Dataset;
use rethink::report::{Layout, Setting};
use rethink::text::WIDTH;
use terminal_size::{Width, terminal_size};

use super::figures::Figures;

/// The options that several subcommands share; which of them each one uses is in
/// [`commands::task`](crate::commands::task).
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Shared options")]
pub struct Options {
    /// How much to compute
    #[arg(long, global = true, value_enum, default_value_t = Budget::Quick, value_name = "BUDGET")]
    pub budget: Budget,

    /// Dataset: a name of `rethink data list`, or a path
    ///
    /// A path leads to an IDX folder, a CIFAR-10 binary folder or an .npz file. The default is
    /// fashion-mnist-10k, which is part of the program; for a question with the budget of the
    /// paper it is cifar10. Only `measure` has none.
    #[arg(long, global = true, value_name = "NAME|PATH")]
    pub dataset: Option<String>,

    /// Folder of downloaded datasets [default: data]
    #[arg(
        long,
        global = true,
        env = "RETHINK_DATA",
        value_name = "DIR",
        hide_env_values = true
    )]
    data_dir: Option<PathBuf>,

    /// Folder of stored results, reports and the page
    #[arg(long, global = true, default_value = "out", value_name = "DIR")]
    pub out: PathBuf,

    /// Random seed; the first one where there are several
    #[arg(long, global = true, default_value_t = 1, value_name = "N")]
    pub seed: u64,

    /// Number of seeds [default: set by the budget, else 1]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub seeds: Option<u16>,

    /// Number of threads [default: one per core]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// Format of what is printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub format: Format,

    /// Exit with 3 if a result differs from the published or proven one
    #[arg(long, global = true)]
    pub check: bool,

    /// Print everything, not only the main results
    ///
    /// Of a question: every table, the rules with their evidence, and the method. Of
    /// `measure`: what the values are made of, and what could not be computed.
    #[arg(long, global = true)]
    pub full: bool,

    /// Print no progress
    #[arg(long, short, global = true)]
    pub quiet: bool,

    #[command(flatten)]
    pub figures: Figures,
}

/// How much work to spend.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// Seconds; shows that everything works, decides nothing
    Smoke,
    /// Minutes on two cores
    Quick,
    /// Hours; the paper's dataset, size and recipe
    Paper,
}

/// What is printed on standard output.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For reading
    Text,
    /// Everything, with a schema name
    Json,
    /// The main table in full precision
    Csv,
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

impl Options {
    /// How an answer is laid out: as wide as the terminal, within reason.
    pub fn layout(&self) -> Layout {
        let terminal = terminal_size().map(|(Width(width), _)| usize::from(width));
        Layout {
            width: terminal.map_or(WIDTH, |width| width.clamp(60, 160)),
            full: self.full,
            ..Layout::default()
        }
    }

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

    /// What is asked about, of this dataset.
    pub fn setting(&self, dataset: &Dataset) -> Setting {
        Setting {
            budget: self.budget.name().to_owned(),
            dataset: dataset.name().to_owned(),
            dataset_checksum: dataset.checksum().to_owned(),
        }
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
