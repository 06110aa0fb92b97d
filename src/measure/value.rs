//! A measured number, and what belongs to it.

use serde::{Deserialize, Serialize};

use super::card::Kind;

/// A number, with the interval or the terms it was made of where it has them.
///
/// A number that is not finite is infinite or undefined, as in a diverged network
/// or a tail of too few eigenvalues; reports show it as `null`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Value {
    /// The number.
    pub number: f64,
    /// What it is, where that is not what the card says: a mean over examples is an
    /// estimate where not all of them were used.
    pub kind: Option<Kind>,
    /// 95 % interval of an estimate.
    pub interval: Option<[f64; 2]>,
    /// The parts of a bound, or what an estimate was computed with, in the order
    /// of the formula.
    pub terms: Vec<Term>,
}

/// A named part of a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// What it is, with its unit.
    pub name: String,
    /// Its value; `None` when it is not finite.
    pub value: Option<f64>,
}

impl Value {
    /// An estimate with its 95 % interval.
    pub fn estimate(number: f64, low: f64, high: f64) -> Self {
        Self {
            number,
            kind: Some(Kind::Estimate),
            interval: Some([low, high]),
            ..Self::default()
        }
    }

    /// The value with one more term.
    pub fn with(mut self, name: impl Into<String>, value: f64) -> Self {
        self.terms.push(Term {
            name: name.into(),
            value: value.is_finite().then_some(value),
        });
        self
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self {
            number,
            ..Self::default()
        }
    }
}
