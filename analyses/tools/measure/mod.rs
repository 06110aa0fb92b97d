//! `rethink measure`: every measure, for a checkpoint that was trained anywhere
//! or a stored run.

mod args;
mod cards;
mod source;
mod sources;
mod tables;
mod text;

use std::cell::Cell;
use std::fs::File;
use std::process::ExitCode;

use anyhow::Context;
use rethink::experiment::subjects::{Evaluation, Source};
use rethink::measure::{Card, measures};
use serde::Serialize;
use serde_json::json;

pub use args::{Args, EXAMPLES};

use crate::cli::bar::Bar;
use crate::cli::exit;
use crate::cli::output;
use crate::cli::{Format, Options};

const SCHEMA: &str = "rethink/measure/2";

/// Everything that is told of one file.
#[derive(Serialize)]
struct Measured {
    /// What it is called in tables.
    label: String,
    #[serde(flatten)]
    found: Evaluation,
    provenance: source::Provenance,
}

/// Measures the files one after another and prints what was found.
pub fn run(args: &Args, options: &Options) -> anyhow::Result<ExitCode> {
    args.check(options)?;
    if args.list {
        output::print(cards::list(options)?)?;
        return Ok(exit::DONE.into());
    }
    let sources = args.sources.found(&options.out)?;
    let paths = sources.paths();
    // A file that is not there is told before hours are spent on another.
    for path in paths.iter().chain(&args.init) {
        File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    }
    let data = source::data(args, options)?;
    let (mut all, mut names) = (Vec::new(), Vec::new());
    for path in &paths {
        let (source, called) = source::read(path, data.as_ref(), args, options)?;
        let provenance = source::Provenance::of(path, &source, options);
        for condition in &args.fail_if {
            condition.check(source.subject.layers())?;
        }
        all.push(Measured::of(source, provenance, args, options.quiet)?);
        names.push(called);
    }
    for (measured, label) in all.iter_mut().zip(sources.labels(names)) {
        measured.label = label;
    }
    output::print(match options.format {
        Format::Text => text::text(&all, args, options.layout()),
        // One file at the top level, several in `files`.
        Format::Json => match &all[..] {
            [file] => output::json(SCHEMA, file)?,
            files => output::json(SCHEMA, json!({ "files": files }))?,
        },
        Format::Csv => tables::long(&all).csv(),
    })?;
    Ok(judge(args, &all).into())
}

impl Measured {
    /// Evaluates what is wanted.
    fn of(
        mut source: Source,
        provenance: source::Provenance,
        args: &Args,
        quiet: bool,
    ) -> anyhow::Result<Self> {
        if let Some(examples) = args.examples {
            source.subject = source.subject.with_examples(examples);
        }
        let wanted = |card: &_| args.wants(card);
        let count = measures().filter(|m| wanted(m.card())).count();
        let begins = progress(&provenance.path, count, quiet);
        let mut found = Evaluation::of(source, wanted, begins)?;
        if args.audit {
            // Once as it is, and once after every change.
            let title = format!("{}: audit", provenance.path);
            found = found.audited(wanted, progress(&title, 4 * count, quiet))?;
        }
        let label = String::new();
        Ok(Self {
            label,
            found,
            provenance,
        })
    }
}

/// Shows which measure begins, those before it being done.
fn progress(title: &str, measures: usize, quiet: bool) -> impl Fn(&Card) {
    let template = "{prefix} {bar:24} {pos} of {len} {msg}";
    let bar = Bar::new(template, measures as u64, quiet).titled(title);
    let (title, begun) = (title.to_owned(), Cell::new(0));
    move |card| {
        begun.set(begun.get() + 1);
        let line = format_args!("{title}: computing {}", card.id);
        bar.show(begun.get(), card.id.to_owned(), line);
    }
}

/// Tells which conditions of `--fail-if` hold, and the exit code that follows.
fn judge(args: &Args, all: &[Measured]) -> u8 {
    let mut code = exit::DONE;
    for measured in all {
        let report = &measured.found.report;
        for failure in args.fail_if.iter().filter_map(|c| c.failure(report)) {
            output::say(format_args!("rethink: {}: {failure}", measured.label));
            code = exit::CHECK_FAILED;
        }
    }
    code
}
