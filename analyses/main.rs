//! The program `rethink`: one subcommand per question, one per tool.

mod cli;
mod completions;
mod data;
mod exit;
mod expressivity;
mod implicit_bias;
mod interpolation;
mod labels;
mod measure;
mod norms;
mod numbers;
mod output;
#[cfg(test)]
#[path = "../src/experiment/pins.rs"]
mod pins;
mod place;
mod progress;
mod question;
mod rademacher;
mod randomization;
mod report;
mod runs;
mod session;
mod show;
mod signals;
mod single;
mod stability;
mod task;
mod train;

use std::process::ExitCode;

use clap::{ArgMatches, FromArgMatches};

use cli::{Format, Options, Tool};
use session::Session;

/// Training allocates and frees large buffers in every step; the system's
/// allocator gives them back to the system each time, this one keeps them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let matches = cli::command()
        .try_get_matches()
        .unwrap_or_else(|error| exit::refuse(&error));
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
        && let Some(question) = question::by_id(name)
    {
        question.task(own).refuse_unused(matches)?;
        if let Some(code) = question.instead(own, &options)? {
            return Ok(code);
        }
        let session = Session::open(&options)?;
        return question::answer_alone(question, &session);
    }
    let tool = Tool::from_arg_matches(matches)?;
    tool.task(&options).refuse_unused(matches)?;
    match tool {
        Tool::Report => report::run(&Session::open(&options)?),
        Tool::Train(args) => train::run(&args, &options),
        Tool::Data(args) => {
            data::run(&args, &options.data_dir(), options.format, options.quiet)?;
            Ok(exit::DONE.into())
        }
        Tool::Runs(args) => runs::run(&args, &options),
        Tool::Measure(args) => measure::run(&args, &options),
        Tool::Completions(args) => completions::completions(&args),
        Tool::Man(args) => completions::man(&args),
    }
}
