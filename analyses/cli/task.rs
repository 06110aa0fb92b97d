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
    Quiet,
}

use Shared::{Budget, Check, DataDir, Dataset, Format, Full, Out, Quiet, Seed, Seeds, Threads};

/// All of them.
pub const ALL: &[Shared] = &[
    Budget, Dataset, DataDir, Out, Seed, Seeds, Threads, Format, Check, Full, Quiet,
];

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
    pub const ANSWER: Self = Self {
        what: "an answer",
        uses: ALL,
    };

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
            Full => "everything is printed; leave it out",
            _ => "leave it out",
        }
    }
}

/// The command with the options that its subcommands do not use left out of their help;
/// `uses` says which ones a subcommand without subcommands uses, by its path.
pub fn with_help_of(command: Command, uses: &dyn Fn(&str) -> &'static [Shared]) -> Command {
    let arguments = command.get_arguments().filter(|one| one.is_global_set());
    let shared: Vec<Arg> = arguments.cloned().collect();
    below(command, "", &shared, uses).0
}

/// A command, and the options that it or one below it uses.
fn below(
    command: Command,
    path: &str,
    shared: &[Arg],
    uses: &dyn Fn(&str) -> &'static [Shared],
) -> (Command, Vec<String>) {
    let mut used = Vec::new();
    if !command.has_subcommands() {
        used.extend(uses(path).iter().map(|option| option.name()));
    }
    let command = command.mut_subcommands(|one| {
        let path = format!("{path} {}", one.get_name());
        let (one, more) = below(one, path.trim_start(), shared, uses);
        used.extend(more);
        one
    });
    let used_by = |one: &Arg| used.iter().any(|name| one.get_long() == Some(name));
    let unused: Vec<Arg> = shared.iter().filter(|one| !used_by(one)).cloned().collect();
    (
        command.args(unused.into_iter().map(|one| one.hide(true))),
        used,
    )
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
