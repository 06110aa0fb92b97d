//! A table as CSV (RFC 4180), in full precision.

use super::{Cell, Table};
use crate::text::escaped;

impl Table {
    /// The table as CSV: a header of names and units, then the raw values.
    ///
    /// A column with intervals becomes three: the value, `<name> low` and
    /// `<name> high`. Undefined numbers are empty fields.
    pub fn csv(&self) -> String {
        let intervals: Vec<bool> = (0..self.columns.len())
            .map(|column| {
                let cell = |row: &Vec<Cell>| row.get(column).cloned();
                self.rows
                    .iter()
                    .filter_map(cell)
                    .any(|cell| matches!(cell, Cell::Number { low: Some(_), .. }))
            })
            .collect();
        let mut header = Vec::new();
        for (column, interval) in self.columns.iter().zip(&intervals) {
            header.push(column.heading());
            if *interval {
                let unit = column
                    .unit
                    .iter()
                    .map(|u| format!(" ({u})"))
                    .collect::<String>();
                header.push(format!("{} low{unit}", column.name));
                header.push(format!("{} high{unit}", column.name));
            }
        }
        let mut csv = record(&header);
        for row in &self.rows {
            let mut fields = Vec::new();
            for (cell, interval) in row.iter().zip(&intervals) {
                let (value, low, high) = match cell {
                    Cell::Text(text) => (text.clone(), None, None),
                    Cell::Number {
                        value, low, high, ..
                    } => (raw(*value), *low, *high),
                };
                fields.push(value);
                if *interval {
                    fields.extend([raw(low), raw(high)]);
                }
            }
            csv += &record(&fields);
        }
        csv
    }
}

/// A number with as many digits as tell it from its neighbours.
fn raw(value: Option<f64>) -> String {
    match value {
        None => String::new(),
        Some(x) if x == 0.0 || (1e-5..1e15).contains(&x.abs()) => x.to_string(),
        Some(x) => format!("{x:e}"),
    }
}

/// One line of a CSV file, its fields quoted where RFC 4180 says.
///
/// Words that a spreadsheet would compute, because they begin with one of `= + - @`, get
/// a `'` in front, and what would steer a terminal is [`escaped`]; numbers stay as they are.
///
/// ```
/// use rethink::report::table::record;
/// assert_eq!(record(&["a, b", "=1+1", "-1"]), "\"a, b\",'=1+1,-1\n");
/// ```
pub fn record<T: AsRef<str>>(fields: &[T]) -> String {
    let harmless = fields.iter().map(|field| {
        let mut field = escaped(field.as_ref());
        let first = field.trim_start().chars().next();
        let formula = first.is_some_and(|c| "=+-@＝＋－＠".contains(c));
        if formula && field.parse::<f64>().is_err() {
            field.insert(0, '\'');
        }
        field
    });
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(harmless).expect("memory takes it");
    let line = writer.into_inner().expect("memory takes it");
    String::from_utf8(line).expect("fields are text")
}

#[cfg(test)]
mod tests {
    use super::super::Column;
    use super::*;

    #[test]
    fn quotes_what_rfc_4180_says_and_keeps_every_digit() {
        let mut table = Table::new(
            "t",
            "T",
            vec![
                Column::text("a, b"),
                Column::number("error").unit("%"),
                Column::number("n"),
            ],
        );
        let third = 1.0 / 3.0;
        table.rows.push(vec![
            Cell::text("say \"x\""),
            Cell::estimate(third, 0.1, 0.5),
            Cell::count(10000),
        ]);
        table.rows.push(vec![
            Cell::text("two\nlines"),
            Cell::fixed(1e-9, 2),
            Cell::missing(),
        ]);
        assert_eq!(
            table.csv(),
            "\"a, b\",error (%),error low (%),error high (%),n\n\
             \"say \"\"x\"\"\",0.3333333333333333,0.1,0.5,10000\n\
             \"two\nlines\",1e-9,,,\n"
        );
    }

    #[test]
    fn words_that_a_spreadsheet_would_compute_are_marked_and_numbers_are_not() {
        let fields = [
            "=1+1", "@x", "-0.5", "-1e-9", " +a,b", "a=b", "–", "\x1b[31m",
        ];
        assert_eq!(
            record(&fields),
            "'=1+1,'@x,-0.5,-1e-9,\"' +a,b\",a=b,–,\\u001b[31m\n"
        );
    }
}
