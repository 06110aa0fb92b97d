//! Numbers with their intervals.

use super::{PLAIN, fixed, power_of_ten, rounded, significant};

/// An estimate with its interval, all three with the same decimals and the same
/// power of ten: `0.512 [0.478, 0.547]`, `2.3 × 10⁷ [0, 4.6 × 10⁷]`.
///
/// Half the width of the interval keeps two significant digits, and so many are
/// known of the estimate and the limits (of an interval with one infinite limit, the
/// finite side). Where an interval that excludes 0 would so be shown with a 0, it
/// gets up to two digits more, until it is not. One that spans more orders of
/// magnitude than that has no common unit: each number has two significant
/// digits and its own power of ten. An interval no wider than rounding is not
/// shown.
///
/// ```
/// use rethink::text::number::with_interval;
/// assert_eq!(with_interval(0.51234, (0.47811, 0.54657)), "0.512 [0.478, 0.547]");
/// assert_eq!(with_interval(2.1e4, (340.0, 4.6e7)), "21,000 [340, 4.6 × 10⁷]");
/// ```
pub fn with_interval(value: f64, (low, high): (f64, f64)) -> String {
    let spread = high - low;
    if value.is_nan() || spread.is_nan() || spread <= 1e-12 * value.abs() {
        return rounded(value, 4);
    }
    let sides = [spread / 2.0, value - low, high - value];
    let half = sides
        .into_iter()
        .find(|half| half.is_finite() && *half > 0.0);
    let numbers = [value, low, high];
    let [value, low, high] = match half.map(|half| common_unit(numbers, half)) {
        Some(Some(unit)) => on_one_scale(numbers, unit),
        Some(None) => numbers.map(|number| significant(number, 2)),
        None => numbers.map(|number| rounded(number, 4)),
    };
    format!("{value} [{low}, {high}]")
}

/// The power of ten to which an estimate and its limits are rounded; none if they
/// share none.
fn common_unit(numbers: [f64; 3], half: f64) -> Option<i32> {
    const MORE_DIGITS: i32 = 2;
    let unit = exponent(half, 2) - 1;
    let [_, low, high] = numbers;
    if low < 0.0 && high > 0.0 {
        return Some(unit);
    }
    let sizes = numbers.map(f64::abs).into_iter();
    let smallest = sizes
        .filter(|&size| size > 0.0 && size.is_finite())
        .fold(f64::INFINITY, f64::min);
    if !smallest.is_finite() || scaled(smallest, unit).round() > 0.0 {
        return Some(unit);
    }
    let needed = exponent(smallest, 1);
    (unit - needed <= MORE_DIGITS).then_some(needed)
}

/// Numbers rounded to whole multiples of 10^`unit`: all written out, or all with
/// the power of the first, or of the largest if that is much larger.
fn on_one_scale(numbers: [f64; 3], unit: i32) -> [String; 3] {
    let units = numbers.map(|number| scaled(number, unit).round());
    let order = |units: &f64| exponent(*units, 17) + unit;
    let shown = |units: &&f64| units.is_finite() && **units != 0.0;
    let top = units.iter().filter(shown).map(order).max().unwrap_or(unit);
    let own = units.iter().take(1).filter(shown).map(order).next();
    let power = match own {
        Some(own) if top - own <= 2 => own,
        _ => top,
    };
    let power = if PLAIN.contains(&power) { 0 } else { power };
    let decimals = (power - unit).max(0) as usize;
    units.map(|units| {
        let mantissa = fixed(scaled(units, power - unit), decimals);
        if power == 0 || !units.is_finite() {
            mantissa
        } else if units == 0.0 {
            "0".to_owned()
        } else {
            format!("{mantissa} × {}", power_of_ten(power))
        }
    })
}

/// The decimal exponent of a number once it is rounded to `digits` significant
/// digits: that of 0.0999 at two digits is −1.
fn exponent(number: f64, digits: usize) -> i32 {
    // `{:e}` rounds before it finds the exponent.
    let text = format!("{number:.*e}", digits - 1);
    let exponent = text.split_once('e').map(|(_, exponent)| exponent.parse());
    exponent.and_then(Result::ok).unwrap_or(0)
}

/// `number` / 10^`power`, by its decimal digits: 10³⁰⁹ is no double.
fn scaled(number: f64, power: i32) -> f64 {
    if !number.is_finite() {
        return number;
    }
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let shifted = format!("{mantissa}e{}", exponent - power);
    shifted.parse().unwrap_or(number)
}
