//! Which of the shared options a subcommand uses: its help lists those, and the others are
//! refused.
//!
//! Who gives `--seeds 10` where it changes nothing would take one training for ten.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, ValueEnum};

use crate::cli::exit::UsageError;

/// An option that several subcommands share.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    Budget,
    Dataset,
    DataDir,
    Out,
    Seed,
    Seeds,
    Threads,
    Format,
    Check,
    Full,
    Figures,
    FigureWidth,
    FontSize,
    Quiet,
}

use Shared::{Budget, Check, Dataset, FigureWidth, Figures, FontSize, Full, Seed, Seeds};

/// Those that change a number, or what is checked or printed; the others say where and how.
pub const CHANGING: &[Shared] = &[Budget, Dataset, Seed, Seeds, Check, Full];

/// What is asked for. Every subcommand states one; a new one has to.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    /// In words, for errors: `one training`.
    pub what: &'static str,
    /// The options that it uses.
    pub uses: &'static [Shared],
}

impl Shared {
    /// Its name on the command line, without dashes.
    pub fn name(self) -> String {
        let name = self.to_possible_value();
        name.map_or_else(String::new, |name| name.get_name().to_owned())
    }
}

impl Task {
    /// The answer to a question, which uses every option.
    pub fn answer() -> Self {
        Self {
            what: "an answer",
            uses: Shared::value_variants(),
        }
    }

    /// Refuses the options among these that were typed and are not used.
    pub fn refuse_unused(&self, among: &[Shared], matches: &ArgMatches) -> Result<(), UsageError> {
        let typed = |option: &Shared| {
            let id = option.name().replace('-', "_");
            matches.value_source(&id) == Some(ValueSource::CommandLine)
        };
        let mut unused = among.iter().filter(|option| !self.uses.contains(option));
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

    fn remedy(&self, option: Shared) -> &'static str {
        match option {
            Seeds if self.uses.contains(&Seed) => "run it once for each seed, with --seed",
            Budget if self.uses.contains(&Dataset) => "leave it out; --dataset says what is used",
            Check => "it compares verdicts, and there is none; leave it out",
            Figures | FigureWidth | FontSize => "it draws no figure; leave it out",
            Full => "everything is printed; leave it out",
            _ => "leave it out",
        }
    }
}

/// Which shared options a subcommand without subcommands uses, by its path.
type Uses<'a> = &'a dyn Fn(&str) -> &'static [Shared];

/// The command with the shared options that a subcommand does not use hidden from its help;
/// typed, they are refused with a remedy.
pub fn with_help_of(command: Command, uses: Uses) -> Command {
    let shared = shared(&command);
    let hidden = |used: &[String]| {
        let unused = shared.iter().filter(|one| !names(used, one)).cloned();
        unused.map(|one| one.hide(true)).collect()
    };
    command.mut_subcommands(|one| below(one, "", &hidden, uses).0)
}

/// The command with the shared options only where they are used.
pub fn with_only(command: Command, uses: Uses) -> Command {
    let own = |one: Arg| one.global(false);
    let shared = shared(&command);
    let used = |used: &[String]| {
        let used = shared.iter().filter(|one| names(used, one)).cloned();
        used.map(own).collect()
    };
    let command = command.mut_args(own);
    command.mut_subcommands(|one| below(one, "", &used, uses).0)
}

fn shared(command: &Command) -> Vec<Arg> {
    let arguments = command.get_arguments();
    arguments
        .filter(|one| one.is_global_set())
        .cloned()
        .collect()
}

fn names(used: &[String], one: &Arg) -> bool {
    used.iter().any(|name| one.get_long() == Some(name))
}

/// A subcommand with the options that `more` makes of those that it or one below it uses, and
/// these.
fn below(
    command: Command,
    path: &str,
    more: &dyn Fn(&[String]) -> Vec<Arg>,
    uses: Uses,
) -> (Command, Vec<String>) {
    let path = format!("{path}{}", command.get_name());
    let mut used = Vec::new();
    if !command.has_subcommands() {
        used.extend(uses(&path).iter().map(|option| option.name()));
    }
    let command = command.mut_subcommands(|one| {
        let (one, by_it) = below(one, &format!("{path} "), more, uses);
        used.extend(by_it);
        one
    });
    (command.args(more(&used)), used)
}

/// The path of the subcommand that was typed, such as `runs list`, without the program.
pub fn path(matches: &ArgMatches) -> String {
    let mut path = Vec::new();
    let mut level = matches;
    while let Some((name, below)) = level.subcommand() {
        path.push(name);
        level = below;
    }
    path.join(" ")
}
