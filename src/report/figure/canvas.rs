//! A canvas in CSS pixels over plotters' SVG backend.

use maud::{Render as _, html};
use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, FontDesc, FontFamily, FontStyle, ShapeStyle, TextStyle};

use super::data::Data;
use super::palette::Paint;
use super::{Figure, FigureText};
use crate::report::ReportError;
use crate::report::question::check_id;

/// Backend units per CSS pixel: coordinates are rounded to a tenth of a pixel.
const SCALE: f64 = 10.0;
/// A stack whose members share Helvetica's widths, which [`super::label::width`] estimates.
const FONTS: &str = "Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif";
/// plotters divides a font size by this before it writes it.
const FONT_RATIO: f64 = 1.24;

/// A point in CSS pixels from the upper left corner.
pub(super) type At = (f64, f64);

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextLook {
    pub size: f64,
    pub paint: Paint,
    pub bold: bool,
}

/// How a line looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stroke {
    pub paint: Paint,
    pub width: f64,
    /// Lengths of dash and gap in pixels; none for a solid line.
    pub dash: Option<(f64, f64)>,
}

impl Stroke {
    pub(super) fn solid(paint: Paint, width: f64) -> Self {
        Self {
            paint,
            width,
            dash: None,
        }
    }
}

/// A rectangle in CSS pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Rect {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }
}

/// Draws, and remembers the first failure until [`Canvas::finish`].
pub(super) struct Canvas<'a> {
    backend: SVGBackend<'a>,
    failure: Option<String>,
}

fn units(pixels: f64) -> i32 {
    (pixels * SCALE).round() as i32
}

fn point((x, y): At) -> (i32, i32) {
    (units(x), units(y))
}

fn filled(paint: Paint, opacity: f64) -> ShapeStyle {
    ShapeStyle {
        color: paint.colour().mix(opacity),
        filled: true,
        stroke_width: 0,
    }
}

impl<'a> Canvas<'a> {
    /// An empty canvas of `size` CSS pixels that writes to `buffer`.
    pub(super) fn new(buffer: &'a mut String, (width, height): At) -> Self {
        let size = (units(width).max(1) as u32, units(height).max(1) as u32);
        Self {
            backend: SVGBackend::with_string(buffer, size),
            failure: None,
        }
    }

    fn note<E: std::fmt::Display>(&mut self, result: Result<(), E>) {
        if let (Err(error), None) = (result, &self.failure) {
            self.failure = Some(error.to_string());
        }
    }

    /// A broken line through the points, dashed if the stroke says so.
    pub(super) fn path(&mut self, points: &[At], stroke: Stroke) {
        let style = ShapeStyle {
            color: stroke.paint.colour().to_rgba(),
            filled: false,
            stroke_width: units(stroke.width).max(1) as u32,
        };
        let parts = match stroke.dash {
            Some((on, off)) => dashes(points, on, off),
            None => vec![points.to_vec()],
        };
        for part in parts.iter().filter(|part| part.len() > 1) {
            let drawn = self
                .backend
                .draw_path(part.iter().copied().map(point), &style);
            self.note(drawn);
        }
    }

    /// A filled polygon; `opacity` from 0 to 1.
    pub(super) fn polygon(&mut self, points: &[At], paint: Paint, opacity: f64) {
        let drawn = self
            .backend
            .fill_polygon(points.iter().copied().map(point), &filled(paint, opacity));
        self.note(drawn);
    }

    /// A filled disc, or its outline.
    pub(super) fn circle(&mut self, centre: At, radius: f64, paint: Paint, outline: Option<f64>) {
        let mut style = filled(paint, 1.0);
        if let Some(width) = outline {
            style.stroke_width = units(width).max(1) as u32;
        }
        let radius = units(radius).max(1) as u32;
        let drawn = self
            .backend
            .draw_circle(point(centre), radius, &style, outline.is_none());
        self.note(drawn);
    }

    /// One line of text; `at` is half the height of a small letter above its baseline.
    pub(super) fn text(&mut self, text: &str, at: At, anchor: Anchor, look: TextLook) {
        // XML cannot hold control characters, not even escaped.
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let weight = if look.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let size = look.size * SCALE * FONT_RATIO;
        let h_pos = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let style = TextStyle {
            font: FontDesc::new(FontFamily::Name(FONTS), size, weight),
            color: look.paint.colour().to_backend_color(),
            pos: Pos::new(h_pos, VPos::Center),
        };
        let drawn = self.backend.draw_text(&text, &style, point(at));
        self.note(drawn);
    }

    /// Closes the drawing; [`document`] makes the figure of its buffer.
    ///
    /// # Errors
    /// [`ReportError::Drawing`] with the first failure.
    pub(super) fn finish(mut self, figure: &str) -> Result<(), ReportError> {
        let presented = self.backend.present();
        self.note(presented);
        match self.failure {
            None => Ok(()),
            Some(reason) => Err(ReportError::Drawing {
                figure: figure.to_owned(),
                reason,
            }),
        }
    }
}

/// The solid parts of a dashed line.
fn dashes(points: &[At], on: f64, off: f64) -> Vec<Vec<At>> {
    let mut parts = Vec::new();
    let Some(&first) = points.first() else {
        return parts;
    };
    let (mut solid, mut left) = (true, on);
    let mut part = vec![first];
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length <= left {
                left -= length;
                part.push(to);
                break;
            }
            let share = left / length;
            from = (
                from.0 + share * (to.0 - from.0),
                from.1 + share * (to.1 - from.1),
            );
            part.push(from);
            if solid {
                parts.push(std::mem::take(&mut part));
            }
            part = vec![from];
            solid = !solid;
            left = if solid { on } else { off };
        }
    }
    if solid {
        parts.push(part);
    }
    parts
}

/// Draws a figure of `size` CSS pixels and makes it a document that stands alone.
///
/// # Errors
/// An id that cannot be a file name, or what `draw` and the backend refuse.
pub(super) fn figure(
    text: FigureText,
    data: Data,
    size: At,
    draw: impl FnOnce(&mut Canvas) -> Result<(), ReportError>,
) -> Result<Figure, ReportError> {
    check_id(&text.id)?;
    let mut buffer = String::new();
    let mut canvas = Canvas::new(&mut buffer, size);
    draw(&mut canvas)?;
    canvas.finish(&text.id)?;
    let FigureText {
        id,
        title,
        caption,
        alt,
    } = text;
    let svg = document(&id, &title, &alt, size, &buffer);
    Ok(Figure {
        id,
        title,
        caption,
        alt,
        svg,
        csv: data.csv(),
    })
}

/// plotters' elements in a root of our own: CSS size, title and description, background.
fn document(id: &str, title: &str, alt: &str, (width, height): At, drawn: &str) -> String {
    let start = drawn.find(">\n").map_or(0, |at| at + 2);
    let end = drawn.rfind("</svg>").unwrap_or(drawn.len());
    let mut elements = String::new();
    for line in drawn[start..end].lines() {
        elements += &line.replace(" opacity=\"1\"", "");
        // plotters puts a text on a line of its own (its `<` escaped); the breaks would become blanks.
        if line.starts_with('<') && !line.starts_with("<text") {
            elements.push('\n');
        }
    }
    let printable = |text: &str| text.replace(|c: char| c.is_control(), " ").render();
    let head = html! {
        title id={ (id) "-title" } { (printable(title)) }
        desc id={ (id) "-desc" } { (printable(alt)) }
    };
    let paper = {
        let c = Paint::Paper.colour();
        format!("#{:02X}{:02X}{:02X}", c.0, c.1, c.2)
    };
    let (wide, high) = (units(width), units(height));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {wide} {high}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n{}\n\
         <rect width=\"{wide}\" height=\"{high}\" fill=\"{paper}\"/>\n\
         <g stroke-linejoin=\"round\">\n{elements}</g>\n</svg>\n",
        head.into_string()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_have_their_length_and_turn_corners() {
        let corner = [(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)];
        let parts = dashes(&corner, 4.0, 2.0);
        // 0-4 on, 4-6 off, 6-10 on: along the path of length 10.
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[0], [(0.0, 0.0), (4.0, 0.0)]);
        assert_eq!(parts[1], [(5.0, 1.0), (5.0, 5.0)]);
        let all = dashes(&corner, 100.0, 2.0);
        assert_eq!(all, [corner.to_vec()]);
    }

    #[test]
    fn a_document_is_well_formed_whatever_its_text() {
        let hostile = "</text><script>\u{0}\u{1b}&\"'";
        let text = FigureText::new("f", hostile, "", hostile);
        let drawn = figure(text, Data::new(), (30.0, 20.0), |canvas| {
            let look = TextLook {
                size: 12.5,
                paint: Paint::Ink,
                bold: false,
            };
            canvas.text(hostile, (1.0, 2.0), Anchor::End, look);
            Ok(())
        })
        .unwrap();
        let tree = roxmltree::Document::parse(&drawn.svg).unwrap();
        assert_eq!(
            tree.root_element().attribute("viewBox"),
            Some("0 0 300 200")
        );
        assert!(tree.descendants().all(|node| !node.has_tag_name("script")));
        let written = tree
            .descendants()
            .find(|node| node.tag_name().name() == "text")
            .unwrap();
        assert_eq!(written.attribute("font-size"), Some("125"));
        assert!(written.text().unwrap().starts_with("</text><script>"));
    }
}
