//! What a command is asked to do, and which options change its numbers.
//!
//! An option that would change a number elsewhere is refused where it changes
//! nothing: who gives `--seeds 10` would take one training for ten.

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::exit::UsageError;

/// An option of every subcommand that can change a number, or what is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changing {
    Budget,
    Dataset,
    Seed,
    Seeds,
    Check,
}

use Changing::{Budget, Check, Dataset, Seed, Seeds};

/// All of them.
pub const ALL: &[Changing] = &[Budget, Dataset, Seed, Seeds, Check];

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
            _ => "leave it out".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{ArgMatches, FromArgMatches};

    use super::*;
    use crate::cli::{Options, Tool, command};
    use crate::question;

    /// A line for every subcommand and mode, and what changes its result.
    const LINES: &[(&str, &[Changing])] = &[
        ("randomization", ALL),
        ("expressivity", ALL),
        ("expressivity --construct f", &[Dataset, Seed]),
        ("norms", ALL),
        ("interpolation", ALL),
        ("interpolation --kernel linear", &[Dataset, Seed, Seeds]),
        ("rademacher", ALL),
        ("rademacher --kernel linear", &[Dataset, Seed]),
        ("stability", ALL),
        ("stability --train-size 9", ALL),
        ("implicit-bias", ALL),
        ("implicit-bias --plan", &[Budget, Dataset, Seed, Seeds]),
        (
            "implicit-bias --datasets a,b",
            &[Budget, Seed, Seeds, Check],
        ),
        ("implicit-bias --from d", &[Check]),
        ("implicit-bias --world all", &[Seed, Check]),
        ("implicit-bias --list", &[]),
        ("report", ALL),
        ("train", &[Dataset, Seed]),
        ("measure f", &[Dataset]),
        ("measure f --dataset mnist", &[Dataset, Seed]),
        ("measure --list", &[]),
        ("measure --explain path-norm-l2", &[]),
        ("data list", &[]),
        ("runs list", &[]),
        ("runs show 0", &[]),
        ("runs verify", &[]),
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
        match question::by_id(name) {
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
                    Check => "",
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
