//! The statistics of a trial against SciPy, statsmodels and lifelines;
//! tests/golden/trial_statistics.py made the values.

use rethink::statistics::{Interval, blocks_for_power, equivalence_power, tost};
use serde_json::Value;

fn cases(section: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("golden/trial_statistics.json")).unwrap();
    let Value::Array(cases) = all[section].clone() else {
        panic!("{section} is no list")
    };
    assert!(!cases.is_empty());
    cases
}

fn numbers(value: &Value) -> Vec<f64> {
    serde_json::from_value(value.clone()).unwrap()
}

/// Within `tolerance`, relative to values above 1 and absolute below.
#[track_caller]
fn assert_within(tolerance: f64, found: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap();
    let error = (found - expected).abs();
    assert!(
        error <= tolerance * expected.abs().max(1.0),
        "{found} instead of {expected}"
    );
}

#[track_caller]
fn assert_close(found: f64, expected: &Value) {
    assert_within(1e-10, found, expected);
}

#[track_caller]
fn assert_interval(tolerance: f64, found: Option<Interval>, expected: &Value) {
    let found = found.unwrap();
    assert_within(tolerance, found.low, &expected[0]);
    assert_within(tolerance, found.high, &expected[1]);
}

#[test]
fn equivalence_tests() {
    for case in cases("tosts") {
        let margin = case["margin"].as_f64().unwrap();
        let test = tost(&numbers(&case["differences"]), margin).unwrap();
        assert_close(test.p_equivalence, &case["p_equivalence"]);
        assert_close(test.p_difference, &case["p_difference"]);
        assert_interval(1e-10, Some(test.interval_90), &case["interval_90"]);
        assert_interval(1e-10, test.difference.interval, &case["interval"]);
    }
}

#[test]
fn equivalence_powers() {
    for case in cases("powers") {
        let number = |key: &str| case[key].as_f64().unwrap();
        let blocks = case["blocks"].as_u64().unwrap() as usize;
        let power =
            equivalence_power(blocks, 1.0, number("deviation"), number("difference")).unwrap();
        assert_within(1e-8, power, &case["power"]);
    }
    // The design of a trial with 90 % power when nothing differs.
    let blocks = |deviation| blocks_for_power(0.9, 1.0, deviation, 0.0).unwrap();
    assert_eq!([1.0, 0.75, 0.5].map(blocks), [13, 8, 5]);
}
