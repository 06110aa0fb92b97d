//! The size of a figure on paper.

use std::str::FromStr;

use super::key::FONT;

/// Width and font size of a figure, in points (1/72 inch).
///
/// ```
/// use rethink::report::figure::Paper;
/// let column = Paper::new("84mm".parse()?, 8.0)?;
/// assert!((column.width - 238.1).abs() < 0.1);
/// assert!("84".parse::<rethink::report::figure::Length>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paper {
    /// Width.
    pub width: f64,
    /// Size of the letters.
    pub font: f64,
}

/// A length in points, read from a number with a unit: `3.3in`, `84mm`, `8.4cm`, `240pt`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Length(pub f64);

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let units = [
            ("in", 72.0),
            ("mm", 72.0 / 25.4),
            ("cm", 72.0 / 2.54),
            ("pt", 1.0),
        ];
        let points = units.iter().find_map(|(unit, points)| {
            let number: f64 = text.trim().strip_suffix(unit)?.trim().parse().ok()?;
            (number.is_finite() && number > 0.0).then_some(number * points)
        });
        points.map(Self).ok_or_else(|| {
            format!(
                "'{text}' is not a length; give a number with its unit: 3.3in, 84mm, 8.4cm or 240pt"
            )
        })
    }
}

/// Letters that are taken to be across a figure; with fewer there is no room for two labels.
const FEWEST: f64 = 20.0;
/// With more letters than this across a figure, its plots are far larger than their words.
const MOST: f64 = 200.0;
/// CSS pixels in a point.
const CSS: f64 = 96.0 / 72.0;

impl Paper {
    /// On the page a figure is 380 CSS pixels wide, its letters 12.5: as much of them as a
    /// column of a paper holds, and as much as a phone shows.
    pub(super) const PAGE: Self = Self {
        width: 380.0 / CSS,
        font: FONT / CSS,
    };

    /// A figure of the given width with letters of `font` points.
    ///
    /// # Errors
    /// A font of no finite positive size, or a width below 20 or above 200 times the font size.
    pub fn new(Length(width): Length, font: f64) -> Result<Self, String> {
        let letters = width / font;
        if font.is_finite() && font > 0.0 && (FEWEST..=MOST).contains(&letters) {
            return Ok(Self { width, font });
        }
        Err(format!(
            "a figure {width:.0} points wide cannot have letters of {font} points; \
             give a width of {FEWEST:.0} to {MOST:.0} times the font size"
        ))
    }

    /// Width at the font size in which figures are laid out.
    pub(super) fn pixels(self) -> f64 {
        self.width * FONT / self.font
    }

    /// CSS pixels per pixel of the layout.
    pub(super) fn scale(self) -> f64 {
        self.font * CSS / FONT
    }
}
