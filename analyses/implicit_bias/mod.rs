//! `rethink implicit-bias`: small worlds in which the bias of a learner is known.

mod linear;
mod output;

use std::process::ExitCode;

use anyhow::Context;
use clap::builder::PossibleValuesParser;
use rayon::prelude::*;
use rethink::world::{Agreement, Found, WORLDS, World, by_id};

use crate::cli::{Format, Options};
use crate::session::Session;
use crate::{exit, output as standard};

/// Stands for every world.
const ALL: &str = "all";

/// Arguments of `rethink implicit-bias`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rethink implicit-bias
  rethink implicit-bias --world matrix-completion
  rethink implicit-bias --world all --format json --check")]
pub struct Args {
    /// World to run; all for every one of them
    #[arg(long, value_name = "NAME", default_value = ALL, value_parser = names())]
    pub world: String,

    /// Run the linear world of the trial instead
    #[arg(long, hide = true)]
    pub linear: bool,

    /// List the worlds, run none
    #[arg(long)]
    pub list: bool,
}

fn names() -> PossibleValuesParser {
    let worlds = WORLDS.iter().map(|world| world.card().id);
    worlds.chain([ALL]).collect::<Vec<_>>().into()
}

/// A world and what it has ended in.
struct Run {
    world: &'static dyn World,
    found: Found,
    /// Path of its figure.
    figure: String,
}

/// Runs the worlds, writes their figures and prints what was found.
pub fn run(args: &Args, options: &Options) -> anyhow::Result<ExitCode> {
    if args.linear {
        return show_linear(options);
    }
    let worlds = by_id(&args.world).map_or_else(|| WORLDS.to_vec(), |world| vec![world]);
    if args.list {
        standard::print(output::list(&worlds, options.format)?)?;
        return Ok(exit::DONE.into());
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads())
        .build()?;
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
    standard::print(match options.format {
        Format::Text => output::text(&runs),
        Format::Json => output::json(&runs, options.seed)?,
        Format::Csv => output::table(&runs).csv(),
    })?;
    Ok(judge(&runs, options).into())
}

/// Measures the linear world and prints it.
fn show_linear(options: &Options) -> anyhow::Result<ExitCode> {
    let session = Session::open(options)?;
    let linear = linear::measure(&session)?;
    let findings = linear.findings(&session);
    let mut text = String::new();
    for table in linear.tables() {
        text += &format!("{}\n", table.text(100));
    }
    let held = findings.identity.holds;
    let estimates = [findings.equal_norm, findings.reach.rho];
    text += &format!("theorem holds: {held}; {estimates:?}\n");
    for line in (findings.statements.into_iter())
        .chain(linear.method(&session))
        .chain(linear.warnings(&session))
    {
        text += &format!("{line}\n");
    }
    for line in findings.evidence {
        text += &format!("{}: {} ({})\n", line.label, line.value, line.kind);
    }
    for figure in linear.figures(&session)? {
        text += &format!(
            "{}\n",
            figure.write(&session.out().join("linear"))?.display()
        );
    }
    standard::print(text)?;
    session.say(&format!("{:.1} s", session.seconds()));
    Ok(exit::DONE.into())
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
