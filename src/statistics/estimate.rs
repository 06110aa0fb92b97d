//! A number, what kind of statement it makes, and its interval.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The confidence level of every interval in this crate.
pub const LEVEL: f64 = 0.95;

/// What a reported number claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Computed, not estimated: a count, a norm of given weights.
    Exact,
    /// Estimated from a sample.
    Estimate,
    /// The true value is at least this.
    LowerBound,
    /// The true value is at most this.
    UpperBound,
}

/// An interval that covers the true value in a fraction `level` of studies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Interval {
    /// Lower limit.
    #[serde(with = "super::json_float")]
    pub low: f64,
    /// Upper limit.
    #[serde(with = "super::json_float")]
    pub high: f64,
    /// Confidence level, such as 0.95.
    pub level: f64,
}

impl Interval {
    /// The interval from `low` to `high` at the crate's [`LEVEL`].
    pub fn new(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            level: LEVEL,
        }
    }

    /// Whether `value` lies inside, limits included.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// A number with its interval.
///
/// `Display` rounds to the digits the interval supports: value and limits get
/// the same number of decimals, such that the half-width keeps two significant
/// digits. Without an interval it prints up to four significant digits; exact
/// whole numbers (counts) are printed in full.
///
/// In JSON, infinite and undefined values are the words `"inf"`, `"-inf"` and
/// `"nan"`.
///
/// ```
/// use rethink::statistics::{Estimate, Interval, Kind};
/// let slope = Estimate {
///     value: 0.51234,
///     kind: Kind::Estimate,
///     interval: Some(Interval::new(0.47811, 0.54657)),
///     samples: 10,
/// };
/// assert_eq!(slope.to_string(), "0.512 [0.478, 0.547]");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Estimate {
    /// The point estimate, or the bound.
    #[serde(with = "super::json_float")]
    pub value: f64,
    /// What the value claims.
    pub kind: Kind,
    /// Its interval; `None` where the sample determines none.
    pub interval: Option<Interval>,
    /// Independent units (seeds, trials) the value rests on.
    pub samples: usize,
}

impl Estimate {
    /// A computed value: no sampling error, hence no interval.
    pub fn exact(value: f64) -> Self {
        Self {
            value,
            kind: Kind::Exact,
            interval: None,
            samples: 1,
        }
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.kind {
            Kind::LowerBound => f.write_str("≥ ")?,
            Kind::UpperBound => f.write_str("≤ ")?,
            Kind::Exact | Kind::Estimate => {}
        }
        let whole = self.kind == Kind::Exact && self.value.fract() == 0.0;
        match self.interval {
            None if whole && self.value.abs() < 1e15 => write!(f, "{}", self.value),
            None => f.write_str(&significant(self.value)),
            // Samples without spread: the interval would repeat the value.
            Some(interval) if interval.low == interval.high => {
                f.write_str(&significant(self.value))
            }
            Some(interval) => {
                let shown = [self.value, interval.low, interval.high];
                let [value, low, high] = match half_width(self.value, interval) {
                    Some(half) => aligned(shown, half),
                    None => shown.map(significant),
                };
                write!(f, "{value} [{low}, {high}]")
            }
        }
    }
}

/// The half-width that sets the digits: of the finite side where only one is.
fn half_width(value: f64, interval: Interval) -> Option<f64> {
    let both = (interval.high - interval.low) / 2.0;
    [both, value - interval.low, interval.high - value]
        .into_iter()
        .find(|half| half.is_finite() && *half > 0.0)
}

/// The decimal exponent of `x` once rounded to `digits` significant digits, so
/// that 0.0999 at two digits counts as 0.10 and not as 0.099.
fn exponent(x: f64, digits: usize) -> i32 {
    let text = format!("{:.*e}", digits - 1, x);
    text.rsplit('e')
        .next()
        .and_then(|e| e.parse().ok())
        .unwrap_or(0)
}

/// Exponents outside this range are written out: `1.23e10`.
const PLAIN: std::ops::Range<i32> = -4..7;

/// Formats all values with the decimals at which `half` has two digits.
fn aligned(values: [f64; 3], half: f64) -> [String; 3] {
    let largest = values
        .iter()
        .filter(|v| v.is_finite())
        .fold(0.0_f64, |m, v| m.max(v.abs()));
    let decimals = 1 - exponent(half, 2);
    let scale = exponent(largest, 4);
    if PLAIN.contains(&scale) {
        values.map(|v| fixed(v, decimals))
    } else {
        values.map(|v| format!("{}e{scale}", fixed(v / 10f64.powi(scale), decimals + scale)))
    }
}

/// Formats with `decimals` decimals; negative ones round to tens, hundreds.
fn fixed(value: f64, decimals: i32) -> String {
    let unsigned_zero = |text: String| {
        let zero = text
            .strip_prefix('-')
            .filter(|t| t.chars().all(|c| "0.".contains(c)));
        zero.map(str::to_owned).unwrap_or(text)
    };
    match usize::try_from(decimals) {
        Ok(decimals) => unsigned_zero(format!("{value:.decimals$}")),
        Err(_) => {
            let unit = 10f64.powi(-decimals);
            unsigned_zero(format!("{:.0}", (value / unit).round() * unit))
        }
    }
}

/// Up to four significant digits, without trailing zeros.
fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return (value + 0.0).to_string(); // adding 0 turns -0 into 0
    }
    let scale = exponent(value, 4);
    let trim = |text: String| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    };
    if PLAIN.contains(&scale) {
        trim(fixed(value, 3 - scale))
    } else {
        format!("{}e{scale}", trim(fixed(value / 10f64.powi(scale), 3)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(value: f64, low: f64, high: f64) -> String {
        let interval = Some(Interval::new(low, high));
        Estimate {
            value,
            kind: Kind::Estimate,
            interval,
            samples: 5,
        }
        .to_string()
    }

    fn exact(value: f64) -> String {
        Estimate::exact(value).to_string()
    }

    #[test]
    fn the_half_width_keeps_two_digits() {
        assert_eq!(shown(0.12345, 0.11, 0.136), "0.123 [0.110, 0.136]");
        assert_eq!(shown(1.5, 0.52, 2.48), "1.50 [0.52, 2.48]");
        assert_eq!(shown(-3.0, -28.0, 22.0), "-3 [-28, 22]");
        assert_eq!(
            shown(123_456.0, 122_222.0, 124_690.0),
            "123500 [122200, 124700]"
        );
        assert_eq!(shown(-0.0004, -0.2, 0.2), "0.00 [-0.20, 0.20]");
    }

    #[test]
    fn a_half_width_that_rounds_up_to_a_power_of_ten_is_that_power() {
        assert_eq!(shown(0.5, 0.5 - 0.0999, 0.5 + 0.0999), "0.50 [0.40, 0.60]");
    }

    #[test]
    fn large_and_small_values_share_one_exponent() {
        assert_eq!(
            shown(1.23456e10, 1.2e10, 1.27e10),
            "1.235e10 [1.200e10, 1.270e10]"
        );
        assert_eq!(shown(2.0e-7, 1.0e-7, 3.0e-7), "2.0e-7 [1.0e-7, 3.0e-7]");
    }

    #[test]
    fn one_sided_and_empty_intervals_still_print() {
        assert_eq!(shown(1.0, 0.75, f64::INFINITY), "1.00 [0.75, inf]");
        assert_eq!(shown(0.25, 0.25, 0.25), "0.25");
        assert_eq!(
            shown(0.5, f64::NEG_INFINITY, f64::INFINITY),
            "0.5 [-inf, inf]"
        );
    }

    #[test]
    fn exact_values_have_at_most_four_digits_unless_they_are_counts() {
        assert_eq!(exact(0.123_456), "0.1235");
        assert_eq!(exact(0.5), "0.5");
        assert_eq!(exact(1_234.567), "1235");
        assert_eq!(exact(669_706.0), "669706");
        assert_eq!(exact(1.5e-9), "1.5e-9");
        assert_eq!(exact(0.0), "0");
        assert_eq!(exact(f64::NAN), "NaN");
        assert_eq!(exact(f64::NEG_INFINITY), "-inf");
    }

    #[test]
    fn bounds_say_so() {
        let bound = Estimate {
            kind: Kind::LowerBound,
            ..Estimate::exact(0.25)
        };
        assert_eq!(bound.to_string(), "≥ 0.25");
    }

    #[test]
    fn json_has_no_nan_and_loses_nothing() {
        let odd = Estimate {
            value: f64::NAN,
            kind: Kind::UpperBound,
            interval: Some(Interval::new(f64::NEG_INFINITY, f64::INFINITY)),
            samples: 3,
        };
        let json = serde_json::to_string(&odd).unwrap();
        assert_eq!(
            json,
            r#"{"value":"nan","kind":"upper-bound","interval":{"low":"-inf","high":"inf","level":0.95},"samples":3}"#
        );
        let back: Estimate = serde_json::from_str(&json).unwrap();
        assert!(back.value.is_nan());
        assert_eq!(back.interval, odd.interval);
        assert!(serde_json::from_str::<Estimate>(&json.replace("nan", "none")).is_err());
    }

    proptest! {
        #[test]
        fn finite_estimates_survive_json(value: f64, low: f64, high: f64, samples: u16) {
            prop_assume!(!value.is_nan() && !low.is_nan() && !high.is_nan());
            let estimate = Estimate {
                value,
                kind: Kind::Estimate,
                interval: Some(Interval::new(low, high)),
                samples: usize::from(samples),
            };
            let json = serde_json::to_string(&estimate).unwrap();
            prop_assert_eq!(serde_json::from_str::<Estimate>(&json).unwrap(), estimate);
        }

        #[test]
        fn what_is_printed_is_within_half_a_digit(value in -1e5..1e5_f64, half in 1e-3..1e3_f64) {
            let text = shown(value, value - half, value + half);
            let printed: f64 = text.split(' ').next().unwrap().parse().unwrap();
            prop_assert!((printed - value).abs() <= 0.05 * half * 1.000_001, "{text}");
        }
    }
}
