//! Tables that carry full precision and show what is known.

mod blocks;
mod cell;
mod columns;
mod csv;
mod html;
mod text;

pub use cell::Cell;
pub use columns::Rows;
pub use csv::record;

use serde::{Deserialize, Serialize};

use super::ReportError;

/// On which side of its column a cell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Head of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// What the column holds.
    pub name: String,
    /// Unit of its numbers; none for words and pure numbers.
    pub unit: Option<String>,
    /// Side on which its cells stand.
    pub align: Align,
}

impl Column {
    /// A column of words.
    pub fn text(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            unit: None,
            align: Align::Left,
        }
    }

    /// A column of numbers without a unit.
    pub fn number(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            unit: None,
            align: Align::Right,
        }
    }

    /// The same column with a unit.
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// Name and unit: `"loss (nats)"`.
    pub fn heading(&self) -> String {
        match &self.unit {
            Some(unit) => format!("{} ({unit})", self.name),
            None => self.name.clone(),
        }
    }
}

/// A table of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Name of its CSV file and anchor on the page: lower-case letters, digits, `-`, `_`.
    pub id: String,
    /// What the table shows.
    pub title: String,
    /// Heads, from left to right.
    pub columns: Vec<Column>,
    /// Rows, each with one cell per column.
    pub rows: Vec<Vec<Cell>>,
    /// What a reader must know to read it; empty if nothing.
    pub note: String,
}

/// Rows of a main table that are shown with the answer.
const ROWS: usize = 12;

impl Table {
    /// An empty table without a note.
    pub fn new(
        id: impl Into<String>,
        title: impl Into<String>,
        columns: impl Into<Vec<Column>>,
    ) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            columns: columns.into(),
            rows: Vec::new(),
            note: String::new(),
        }
    }

    /// The same table with one more row.
    pub fn row(mut self, cells: impl Into<Vec<Cell>>) -> Self {
        self.rows.push(cells.into());
        self
    }

    /// The same table with these rows below those it has.
    pub fn with_rows(mut self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        self.rows.extend(rows);
        self
    }

    /// Whether the table has more rows than are shown with an answer.
    pub(super) fn is_long(&self) -> bool {
        self.rows.len() > ROWS + 1
    }

    /// As many rows as are shown with an answer; a note tells of the others.
    pub(super) fn head(&self) -> Self {
        let mut shown = self.clone();
        if self.is_long() {
            let left_out = shown.rows.split_off(ROWS).len();
            shown.note = format!("{left_out} more rows in {}.csv. {}", self.id, self.note);
        }
        shown
    }

    /// The same table with a note.
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Whether every row has one cell per column.
    ///
    /// # Errors
    /// [`ReportError::RaggedTable`] names the first row that does not.
    pub fn check(&self) -> Result<(), ReportError> {
        let columns = self.columns.len();
        match self.rows.iter().position(|row| row.len() != columns) {
            None => Ok(()),
            Some(row) => Err(ReportError::RaggedTable {
                table: self.id.clone(),
                row,
                cells: self.rows[row].len(),
                columns,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ragged_row_is_named() {
        let table = Table::new("t", "T", vec![Column::text("a"), Column::number("b")])
            .row(["x".into(), Cell::count(1)]);
        assert!(table.check().is_ok());
        let table = table.row(["y".into()]);
        let error = table.check().unwrap_err().to_string();
        assert!(
            error.contains("row 1") && error.contains("1 cells for 2"),
            "{error}"
        );
    }
}
