use super::layer::{BatchNorm, Inputs};
use super::moments::{Moments, Normalizer};
use super::scales::Scales;
use crate::Element;
use crate::golden::{Golden, assert_golden};
use crate::images::{Images, Line};
use crate::testing::{
    CHANNEL_COUNTS, along, assert_close, assert_filled_up, assert_same, differences, dot, gradient,
    moved, noise, random, shape, single,
};

/// A layer of these γ and β, whose running statistics are neither 0 nor 1.
fn layer(gamma: &[f64], beta: &[f64]) -> BatchNorm<f64> {
    let mean = noise(gamma.len(), 7);
    let variance: Vec<f64> = noise(gamma.len(), 8).iter().map(|x| x + 1.5).collect();
    BatchNorm::new(Scales::new(gamma, beta), &mean, &variance)
}

fn normalizer<T: Element>(layer: &BatchNorm<T>, x: &Images<T>, training: bool) -> Normalizer<T> {
    if training {
        Moments::of(x).normalizer().unwrap()
    } else {
        layer.normalizer()
    }
}

fn forward<T: Element>(
    layer: &BatchNorm<T>,
    x: &Images<T>,
    training: bool,
    relu: bool,
) -> Images<T> {
    let mut y = Images::zeros(0, x.shape());
    let by = &normalizer(layer, x, training);
    layer.forward(Inputs { x, by, relu }, &mut y);
    y
}

/// Gradients by inputs, γ and β.
fn backward<T: Element>(
    layer: &BatchNorm<T>,
    x: &Images<T>,
    g: &Images<T>,
    training: bool,
    relu: bool,
) -> (Images<T>, [Vec<f64>; 2]) {
    let by = &normalizer(layer, x, training);
    let inputs = Inputs { x, by, relu };
    let gradient = layer.gradient(inputs, g);
    let mut below = g.clone();
    layer.backward(inputs, g, training.then_some(&gradient), &mut below);
    (below, numbers(&gradient.scales, x.shape().channels))
}

/// Numbers of γ and β.
fn numbers(scales: &Scales<f64>, channels: usize) -> [Vec<f64>; 2] {
    [&scales.gamma, &scales.beta].map(|lines| {
        let mut numbers: Vec<f64> = lines.iter().flat_map(|line| line.0).collect();
        assert!(numbers.split_off(channels).iter().all(|&x| x == 0.0));
        numbers
    })
}

#[test]
fn passes_are_those_of_pytorch() {
    for (file, training) in [
        (include_str!("../golden/batch_norm_training.txt"), true),
        (include_str!("../golden/batch_norm_inference.txt"), false),
    ] {
        let golden = Golden(file);
        let scales = Scales::new(&golden.numbers("gamma"), &golden.numbers("beta"));
        let (mean, variance) = (golden.numbers("mean"), golden.numbers("variance"));
        let mut layer = BatchNorm::new(scales, &mean, &variance);
        let x = golden.images("x", golden.shape());
        let y = forward(&layer, &x, training, true);
        assert_golden(&y.to_planes(), &golden.numbers("y"));
        let g = golden.images("g", x.shape());
        let (below, [gamma, beta]) = backward(&layer, &x, &g, training, true);
        assert_golden(&below.to_planes(), &golden.numbers("gx"));
        assert_golden(&gamma, &golden.numbers("ggamma"));
        assert_golden(&beta, &golden.numbers("gbeta"));
        if training {
            layer.update(&Moments::of(&x));
            let [mean, variance] = layer.running().map(<[Line<f64>]>::to_vec);
            let moved = Scales {
                gamma: mean,
                beta: variance,
            };
            // The variance of channels that do not exist stays 0.
            let [mean, variance] = numbers(&moved, x.shape().channels);
            assert_golden(&mean, &golden.numbers("moved_mean"));
            assert_golden(&variance, &golden.numbers("moved_variance"));
        }
    }
}

#[test]
fn gradients_are_those_of_differences() {
    for (i, channels) in CHANNEL_COUNTS.into_iter().enumerate() {
        let shape = shape(channels, 3, 2);
        let [x, g] = [1, 2].map(|seed| random(2, shape, seed));
        let [gamma, beta] = [3, 4].map(|seed| noise(channels, seed));
        for training in [true, false] {
            let relu = i % 2 == 0;
            let norm = layer(&gamma, &beta);
            let (below, [by_gamma, by_beta]) = backward(&norm, &x, &g, training, relu);
            assert_filled_up(&below);
            assert_filled_up(&forward(&norm, &x, training, relu));
            let loss = |layer: &BatchNorm<f64>, x: &Images<f64>| {
                let y = forward(layer, x, training, relu);
                dot(&y.to_planes(), &g.to_planes())
            };
            let of_x = |x: &[f64]| loss(&norm, &Images::of_planes(x, shape));
            assert_close(&below.to_planes(), &gradient(&x.to_planes(), of_x), 1e-7);
            let of_gamma = |gamma: &[f64]| loss(&layer(gamma, &beta), &x);
            assert_close(&by_gamma, &gradient(&gamma, of_gamma), 1e-8);
            let of_beta = |beta: &[f64]| loss(&layer(&gamma, beta), &x);
            assert_close(&by_beta, &gradient(&beta, of_beta), 1e-8);
        }
    }
}

#[test]
fn derivatives_along_directions_are_those_of_differences() {
    for (i, channels) in CHANNEL_COUNTS.into_iter().enumerate() {
        let relu = i % 2 == 0;
        let [x, g, x_dot, g_dot] = [1, 2, 3, 4].map(|seed| random(2, shape(channels, 3, 5), seed));
        let [gamma, beta, gamma_dot, beta_dot] = [5, 6, 9, 10].map(|seed| noise(channels, seed));
        let at = |step| {
            layer(
                &along(&gamma, &gamma_dot, step),
                &along(&beta, &beta_dot, step),
            )
        };
        let norm = at(0.0);
        let direction = Scales::new(&gamma_dot, &beta_dot);
        let inputs = Inputs {
            x: &x,
            by: &norm.normalizer(),
            relu,
        };
        let (mut y_dot, mut below_dot) = (x.clone(), x.clone());
        norm.directional(inputs, &x_dot, &direction, &mut y_dot);
        let scales_dot =
            norm.backward_directional(inputs, &g, [&x_dot, &g_dot], &direction, &mut below_dot);
        assert_filled_up(&y_dot);
        assert_filled_up(&below_dot);
        let y = |step| forward(&at(step), &moved(&x, &x_dot, step), false, relu).to_planes();
        assert_close(&y_dot.to_planes(), &differences(y), 1e-8);
        let all = |step| {
            let (x, g) = (moved(&x, &x_dot, step), moved(&g, &g_dot, step));
            let (below, scales) = backward(&at(step), &x, &g, false, relu);
            [below.to_planes(), scales.concat()].concat()
        };
        let scales_dot = numbers(&scales_dot, channels).concat();
        let all_dot = [below_dot.to_planes(), scales_dot].concat();
        assert_close(&all_dot, &differences(all), 1e-7);

        let (below, [by_gamma, by_beta]) = backward(&norm, &x, &g, false, relu);
        let one = dot(&y_dot.to_planes(), &g.to_planes());
        let other = dot(&x_dot.to_planes(), &below.to_planes())
            + dot(&gamma_dot, &by_gamma)
            + dot(&beta_dot, &by_beta);
        assert!((one - other).abs() < 1e-10);
    }
}

#[test]
fn parts_of_a_batch_are_the_batch() {
    let x = random(5, shape(19, 17, 17), 1);
    let of_samples = |range: std::ops::Range<usize>| {
        let numbers = x.shape().numbers();
        let planes = &x.to_planes()[range.start * numbers..range.end * numbers];
        Moments::of(&Images::of_planes(planes, x.shape()))
    };
    let (whole, mut parts) = (of_samples(0..5), of_samples(0..2));
    parts.add(&of_samples(2..5));
    assert_eq!(whole.count, parts.count);
    for (whole, parts) in [(whole.mean, parts.mean), (whole.squares, parts.squares)] {
        for (whole, parts) in whole.iter().zip(&parts) {
            assert_close(&whole.0, &parts.0, 1e-10);
        }
    }
}

#[test]
fn a_large_mean_takes_no_digits_from_the_variance() {
    let numbers = noise(2 * 3 * 20 * 17, 1);
    let x: Vec<f32> = numbers.iter().map(|x| (1000.0 + x) as f32).collect();
    let exact: Vec<f64> = x.iter().map(|&x| x.into()).collect();
    let shape = shape(3, 20, 17);
    let single = Moments::of(&Images::of_planes(&x, shape));
    let double = Moments::of(&Images::of_planes(&exact, shape));
    let [single, double] = [single, double].map(|moments| moments.squares[0].0);
    for (single, double) in single.iter().zip(double).take(3) {
        assert!((single / double - 1.0).abs() < 1e-5);
    }
}

#[test]
fn single_precision_is_double_precision_rounded() {
    let [x, g] = [1, 2].map(|seed| random(3, shape(19, 17, 18), seed));
    let [gamma, beta] = [vec![1.25; 19], vec![0.5; 19]];
    let layer = layer(&gamma, &beta);
    let same = BatchNorm::<f32>::new(Scales::new(&[1.25; 19], &[0.5; 19]), &[0.0; 19], &[1.0; 19]);
    let [x32, g32] = [&x, &g].map(single);
    assert_same(
        &forward(&same, &x32, true, false),
        &forward(&layer, &x, true, false),
        2e-6,
    );
    let (below, scales) = backward(&layer, &x, &g, true, false);
    let (below32, scales32) = backward(&same, &x32, &g32, true, false);
    assert_same(&below32, &below, 5e-6);
    assert_close(&scales32.concat(), &scales.concat(), 1e-4);
}

#[test]
fn one_number_a_channel_has_no_variance() {
    let error = Moments::of(&random(1, shape(3, 1, 1), 1)).normalizer::<f64>();
    let error = error.unwrap_err().to_string();
    assert!(error.contains("one sample of one pixel"));
    assert!(
        Moments::of(&random(2, shape(3, 1, 1), 1))
            .normalizer::<f64>()
            .is_ok()
    );
}

#[test]
fn a_layer_before_training_is_the_identity_but_for_epsilon() {
    let x = random(2, shape(19, 3, 3), 1);
    let y = forward(&BatchNorm::identity(19), &x, false, false);
    assert_close(&y.to_planes(), &x.to_planes(), 1e-5);
}
