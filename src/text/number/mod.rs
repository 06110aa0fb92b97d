//! Numbers as a reader wants them: rounded, grouped, with a true minus sign.

mod interval;
#[cfg(test)]
mod tests;

pub use interval::with_interval;

/// `value` with a fixed number of decimals: `−0.25`, `12,400`.
///
/// Five or more integer digits are grouped by commas; an undefined value reads
/// `–`, an infinite one `∞`.
///
/// ```
/// assert_eq!(rethink::text::number::fixed(-0.25, 1), "−0.2");
/// assert_eq!(rethink::text::number::fixed(55050.0, 0), "55,050");
/// ```
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        let words = [(f64::INFINITY, "∞"), (f64::NEG_INFINITY, "−∞")];
        let word = words.into_iter().find(|(infinite, _)| *infinite == value);
        return word.map_or("–", |(_, word)| word).to_owned();
    }
    let digits = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut text = String::new();
    if value < 0.0 && digits.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        text.push('−');
    }
    for (index, digit) in whole.char_indices() {
        if index > 0 && whole.len() > 4 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

/// `value` rounded to `digits` significant digits: `0.00123`, `12,300`, `1.2 × 10⁷`.
///
/// Powers of ten are written out from 10⁻⁴ up to 10⁶.
///
/// ```
/// assert_eq!(rethink::text::number::significant(1.234e-7, 2), "1.2 × 10⁻⁷");
/// ```
pub fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() || value == 0.0 {
        return fixed(value, 0);
    }
    let digits = digits.max(1);
    // `{:e}` rounds before it finds the exponent: 9.99 to two digits is 1.0e1.
    let rounded = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if PLAIN.contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        fixed(rounded.parse().unwrap_or(value), decimals)
    } else {
        format!(
            "{} × {}",
            mantissa.replace('-', "−"),
            power_of_ten(exponent)
        )
    }
}

/// `value` rounded to at most `digits` significant digits, without zeros at the end: `0.25`.
///
/// For numbers that no interval limits: zeros would claim digits that carry nothing.
///
/// ```
/// assert_eq!(rethink::text::number::rounded(0.25, 4), "0.25");
/// ```
pub fn rounded(value: f64, digits: usize) -> String {
    let text = significant(value, digits);
    let (number, power) = match text.split_once(' ') {
        Some((number, _)) => (number, &text[number.len()..]),
        None => (text.as_str(), ""),
    };
    if !number.contains('.') {
        return text;
    }
    let number = number.trim_end_matches('0').trim_end_matches('.');
    format!("{number}{power}")
}

/// `a to b`, or `a` alone where both are shown alike.
///
/// ```
/// use rethink::text::number::{fixed, span};
/// assert_eq!(span(1.0, 1.41421, |x| fixed(x, 2)), "1.00 to 1.41");
/// assert_eq!(span(1.41421, 1.41422, |x| fixed(x, 2)), "1.41");
/// ```
pub fn span(low: f64, high: f64, show: impl Fn(f64) -> String) -> String {
    let (low, high) = (show(low), show(high));
    if low == high {
        low
    } else {
        format!("{low} to {high}")
    }
}

/// Exponents of ten that are written out.
const PLAIN: std::ops::Range<i32> = -4..6;

/// `10` with a superscript exponent: `10⁻³`.
pub fn power_of_ten(exponent: i32) -> String {
    let superscript = |digit| match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    };
    "10".chars()
        .chain(exponent.to_string().chars().map(superscript))
        .collect()
}

/// Seconds as a person says them: `0.8 s`, `42 s`, `3 min 20 s`, `2 h 05 min`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        _ if seconds < 9.95 => format!("{} s", fixed(seconds.max(0.0), 1)),
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}
