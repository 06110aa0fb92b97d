//! Closed forms, and what has none.

use faer::Mat;
use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::measure::{Layer, find};

fn diagonal(sigma: &[f64], rows: usize, columns: usize) -> Layer {
    let entry = |i, j| if i == j { sigma[i] } else { 0.0 };
    Layer::linear("0", Mat::from_fn(rows, columns, entry), None)
}

fn value(id: &str, layer: Layer) -> Value {
    let subject = Subject::new(vec![layer], None).unwrap();
    let layers = find(id).unwrap().layers(&subject).unwrap();
    layers.unwrap().remove(0)
}

#[track_caller]
fn assert_value(id: &str, layer: &Layer, expected: f64) {
    let found = value(id, layer.clone()).number;
    assert!(
        (found / expected - 1.0).abs() < 1e-13,
        "{id}: {found} instead of {expected}"
    );
}

#[test]
fn equal_and_unequal_singular_values_have_closed_forms() {
    let equal = diagonal(&[2.0; 4], 4, 6);
    for id in [
        "stable-rank",
        "effective-rank",
        "participation-rank",
        "matrix-rank",
    ] {
        assert_value(id, &equal, 4.0);
    }
    assert_value("spectral-entropy", &equal, 1.0);
    assert_value("schatten-1-norm", &equal, 8.0);
    assert_value("schatten-1.5-norm", &equal, 2.0 * 4_f64.powf(2.0 / 3.0));
    assert_value("log-norm", &equal, 16_f64.log10());
    assert_value("log-spectral-norm", &equal, 4_f64.log10());

    let unequal = diagonal(&[3.0, 4.0], 5, 2);
    let entropy = |p: f64, q: f64| -p * p.ln() - q * q.ln();
    assert_value("stable-rank", &unequal, 25.0 / 16.0);
    assert_value(
        "effective-rank",
        &unequal,
        entropy(3.0 / 7.0, 4.0 / 7.0).exp(),
    );
    assert_value("participation-rank", &unequal, 625.0 / 337.0);
    let nats = entropy(9.0 / 25.0, 16.0 / 25.0);
    assert_value("spectral-entropy", &unequal, nats / 2_f64.ln());
    assert_value("schatten-1-norm", &unequal, 7.0);
    assert_value(
        "schatten-1.5-norm",
        &unequal,
        (27_f64.sqrt() + 8.0).powf(2.0 / 3.0),
    );
}

/// Rounding weights to f32 makes a matrix of rank 3 full: its rank stays 3.
#[test]
fn the_rank_does_not_count_rounding() {
    let mut rng = crate::random::stream(1, "rank");
    let mut gaussian = |r, c| Mat::<f64>::from_fn(r, c, |_, _| StandardNormal.sample(&mut rng));
    let exact = gaussian(40, 3) * gaussian(3, 60);
    let rounded = Mat::from_fn(40, 60, |i, j| f64::from(exact[(i, j)] as f32));
    for weight in [exact, rounded] {
        let layer = Layer::linear("0", weight, None);
        assert_value("matrix-rank", &layer, 3.0);
        assert!(value("alpha", layer).number.is_nan());
    }
}

/// λ at the quantiles (i − ½)/n of a power law: the fit takes almost all of them.
#[test]
fn a_spectrum_that_is_a_power_law_has_its_exponent() {
    let n = 400;
    for alpha in [1.7, 2.5, 4.0] {
        let lambda = |i: usize| ((i as f64 + 0.5) / n as f64).powf(-1.0 / (alpha - 1.0));
        let sigma: Vec<f64> = (0..n).map(|i| lambda(i).sqrt()).collect();
        let layer = diagonal(&sigma, n, n);
        let found = value("alpha", layer.clone());
        assert!((found.number - alpha).abs() < 0.02 * alpha, "{found:?}");
        let [low, high] = found.interval.unwrap();
        assert!(low < alpha && alpha < high, "{found:?}");
        let distance = found
            .terms
            .iter()
            .find(|t| t.name.starts_with("Kolmogorov"));
        assert!(distance.unwrap().value.unwrap() < 0.01, "{found:?}");
        assert!(value("alpha-p-value", layer.clone()).number > 0.9);
        let weighted = value("alpha-weighted", layer.clone()).number;
        assert!((weighted - found.number * lambda(0).log10()).abs() < 1e-10);
        let sum: f64 = (0..n).map(|i| lambda(i).powf(found.number)).sum();
        assert_value("log-alpha-norm", &layer, sum.log10());
    }
}

#[test]
fn a_flat_spectrum_is_no_power_law() {
    let sigma: Vec<f64> = (0..300)
        .map(|i| (1.0 + f64::from(i) / 300.0).sqrt())
        .collect();
    let layer = diagonal(&sigma, 300, 300);
    let p = value("alpha-p-value", layer.clone());
    assert!(p.number < 0.1 && p.interval.unwrap()[1] < 0.2, "{p:?}");
    assert!(value("alpha", layer).number > 3.0);
}

#[test]
fn what_is_undefined_is_not_a_number() {
    let spectra: Vec<&str> = measures_of_all_layers();
    for weight in [
        Mat::zeros(12, 12),
        Mat::from_fn(12, 12, |i, _| if i == 3 { f64::NAN } else { 1.0 }),
    ] {
        let layer = Layer::linear("0", weight, None);
        for id in &spectra {
            let number = value(id, layer.clone()).number;
            assert!(!number.is_finite(), "{id}: {number}");
        }
    }
    // One singular value: no share, no tail, no bulk.
    let row = diagonal(&[3.0], 1, 5);
    for id in [
        "spectral-entropy",
        "alpha",
        "alpha-p-value",
        "mp-edge",
        "mp-spikes",
    ] {
        assert!(value(id, row.clone()).number.is_nan(), "{id}");
    }
    assert_value("effective-rank", &row, 1.0);
}

fn measures_of_all_layers() -> Vec<&'static str> {
    let cards = MEASURES.iter().map(|measure| measure.card());
    cards
        .filter(|card| card.needs.is_empty())
        .map(|card| card.id)
        .collect()
}

#[test]
fn a_layer_too_large_for_all_singular_values_says_so() {
    let side = LARGEST_SIDE + 1;
    let layer = Layer::linear("0", Mat::zeros(side, side), None);
    let subject = Subject::new(vec![layer], None).unwrap();
    assert_eq!(subject.singular_values().unwrap(), [vec![0.0]]);
    let rank = ranks::StableRank
        .layers(&subject)
        .unwrap()
        .unwrap()
        .remove(0);
    assert!(rank.number.is_nan());
    assert!(rank.terms[0].name.contains("only the largest"), "{rank:?}");
    assert_eq!(rank.terms[0].value, Some(side as f64));
}

#[test]
fn the_values_do_not_depend_on_the_number_of_threads() {
    let mut rng = crate::random::stream(1, "threads");
    let layers: Vec<Layer> = [(30, 50), (60, 40), (12, 12), (80, 81)]
        .into_iter()
        .map(|(r, c)| Mat::from_fn(r, c, |_, _| StandardNormal.sample(&mut rng)))
        .map(|weight| Layer::linear("l", weight, None))
        .collect();
    let all = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let subject = Subject::new(layers.clone(), None).unwrap();
            let of = |id: &str| find(id).unwrap().layers(&subject).unwrap().unwrap();
            measures_of_all_layers()
                .into_iter()
                .map(of)
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(all(1), all(3));
}

/// The shapes of ResNet-50: 25.5 million weights in 54 layers.
fn resnet50() -> Vec<[usize; 2]> {
    let mut shapes = vec![[64, 147], [1000, 2048]];
    let mut inputs = 64;
    for (width, blocks) in [(64, 3), (128, 4), (256, 6), (512, 3)] {
        shapes.push([4 * width, inputs]);
        for _ in 0..blocks {
            shapes.extend([[width, inputs], [width, 9 * width], [4 * width, width]]);
            inputs = 4 * width;
        }
    }
    shapes
}

#[test]
#[ignore = "a measurement of time: cargo test --release --lib resnet50 -- --ignored --nocapture"]
fn timing_of_all_measures_of_resnet50() {
    let layer = |(l, &[rows, columns]): (usize, &[usize; 2])| {
        let mut rng = crate::random::stream(l as u64, "resnet50");
        let mut normal = || StandardNormal.sample(&mut rng);
        Layer::linear(
            l.to_string(),
            Mat::from_fn(rows, columns, |_, _| normal()),
            None,
        )
    };
    let layers: Vec<Layer> = resnet50().iter().enumerate().map(layer).collect();
    for _ in 0..3 {
        let subject = Subject::new(layers.clone(), None).unwrap();
        let start = std::time::Instant::now();
        subject.singular_values().unwrap();
        println!("singular values {:.3?}", start.elapsed());
        for measure in crate::measure::measures() {
            let before = start.elapsed();
            measure.layers(&subject).unwrap();
            measure.network(&subject).unwrap();
            let took = start.elapsed() - before;
            if took.as_millis() > 0 {
                println!("{:>30} {took:.3?}", measure.card().id);
            }
        }
        println!("all measures {:.3?}", start.elapsed());
    }
}
