//! A part as the data of one stratum answer it, before the correction over all parts.

use super::condition::Condition;
use super::note::Note;
use super::part::Part;
use super::row::Row;

/// What a rule asked and what came of it.
pub(super) struct Asked {
    pub part: Part,
    pub rule: String,
    pub holds: Condition,
    pub fails: Condition,
    pub rows: Vec<Row>,
    /// The row whose number stands for the part.
    pub headline: Option<usize>,
    pub notes: Vec<Note>,
}

impl Asked {
    /// Nothing decided yet.
    pub fn new(part: Part, rule: String) -> Self {
        Self {
            part,
            rule,
            holds: Condition::NEVER,
            fails: Condition::NEVER,
            rows: Vec::new(),
            headline: None,
            notes: Vec::new(),
        }
    }

    /// Another row, and its place.
    pub fn push(&mut self, row: Row) -> usize {
        self.rows.push(row);
        self.rows.len() - 1
    }
}
