//! A result computed again beside the stored one.

use std::fmt;

use serde_json::Value;

use super::leaves;
use crate::digest::sha256;

/// A stored output and the one that was computed again, value by value.
///
/// ```
/// use rethink::store::Comparison;
/// use serde_json::json;
/// let found = Comparison::of(&json!({"sum": 3, "n": 2}), &json!({"sum": 4, "n": 2}));
/// assert!(!found.is_same());
/// assert_eq!(found.differences[0].to_string(), "sum: 3 is stored, 4 computed");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Values that are stored.
    pub stored: usize,
    /// Values that were computed.
    pub computed: usize,
    /// Where they differ.
    pub differences: Vec<Difference>,
}

/// A value that is not the stored one.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where it is: `last.train_error`.
    pub place: String,
    /// What is stored there.
    pub stored: Value,
    /// What was computed.
    pub computed: Value,
}

impl Comparison {
    /// Compares two outputs, but for the seconds that something took, which are never the
    /// same.
    pub fn of(stored: &Value, computed: &Value) -> Self {
        let [stored, computed] = [stored, computed].map(|output| {
            let mut values = leaves(output);
            values.retain(|(place, _)| !place.ends_with("seconds"));
            values
        });
        let differ = (stored.iter().zip(&computed)).filter(|(a, b)| a != b);
        let difference =
            |((place, a), (_, b)): (&(String, &Value), &(String, &Value))| Difference {
                place: place.clone(),
                stored: (*a).clone(),
                computed: (*b).clone(),
            };
        Self {
            stored: stored.len(),
            computed: computed.len(),
            differences: differ.map(difference).collect(),
        }
    }

    /// Compares a file, as one value more.
    pub fn file(&mut self, name: &str, stored: &[u8], computed: &[u8]) {
        self.stored += 1;
        self.computed += 1;
        if stored != computed {
            self.differences.push(Difference {
                place: name.to_owned(),
                stored: sha256(stored).into(),
                computed: sha256(computed).into(),
            });
        }
    }

    /// Whether every value is the same.
    pub fn is_same(&self) -> bool {
        self.differences.is_empty() && self.stored == self.computed
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            stored,
            computed,
        } = self;
        write!(f, "{place}: {stored} is stored, {computed} computed")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fewer_values_are_a_difference_too() {
        let found = Comparison::of(&json!([1, 2]), &json!([1]));
        assert_eq!((found.stored, found.computed), (2, 1));
        assert!(found.differences.is_empty() && !found.is_same());
        assert!(Comparison::of(&json!([1, 2]), &json!([1, 2])).is_same());
        let timed = |seconds: f64| json!({"loss": 1, "seconds": seconds});
        let mut found = Comparison::of(&timed(1.0), &timed(2.0));
        assert!(found.is_same() && found.stored == 1);
        found.file("weights", b"12", b"12");
        assert!(found.is_same());
        found.file("weights", b"12", b"13");
        assert!(!found.is_same() && found.stored == 3);
    }
}
