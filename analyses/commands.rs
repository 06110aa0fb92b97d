//! Every subcommand: the questions, and the tools.

use clap::{Command, CommandFactory, Parser, Subcommand};

use crate::cli::task::Changing::{Dataset, Seed, Seeds};
use crate::cli::task::Task;
use crate::cli::{Options, exit};
use crate::questions::QUESTIONS;
use crate::tools::{
    completions, complexity, construct, data, explain, interpolate, measure, runs, toy, train,
};

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
    /// Find kernel interpolants: the functions of smallest norm through given labels
    #[command(display_order = 102, after_help = interpolate::EXAMPLE)]
    Interpolate(interpolate::Args),
    /// Compute the Rademacher complexity of the ball of one kernel
    #[command(display_order = 103, after_help = complexity::EXAMPLE)]
    Complexity(complexity::Args),
    /// Write the network of Theorem 1, which fits any labels, to a file
    #[command(display_order = 104, after_help = construct::EXAMPLE)]
    Construct(construct::Args),
    /// Run problems so small that their outcome is known
    #[command(display_order = 105, after_help = toy::EXAMPLE)]
    Toy(toy::Args),
    /// Say what a claim, a term, a measure, a kernel or a dataset is
    #[command(display_order = 106, after_help = explain::EXAMPLE)]
    Explain(explain::Args),
    /// List, fetch and verify datasets
    #[command(display_order = 107)]
    Data(data::Args),
    /// List, verify, recompute and export stored results
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
            Tool::Interpolate(_) => Task {
                what: "single interpolants",
                uses: &[Dataset, Seed, Seeds],
            },
            Tool::Complexity(_) => Task {
                what: "one complexity",
                uses: &[Dataset, Seed],
            },
            Tool::Construct(_) => Task {
                what: "one network",
                uses: &[Dataset, Seed],
            },
            Tool::Toy(args) => args.task(),
            Tool::Explain(_) => Task {
                what: "an explanation",
                uses: &[],
            },
            Tool::Data(_) => Task {
                what: "the files of datasets",
                uses: &[],
            },
            Tool::Runs(args) => args.task(),
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

/// The whole command: the tools, and a subcommand for every question.
pub fn command() -> Command {
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
    use clap::{ArgMatches, FromArgMatches};

    use super::*;
    use crate::cli::task::ALL;
    use crate::cli::task::Changing::{self, Budget, Check, Full};
    use crate::questions;

    /// A line for every subcommand and mode, and what changes its result.
    const LINES: &[(&str, &[Changing])] = &[
        ("randomization", ALL),
        ("expressivity", ALL),
        ("construct f", &[Dataset, Seed]),
        ("norms", ALL),
        ("interpolation", ALL),
        ("interpolate --kernel linear", &[Dataset, Seed, Seeds]),
        ("rademacher", ALL),
        ("complexity --kernel linear", &[Dataset, Seed]),
        ("stability", ALL),
        ("stability --train-size 9", ALL),
        ("implicit-bias", ALL),
        ("implicit-bias --plan", &[Budget, Dataset, Seed, Seeds]),
        (
            "implicit-bias --datasets a,b",
            &[Budget, Seed, Seeds, Check],
        ),
        ("implicit-bias --from d", &[Check]),
        ("toy all", &[Seed, Check]),
        ("toy --list", &[]),
        ("report", ALL),
        ("train", &[Dataset, Seed]),
        ("measure f", &[Dataset]),
        ("measure f --dataset mnist", &[Dataset, Seed]),
        ("measure --list", &[]),
        ("measure --explain path-norm-l2", &[]),
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

    /// Options that change no number: accepted everywhere.
    const ELSEWHERE: [&str; 5] = ["data_dir", "out", "threads", "format", "quiet"];

    fn parsed(line: &str) -> ArgMatches {
        let words = std::iter::once("rethink").chain(line.split_whitespace());
        command()
            .try_get_matches_from(words)
            .expect("a line that can be")
    }

    fn task(matches: &ArgMatches) -> Task {
        let (name, own) = matches.subcommand().expect("a subcommand");
        match questions::by_id(name) {
            Some(question) => question.task(own),
            None => {
                let options = Options::from_arg_matches(matches).expect("options");
                Tool::from_arg_matches(matches)
                    .expect("a tool")
                    .task(&options)
            }
        }
    }

    #[test]
    fn every_subcommand_accepts_what_it_uses_and_refuses_the_rest() {
        for (line, uses) in LINES {
            for option in ALL {
                let value = match option {
                    Budget => "smoke",
                    Dataset => "mnist",
                    Check | Full => "",
                    _ => "3",
                };
                if line.contains("--dataset ") && *option == Dataset {
                    continue; // given already
                }
                let name = option.name();
                let matches = parsed(&format!("{line} --{name} {value}"));
                let refused = task(&matches).refuse_unused(&matches);
                match (uses.contains(option), refused) {
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
    fn what_changes_no_number_is_accepted_everywhere() {
        for (line, _) in LINES {
            let more = "--data-dir d --out o --threads 2 --format json --quiet";
            let matches = parsed(&format!("{line} {more}"));
            assert!(task(&matches).refuse_unused(&matches).is_ok(), "{line}");
        }
    }

    #[test]
    fn no_subcommand_and_no_common_option_is_forgotten() {
        let all = command();
        for subcommand in all.get_subcommands() {
            let name = subcommand.get_name();
            let listed = |(line, _): &(&str, _)| line.split(' ').next() == Some(name);
            assert!(LINES.iter().any(listed), "{name}");
        }
        for argument in all.get_arguments().filter(|one| one.is_global_set()) {
            let id = argument.get_id().as_str();
            let changing = ALL.iter().any(|option| option.name() == id);
            assert!(changing != ELSEWHERE.contains(&id), "{id}");
        }
    }
}
