//! Text as a reader's terminal takes it: numbers, lines of a width, nothing that steers.

pub mod bound;
#[cfg(feature = "cli")]
mod fields;
mod joined;
pub mod number;

use std::collections::HashSet;

#[cfg(feature = "cli")]
pub use fields::fields;
pub(crate) use joined::Joined;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// No line of a rendered report is wider, in terminal cells.
pub const WIDTH: usize = 100;

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
/// A number stays on one line with its power of ten, its interval and its per cent sign. What
/// is wider than a line is broken where it must be. At least one line, which may be empty.
///
/// ```
/// assert_eq!(rethink::text::wrap("one two three", 7), ["one two", "three"]);
/// assert_eq!(rethink::text::wrap("by 0.5 [0.4, 0.6]", 15), ["by", "0.5 [0.4, 0.6]"]);
/// ```
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    lines(&Joined::prose(text), width)
}

/// The shortest of the names of each thing that tell all of them apart: the same place of
/// every list, which goes from short to long. The longest where none do.
///
/// ```
/// let names = [["final.pt", "a/final.pt"], ["final.pt", "b/final.pt"]].map(|n| n.map(String::from));
/// assert_eq!(rethink::text::apart(&names), ["a/final.pt", "b/final.pt"]);
/// assert_eq!(rethink::text::apart(&names[..1]), ["final.pt"]);
/// ```
pub fn apart<const N: usize>(names: &[[String; N]]) -> Vec<String> {
    let mut found = Vec::new();
    for length in 0..N {
        found = names.iter().map(|names| names[length].clone()).collect();
        if found.iter().collect::<HashSet<_>>().len() == names.len() {
            break;
        }
    }
    found
}

/// [`wrap`] for a text that says itself where its lines can end.
pub(crate) fn lines(text: &Joined, width: usize) -> Vec<String> {
    let options = Options::new(width)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    let lines = textwrap::wrap(text.as_str(), options).into_iter();
    lines.map(|line| Joined::shown(&line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthChar;

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

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_line_is_too_wide(text in "\\PC{0,200}", width in 2_usize..40) {
            let lines = wrap(&text, width);
            // Cell by cell: terminals do not agree on the width of a sequence such as `*` and U+FE0F.
            let cells = |line: &String| line.chars().filter_map(|c| c.width()).sum::<usize>();
            prop_assert!(lines.iter().all(|line| cells(line) <= width || line.chars().count() <= 2));
            let squeeze = |s: &str| s.split_whitespace().collect::<String>();
            // Separators of lines are blanks here, and would be escaped otherwise.
            prop_assert_eq!(squeeze(&lines.concat()), escaped(&squeeze(&text)));
        }
    }
}
