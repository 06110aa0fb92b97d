//! A table as plain text for a terminal.

use std::collections::HashSet;

use unicode_width::UnicodeWidthStr;

use super::blocks::{GAP, Needs, blocks};
use super::{Align, Cell, Table};
use crate::text::{Joined, lines, wrap};

impl Table {
    /// The table in aligned columns, no line wider than `width` terminal cells.
    ///
    /// Words wrap inside their column; a number stays on one line with its interval. A table
    /// that is still too wide goes on below, the columns that name its rows repeated.
    pub fn text(&self, width: usize) -> String {
        let mut text = wrap(&self.title, width).join("\n") + "\n";
        if self.columns.is_empty() {
            return text;
        }
        let heading = self.columns.iter().map(|c| Joined::prose(&c.heading()));
        let row = |row: &Vec<Cell>| -> Vec<Joined> {
            let cell = |index| row.get(index).map_or_else(|| Joined::prose(""), joined);
            (0..self.columns.len()).map(cell).collect()
        };
        let mut rows = vec![heading.collect()];
        rows.extend(self.rows.iter().map(row));
        let needs: Vec<Needs> = (0..self.columns.len())
            .map(|c| self.needs(c, &rows))
            .collect();
        for (place, shown) in blocks(&needs, naming(&rows), width).iter().enumerate() {
            if place > 0 {
                text.push('\n');
            }
            self.block(shown, &rows, &mut text);
        }
        if !self.note.is_empty() {
            text += &(wrap(&self.note, width).join("\n") + "\n");
        }
        text
    }

    fn needs(&self, column: usize, rows: &[Vec<Joined>]) -> Needs {
        let cells = || rows.iter().map(|row| &row[column]);
        let whole = |cell: &Joined| cell.parts().map(|part| part.width() + 1).sum::<usize>() - 1;
        let word = |cell: &Joined| cell.parts().map(UnicodeWidthStr::width).max();
        let cell_of = |row: &Vec<Cell>| row.get(column).cloned();
        let numbers = (self.rows.iter().filter_map(cell_of).zip(cells().skip(1)))
            .filter(|(cell, _)| matches!(cell, Cell::Number { .. }))
            .map(|(_, shown)| whole(shown));
        Needs::new(
            cells().map(whole).max().unwrap_or(0),
            cells().filter_map(word).max().unwrap_or(0),
            numbers.max().unwrap_or(0),
        )
    }

    /// The columns `shown` with their widths, one line per line of the tallest cell.
    fn block(&self, shown: &[(usize, usize)], rows: &[Vec<Joined>], text: &mut String) {
        let gap = " ".repeat(GAP);
        for (index, row) in rows.iter().enumerate() {
            let cells: Vec<Vec<String>> = (shown.iter())
                .map(|&(column, width)| lines(&row[column], width))
                .collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(0);
            for line in 0..height {
                let cells = cells.iter().zip(shown).map(|(cell, &(column, width))| {
                    let cell = cell.get(line).map_or("", |words| words.as_str());
                    let blanks = " ".repeat(width.saturating_sub(cell.width()));
                    match self.columns[column].align {
                        Align::Left => format!("{cell}{blanks}"),
                        Align::Right => format!("{blanks}{cell}"),
                    }
                });
                text.push_str(cells.collect::<Vec<_>>().join(&gap).trim_end());
                text.push('\n');
            }
            if index == 0 {
                let rule = shown.iter().map(|&(_, width)| "─".repeat(width));
                text.push_str(&rule.collect::<Vec<_>>().join(&gap));
                text.push('\n');
            }
        }
    }
}

fn joined(cell: &Cell) -> Joined {
    match cell {
        Cell::Text(text) => Joined::prose(text),
        Cell::Number { shown, .. } => Joined::number(shown),
    }
}

/// How many columns, from the first on, name the rows: those that tell them apart, one if
/// none do.
fn naming(rows: &[Vec<Joined>]) -> usize {
    let columns = rows.first().map_or(0, Vec::len);
    let differ = |&count: &usize| {
        let mut seen = HashSet::new();
        rows.iter().all(|row| seen.insert(&row[..count]))
    };
    (1..columns).find(differ).unwrap_or(1)
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

    /// Two columns of names, `numbers` columns of estimates and a column of prose.
    fn wide(numbers: &[f64], columns: usize, prose: &str) -> Table {
        let heads = ["network", "labels"].map(Column::text).into_iter();
        let heads = heads.chain((0..columns).map(|k| Column::number(format!("measure {k}"))));
        let heads: Vec<Column> = heads.chain([Column::text("remark")]).collect();
        let rows = numbers
            .chunks_exact(columns)
            .enumerate()
            .map(|(place, row)| {
                let names = [
                    format!("mlp-{}", place / 2),
                    ["true", "random"][place % 2].into(),
                ];
                let values = row.iter().map(|&x| Cell::estimate(x, 0.7 * x, 1.2 * x));
                let names = names.into_iter().map(Cell::text);
                names.chain(values).chain([Cell::text(prose)]).collect()
            });
        Table::new("t", "T", heads).with_rows(rows)
    }

    proptest! {
        #[test]
        fn a_table_fits_its_numbers_are_whole_and_every_block_names_its_rows(
            numbers in proptest::collection::vec(1e-9_f64..1e9, 24),
            columns in 1_usize..9,
            prose in "[a-z]{1,9}( [a-z]{1,9}){0,12}",
        ) {
            let table = wide(&numbers, columns, &prose);
            for width in [60, 80, 100, 160] {
                let text = table.text(width);
                prop_assert!(text.lines().all(|line| line.width() <= width), "{text}");
                let body = text.strip_prefix("T\n").unwrap();
                let shown = table.rows.iter().flatten();
                for number in shown.filter(|cell| matches!(cell, Cell::Number { .. })) {
                    prop_assert!(text.contains(number.shown()), "{number:?} in {text}");
                }
                for block in body.split("\n\n") {
                    let starts = |names: [&str; 2]| block.lines().any(|line| {
                        line.split_whitespace().zip(names).filter(|(a, b)| a == b).count() == 2
                    });
                    prop_assert!(starts(["network", "labels"]), "{text}");
                    for row in &table.rows {
                        prop_assert!(starts([row[0].shown(), row[1].shown()]), "{text}");
                    }
                }
            }
        }

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
