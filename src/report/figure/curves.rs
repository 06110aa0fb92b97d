//! Curves with intervals, labelled at their ends.

use super::axis::{Axis, Ends, Map};
use super::canvas::{At, Canvas, Rect, Stroke};
use super::data::{Data, Drawn};
use super::drawing::Drawing;
use super::frame::{Frame, Setting};
use super::key::{Entry, FONT, Key, LINE, Look, Swatch};
use super::names::SWATCH;
use super::palette::Paint;
use super::series::{Point, Reference, Series};
use super::{Figure, FigureText, label, panels};
use crate::report::ReportError;

/// From so many points on, intervals are a band instead of bars.
const BAND: usize = 8;
/// From so many points on, only some carry a marker.
const MARKERS: usize = 16;
/// Below this width a key names the curves: names beside them would take the room of the data.
const NARROW: f64 = 520.0;

/// Lines to compare with, told apart by their dashes.
fn reference(index: usize) -> Stroke {
    const DASHES: [(f64, f64); 3] = [(5.0, 4.0), (1.5, 3.0), (11.0, 3.0)];
    Stroke {
        paint: Paint::Muted,
        width: 1.1,
        dash: Some(DASHES[index % DASHES.len()]),
    }
}

/// Curves over a common horizontal axis.
///
/// A series of eight points or more has its intervals as a shaded band, a
/// shorter one as error bars.
///
/// ```
/// use rethink::report::FigureText;
/// use rethink::report::figure::{Axis, Curves, Point, Series};
/// let falls = vec![Point::new(0.0, 2.3), Point::new(1.0, 0.7)];
/// let series = vec![Series::new("true labels", falls)];
/// let (x, y) = (Axis::linear("epoch"), Axis::log("training loss (nats)"));
/// let curves = Curves::new(x, y, series).reference(0.01, "target");
/// let text = FigureText::new("loss", "Training loss", "One seed.", "The loss falls.");
/// assert!(curves.draw(text)?.svg.starts_with("<svg"));
/// # Ok::<(), rethink::report::ReportError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Curves; their order decides colour and marker.
    pub series: Vec<Series>,
    /// Lines to compare with.
    pub references: Vec<Reference>,
}

impl Curves {
    /// Curves without a line to compare with.
    pub fn new(x: Axis, y: Axis, series: Vec<Series>) -> Self {
        Self {
            x,
            y,
            series,
            references: Vec::new(),
        }
    }

    /// The same with a horizontal line to compare with.
    pub fn reference(mut self, y: f64, label: impl Into<String>) -> Self {
        let label = label.into();
        self.references.push(Reference { y, label });
        self
    }

    /// Draws the curves, each labelled at its end; in a narrow figure a key names them.
    ///
    /// # Errors
    /// [`ReportError::NothingToDraw`] without a point to show,
    /// [`ReportError::InvalidRange`], [`ReportError::InvalidId`].
    pub fn draw(&self, text: FigureText) -> Result<Figure, ReportError> {
        Drawing::Curves(self.clone()).figure(text)
    }

    pub(super) fn canvas(&self, figure: &str, width: f64) -> Result<Canvas, ReportError> {
        if width < NARROW {
            return panels::canvas(&[(None, self)], 1, figure, width);
        }
        let names = self.series.iter().map(|s| &s.label);
        let names: Vec<Vec<String>> = names
            .chain(self.references.iter().map(|r| &r.label))
            .map(|name| label::wrap(name, 0.27 * width, FONT))
            .collect();
        let lines: usize = names.iter().map(Vec::len).sum();
        let high = (lines as f64 * (LINE + 4.0) + 80.0).max(0.6 * width);
        let bands = self.lines_and_bands();
        let bands = bands
            .into_iter()
            .filter(|(_, swatch)| matches!(swatch, Swatch::Shade(_)));
        let key = Key::new(&bands.collect::<Vec<_>>(), width - 4.0);
        let design = self.design();
        let setting = Setting {
            title: None,
            x: &self.x,
            y: &self.y,
            ends: self.ends(figure)?,
            design: &design,
            label_x: true,
            right: label::widest(names.iter().flatten(), FONT) + SWATCH + 18.0,
            heading: 0,
            tick_room: 0.0,
        };
        let mut canvas = Canvas::new((width, (key.height() + high).round()));
        key.draw(&mut canvas, (2.0, 2.0));
        let outer = Rect {
            left: 2.0,
            top: 2.0 + key.height(),
            right: width - 2.0,
            bottom: canvas.size.1 - 4.0,
        };
        let frame = Frame::draw(&mut canvas, outer, &setting);
        let looks: Vec<Look> = (self.series.iter().enumerate())
            .map(|(i, s)| s.look(i))
            .collect();
        self.plot(&mut canvas, &frame, &looks);
        self.label(&mut canvas, &frame, &looks, names);
        Ok(canvas)
    }

    /// What a key names beside the series: lines to compare with, and the bands of intervals.
    pub(super) fn lines_and_bands(&self) -> Vec<Entry> {
        let lines = (self.references.iter().enumerate()).filter(|(_, line)| self.y.shows(line.y));
        let lines = lines.map(|(n, line)| (line.label.clone(), Swatch::Line(reference(n))));
        let mut runs = self.series.iter().flat_map(|series| self.runs(series));
        let bounded = |point: &&Point| point.low.is_some() && point.high.is_some();
        let banded = runs.any(|run| run.iter().filter(bounded).count() >= BAND);
        let band = banded.then(|| ("interval".to_owned(), Swatch::Shade(Paint::Muted)));
        lines.chain(band).collect()
    }

    /// Values on the horizontal axis at which several series have points: not what was
    /// measured, but where.
    pub(super) fn design(&self) -> Vec<f64> {
        let points = |series: &Series| series.points.iter().map(|point| point.x).collect();
        let mut all: Vec<Vec<f64>> = self.series.iter().map(points).collect();
        let Some(first) = all.pop() else {
            return Vec::new();
        };
        let shared = |x: &f64| all.iter().any(|points| points.contains(x));
        first.into_iter().filter(shared).collect()
    }

    /// Adds every point, and the lines to compare with.
    pub(super) fn data(&self, data: Data, panel: &str) -> Data {
        let points = self
            .series
            .iter()
            .flat_map(|series| series.points.iter().map(|point| drawn(series, point)));
        let references = self.references.iter().map(|reference| Drawn {
            series: &reference.label,
            y: Some(reference.y),
            ..Drawn::default()
        });
        data.panel(panel, (&self.x, Some(&self.y)), points.chain(references))
    }

    /// Ends of both axes, from everything that is drawn.
    pub(super) fn ends(&self, figure: &str) -> Result<(Ends, Ends), ReportError> {
        let nothing = || ReportError::NothingToDraw {
            figure: figure.to_owned(),
        };
        let shown = || {
            let points = self.series.iter().flat_map(|s| &s.points);
            points.filter(|p| self.x.shows(p.x) && self.y.shows(p.y))
        };
        let x = self
            .x
            .ends(shown().map(|p| p.x), 0.025)?
            .ok_or_else(nothing)?;
        let intervals = shown().flat_map(|p| [Some(p.y), p.low, p.high]).flatten();
        let references = self.references.iter().map(|r| r.y);
        let y = self
            .y
            .ends(intervals.chain(references), 0.04)?
            .ok_or_else(nothing)?;
        let inside = |v: f64, ends: (f64, f64)| v >= ends.0 && v <= ends.1;
        let seen = shown().any(|p| inside(p.x, x) && inside(p.y, y));
        seen.then_some((x, y)).ok_or_else(nothing)
    }

    /// Reference lines, intervals, lines and markers, in this order from the back.
    pub(super) fn plot(&self, canvas: &mut Canvas, frame: &Frame, looks: &[Look]) {
        let lines = self.references.iter().enumerate();
        for (n, at) in lines.filter(|(_, line)| self.y.shows(line.y)) {
            let y = frame.y.at(at.y);
            let line = [(frame.area.left, y), (frame.area.right, y)];
            frame.path(canvas, &line, reference(n));
        }
        for (series, look) in self.series.iter().zip(looks) {
            for run in self.runs(series) {
                intervals(canvas, frame, run, *look);
            }
        }
        for (series, look) in self.series.iter().zip(looks) {
            for run in self.runs(series) {
                let line: Vec<At> = run.iter().map(|p| at(frame, p)).collect();
                frame.path(canvas, &line, look.stroke());
            }
            let shown: Vec<&Point> = self.runs(series).flatten().collect();
            let every = if shown.len() > MARKERS {
                shown.len().div_ceil(8)
            } else {
                1
            };
            // Staggered, so that markers of curves that meet do not hide each other.
            let first = if every > 1 {
                look.index * every / 4 % every
            } else {
                0
            };
            let marked = shown.iter().skip(first).step_by(every);
            for &point in marked {
                let place = at(frame, point);
                if frame.holds(place) {
                    let title = drawn(series, point).title(&self.x, Some(&self.y));
                    canvas.titled(title, |canvas| look.marker(canvas, place));
                }
            }
        }
    }

    /// The stretches of a series that the axes can show.
    pub(super) fn runs<'a>(&'a self, series: &'a Series) -> impl Iterator<Item = &'a [Point]> {
        let shows = |p: &Point| self.x.shows(p.x) && self.y.shows(p.y);
        series
            .points
            .split(move |p| !shows(p))
            .filter(|run| !run.is_empty())
    }
}

fn drawn<'a>(series: &'a Series, point: &Point) -> Drawn<'a> {
    Drawn {
        series: &series.label,
        x: Some(point.x),
        y: Some(point.y),
        y_interval: point.low.zip(point.high),
        ..Drawn::default()
    }
}

pub(super) fn at(frame: &Frame, point: &Point) -> At {
    (frame.x.at(point.x), frame.y.at(point.y))
}

/// A band behind a run of many points, a bar at each of a few.
fn intervals(canvas: &mut Canvas, frame: &Frame, run: &[Point], look: Look) {
    let x_of = |p: &Point| frame.x.clamped(p.x);
    let y_of = |map: &Map, value: f64| map.clamped(value);
    let bounded: Vec<(f64, f64, f64)> = run
        .iter()
        .filter(|p| frame.holds((frame.x.at(p.x), frame.area.top)))
        .filter_map(|p| Some((x_of(p), y_of(&frame.y, p.low?), y_of(&frame.y, p.high?))))
        .filter(|(_, low, high)| low.is_finite() && high.is_finite())
        .collect();
    if bounded.len() >= BAND {
        let upper = bounded.iter().map(|&(x, _, high)| (x, high));
        let lower = bounded.iter().rev().map(|&(x, low, _)| (x, low));
        canvas.polygon(&upper.chain(lower).collect::<Vec<_>>(), look.paint(), 0.16);
    } else {
        for (x, low, high) in bounded {
            canvas.path(&[(x, low), (x, high)], Stroke::solid(look.paint(), 1.3));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::figure::Scale;
    use proptest::prelude::*;

    fn draw(y: Axis, series: Vec<Series>) -> Result<String, ReportError> {
        let curves = Curves {
            x: Axis::linear("x"),
            y,
            series,
            references: vec![],
        };
        Ok(curves.draw(FigureText::new("f", "", "", ""))?.svg)
    }

    fn line(n: u32) -> Vec<Point> {
        let point = |i| (f64::from(i), f64::from(i) + 1.0);
        (0..n)
            .map(point)
            .map(|(x, y)| Point::interval(x, y, 0.9 * y, 1.1 * y))
            .collect()
    }

    #[test]
    fn many_intervals_are_a_band_and_few_are_bars() {
        let band = r#"<polygon opacity="0.16""#;
        let few = draw(Axis::linear("y"), vec![Series::new("few", line(7))]).unwrap();
        let many = draw(Axis::linear("y"), vec![Series::new("many", line(8))]).unwrap();
        assert_eq!(
            (few.matches(band).count(), many.matches(band).count()),
            (0, 1)
        );
        let bars = r##"stroke="#0072B2" stroke-width="13""##;
        assert_eq!(
            (few.matches(bars).count(), many.matches(bars).count()),
            (7, 0)
        );
    }

    #[test]
    fn published_markers_are_hollow() {
        let hollow = r##"fill="none" stroke="#0072B2" stroke-width="14"/>"##;
        let points = || vec![Point::new(0.0, 1.0), Point::new(1.0, 2.0)];
        let published = draw(Axis::linear("y"), vec![Series::published("p", points())]).unwrap();
        let ours = draw(Axis::linear("y"), vec![Series::new("o", points())]).unwrap();
        // Two points, and two in the key.
        assert_eq!(
            (
                published.matches(hollow).count(),
                ours.matches(hollow).count()
            ),
            (4, 0)
        );
    }

    #[test]
    fn a_line_breaks_where_a_log_axis_has_no_place() {
        let values = [1.0, 0.1, 0.0, 0.1, 1.0];
        let points = (0..)
            .map(f64::from)
            .zip(values)
            .map(|(x, y)| Point::new(x, y))
            .collect();
        let svg = draw(Axis::log("y"), vec![Series::new("s", points)]).unwrap();
        // Two stretches, and the line in the key.
        assert_eq!(
            svg.matches(r##"stroke="#0072B2" stroke-width="19""##)
                .count(),
            3
        );
    }

    #[test]
    fn nothing_in_range_is_an_error() {
        let outside = Axis::linear("y").range(5.0, 6.0);
        for (axis, y) in [
            (outside, 1.0),
            (Axis::log("y"), -1.0),
            (Axis::linear("y"), f64::NAN),
        ] {
            let drawn = draw(axis, vec![Series::new("s", vec![Point::new(0.0, y)])]);
            assert!(matches!(drawn, Err(ReportError::NothingToDraw { .. })));
        }
    }

    /// What the CSV holds is what is drawn: the figure drawn from it is the same.
    #[test]
    fn a_figure_is_drawn_again_from_its_csv() {
        let axes = || (Axis::log("training images"), Axis::linear("error (%)"));
        let point = |i: u32| Point::interval(f64::from(i + 1), 1.0 / 3.0, 0.1, f64::from(i));
        let series = |name| Series::new(name, (0..4).map(point).collect());
        let named = || FigureText::new("f", "", "", "");
        let (x, y) = axes();
        let curves = Curves::new(x, y, vec![series("true, ours"), series("random")]);
        let drawn = curves.reference(90.0, "guessing").draw(named()).unwrap();

        let mut reader = csv::Reader::from_reader(drawn.csv.as_bytes());
        let (x, y) = axes();
        let mut again = Curves::new(x, y, Vec::new());
        for line in reader.records() {
            let line = line.unwrap();
            let number = |column: usize| line[column].parse::<f64>().ok();
            assert_eq!((&line[3], &line[7]), ("training images", "error (%)"));
            let Some(x) = number(4) else {
                again = again.reference(number(8).unwrap(), &line[1]);
                continue;
            };
            if again.series.last().is_none_or(|last| last.label != line[1]) {
                again.series.push(Series::new(&line[1], Vec::new()));
            }
            let point = Point::interval(
                x,
                number(8).unwrap(),
                number(9).unwrap(),
                number(10).unwrap(),
            );
            again.series.last_mut().unwrap().points.push(point);
        }
        assert_eq!(again.draw(named()).unwrap(), drawn);
    }

    proptest! {
        #[test]
        fn any_numbers_give_a_well_formed_figure_or_an_error(
            values in proptest::collection::vec(any::<[f64; 4]>(), 1..12),
            log in any::<bool>(),
        ) {
            let scale = if log { Scale::Log } else { Scale::Linear };
            let axis = |label: &str| Axis { label: label.into(), scale, range: None };
            let points = values.iter().map(|&[x, y, low, high]| Point::interval(x, y, low, high));
            let curves = Curves {
                x: axis("x"),
                y: axis("y"),
                series: vec![Series::new("s", points.collect())],
                references: vec![Reference { y: values[0][1], label: "r".into() }],
            };
            match curves.draw(FigureText::new("f", "", "", "")) {
                Ok(figure) => prop_assert!(roxmltree::Document::parse(&figure.svg).is_ok()),
                Err(error) => prop_assert!(matches!(error, ReportError::NothingToDraw { .. }), "{error}"),
            }
        }
    }
}
