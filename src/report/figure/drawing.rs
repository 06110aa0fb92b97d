//! A figure's data as what can be drawn, at any width.

use super::canvas::Canvas;
use super::data::Data;
use super::{Curves, Densities, Dots, Figure, FigureText, Forest, Panels, Paper, Scatter, svg};
use crate::report::ReportError;
use crate::report::question::check_id;

/// What a figure is drawn of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Drawing {
    Curves(Curves),
    Panels(Panels),
    Scatter(Scatter),
    Forest(Forest),
    Dots(Dots),
    Densities(Densities),
}

impl Drawing {
    /// Lays everything out on `width` pixels at the font size [`FONT`](super::key::FONT).
    pub(super) fn canvas(&self, figure: &str, width: f64) -> Result<Canvas, ReportError> {
        match self {
            Self::Curves(one) => one.canvas(figure, width),
            Self::Panels(one) => one.canvas(figure, width),
            Self::Scatter(one) => one.canvas(figure, width),
            Self::Forest(one) => one.canvas(figure, width),
            Self::Dots(one) => one.canvas(figure, width),
            Self::Densities(one) => one.canvas(figure, width),
        }
    }

    fn data(&self) -> Data {
        match self {
            Self::Curves(one) => one.data(Data::new(), ""),
            Self::Panels(one) => one.data(),
            Self::Scatter(one) => one.data(),
            Self::Forest(one) => one.data(),
            Self::Dots(one) => one.data(),
            Self::Densities(one) => one.data(),
        }
    }

    /// The document at a size.
    pub(super) fn svg(&self, text: &FigureText, paper: Paper) -> Result<String, ReportError> {
        let canvas = self.canvas(&text.id, paper.pixels())?;
        svg::document(&canvas, text, paper.scale())
    }

    /// The figure as it stands on the page.
    ///
    /// # Errors
    /// An id that cannot be a file name, and what the drawing refuses.
    pub(super) fn figure(self, text: FigureText) -> Result<Figure, ReportError> {
        check_id(&text.id)?;
        let svg = self.svg(&text, Paper::PAGE)?;
        let csv = self.data().csv();
        let FigureText {
            id,
            title,
            caption,
            alt,
        } = text;
        Ok(Figure {
            id,
            title,
            caption,
            alt,
            svg,
            csv,
            drawing: Some(self),
        })
    }
}
