//! A number, what kind of statement it makes, and its interval.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::number::{fixed, rounded, with_interval};

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
/// `Display` rounds to the digits the interval supports
/// ([`with_interval`]). Without an interval it prints up to four significant
/// digits; exact whole numbers (counts) are printed in full.
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

    /// Whether the whole interval lies above or below `value`; none where it reaches it, or
    /// where there is none.
    ///
    /// ```
    /// use std::cmp::Ordering;
    /// let ratio = rethink::statistics::geometric_mean(&[2.0, 2.5, 3.0])?;
    /// assert_eq!(ratio.side_of(1.0), Some(Ordering::Greater));
    /// assert_eq!(ratio.side_of(2.4), None);
    /// # Ok::<(), rethink::statistics::StatisticsError>(())
    /// ```
    pub fn side_of(&self, value: f64) -> Option<Ordering> {
        match self.interval? {
            i if i.low > value => Some(Ordering::Greater),
            i if i.high < value => Some(Ordering::Less),
            _ => None,
        }
    }

    /// The estimate of a number that is known to lie between two limits, `low` ≤ `high`:
    /// the value and its interval, cut there. A t interval knows no limits, and what it
    /// claims beyond them cannot be.
    pub fn within(self, low: f64, high: f64) -> Self {
        let cut = |x: f64| x.max(low).min(high);
        let interval = self.interval.map(|i| Interval {
            low: cut(i.low),
            high: cut(i.high),
            ..i
        });
        Self {
            value: cut(self.value),
            interval,
            ..self
        }
    }

    /// The estimate of a fraction, cut at 0 and 1: see [`within`](Self::within). Seeds, not
    /// images, are the sample, so its interval is a t interval; a count of images has a
    /// Wilson interval instead.
    pub fn fraction(self) -> Self {
        self.within(0.0, 1.0)
    }

    /// The same estimate in per cent instead of a fraction.
    pub fn percent(self) -> Self {
        Self {
            value: 100.0 * self.value,
            interval: self.interval.map(|i| Interval {
                low: 100.0 * i.low,
                high: 100.0 * i.high,
                ..i
            }),
            ..self
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
        let count = self.kind == Kind::Exact && self.value.fract() == 0.0;
        f.write_str(&match self.interval {
            None if count && self.value.abs() < 1e15 => fixed(self.value, 0),
            None => rounded(self.value, 4),
            Some(Interval { low, high, .. }) => with_interval(self.value, (low, high)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(value: f64) -> String {
        Estimate::exact(value).to_string()
    }

    #[test]
    fn an_estimate_is_cut_at_what_is_known() {
        let rho = Estimate {
            value: 0.9,
            interval: Some(Interval::new(0.7, 1.1)),
            ..Estimate::exact(0.0)
        };
        let cut = rho.within(-1.0, 1.0);
        assert_eq!(
            (cut.value, cut.interval),
            (0.9, Some(Interval::new(0.7, 1.0)))
        );
        assert_eq!(rho.within(0.0, 0.5).value, 0.5);
        let share = rho.fraction().percent();
        assert_eq!(share.interval, Some(Interval::new(70.0, 100.0)));
    }

    #[test]
    fn exact_values_have_at_most_four_digits_unless_they_are_counts() {
        assert_eq!(exact(0.123_456), "0.1235");
        assert_eq!(exact(0.5), "0.5");
        assert_eq!(exact(1_234.567), "1235");
        assert_eq!(exact(669_706.0), "669,706");
        assert_eq!(exact(12_345_678.0), "12,345,678");
        assert_eq!(exact(1.5e-9), "1.5 × 10⁻⁹");
        assert_eq!(exact(-0.0), "0");
        assert_eq!(exact(f64::NAN), "–");
        assert_eq!(exact(f64::NEG_INFINITY), "−∞");
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
    }
}
