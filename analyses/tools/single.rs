//! What the tools share that print one result and store nothing.

use std::process::ExitCode;

use rethink::dataset::Dataset;
use rethink::provenance::{Invocation, Provenance};
use rethink::report::{Layout, QuestionReport};

use crate::cli::exit;
use crate::cli::{Format, Options};
use crate::cli::{output, place};

/// Prints a result that is not stored.
pub fn print(report: &QuestionReport, options: &Options) -> anyhow::Result<ExitCode> {
    output::print(match options.format {
        Format::Text => text(report, options),
        Format::Csv => report.csv(),
        Format::Json => report.json()?,
    })?;
    Ok(exit::DONE.into())
}

/// All of a result that is not stored.
pub fn text(report: &QuestionReport, options: &Options) -> String {
    let layout = Layout {
        full: true,
        ..options.layout()
    };
    report.text(None, layout)
}

/// A report on a dataset that says nothing yet.
pub fn report(tool: &str, dataset: &Dataset, options: &Options) -> QuestionReport {
    QuestionReport {
        question: tool.to_owned(),
        setting: options.setting(dataset),
        provenance: provenance(options),
        ..QuestionReport::default()
    }
}

/// Where a result comes from that was computed for what was typed, without stored runs.
pub fn provenance(options: &Options) -> Provenance {
    let invocation = Invocation {
        command: place::typed(),
        threads: options.threads(),
    };
    invocation.now()
}
