//! What curves are drawn of: points with intervals, and lines to compare with.

use super::key::Look;
use crate::statistics::{Estimate, Interval};

/// A measured point, with its interval if it has one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Where on the horizontal axis.
    pub x: f64,
    /// The value; the line breaks where it is not finite, or not positive on a log axis.
    pub y: f64,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
}

impl Point {
    /// A point without an interval.
    pub fn new(x: f64, y: f64) -> Self {
        Self {
            x,
            y,
            low: None,
            high: None,
        }
    }

    /// A point with its interval.
    pub fn interval(x: f64, y: f64, low: f64, high: f64) -> Self {
        Self {
            x,
            y,
            low: Some(low),
            high: Some(high),
        }
    }

    /// An estimate, with its interval if it has one.
    pub fn estimate(x: f64, estimate: &Estimate) -> Self {
        match estimate.interval {
            Some(Interval { low, high, .. }) => Self::interval(x, estimate.value, low, high),
            None => Self::new(x, estimate.value),
        }
    }
}

/// How the line of a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A solid line.
    Solid,
    /// A dashed line.
    Dashed,
}

/// One curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Written at the end of the line.
    pub label: String,
    /// Points in the order in which they are joined.
    pub points: Vec<Point>,
    /// Solid or dashed.
    pub style: Style,
    /// Published values: hollow markers and a finely dashed line.
    pub published: bool,
}

impl Series {
    /// A measured series with a solid line.
    pub fn new(label: impl Into<String>, points: Vec<Point>) -> Self {
        Self {
            label: label.into(),
            points,
            style: Style::Solid,
            published: false,
        }
    }

    /// A published series.
    pub fn published(label: impl Into<String>, points: Vec<Point>) -> Self {
        Self {
            published: true,
            ..Self::new(label, points)
        }
    }

    /// The same series with a dashed line.
    pub fn dashed(self) -> Self {
        Self {
            style: Style::Dashed,
            ..self
        }
    }

    pub(super) fn look(&self, index: usize) -> Look {
        Look {
            index,
            hollow: self.published,
            dashed: self.style == Style::Dashed,
            joined: self.points.len() > 1,
        }
    }
}

/// A horizontal line to compare with, such as chance level.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Where on the vertical axis.
    pub y: f64,
    /// Written at the right end.
    pub label: String,
}
