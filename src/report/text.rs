//! A report for a terminal.

use std::path::Path;

use unicode_width::UnicodeWidthStr;

use super::{Outcome, QuestionReport, Verdict};
use crate::text::{WIDTH, escaped, wrap};

/// Bold, and the colour of an outcome, when colours are asked for.
struct Style {
    colour: bool,
}

impl Style {
    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    fn outcome(&self, outcome: Outcome) -> String {
        let code = match outcome {
            Outcome::Supported => "1;32",
            Outcome::Contradicted => "1;31",
            Outcome::PartlySupported => "1;33",
            Outcome::Inconclusive => "1;36",
        };
        self.paint(code, &format!("{} {}", outcome.icon(), outcome.word()))
    }
}

impl QuestionReport {
    /// The report as text: title, answer, tables, verdicts, and where the figures are.
    ///
    /// `folder` is where [`write`](Self::write) put the files, if it did. Lines
    /// are at most [`WIDTH`] cells wide; `colour` adds ANSI escapes. Those in the report
    /// itself are [`escaped`], so its text cannot steer the terminal.
    pub fn text(&self, folder: Option<&Path>, colour: bool) -> String {
        let style = Style { colour };
        let mut text = String::new();
        for line in wrap(&self.title, WIDTH) {
            text += &(style.bold(&line) + "\n");
        }
        paragraph(&mut text, "", &self.asks);
        text.push('\n');
        paragraph(&mut text, "", &self.answer);
        for table in &self.tables {
            text.push('\n');
            text += &table.text(WIDTH);
        }
        for verdict in &self.verdicts {
            text.push('\n');
            push_verdict(&mut text, &style, verdict);
        }
        if !self.published.is_empty() {
            text += &format!("\n{}\n", style.bold("Published values"));
            self.published
                .iter()
                .for_each(|note| paragraph(&mut text, "  ", note));
        }
        if !self.warnings.is_empty() {
            text.push('\n');
            self.warnings
                .iter()
                .for_each(|w| paragraph(&mut text, "", &format!("Warning: {w}")));
        }
        if let (Some(folder), false) = (folder, self.figures.is_empty()) {
            text += &format!("\n{}\n", style.bold("Figures"));
            for figure in &self.figures {
                paragraph(&mut text, "  ", &figure.title);
                // Not wrapped: a path must stay whole to be copied.
                let path = folder.join(figure.file()).display().to_string();
                text += &format!("    {}\n", escaped(&path));
            }
        }
        text
    }
}

fn push_verdict(text: &mut String, style: &Style, verdict: &Verdict) {
    let claim = verdict.claim;
    *text += &format!(
        "{}  {}\n",
        style.bold(claim.id()),
        style.outcome(verdict.outcome)
    );
    paragraph(text, "    ", &format!("Claim    {}", claim.statement()));
    if let Some(remark) = claim.remark() {
        paragraph(text, "    ", &format!("         {remark}"));
    }
    paragraph(text, "    ", &format!("Finding  {}", verdict.finding));
    paragraph(text, "    ", &format!("Rule     {}", verdict.rule));
    for evidence in &verdict.evidence {
        let line = format!(
            "         {}: {} ({})",
            evidence.label, evidence.value, evidence.kind
        );
        paragraph(text, "    ", &line);
    }
}

/// One paragraph, indented; lines after the first stand under its second column, if it has one.
fn paragraph(text: &mut String, indent: &str, words: &str) {
    const SECOND_COLUMN: usize = 9;
    let (first, rest) = match words.char_indices().nth(SECOND_COLUMN) {
        Some((at, _)) if words[..at].ends_with("  ") => words.split_at(at),
        _ => ("", words),
    };
    let hanging = " ".repeat(first.width());
    for (index, line) in wrap(rest, WIDTH - indent.len() - first.width())
        .iter()
        .enumerate()
    {
        let lead = if index == 0 { first } else { &hanging };
        *text += format!("{indent}{lead}{line}").trim_end();
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_lines_stand_under_the_second_column() {
        let mut text = String::new();
        paragraph(
            &mut text,
            "    ",
            &format!("Rule     {}", "word ".repeat(30)),
        );
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() > 1);
        assert!(
            lines[1].starts_with(&format!("{}word", " ".repeat(13))),
            "{text}"
        );
    }
}
