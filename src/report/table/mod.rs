//! Tables that carry full precision and show what is known.

mod csv;
mod html;
mod text;

pub use csv::record;

use serde::{Deserialize, Serialize};

use super::ReportError;
use crate::text::number::{fixed, significant, with_interval};

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

/// One entry of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number: what is shown, and what CSV and JSON carry.
    Number {
        /// The rounded value, with its interval if it has one.
        shown: String,
        /// The value in full precision; none where it is undefined.
        value: Option<f64>,
        /// Lower end of the interval.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        low: Option<f64>,
        /// Upper end of the interval.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        high: Option<f64>,
    },
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number shown as the caller wishes.
    pub fn number(value: f64, shown: impl Into<String>) -> Self {
        let value = value.is_finite().then_some(value);
        Self::Number {
            shown: shown.into(),
            value,
            low: None,
            high: None,
        }
    }

    /// A count, shown in full.
    pub fn count(count: usize) -> Self {
        Self::fixed(count as f64, 0)
    }

    /// A number with a fixed number of decimals.
    pub fn fixed(value: f64, decimals: usize) -> Self {
        Self::number(value, fixed(value, decimals))
    }

    /// A number to so many significant digits.
    pub fn significant(value: f64, digits: usize) -> Self {
        Self::number(value, significant(value, digits))
    }

    /// An estimate with its interval, as [`with_interval`] shows them.
    ///
    /// ```
    /// use rethink::report::Cell;
    /// let Cell::Number { shown, .. } = Cell::estimate(0.12345, 0.1111, 0.1444) else { panic!() };
    /// assert_eq!(shown, "0.123 [0.111, 0.144]");
    /// ```
    pub fn estimate(value: f64, low: f64, high: f64) -> Self {
        let finite = |x: f64| x.is_finite().then_some(x);
        Self::Number {
            shown: with_interval(value, (low, high)),
            value: finite(value),
            low: finite(low),
            high: finite(high),
        }
    }

    /// Where there is nothing to show: an undefined number.
    pub fn missing() -> Self {
        Self::number(f64::NAN, "–")
    }

    /// What a reader sees.
    pub fn shown(&self) -> &str {
        match self {
            Cell::Text(text) => text,
            Cell::Number { shown, .. } => shown,
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
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
    fn undefined_numbers_are_null_not_nan() {
        let json = serde_json::to_string(&Cell::missing()).unwrap();
        assert_eq!(json, r#"{"number":{"shown":"–","value":null}}"#);
        assert_eq!(
            serde_json::from_str::<Cell>(&json).unwrap(),
            Cell::missing()
        );
    }

    #[test]
    fn a_spread_of_rounding_is_none() {
        let third = 100.0 / 3.0;
        let cell = Cell::estimate(third, third - 1e-14, third + 1e-14);
        assert_eq!(cell.shown(), "33.33");
    }

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
