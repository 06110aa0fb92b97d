//! From the library's numbers to what tables, figures and verdicts show.

use rethink::report::figure::Point;
use rethink::report::{Figure, ReportError};
use rethink::statistics::Estimate;

pub use rethink::text::bound::{at_least, at_most};

/// What follows for norms when a training misses its target.
pub const UNEQUAL_COST: &str = "norms at unequal cost are not comparable";

/// What is shown in a sentence of something that may not exist.
pub fn or_unknown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "unknown".to_owned(), |value| value.to_string())
}

/// Numbers, separated by commas.
pub fn list<T: ToString>(numbers: impl IntoIterator<Item = T>) -> String {
    let words: Vec<String> = numbers.into_iter().map(|n| n.to_string()).collect();
    words.join(", ")
}

/// The figures among these that have something to show: where no run reached
/// its target, a figure of the steps to it does not exist.
pub fn drawn(figures: Vec<Result<Figure, ReportError>>) -> Result<Vec<Figure>, ReportError> {
    figures
        .into_iter()
        .filter(|figure| !matches!(figure, Err(ReportError::NothingToDraw { .. })))
        .collect()
}

/// The points of a curve of estimates along a training.
pub fn points(along: &[(usize, Estimate)]) -> Vec<Point> {
    let point = |(step, estimate): &(usize, Estimate)| Point::estimate(*step as f64, estimate);
    along.iter().map(point).collect()
}

/// What a reader must know of intervals over very few seeds.
pub fn few_seeds(seeds: &[u64]) -> Option<String> {
    (seeds.len() < 3).then(|| {
        format!(
            "With {} seeds the intervals are so wide that they say little; use --seeds.",
            seeds.len()
        )
    })
}

/// A correlation's estimate with its interval cut at −1 and 1.
pub fn correlation(estimate: Estimate) -> Estimate {
    estimate.within(-1.0, 1.0)
}
