//! Records with the same fields, as a list for a shell.

use serde::Serialize;
use serde_json::Value;

use super::table::record;
use super::{Cell, Column, Table};

/// Records with the same fields: a head and rows of text.
///
/// ```
/// use rethink::report::Records;
/// #[derive(serde::Serialize)]
/// struct Set { name: &'static str, images: usize }
/// let sets = [Set { name: "mnist", images: 70_000 }, Set { name: "grey", images: 9 }];
/// let records = Records::of(&sets)?;
/// assert_eq!(records.csv(), "name,images\nmnist,70000\ngrey,9\n");
/// assert!(records.text(80).ends_with("mnist  70000\ngrey   9\n"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// The head, and the rows below it; nothing if there are none.
    lines: Vec<Vec<String>>,
}

impl Records {
    /// The fields of each record, by name.
    ///
    /// # Errors
    /// Values that have no JSON, or no named fields.
    pub fn of<T: Serialize>(records: &[T]) -> Result<Self, serde_json::Error> {
        let mut lines = Vec::new();
        for record in records {
            let value = serde_json::to_value(record)?;
            let fields: serde_json::Map<String, Value> = serde_json::from_value(value)?;
            if lines.is_empty() {
                lines.push(fields.keys().cloned().collect());
            }
            lines.push(fields.values().map(word).collect());
        }
        Ok(Self { lines })
    }

    /// As CSV.
    pub fn csv(&self) -> String {
        self.lines.iter().map(|line| record(line)).collect()
    }

    /// As a table without a title, no line wider than `width` terminal cells.
    pub fn text(&self, width: usize) -> String {
        let mut lines = self.lines.iter();
        let heads = lines.next().into_iter().flatten().map(Column::text);
        let table = Table::new("records", "", heads.collect::<Vec<_>>());
        let rows = lines.map(|line| line.iter().map(Cell::text).collect());
        table.with_rows(rows).text(width).trim_start().to_owned()
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        number => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_do_not_end_in_blanks() {
        let records = Records::of(&[json!({"name": "é", "x": 10, "none": null})]).unwrap();
        assert!(records.text(80).ends_with("\né     10\n"));
        assert_eq!(Records::of::<Value>(&[]).unwrap().text(80), "");
        assert!(Records::of(&[1]).is_err());
    }
}
