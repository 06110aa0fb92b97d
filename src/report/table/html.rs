//! A table as HTML.

use maud::{Markup, html};

use super::{Align, Cell, Table};

impl Table {
    /// The table as a `<table>` with a caption, in a box that scrolls sideways by itself.
    ///
    /// `anchor` becomes the id of the box and must be unique on the page.
    pub fn html(&self, anchor: &str) -> Markup {
        html! {
            // Focusable, so that a keyboard can scroll what does not fit.
            div.table id=(anchor) role="region" tabindex="0" aria-label=(self.title) {
                table {
                    caption { (self.title) }
                    thead { tr {
                        @for column in &self.columns {
                            th scope="col" class=[right(column.align)] {
                                (column.name)
                                @if let Some(unit) = &column.unit { " " span.unit { "(" (unit) ")" } }
                            }
                        }
                    } }
                    tbody {
                        @for row in &self.rows { tr {
                            @for (index, (cell, column)) in row.iter().zip(&self.columns).enumerate() {
                                @if index == 0 {
                                    th scope="row" class=[right(column.align)] { (shown(cell)) }
                                } @else {
                                    td class=[right(column.align)] { (shown(cell)) }
                                }
                            }
                        } }
                    }
                }
                @if !self.note.is_empty() { p.note { (self.note) } }
            }
        }
    }
}

fn right(align: Align) -> Option<&'static str> {
    (align == Align::Right).then_some("n")
}

/// An estimate with its interval set smaller; anything else as it is.
fn shown(cell: &Cell) -> Markup {
    match cell.shown().split_once(" [") {
        Some((value, interval)) if matches!(cell, Cell::Number { low: Some(_), .. }) => {
            html! { (value) " " span.interval { "[" (interval) } }
        }
        _ => html! { (cell.shown()) },
    }
}

#[cfg(test)]
mod tests {
    use super::super::Column;
    use super::*;

    #[test]
    fn heads_have_a_scope_and_strings_are_escaped() {
        let mut table = Table::new(
            "t",
            "<b>",
            vec![Column::text("a&b"), Column::number("n").unit("\"")],
        );
        table
            .rows
            .push(vec![Cell::text("<script>"), Cell::count(3)]);
        let html = table.html("x-t").into_string();
        assert!(html.contains(r#"<th scope="col">a&amp;b</th>"#), "{html}");
        assert!(
            html.contains(r#"<th scope="row">&lt;script&gt;</th>"#),
            "{html}"
        );
        assert!(html.contains(r#"<td class="n">3</td>"#), "{html}");
        assert!(
            !html.contains("<b>") && !html.contains("<script>"),
            "{html}"
        );
    }
}
