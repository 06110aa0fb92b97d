//! Values that are means over examples: exact with all of them, estimates with some.

use super::Value;
use crate::statistics::{Estimate, LEVEL, StatisticsError, mean_of_drawn};

/// What cards say of it.
pub const MEAN_OF_DRAWN: &str = "mean over all training examples; over a sample of them \
    (--examples) an estimate with a 95 % interval from the spread over the sample";

/// How many examples are used, of how many.
///
/// Intervals are of normal theory, by the jackknife over the examples with the finite
/// population correction. They say how far the value may be from that with all
/// examples, and are too narrow where few examples carry most of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    /// Examples used.
    pub used: usize,
    /// Examples there are.
    pub of: usize,
}

impl Drawn {
    /// Whether nothing was left out.
    pub fn all(self) -> bool {
        self.used >= self.of
    }

    /// The value: exact with all examples, otherwise an estimate with this interval.
    pub fn value(self, number: f64, interval: impl FnOnce() -> [f64; 2]) -> Value {
        let used = |value: Value| value.with("examples used", self.used as f64);
        if self.all() {
            return used(number.into());
        }
        let [low, high] = interval();
        used(Value::estimate(number, low, high)).with("of examples", self.of as f64)
    }

    /// An increasing function of the mean of one number per example.
    pub fn mean(self, values: &[f64], function: impl Fn(f64) -> f64) -> Value {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        self.value(function(mean), || {
            ends(mean_of_drawn(values, self.of, LEVEL)).map(function)
        })
    }
}

/// The ends of an interval; not numbers where there is none.
pub fn ends(estimate: Result<Estimate, StatisticsError>) -> [f64; 2] {
    let interval = estimate.ok().and_then(|estimate| estimate.interval);
    interval.map_or([f64::NAN; 2], |i| [i.low, i.high])
}

/// √x, 0 for the negative end of an interval.
pub fn root(x: f64) -> f64 {
    if x < 0.0 { 0.0 } else { x.sqrt() }
}
