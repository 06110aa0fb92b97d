//! Numbers as a reader wants them: rounded, grouped, with a true minus sign.

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
    use proptest::prelude::*;

    #[test]
    fn rounds_groups_and_signs() {
        assert_eq!(fixed(0.125, 1), "0.1");
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(fixed(9999.0, 0), "9999");
        assert_eq!(fixed(-1234567.891, 1), "−1,234,567.9");
        assert_eq!(fixed(f64::NAN, 2), "–");
        assert_eq!(fixed(f64::NEG_INFINITY, 2), "−∞");
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
    fn half_an_interval_keeps_two_digits() {
        for (value, low, high, shown) in [
            (0.12345, 0.11, 0.136, "0.123 [0.110, 0.136]"),
            (1.5, 0.52, 2.48, "1.50 [0.52, 2.48]"),
            (-3.0, -28.0, 22.0, "−3 [−28, 22]"),
            (
                123_456.0,
                122_222.0,
                124_690.0,
                "123,500 [122,200, 124,700]",
            ),
            (-0.0004, -0.2, 0.2, "0.00 [−0.20, 0.20]"),
            (0.5, 0.4001, 0.5999, "0.50 [0.40, 0.60]"),
            (1.0, 0.75, f64::INFINITY, "1.00 [0.75, ∞]"),
            (0.5, f64::NEG_INFINITY, f64::INFINITY, "0.5 [−∞, ∞]"),
            (0.25, 0.25, 0.25, "0.25"),
            (f64::NAN, 0.0, 1.0, "–"),
        ] {
            assert_eq!(with_interval(value, (low, high)), shown);
        }
    }

    #[test]
    fn an_estimate_and_its_limits_share_one_power_of_ten() {
        for (value, low, high, shown) in [
            (
                1.23456e10,
                1.2e10,
                1.27e10,
                "1.235 × 10¹⁰ [1.200 × 10¹⁰, 1.270 × 10¹⁰]",
            ),
            (2e-7, 1e-7, 3e-7, "2.0 × 10⁻⁷ [1.0 × 10⁻⁷, 3.0 × 10⁻⁷]"),
            (9e6, 5e6, 1.3e7, "9.0 × 10⁶ [5.0 × 10⁶, 13.0 × 10⁶]"),
            (2.3e7, -1e5, 4.6e7, "2.3 × 10⁷ [0, 4.6 × 10⁷]"),
            (-3.0, -4.6e7, 4.6e7, "0 [−4.6 × 10⁷, 4.6 × 10⁷]"),
            (
                999_996.0,
                999_900.0,
                1_000_092.0,
                "999,996 [999,900, 1,000,092]",
            ),
        ] {
            assert_eq!(with_interval(value, (low, high)), shown);
        }
    }

    #[test]
    fn what_is_not_zero_is_not_shown_as_zero() {
        for (value, low, high, shown) in [
            (5.0, 0.01, 9.99, "5.00 [0.01, 9.99]"),
            (1.2e7, 3e5, 4.6e8, "1.20 × 10⁷ [0.03 × 10⁷, 46.00 × 10⁷]"),
            (4e4, 1e3, 4.6e7, "40,000 [1000, 4.6 × 10⁷]"),
            (
                -1e-300,
                -1e300,
                -1e-308,
                "−1.0 × 10⁻³⁰⁰ [−1.0 × 10³⁰⁰, −1.0 × 10⁻³⁰⁸]",
            ),
        ] {
            assert_eq!(with_interval(value, (low, high)), shown);
        }
    }

    /// The number that a text shows.
    fn read(text: &str) -> f64 {
        let digit = |c| match c {
            '⁻' | '−' => '-',
            _ => "⁰¹²³⁴⁵⁶⁷⁸⁹"
                .chars()
                .position(|superscript| superscript == c)
                .and_then(|digit| char::from_digit(digit as u32, 10))
                .unwrap_or(c),
        };
        let plain: String = text.chars().filter(|c| *c != ',').map(digit).collect();
        match plain.as_str() {
            "∞" => f64::INFINITY,
            "-∞" => f64::NEG_INFINITY,
            finite => finite.replace(" × 10", "e").parse().expect(text),
        }
    }

    /// Estimate and limits that a text shows.
    fn read_all(text: &str) -> [f64; 3] {
        let (value, limits) = text.split_once(" [").expect(text);
        let limits = limits
            .strip_suffix(']')
            .and_then(|all| all.split_once(", "));
        let (low, high) = limits.expect(text);
        [value, low, high].map(read)
    }

    fn well_formed(text: &str) -> bool {
        let number = |part: &str| {
            let zero = !part.contains(|c: char| ('1'..='9').contains(&c));
            let (mantissa, power) = part.split_once(" × ").unwrap_or((part, ""));
            let mantissa_is_zero = !mantissa.contains(|c: char| ('1'..='9').contains(&c));
            !(zero && part.contains('−')) && (power.is_empty() || !mantissa_is_zero)
        };
        let ascii = |c: char| c == 'e' || c == '-';
        !text.contains(ascii)
            && text.split([' ', '[', ']']).count() > 0
            && text
                .split([',', '['])
                .all(|part| number(part.trim()) || part.contains('∞'))
    }

    /// Any double, with those of everyday size as likely as those that are not.
    fn any_number() -> impl Strategy<Value = f64> {
        prop_oneof![
            -1e4..1e4_f64,
            (-20.0..20.0_f64, any::<bool>()).prop_map(|(power, negative)| {
                if negative {
                    -10f64.powf(power)
                } else {
                    10f64.powf(power)
                }
            }),
            any::<f64>().prop_filter("finite", |x| x.is_finite()),
        ]
    }

    proptest! {
        #[test]
        fn a_number_reads_back_to_its_last_digit(value in any_number(), digits in 1_usize..8) {
            let text = significant(value, digits);
            let allowed = 0.501 * 10f64.powi(1 - digits as i32) * value.abs();
            // Next to the largest double rounding up ends at infinity.
            prop_assume!(value.abs() < 1e307);
            prop_assert!((read(&text) - value).abs() <= allowed.max(f64::MIN_POSITIVE), "{text}");
            prop_assert!(well_formed(&text), "{text}");
            prop_assert!(text.chars().count() <= digits + 15, "{text}");
            prop_assert_eq!(read(&rounded(value, digits)), read(&text));
        }

        #[test]
        fn what_is_shown_grows_with_the_number(a in any_number(), b in any_number(), digits in 1_usize..8) {
            let (a, b) = (a.min(b), a.max(b));
            prop_assert!(read(&significant(a, digits)) <= read(&significant(b, digits)));
            prop_assert!(read(&fixed(a, digits)) <= read(&fixed(b, digits)));
        }

        #[test]
        fn an_interval_reads_back_in_order_and_to_its_digits(
            value in any_number(), below in 0.0..1.0_f64, above in 0.0..1.0_f64, size in any_number(),
        ) {
            let size = size.abs();
            prop_assume!(value.abs() < 1e306 && size < 1e306);
            let (low, high) = (value - below * size, value + above * size);
            let text = with_interval(value, (low, high));
            prop_assert!(well_formed(&text), "{text}");
            prop_assert!(text.chars().count() <= 96, "{text}");
            if high - low <= 1e-12 * value.abs() {
                prop_assert!(!text.contains('['));
                return Ok(());
            }
            let shown = read_all(&text);
            prop_assert!(shown[1] <= shown[0] && shown[0] <= shown[2], "{text}");
            // Half of the last of two digits of the half-width; of the number, where it has its own.
            let rounding = (high - low) / 2.0 * 0.0501;
            for (shown, exact) in shown.into_iter().zip([value, low, high]) {
                let allowed = rounding.max(0.0501 * exact.abs() * f64::from(text.matches(' ').count() as u32 > 2));
                prop_assert!((shown - exact).abs() <= allowed + 1e-300, "{text}: {shown} for {exact}");
                let excludes_zero = low > 0.0 || high < 0.0;
                prop_assert!(!(excludes_zero && shown == 0.0), "{text}");
            }
        }

        #[test]
        fn an_interval_has_one_power_and_one_number_of_decimals(
            value in any_number(), below in 0.1..1.0_f64, above in 0.1..1.0_f64, share in 1e-6..0.9_f64,
        ) {
            prop_assume!((1e-300..1e300).contains(&value.abs()));
            let half = share * value.abs();
            let text = with_interval(value, (value - below * half, value + above * half));
            let (value, limits) = text.split_once(" [").expect("an interval");
            let form = |number: &str| {
                let (mantissa, power) = number.split_once(" × ").unwrap_or((number, ""));
                let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len());
                (decimals, power.to_owned())
            };
            for limit in limits.trim_end_matches(']').split(", ") {
                prop_assert_eq!(form(value), form(limit), "{}", text);
            }
        }
    }

    #[test]
    fn durations_read_aloud() {
        assert_eq!(duration(0.84), "0.8 s");
        assert_eq!(duration(42.0), "42 s");
        assert_eq!(duration(200.4), "3 min 20 s");
        assert_eq!(duration(7500.0), "2 h 05 min");
    }
}
