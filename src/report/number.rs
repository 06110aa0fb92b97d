//! Numbers as a reader wants them: rounded, grouped, with a true minus sign.

/// `value` with a fixed number of decimals: `−0.25`, `12,400`.
///
/// Five or more integer digits are grouped by commas; a value that is not
/// finite reads `–`.
///
/// ```
/// assert_eq!(rethink::report::number::fixed(-0.25, 1), "−0.2");
/// assert_eq!(rethink::report::number::fixed(55050.0, 0), "55,050");
/// ```
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
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
/// assert_eq!(rethink::report::number::significant(1.234e-7, 2), "1.2 × 10⁻⁷");
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
    if (-4..6).contains(&exponent) {
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

/// Decimals with which a value in an interval of this width should be shown.
///
/// A value is known no better than its interval: 0.12345 in \[0.11, 0.14\] is
/// shown as 0.123. The half-width keeps two significant digits if they are
/// below 35.5, one above. At most eight decimals.
///
/// # Reference
/// Particle Data Group 2024, *Review of Particle Physics*, Introduction, "Rounding".
pub fn decimals_of_width(width: f64) -> usize {
    if !(width.is_finite() && width > 0.0) {
        return 3;
    }
    let half = width / 2.0;
    let exponent = half.log10().floor();
    let two_digits = half / 10f64.powf(exponent) < 3.55;
    (f64::from(u8::from(two_digits)) - exponent).clamp(0.0, 8.0) as usize
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_groups_and_signs() {
        assert_eq!(fixed(0.125, 1), "0.1");
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(fixed(9999.0, 0), "9999");
        assert_eq!(fixed(-1234567.891, 1), "−1,234,567.9");
        assert_eq!(fixed(f64::NAN, 2), "–");
    }

    #[test]
    fn significant_digits_survive_rounding_up() {
        assert_eq!(significant(9.99, 2), "10");
        assert_eq!(significant(0.0999, 2), "0.10");
        assert_eq!(significant(12345.0, 3), "12,300");
        assert_eq!(significant(0.0001234, 2), "0.00012");
        assert_eq!(significant(-6.02e23, 3), "−6.02 × 10²³");
        assert_eq!(significant(999_999.0, 2), "1.0 × 10⁶");
        assert_eq!(significant(0.0, 3), "0");
    }

    #[test]
    fn an_interval_decides_how_many_digits_are_shown() {
        // The Particle Data Group's examples: 0.83 ± 0.12 and 0.8 ± 0.4 (widths are twice that).
        assert_eq!(decimals_of_width(2.0 * 0.119), 2);
        assert_eq!(decimals_of_width(2.0 * 0.367), 1);
        assert_eq!(decimals_of_width(2.0 * 0.0395), 2);
        assert_eq!(decimals_of_width(3.0), 1);
        assert_eq!(decimals_of_width(3000.0), 0);
    }

    #[test]
    fn durations_read_aloud() {
        assert_eq!(duration(0.84), "0.8 s");
        assert_eq!(duration(42.0), "42 s");
        assert_eq!(duration(200.4), "3 min 20 s");
        assert_eq!(duration(7500.0), "2 h 05 min");
    }
}
