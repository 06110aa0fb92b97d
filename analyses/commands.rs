//! Every subcommand: the questions, and the tools.

use clap::{ArgMatches, Command, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::cli::Options;
use crate::cli::exit::{self, UsageError};
use crate::cli::task::Shared::{
    Check, DataDir, Dataset, Format, Full, Out, Quiet, Seed, Seeds, Threads,
};
use crate::cli::task::{self, Shared, Task};
use crate::questions::QUESTIONS;
use crate::tools::{
    completions, complexity, construct, data, explain, interpolate, measure, runs, toy, train,
};

/// A laboratory for one question: why do over-parametrized networks that can
/// memorize random labels still generalize?
///
/// Each question is a subcommand; `report` answers all of them on one page. The options below
/// are shared; `rethink COMMAND --help` shows those that a command uses.
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

/// The subcommands that are not questions.
#[derive(Subcommand)]
pub enum Tool {
    /// Answer every question and write one self-contained page
    #[command(display_order = 0)]
    #[command(after_help = "Example:\n  rethink report --budget smoke --out /tmp/look")]
    Report,
    /// Train one network with settings of your own
    ///
    /// The run is stored in --out. The same settings are not trained again.
    #[command(display_order = 100, after_help = train::EXAMPLES)]
    Train(train::Args),
    /// Compute norms and capacity measures of checkpoints or stored runs
    ///
    /// Several networks are compared, in the order of the command line: each has its ratio to
    /// the first.
    #[command(display_order = 101, after_help = measure::EXAMPLES)]
    Measure(measure::Args),
    /// Find the kernel interpolant: the function of smallest norm through all labels
    ///
    /// The options --kernel, --bandwidth, --train-size, --labels and --ridge take several
    /// values, separated by commas, and every combination is computed.
    #[command(display_order = 102, after_help = interpolate::EXAMPLE)]
    Interpolate(interpolate::Args),
    /// Compute the Rademacher complexity of a ball in the RKHS of a kernel
    #[command(display_order = 103, after_help = complexity::EXAMPLE)]
    Complexity(complexity::Args),
    /// Write the network of Theorem 1, which fits any labels, to a file
    ///
    /// Nothing is trained: the weights follow from the images and labels.
    #[command(display_order = 104, after_help = construct::EXAMPLE)]
    Construct(construct::Args),
    /// Run small problems whose outcome is proven or published
    #[command(display_order = 105, after_help = toy::EXAMPLE)]
    Toy(toy::Args),
    /// Say what a claim, a term, a measure, a kernel or a dataset is
    #[command(display_order = 106, after_help = explain::EXAMPLE)]
    Explain(explain::Args),
    /// List, download and verify datasets
    #[command(display_order = 107)]
    Data(data::Args),
    /// List, show, verify, recompute and export stored results
    #[command(display_order = 108)]
    Runs(runs::Args),
    /// Print a completion script for a shell
    #[command(display_order = 109)]
    #[command(
        after_help = "Example:\n  rethink completions bash > ~/.local/share/bash-completion/completions/rethink"
    )]
    Completions(completions::CompletionArgs),
    /// Print or write the manual pages
    #[command(display_order = 110)]
    #[command(after_help = "Example:\n  rethink man --to ~/.local/share/man/man1")]
    Man(completions::ManArgs),
}

/// What each tool is asked for: its help lists the shared options it uses, and it refuses the
/// others. A question, and the report, uses all of them.
pub fn task(path: &str) -> Task {
    let (what, uses): (_, &[_]) = match path {
        "train" => (
            "one training",
            &[Dataset, DataDir, Out, Seed, Threads, Format, Quiet],
        ),
        "measure" => (
            "the measures of a network",
            &[Dataset, DataDir, Out, Seed, Threads, Format, Full, Quiet],
        ),
        "interpolate" => (
            "single interpolants",
            &[Dataset, DataDir, Seed, Seeds, Threads, Format, Quiet],
        ),
        "complexity" => ("one complexity", &[Dataset, DataDir, Seed, Threads, Format]),
        "construct" => ("one network", &[Dataset, DataDir, Seed, Threads, Format]),
        "toy" => (
            "a problem with a known outcome",
            &[Out, Seed, Threads, Format, Check],
        ),
        "data list" => ("the files of datasets", &[DataDir, Format]),
        "data fetch" => ("the files of datasets", &[DataDir, Format, Quiet]),
        "data verify" => ("the files of datasets", &[DataDir, Format]),
        "runs list" => ("a list of results", &[Out, Threads, Format]),
        "runs show" => ("a stored result", &[Out, Threads]),
        "runs verify" => ("a check of files", &[Out, Threads, Format]),
        "runs recompute" => (
            "a result computed again",
            &[Dataset, DataDir, Out, Threads, Quiet],
        ),
        "runs export" => ("stored weights", &[Out, Threads]),
        "explain" => ("an explanation", &[Out, Format]),
        "completions" => ("a completion script", &[]),
        "man" => ("a manual page", &[]),
        _ => return Task::answer(), // of a question, or of all
    };
    Task { what, uses }
}

impl Tool {
    /// What its arguments ask for where that uses fewer options than the tool.
    pub fn mode(&self, options: &Options) -> Option<Task> {
        match self {
            Tool::Measure(args) => args.mode(options),
            Tool::Toy(args) => args.mode(),
            _ => None,
        }
    }
}

/// Refuses the shared options that were typed and not used, by the subcommand or by what its
/// own arguments ask for.
pub fn refuse_unused(matches: &ArgMatches, mode: Option<Task>) -> Result<(), UsageError> {
    task(&task::path(matches)).refuse_unused(Shared::value_variants(), matches)?;
    mode.map_or(Ok(()), |mode| mode.refuse_unused(task::CHANGING, matches))
}

/// The whole command; the help of each subcommand has the shared options that it uses.
pub fn command() -> Command {
    task::with_help_of(all(), &|path| task(path).uses)
}

/// The same for completion scripts, which would offer what help hides.
pub fn completed() -> Command {
    task::with_only(all(), &|path| task(path).uses)
}

/// The tools, and a subcommand for every question.
fn all() -> Command {
    let questions = QUESTIONS.iter().enumerate();
    questions.fold(Cli::command(), |command, (place, question)| {
        let description = question.description();
        command.subcommand(
            (question.augment(Command::new(description.id)))
                .display_order(1 + place)
                .about(description.asks)
                .long_about(description.in_full())
                .after_help(format!("Example:\n  {}", description.example)),
        )
    })
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches;

    use super::*;
    use crate::cli::task::Shared::{Budget, FigureWidth, Figures, FontSize};
    use crate::questions;

    /// A line for every subcommand and mode, and what changes its result.
    const LINES: &[(&str, &[Shared])] = &[
        ("randomization", task::CHANGING),
        ("expressivity", task::CHANGING),
        ("construct f", &[Dataset, Seed]),
        ("regularization", task::CHANGING),
        ("regularization --networks mlp-1x64", task::CHANGING),
        ("norms", task::CHANGING),
        ("interpolation", task::CHANGING),
        ("interpolate --kernel linear", &[Dataset, Seed, Seeds]),
        ("rademacher", task::CHANGING),
        ("complexity --kernel linear", &[Dataset, Seed]),
        ("certificates", task::CHANGING),
        ("certificates --train-size 200", task::CHANGING),
        ("stability", task::CHANGING),
        ("stability --train-size 9", task::CHANGING),
        ("implicit-bias", task::CHANGING),
        ("implicit-bias --plan", &[Budget, Dataset, Seed, Seeds]),
        (
            "implicit-bias --datasets a,b",
            &[Budget, Seed, Seeds, Check],
        ),
        ("implicit-bias --from d", &[Check]),
        ("toy all", &[Seed, Check]),
        ("toy --list", &[]),
        ("report", task::CHANGING),
        ("train", &[Dataset, Seed]),
        ("measure f", &[Dataset, Full]),
        ("measure f --dataset mnist", &[Dataset, Seed, Full]),
        ("measure --list", &[]),
        ("explain C7", &[]),
        ("data list", &[]),
        ("runs list", &[]),
        ("runs show 0", &[]),
        ("runs verify", &[]),
        ("runs recompute 0", &[Dataset]),
        ("runs export 0 --to d", &[]),
        ("data fetch mnist", &[]),
        ("data verify", &[]),
        ("completions bash", &[]),
        ("man", &[]),
    ];

    /// Whether what a line asks for uses an option; why not, if it is refused.
    fn refused(line: &str, option: Shared) -> Result<(), UsageError> {
        let value = match option {
            Budget => "smoke",
            Dataset => "mnist",
            Format => "json",
            Figures => "svg",
            // A size is that of figures.
            FigureWidth => "3.3in --figures svg",
            FontSize => "8 --figures svg",
            Check | Full | Quiet => "",
            _ => "3",
        };
        let line = match line.contains("--dataset ") && option == Dataset {
            true => line.to_owned(),
            false => format!("{line} --{} {value}", option.name()),
        };
        let words = std::iter::once("rethink").chain(line.split_whitespace());
        let matches = command().try_get_matches_from(words);
        let matches = matches.expect("a line that can be");
        let (name, own) = matches.subcommand().expect("a subcommand");
        let mode = match questions::by_id(name) {
            Some(question) => Some(question.task(own)),
            None => {
                let options = Options::from_arg_matches(&matches).expect("options");
                let tool = Tool::from_arg_matches(&matches).expect("a tool");
                tool.mode(&options)
            }
        };
        refuse_unused(&matches, mode)
    }

    #[test]
    fn what_changes_nothing_is_refused_in_one_line() {
        for (line, uses) in LINES {
            for option in task::CHANGING {
                let name = option.name();
                match (uses.contains(option), refused(line, *option)) {
                    (true, refused) => assert!(refused.is_ok(), "{line} --{name}"),
                    (false, Ok(())) => panic!("{line} ignores --{name}"),
                    (false, Err(error)) => {
                        let told = error.to_string();
                        assert!(told.starts_with(&format!("--{name} ")), "{told}");
                        assert_eq!(told.lines().count(), 1);
                    }
                }
            }
        }
    }

    #[test]
    fn a_shared_option_is_in_the_help_of_a_subcommand_if_and_only_if_it_is_accepted() {
        let mut all = command();
        all.build();
        let mut waiting: Vec<(String, &Command)> = vec![(String::new(), &all)];
        while let Some((path, one)) = waiting.pop() {
            let below = one.get_subcommands().filter(|one| one.get_name() != "help");
            let below: Vec<_> = below
                .map(|one| (format!("{path}{} ", one.get_name()), one))
                .collect();
            if !below.is_empty() {
                waiting.extend(below);
                continue;
            }
            let of_it = |(line, _): &&(&str, _)| format!("{line} ").starts_with(&path);
            let lines: Vec<&str> = LINES.iter().filter(of_it).map(|(line, _)| *line).collect();
            assert!(!lines.is_empty(), "no line for {path}");
            let shared = one.get_arguments().filter(|one| one.is_global_set());
            let shared: Vec<_> = shared.collect();
            assert_eq!(shared.len(), Shared::value_variants().len(), "{path}");
            for argument in shared {
                let name = argument.get_long().expect("a name");
                let option = Shared::value_variants()
                    .iter()
                    .find(|option| option.name() == name);
                let option = option.unwrap_or_else(|| panic!("--{name} is not in the list"));
                let accepted = lines.iter().any(|line| refused(line, *option).is_ok());
                assert_eq!(accepted, !argument.is_hide_set(), "{path}--{name}");
            }
        }
    }
}
