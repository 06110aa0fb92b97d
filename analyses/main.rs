//! The program `rethink`: one subcommand per question, one per tool.

// The rooms from below: one uses rooms of the groups above it, and of no other.

mod cli;
mod show;

mod session;

mod questions;

mod tools;

mod commands;

mod renamed;

use std::process::ExitCode;

use clap::{ArgMatches, FromArgMatches};

use cli::{Options, exit, output};
use commands::{Tool, command, refuse_unused};
use session::Session;
use tools::{
    completions, complexity, construct, data, explain, interpolate, measure, report, runs, toy,
    train,
};

/// Training allocates and frees large buffers in every step; the system's
/// allocator gives them back to the system each time, this one keeps them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let matches = command().try_get_matches().unwrap_or_else(|error| {
        exit::refuse(&error, renamed::renamed(&error, std::env::args().skip(1)))
    });
    match run(&matches) {
        Ok(code) => code,
        Err(error) => {
            output::say(format_args!("rethink: {}", exit::message(&error)));
            exit::code_of(&error).into()
        }
    }
}

fn run(matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    let options = Options::from_arg_matches(matches)?;
    options.make_global_pool()?;
    if let Some((name, own)) = matches.subcommand()
        && let Some(question) = questions::by_id(name)
    {
        refuse_unused(matches, Some(question.task(own)))?;
        return question.run(own, &options);
    }
    let tool = Tool::from_arg_matches(matches)?;
    refuse_unused(matches, tool.mode(&options))?;
    match tool {
        Tool::Report => report::run(&Session::open(&options)?),
        Tool::Train(args) => train::run(&args, &options),
        Tool::Measure(args) => measure::run(&args, &options),
        Tool::Interpolate(args) => interpolate::run(&args, &options),
        Tool::Complexity(args) => complexity::run(&args, &options),
        Tool::Construct(args) => construct::run(&args, &options),
        Tool::Toy(args) => toy::run(&args, &options),
        Tool::Explain(args) => explain::run(&args, &options),
        Tool::Data(args) => {
            data::run(&args, &options)?;
            Ok(exit::DONE.into())
        }
        Tool::Runs(args) => runs::run(&args, &options),
        Tool::Completions(args) => completions::completions(&args, commands::completed()),
        Tool::Man(args) => completions::man(&args, command()),
    }
}
