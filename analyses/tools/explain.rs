//! `rethink explain`: what a word in an answer means.

use std::process::ExitCode;

use rethink::explain::{Entry, entries, find};
use rethink::report::table::record;
use rethink::report::{Claim, QuestionReport};
use rethink::text::wrap;
use serde_json::json;

use crate::cli::exit::{self, UsageError};
use crate::cli::{Format, Options, output};
use crate::questions::QUESTIONS;

pub const EXAMPLE: &str = "\
Examples:
  rethink explain                  list everything that can be explained
  rethink explain C7 block margin  a claim and two terms
  rethink explain path-norm        every measure of that name";

/// What to explain.
#[derive(clap::Args)]
pub struct Args {
    /// Names of claims, terms, measures, kernels, datasets or kinds of results, or parts of
    /// names [default: list them all]
    #[arg(value_name = "TERM")]
    terms: Vec<String>,
}

pub fn run(args: &Args, options: &Options) -> anyhow::Result<ExitCode> {
    let mut all = entries();
    for claim in Claim::ALL {
        let entry = all.iter_mut().find(|entry| entry.name == claim.id());
        let fields = entry.into_iter().map(|entry| &mut entry.fields);
        fields.for_each(|fields| fields.extend(examined(claim, options)));
    }
    let found = match args.terms.is_empty() {
        true => all.iter().collect(),
        false => find(&all, &args.terms).map_err(|unknown| UsageError(unknown.to_string()))?,
    };
    let width = options.layout().width;
    output::print(match options.format {
        Format::Text if args.terms.is_empty() => listed(&found, width),
        Format::Text => {
            let texts = found.into_iter().map(|entry| text(entry, width));
            texts.collect::<Vec<_>>().join("\n")
        }
        Format::Json => output::json("rethink/explain/1", json!({ "entries": found }))?,
        Format::Csv => {
            let rows = found.iter().flat_map(|entry| {
                let fields = entry.fields.iter();
                fields.map(|(field, text)| record(&[entry.kind, &entry.name, field, text]))
            });
            record(&["kind", "name", "field", "text"]) + &rows.collect::<String>()
        }
    })?;
    Ok(exit::DONE.into())
}

/// The question that decides a claim, then those with evidence on it; with the verdict or the
/// direction, and the rule, of those that are answered in this output folder.
fn examined(claim: Claim, options: &Options) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let questions = QUESTIONS.iter().map(|question| question.description());
    let mut questions: Vec<_> = questions
        .filter(|one| one.claims.contains(&claim))
        .collect();
    questions.sort_by_key(|question| !question.decides(claim));
    for question in questions {
        let by = match question.decides(claim) {
            true => format!("decided by rethink {}", question.id),
            false => format!("evidence from rethink {}", question.id),
        };
        let report = QuestionReport::load(&QuestionReport::folder(&options.out, question.id));
        let answered = report.ok().and_then(|report| said_on(claim, &report));
        match answered {
            Some([said, rule]) => {
                fields.push((by, said));
                fields.push(("rule".to_owned(), rule));
            }
            None => fields.push((
                by,
                format!(
                    "no answer in {}; the answer states its rule",
                    options.out.display()
                ),
            )),
        }
    }
    fields
}

/// What a report says on a claim, and the rule.
fn said_on(claim: Claim, report: &QuestionReport) -> Option<[String; 2]> {
    let verdict = report.verdicts.iter().find(|one| one.claim == claim);
    let verdict = verdict.map(|one| (one.outcome.word(), &one.finding, &one.rule));
    let evidence = report.contributions.iter().find(|one| one.claim == claim);
    let evidence = evidence.map(|one| (one.direction.words(), &one.finding, &one.rule));
    let (words, finding, rule) = verdict.or(evidence)?;
    let budget = &report.setting.budget;
    Some([
        format!("{words} at budget {budget}. {finding}"),
        rule.clone(),
    ])
}

/// The names of everything, by kind.
fn listed(all: &[&Entry], width: usize) -> String {
    let mut text = String::new();
    for of_kind in all.chunk_by(|a, b| a.kind == b.kind) {
        let names: Vec<&str> = of_kind.iter().map(|entry| &*entry.name).collect();
        text += &format!("{}\n", of_kind[0].kind);
        for line in wrap(&names.join("; "), width - 2) {
            text += &format!("  {line}\n");
        }
    }
    text
}

fn text(entry: &Entry, width: usize) -> String {
    let mut text = format!("{} ({})\n", entry.name, entry.kind);
    for (field, words) in &entry.fields {
        let colon = if field.is_empty() { "" } else { ": " };
        let lines = wrap(&format!("{field}{colon}{words}"), width - 4).into_iter();
        for (index, line) in lines.enumerate() {
            let indent = if index == 0 { "  " } else { "    " };
            text += &format!("{indent}{line}\n");
        }
    }
    text
}
