//! A table as plain text for a terminal.

use std::collections::HashSet;

use unicode_width::UnicodeWidthStr;

use super::{Align, Table};
use crate::text::wrap;

/// Blanks between two columns.
const GAP: usize = 2;
/// Words wider than this are wrapped inside their column.
const WIDEST: usize = 36;

impl Table {
    /// The table in aligned columns, no line wider than `width` terminal cells.
    ///
    /// Long words wrap inside their column. A table that is still too wide is
    /// continued below, the first columns that tell its rows apart repeated.
    pub fn text(&self, width: usize) -> String {
        let mut text = wrap(&self.title, width).join("\n") + "\n";
        if self.columns.is_empty() {
            return text;
        }
        let widest = WIDEST.min(width);
        let lines = |words: &str| wrap(words, widest);
        let heading = self
            .columns
            .iter()
            .map(|column| lines(&column.heading()))
            .collect();
        let cell = |row: &'_ Vec<super::Cell>, index: usize| {
            lines(row.get(index).map_or("", super::Cell::shown))
        };
        let body = self
            .rows
            .iter()
            .map(|row| (0..self.columns.len()).map(|c| cell(row, c)).collect());
        let rows: Vec<Vec<Vec<String>>> = std::iter::once(heading).chain(body).collect();
        let widest_line = |column: usize| {
            let lines = rows.iter().flat_map(|row: &Vec<Vec<String>>| &row[column]);
            lines.map(|line| line.width()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(widest_line).collect();
        for (part, shown) in parts(&widths, width, key(&rows)).iter().enumerate() {
            if part > 0 {
                text.push('\n');
            }
            self.part(shown, &rows, &widths, &mut text);
        }
        if !self.note.is_empty() {
            text += &(wrap(&self.note, width).join("\n") + "\n");
        }
        text
    }

    /// The columns `shown`, one line per line of the tallest cell.
    fn part(
        &self,
        shown: &[usize],
        rows: &[Vec<Vec<String>>],
        widths: &[usize],
        text: &mut String,
    ) {
        for (index, row) in rows.iter().enumerate() {
            let height = shown
                .iter()
                .map(|&column| row[column].len())
                .max()
                .unwrap_or(0);
            for line in 0..height {
                let cells = shown.iter().map(|&column| {
                    let cell = row[column].get(line).map_or("", |words| words.as_str());
                    let blanks = " ".repeat(widths[column] - cell.width());
                    match self.columns[column].align {
                        Align::Left => format!("{cell}{blanks}"),
                        Align::Right => format!("{blanks}{cell}"),
                    }
                });
                let line = cells.collect::<Vec<_>>().join(&" ".repeat(GAP));
                text.push_str(line.trim_end());
                text.push('\n');
            }
            if index == 0 {
                let rule = shown
                    .iter()
                    .map(|&c| "─".repeat(widths[c]))
                    .collect::<Vec<_>>();
                text.push_str(&rule.join(&" ".repeat(GAP)));
                text.push('\n');
            }
        }
    }
}

/// How many columns, from the first on, tell the rows apart; one if none do.
fn key(rows: &[Vec<Vec<String>>]) -> usize {
    let columns = rows.first().map_or(0, Vec::len);
    let differ = |&count: &usize| {
        let mut seen = HashSet::new();
        rows.iter().all(|row| seen.insert(&row[..count]))
    };
    (1..columns).find(differ).unwrap_or(1)
}

/// Columns grouped so that each group fits, the first `key` columns heading every
/// group; only the first where they would take more than half of the width.
fn parts(widths: &[usize], width: usize, key: usize) -> Vec<Vec<usize>> {
    let total = |key: usize| widths[..key].iter().sum::<usize>() + GAP * (key - 1);
    let key = if total(key) <= width / 2 { key } else { 1 };
    let mut parts: Vec<Vec<usize>> = vec![(0..key).collect()];
    let mut used = total(key);
    for (column, &wide) in widths.iter().enumerate().skip(key) {
        let last = parts.len() - 1;
        if used + GAP + wide > width && parts[last].len() > key {
            parts.push((0..key).chain([column]).collect());
            used = total(key) + GAP + wide;
        } else {
            parts[last].push(column);
            used += GAP + wide;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::{Cell, Column};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_align_on_the_right_by_display_width() {
        let mut table = Table::new("t", "T", vec![Column::text("σ"), Column::number("n")]);
        table.rows.push(vec![Cell::text("幅"), Cell::count(5)]);
        table
            .rows
            .push(vec![Cell::text("long"), Cell::count(12345)]);
        assert_eq!(
            table.text(80),
            "T\nσ          n\n────  ──────\n幅         5\nlong  12,345\n"
        );
    }

    #[test]
    fn a_continued_table_repeats_the_columns_that_tell_its_rows_apart() {
        let names = ["norm", "labels", "a long heading", "another heading"];
        let mut table = Table::new("t", "T", names.map(Column::text).to_vec());
        for labels in ["true", "random"] {
            let row = ["path", labels, "1", "2"];
            table.rows.push(row.map(Cell::text).to_vec());
        }
        let text = table.text(40);
        let continued = text.split("\n\n").nth(1).unwrap();
        assert_eq!(
            continued,
            "norm  labels  another heading\n────  ──────  ───────────────\n\
             path  true    2\npath  random  2\n"
        );
    }

    proptest! {
        #[test]
        fn every_line_fits_and_every_cell_is_there(
            cells in proptest::collection::vec("[a-z]{1,9}( [a-z]{1,9}){0,12}", 12),
            width in 76_usize..120,
        ) {
            let mut table = Table::new("t", "T", (0..6).map(|i| Column::text(format!("c{i}"))).collect::<Vec<_>>());
            table.rows = cells.chunks(6).map(|row| row.iter().map(Cell::text).collect()).collect();
            let text = table.text(width);
            prop_assert!(text.lines().all(|line| line.width() <= width), "{text}");
            for word in cells.iter().flat_map(|cell| cell.split(' ')) {
                prop_assert!(text.contains(word));
            }
        }
    }
}
