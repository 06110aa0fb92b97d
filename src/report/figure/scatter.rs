//! Marks at points, with intervals in both directions.

use super::canvas::{Anchor, At, Canvas, Stroke};
use super::data::{Data, Drawn};
use super::drawing::Drawing;
use super::frame::Frame;
use super::grid::{self, Grid, Plot, look_of};
use super::key::{Entry, LINE, Look, MUTED, RADIUS};
use super::palette::Paint;
use super::tags::{self, Tag, Taken};
use super::{Axis, Figure, FigureText, axis::Ends};
use crate::report::ReportError;

/// One mark.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Where on the horizontal axis; none where it is not known: the mark then
    /// stands in a column of its own at the right.
    pub x: Option<f64>,
    /// Where on the vertical axis.
    pub y: f64,
    /// Lower and upper end of the interval of `x`.
    pub x_interval: Option<(f64, f64)>,
    /// Lower and upper end of the interval of `y`.
    pub y_interval: Option<(f64, f64)>,
    /// Drawn hollow: `y` is a limit, not a value.
    pub open: bool,
    /// Written beside it where the figure is tagged; nothing if empty.
    pub name: String,
}

impl Mark {
    /// A nameless mark without intervals.
    pub fn new(x: f64, y: f64) -> Self {
        Self {
            x: Some(x),
            y,
            x_interval: None,
            y_interval: None,
            open: false,
            name: String::new(),
        }
    }
}

/// Marks that look alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Cloud {
    /// Name in the key.
    pub label: String,
    /// Which colour and shape; the first twelve differ in shape alone.
    pub look: usize,
    /// The marks, in the order in which a line joins them.
    pub marks: Vec<Mark>,
    /// Whether a line joins them.
    pub joined: bool,
}

/// One plot of marks.
#[derive(Debug, Clone, PartialEq)]
pub struct ScatterPanel {
    /// Heading; none where there is one plot.
    pub title: Option<String>,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// What it shows; a cloud without marks is not in the key.
    pub clouds: Vec<Cloud>,
    /// A vertical and a horizontal line to compare with.
    pub cross: Option<(f64, f64)>,
}

/// Plots of marks under one key, filled row by row.
///
/// From 40 marks of one cloud on, its marks are small.
///
/// ```
/// use rethink::report::FigureText;
/// use rethink::report::figure::{Axis, Cloud, Mark, Scatter, ScatterPanel};
/// let panel = ScatterPanel {
///     title: None,
///     x: Axis::log("norm"),
///     y: Axis::linear("test error (%)"),
///     clouds: vec![Cloud {
///         label: "SGD".into(),
///         look: 0,
///         marks: vec![Mark::new(12.0, 3.1), Mark::new(40.0, 4.0)],
///         joined: false,
///     }],
///     cross: None,
/// };
/// let scatter = Scatter {
///     panels: vec![panel],
///     columns: 1,
///     tagged: true,
///     aside: String::new(),
/// };
/// let text = FigureText::new("map", "Solutions", "One seed.", "Larger norms err more.");
/// assert!(scatter.draw(text)?.svg.starts_with("<svg"));
/// # Ok::<(), rethink::report::ReportError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Scatter {
    /// The plots.
    pub panels: Vec<ScatterPanel>,
    /// Plots in a row; at least one.
    pub columns: usize,
    /// Whether the name of a mark is written beside it; it is in the data in any case.
    pub tagged: bool,
    /// Written below the column of the marks without a place on the horizontal axis.
    pub aside: String,
}

/// From so many marks on, they are small.
const MANY: usize = 40;
/// Width of the column of marks without a place on the horizontal axis.
const ASIDE: f64 = 46.0;

impl Scatter {
    /// Draws the plots.
    ///
    /// # Errors
    /// [`ReportError::NothingToDraw`] if a plot has no mark to show,
    /// [`ReportError::InvalidRange`], [`ReportError::InvalidId`].
    pub fn draw(&self, text: FigureText) -> Result<Figure, ReportError> {
        Drawing::Scatter(self.clone()).figure(text)
    }

    pub(super) fn data(&self) -> Data {
        self.panels.iter().fold(Data::new(), ScatterPanel::data)
    }

    pub(super) fn canvas(&self, figure: &str, width: f64) -> Result<Canvas, ReportError> {
        let clouds = self.panels.iter().flat_map(|panel| &panel.clouds);
        let filled = clouds.filter(|cloud| !cloud.marks.is_empty());
        let key = grid::key(filled, |cloud| &cloud.label, |cloud, _| cloud.look());
        let mut plots = Vec::new();
        for panel in &self.panels {
            plots.push(Plot {
                title: panel.title.as_deref(),
                x: &panel.x,
                y: &panel.y,
                ends: panel.ends(figure)?,
                design: &[],
                right: if panel.aside() > 0 { ASIDE + 12.0 } else { 6.0 },
            });
        }
        let grid = Grid {
            plots,
            columns: self.columns,
            key: &key,
            height: |width| (0.72 * width).clamp(120.0, 440.0),
        };
        grid.canvas(figure, width, |canvas, index, frame| {
            self.panels[index].plot(canvas, frame, &key, self);
        })
    }
}

impl Cloud {
    fn look(&self) -> Look {
        Look {
            joined: self.joined,
            ..Look::solid(self.look)
        }
    }

    fn drawn<'a>(&'a self, mark: &'a Mark) -> Drawn<'a> {
        Drawn {
            series: &self.label,
            name: &mark.name,
            x: mark.x,
            x_interval: mark.x_interval,
            y: Some(mark.y),
            y_interval: mark.y_interval,
        }
    }
}

impl ScatterPanel {
    /// Adds every mark, and the lines to compare with.
    fn data(data: Data, panel: &Self) -> Data {
        let marks = panel
            .clouds
            .iter()
            .flat_map(|cloud| cloud.marks.iter().map(|mark| cloud.drawn(mark)));
        let cross = panel.cross.map(|(x, y)| Drawn {
            series: "to compare with",
            x: Some(x),
            y: Some(y),
            ..Drawn::default()
        });
        let title = panel.title.as_deref().unwrap_or_default();
        data.panel(title, (&panel.x, Some(&panel.y)), marks.chain(cross))
    }

    fn marks(&self) -> impl Iterator<Item = &Mark> {
        let marks = self.clouds.iter().flat_map(|cloud| &cloud.marks);
        marks.filter(|mark| self.shows(mark))
    }

    fn shows(&self, mark: &Mark) -> bool {
        self.y.shows(mark.y) && mark.x.is_none_or(|x| self.x.shows(x))
    }

    /// The lines to compare with, if the axes have a place for both.
    fn cross(&self) -> Option<(f64, f64)> {
        let shown = |&(x, y): &(f64, f64)| self.x.shows(x) && self.y.shows(y);
        self.cross.filter(shown)
    }

    /// Marks without a place on the horizontal axis.
    fn aside(&self) -> usize {
        self.marks().filter(|mark| mark.x.is_none()).count()
    }

    fn ends(&self, figure: &str) -> Result<(Ends, Ends), ReportError> {
        let nothing = || ReportError::NothingToDraw {
            figure: figure.to_owned(),
        };
        let both = |i: Option<(f64, f64)>| i.into_iter().flat_map(|(low, high)| [low, high]);
        let xs = self
            .marks()
            .flat_map(|m| m.x.into_iter().chain(both(m.x_interval)));
        let ys = self
            .marks()
            .flat_map(|m| std::iter::once(m.y).chain(both(m.y_interval)));
        let cross = self.cross().filter(|_| self.marks().next().is_some());
        let xs = xs.chain(cross.map(|(x, _)| x));
        let ys = ys.chain(cross.map(|(_, y)| y));
        let x = self.x.ends(xs, 0.04)?.ok_or_else(nothing)?;
        let y = self.y.ends(ys, 0.05)?.ok_or_else(nothing)?;
        Ok((x, y))
    }

    fn plot(&self, canvas: &mut Canvas, frame: &Frame, key: &[Entry], all: &Scatter) {
        let area = frame.area;
        if let Some((x, y)) = self.cross() {
            let stroke = Stroke {
                paint: Paint::Muted,
                width: 1.1,
                dash: Some((5.0, 4.0)),
            };
            let (x, y) = (frame.x.at(x), frame.y.at(y));
            frame.path(canvas, &[(x, area.top), (x, area.bottom)], stroke);
            frame.path(canvas, &[(area.left, y), (area.right, y)], stroke);
        }
        let mut taken = Taken::default();
        let mut tags = Vec::new();
        let without = self.aside() as f64;
        let first = area.right + 12.0;
        let mut places = (0..).map(|k| first + ASIDE * (f64::from(k) + 0.5) / without);
        if without > 0.0 {
            let edge = Stroke::solid(Paint::Grid, 1.0);
            canvas.path(&[(first, area.top), (first, area.bottom)], edge);
            let below = (first + ASIDE / 2.0, area.bottom + 7.0 + LINE / 2.0);
            canvas.text(&all.aside, below, Anchor::Middle, MUTED);
        }
        // Lines and intervals first, so that no mark is covered by them.
        for cloud in &self.clouds {
            let look = look_of(key, &cloud.label);
            for mark in cloud.marks.iter().filter(|mark| self.shows(mark)) {
                let Some(at) = place(frame, mark) else {
                    continue;
                };
                for bar in bars(frame, mark, at) {
                    canvas.path(&bar, Stroke::solid(look.paint(), 1.3));
                    taken.lines.push((bar[0], bar[1]));
                }
            }
            if cloud.joined {
                let shown = cloud.marks.iter().filter(|mark| self.shows(mark));
                let line: Vec<At> = shown
                    .filter_map(|mark| Some(at(frame, mark.x?, mark.y)))
                    .collect();
                frame.path(canvas, &line, look.stroke());
                taken
                    .lines
                    .extend(line.windows(2).map(|pair| (pair[0], pair[1])));
            }
        }
        for cloud in &self.clouds {
            let look = look_of(key, &cloud.label);
            let radius = if cloud.marks.len() < MANY {
                RADIUS
            } else {
                0.72 * RADIUS
            };
            for mark in cloud.marks.iter().filter(|mark| self.shows(mark)) {
                let look = Look {
                    hollow: mark.open,
                    ..look
                };
                let at = match mark.x {
                    Some(_) => place(frame, mark),
                    None => places.next().map(|x| (x, frame.y.clamped(mark.y))),
                };
                let Some(at) = at else { continue };
                let title = cloud.drawn(mark).title(&self.x, Some(&self.y));
                canvas.titled(title, |canvas| look.marker_of(canvas, at, radius));
                if mark.x.is_none() {
                    continue;
                }
                taken.marks.push(at);
                if all.tagged && !mark.name.is_empty() {
                    let name = mark.name.clone();
                    tags.push(Tag { name, at });
                }
            }
        }
        tags::draw(canvas, area, &tags, &taken);
    }
}

fn at(frame: &Frame, x: f64, y: f64) -> At {
    (frame.x.at(x), frame.y.at(y))
}

/// The place of a mark that the data area holds.
fn place(frame: &Frame, mark: &Mark) -> Option<At> {
    Some(at(frame, mark.x?, mark.y)).filter(|&at| frame.holds(at))
}

/// The intervals of a mark as lines.
fn bars(frame: &Frame, mark: &Mark, (x, y): At) -> impl Iterator<Item = [At; 2]> {
    let wide = mark
        .x_interval
        .map(|(low, high)| [(frame.x.clamped(low), y), (frame.x.clamped(high), y)]);
    let high = mark
        .y_interval
        .map(|(low, high)| [(x, frame.y.clamped(low)), (x, frame.y.clamped(high))]);
    let finite = |bar: &[At; 2]| bar.iter().all(|at| at.0.is_finite() && at.1.is_finite());
    wide.into_iter().chain(high).filter(finite)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::figure::Scale;
    use proptest::prelude::*;

    fn draw(marks: Vec<Mark>) -> Result<String, ReportError> {
        let panel = ScatterPanel {
            title: None,
            x: Axis::log("x"),
            y: Axis::linear("y"),
            clouds: vec![Cloud {
                label: "c".into(),
                look: 0,
                marks,
                joined: false,
            }],
            cross: None,
        };
        let scatter = Scatter {
            panels: vec![panel],
            columns: 1,
            tagged: true,
            aside: "unknown".into(),
        };
        Ok(scatter.draw(FigureText::new("f", "", "", ""))?.svg)
    }

    #[test]
    fn a_limit_is_hollow_and_a_mark_without_x_stands_apart() {
        let limit = Mark {
            x: None,
            open: true,
            ..Mark::new(1.0, 2.0)
        };
        let hollow = r##"fill="none" stroke="#0072B2" stroke-width="14"/>"##;
        let alone = draw(vec![Mark::new(1.0, 1.0)]).unwrap();
        let both = draw(vec![Mark::new(1.0, 1.0), limit.clone()]).unwrap();
        assert_eq!(alone.matches(hollow).count(), 0);
        assert_eq!(both.matches(hollow).count(), 1);
        assert!(both.contains("unknown") && !alone.contains("unknown"));
        // Without one mark that has a place there is no axis.
        assert!(matches!(
            draw(vec![limit]),
            Err(ReportError::NothingToDraw { .. })
        ));
    }

    #[test]
    fn intervals_are_bars_in_both_directions() {
        let mark = Mark {
            x_interval: Some((5.0, 20.0)),
            y_interval: Some((1.0, 3.0)),
            ..Mark::new(10.0, 2.0)
        };
        let bars = r##"stroke="#0072B2" stroke-width="13""##;
        assert_eq!(draw(vec![mark]).unwrap().matches(bars).count(), 2);
    }

    proptest! {
        #[test]
        fn any_numbers_give_a_well_formed_figure_or_an_error(
            values in prop::collection::vec(any::<[f64; 6]>(), 1..12),
            log in any::<bool>(),
        ) {
            let scale = if log { Scale::Log } else { Scale::Linear };
            let axis = |label: &str| Axis { label: label.into(), scale, range: None };
            let mark = |&[x, y, a, b, c, d]: &[f64; 6]| Mark {
                x: (a > 0.0).then_some(x),
                x_interval: Some((a, b)),
                y_interval: Some((c, d)),
                open: a > b,
                name: "n".into(),
                y,
            };
            let panel = ScatterPanel {
                title: Some("t".into()),
                x: axis("x"),
                y: axis("y"),
                clouds: vec![Cloud {
                    label: "c".into(),
                    look: 7,
                    marks: values.iter().map(mark).collect(),
                    joined: true,
                }],
                cross: Some((values[0][0], values[0][1])),
            };
            let scatter = Scatter { panels: vec![panel], columns: 2, tagged: log, aside: "?".into() };
            match scatter.draw(FigureText::new("f", "", "", "")) {
                Ok(figure) => prop_assert!(roxmltree::Document::parse(&figure.svg).is_ok()),
                Err(error) => prop_assert!(matches!(error, ReportError::NothingToDraw { .. }), "{error}"),
            }
        }
    }
}
