//! A table that is made column by column.

use super::{Cell, Column, Table};
use crate::statistics::Estimate;

/// What a table has a row for, and the columns so far: each heading stands beside what the
/// column says of a row.
///
/// ```
/// use rethink::report::{Cell, Table};
///
/// let networks = [("narrow", 100), ("wide", 10_000)];
/// let table = Table::of("networks", "Two networks", networks)
///     .text("network", |&(name, _)| name)
///     .number("parameters", |&(_, parameters)| parameters)
///     .number("of it", |&(_, parameters)| Cell::fixed(parameters as f64 / 101.0, 0))
///     .unit("%")
///     .note("Biases are not counted.");
/// assert_eq!(table.columns[2].heading(), "of it (%)");
/// assert_eq!(table.rows[1][1].shown(), "10,000");
/// ```
#[derive(Debug, Clone)]
pub struct Rows<R> {
    table: Table,
    rows: Vec<R>,
}

impl Table {
    /// A table with a row for each of `rows`, and no column yet.
    pub fn of<R>(
        id: impl Into<String>,
        title: impl Into<String>,
        rows: impl IntoIterator<Item = R>,
    ) -> Rows<R> {
        let rows: Vec<R> = rows.into_iter().collect();
        let mut table = Self::new(id, title, Vec::new());
        table.rows.resize_with(rows.len(), Vec::new);
        Rows { table, rows }
    }
}

impl<R> Rows<R> {
    fn column<C: Into<Cell>>(mut self, head: Column, cell: impl FnMut(&R) -> C) -> Self {
        self.table.columns.push(head);
        let cells = self.rows.iter().map(cell);
        for (row, cell) in self.table.rows.iter_mut().zip(cells) {
            row.push(cell.into());
        }
        self
    }

    /// A column of words.
    pub fn text<C: Into<Cell>>(self, name: impl Into<String>, cell: impl FnMut(&R) -> C) -> Self {
        self.column(Column::text(name), cell)
    }

    /// A column of numbers.
    pub fn number<C: Into<Cell>>(self, name: impl Into<String>, cell: impl FnMut(&R) -> C) -> Self {
        self.column(Column::number(name), cell)
    }

    /// A column of fractions, cut at 0 and 1 and shown in per cent.
    pub fn percent(
        self,
        name: impl Into<String>,
        mut fraction: impl FnMut(&R) -> Option<Estimate>,
    ) -> Self {
        let cell = |row: &R| fraction(row).map(|fraction| fraction.fraction().percent());
        self.column(Column::number(name).unit("%"), cell)
    }

    /// The unit of the last column.
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        if let Some(column) = self.table.columns.last_mut() {
            column.unit = Some(unit.into());
        }
        self
    }

    /// The table, with what a reader must know to read it.
    pub fn note(mut self, note: impl Into<String>) -> Table {
        self.table.note = note.into();
        self.table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Interval;

    #[test]
    fn columns_are_those_of_a_table_made_by_rows() {
        let share = |value: f64| Estimate {
            interval: Some(Interval::new(value - 0.5, value + 0.125)),
            ..Estimate::exact(value)
        };
        let made = Table::of("t", "T", [("a", Some(0.25)), ("b", None)])
            .text("name", |row| row.0)
            .percent("error", |row| row.1.map(share))
            .note("N");
        let heads = vec![Column::text("name"), Column::number("error").unit("%")];
        let mut table = Table::new("t", "T", heads);
        table.rows = vec![
            vec![Cell::text("a"), Cell::estimate(25.0, 0.0, 37.5)],
            vec![Cell::text("b"), Cell::missing()],
        ];
        table.note = "N".to_owned();
        assert_eq!(made, table);
        assert!(
            Table::of("t", "T", Vec::<u8>::new())
                .note("")
                .rows
                .is_empty()
        );
    }
}
