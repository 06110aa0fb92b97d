//! What stays on one line: a number with its power of ten, its interval and what it is of.

use super::escaped;

/// Stands for a blank at which no line ends.
const JOINT: char = '\u{a0}';

/// Words of an interval at most: `[−1.2 × 10⁻⁷, 3.4 × 10⁻⁷]` has six.
const INTERVAL: usize = 8;

/// A text whose lines end at none of its blanks but those between two words or numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Joined(String);

impl Joined {
    /// Of prose: a number keeps its power of ten, its interval, its per cent sign, and what
    /// stands before it and an `=`.
    pub fn prose(text: &str) -> Self {
        let words: Vec<String> = text.split_whitespace().map(escaped).collect();
        let mut joined = String::new();
        let mut inside = 0; // the word behind the interval that was opened last
        for (place, word) in words.iter().enumerate() {
            let before = place.checked_sub(1).map(|before| words[before].as_str());
            if let Some(before) = before {
                let one = place < inside || belongs(before, word);
                joined.push(if one { JOINT } else { ' ' });
            }
            if opens(word) {
                let rest = words[place..].iter().take(INTERVAL);
                let closed = rest.take_while(|word| !word.contains(']')).count();
                if closed < INTERVAL && place + closed < words.len() {
                    inside = place + closed + 1;
                }
            }
            joined += word;
        }
        Self(joined)
    }

    /// Of one number: no line ends in it.
    #[cfg(feature = "cli")]
    pub fn number(text: &str) -> Self {
        let words: Vec<String> = text.split_whitespace().map(escaped).collect();
        Self(words.join(&JOINT.to_string()))
    }

    /// The parts between which a line can end.
    #[cfg(feature = "cli")]
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ')
    }

    /// As it is broken into lines.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// A line of it, as it is shown.
    pub(super) fn shown(line: &str) -> String {
        line.replace(JOINT, " ")
    }
}

/// Whether a word begins an interval: `[0.1,`.
fn opens(word: &str) -> bool {
    let number = |rest: &str| rest.starts_with(|c: char| c.is_numeric() || "−-+∞.".contains(c));
    word.strip_prefix('[').is_some_and(number)
}

/// Whether a word goes on with the number that the word before it is or ends with.
fn belongs(before: &str, word: &str) -> bool {
    let number = before.ends_with(|c: char| c.is_numeric() || "∞%".contains(c));
    let power = before == "×" && word.starts_with("10");
    let signs = ["=", "≤", "≥", "<", ">", "≈"];
    let stated = signs.contains(&word) || signs.contains(&before);
    power || stated || number && (opens(word) || word == "×" || word.starts_with('%'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_its_interval_its_power_and_its_per_cent_sign() {
        let parts = |text: &str| -> Vec<String> {
            let joined = Joined::prose(text);
            joined.parts().map(Joined::shown).collect()
        };
        assert_eq!(
            parts("the ratio 2.3 × 10⁷ [0, 4.6 × 10⁷] is large, or 12 %. See [3] and [a b]"),
            [
                "the",
                "ratio",
                "2.3 × 10⁷ [0, 4.6 × 10⁷]",
                "is",
                "large,",
                "or",
                "12 %.",
                "See",
                "[3]",
                "and",
                "[a",
                "b]"
            ]
        );
        assert_eq!(parts("5 [1, never closed"), ["5 [1,", "never", "closed"]);
        assert_eq!(parts("at α = 10 only"), ["at", "α = 10", "only"]);
        assert_eq!(Joined::number("≥ 3, not known").parts().count(), 1);
    }
}
