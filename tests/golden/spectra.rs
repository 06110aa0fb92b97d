//! Measures of singular values against NumPy, PyTorch, powerlaw and
//! WeightWatcher; tests/golden/spectra.py made the values.

use std::collections::BTreeMap;

use faer::Mat;
use rethink::measure::{Geometry, Layer, LayerKind, Subject, Value, find};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    matrices: Vec<(usize, usize, u64)>,
    measures: Vec<BTreeMap<String, f64>>,
    powerlaw: Vec<PowerLaw>,
    weightwatcher: Vec<BTreeMap<String, f64>>,
    convolution: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct PowerLaw {
    alpha: f64,
    tail: f64,
    distance: f64,
    xmin: f64,
    own_alpha: f64,
    own_tail: f64,
    exponential: [f64; 2],
    exact_exponential: [f64; 2],
    lognormal: [f64; 2],
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("spectra.json")).unwrap()
}

/// `entries` of spectra.py.
fn entries(count: usize, mut state: u64) -> Vec<f64> {
    let mut uniform = || {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        state as f64 / f64::from(1_u32 << 31)
    };
    (0..count)
        .map(|_| {
            let (u, v) = (uniform(), uniform());
            f64::from(((2.0 * u - 1.0) / (1.02 - v)) as f32)
        })
        .collect()
}

fn subject(golden: &Golden) -> Subject {
    let layers = golden.matrices.iter().map(|&(rows, columns, seed)| {
        let values = entries(rows * columns, seed);
        let weight = Mat::from_fn(rows, columns, |i, j| values[i * columns + j]);
        Layer::linear(seed.to_string(), weight, None)
    });
    Subject::new(layers.collect(), None).unwrap()
}

fn values(id: &str, subject: &Subject) -> Vec<Value> {
    find(id).unwrap().layers(subject).unwrap().unwrap()
}

fn term(value: &Value, name: &str) -> f64 {
    let term = value.terms.iter().find(|term| term.name.starts_with(name));
    term.unwrap_or_else(|| panic!("no {name} in {value:?}"))
        .value
        .unwrap()
}

#[track_caller]
fn assert_close(what: &str, found: f64, expected: f64, tolerance: f64) {
    let error = (found - expected).abs();
    assert!(
        error <= tolerance * expected.abs(),
        "{what}: {found} instead of {expected}"
    );
}

#[test]
fn every_measure_agrees_with_numpy() {
    let golden = golden();
    let subject = subject(&golden);
    for id in golden.measures[0].keys() {
        let found = values(id, &subject);
        for (l, expected) in golden.measures.iter().enumerate() {
            assert_close(
                &format!("{id} of {l}"),
                found[l].number,
                expected[id],
                1e-10,
            );
        }
    }
}

#[test]
fn alpha_agrees_with_powerlaw_on_the_same_tail() {
    let golden = golden();
    let subject = subject(&golden);
    for (l, (found, expected)) in values("alpha", &subject)
        .iter()
        .zip(&golden.powerlaw)
        .enumerate()
    {
        let close = |what: &str, found, expected, tolerance| {
            assert_close(&format!("{what} of {l}"), found, expected, tolerance);
        };
        close("alpha", found.number, expected.alpha, 1e-9);
        close("tail", term(found, "tail size"), expected.tail, 0.0);
        close("x_min", term(found, "λ_min"), expected.xmin, 1e-9);
        close(
            "distance",
            term(found, "Kolmogorov"),
            expected.distance,
            1e-9,
        );
        let error = (expected.alpha - 1.0) / expected.tail.sqrt();
        close("standard error", term(found, "standard error"), error, 1e-9);
        let ratio = |name: &str| term(found, &format!("normalized log-likelihood ratio to {name}"));
        let [exponential, p] = expected.exact_exponential;
        let found_p = term(found, "p-value of the ratio to an exp");
        close("exponential", ratio("an exp"), exponential, 1e-9);
        close("its p", found_p, p, 1e-9);
        // The package maximizes over the parameters numerically.
        close(
            "exponential",
            ratio("an exp"),
            expected.exponential[0],
            0.03,
        );
        close("its p", found_p, expected.exponential[1], 0.06);
        close("log-normal", ratio("a log"), expected.lognormal[0], 1e-3);
        close(
            "its p",
            term(found, "p-value of the ratio to a log"),
            expected.lognormal[1],
            1e-3,
        );
        // Left to itself the package looks at one side of the steps only, and has no
        // smallest tail: that matters for the last three.
        if l < 3 {
            close("alpha", found.number, expected.own_alpha, 1e-9);
        }
        assert_eq!(l < 3, expected.own_tail == expected.tail);
    }
}

/// Where WeightWatcher takes the same tail, it finds the same; its small constants
/// in the entropy make 1e-8.
#[test]
fn dense_layers_agree_with_weightwatcher() {
    let golden = golden();
    let subject = subject(&golden);
    let columns = [
        ("stable-rank", "stable_rank"),
        ("log-norm", "log_norm"),
        ("log-spectral-norm", "log_spectral_norm"),
        ("spectral-entropy", "entropy"),
        ("matrix-rank", "matrix_rank"),
        ("alpha", "alpha"),
        ("alpha-weighted", "alpha_weighted"),
        ("log-alpha-norm", "log_alpha_norm"),
    ];
    for (id, column) in columns {
        // The last three have another tail, see below.
        let layers = if id.contains("alpha") { 0..3 } else { 0..6 };
        let found = values(id, &subject);
        for l in layers {
            let expected = golden.weightwatcher[l][column];
            assert_close(&format!("{id} of {l}"), found[l].number, expected, 1e-7);
        }
    }
}

/// Below 20 eigenvalues WeightWatcher 0.7.7 takes (n − 1)/Σ for n/Σ.
#[test]
fn weightwatcher_has_another_estimator_below_20_eigenvalues() {
    let golden = golden();
    let found = &values("alpha", &subject(&golden))[3];
    let theirs = &golden.weightwatcher[3];
    let n = term(found, "tail size");
    assert_eq!(n, theirs["num_pl_spikes"]);
    let expected = 1.0 + (found.number - 1.0) * (n - 1.0) / n;
    assert_close("alpha", theirs["alpha"], expected, 1e-9);
}

/// WeightWatcher looks at one side of the steps of the empirical distribution.
#[test]
fn weightwatcher_has_a_one_sided_distance() {
    let golden = golden();
    let found = &values("alpha", &subject(&golden))[4];
    let theirs = &golden.weightwatcher[4];
    assert_close("alpha", theirs["alpha"], theirs["rule_alpha"], 1e-9);
    assert_eq!(theirs["num_pl_spikes"], 11.0);
    assert_eq!(term(found, "tail size"), 10.0);
    // So it reports a smaller distance for a tail that is farther from its fit.
    assert!(theirs["D"] < term(found, "Kolmogorov"));
}

/// WeightWatcher has no smallest tail: here it fits 7 of 40 eigenvalues.
#[test]
fn weightwatcher_fits_tails_of_any_size() {
    let golden = golden();
    let found = &values("alpha", &subject(&golden))[5];
    let theirs = &golden.weightwatcher[5];
    assert_close("alpha", theirs["alpha"], theirs["rule_alpha"], 1e-9);
    assert_eq!(theirs["num_pl_spikes"], 7.0);
    assert_eq!(term(found, "tail size"), 21.0);
    assert!((theirs["alpha"] - found.number).abs() > 1.0);
}

/// WeightWatcher halves the eigenvalues of every convolution: with a kernel of one
/// pixel it is the first dense layer, yet log10 2 is missing.
#[test]
fn weightwatcher_halves_the_eigenvalues_of_convolutions() {
    let golden = golden();
    let subject = subject(&golden);
    let theirs = &golden.weightwatcher[6];
    for (id, column) in [
        ("log-norm", "log_norm"),
        ("log-spectral-norm", "log_spectral_norm"),
    ] {
        let found = values(id, &subject)[0].number;
        assert_close(id, theirs[column], found - 2_f64.log10(), 1e-9);
    }
    assert_close(
        "alpha",
        theirs["alpha"],
        values("alpha", &subject)[0].number,
        1e-9,
    );
}

/// A 3x3 convolution of 8 to 16 channels on 8x8 images, padded by 1.
#[test]
fn three_norms_of_a_convolution_agree_with_pytorch() {
    let expected = golden().convolution;
    let kernel = entries(16 * 8 * 9, 99);
    let layer = Layer {
        name: "conv".into(),
        kind: LayerKind::Convolution,
        shape: vec![16, 8, 3, 3],
        weight: Mat::from_fn(16, 72, |i, j| kernel[i * 72 + j]),
        bias: None,
    };
    let norms = |stride: usize| {
        let geometry = Geometry {
            image: [8, 8],
            stride: [stride; 2],
            padding: [1, 1],
        };
        let subject = Subject::new(vec![layer.clone()], None)
            .unwrap()
            .with_geometries(BTreeMap::from([("conv".to_owned(), geometry)]));
        [
            "spectral-norm",
            "conv-spectral-norm-circular",
            "conv-spectral-norm-exact",
        ]
        .map(|id| values(id, &subject)[0].number)
    };
    for (stride, exact) in [(1, "stride_1"), (2, "stride_2")] {
        let [matrix, circular, operator] = norms(stride);
        assert_close("matrix", matrix, expected["matrix"], 1e-10);
        match stride {
            1 => assert_close("circular", circular, expected["circular"], 1e-10),
            _ => assert!(circular.is_nan(), "there is none with a stride"),
        }
        assert_close("exact", operator, expected[exact], 1e-10);
    }
    // The circular norm would ignore the stride; the matrix ignores how windows overlap.
    assert!(expected["matrix"] < expected["stride_2"]);
    assert!(expected["stride_2"] < 0.8 * expected["circular"]);
}
