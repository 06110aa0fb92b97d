//! Axes: ranges, where the ticks stand, and what they say.

use super::key::FONT;
use super::label;
use crate::report::ReportError;
use crate::text::number::{fixed, power_of_ten, rounded};

/// How values become lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences are equally long.
    Linear,
    /// Equal ratios are equally long; values must be positive.
    Log,
}

/// One axis of a figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What is measured, with its unit: `"cross-entropy (nats)"`.
    pub label: String,
    /// Linear or logarithmic.
    pub scale: Scale,
    /// Lower and upper end; taken from the data if not given.
    pub range: Option<(f64, f64)>,
}

impl Axis {
    /// A linear axis with the range of its data.
    pub fn linear(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            scale: Scale::Linear,
            range: None,
        }
    }

    /// A logarithmic axis with the range of its data.
    pub fn log(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            scale: Scale::Log,
            range: None,
        }
    }

    /// The same axis with a range of its own; what lies outside is cut off.
    pub fn range(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }

    /// Whether the axis has a place for `value`: finite, below 10³⁰⁰, positive on a log axis.
    pub(super) fn shows(&self, value: f64) -> bool {
        value.abs() <= LARGEST && (self.scale == Scale::Linear || value >= 1.0 / LARGEST)
    }

    /// The ends of the axis: its own range, or that of the `values` with a share `pad` added.
    ///
    /// A linear axis of non-negative values that come near zero begins there.
    /// Returns none if there is no value to show.
    ///
    /// # Errors
    /// [`ReportError::InvalidRange`] if the given range is empty or not finite.
    pub(super) fn ends(
        &self,
        values: impl IntoIterator<Item = f64>,
        pad: f64,
    ) -> Result<Option<Ends>, ReportError> {
        if let Some((low, high)) = self.range {
            if self.shows(low) && self.shows(high) && low < high {
                return Ok(Some((low, high)));
            }
            return Err(ReportError::InvalidRange {
                axis: self.label.clone(),
                low,
                high,
            });
        }
        let shown = values.into_iter().filter(|&value| self.shows(value));
        let (low, high) = shown.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
            (l.min(v), h.max(v))
        });
        Ok((low <= high).then(|| match self.scale {
            Scale::Linear => {
                let pad = if low < high {
                    pad * (high - low)
                } else {
                    0.05 * low.abs().max(1.0)
                };
                let from_zero = low >= 0.0 && low < 0.4 * high;
                (if from_zero { 0.0 } else { low - pad }, high + pad)
            }
            Scale::Log => {
                let share = if low < high {
                    pad * (high.ln() - low.ln())
                } else {
                    2f64.ln()
                };
                let ratio = share.exp().min(1e4);
                (low / ratio, high * ratio)
            }
        }))
    }
}

/// Measured values that an axis marks one by one; more are a range.
const DESIGN: usize = 8;

impl Axis {
    /// The measured values, where there are few of them on a logarithmic axis.
    pub(super) fn marks(&self, (low, high): Ends, design: &[f64]) -> Option<Vec<f64>> {
        let mut values: Vec<f64> = design.iter().copied().filter(|&v| self.shows(v)).collect();
        values.retain(|value| (low..=high).contains(value));
        values.sort_by(f64::total_cmp);
        values.dedup();
        let few = (3..=DESIGN).contains(&values.len());
        (self.scale == Scale::Log && few).then_some(values)
    }

    /// Ticks along `length` pixels: at the measured values, if three of them have room.
    pub(super) fn ticks(&self, ends: Ends, design: &[f64], length: f64) -> Vec<Tick> {
        let map = Map::new(self.scale, ends, (0.0, length));
        let mut ticks: Vec<Tick> = Vec::new();
        for value in self.marks(ends, design).unwrap_or_default() {
            let label = rounded(value, 4);
            let tick = Tick { value, label };
            if ticks
                .last()
                .is_none_or(|last| apart(&map, last, &tick, FONT))
            {
                ticks.push(tick);
            }
        }
        match ticks.len() {
            ..3 => ticks_that_fit(self.scale, ends, length, FONT),
            _ => ticks,
        }
    }
}

/// Lower and upper end of an axis.
pub(super) type Ends = (f64, f64);

/// Leaves room for the arithmetic of ranges before overflow.
const LARGEST: f64 = 1e300;

/// A value as a place along an axis.
#[derive(Debug, Clone, Copy)]
pub(super) struct Map {
    scale: Scale,
    ends: Ends,
    pixels: (f64, f64),
}

impl Map {
    pub(super) fn new(scale: Scale, ends: Ends, pixels: (f64, f64)) -> Self {
        Self {
            scale,
            ends,
            pixels,
        }
    }

    /// Pixel of `value`, which the axis must show; beyond the ends if the value is.
    pub(super) fn at(&self, value: f64) -> f64 {
        let (low, high) = self.ends;
        let share = match self.scale {
            Scale::Linear => (value - low) / (high - low),
            Scale::Log => (value.ln() - low.ln()) / (high.ln() - low.ln()),
        };
        // Far outside is as good as just outside, and stays within what SVG can hold.
        self.pixels.0 + share.clamp(-9.0, 10.0) * (self.pixels.1 - self.pixels.0)
    }

    /// Pixel of `value`, moved to the nearer end if the axis cannot show it.
    pub(super) fn clamped(&self, value: f64) -> f64 {
        if self.scale == Scale::Log && value <= 0.0 {
            return self.pixels.0;
        }
        let value = value.clamp(self.ends.0, self.ends.1);
        self.at(value)
    }
}

/// A labelled tick.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub value: f64,
    pub label: String,
}

/// The most ticks, in steps of 1, 2 or 5, of which there are at most `most`.
///
/// On a log axis they stand at 1-2-5 of every decade, or at decades. A log axis
/// too short for either is divided like a linear one.
pub(super) fn ticks(scale: Scale, (low, high): Ends, most: usize) -> Vec<Tick> {
    match scale {
        Scale::Linear => linear(low, high, most),
        Scale::Log => {
            let (found, divided) = (log(low, high, most), linear(low, high, most));
            // Two labels do not show that an axis is logarithmic.
            if found.len() >= 3 || found.len() >= divided.len() {
                found
            } else {
                divided
            }
        }
    }
}

/// The most ticks whose labels do not touch along an axis of `length` pixels.
pub(super) fn ticks_that_fit(scale: Scale, ends: Ends, length: f64, size: f64) -> Vec<Tick> {
    let map = Map::new(scale, ends, (0.0, length));
    let fits = |found: &Vec<Tick>| {
        let mut pairs = found.windows(2);
        pairs.all(|pair| apart(&map, &pair[0], &pair[1], size))
    };
    let usual = (2..=8).map(|most| ticks(scale, ends, most));
    let best = usual.filter(fits).max_by_key(Vec::len).unwrap_or_default();
    three(scale, ends, best, fits)
}

/// The ticks of an upright axis of `height` pixels.
pub(super) fn upright(scale: Scale, ends: Ends, height: f64) -> Vec<Tick> {
    let most = ((height / 42.0) as usize).clamp(3, 7);
    let map = Map::new(scale, ends, (0.0, height));
    let gap = |pair: &[Tick]| map.at(pair[1].value) - map.at(pair[0].value);
    three(scale, ends, ticks(scale, ends, most), |found| {
        found.windows(2).all(|pair| gap(pair) >= 1.3 * FONT)
    })
}

/// `best`, or ticks at other values where its labels touch, or are less than three on a
/// logarithmic axis: two do not show that it is one.
fn three(
    scale: Scale,
    ends: Ends,
    best: Vec<Tick>,
    fits: impl Fn(&Vec<Tick>) -> bool,
) -> Vec<Tick> {
    if scale == Scale::Linear {
        return best;
    }
    let mantissas: [&[f64]; 5] = [
        &[1.0, 3.0],
        &[1.0, 2.0, 4.0],
        &[1.5, 3.0, 6.0],
        &[2.0, 3.0, 5.0],
        &[4.0, 6.0, 8.0],
    ];
    let (low, high) = ends;
    let others = mantissas.into_iter().map(|mantissas| {
        let values = decades(low, high, mantissas).into_iter();
        values.map(log_tick).collect::<Vec<Tick>>()
    });
    let divided = (3..=8).map(|most| linear(low, high, most));
    let all = std::iter::once(best).chain(others).chain(divided);
    let all: Vec<Vec<Tick>> = all.filter(fits).collect();
    let with = |least| all.iter().find(|ticks| ticks.len() >= least);
    let found = with(3).or_else(|| with(2)).or_else(|| with(0));
    found.cloned().unwrap_or_default()
}

/// Whether the labels of two ticks do not touch.
fn apart(map: &Map, before: &Tick, after: &Tick, size: f64) -> bool {
    const GAP: f64 = 9.0;
    let half = |tick: &Tick| label::width(&tick.label, size) / 2.0;
    map.at(after.value) - map.at(before.value) >= half(before) + half(after) + GAP
}

/// Unlabelled ticks of a log axis at 1, 2, ... 9 of every decade; none over many decades.
pub(super) fn minor(scale: Scale, (low, high): Ends) -> Vec<f64> {
    if scale == Scale::Linear || (high / low).log10() > 5.0 {
        return Vec::new();
    }
    decades(low, high, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0])
}

fn linear(low: f64, high: f64, most: usize) -> Vec<Tick> {
    let most = most.max(2);
    let rough = (high - low) / most as f64;
    // From below the least double, in case the ends are that close.
    let mut exponent = rough.log10().floor().max(-330.0) as i32;
    // Multiples of the step within the ends, forgiving rounding at both.
    let inside = |step: f64| {
        let slack = 1e-9 * (high - low) / step;
        (
            (low / step - slack).ceil() as i64,
            (high / step + slack).floor() as i64,
        )
    };
    let (mantissa, first, last) = 'found: loop {
        for mantissa in [1.0, 2.0, 5.0] {
            let (first, last) = inside(mantissa * 10f64.powi(exponent));
            if last.saturating_sub(first) < most as i64 {
                break 'found (mantissa, first, last);
            }
        }
        exponent += 1;
    };
    let scientific = low.abs().max(high.abs()) >= 1e6 || exponent < -4;
    (first..=last)
        .map(|index| {
            // From the decimal string, so that 3 × 0.1 is 0.3.
            let value = decimal(index as f64 * mantissa, exponent);
            let label = match scientific && index != 0 {
                true => scientific_label(value),
                false => fixed(value, (-exponent).max(0) as usize),
            };
            Tick { value, label }
        })
        .collect()
}

fn log(low: f64, high: f64, most: usize) -> Vec<Tick> {
    let levels: [&[f64]; 3] = [&[1.0, 2.0, 5.0], &[1.0, 5.0], &[1.0]];
    let levels = levels.map(|mantissas| decades(low, high, mantissas));
    // 1 and 5 alone are a makeshift for an axis of less than three decades.
    let enough = levels[2].len() >= 3;
    let usable = levels
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != 1 || !enough);
    if let Some((_, level)) = usable.into_iter().find(|(_, level)| level.len() <= most) {
        return level.iter().copied().map(log_tick).collect();
    }
    let every = levels[2].len().div_ceil(most.max(1)) as i64;
    // Multiples of `every`, so that 1 stays a tick when others go.
    let kept = levels[2]
        .iter()
        .filter(|v| (v.log10().round() as i64).rem_euclid(every) == 0);
    kept.copied().map(log_tick).collect()
}

/// `mantissa × 10^k` within the ends, for every k.
fn decades(low: f64, high: f64, mantissas: &[f64]) -> Vec<f64> {
    let (first, last) = (low.log10().floor() as i32, high.log10().floor() as i32);
    let all = (first..=last).flat_map(|k| mantissas.iter().map(move |&m| decimal(m, k)));
    all.filter(|&v| v >= low * (1.0 - 1e-9) && v <= high * (1.0 + 1e-9))
        .collect()
}

/// The double nearest to `mantissa × 10^exponent`.
fn decimal(mantissa: f64, exponent: i32) -> f64 {
    format!("{mantissa}e{exponent}")
        .parse()
        .unwrap_or(mantissa * 10f64.powi(exponent))
}

fn log_tick(value: f64) -> Tick {
    let label = log_label(value);
    Tick { value, label }
}

/// `0.001` to `5000` written out, powers of ten beyond.
fn log_label(value: f64) -> String {
    if (1e-3 * (1.0 - 1e-9)..1e4).contains(&value) {
        fixed(value, (-value.log10().floor()).max(0.0) as usize)
    } else {
        scientific_label(value)
    }
}

fn scientific_label(value: f64) -> String {
    let text = format!("{value:.3e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let power = power_of_ten(exponent.parse().unwrap_or(0));
    match mantissa.trim_end_matches('0').trim_end_matches('.') {
        "1" => power,
        "-1" => format!("−{power}"),
        digits => format!("{}×{power}", digits.replace('-', "−")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(scale: Scale, ends: Ends, most: usize) -> Vec<String> {
        ticks(scale, ends, most)
            .into_iter()
            .map(|tick| tick.label)
            .collect()
    }

    #[test]
    fn linear_ticks_read_like_a_person_wrote_them() {
        assert_eq!(
            labels(Scale::Linear, (0.0, 1.0), 6),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(
            labels(Scale::Linear, (0.0, 60.0), 7),
            ["0", "10", "20", "30", "40", "50", "60"]
        );
        assert_eq!(
            labels(Scale::Linear, (-1.1, 1.1), 5),
            ["−1.0", "−0.5", "0.0", "0.5", "1.0"]
        );
        assert_eq!(
            labels(Scale::Linear, (0.0, 20_000.0), 3),
            ["0", "10,000", "20,000"]
        );
        assert_eq!(
            labels(Scale::Linear, (0.0, 3e6), 4),
            ["0", "10⁶", "2×10⁶", "3×10⁶"]
        );
    }

    #[test]
    fn log_ticks_are_decades_or_1_2_5() {
        assert_eq!(
            labels(Scale::Log, (1e-3, 1e2), 6),
            ["0.001", "0.01", "0.1", "1", "10", "100"]
        );
        assert_eq!(
            labels(Scale::Log, (400.0, 12_000.0), 6),
            ["500", "1000", "2000", "5000", "10⁴"]
        );
        assert_eq!(labels(Scale::Log, (1e-5, 3e4), 4), ["0.001", "1", "1000"]);
        assert_eq!(
            labels(Scale::Log, (110.0, 190.0), 5),
            ["120", "140", "160", "180"]
        );
    }

    #[test]
    fn ends_come_from_the_data_and_begin_at_zero_when_near() {
        let axis = Axis::linear("x");
        assert_eq!(
            axis.ends([0.1, 1.0, f64::NAN], 0.0).unwrap(),
            Some((0.0, 1.0))
        );
        assert_eq!(axis.ends([f64::NAN], 0.0).unwrap(), None);
        assert_eq!(
            Axis::log("x").ends([-1.0, 0.0, 2.0], 0.0).unwrap(),
            Some((1.0, 4.0))
        );
        let error = Axis::log("x").range(0.0, 1.0).ends([], 0.0).unwrap_err();
        assert!(matches!(error, ReportError::InvalidRange { .. }));
    }

    proptest! {
        #[test]
        fn ticks_are_few_inside_and_ascending(
            low in -1e6_f64..1e6, width in 1e-6_f64..1e7, most in 2_usize..9,
        ) {
            let found = ticks(Scale::Linear, (low, low + width), most);
            prop_assert!(found.len() <= most);
            let slack = 1e-8 * width;
            prop_assert!(found.iter().all(|t| t.value >= low - slack && t.value <= low + width + slack));
            prop_assert!(found.windows(2).all(|p| p[0].value < p[1].value));
        }

        #[test]
        fn a_log_axis_is_never_without_two_labels(low in -8.0_f64..8.0, decades in 0.3_f64..12.0) {
            let ends = (10f64.powf(low), 10f64.powf(low + decades));
            prop_assert!(ticks(Scale::Log, ends, 6).len() >= 2);
        }
    }
}
