//! A canvas as an SVG document, by plotters' backend.

use maud::{Render as _, html};
use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, FontDesc, FontFamily, FontStyle, ShapeStyle, TextStyle};

use super::FigureText;
use super::canvas::{Anchor, At, Canvas, Item, TextLook};
use super::palette::Paint;
use crate::report::ReportError;

/// Backend units per pixel: coordinates are rounded to a tenth of a pixel.
const SCALE: f64 = 10.0;
/// A stack whose members share Helvetica's widths, which [`super::label::width`] estimates.
const FONTS: &str = "Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif";
/// plotters divides a font size by this before it writes it.
const FONT_RATIO: f64 = 1.24;

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

/// XML cannot hold control characters, not even escaped.
fn printable(text: &str) -> String {
    text.replace(|c: char| c.is_control() && c != '\n', " ")
}

/// The figure as a document that stands alone: `scale` CSS pixels per pixel of the canvas.
///
/// # Errors
/// [`ReportError::Drawing`] with what the backend refuses.
pub(super) fn document(
    canvas: &Canvas,
    FigureText { id, title, alt, .. }: &FigureText,
    scale: f64,
) -> Result<String, ReportError> {
    let refused = |reason| ReportError::Drawing {
        figure: id.clone(),
        reason,
    };
    let elements = elements(&canvas.items, canvas.size).map_err(refused)?;
    let head = html! {
        title id={ (id) "-title" } { (printable(title).render()) }
        desc id={ (id) "-desc" } { (printable(alt).render()) }
    };
    let paper = {
        let c = Paint::Paper.colour();
        format!("#{:02X}{:02X}{:02X}", c.0, c.1, c.2)
    };
    let (width, height) = canvas.size;
    let (wide, high) = (units(width), units(height));
    let css = |pixels: f64| (pixels * scale * 100.0).round() / 100.0;
    let (width, height) = (css(width), css(height));
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {wide} {high}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n{}\n\
         <rect width=\"{wide}\" height=\"{high}\" fill=\"{paper}\"/>\n\
         <g stroke-linejoin=\"round\">\n{elements}</g>\n</svg>\n",
        head.into_string()
    ))
}

/// The items as elements; a group with a title of its own where they have one.
fn elements(items: &[Item], size: At) -> Result<String, String> {
    let mut all = String::new();
    for part in items.chunk_by(|a, b| !titled(a) && !titled(b)) {
        match part {
            [Item::Titled { title, items }] => {
                let title = html! { title { (printable(title)) } }.into_string();
                all += &format!("<g>{title}\n{}</g>\n", elements(items, size)?);
            }
            plain => all += &drawn(plain, size)?,
        }
    }
    Ok(all)
}

fn titled(item: &Item) -> bool {
    matches!(item, Item::Titled { .. })
}

/// What plotters makes of items without titles.
fn drawn(items: &[Item], (width, height): At) -> Result<String, String> {
    let mut buffer = String::new();
    let size = (units(width).max(1) as u32, units(height).max(1) as u32);
    let mut backend = SVGBackend::with_string(&mut buffer, size);
    for item in items {
        draw_item(&mut backend, item)?;
    }
    backend.present().map_err(|error| error.to_string())?;
    drop(backend);
    let start = buffer.find(">\n").map_or(0, |at| at + 2);
    let end = buffer.rfind("</svg>").unwrap_or(buffer.len());
    let mut elements = String::new();
    for line in buffer[start..end].lines() {
        elements += &line.replace(" opacity=\"1\"", "");
        // plotters puts a text on a line of its own (its `<` escaped); the breaks would become blanks.
        if line.starts_with('<') && !line.starts_with("<text") {
            elements.push('\n');
        }
    }
    Ok(elements)
}

fn draw_item<B: DrawingBackend>(backend: &mut B, item: &Item) -> Result<(), String> {
    let drawn = match item {
        Item::Path { points, stroke } => {
            let style = ShapeStyle {
                color: stroke.paint.colour().to_rgba(),
                filled: false,
                stroke_width: units(stroke.width).max(1) as u32,
            };
            let parts = match stroke.dash {
                Some((on, off)) => dashes(points, on, off),
                None => vec![points.clone()],
            };
            let mut parts = parts.iter().filter(|part| part.len() > 1);
            parts.try_for_each(|part| {
                let part = part.iter().copied().map(point);
                backend.draw_path(part, &style)
            })
        }
        Item::Polygon {
            points,
            paint,
            opacity,
        } => backend.fill_polygon(points.iter().copied().map(point), &filled(*paint, *opacity)),
        Item::Circle {
            centre,
            radius,
            paint,
            outline,
        } => {
            let mut style = filled(*paint, 1.0);
            if let Some(width) = outline {
                style.stroke_width = units(*width).max(1) as u32;
            }
            let radius = units(*radius).max(1) as u32;
            backend.draw_circle(point(*centre), radius, &style, outline.is_none())
        }
        Item::Text {
            text,
            at,
            anchor,
            look: TextLook { size, paint, bold },
        } => {
            let weight = if *bold {
                FontStyle::Bold
            } else {
                FontStyle::Normal
            };
            let h_pos = match anchor {
                Anchor::Start => HPos::Left,
                Anchor::Middle => HPos::Center,
                Anchor::End => HPos::Right,
            };
            let style = TextStyle {
                font: FontDesc::new(FontFamily::Name(FONTS), size * SCALE * FONT_RATIO, weight),
                color: paint.colour().to_backend_color(),
                pos: Pos::new(h_pos, VPos::Center),
            };
            backend.draw_text(&printable(text).replace('\n', " "), &style, point(*at))
        }
        Item::Titled { items, .. } => {
            return items.iter().try_for_each(|item| draw_item(backend, item));
        }
    };
    drawn.map_err(|error| error.to_string())
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
        let mut canvas = Canvas::new((30.0, 20.0));
        let look = TextLook {
            size: 12.5,
            paint: Paint::Ink,
            bold: false,
        };
        canvas.titled(hostile.to_owned(), |canvas| {
            canvas.text(hostile, (1.0, 2.0), Anchor::End, look);
        });
        let svg = document(&canvas, &text, 2.0).unwrap();
        let tree = roxmltree::Document::parse(&svg).unwrap();
        assert_eq!(
            tree.root_element().attribute("viewBox"),
            Some("0 0 300 200")
        );
        assert_eq!(tree.root_element().attribute("width"), Some("60"));
        assert!(tree.descendants().all(|node| !node.has_tag_name("script")));
        let written = tree
            .descendants()
            .find(|node| node.tag_name().name() == "text")
            .unwrap();
        assert_eq!(written.attribute("font-size"), Some("125"));
        assert!(written.text().unwrap().starts_with("</text><script>"));
    }
}
