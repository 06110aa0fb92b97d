//! Effects with intervals beside what they would be if there were none.

use super::axis::{Axis, Ends, Map};
use super::canvas::{self, Anchor, Canvas, Rect, Stroke};
use super::data::{Data, Drawn};
use super::key::{BOLD, FONT, INK, LINE, Look, MUTED};
use super::palette::Paint;
use super::{Figure, FigureText, label, value_axis};
use crate::report::ReportError;

/// One effect.
#[derive(Debug, Clone, PartialEq)]
pub struct ForestRow {
    /// Written at the left.
    pub label: String,
    /// The effect.
    pub value: f64,
    /// Lower and upper end of its interval.
    pub interval: Option<(f64, f64)>,
    /// What it would be without an effect, or a threshold: a line.
    pub null: f64,
    /// Effects that do not matter: shaded.
    pub margin: Option<(f64, f64)>,
    /// Written at the right, such as what was decided.
    pub decision: String,
}

/// Effects on one scale.
#[derive(Debug, Clone, PartialEq)]
pub struct ForestPanel {
    /// Heading.
    pub title: String,
    /// The axis of the effects.
    pub axis: Axis,
    /// The effects.
    pub rows: Vec<ForestRow>,
}

/// Effects on several scales, panel under panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    /// The panels.
    pub panels: Vec<ForestPanel>,
}

const WIDTH: f64 = 880.0;
/// Room at both edges.
const EDGE: f64 = 10.0;
/// Room between words and data.
const GAP: f64 = 14.0;

/// A row with its words broken into lines.
struct Line<'a> {
    row: &'a ForestRow,
    label: Vec<String>,
    decision: Vec<String>,
}

impl<'a> Line<'a> {
    fn new(row: &'a ForestRow) -> Self {
        Self {
            row,
            label: label::wrap(&row.label, 0.34 * WIDTH, FONT),
            decision: label::wrap(&row.decision, 0.2 * WIDTH, FONT),
        }
    }

    fn height(&self) -> f64 {
        self.label.len().max(self.decision.len()).max(1) as f64 * LINE + 10.0
    }
}

fn width(lines: &[String]) -> f64 {
    let widths = lines.iter().map(|line| label::width(line, FONT));
    widths.fold(0.0, f64::max)
}

impl Forest {
    fn data(&self) -> Data {
        self.panels.iter().fold(Data::new(), |data, panel| {
            let drawn = panel.rows.iter().flat_map(|row| {
                let of = |series, x, x_interval| Drawn {
                    series,
                    name: &row.label,
                    x,
                    x_interval,
                    ..Drawn::default()
                };
                let margin = row
                    .margin
                    .map(|margin| of("negligible", None, Some(margin)));
                let effect = of("effect", Some(row.value), row.interval);
                let null = of("no effect", Some(row.null), None);
                [Some(effect), Some(null), margin].into_iter().flatten()
            });
            data.panel(&panel.title, (&panel.axis, None), drawn)
        })
    }

    /// Draws the panels, 880 pixels wide, a line per effect.
    ///
    /// An interval that goes on beyond the axis ends in an arrow.
    ///
    /// # Errors
    /// [`ReportError::NothingToDraw`] if a panel has no effect to show,
    /// [`ReportError::InvalidRange`], [`ReportError::InvalidId`].
    pub fn draw(&self, text: FigureText) -> Result<Figure, ReportError> {
        let nothing = || ReportError::NothingToDraw {
            figure: text.id.clone(),
        };
        let ends = (self.panels.iter())
            .map(|panel| panel.ends()?.ok_or_else(nothing))
            .collect::<Result<Vec<_>, _>>()?;
        if ends.is_empty() {
            return Err(nothing());
        }
        let lines: Vec<Vec<Line>> = self.panels.iter().map(ForestPanel::lines).collect();
        let widest = |words: fn(&Line) -> f64| {
            let all = lines.iter().flatten();
            all.map(words).fold(0.0, f64::max)
        };
        let of_labels = widest(|line| width(&line.label));
        let of_decisions = widest(|line| width(&line.decision));
        let (left, right) = (EDGE + of_labels + GAP, WIDTH - EDGE - of_decisions - GAP);
        // The label of the axis and a gap stand below each panel.
        let (head, foot) = (LINE + 6.0, 7.0 + 2.0 * LINE + 20.0);
        let high = |lines: &Vec<Line>| lines.iter().map(Line::height).sum::<f64>();
        let height: f64 = lines.iter().map(|l| head + high(l) + foot).sum();
        canvas::figure(
            text,
            self.data(),
            (WIDTH, (height - 6.0).round()),
            |canvas| {
                let mut top = 2.0;
                for ((panel, lines), ends) in self.panels.iter().zip(&lines).zip(ends) {
                    canvas.text(&panel.title, (EDGE, top + LINE / 2.0), Anchor::Start, BOLD);
                    let area = Rect {
                        left,
                        top: top + head,
                        right,
                        bottom: top + head + high(lines),
                    };
                    panel.plot(canvas, area, ends, lines);
                    top = area.bottom + foot;
                }
                Ok(())
            },
        )
    }
}

impl ForestPanel {
    fn ends(&self) -> Result<Option<Ends>, ReportError> {
        let shown = || self.rows.iter().filter(|row| self.axis.shows(row.value));
        if shown().next().is_none() {
            return Ok(None);
        }
        let values = shown().flat_map(|row| {
            let both = [row.interval, row.margin].into_iter().flatten();
            both.flat_map(|(low, high)| [low, high])
                .chain([row.value, row.null])
        });
        self.axis.ends(values, 0.05)
    }

    fn lines(&self) -> Vec<Line<'_>> {
        self.rows.iter().map(Line::new).collect()
    }

    fn plot(&self, canvas: &mut Canvas, area: Rect, ends: Ends, lines: &[Line]) {
        let map = Map::new(self.axis.scale, ends, (area.left, area.right));
        let mut top = area.top;
        for line in lines {
            let bottom = top + line.height();
            if let Some((low, high)) = line.row.margin {
                let (low, high) = (map.clamped(low), map.clamped(high));
                let corners = [(low, top), (high, top), (high, bottom), (low, bottom)];
                canvas.polygon(&corners, Paint::Muted, 0.16);
            }
            if top > area.top {
                let rule = Stroke::solid(Paint::Grid, 1.0);
                canvas.path(&[(EDGE, top), (WIDTH - EDGE, top)], rule);
            }
            top = bottom;
        }
        value_axis::draw(canvas, &self.axis, ends, &map, area);
        let mut top = area.top;
        for line in lines {
            let bottom = top + line.height();
            let middle = (top + bottom) / 2.0;
            let row = line.row;
            if self.axis.shows(row.null) {
                let x = map.clamped(row.null);
                canvas.path(&[(x, top), (x, bottom)], Stroke::solid(Paint::Ink, 1.1));
            }
            let words = [
                (&line.label, area.left - GAP, Anchor::End, INK),
                (&line.decision, area.right + GAP, Anchor::Start, INK),
            ];
            for (words, x, anchor, look) in words {
                let first = middle - (words.len() as f64 - 1.0) * LINE / 2.0;
                for (index, word) in words.iter().enumerate() {
                    canvas.text(word, (x, first + index as f64 * LINE), anchor, look);
                }
            }
            if self.axis.shows(row.value) {
                effect(canvas, &map, ends, row, middle);
            } else {
                let at = ((area.left + area.right) / 2.0, middle);
                canvas.text("not measured", at, Anchor::Middle, MUTED);
            }
            top = bottom;
        }
    }
}

fn effect(canvas: &mut Canvas, map: &Map, ends: Ends, row: &ForestRow, y: f64) {
    let look = Look::solid(0);
    if let Some((low, high)) = row.interval.filter(|(low, high)| low <= high) {
        let (left, right) = (map.clamped(low), map.clamped(high));
        canvas.path(&[(left, y), (right, y)], Stroke::solid(look.paint(), 1.8));
        for (beyond, x, size) in [(low < ends.0, left, 7.0), (high > ends.1, right, -7.0)] {
            if beyond {
                let arrow = [(x, y), (x + size, y - 4.0), (x + size, y + 4.0)];
                canvas.polygon(&arrow, look.paint(), 1.0);
            }
        }
    }
    if row.value >= ends.0 && row.value <= ends.1 {
        look.marker(canvas, (map.at(row.value), y));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(value: f64, interval: (f64, f64)) -> ForestRow {
        ForestRow {
            label: "H1: norm, gradient descent over SGD".into(),
            value,
            interval: Some(interval),
            null: 1.0,
            margin: Some((1.0 / 1.1, 1.1)),
            decision: "different".into(),
        }
    }

    fn draw(axis: Axis, rows: Vec<ForestRow>) -> Result<String, ReportError> {
        let title = "Ratios".to_owned();
        let forest = Forest {
            panels: vec![ForestPanel { title, axis, rows }],
        };
        Ok(forest.draw(FigureText::new("f", "", "", ""))?.svg)
    }

    #[test]
    fn an_interval_beyond_the_axis_ends_in_an_arrow() {
        let arrows = |interval| {
            let axis = Axis::log("ratio").range(0.5, 2.0);
            let svg = draw(axis, vec![row(1.2, interval)]).unwrap();
            svg.matches("<polygon").count() - 1 // the margin
        };
        assert_eq!(arrows((1.0, 1.5)), 0);
        assert_eq!(arrows((1.0, 3.0)), 1);
        assert_eq!(arrows((0.0, f64::INFINITY)), 2);
    }

    #[test]
    fn an_effect_that_was_not_measured_says_so() {
        let rows = vec![row(1.2, (1.0, 1.4)), row(f64::NAN, (0.0, 1.0))];
        assert!(
            draw(Axis::log("ratio"), rows)
                .unwrap()
                .contains("not measured")
        );
        let alone = draw(Axis::log("ratio"), vec![row(f64::NAN, (0.0, 1.0))]);
        assert!(matches!(alone, Err(ReportError::NothingToDraw { .. })));
    }

    proptest! {
        #[test]
        fn any_numbers_give_a_well_formed_figure_or_an_error(
            values in prop::collection::vec(any::<[f64; 6]>(), 1..8),
            log in any::<bool>(),
        ) {
            let axis = if log { Axis::log("x") } else { Axis::linear("x") };
            let rows = values.iter().map(|&[value, a, b, null, c, d]| ForestRow {
                null,
                margin: Some((c, d)),
                ..row(value, (a, b))
            });
            match draw(axis, rows.collect()) {
                Ok(svg) => prop_assert!(roxmltree::Document::parse(&svg).is_ok()),
                Err(error) => prop_assert!(matches!(error, ReportError::NothingToDraw { .. }), "{error}"),
            }
        }
    }
}
