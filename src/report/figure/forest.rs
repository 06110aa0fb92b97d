//! Effects with intervals beside what they would be if there were none.

use super::axis::{Axis, Ends, Map};
use super::canvas::{Anchor, Canvas, Rect, Stroke};
use super::data::{Data, Drawn};
use super::drawing::Drawing;
use super::key::{BOLD, Entry, FONT, Key, LINE, Look, MUTED, Swatch};
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

/// Room at both edges.
const EDGE: f64 = 10.0;
/// Room between words and data.
const GAP: f64 = 14.0;
/// Below this width the words of a row stand above it.
const NARROW: f64 = 520.0;

/// A row with its words broken into lines.
struct Line<'a> {
    row: &'a ForestRow,
    label: Vec<String>,
    decision: Vec<String>,
    /// Whether the label stands above the effect instead of at its left.
    above: bool,
}

impl<'a> Line<'a> {
    fn new(row: &'a ForestRow, width: f64) -> Self {
        let above = width < NARROW;
        let of_label = if above {
            width - 2.0 * EDGE
        } else {
            0.34 * width
        };
        Self {
            row,
            label: label::wrap(&row.label, of_label, FONT),
            decision: label::wrap(&row.decision, 0.24 * width, FONT),
            above,
        }
    }

    /// Height of the words above the effect.
    fn head(&self) -> f64 {
        if self.above {
            LINE * self.label.len() as f64
        } else {
            0.0
        }
    }

    fn height(&self) -> f64 {
        let beside = if self.above { 0 } else { self.label.len() };
        self.head() + beside.max(self.decision.len()).max(1) as f64 * LINE + 10.0
    }
}

impl Forest {
    pub(super) fn data(&self) -> Data {
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
                let null = of("no effect", Some(row.null), None);
                [Some(row.effect()), Some(null), margin]
                    .into_iter()
                    .flatten()
            });
            data.panel(&panel.title, (&panel.axis, None), drawn)
        })
    }

    /// Draws panel under panel, a line per effect.
    ///
    /// An interval that goes on beyond the axis ends in an arrow.
    ///
    /// # Errors
    /// [`ReportError::NothingToDraw`] if a panel has no effect to show,
    /// [`ReportError::InvalidRange`], [`ReportError::InvalidId`].
    pub fn draw(&self, text: FigureText) -> Result<Figure, ReportError> {
        Drawing::Forest(self.clone()).figure(text)
    }

    pub(super) fn canvas(&self, figure: &str, width: f64) -> Result<Canvas, ReportError> {
        let nothing = || ReportError::NothingToDraw {
            figure: figure.to_owned(),
        };
        let ends = (self.panels.iter())
            .map(|panel| panel.ends()?.ok_or_else(nothing))
            .collect::<Result<Vec<_>, _>>()?;
        if ends.is_empty() {
            return Err(nothing());
        }
        let lines = self.panels.iter().map(|panel| panel.lines(width));
        let lines: Vec<Vec<Line>> = lines.collect();
        let widest = |words: fn(&Line) -> f64| {
            let all = lines.iter().flatten();
            all.map(words).fold(0.0, f64::max)
        };
        let of_labels = widest(|line| match line.above {
            true => 0.0,
            false => label::widest(&line.label, FONT) + GAP,
        });
        let of_decisions = widest(|line| label::widest(&line.decision, FONT));
        // Half a tick label may stand before the first tick.
        let (left, right) = (
            EDGE + of_labels.max(14.0),
            width - EDGE - of_decisions - GAP,
        );
        let key = Key::new(&self.key(), width - 2.0 * EDGE);
        let mut canvas = Canvas::new((width, 0.0));
        key.draw(&mut canvas, (EDGE, 2.0));
        let mut top = 2.0 + key.height();
        for ((panel, lines), ends) in self.panels.iter().zip(&lines).zip(ends) {
            // Bold letters are a little wider than estimated.
            let title = label::wrap(&panel.title, (width - 2.0 * EDGE) / 1.06, FONT);
            for line in &title {
                canvas.text(line, (EDGE, top + LINE / 2.0), Anchor::Start, BOLD);
                top += LINE;
            }
            top += 6.0;
            let area = Rect {
                left,
                top,
                right,
                bottom: top + lines.iter().map(Line::height).sum::<f64>(),
            };
            panel.plot(&mut canvas, area, ends, lines);
            top = area.bottom + value_axis::height(&panel.axis, width) + 20.0;
        }
        canvas.size.1 = (top - 12.0).round();
        Ok(canvas)
    }

    fn key(&self) -> Vec<Entry> {
        let rows = || self.panels.iter().flat_map(|panel| &panel.rows);
        let null = Swatch::Line(Stroke::solid(Paint::Ink, 1.1));
        let mut key = vec![
            (
                "estimate and interval".to_owned(),
                Swatch::Interval(Look::solid(0)),
            ),
            ("no effect, or threshold".to_owned(), null),
        ];
        if rows().any(|row| row.margin.is_some()) {
            key.push((
                "too small to matter".to_owned(),
                Swatch::Shade(Paint::Muted),
            ));
        }
        key
    }
}

impl ForestRow {
    fn effect(&self) -> Drawn<'_> {
        Drawn {
            series: "effect",
            name: &self.label,
            x: Some(self.value),
            x_interval: self.interval,
            ..Drawn::default()
        }
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

    fn lines(&self, width: f64) -> Vec<Line<'_>> {
        self.rows.iter().map(|row| Line::new(row, width)).collect()
    }

    fn plot(&self, canvas: &mut Canvas, area: Rect, ends: Ends, lines: &[Line]) {
        let map = Map::new(self.axis.scale, ends, (area.left, area.right));
        let mut top = area.top;
        for line in lines {
            let bottom = top + line.height();
            if let Some((low, high)) = line.row.margin {
                let (low, high) = (map.clamped(low), map.clamped(high));
                let top = top + line.head();
                let corners = [(low, top), (high, top), (high, bottom), (low, bottom)];
                canvas.polygon(&corners, Paint::Muted, 0.16);
            }
            if top > area.top {
                let rule = Stroke::solid(Paint::Grid, 1.0);
                canvas.path(&[(EDGE, top), (canvas.size.0 - EDGE, top)], rule);
            }
            top = bottom;
        }
        value_axis::draw(canvas, &self.axis, ends, &map, area);
        let mut top = area.top;
        for line in lines {
            let bottom = top + line.height();
            let head = line.head();
            let middle = (top + head + bottom) / 2.0;
            let row = line.row;
            if self.axis.shows(row.null) {
                let x = map.clamped(row.null);
                let null = [(x, top + head), (x, bottom)];
                canvas.path(&null, Stroke::solid(Paint::Ink, 1.1));
            }
            let (label_x, label_y, anchor) = match line.above {
                true => (EDGE, top + 3.0 + head / 2.0, Anchor::Start),
                false => (area.left - GAP, middle, Anchor::End),
            };
            let words = [
                (&line.label, label_x, label_y, anchor),
                (&line.decision, area.right + GAP, middle, Anchor::Start),
            ];
            for (words, x, middle, anchor) in words {
                canvas.lines(words, (x, middle), anchor);
            }
            if self.axis.shows(row.value) {
                let title = row.effect().title(&self.axis, None);
                canvas.titled(title, |canvas| effect(canvas, &map, ends, row, middle));
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
            svg.matches("<polygon").count() - 2 // the margin, and its key
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
