//! Small problems in which the bias of a learner is known.

mod output;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::builder::PossibleValuesParser;
use rayon::prelude::*;
use rethink::toy::{Agreement, Outcome, TOYS, Toy, by_id};

use crate::cli::task::Task;
use crate::cli::{Format, Options, exit, output as standard};

/// What `--help` shows.
pub const EXAMPLE: &str = "Examples:\n  rethink toy --list\n  rethink toy all";

/// Stands for every problem.
const ALL: &str = "all";

/// Which problems are run.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// Name of the problem, or all
    #[arg(value_name = "NAME", value_parser = names(), required_unless_present = "list")]
    name: Option<String>,

    /// List the problems
    #[arg(long, conflicts_with = "name")]
    list: bool,
}

fn names() -> PossibleValuesParser {
    let problems = TOYS.iter().map(|problem| problem.card().id);
    problems.chain([ALL]).collect::<Vec<_>>().into()
}

impl Args {
    /// What is asked for, if it is not a problem.
    pub fn mode(&self) -> Option<Task> {
        self.list.then_some(Task {
            what: "a list of problems",
            uses: &[],
        })
    }
}

/// A problem and what it has ended in.
struct Run {
    problem: &'static dyn Toy,
    found: Outcome,
    /// Path of its figure.
    figure: String,
}

/// Runs the problems, writes their figures and prints what was found; or lists them.
pub fn run(args: &Args, options: &Options) -> anyhow::Result<ExitCode> {
    let Some(name) = &args.name else {
        standard::print(output::list(TOYS, options)?)?;
        return Ok(exit::DONE.into());
    };
    let problems = by_id(name).map_or_else(|| TOYS.to_vec(), |problem| vec![problem]);
    let pool = options.pool()?;
    let folder = options.out.join("toy");
    let run = |&problem: &&'static dyn Toy| -> anyhow::Result<Run> {
        let id = problem.card().id;
        let found = problem.run(options.seed);
        let found = found.with_context(|| format!("could not run the problem '{id}'"))?;
        let figure = found.figure.write(&folder)?.display().to_string();
        Ok(Run {
            problem,
            found,
            figure,
        })
    };
    let runs = pool.install(|| {
        problems
            .par_iter()
            .map(run)
            .collect::<anyhow::Result<Vec<_>>>()
    })?;
    let lost = |run: &&Run| !Path::new(&run.figure).exists();
    if let Some(run) = runs.iter().find(lost) {
        bail!(
            "{} was removed while the program ran; run again",
            run.figure
        );
    }
    standard::print(match options.format {
        Format::Text => output::text(&runs, options.layout().width),
        Format::Json => output::json(&runs, options.seed)?,
        Format::Csv => output::table(&runs).csv(),
    })?;
    Ok(judge(&runs, options).into())
}

/// The exit code that `--check` asks for.
fn judge(runs: &[Run], options: &Options) -> u8 {
    let mut code = exit::DONE;
    for run in runs.iter().filter(|_| options.check) {
        let checks = run.found.checks.iter();
        for check in checks.filter(|check| check.agrees() != Agreement::Yes) {
            standard::say(format_args!(
                "rethink: {}: {} is {}, expected {}",
                run.problem.card().id,
                check.quantity,
                check.ours,
                check.expected
            ));
            code = exit::CHECK_FAILED;
        }
    }
    code
}
