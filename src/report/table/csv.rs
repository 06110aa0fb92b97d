//! A table as CSV (RFC 4180), in full precision.

use super::{Cell, Table};

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

fn record(fields: &[String]) -> String {
    let quoted = fields.iter().map(|field| {
        if field.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.clone()
        }
    });
    quoted.collect::<Vec<_>>().join(",") + "\n"
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
}
