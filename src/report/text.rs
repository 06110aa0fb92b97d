//! A report for a terminal.

use std::path::Path;

use unicode_width::UnicodeWidthStr;

use super::{Outcome, QuestionReport, Verdict};

/// No line of a rendered report is wider, in terminal cells.
pub const WIDTH: usize = 100;

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

/// `text` with `\u001b` in place of a character that would steer a terminal or change the
/// order in which text is read: control characters but line breaks and tabs, and Unicode's
/// invisible marks of direction, of separation and of language.
///
/// JSON stays the same JSON.
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) {
            let units = c.encode_utf16(&mut [0; 2]).to_vec();
            shown.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            shown.push(c);
        }
    }
    shown
}

fn steers(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => true,
        '\u{e0000}'..='\u{e007f}' => true,
        c => c.is_control(),
    }
}

/// `text` broken at blanks into lines of at most `width` terminal cells, [`escaped`].
///
/// A word that is wider than a line is broken where it must be. At least one line, which
/// may be empty.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let word = escaped(word);
        let last = lines.len() - 1;
        if used > 0 && used + 1 + word.width() <= width {
            lines[last].push(' ');
            used += 1;
        } else if used > 0 {
            lines.push(String::new());
            used = 0;
        }
        for c in word.chars() {
            let last = lines.len() - 1;
            lines[last].push(c);
            // Of the whole line: a variation selector widens the sign before it.
            if lines[last].width() > width && used > 0 {
                lines[last].pop();
                lines.push(c.to_string());
            }
            used = lines[lines.len() - 1].width();
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wraps_at_blanks_by_display_width() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("幅幅 幅", 4), ["幅幅", "幅"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
        assert_eq!(wrap("red\x1b[31m", 20), ["red\\u001b[31m"]);
    }

    #[test]
    fn what_steers_a_terminal_is_escaped_and_json_stays_the_same() {
        let hostile = "\x1b]0;x\x07 \u{9b}31m \u{202e}abc\u{2066} \u{e0041}\x7f\r";
        let shown = escaped(hostile);
        assert!(shown.bytes().all(|b| (b' '..0x7f).contains(&b)), "{shown}");
        let json = serde_json::to_string(hostile).unwrap();
        assert_eq!(
            serde_json::from_str::<String>(&escaped(&json)).unwrap(),
            hostile
        );
        let harmless = "é 幅 ✔\u{fe0e} –\n\t{}";
        assert_eq!(escaped(harmless), harmless);
        assert_eq!(escaped(&shown), shown);
    }

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

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_line_is_too_wide(text in "\\PC{0,200}", width in 2_usize..40) {
            let lines = wrap(&text, width);
            prop_assert!(lines.iter().all(|line| line.width() <= width || line.chars().count() <= 2));
            let squeeze = |s: &str| s.split_whitespace().collect::<String>();
            // Separators of lines are blanks here, and would be escaped otherwise.
            prop_assert_eq!(squeeze(&lines.concat()), escaped(&squeeze(&text)));
        }
    }
}
