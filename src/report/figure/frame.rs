//! The frame of a plot: grid, ticks and axis labels around the data.

use super::axis::{self, Axis, Ends, Map, Scale, Tick};
use super::canvas::{Anchor, At, Canvas, Rect, Stroke, TextLook};
use super::key::{BOLD, FONT, INK, LINE, MUTED};
use super::label;
use super::palette::Paint;

/// Room between a tick label and its axis.
const TICK: f64 = 7.0;

/// Where data go, and how they get there.
pub(super) struct Frame {
    /// The area of the data.
    pub area: Rect,
    pub x: Map,
    pub y: Map,
}

/// What a frame is made of.
pub(super) struct Setting<'a> {
    /// Drawn bold above the frame; none in a figure of one plot.
    pub title: Option<&'a str>,
    pub x: &'a Axis,
    pub y: &'a Axis,
    /// Ends of the axes.
    pub ends: (Ends, Ends),
    /// Values on the horizontal axis that were measured; its ticks, if there are few.
    pub design: &'a [f64],
    /// Whether to label the horizontal axis; a grid of panels labels its last row.
    pub label_x: bool,
    /// Room to the right of the data for labels.
    pub right: f64,
    /// Lines of title and label to leave room for, so that panels in a row are level.
    pub heading: usize,
    /// Room for the tick labels of the vertical axis, if they need no more.
    pub tick_room: f64,
}

impl Setting<'_> {
    /// Width of the widest tick label of the vertical axis, `height` pixels high.
    pub(super) fn widest_tick(&self, height: f64) -> f64 {
        let ticks = axis::upright(self.y.scale, self.ends.1, height);
        label::widest(ticks.iter().map(|tick| &tick.label), FONT)
    }

    /// Room above the data for so many lines; half a tick label may stand above the highest tick.
    pub(super) fn above(lines: usize) -> f64 {
        LINE * lines as f64 + FONT * 0.7
    }

    /// Room below the data for ticks and the label of the axis.
    pub(super) fn below(&self, width: f64) -> f64 {
        TICK + LINE + LINE * self.x_lines(width).len() as f64
    }

    fn x_lines(&self, width: f64) -> Vec<String> {
        match self.label_x {
            true => label::wrap(&self.x.label, width, FONT),
            false => Vec::new(),
        }
    }

    /// Lines above the frame: the title, then the label of the vertical axis.
    pub(super) fn lines(&self, width: f64) -> Vec<(TextLook, String)> {
        // Bold letters are a little wider than estimated.
        let title = self
            .title
            .map(|title| label::wrap(title, width / 1.06, FONT));
        let title = title
            .unwrap_or_default()
            .into_iter()
            .map(|line| (BOLD, line));
        let label = label::wrap(&self.y.label, width, FONT)
            .into_iter()
            .map(|line| (INK, line));
        title.chain(label).collect()
    }
}

impl Frame {
    /// Draws grid and axes in `outer` and returns the area that is left for the data.
    pub(super) fn draw(canvas: &mut Canvas, outer: Rect, setting: &Setting) -> Self {
        let (x_ends, y_ends) = setting.ends;
        let heading = setting.lines(outer.width());
        for (index, (look, line)) in heading.iter().enumerate() {
            let y = outer.top + LINE * (index as f64 + 0.5);
            canvas.text(line, (outer.left, y), Anchor::Start, *look);
        }
        let top = outer.top + Setting::above(heading.len().max(setting.heading));
        let x_labels = setting.x_lines(outer.width());
        let bottom = outer.bottom - setting.below(outer.width());
        let y_ticks = axis::upright(setting.y.scale, y_ends, bottom - top);
        let widest = y_ticks
            .iter()
            .map(|t| label::width(&t.label, FONT))
            .fold(setting.tick_room, f64::max);
        let left = outer.left + widest + TICK;
        let mut right = outer.right - setting.right;
        // The last tick label may stand half beyond the end of the axis.
        let x_ticks = |right: f64| setting.x.ticks(x_ends, setting.design, right - left);
        let last = |ticks: &[Tick], right: f64| {
            let map = Map::new(setting.x.scale, x_ends, (left, right));
            ticks.last().map_or(0.0, |t| {
                map.at(t.value) + label::width(&t.label, FONT) / 2.0
            })
        };
        let over = last(&x_ticks(right), right) - outer.right;
        if over > 0.0 {
            right -= over + 1.0;
        }
        let area = Rect {
            left,
            top,
            right,
            bottom,
        };
        let frame = Self {
            area,
            x: Map::new(setting.x.scale, x_ends, (left, right)),
            y: Map::new(setting.y.scale, y_ends, (bottom, top)),
        };
        frame.grid(canvas, setting, &x_ticks(right), &y_ticks);
        let middle = (left + right) / 2.0;
        for (index, line) in x_labels.iter().enumerate() {
            // Centred below the data, but never beyond the figure.
            let half = label::width(line, FONT) / 2.0;
            let centre = middle.min(outer.right - half).max(outer.left + half);
            let y = bottom + TICK + LINE * (index as f64 + 1.5) + 2.0;
            canvas.text(line, (centre, y), Anchor::Middle, INK);
        }
        frame
    }

    fn grid(&self, canvas: &mut Canvas, setting: &Setting, x_ticks: &[Tick], y_ticks: &[Tick]) {
        let Rect {
            left,
            top,
            right,
            bottom,
        } = self.area;
        let grid = Stroke::solid(Paint::Grid, 1.0);
        let tick = Stroke::solid(Paint::Muted, 1.0);
        for Tick { value, label } in y_ticks {
            let y = self.y.at(*value);
            canvas.path(&[(left, y), (right, y)], grid);
            canvas.text(label, (left - TICK, y), Anchor::End, MUTED);
        }
        for Tick { value, label } in x_ticks {
            let x = self.x.at(*value);
            canvas.path(&[(x, top), (x, bottom)], grid);
            canvas.path(&[(x, bottom), (x, bottom + 4.0)], tick);
            canvas.text(
                label,
                (x, bottom + TICK + LINE / 2.0),
                Anchor::Middle,
                MUTED,
            );
        }
        let design = setting.x.marks(setting.ends.0, setting.design);
        for value in design.unwrap_or_else(|| axis::minor(setting.x.scale, setting.ends.0)) {
            let x = self.x.at(value);
            canvas.path(&[(x, bottom), (x, bottom + 2.5)], tick);
        }
        for value in axis::minor(setting.y.scale, setting.ends.1) {
            let y = self.y.at(value);
            canvas.path(&[(left - 2.5, y), (left, y)], tick);
        }
        if setting.y.scale == Scale::Log {
            canvas.path(&[(left, top), (left, bottom)], tick);
        }
        canvas.path(
            &[(left, bottom), (right, bottom)],
            Stroke::solid(Paint::Muted, 1.2),
        );
    }

    /// A line through `points`, cut at the edges of the data area.
    pub(super) fn path(&self, canvas: &mut Canvas, points: &[At], stroke: Stroke) {
        let mut part: Vec<At> = Vec::new();
        for pair in points.windows(2) {
            match clip(pair[0], pair[1], self.area) {
                Some((from, to)) => {
                    if part.last() != Some(&from) {
                        canvas.path(&part, stroke);
                        part = vec![from];
                    }
                    part.push(to);
                }
                None => {
                    canvas.path(&part, stroke);
                    part.clear();
                }
            }
        }
        canvas.path(&part, stroke);
    }

    /// Whether a point is in the data area or on its edge.
    pub(super) fn holds(&self, (x, y): At) -> bool {
        let area = self.area;
        let slack = 0.5;
        x >= area.left - slack
            && x <= area.right + slack
            && y >= area.top - slack
            && y <= area.bottom + slack
    }
}

/// The part of a segment inside a rectangle (Liang and Barsky 1984).
pub(super) fn clip(from: At, to: At, area: Rect) -> Option<(At, At)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (step, room) in [
        (-dx, from.0 - area.left),
        (dx, area.right - from.0),
        (-dy, from.1 - area.top),
        (dy, area.bottom - from.1),
    ] {
        if step == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            enter = enter.max(room / step);
        } else {
            leave = leave.min(room / step);
        }
    }
    let at = |share: f64| match share {
        0.0 => from,
        1.0 => to,
        share => (from.0 + share * dx, from.1 + share * dy),
    };
    (enter <= leave).then(|| (at(enter), at(leave)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_cut_at_the_edges() {
        let area = Rect {
            left: 0.0,
            top: 0.0,
            right: 10.0,
            bottom: 10.0,
        };
        assert_eq!(
            clip((2.0, 2.0), (8.0, 8.0), area),
            Some(((2.0, 2.0), (8.0, 8.0)))
        );
        assert_eq!(
            clip((-5.0, 5.0), (15.0, 5.0), area),
            Some(((0.0, 5.0), (10.0, 5.0)))
        );
        assert_eq!(
            clip((5.0, 5.0), (5.0, 25.0), area),
            Some(((5.0, 5.0), (5.0, 10.0)))
        );
        assert_eq!(clip((-5.0, 4.0), (-1.0, 8.0), area), None);
    }
}
