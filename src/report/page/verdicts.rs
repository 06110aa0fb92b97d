//! The verdicts first: one for every claim, and where further evidence is.

use maud::{Markup, html};

use super::super::{Claim, Outcome, QuestionReport};

/// An outcome as icon and word, never as colour alone.
pub(super) fn outcome(outcome: Outcome) -> Markup {
    let class = outcome.word().replace(' ', "-");
    html! {
        span class={ "outcome " (class) } {
            span.icon aria-hidden="true" { (outcome.icon()) }
            (outcome.word())
        }
    }
}

/// Every claim of the review with its verdict; a claim that no report examines says so.
pub(super) fn section(reports: &[QuestionReport]) -> Markup {
    html! {
        section #verdicts aria-labelledby="verdicts-heading" {
            h2 #verdicts-heading { "Verdicts" }
            ol.claims {
                @for claim in Claim::ALL { li { (self::claim(claim, reports)) } }
            }
        }
    }
}

fn claim(claim: Claim, reports: &[QuestionReport]) -> Markup {
    let verdicts = QuestionReport::on_claim(claim, reports);
    let statement = html! { (claim.id()) ". " (claim.statement()) };
    let Some(((report, verdict), others)) = verdicts.split_first() else {
        return html! { h3 { (statement) " " span.muted { "Not examined: no report is here." } } };
    };
    html! {
        h3 { (statement) }
        @if let Some(remark) = claim.remark() { p.muted { (remark) } }
        div.verdict {
            p { (outcome(verdict.outcome)) }
            p {
                (verdict.finding) " " (link(report, claim))
                @if !others.is_empty() {
                    span.muted {
                        ". Further evidence: "
                        @for (index, (report, verdict)) in others.iter().enumerate() {
                            @if index > 0 { ", " }
                            (link(report, claim)) " (" (verdict.outcome.word()) ")"
                        }
                        "."
                    }
                }
            }
        }
    }
}

/// The verdict on a claim in the section of its question.
fn link(report: &QuestionReport, claim: Claim) -> Markup {
    html! { a href={ "#" (report.question) "-" (claim.id()) } { (report.title) } }
}

/// How to read a verdict.
pub(super) fn reading() -> Markup {
    html! {
        details #reading {
            summary { "How to read a verdict" }
            p {
                "Each claim has a decision rule that was written into the program before the runs. "
                "The verdict is what the rule says of the intervals, for the networks, data and "
                "budget named with it; it is not a statement about all of deep learning."
            }
            @for one in Outcome::ALL {
                div.verdict { p { (outcome(one)) } p { (one.meaning()) "." } }
            }
            p {
                "A number is " em { "exact" } " (computed without sampling), an " em { "estimate" }
                " (with its interval in square brackets), or a " em { "bound" }
                ". Published values are drawn hollow and dashed. The method of a question says "
                "where its setting is smaller than the published one."
            }
        }
    }
}
