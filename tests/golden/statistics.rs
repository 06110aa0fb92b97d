//! Statistics against SciPy and statsmodels; tests/golden/statistics.py made
//! the values.

use rethink::random::stream;
use rethink::statistics::{
    Alternative, Estimate, GrowthPoint, Method, auc, geometric_mean_ratio, growth_exponents,
    kendall_tau_b, least_squares, mann_whitney, mean, paired_difference, proportion, quantile,
    sign_flip, spearman_rho,
};
use serde_json::Value;

fn golden(section: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("statistics.json")).unwrap();
    all[section].clone()
}

fn cases(section: &str) -> Vec<Value> {
    let Value::Array(cases) = golden(section) else {
        panic!("{section} is no list")
    };
    assert!(!cases.is_empty());
    cases
}

fn numbers(value: &Value) -> Vec<f64> {
    serde_json::from_value(value.clone()).unwrap()
}

/// 1e-10, relative to values above 1 and absolute below.
#[track_caller]
fn assert_close(found: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap();
    let error = (found - expected).abs();
    assert!(
        error <= 1e-10 * expected.abs().max(1.0),
        "{found} instead of {expected}"
    );
}

#[track_caller]
fn assert_estimate(found: Estimate, expected: &Value) {
    assert_close(found.value, &expected["value"]);
    let interval = found.interval.unwrap();
    assert_close(interval.low, &expected["interval"][0]);
    assert_close(interval.high, &expected["interval"][1]);
}

fn alternative(case: &Value) -> Alternative {
    serde_json::from_value(case["alternative"].clone()).unwrap()
}

#[test]
fn means() {
    for case in cases("means") {
        assert_estimate(mean(&numbers(&case["values"])).unwrap(), &case);
    }
    for case in cases("paired") {
        let (left, right) = (numbers(&case["left"]), numbers(&case["right"]));
        assert_estimate(paired_difference(&left, &right).unwrap(), &case);
    }
}

#[test]
fn ratios() {
    for case in cases("ratios") {
        let (a, b) = (numbers(&case["numerators"]), numbers(&case["denominators"]));
        assert_estimate(geometric_mean_ratio(&a, &b).unwrap(), &case);
    }
}

#[test]
fn proportions() {
    for case in cases("proportions") {
        let count = |key: &str| case[key].as_u64().unwrap();
        assert_estimate(
            proportion(count("successes"), count("trials")).unwrap(),
            &case,
        );
    }
}

#[test]
fn aucs() {
    for case in cases("aucs") {
        assert_estimate(
            auc(&numbers(&case["x"]), &numbers(&case["y"])).unwrap(),
            &case,
        );
    }
}

#[test]
fn mann_whitney_tests() {
    let mut methods = Vec::new();
    for case in cases("mann_whitneys") {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        let test = mann_whitney(&x, &y, alternative(&case)).unwrap();
        assert_close(test.statistic, &case["statistic"]);
        assert_close(test.p_value, &case["p_value"]);
        methods.push(test.method);
    }
    assert!(methods.contains(&Method::Exact) && methods.contains(&Method::Normal));
}

#[test]
fn sign_flip_tests() {
    for case in cases("sign_flips") {
        let mut rng = stream(0, "unused: small samples are exact");
        let test = sign_flip(&numbers(&case["differences"]), alternative(&case), &mut rng).unwrap();
        assert_eq!(test.method, Method::Exact);
        assert_close(test.statistic, &case["statistic"]);
        assert_close(test.p_value, &case["p_value"]);
    }
}

#[test]
fn regressions() {
    for case in cases("regressions") {
        let columns: Vec<Vec<f64>> = serde_json::from_value(case["columns"].clone()).unwrap();
        let fit = least_squares(&columns, &numbers(&case["y"])).unwrap();
        for (j, coefficient) in fit.coefficients.iter().enumerate() {
            assert_close(coefficient.value, &case["values"][j]);
            let interval = coefficient.interval.unwrap();
            assert_close(interval.low, &case["intervals"][j][0]);
            assert_close(interval.high, &case["intervals"][j][1]);
        }
        assert_close(fit.residual_deviation.unwrap(), &case["residual_deviation"]);
    }
}

#[test]
fn growth() {
    let golden = golden("growth");
    let arm = |labels: &str| -> Vec<GrowthPoint> {
        let rows: Vec<(u64, usize, f64)> =
            serde_json::from_value(golden["observations"][labels].clone()).unwrap();
        rows.into_iter()
            .map(|(seed, samples, norm)| GrowthPoint {
                seed,
                samples,
                norm,
            })
            .collect()
    };
    let growth = growth_exponents(&arm("true"), &arm("random")).unwrap();
    assert_estimate(growth.true_labels, &golden["estimates"]["true"]);
    assert_estimate(growth.random_labels, &golden["estimates"]["random"]);
    assert_estimate(growth.difference, &golden["estimates"]["difference"]);
}

#[test]
fn quantiles() {
    for case in cases("quantiles") {
        let q = case["q"].as_f64().unwrap();
        assert_close(
            quantile(&numbers(&case["values"]), q).unwrap(),
            &case["value"],
        );
    }
}

#[test]
fn rank_correlations() {
    for case in cases("ranks") {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        let tau = kendall_tau_b(&x, &y).unwrap();
        assert_eq!(
            tau.method == Method::Exact,
            case["exact"].as_bool().unwrap()
        );
        assert_close(tau.statistic, &case["tau"]);
        assert_close(tau.p_value, &case["p_value"]);
        assert_close(spearman_rho(&x, &y).unwrap(), &case["rho"]);
    }
}
