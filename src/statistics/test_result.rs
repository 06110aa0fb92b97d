//! What a test of a null hypothesis reports.

use serde::{Deserialize, Serialize};

use super::distribution::student_t_two_sided;

/// Which departures from the null hypothesis count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alternative {
    /// Either direction.
    TwoSided,
    /// The first sample, or the difference, is larger.
    Greater,
    /// The first sample, or the difference, is smaller.
    Less,
}

/// How a p-value was computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// From the whole null distribution.
    Exact,
    /// From random draws of the null distribution.
    MonteCarlo {
        /// Number of draws.
        draws: usize,
    },
    /// From Student's t distribution, exact for normal observations.
    StudentT,
    /// From a normal approximation to the null distribution.
    Normal,
    /// From a chi-squared approximation to the null distribution.
    ChiSquared,
}

/// A statistic and the probability of one at least as extreme under the null
/// hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TestResult {
    /// The observed statistic.
    pub statistic: f64,
    /// The p-value.
    pub p_value: f64,
    /// How the p-value was computed.
    pub method: Method,
    /// Observations, or pairs.
    pub samples: usize,
}

impl Alternative {
    /// The p-value from the two tail probabilities, both including the
    /// observed value. Two-sided is twice the smaller tail, at most 1.
    pub(super) fn p_value(self, lower_tail: f64, upper_tail: f64) -> f64 {
        let p = match self {
            Self::TwoSided => 2.0 * lower_tail.min(upper_tail),
            Self::Greater => upper_tail,
            Self::Less => lower_tail,
        };
        p.min(1.0)
    }

    /// The p-value of a `statistic` that is Student t with `df` degrees of freedom.
    pub(super) fn student_t(self, statistic: f64, df: f64) -> f64 {
        let beyond = student_t_two_sided(statistic, df) / 2.0;
        if statistic > 0.0 {
            self.p_value(1.0 - beyond, beyond)
        } else {
            self.p_value(beyond, 1.0 - beyond)
        }
    }
}
