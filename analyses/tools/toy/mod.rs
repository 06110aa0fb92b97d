//! Small worlds in which the bias of a learner is known.

mod output;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::builder::PossibleValuesParser;
use rayon::prelude::*;
use rethink::world::{Agreement, Found, WORLDS, World, by_id};

use crate::cli::task::Changing::{Check, Seed};
use crate::cli::task::Task;
use crate::cli::{Format, Options, exit, output as standard};

/// What `--help` shows.
pub const EXAMPLE: &str = "Examples:\n  rethink toy --list\n  rethink toy all";

/// Stands for every world.
const ALL: &str = "all";

/// Which worlds are run.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// The world; all for every one
    #[arg(value_name = "NAME", value_parser = names(), required_unless_present = "list")]
    name: Option<String>,

    /// List the worlds, run none
    #[arg(long, conflicts_with = "name")]
    list: bool,
}

fn names() -> PossibleValuesParser {
    let worlds = WORLDS.iter().map(|world| world.card().id);
    worlds.chain([ALL]).collect::<Vec<_>>().into()
}

impl Args {
    /// What is asked for.
    pub fn task(&self) -> Task {
        match self.list {
            true => Task {
                what: "a list of worlds",
                uses: &[],
            },
            false => Task {
                what: "a world with a known outcome",
                uses: &[Seed, Check],
            },
        }
    }
}

/// A world and what it has ended in.
struct Run {
    world: &'static dyn World,
    found: Found,
    /// Path of its figure.
    figure: String,
}

/// Runs the worlds, writes their figures and prints what was found; or lists them.
pub fn run(args: &Args, options: &Options) -> anyhow::Result<ExitCode> {
    let Some(name) = &args.name else {
        standard::print(output::list(WORLDS, options.format)?)?;
        return Ok(exit::DONE.into());
    };
    let worlds = by_id(name).map_or_else(|| WORLDS.to_vec(), |world| vec![world]);
    let pool = options.pool()?;
    let folder = options.out.join("worlds");
    let run = |&world: &&'static dyn World| -> anyhow::Result<Run> {
        let id = world.card().id;
        let found = world.run(options.seed);
        let found = found.with_context(|| format!("could not run the world '{id}'"))?;
        let figure = found.figure.write(&folder)?.display().to_string();
        Ok(Run {
            world,
            found,
            figure,
        })
    };
    let runs = pool.install(|| {
        worlds
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
        Format::Text => output::text(&runs),
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
                run.world.card().id,
                check.quantity,
                check.ours,
                check.expected
            ));
            code = exit::CHECK_FAILED;
        }
    }
    code
}
