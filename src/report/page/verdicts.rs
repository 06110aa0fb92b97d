//! The verdicts first: one for every claim, and under it the evidence from other questions.

use maud::{Markup, html};

use super::super::{Claim, Contribution, Direction, Outcome, QuestionReport};

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

/// A direction as icon and words, never as colour alone.
pub(super) fn direction(direction: Direction) -> Markup {
    let class = match direction {
        Direction::For => "supported",
        Direction::Against => "contradicted",
        Direction::NeitherWay => "inconclusive",
    };
    html! {
        span class={ "direction " (class) } {
            span.icon aria-hidden="true" { (direction.icon()) }
            (direction.words())
        }
    }
}

/// Every claim of the review with its verdict; a claim whose question has no report here says
/// so.
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
    let statement = html! { (claim.id()) ". " (claim.statement()) };
    html! {
        @if let Some((report, verdict)) = QuestionReport::verdict_on(claim, reports) {
            h3 { (statement) }
            @if let Some(remark) = claim.remark() { p.muted { (remark) } }
            div.verdict {
                p { (outcome(verdict.outcome)) }
                p { (verdict.finding) " " (link(report, claim)) }
            }
        } @else {
            h3 {
                (statement) " "
                span.muted { "Not examined: no report of " code { "rethink " (claim.question()) } " is here." }
            }
        }
        (evidence(claim, &QuestionReport::contributions_to(claim, reports)))
    }
}

/// What other questions find on a claim, a line each.
fn evidence(claim: Claim, found: &[(&QuestionReport, &Contribution)]) -> Markup {
    html! {
        @if !found.is_empty() {
            p.evidence-heading { "Evidence from other questions" }
            ul.evidence {
                @for (report, one) in found {
                    li.verdict {
                        p { (direction(one.direction)) }
                        p { (one.finding) " " (link(report, claim)) }
                    }
                }
            }
        }
    }
}

/// What a question says on a claim, in the section of the question.
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
                "A claim has the verdict of one question. Evidence from another question speaks for "
                "the claim, against it or neither way, by a rule of its own. It does not change "
                "the verdict."
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
