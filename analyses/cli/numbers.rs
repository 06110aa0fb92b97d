//! Parsers of numbers on the command line, whose errors say what to give.

use rethink::kernel::KERNELS;
use std::ops::RangeInclusive;

/// A number above 0.
pub fn above_zero(text: &str) -> Result<f64, String> {
    number(text, |x| x > 0.0, "a number above 0")
}

/// A number from 0 on.
pub fn from_zero(text: &str) -> Result<f64, String> {
    number(text, |x| x >= 0.0, "a number from 0")
}

/// A number between 0 and 1, both excluded.
pub fn probability(text: &str) -> Result<f64, String> {
    number(text, |x| x > 0.0 && x < 1.0, "a number between 0 and 1")
}

/// More images than any dataset has.
pub const MOST_IMAGES: usize = 1_000_000_000;

/// A whole number in a range.
pub fn whole(
    range: RangeInclusive<usize>,
) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text| {
        (text.parse().ok())
            .filter(|count| range.contains(count))
            .ok_or_else(|| {
                let (least, most) = (range.start(), range.end());
                format!("give a whole number from {least} to {most}")
            })
    }
}

fn number(text: &str, good: impl Fn(f64) -> bool, expected: &str) -> Result<f64, String> {
    (text.parse().ok())
        .filter(|&value: &f64| value.is_finite() && good(value))
        .ok_or_else(|| format!("give {expected}"))
}

/// Help of an option that takes a kernel: every one there is.
pub fn kernels() -> String {
    let usages: Vec<&str> = KERNELS.iter().map(|entry| entry.usage).collect();
    format!("Kernel: {}", usages.join(", "))
}
