//! Names under each other, and beside each what it stands for.

use unicode_width::UnicodeWidthStr;

use super::wrap;

/// Blanks between a name and what stands beside it.
const GAP: usize = 2;

/// Names, each with its text beside it, in lines of at most `width` terminal cells; the names
/// take two fifths of them at most.
///
/// ```
/// let fields = [("kind", "exact"), ("loss", "0.25 nats per image")];
/// let text = rethink::text::fields(&fields, 20);
/// assert_eq!(text, "kind  exact\nloss  0.25 nats per\n      image\n");
/// ```
pub fn fields<N: AsRef<str>, T: AsRef<str>>(fields: &[(N, T)], width: usize) -> String {
    let names = fields.iter().map(|(name, _)| name.as_ref().width());
    let names = names.max().unwrap_or(0).clamp(1, (2 * width / 5).max(1));
    let mut text = String::new();
    for (name, words) in fields {
        let name = wrap(name.as_ref(), names);
        let words = wrap(words.as_ref(), width.saturating_sub(names + GAP).max(1));
        for line in 0..name.len().max(words.len()) {
            let [name, words] = [&name, &words].map(|lines| lines.get(line).map_or("", |l| l));
            let blanks = " ".repeat(names + GAP - name.width().min(names));
            text += format!("{name}{blanks}{words}").trim_end();
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_fits_and_texts_stand_in_one_column() {
        let long = "a number of words ".repeat(9);
        let rows = [("a name of several words", long.as_str()), ("b", "x")];
        for width in [40, 60, 100] {
            let text = fields(&rows, width);
            assert!(text.lines().all(|line| line.width() <= width), "{text}");
            let column = |word: &str| text.lines().find_map(|line| line.find(word));
            assert_eq!(column("a number"), column("x"), "{text}");
        }
    }
}
