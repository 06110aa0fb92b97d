//! One question: the answer, what it says on claims, figures, tables, method and provenance.

use maud::{Markup, PreEscaped, html};

use super::super::{Claim, Contribution, Evidence, Figure, QuestionReport, Table, Verdict};
use super::verdicts::{direction, outcome};
use crate::text::number::duration;

/// The section of one report; every id in it begins with the question's.
pub(super) fn section(report: &QuestionReport) -> Markup {
    let id = &report.question;
    let heading = format!("{id}-heading");
    html! {
        section.question id=(id) aria-labelledby=(heading) {
            h2 id=(heading) { (report.title) }
            p.asks { (report.asks) }
            p.answer { (report.answer) }
            @if let Some(smaller) = &report.smaller_than_paper { p.smaller { (smaller) } }
            @for warning in &report.warnings {
                p.warning { strong { "Warning. " } (warning) }
            }
            div.cards {
                @for one in &report.verdicts { (verdict(id, one)) }
                @for one in &report.contributions { (contribution(id, one)) }
            }
            (figures(report))
            @if let Some(main) = report.tables.first() { (table(id, "", &main.head())) }
            details.more {
                summary { (folded(report)) }
                @for (index, one) in report.tables.iter().enumerate() {
                    @if index > 0 || one.is_long() {
                        details { summary { (one.title) } (table(id, "-all", one)) }
                    }
                }
                @if !report.published.is_empty() {
                    details {
                        summary { "Published values" }
                        ul { @for note in &report.published { li { (note) } } }
                    }
                }
                @if !report.method.is_empty() {
                    details {
                        summary { "Method" }
                        @for paragraph in &report.method { p { (paragraph) } }
                    }
                }
                details { summary { "Provenance" } (provenance(report)) }
            }
        }
    }
}

/// Figures of a question that are in sight, a row on a wide screen; a reader opens the others.
const IN_SIGHT: usize = 2;

fn figures(report: &QuestionReport) -> Markup {
    let numbered: Vec<(usize, &Figure)> = (1..).zip(&report.figures).collect();
    let (first, others) = numbered.split_at(numbered.len().min(IN_SIGHT));
    let drawn = |figures: &[(usize, &Figure)]| {
        html! {
            div.figures { @for (n, one) in figures { (figure(&report.question, *n, one)) } }
        }
    };
    html! {
        @if !first.is_empty() { (drawn(first)) }
        @if !others.is_empty() {
            @let titles: Vec<&str> = others.iter().map(|(_, one)| &*one.title).collect();
            details.more {
                summary { "Further figures: " (titles.join("; ")) }
                (drawn(others))
            }
        }
    }
}

/// What is not in sight of a report.
fn folded(report: &QuestionReport) -> String {
    let tables = match report.tables.len() {
        0 | 1 => "",
        _ => "Further tables, ",
    };
    let published = if report.published.is_empty() {
        ""
    } else {
        "published values, "
    };
    let mut all = format!("{tables}{published}method and provenance");
    all[..1].make_ascii_uppercase();
    all
}

/// A table, and the file with its numbers in full precision.
fn table(question: &str, part: &str, table: &Table) -> Markup {
    let file = format!("reports/{question}/{}.csv", table.id);
    html! {
        (table.html(&format!("{question}-{}{part}", table.id)))
        p.data { a href=(file) { "CSV" } }
    }
}

/// The figures of a question are numbered, so that one can be named.
fn figure(question: &str, number: usize, figure: &Figure) -> Markup {
    let anchor = format!("{question}-{}", figure.id);
    let folder = format!("reports/{question}/");
    html! {
        figure id=(anchor) {
            // Focusable, so that a keyboard can scroll a drawing wider than the screen.
            div.drawing tabindex="0" role="group" aria-label=(figure.title) {
                (PreEscaped(figure.inline(&anchor)))
            }
            figcaption {
                strong { "Figure " (number) ". " (figure.title) "." } " " (figure.caption) " "
                a href={ (folder) (figure.data_file()) } { "CSV" } ", "
                a href={ (folder) (figure.file()) } { "SVG" }
            }
        }
    }
}

fn verdict(question: &str, verdict: &Verdict) -> Markup {
    html! {
        div.card id={ (question) "-" (verdict.claim.id()) } {
            h4 { (verdict.claim.id()) ". " (verdict.claim.statement()) }
            p { (outcome(verdict.outcome)) }
            p { (verdict.finding) }
            (rule(verdict.claim, &verdict.rule, &verdict.evidence))
        }
    }
}

/// Evidence on a claim that another question decides.
fn contribution(question: &str, contribution: &Contribution) -> Markup {
    let claim = contribution.claim;
    html! {
        div.card id={ (question) "-" (claim.id()) } {
            h4 { "Evidence on " (claim.id()) ". " (claim.statement()) }
            p {
                (direction(contribution.direction)) " "
                span.muted {
                    "(the verdict on " a href="#verdicts" { (claim.id()) } " is that of "
                    code { "rethink " (claim.question()) } ")"
                }
            }
            p { (contribution.finding) }
            (rule(claim, &contribution.rule, &contribution.evidence))
        }
    }
}

fn rule(claim: Claim, rule: &str, evidence: &[Evidence]) -> Markup {
    html! {
        details {
            summary { "Rule and evidence" }
            p { strong { "Rule. " } (rule) }
            @if !evidence.is_empty() {
                ul {
                    @for one in evidence {
                        li { (one.label) ": " (one.value) " " span.muted { "(" (one.kind) ")" } }
                    }
                }
            }
            p.muted { "In the words of the review:" }
            blockquote { (claim.source()) }
        }
    }
}

fn provenance(report: &QuestionReport) -> Markup {
    let (setting, provenance) = (&report.setting, &report.provenance);
    html! {
        p { "This command makes everything in this section again:" }
        p { code.command { (provenance.command) } }
        p {
            "Figures for a paper: add " code { "--figures pdf --figure-width 3.3in --font-size 8" }
            "; they go to " code { "reports/" (report.question) "/figures/" } "."
        }
        dl.provenance {
            dt { "Budget" } dd { (setting.budget) }
            dt { "Data" } dd { (setting.dataset) " " code { (setting.dataset_checksum) } }
            dt { "Program" } dd { "version " (provenance.version) ", commit " code { (provenance.commit) } }
            dt { "Machine" } dd {
                (provenance.cpu) ", " (provenance.threads)
                @if provenance.threads == 1 { " thread" } @else { " threads" }
            }
            @if !provenance.results.is_empty() {
                dt { "Computing" } dd { (duration(provenance.seconds)) ", summed over cores" }
                dt { "Results" } dd {
                    details.hashes {
                        summary { (provenance.results.len()) " stored in " code { "runs/" } " and " code { "records/" } }
                        @for result in &provenance.results { code { (result) } " " }
                    }
                }
            }
        }
    }
}
