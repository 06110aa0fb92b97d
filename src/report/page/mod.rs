//! The page: every stored report in one self-contained HTML file.

mod question;
mod verdicts;

use std::fs;
use std::path::{Path, PathBuf};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::figure::palette;
use super::question::REPORT;
use super::{QuestionReport, ReportError};

const STYLE: &str = include_str!("style.css");

/// The page of the given reports, in their order.
///
/// One file without scripts, fonts or other resources from elsewhere: figures
/// are inline SVG, light and dark follow the reader's setting, print is light.
/// `written` is the day to show, such as `"2026-11-23"`; the same reports and
/// day give the same bytes.
pub fn render(reports: &[QuestionReport], written: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "rethink: why do networks that can memorize generalize?" }
                style { (PreEscaped(palette::style_sheet())) (PreEscaped(STYLE)) }
            }
            body {
                (header(reports, written))
                main {
                    (verdicts::section(reports))
                    (verdicts::reading())
                    @for report in reports { (question::section(report)) }
                }
                footer {
                    p {
                        "Written by " code { "rethink report" }
                        ". The data behind every figure and table are in " code { "reports/" }
                        " beside this file, the results in " code { "runs/" } " and " code { "records/" } "."
                    }
                }
            }
        }
    };
    page.into_string() + "\n"
}

/// A page that was written.
#[derive(Debug)]
pub struct Written {
    /// Its file.
    pub path: PathBuf,
    /// Why reports that are stored are not on it.
    pub left_out: Vec<String>,
}

/// Reads the stored reports of the questions in `order` and writes `out/index.html`.
///
/// A question without a stored report is left out. So is one whose report is damaged, or
/// was written by another version or commit of the program than `program`.
///
/// # Errors
/// [`ReportError::Write`].
pub fn write(
    out: &Path,
    order: &[&str],
    written: &str,
    program: [&str; 2],
) -> Result<Written, ReportError> {
    let mut reports = Vec::new();
    let mut left_out = Vec::new();
    for question in order {
        let folder = QuestionReport::folder(out, question);
        if fs::symlink_metadata(folder.join(REPORT)).is_err() {
            continue;
        }
        match QuestionReport::load(&folder) {
            Ok(report) => match [&*report.provenance.version, &*report.provenance.commit] {
                of if of == program => reports.push(report),
                [version, commit] => left_out.push(format!(
                    "{question} was answered by version {version}, commit {commit}; run the \
                     question again"
                )),
            },
            Err(error) => left_out.push(error.to_string()),
        }
    }
    let path = out.join("index.html");
    ReportError::writing(&path, render(&reports, written).as_bytes())?;
    Ok(Written { path, left_out })
}

fn header(reports: &[QuestionReport], written: &str) -> Markup {
    let of = |value: fn(&QuestionReport) -> &str| {
        let mut values: Vec<&str> = Vec::new();
        for report in reports {
            if !values.contains(&value(report)) {
                values.push(value(report));
            }
        }
        if values.is_empty() {
            "–".to_owned()
        } else {
            values.join(", ")
        }
    };
    html! {
        header {
            h1 { "Why do networks that can memorize generalize?" }
            p {
                "Over-parametrized networks can fit random labels, and yet they generalize. "
                "This page puts the claims of a public review of Zhang et al. 2017, "
                cite { "Understanding deep learning requires rethinking generalization" }
                " (arXiv:1611.03530), to the test: each with data, a decision rule fixed "
                "beforehand, and a command that makes the numbers again."
            }
            dl.facts {
                div { dt { "Written" } dd { time datetime=(written) { (written) } } }
                div { dt { "Budget" } dd { (of(|r| &r.setting.budget)) } }
                div { dt { "Data" } dd { (of(|r| &r.setting.dataset)) } }
                div { dt { "Version" } dd { (of(|r| &r.provenance.version)) } }
            }
            nav aria-label="Questions" {
                ol {
                    li { a href="#verdicts" { "Verdicts" } }
                    @for report in reports {
                        li { a href={ "#" (report.question) } { (report.title) } }
                    }
                }
            }
        }
    }
}
