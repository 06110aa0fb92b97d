//! The statistics of a trial against SciPy, statsmodels and lifelines;
//! tests/golden/trial_statistics.py made the values.

use rethink::random::stream;
use rethink::statistics::{
    Alternative, Block, Hitting, Interval, Run, benjamini_hochberg, blocks_for_power, cox,
    equivalence_power, fixed_effects_slope, friedman, granulated_tau, holm, sign_errors, tost,
    within_block_tau,
};
use serde_json::Value;

fn cases(section: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("trial_statistics.json")).unwrap();
    let Value::Array(cases) = all[section].clone() else {
        panic!("{section} is no list")
    };
    assert!(!cases.is_empty());
    cases
}

fn numbers(value: &Value) -> Vec<f64> {
    serde_json::from_value(value.clone()).unwrap()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    serde_json::from_value(value.clone()).unwrap()
}

fn blocks(case: &Value) -> Vec<Block> {
    let (x, y) = (rows(&case["x"]), rows(&case["y"]));
    x.into_iter().zip(y).map(|(x, y)| Block { x, y }).collect()
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

#[test]
fn correlations_within_blocks() {
    for case in cases("within_blocks") {
        let mut rng = stream(0, "golden correlations within blocks");
        let found = within_block_tau(&blocks(&case), Alternative::Greater, &mut rng).unwrap();
        assert_close(found.tau.value, &case["tau"]);
        for (block, tau) in found.taus.iter().enumerate() {
            assert_close(*tau, &case["taus"][block]);
        }
    }
}

#[test]
fn one_factor_at_a_time() {
    for case in cases("factorials") {
        let (measure, outcome) = (numbers(&case["measure"]), numbers(&case["outcome"]));
        let runs: Vec<Run> = (0..measure.len())
            .map(|i| Run {
                block: case["block"][i].as_u64().unwrap() as usize,
                levels: serde_json::from_value(case["levels"][i].clone()).unwrap(),
                measure: measure[i],
                outcome: outcome[i],
            })
            .collect();
        let granulated = granulated_tau(&runs).unwrap();
        assert_close(granulated.psi, &case["psi"]);
        for (factor, psi) in granulated.factors.iter().enumerate() {
            assert_close(*psi, &case["psis"][factor]);
        }
        let errors = sign_errors(&runs, Some(10_000), 6.0).unwrap();
        assert_close(errors.maximum, &case["maximum"]);
        assert_close(errors.percentile_90, &case["percentile_90"]);
        assert_eq!(errors.environments.len() as u64, case["kept"]);
        assert_eq!(errors.left_out as u64, case["left_out"]);
    }
}

#[test]
fn adjusted_p_values() {
    for case in cases("multiplicities") {
        let p = numbers(&case["p_values"]);
        let (family, rate) = (holm(&p).unwrap(), benjamini_hochberg(&p).unwrap());
        for i in 0..p.len() {
            assert_close(family[i], &case["holm"][i]);
            assert_close(rate[i], &case["bh"][i]);
        }
    }
}

#[test]
fn slopes_with_a_level_per_block() {
    for case in cases("fixed_effects") {
        let slope = fixed_effects_slope(&blocks(&case)).unwrap();
        assert_close(slope.value, &case["slope"]);
        assert_interval(1e-10, slope.interval, &case["interval"]);
    }
}

#[test]
fn friedman_tests() {
    for case in cases("friedmans") {
        let found = friedman(&rows(&case["blocks"])).unwrap();
        assert_close(found.test.statistic, &case["statistic"]);
        assert_close(found.test.p_value, &case["p_value"]);
        for (j, rank) in found.mean_ranks.iter().enumerate() {
            assert_close(*rank, &case["mean_ranks"][j]);
        }
    }
}

#[test]
fn hazard_ratios() {
    for case in cases("coxes") {
        let (times, covariates) = (numbers(&case["time"]), rows(&case["covariates"]));
        let runs: Vec<Hitting> = (0..times.len())
            .map(|i| Hitting {
                block: case["block"][i].as_u64().unwrap() as usize,
                time: times[i],
                hit: case["hit"][i].as_bool().unwrap(),
                covariates: covariates[i].clone(),
            })
            .collect();
        for (j, found) in cox(&runs).unwrap().iter().enumerate() {
            assert_within(1e-9, found.value, &case["values"][j]);
            assert_interval(1e-9, found.interval, &case["intervals"][j]);
        }
    }
}
