//! Several plots side by side under one key.

use super::canvas::{self, Rect};
use super::frame::{Frame, Setting};
use super::key::{Key, LINE, Look};
use super::{Curves, Figure, FigureText};
use crate::report::ReportError;

/// One plot of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Heading of the panel.
    pub title: String,
    /// What it shows; series of one name look alike in all panels.
    pub curves: Curves,
}

/// A grid of plots, filled row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Panels {
    /// The plots.
    pub panels: Vec<Panel>,
    /// Plots in a row; at least one.
    pub columns: usize,
}

impl Panels {
    /// Draws the panels, 880 pixels wide, under one key that names every series.
    ///
    /// Each panel has axes of its own. The horizontal axis is labelled once per
    /// column if all panels share it. Reference lines are drawn, their labels
    /// are left to the caption.
    ///
    /// # Errors
    /// [`ReportError::NothingToDraw`] if a panel has no point to show,
    /// [`ReportError::InvalidRange`], [`ReportError::InvalidId`].
    pub fn draw(&self, text: FigureText) -> Result<Figure, ReportError> {
        const WIDTH: f64 = 880.0;
        const GAP: (f64, f64) = (26.0, 22.0);
        if self.panels.is_empty() {
            return Err(ReportError::NothingToDraw { figure: text.id });
        }
        let ends = self
            .panels
            .iter()
            .map(|panel| panel.curves.ends(&text.id))
            .collect::<Result<Vec<_>, _>>()?;
        let series = self.series();
        let key = Key::new(&series, WIDTH - 4.0);
        let columns = self.columns.clamp(1, self.panels.len());
        let rows = self.panels.len().div_ceil(columns);
        let wide = (WIDTH - 4.0 - GAP.0 * (columns as f64 - 1.0)) / columns as f64;
        let high = (0.95 * wide).clamp(190.0, 320.0);
        let one_label = self
            .panels
            .iter()
            .all(|p| p.curves.x.label == self.panels[0].curves.x.label);
        let top = 2.0 + key.height();
        let height = top + rows as f64 * (high + GAP.1) - GAP.1 + LINE + 6.0;
        canvas::figure(text, (WIDTH, height.round()), |canvas| {
            key.draw(canvas, (2.0, 2.0), true);
            let settings: Vec<Setting> = self
                .panels
                .iter()
                .zip(&ends)
                .enumerate()
                .map(|(index, (panel, ends))| Setting {
                    title: Some(&panel.title),
                    x: &panel.curves.x,
                    y: &panel.curves.y,
                    ends: *ends,
                    label_x: !one_label || index + columns >= self.panels.len(),
                    right: 6.0,
                    heading: 0,
                    tick_room: 0.0,
                })
                .collect();
            let tick_room = settings
                .iter()
                .map(Setting::widest_tick)
                .fold(0.0, f64::max);
            for (row, in_row) in settings.chunks(columns).enumerate() {
                let heading = in_row
                    .iter()
                    .map(|s| s.lines(wide).len())
                    .max()
                    .unwrap_or(0);
                for (column, setting) in in_row.iter().enumerate() {
                    let left = 2.0 + column as f64 * (wide + GAP.0);
                    let top = top + row as f64 * (high + GAP.1);
                    // The label of the axis stands below, so that all data areas are equally high.
                    let extra = if one_label && setting.label_x {
                        LINE
                    } else {
                        0.0
                    };
                    let outer = Rect {
                        left,
                        top,
                        right: left + wide,
                        bottom: top + high + extra,
                    };
                    let frame = Frame::draw(
                        canvas,
                        outer,
                        &Setting {
                            heading,
                            tick_room,
                            ..*setting
                        },
                    );
                    let curves = &self.panels[row * columns + column].curves;
                    let look = |s: &super::Series| {
                        let found = series.iter().find(|(name, _)| *name == s.label);
                        found.map_or(Look::solid(0), |(_, look)| *look)
                    };
                    let looks: Vec<Look> = curves.series.iter().map(look).collect();
                    curves.plot(canvas, &frame, &looks);
                }
            }
            Ok(())
        })
    }

    /// Every series by name, in the order of first appearance.
    fn series(&self) -> Vec<(String, Look)> {
        let mut series: Vec<(String, Look)> = Vec::new();
        for one in self.panels.iter().flat_map(|panel| &panel.curves.series) {
            if series.iter().all(|(name, _)| *name != one.label) {
                series.push((one.label.clone(), one.look(series.len())));
            }
        }
        series
    }
}
