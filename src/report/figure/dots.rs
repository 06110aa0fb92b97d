//! Dots with intervals, grouped: one value per layer and labeling.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Rect, Stroke};
use super::data::{Data, Drawn};
use super::drawing::Drawing;
use super::frame::Frame;
use super::key::{FONT, Key, LINE, Look, Swatch};
use super::palette::Paint;
use super::{Figure, FigureText, axis, label, value_axis};
use crate::report::ReportError;
use crate::statistics::Estimate;

/// One value with its interval if it has one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dot {
    /// The value.
    pub value: f64,
    /// Lower and upper end of its interval.
    pub interval: Option<(f64, f64)>,
}

impl From<f64> for Dot {
    /// A value without an interval.
    fn from(value: f64) -> Self {
        let interval = None;
        Self { value, interval }
    }
}

impl From<Estimate> for Dot {
    fn from(estimate: Estimate) -> Self {
        Self {
            value: estimate.value,
            interval: estimate.interval.map(|i| (i.low, i.high)),
        }
    }
}

/// One line of the figure, such as a layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Written at the left.
    pub label: String,
    /// One per series, in their order; none where it was not measured.
    pub dots: Vec<Option<Dot>>,
}

impl Group {
    /// The values of one line; none where one was not measured.
    pub fn new<D: Into<Dot>>(
        label: impl Into<String>,
        dots: impl IntoIterator<Item = Option<D>>,
    ) -> Self {
        Self {
            label: label.into(),
            dots: dots.into_iter().map(|dot| dot.map(Into::into)).collect(),
        }
    }
}

/// Grouped dots over one axis, read from top to bottom.
#[derive(Debug, Clone, PartialEq)]
pub struct Dots {
    /// The axis of the values.
    pub axis: Axis,
    /// Names of the series, such as the labelings.
    pub series: Vec<String>,
    /// The lines.
    pub groups: Vec<Group>,
    /// Values too small to matter: shaded.
    pub margin: Option<(f64, f64)>,
}

/// What the shaded values are called.
const MARGIN: &str = "too small to matter";

impl Dots {
    pub(super) fn data(&self) -> Data {
        let drawn = self.groups.iter().flat_map(|group| self.drawn(group));
        let margin = self.margin.map(|margin| Drawn {
            series: MARGIN,
            x_interval: Some(margin),
            ..Drawn::default()
        });
        let drawn = drawn.map(|(_, drawn)| drawn).chain(margin);
        Data::new().panel("", (&self.axis, None), drawn)
    }

    /// The dots of a group that were measured, each with the index of its series.
    fn drawn<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = (usize, Drawn<'a>)> {
        let dots = self.series.iter().zip(&group.dots).enumerate();
        dots.filter_map(|(index, (series, dot))| {
            let Dot { value, interval } = (*dot)?;
            let drawn = Drawn {
                series,
                name: &group.label,
                x: Some(value),
                x_interval: interval,
                ..Drawn::default()
            };
            Some((index, drawn))
        })
    }

    /// Draws a line per group, the series side by side in it.
    ///
    /// # Errors
    /// [`ReportError::NothingToDraw`] without a value to show,
    /// [`ReportError::InvalidRange`], [`ReportError::InvalidId`].
    pub fn draw(&self, text: FigureText) -> Result<Figure, ReportError> {
        Drawing::Dots(self.clone()).figure(text)
    }

    pub(super) fn canvas(&self, figure: &str, width: f64) -> Result<Canvas, ReportError> {
        // Many series stand closer, though never so close that their marks touch.
        let step = (84.0 / self.series.len().max(1) as f64).clamp(8.0, 12.0);
        let dots = || self.groups.iter().flat_map(|g| g.dots.iter().flatten());
        let values = dots().filter(|d| self.axis.shows(d.value)).flat_map(|d| {
            let (low, high) = d.interval.unwrap_or((d.value, d.value));
            [d.value, low, high]
        });
        let nothing = || ReportError::NothingToDraw {
            figure: figure.to_owned(),
        };
        let margin = (self.margin.into_iter()).flat_map(|(low, high)| [low, high]);
        let margin = margin.filter(|_| dots().any(|d| self.axis.shows(d.value)));
        let ends = self
            .axis
            .ends(values.chain(margin), 0.04)?
            .ok_or_else(nothing)?;
        // One series is what the title says.
        let several = if self.series.len() > 1 {
            &self.series[..]
        } else {
            &[]
        };
        let entries = several.iter().cloned().zip((0..).map(Look::solid));
        let entries = entries.map(|(name, look)| (name, Swatch::Series(look)));
        let shade = (self.margin).map(|_| (MARGIN.to_owned(), Swatch::Shade(Paint::Muted)));
        let key = Key::new(&entries.chain(shade).collect::<Vec<_>>(), width - 4.0);
        let names = self.groups.iter();
        let names: Vec<Vec<String>> = names
            .map(|g| label::wrap(&g.label, 0.34 * width, FONT))
            .collect();
        let dots = step * self.series.len().max(1) as f64 + 11.0;
        let rows = names
            .iter()
            .map(|name| dots.max(name.len() as f64 * LINE + 6.0));
        let rows: Vec<f64> = rows.collect();
        let top = 4.0 + key.height();
        let bottom = top + rows.iter().sum::<f64>();
        let area = Rect {
            left: 2.0 + label::widest(names.iter().flatten(), FONT) + 12.0,
            top,
            right: width - 26.0,
            bottom,
        };
        let height = bottom + value_axis::height(&self.axis, width) + 8.0;
        let map = axis::Map::new(self.axis.scale, ends, (area.left, area.right));
        let frame = Frame {
            area,
            x: map,
            y: map,
        };
        let mut canvas = Canvas::new((width, height.round()));
        key.draw(&mut canvas, (2.0, 2.0));
        if let Some((low, high)) = self.margin {
            let (left, right) = (map.clamped(low), map.clamped(high));
            let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
            canvas.polygon(&corners, Paint::Muted, 0.16);
        }
        value_axis::draw(&mut canvas, &self.axis, ends, &map, area);
        let mut upper = top;
        for ((group, name), row) in self.groups.iter().zip(&names).zip(rows) {
            let centre = upper + row / 2.0;
            canvas.lines(name, (area.left - 12.0, centre), Anchor::End);
            if upper > top {
                let rule = Stroke::solid(Paint::Grid, 1.0);
                canvas.path(&[(area.left, upper), (area.right, upper)], rule);
            }
            upper += row;
            for (index, drawn) in self.drawn(group) {
                let Some(value) = drawn.x.filter(|&value| self.axis.shows(value)) else {
                    continue;
                };
                let y = centre + step * (index as f64 - (self.series.len() as f64 - 1.0) / 2.0);
                let look = Look::solid(index);
                canvas.titled(drawn.title(&self.axis, None), |canvas| {
                    if let Some((low, high)) = drawn.x_interval {
                        let ends = [(map.clamped(low), y), (map.clamped(high), y)];
                        canvas.path(&ends, Stroke::solid(look.paint(), 1.6));
                    }
                    let at = (map.at(value), y);
                    if frame.holds(at) {
                        look.marker(canvas, at);
                    }
                });
            }
        }
        Ok(canvas)
    }
}
