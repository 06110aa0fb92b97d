//! The numbers behind a figure, one line for each thing that is drawn.

use super::axis::Axis;
use crate::report::table::record;
use crate::text::number::{rounded, with_interval};

/// What is drawn in a figure, in full precision, as lines of a CSV file (RFC 4180).
///
/// The columns are the panel, the series, the name of the single thing, the quantity on each
/// axis, and its value with the ends of its interval. What nothing has is an empty field.
pub(super) struct Data(String);

/// One thing that is drawn.
#[derive(Default)]
pub(super) struct Drawn<'a> {
    pub series: &'a str,
    pub name: &'a str,
    /// Place on the horizontal axis.
    pub x: Option<f64>,
    pub x_interval: Option<(f64, f64)>,
    /// Place on the vertical axis; none in a figure with one axis.
    pub y: Option<f64>,
    pub y_interval: Option<(f64, f64)>,
}

impl Drawn<'_> {
    /// What shows under the pointer: names, then each quantity with its value.
    pub fn title(&self, x: &Axis, y: Option<&Axis>) -> String {
        let quantity = |axis: &Axis, value: Option<f64>, interval: Option<(f64, f64)>| {
            let shown = match (value?, interval) {
                (value, Some(interval)) => with_interval(value, interval),
                (value, None) => rounded(value, 4),
            };
            Some(format!("{}: {shown}", axis.label))
        };
        let names = [self.series, self.name].map(|name| Some(name.to_owned()));
        let names = names.into_iter().filter(|name| name.as_deref() != Some(""));
        let along = quantity(x, self.x, self.x_interval);
        let up = y.and_then(|y| quantity(y, self.y, self.y_interval));
        let lines = names.chain([along, up]).flatten();
        lines.collect::<Vec<_>>().join("\n")
    }
}

const COLUMNS: [&str; 11] = [
    "panel",
    "series",
    "name",
    "x quantity",
    "x",
    "x low",
    "x high",
    "y quantity",
    "y",
    "y low",
    "y high",
];

impl Data {
    pub fn new() -> Self {
        Self(record(&COLUMNS))
    }

    /// Adds what one panel shows.
    pub fn panel<'a>(
        mut self,
        title: &str,
        (x, y): (&Axis, Option<&Axis>),
        drawn: impl IntoIterator<Item = Drawn<'a>>,
    ) -> Self {
        let number = |value: Option<f64>| match value {
            Some(value) if value.is_finite() => value.to_string(),
            _ => String::new(),
        };
        for one in drawn {
            let low = |interval: Option<(f64, f64)>| number(interval.map(|(low, _)| low));
            let high = |interval: Option<(f64, f64)>| number(interval.map(|(_, high)| high));
            self.0 += &record(&[
                title,
                one.series,
                one.name,
                &x.label,
                &number(one.x),
                &low(one.x_interval),
                &high(one.x_interval),
                y.map_or("", |y| &y.label),
                &number(one.y),
                &low(one.y_interval),
                &high(one.y_interval),
            ]);
        }
        self
    }

    pub fn csv(self) -> String {
        self.0
    }
}
