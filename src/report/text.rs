//! A report for a terminal: the answer at once, the rest on request.

use std::path::Path;

use unicode_width::UnicodeWidthStr;

use super::{Claim, Contribution, Direction, Evidence, Outcome, QuestionReport, Verdict};
use crate::text::{WIDTH, escaped, wrap};

/// How a report is laid out in a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Cells of a line at most.
    pub width: usize,
    /// Whether ANSI escapes may be used.
    pub colour: bool,
    /// Everything, and not only the answer, what it says on claims, and the main table.
    pub full: bool,
}

impl Default for Layout {
    /// The answer in lines of [`WIDTH`] cells, without colours.
    fn default() -> Self {
        Self {
            width: WIDTH,
            colour: false,
            full: false,
        }
    }
}

impl Layout {
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

    fn direction(&self, direction: Direction) -> String {
        let code = match direction {
            Direction::For => "1;32",
            Direction::Against => "1;31",
            Direction::NeitherWay => "1;36",
        };
        let words = format!("{} {}", direction.icon(), direction.words());
        self.paint(code, &words)
    }
}

impl QuestionReport {
    /// The report as text: title, question, answer, verdicts, evidence on the claims of other
    /// questions, and the main table; of a full one, the rules with their evidence, every
    /// table, and where the figures are.
    ///
    /// `folder` is where [`write`](Self::write) put the files, if it did. What stands in the
    /// report itself is [`escaped`], so its text cannot steer the terminal.
    pub fn text(&self, folder: Option<&Path>, layout: Layout) -> String {
        let mut text = String::new();
        for line in wrap(&self.title, layout.width) {
            text += &(layout.bold(&line) + "\n");
        }
        layout.paragraph(&mut text, "", &self.asks);
        text.push('\n');
        layout.paragraph(&mut text, "", &self.answer);
        if let Some(smaller) = &self.smaller_than_paper {
            layout.paragraph(&mut text, "", smaller);
        }
        for verdict in &self.verdicts {
            text.push('\n');
            let answered = self.answer.starts_with(&verdict.finding);
            layout.verdict(&mut text, verdict, answered);
        }
        for contribution in &self.contributions {
            text.push('\n');
            layout.contribution(&mut text, contribution);
        }
        if layout.full {
            for table in &self.tables {
                text.push('\n');
                text += &table.text(layout.width);
            }
            layout.list(&mut text, "Published values", &self.published);
            layout.list(&mut text, "Method", &self.method);
        } else if let Some(main) = self.tables.first() {
            text.push('\n');
            text += &main.head().text(layout.width);
        }
        if !self.warnings.is_empty() {
            text.push('\n');
            for warning in &self.warnings {
                layout.paragraph(&mut text, "", &format!("Warning: {warning}"));
            }
        }
        match folder {
            Some(folder) if layout.full => self.drawings_in(folder, layout, &mut text),
            Some(folder) => {
                text.push('\n');
                layout.paragraph(&mut text, "", &self.elsewhere());
                // Not wrapped: a path must stay whole to be copied.
                text += &(escaped(&folder.display().to_string()) + "\n");
            }
            None => {}
        }
        text
    }

    /// Where the figures are.
    fn drawings_in(&self, folder: &Path, layout: Layout, text: &mut String) {
        if self.figures.is_empty() {
            return;
        }
        *text += &format!("\n{}\n", layout.bold("Figures"));
        for figure in &self.figures {
            layout.paragraph(text, "  ", &figure.title);
            let path = folder.join(figure.file()).display().to_string();
            *text += &format!("    {}\n", escaped(&path));
        }
    }

    /// What is not shown, and where it is.
    fn elsewhere(&self) -> String {
        let count = |n: usize, what: &str| match n {
            1 => format!("1 {what}"),
            n => format!("{n} {what}s"),
        };
        format!(
            "{} and {}, with rules and evidence: add --full, or see",
            count(self.tables.len(), "table"),
            count(self.figures.len(), "figure")
        )
    }
}

impl Layout {
    fn list(&self, text: &mut String, heading: &str, paragraphs: &[String]) {
        if !paragraphs.is_empty() {
            *text += &format!("\n{}\n", self.bold(heading));
            for one in paragraphs {
                self.paragraph(text, "  ", one);
            }
        }
    }

    /// What is found is not repeated where it is the answer.
    fn verdict(&self, text: &mut String, verdict: &Verdict, answered: bool) {
        let claim = verdict.claim;
        *text += &format!(
            "{}  {}\n",
            self.bold(claim.id()),
            self.outcome(verdict.outcome)
        );
        self.claim(text, claim);
        if self.full || !answered {
            self.paragraph(text, "    ", &format!("Finding  {}", verdict.finding));
        }
        self.rule(text, &verdict.rule, &verdict.evidence);
    }

    /// Evidence under its own heading, and where the verdict is.
    fn contribution(&self, text: &mut String, contribution: &Contribution) {
        let claim = contribution.claim;
        *text += &format!(
            "{}  {}\n",
            self.bold(&format!("Evidence on {claim}")),
            self.direction(contribution.direction)
        );
        self.claim(text, claim);
        self.paragraph(text, "    ", &format!("Finding  {}", contribution.finding));
        let question = claim.question();
        let verdict = format!("Verdict  The verdict on {claim} is that of `rethink {question}`.");
        self.paragraph(text, "    ", &verdict);
        self.rule(text, &contribution.rule, &contribution.evidence);
    }

    fn claim(&self, text: &mut String, claim: Claim) {
        self.paragraph(text, "    ", &format!("Claim    {}", claim.statement()));
        if let (Some(remark), true) = (claim.remark(), self.full) {
            self.paragraph(text, "    ", &format!("         {remark}"));
        }
    }

    /// A rule and the numbers that it looked at, of a full report.
    fn rule(&self, text: &mut String, rule: &str, evidence: &[Evidence]) {
        if !self.full {
            return;
        }
        self.paragraph(text, "    ", &format!("Rule     {rule}"));
        for evidence in evidence {
            let line = format!(
                "         {}: {} ({})",
                evidence.label, evidence.value, evidence.kind
            );
            self.paragraph(text, "    ", &line);
        }
    }

    /// One paragraph, indented; lines after the first stand under its second column, if it
    /// has one.
    fn paragraph(&self, text: &mut String, indent: &str, words: &str) {
        const SECOND_COLUMN: usize = 9;
        let (first, rest) = match words.char_indices().nth(SECOND_COLUMN) {
            Some((at, _)) if words[..at].ends_with("  ") => words.split_at(at),
            _ => ("", words),
        };
        let hanging = " ".repeat(first.width());
        let lines = wrap(rest, self.width - indent.len() - first.width());
        for (index, line) in lines.iter().enumerate() {
            let lead = if index == 0 { first } else { &hanging };
            *text += format!("{indent}{lead}{line}").trim_end();
            text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Table;

    #[test]
    fn later_lines_stand_under_the_second_column() {
        let mut text = String::new();
        let words = format!("Rule     {}", "word ".repeat(30));
        Layout::default().paragraph(&mut text, "    ", &words);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() > 1);
        assert!(
            lines[1].starts_with(&format!("{}word", " ".repeat(13))),
            "{text}"
        );
    }

    #[test]
    fn an_answer_shows_the_main_table_only_and_a_full_report_everything() {
        let rows = |n: usize| (0..n).map(|i| format!("row{i}"));
        let table = |id: &str, n| Table::of(id, id, rows(n)).text("r", |r| r.clone()).note("");
        let report = QuestionReport {
            tables: vec![table("main", 40), table("second", 3)],
            ..QuestionReport::default()
        };
        let folder = Some(Path::new("reports/norms"));
        let short = report.text(folder, Layout::default());
        assert!(short.contains("row11\n") && !short.contains("row12\n"));
        assert!(short.contains("28 more rows in main.csv") && !short.contains("second"));
        assert!(short.ends_with("reports/norms\n"));
        let full = Layout {
            full: true,
            ..Layout::default()
        };
        let full = report.text(folder, full);
        assert!(full.contains("row39\n") && full.contains("second"));
    }

    #[test]
    fn evidence_names_its_direction_and_the_question_that_decides() {
        let contribution = Contribution {
            claim: Claim::C7,
            direction: Direction::Against,
            finding: "The norm is smaller.".into(),
            rule: "Against: the interval lies below 1.".into(),
            evidence: vec![Evidence::new("ratio", "0.9", "exact")],
        };
        let report = QuestionReport {
            contributions: vec![contribution],
            ..QuestionReport::default()
        };
        let text = |full| {
            let layout = Layout {
                full,
                ..Layout::default()
            };
            report.text(None, layout)
        };
        let short = text(false);
        assert!(short.contains("Evidence on C7  − speaks against it\n"));
        assert!(short.contains("    Finding  The norm is smaller.\n"));
        assert!(short.contains("The verdict on C7 is that of `rethink implicit-bias`.\n"));
        assert!(!short.contains("Rule"));
        let full = text(true);
        assert!(full.contains("    Rule     Against: the interval lies below 1.\n"));
        assert!(full.contains("ratio: 0.9 (exact)\n"));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let sentence = "a sentence with the number 0.123 [0.111, 0.144] in it ".repeat(5);
        let verdict = Verdict {
            claim: Claim::C7,
            outcome: Outcome::Supported,
            finding: sentence.clone(),
            rule: sentence.clone(),
            evidence: vec![],
        };
        let contribution = Contribution {
            claim: Claim::C3,
            direction: Direction::NeitherWay,
            finding: sentence.clone(),
            rule: sentence.clone(),
            evidence: vec![Evidence::new(sentence.clone(), sentence.clone(), "exact")],
        };
        let report = QuestionReport {
            title: sentence.clone(),
            answer: sentence.clone(),
            verdicts: vec![verdict],
            contributions: vec![contribution],
            warnings: vec![sentence],
            ..QuestionReport::default()
        };
        for width in [60, 80, 100, 160] {
            for full in [false, true] {
                let layout = Layout {
                    width,
                    full,
                    ..Layout::default()
                };
                let text = report.text(None, layout);
                assert!(text.lines().all(|line| line.width() <= width), "{text}");
            }
        }
    }
}
