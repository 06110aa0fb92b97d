//! `rethink report`: every question, one page.

use std::process::ExitCode;

use rethink::report::table::record;
use rethink::report::{Claim, Outcome, QuestionReport, Table};
use serde_json::{Value, json};

use crate::cli::Format;
use crate::cli::{exit, output};
use crate::questions::{QUESTIONS, answer_and_store, check, text, warn_of};
use crate::session::Session;

/// The outcome of claims according to the published results.
type Published = &'static [(Claim, Outcome)];

/// Answers every question; the page is rewritten as each one ends. One that
/// cannot be answered on this data does not keep the others from it.
pub fn run(session: &Session) -> anyhow::Result<ExitCode> {
    let mut answered: Vec<(Published, QuestionReport)> = Vec::new();
    let mut failed: Option<u8> = None;
    let mut not_on_the_page = Vec::new();
    let print = session.options.format == Format::Text;
    for question in QUESTIONS.iter().copied() {
        match answer_and_store(question, session) {
            Ok((report, left_out)) => {
                not_on_the_page = left_out;
                if print {
                    output::print(text(&report, session) + "\n")?;
                }
                answered.push((question.published(), report));
            }
            Err(error) => {
                output::say(format_args!("rethink: {}", exit::message(&error)));
                failed.get_or_insert(exit::code_of(&error));
            }
        }
    }
    warn_of(&not_on_the_page);
    if let (Some(code), true) = (failed, answered.is_empty()) {
        return Ok(code.into());
    }
    let page = session.out().join("index.html");
    let printed = match session.options.format {
        Format::Text => {
            let table = claims(&answered).text(session.options.layout().width);
            let seconds = session.seconds();
            format!("{table}\n{seconds:.0} s; the page is {}\n", page.display())
        }
        Format::Json => {
            let reports = answered
                .iter()
                .map(|(_, report)| Ok(serde_json::from_str(&report.json()?)?))
                .collect::<anyhow::Result<Vec<Value>>>()?;
            let all = json!({
                "page": page.display().to_string(),
                "seconds": session.seconds(),
                "questions": reports,
            });
            output::json("rethink/report/1", all)?
        }
        Format::Csv => verdicts_csv(&answered),
    };
    output::print(printed)?;
    Ok(failed.map_or_else(|| check(session, &answered), ExitCode::from))
}

/// Every claim with its verdict.
fn claims(answered: &[(Published, QuestionReport)]) -> Table {
    let of_claim = |claim: Claim| {
        let reports = answered.iter().map(|(_, report)| report);
        QuestionReport::verdict_on(claim, reports)
            .map_or((claim, "not examined", ""), |(report, verdict)| {
                (claim, verdict.outcome.word(), &*report.question)
            })
    };
    Table::of(
        "claims",
        "The claims of the review",
        Claim::ALL.map(of_claim),
    )
    .text("", |(claim, ..)| claim.id())
    .text("claim", |(claim, ..)| claim.statement())
    .text("verdict", |&(_, outcome, _)| outcome)
    .text("rethink", |&(.., question)| question)
    .note(
        "A verdict applies a rule fixed in code before the runs to the intervals; it holds for \
             the stated networks, data and budget.",
    )
}

/// One line per verdict.
fn verdicts_csv(answered: &[(Published, QuestionReport)]) -> String {
    let mut csv = record(&["claim", "outcome", "question", "finding"]);
    for (_, report) in answered {
        for verdict in &report.verdicts {
            csv += &record(&[
                verdict.claim.id(),
                verdict.outcome.word(),
                &report.question,
                &verdict.finding,
            ]);
        }
    }
    csv
}
