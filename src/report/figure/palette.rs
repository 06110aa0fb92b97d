//! Colours, and how they change on a dark page.

use std::fmt::Write as _;

use plotters::style::RGBColor;

/// What a line, shape or text is drawn for; decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    /// Labels and marks that carry meaning.
    Ink,
    /// Tick labels, leader lines, reference lines.
    Muted,
    /// The grid.
    Grid,
    /// The background, and the inside of hollow markers.
    Paper,
    /// The series with this index; colours repeat after six.
    Series(usize),
}

/// One colour on light and on dark paper.
struct Tone {
    name: &'static str,
    light: (u8, u8, u8),
    dark: &'static str,
}

const TONES: [Tone; 10] = [
    Tone {
        name: "ink",
        light: (0x1A, 0x1A, 0x1A),
        dark: "#E8E6E3",
    },
    Tone {
        name: "muted",
        light: (0x59, 0x59, 0x59),
        dark: "#A8A5A0",
    },
    Tone {
        name: "grid",
        light: (0xE4, 0xE4, 0xE4),
        dark: "#34363B",
    },
    Tone {
        name: "paper",
        light: (0xFF, 0xFF, 0xFF),
        dark: "#17181C",
    },
    // Okabe and Ito's colours without yellow and black; on dark paper the darker ones are raised.
    Tone {
        name: "series-1",
        light: (0x00, 0x72, 0xB2),
        dark: "#4AA8E0",
    },
    Tone {
        name: "series-2",
        light: (0xD5, 0x5E, 0x00),
        dark: "#F07F2E",
    },
    Tone {
        name: "series-3",
        light: (0x00, 0x9E, 0x73),
        dark: "#23BF93",
    },
    Tone {
        name: "series-4",
        light: (0xCC, 0x79, 0xA7),
        dark: "#DB93BC",
    },
    Tone {
        name: "series-5",
        light: (0xE6, 0x9F, 0x00),
        dark: "#E6A817",
    },
    Tone {
        name: "series-6",
        light: (0x56, 0xB4, 0xE9),
        dark: "#7CCBF5",
    },
];
const FIRST_SERIES: usize = 4;

/// Colours before they repeat.
const SERIES: usize = TONES.len() - FIRST_SERIES;

impl Paint {
    fn tone(self) -> &'static Tone {
        match self {
            Paint::Ink => &TONES[0],
            Paint::Muted => &TONES[1],
            Paint::Grid => &TONES[2],
            Paint::Paper => &TONES[3],
            Paint::Series(index) => &TONES[FIRST_SERIES + index % SERIES],
        }
    }

    /// The colour on light paper.
    pub(super) fn colour(self) -> RGBColor {
        let (r, g, b) = self.tone().light;
        RGBColor(r, g, b)
    }
}

fn hex((r, g, b): (u8, u8, u8)) -> String {
    format!("#{r:02X}{g:02X}{b:02X}")
}

/// CSS that declares every colour as a variable and recolours inline figures by it.
///
/// A figure keeps its explicit colours, so its file works alone; on the page,
/// rules that match those values take precedence over the attributes. The dark
/// values hold on a dark screen only, so print is light.
pub fn style_sheet() -> String {
    let mut css = String::from(":root{");
    for tone in &TONES {
        let _ = write!(css, "--{}:{};", tone.name, hex(tone.light));
    }
    css += "}\n@media screen and (prefers-color-scheme:dark){:root{";
    for tone in &TONES {
        let _ = write!(css, "--{}:{};", tone.name, tone.dark);
    }
    css += "}}\n";
    for tone in &TONES {
        let (name, light) = (tone.name, hex(tone.light));
        let _ = writeln!(css, "figure svg [fill=\"{light}\"]{{fill:var(--{name})}}");
        let _ = writeln!(
            css,
            "figure svg [stroke=\"{light}\"]{{stroke:var(--{name})}}"
        );
    }
    css
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast ratio, WCAG 2.2.
    fn contrast(a: (u8, u8, u8), b: (u8, u8, u8)) -> f64 {
        let luminance = |(r, g, b): (u8, u8, u8)| {
            let linear = |c: u8| {
                let c = f64::from(c) / 255.0;
                if c <= 0.04045 {
                    c / 12.92
                } else {
                    ((c + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn dark(tone: &Tone) -> (u8, u8, u8) {
        let byte = |at: usize| u8::from_str_radix(&tone.dark[at..at + 2], 16).unwrap();
        (byte(1), byte(3), byte(5))
    }

    #[test]
    fn text_and_lines_stand_out_on_both_papers() {
        let (light_paper, dark_paper) = (TONES[3].light, dark(&TONES[3]));
        for tone in &TONES[..2] {
            assert!(contrast(tone.light, light_paper) >= 4.5, "{}", tone.name);
            assert!(contrast(dark(tone), dark_paper) >= 4.5, "{}", tone.name);
        }
        for tone in &TONES[FIRST_SERIES..] {
            // Okabe and Ito's lightest colours are below 3 on white; markers tell them apart.
            assert!(contrast(tone.light, light_paper) >= 2.2, "{}", tone.name);
            assert!(contrast(dark(tone), dark_paper) >= 4.5, "{}", tone.name);
        }
    }

    #[test]
    fn no_two_paints_share_a_colour() {
        let colours: std::collections::HashSet<_> = TONES.iter().map(|t| t.light).collect();
        assert_eq!(colours.len(), TONES.len());
    }
}
