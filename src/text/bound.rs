//! Bounds as a reader wants them: rounded to the side on which they still hold.

use super::number::significant;

/// A lower bound to so many significant digits, rounded down.
///
/// ```
/// assert_eq!(rethink::text::bound::at_least(0.9996, 3), "0.999");
/// ```
pub fn at_least(value: f64, digits: usize) -> String {
    toward(value, digits, value < 0.0)
}

/// An upper bound to so many significant digits, rounded up.
///
/// ```
/// assert_eq!(rethink::text::bound::at_most(0.8321, 3), "0.833");
/// ```
pub fn at_most(value: f64, digits: usize) -> String {
    toward(value, digits, value > 0.0)
}

/// Cuts the decimal digits, or raises the last one kept if any that is cut is not 0.
fn toward(value: f64, digits: usize, away_from_zero: bool) -> String {
    // The shortest decimal number that is this one: 0.3 stays 0.3.
    let text = format!("{:e}", value.abs());
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return significant(value, digits); // not finite
    };
    let all = mantissa.replace('.', "");
    let (kept, cut) = all.split_at(digits.min(all.len()));
    let up = away_from_zero && cut.bytes().any(|digit| digit != b'0');
    let parts = (kept.parse::<u64>(), exponent.parse::<i64>());
    let (Ok(kept_digits), Ok(exponent)) = parts else {
        return significant(value, digits);
    };
    let last = exponent - kept.len() as i64 + 1;
    let rounded: f64 = format!("{}e{last}", kept_digits + u64::from(up))
        .parse()
        .unwrap_or(value);
    significant(rounded.copysign(value), digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_rounded_to_the_side_on_which_they_hold() {
        for (value, below, above) in [
            (0.9996, "0.999", "1.00"),
            (0.8328, "0.832", "0.833"),
            (0.3, "0.300", "0.300"),
            (-0.01236, "−0.0124", "−0.0123"),
            (99.96, "99.9", "100"),
            (1.0, "1.00", "1.00"),
            (0.0, "0", "0"),
            (54_321.0, "54,300", "54,400"),
            (1.2341e9, "1.23 × 10⁹", "1.24 × 10⁹"),
            (f64::INFINITY, "∞", "∞"),
        ] {
            assert_eq!(at_least(value, 3), below);
            assert_eq!(at_most(value, 3), above);
        }
    }
}
