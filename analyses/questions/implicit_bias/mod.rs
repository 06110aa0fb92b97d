//! `rethink implicit-bias`: does SGD generalize because solutions of small norm are
//! easier to reach?

mod args;
mod linear;
mod trial;

use std::process::ExitCode;

use clap::{ArgMatches, Args as _, Command, FromArgMatches};
use rethink::report::{Claim, QuestionReport};

use crate::cli::task::{Shared, Task};
use crate::cli::{self, Options};
use crate::questions::{self, Description, Question};
use crate::session::Session;
use args::Args;

/// The question, with what it was asked for beyond the budget.
pub struct ImplicitBias {
    args: Args,
}

impl ImplicitBias {
    /// The question as the budget asks it.
    pub const OF_THE_BUDGET: Self = Self { args: Args::NONE };
}

impl Question for ImplicitBias {
    fn description(&self) -> Description {
        Description {
            id: "implicit-bias",
            title: "Implicit bias",
            asks: "Does SGD generalize because solutions of small norm are easier to reach?",
            about: "A trial with a plan that is fixed before it runs. Networks of one training \
                    cost are found by gradient descent, SGD, momentum, Adam, search, other starts \
                    and samples of the volume; and the norm of SGD's networks is moved while the \
                    loss of every training example is held. Six parts of the claim are judged by \
                    rules that the plan freezes.",
            claims: &[Claim::C7],
            example: "rethink implicit-bias --plan",
        }
    }

    fn task(&self, matches: &ArgMatches) -> Task {
        use Shared::{Budget, Check, Dataset, Seed, Seeds};
        let given = |id: &str| matches.contains_id(id);
        if given("from") {
            Task {
                what: "a trial that was run",
                uses: &[Check],
            }
        } else if given("datasets") {
            Task {
                what: "a trial on --datasets",
                uses: &[Budget, Seed, Seeds, Check],
            }
        } else if matches.get_flag("plan") {
            Task {
                what: "a plan",
                uses: &[Budget, Dataset, Seed, Seeds],
            }
        } else {
            Task::answer()
        }
    }

    fn augment(&self, command: Command) -> Command {
        Args::augment_args(command)
    }

    /// Answers, or prints the plan; a trial on several datasets has a session on the first.
    fn run(&self, matches: &ArgMatches, options: &Options) -> anyhow::Result<ExitCode> {
        let mut args = Args::from_arg_matches(matches)?;
        let own = first_dataset(&args, options);
        if args.datasets.is_none() && args.from.is_none() && own.is_some() {
            args.datasets = Some(trial::PAPER_DATASETS.map(str::to_owned).to_vec());
        }
        let session = match own {
            Some(dataset) => Session::open_on(&dataset, options)?,
            None => Session::open(options)?,
        };
        if args.plan {
            return trial::print_plan(&session, &args);
        }
        questions::answer_alone(&Self { args }, &session)
    }

    fn answer(&self, session: &Session) -> anyhow::Result<QuestionReport> {
        trial::answer(session, &self.args, self.description().asks)
    }
}

/// The dataset the session needs, where it is not the budget's own.
fn first_dataset(args: &Args, options: &Options) -> Option<String> {
    if args.from.is_some() {
        return Some("fashion-mnist-10k".to_owned()); // embedded; none is needed
    }
    let named = (args.datasets.as_ref()).and_then(|names| names.first().cloned());
    let paper = options.budget == cli::Budget::Paper && options.dataset.is_none();
    named.or_else(|| paper.then(|| trial::PAPER_DATASETS[0].to_owned()))
}
