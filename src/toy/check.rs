//! A number against what is expected of it, and the rule that compares them.

use std::fmt;

use serde::Serialize;

use crate::statistics::Estimate;
use crate::text::number::significant;

/// What a number should be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// At most so far from a value.
    Near {
        /// The value.
        value: f64,
        /// The distance that still agrees.
        tolerance: f64,
    },
    /// No smaller.
    AtLeast(f64),
    /// No larger.
    AtMost(f64),
}

/// Whether a number is as expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// It is: the number, or all of its interval.
    Yes,
    /// It is not: the number, or all of its interval.
    No,
    /// Its interval holds values of both kinds.
    Undecided,
}

/// Where an expectation comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// A theorem of the paper.
    Theorem,
    /// A measurement of the paper, in another setting.
    Published,
    /// A consequence of the definitions, derived in the problem's documentation.
    Derived,
}

/// A number against what is expected of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Check {
    /// What the number is.
    pub quantity: String,
    /// The number, and whether it is exact, an estimate or a bound.
    pub ours: Estimate,
    /// What it should be.
    pub expected: Expected,
    /// Who says so.
    pub basis: Basis,
}

impl Expected {
    /// The least and the largest value that agree.
    fn range(self) -> (f64, f64) {
        match self {
            Self::Near { value, tolerance } => (value - tolerance, value + tolerance),
            Self::AtLeast(least) => (least, f64::INFINITY),
            Self::AtMost(most) => (f64::NEG_INFINITY, most),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = Estimate::exact;
        match *self {
            Self::Near { value, tolerance } => {
                write!(f, "{} ± {}", shown(value), significant(tolerance, 1))
            }
            Self::AtLeast(least) => write!(f, "≥ {}", shown(least)),
            Self::AtMost(most) => write!(f, "≤ {}", shown(most)),
        }
    }
}

impl Agreement {
    /// In a table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "NO",
            Self::Undecided => "undecided",
        }
    }
}

impl Basis {
    /// In a table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Theorem => "theorem",
            Self::Published => "published",
            Self::Derived => "derived",
        }
    }
}

impl Check {
    /// A computed number against what is expected of it.
    pub fn exact(quantity: impl Into<String>, ours: f64, expected: Expected, basis: Basis) -> Self {
        Self {
            quantity: quantity.into(),
            ours: Estimate::exact(ours),
            expected,
            basis,
        }
    }

    /// The rule: yes if the number's interval lies inside what is expected, no if
    /// it lies outside, undecided if it does neither. A number without interval is
    /// one of width zero; one that is not finite agrees with nothing.
    pub fn agrees(&self) -> Agreement {
        let (least, most) = self.expected.range();
        let ends = self.ours.interval.map(|i| (i.low, i.high));
        let (low, high) = ends.unwrap_or((self.ours.value, self.ours.value));
        if low >= least && high <= most && self.ours.value.is_finite() {
            Agreement::Yes
        } else if low <= most && high >= least {
            Agreement::Undecided
        } else {
            Agreement::No
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{Interval, Kind};

    #[test]
    fn an_interval_agrees_if_all_of_it_does() {
        let judge = |expected, low, high| {
            let ours = Estimate {
                value: (low + high) / 2.0,
                kind: Kind::Estimate,
                interval: Some(Interval::new(low, high)),
                samples: 9,
            };
            let basis = Basis::Published;
            let check = Check {
                quantity: String::new(),
                ours,
                expected,
                basis,
            };
            check.agrees()
        };
        let near = Expected::Near {
            value: 0.0,
            tolerance: 3.0,
        };
        assert_eq!(judge(near, -1.0, 2.0), Agreement::Yes);
        assert_eq!(judge(near, -1.0, 3.5), Agreement::Undecided);
        assert_eq!(judge(near, 3.5, 4.0), Agreement::No);
        assert_eq!(judge(Expected::AtLeast(1.0), 1.0, 2.0), Agreement::Yes);
        assert_eq!(judge(Expected::AtLeast(1.0), 0.0, 0.5), Agreement::No);
        assert_eq!(judge(Expected::AtMost(1.0), 0.5, 2.0), Agreement::Undecided);
    }

    #[test]
    fn what_is_not_a_number_does_not_agree() {
        for value in [f64::NAN, f64::INFINITY] {
            let expected = Expected::AtMost(1.0);
            let check = Check::exact("", value, expected, Basis::Derived);
            assert_eq!(check.agrees(), Agreement::No);
        }
    }
}
