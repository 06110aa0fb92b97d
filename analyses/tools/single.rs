//! What the tools share that print one result and store nothing.

use std::process::ExitCode;

use rethink::dataset::Dataset;
use rethink::report::{Provenance, QuestionReport};
use rethink::store::{COMMIT, VERSION, cpu_model};

use crate::cli::exit;
use crate::cli::{Format, Options};
use crate::cli::{output, place};

/// Prints a result that is not stored.
pub fn print(report: &QuestionReport, format: Format) -> anyhow::Result<ExitCode> {
    output::print(match format {
        Format::Text => report.text(None, false),
        Format::Csv => report.csv(),
        Format::Json => report.json()?,
    })?;
    Ok(exit::DONE.into())
}

/// Where a result comes from that was computed for what was typed, without stored runs.
pub fn provenance(options: &Options, dataset: &Dataset) -> Provenance {
    Provenance {
        command: typed(),
        version: VERSION.to_owned(),
        commit: COMMIT.to_owned(),
        budget: options.budget.name().to_owned(),
        dataset: dataset.name().to_owned(),
        dataset_checksum: dataset.checksum().to_owned(),
        cpu: cpu_model(),
        threads: options.threads(),
        seconds: 0.0, // of training, of which there is none
        results: vec![],
    }
}

/// What was typed, as a shell takes it.
fn typed() -> String {
    let quoted = |arg: std::ffi::OsString| {
        let arg = place::dataset(&arg.to_string_lossy());
        match arg.contains(char::is_whitespace) {
            true => format!("'{arg}'"),
            false => arg,
        }
    };
    let args = std::env::args_os().skip(1).map(quoted);
    std::iter::once("rethink".to_owned())
        .chain(args)
        .collect::<Vec<_>>()
        .join(" ")
}
