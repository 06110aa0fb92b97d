//! Numbers are read back from what is shown.

use proptest::prelude::*;

use super::*;

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
