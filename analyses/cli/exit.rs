//! Exit codes, and which error leads to which.

use std::error::Error;
use std::fmt;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use rethink::dataset::DatasetError;
use rethink::experiment::ExperimentError;
use rethink::experiment::kernels::interpolants::InterpolantsError;
use rethink::experiment::subjects::SubjectError;
use rethink::kernel::KernelError;
use rethink::measure::ConditionError;
use rethink::text::escaped;
use rethink::trial::TrialError;

use crate::cli::output;

/// Everything asked for was done.
pub const DONE: u8 = 0;
/// The run failed: a file, the network, memory. Of several interpolants, one
/// could not be found; the others are printed.
pub const FAILED: u8 = 1;
/// The command line asks for something that cannot be.
pub const USAGE: u8 = 2;
/// All was done, and a check failed: `--check` was given and a verdict differs
/// from the published one, or a condition of `--fail-if` holds.
pub const CHECK_FAILED: u8 = 3;

/// Ended by a signal: 128 and its number, as shells have it.
pub const SIGNALLED: i32 = 128;

/// The same, for `--help` and the man page.
pub const HELP: &str = "\
Exit codes:
    0  done
    1  the run failed, or one of several interpolants could not be found
    2  usage error
    3  done, --check was given, and a verdict differs from the published one; or a
       condition of --fail-if holds
  130  ended by Ctrl-C (SIGINT); 143 by SIGTERM, 129 by SIGHUP: complete trainings are kept";

/// Arguments that each can be, but not together.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// The exit code of an error.
pub fn code_of(error: &anyhow::Error) -> u8 {
    fn is<E: Error + 'static>(cause: &(dyn Error + 'static), impossible: fn(&E) -> bool) -> bool {
        cause.downcast_ref().is_some_and(impossible)
    }
    let impossible = error.chain().any(|cause| {
        is(cause, ExperimentError::is_contradiction)
            || is(cause, InterpolantsError::is_contradiction)
            || is(cause, SubjectError::is_contradiction)
            || is(cause, KernelError::is_contradiction)
            || is(cause, |e| matches!(e, DatasetError::SubsetSize { .. }))
            || is(cause, |e| matches!(e, TrialError::SeveralTrials { .. }))
            || is(cause, |_: &ConditionError| true)
            || is(cause, |_: &clap::Error| true)
            || is(cause, |_: &UsageError| true)
    });
    if impossible { USAGE } else { FAILED }
}

/// Says what is wrong with the command line, and ends.
fn end(why: impl fmt::Display) -> ! {
    output::say(why);
    std::process::exit(USAGE.into())
}

/// Ends the program as the command line demands: with help, or with what is wrong;
/// `renamed` says what is called otherwise now. A value that cannot be, or an argument that
/// is missing, is told in one line, as every other error.
pub fn refuse(error: &clap::Error, renamed: Option<String>) -> ! {
    if let Some(why) = renamed {
        end(format_args!("rethink: {why}"));
    }
    let missing = error.kind() == ErrorKind::MissingRequiredArgument;
    if let (true, Some(ContextValue::Strings(missing))) =
        (missing, error.get(ContextKind::InvalidArg))
    {
        let missing = missing.join(", ");
        end(format_args!(
            "rethink: {missing} is missing: add it, or see --help"
        ));
    }
    let text = error.to_string();
    if error.kind() != ErrorKind::ValueValidation {
        if error.use_stderr() && escaped(&text) != text {
            end(text.trim_end());
        }
        error.exit();
    }
    let line = text.lines().next().unwrap_or_default();
    end(format_args!(
        "rethink: {}",
        line.strip_prefix("error: ").unwrap_or(line)
    ))
}

/// The error and its causes on one line. Most errors tell their cause
/// themselves; it is not repeated.
pub fn message(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if message.is_empty() {
            message = cause;
        } else if !message.contains(&cause) {
            message = message + ": " + &cause;
        }
    }
    message.lines().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read a.npz: {source}; get it again")]
    struct Outer {
        source: std::io::Error,
    }

    #[test]
    fn a_cause_is_told_once_and_on_one_line() {
        let source = std::io::Error::other("cut off\nat 7");
        let error = anyhow::Error::from(Outer { source }).context("could not answer 'norms'");
        assert_eq!(
            message(&error),
            "could not answer 'norms': cannot read a.npz: cut off at 7; get it again"
        );
    }
}
