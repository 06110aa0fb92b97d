//! `rethink measure`: every measure, for a checkpoint that was trained anywhere
//! or a stored run.

mod args;
mod assumptions;
pub mod cards;
mod condition;
mod evaluate;
mod geometry;
mod json;
mod progress;
mod source;
mod tables;
mod text;

use std::fs::File;
use std::process::ExitCode;

use anyhow::Context;

pub use args::Args;
use evaluate::Measured;

use crate::cli::exit;
use crate::cli::output;
use crate::cli::{Format, Options};

/// Measures the files one after another and prints what was found.
pub fn run(args: &Args, options: &Options) -> anyhow::Result<ExitCode> {
    args.check(options)?;
    if let Some(card) = args.explain {
        output::print(cards::explain(card, options.format)?)?;
        return Ok(exit::DONE.into());
    }
    if args.list {
        output::print(cards::list(options.format)?)?;
        return Ok(exit::DONE.into());
    }
    // A file that is not there is told before hours are spent on another.
    for path in args.files.iter().chain(&args.init) {
        File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    }
    let data = source::data(args, options)?;
    let mut all = Vec::new();
    for path in &args.files {
        let source = source::read(path, data.as_ref(), args, options)?;
        let provenance = source::Measured::of(path, &source, options);
        for bound in &args.fail_if {
            condition::check(bound, source.subject.layers())?;
        }
        all.push(Measured::of(source, provenance, args, options.quiet)?);
    }
    output::print(match options.format {
        Format::Text => text::text(&all, args),
        Format::Json => json::json(&all)?,
        Format::Csv => tables::long(&all).csv(),
    })?;
    Ok(judge(args, &all).into())
}

/// Tells which conditions of `--fail-if` hold, and the exit code that follows.
fn judge(args: &Args, all: &[Measured]) -> u8 {
    let mut code = exit::DONE;
    for measured in all {
        let failure = |bound| condition::failure(bound, &measured.report);
        for failure in args.fail_if.iter().filter_map(failure) {
            output::say(format_args!("rethink: {}: {failure}", measured.name));
            code = exit::CHECK_FAILED;
        }
    }
    code
}
