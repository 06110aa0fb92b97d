//! A table as plain text for a terminal.

use unicode_width::UnicodeWidthStr;

use super::super::text::wrap;
use super::{Align, Table};

/// Blanks between two columns.
const GAP: usize = 2;
/// Words wider than this are wrapped inside their column.
const WIDEST: usize = 36;

impl Table {
    /// The table in aligned columns, no line wider than `width` terminal cells.
    ///
    /// Long words wrap inside their column. A table that is still too wide is
    /// continued below, its first column repeated.
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
        for (part, shown) in parts(&widths, width).iter().enumerate() {
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

/// Columns grouped so that each group fits, the first column heading every group.
fn parts(widths: &[usize], width: usize) -> Vec<Vec<usize>> {
    let mut parts = vec![vec![0]];
    let mut used = widths[0];
    for (column, &wide) in widths.iter().enumerate().skip(1) {
        let last = parts.len() - 1;
        if used + GAP + wide > width && parts[last].len() > 1 {
            parts.push(vec![0, column]);
            used = widths[0] + GAP + wide;
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

    proptest! {
        #[test]
        fn every_line_fits_and_every_cell_is_there(
            cells in proptest::collection::vec("[a-z]{1,9}( [a-z]{1,9}){0,12}", 12),
            width in 76_usize..120,
        ) {
            let mut table = Table::new("t", "T", (0..6).map(|i| Column::text(format!("c{i}"))).collect());
            table.rows = cells.chunks(6).map(|row| row.iter().map(Cell::text).collect()).collect();
            let text = table.text(width);
            prop_assert!(text.lines().all(|line| line.width() <= width), "{text}");
            for word in cells.iter().flat_map(|cell| cell.split(' ')) {
                prop_assert!(text.contains(word));
            }
        }
    }
}
