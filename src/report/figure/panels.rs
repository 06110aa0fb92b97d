//! Several plots side by side under one key.

use super::data::Data;
use super::grid::{self, Grid, Plot, look_of};
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

impl Panel {
    /// A plot under its heading.
    pub fn new(title: impl Into<String>, curves: Curves) -> Self {
        let title = title.into();
        Self { title, curves }
    }
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
        let ends = self
            .panels
            .iter()
            .map(|panel| panel.curves.ends(&text.id))
            .collect::<Result<Vec<_>, _>>()?;
        let series = self.panels.iter().flat_map(|panel| &panel.curves.series);
        let key = grid::key(series, |one| &one.label, super::Series::look);
        let plots = self.panels.iter().zip(ends).map(|(panel, ends)| Plot {
            title: Some(&panel.title),
            x: &panel.curves.x,
            y: &panel.curves.y,
            ends,
            right: 6.0,
        });
        let grid = Grid {
            plots: plots.collect(),
            columns: self.columns,
            key: &key,
            height: |width| (0.95 * width).clamp(190.0, 320.0),
        };
        let data = (self.panels.iter()).fold(Data::new(), |data, panel| {
            panel.curves.data(data, &panel.title)
        });
        grid.draw(text, data, |canvas, index, frame| {
            let curves = &self.panels[index].curves;
            let looks = curves.series.iter().map(|s| look_of(&key, &s.label));
            curves.plot(canvas, frame, &looks.collect::<Vec<_>>());
        })
    }
}
