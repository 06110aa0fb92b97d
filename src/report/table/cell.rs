//! What stands in a table: words, or a number in full precision and as it is shown.

use serde::{Deserialize, Serialize};

use crate::statistics::{Estimate, Interval};
use crate::text::bound::{at_least, at_most};
use crate::text::number::{fixed, significant, with_interval};

/// One entry of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number: what is shown, and what CSV and JSON carry.
    Number {
        /// The rounded value, with its interval if it has one.
        shown: String,
        /// The value in full precision; none where it is undefined.
        value: Option<f64>,
        /// Lower end of the interval.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        low: Option<f64>,
        /// Upper end of the interval.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        high: Option<f64>,
    },
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number shown as the caller wishes.
    pub fn number(value: f64, shown: impl Into<String>) -> Self {
        let value = value.is_finite().then_some(value);
        Self::Number {
            shown: shown.into(),
            value,
            low: None,
            high: None,
        }
    }

    /// A count, shown in full.
    pub fn count(count: usize) -> Self {
        Self::fixed(count as f64, 0)
    }

    /// A number with a fixed number of decimals.
    pub fn fixed(value: f64, decimals: usize) -> Self {
        Self::number(value, fixed(value, decimals))
    }

    /// A number to so many significant digits.
    pub fn significant(value: f64, digits: usize) -> Self {
        Self::number(value, significant(value, digits))
    }

    /// A lower bound to so many significant digits, rounded down.
    pub fn at_least(value: f64, digits: usize) -> Self {
        Self::number(value, at_least(value, digits))
    }

    /// An upper bound to so many significant digits, rounded up.
    pub fn at_most(value: f64, digits: usize) -> Self {
        Self::number(value, at_most(value, digits))
    }

    /// An estimate with its interval, as [`with_interval`] shows them.
    ///
    /// ```
    /// use rethink::report::Cell;
    /// let Cell::Number { shown, .. } = Cell::estimate(0.12345, 0.1111, 0.1444) else { panic!() };
    /// assert_eq!(shown, "0.123 [0.111, 0.144]");
    /// ```
    pub fn estimate(value: f64, low: f64, high: f64) -> Self {
        let finite = |x: f64| x.is_finite().then_some(x);
        Self::Number {
            shown: with_interval(value, (low, high)),
            value: finite(value),
            low: finite(low),
            high: finite(high),
        }
    }

    /// Where there is nothing to show: an undefined number.
    pub fn missing() -> Self {
        Self::number(f64::NAN, "–")
    }

    /// What a reader sees.
    pub fn shown(&self) -> &str {
        match self {
            Cell::Text(text) => text,
            Cell::Number { shown, .. } => shown,
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Self::count(count)
    }
}

impl From<Estimate> for Cell {
    /// Rounded to what its interval supports; to three digits without one.
    fn from(estimate: Estimate) -> Self {
        match estimate.interval {
            Some(Interval { low, high, .. }) => Self::estimate(estimate.value, low, high),
            None => Self::significant(estimate.value, 3),
        }
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    /// [`Cell::missing`] where there is none.
    fn from(value: Option<T>) -> Self {
        value.map_or_else(Self::missing, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_numbers_are_null_not_nan() {
        let json = serde_json::to_string(&Cell::missing()).unwrap();
        assert_eq!(json, r#"{"number":{"shown":"–","value":null}}"#);
        assert_eq!(
            serde_json::from_str::<Cell>(&json).unwrap(),
            Cell::missing()
        );
    }

    #[test]
    fn a_spread_of_rounding_is_none() {
        let third = 100.0 / 3.0;
        let cell = Cell::estimate(third, third - 1e-14, third + 1e-14);
        assert_eq!(cell.shown(), "33.33");
    }

    #[test]
    fn what_is_put_into_a_table_becomes_a_cell() {
        assert_eq!(Cell::from("a"), Cell::text("a"));
        assert_eq!(Cell::from(Some(3)), Cell::count(3));
        assert_eq!(Cell::from(None::<Estimate>), Cell::missing());
        let estimate = Estimate {
            interval: Some(Interval::new(1.0, 3.0)),
            ..Estimate::exact(2.0)
        };
        assert_eq!(Cell::from(estimate), Cell::estimate(2.0, 1.0, 3.0));
        assert_eq!(Cell::from(Estimate::exact(0.12345)).shown(), "0.123");
    }
}
