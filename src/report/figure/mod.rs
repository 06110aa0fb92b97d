//! Figures as SVG: one file per kind, one look.
//!
//! Every kind turns its data and a [`FigureText`] into a [`Figure`]. The SVG
//! stands on its own (white background, explicit colours) and goes inline into
//! the page, where [`palette::style_sheet`] recolours it for a dark background.
//! Drawing is deterministic: the same data give the same bytes.
//!
//! A figure keeps what it is drawn of, so that it can be laid out again for
//! another width: [`Figure::at`]. Layout is in pixels at one font size; a
//! [`Paper`] says how many of them are across, and how large they are.
//!
//! plotters' SVG backend rounds coordinates to whole pixels, formats ticks as
//! `10000.0` and lays a legend over the data. So a figure is drawn on a canvas
//! ten times as large and scaled down by its `viewBox`, axes and their labels
//! are our own, and series are labelled at the ends of their lines.

mod axis;
mod canvas;
mod curves;
mod data;
mod densities;
mod dots;
mod drawing;
mod export;
mod forest;
mod frame;
mod grid;
mod key;
mod label;
mod names;
pub mod palette;
mod panels;
mod paper;
mod scatter;
mod series;
mod svg;
mod tags;
mod value_axis;

pub use axis::{Axis, Scale};
pub use curves::Curves;
pub use densities::{Densities, Sample};
pub use dots::{Dot, Dots, Group};
pub use export::Format;
pub use forest::{Forest, ForestPanel, ForestRow};
pub use panels::{Panel, Panels};
pub use paper::{Length, Paper};
pub use scatter::{Cloud, Mark, Scatter, ScatterPanel};
pub use series::{Point, Reference, Series, Style};

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use self::drawing::Drawing;
use super::ReportError;

/// The words that belong to a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureText {
    /// Name of its file and anchor on the page: lower-case letters, digits, `-`, `_`.
    pub id: String,
    /// What the figure shows, in a few words.
    pub title: String,
    /// How to read it: what is drawn, what the intervals are, where the setting is smaller.
    pub caption: String,
    /// What a reader who cannot see it must know: the message in a sentence or two.
    pub alt: String,
}

impl FigureText {
    /// The words of a figure: id, title, caption and alternative text.
    pub fn new(
        id: impl Into<String>,
        title: impl Into<String>,
        caption: impl Into<String>,
        alt: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            caption: caption.into(),
            alt: alt.into(),
        }
    }
}

/// A drawn figure.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "StoredFigure", into = "StoredFigure")]
pub struct Figure {
    /// Name of its file and anchor on the page.
    pub id: String,
    /// What the figure shows, in a few words.
    pub title: String,
    /// How to read it.
    pub caption: String,
    /// The message for a reader who cannot see it.
    pub alt: String,
    /// The drawing, a whole SVG document; not part of the JSON, which names its file.
    pub svg: String,
    /// The numbers that are drawn, as CSV: panel, series, name, and for each axis the
    /// quantity, the value and the ends of its interval.
    pub csv: String,
    /// What it is drawn of; none in a figure that was read from a file.
    drawing: Option<Drawing>,
}

impl PartialEq for Figure {
    /// Whether everything that is stored of them is equal.
    fn eq(&self, other: &Self) -> bool {
        let words = |one: &Self| [&one.id, &one.title, &one.caption, &one.alt].map(String::clone);
        words(self) == words(other) && self.svg == other.svg && self.csv == other.csv
    }
}

/// A figure in report.json: the drawing is the file beside it.
#[derive(Clone, Serialize, Deserialize)]
struct StoredFigure {
    id: String,
    title: String,
    caption: String,
    alt: String,
    file: String,
}

impl From<Figure> for StoredFigure {
    fn from(figure: Figure) -> Self {
        let file = figure.file();
        let Figure {
            id,
            title,
            caption,
            alt,
            ..
        } = figure;
        Self {
            id,
            title,
            caption,
            alt,
            file,
        }
    }
}

impl From<StoredFigure> for Figure {
    fn from(
        StoredFigure {
            id,
            title,
            caption,
            alt,
            ..
        }: StoredFigure,
    ) -> Self {
        Self {
            id,
            title,
            caption,
            alt,
            svg: String::new(),
            csv: String::new(),
            drawing: None,
        }
    }
}

impl Figure {
    /// Name of the SVG file.
    pub fn file(&self) -> String {
        format!("{}.svg", self.id)
    }

    /// Name of the file with the numbers.
    pub fn data_file(&self) -> String {
        format!("{}.csv", self.id)
    }

    /// The drawing at another size; none of a figure that was read from a file.
    ///
    /// # Errors
    /// What the drawing refuses, [`ReportError::Drawing`].
    pub fn at(&self, paper: Paper) -> Result<Option<String>, ReportError> {
        let text = FigureText::new(&*self.id, &*self.title, &*self.caption, &*self.alt);
        let svg = self
            .drawing
            .as_ref()
            .map(|drawing| drawing.svg(&text, paper));
        svg.transpose()
    }

    /// Writes SVG and CSV into a folder, which is made where it is missing; returns the path
    /// of the SVG.
    ///
    /// # Errors
    /// [`ReportError::Write`] with the path that failed.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, ReportError> {
        let path = folder.join(self.file());
        ReportError::writing(&folder.join(self.data_file()), self.csv.as_bytes())?;
        ReportError::writing(&path, self.svg.as_bytes())?;
        Ok(path)
    }

    /// The SVG to put into a page: its ids begin with `prefix`, so that two figures never share one.
    pub(super) fn inline(&self, prefix: &str) -> String {
        let own = format!("\"{}-", self.id);
        let of = |suffix: &str| format!("id={own}{suffix}\"");
        self.svg
            .replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1)
            .replacen(&of("title"), &format!("id=\"{prefix}-title\""), 1)
            .replacen(&of("desc"), &format!("id=\"{prefix}-desc\""), 1)
            .replacen(
                &format!("aria-labelledby={own}title {}-desc\"", self.id),
                &format!("aria-labelledby=\"{prefix}-title {prefix}-desc\""),
                1,
            )
    }
}
