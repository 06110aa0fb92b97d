//! Several plots side by side under one key.

use super::canvas::Canvas;
use super::data::Data;
use super::drawing::Drawing;
use super::grid::{self, Grid, Plot, look_of};
use super::{Curves, Figure, FigureText, Series};
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
    /// Draws the panels under one key that names every series and line to compare with.
    ///
    /// Each panel has axes of its own. The horizontal axis is labelled once per
    /// column where all panels share it and its range.
    ///
    /// # Errors
    /// [`ReportError::NothingToDraw`] if a panel has no point to show,
    /// [`ReportError::InvalidRange`], [`ReportError::InvalidId`].
    pub fn draw(&self, text: FigureText) -> Result<Figure, ReportError> {
        Drawing::Panels(self.clone()).figure(text)
    }

    pub(super) fn data(&self) -> Data {
        (self.panels.iter()).fold(Data::new(), |data, panel| {
            panel.curves.data(data, &panel.title)
        })
    }

    pub(super) fn canvas(&self, figure: &str, width: f64) -> Result<Canvas, ReportError> {
        let plots = self
            .panels
            .iter()
            .map(|panel| (Some(panel.title.as_str()), &panel.curves));
        canvas(&plots.collect::<Vec<_>>(), self.columns, figure, width)
    }
}

/// Curves in panels under one key, each with its heading.
pub(super) fn canvas(
    panels: &[(Option<&str>, &Curves)],
    columns: usize,
    figure: &str,
    width: f64,
) -> Result<Canvas, ReportError> {
    let series = panels.iter().flat_map(|(_, curves)| &curves.series);
    let mut key = grid::key(series, |one| &one.label, Series::look);
    for (name, swatch) in panels
        .iter()
        .flat_map(|(_, curves)| curves.lines_and_bands())
    {
        if key.iter().all(|(known, _)| *known != name) {
            key.push((name, swatch));
        }
    }
    let design: Vec<Vec<f64>> = panels.iter().map(|(_, curves)| curves.design()).collect();
    let mut plots = Vec::new();
    for ((title, curves), design) in panels.iter().zip(&design) {
        plots.push(Plot {
            title: *title,
            x: &curves.x,
            y: &curves.y,
            ends: curves.ends(figure)?,
            design,
            right: 6.0,
        });
    }
    let grid = Grid {
        plots,
        columns,
        key: &key,
        height: |width| (0.6 * width).clamp(104.0, 260.0),
    };
    grid.canvas(figure, width, |canvas, index, frame| {
        let curves = panels[index].1;
        let looks = curves.series.iter().map(|s| look_of(&key, &s.label));
        curves.plot(canvas, frame, &looks.collect::<Vec<_>>());
    })
}
