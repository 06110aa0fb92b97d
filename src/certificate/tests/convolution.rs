//! Networks with convolutions: a forward pass by loops, draws of all weights against their law,
//! threads, and shapes that are none.

use rand_distr::{Distribution, StandardNormal};
use rayon::ThreadPoolBuilder;

use super::super::stochastic::Stochastic;
use super::*;
use crate::dataset::ImageShape;

/// Two channels, and sums of which a row and a column are in no maximum.
const IMAGE: ImageShape = ImageShape {
    channels: 2,
    height: 17,
    width: 18,
};
const FILTERS: [usize; 2] = [3, 2];
const CLASSES: usize = 4;

pub fn prior(seed: u64) -> Prior {
    Prior::convolutional(IMAGE, FILTERS, CLASSES, 0.2, seed).unwrap()
}

/// Noise, with labels in turn.
pub fn images(examples: usize, seed: u64) -> Split {
    let mut random = stream(seed, "test: images");
    let pixels = StandardNormal.sample_iter(&mut random);
    let pixels = pixels.take(examples * IMAGE.features()).collect();
    let labels = (0..examples).map(|i| (i % CLASSES) as u32).collect();
    Split::new(pixels, labels, IMAGE.features()).unwrap()
}

/// An image as planes of rows, in double precision.
type Planes = Vec<Vec<Vec<f64>>>;

/// Convolution, ReLU and maxima by their definitions.
fn convolved(x: &Planes, numbers: &[f32], filters: usize) -> Planes {
    let (weights, biases) = numbers.split_at(filters * x.len() * 25);
    let of_filter = |o: usize| {
        let sum = |i: usize, j: usize| {
            let mut sum = f64::from(biases[o]);
            for (c, plane) in x.iter().enumerate() {
                for k in 0..5 {
                    for l in 0..5 {
                        let w = weights[((o * x.len() + c) * 5 + k) * 5 + l];
                        sum += f64::from(w) * plane[i + k][j + l];
                    }
                }
            }
            sum.max(0.0)
        };
        let [rows, columns] = [x[0].len(), x[0][0].len()].map(|side| (side - 4) / 2);
        let maximum = |i: usize, j: usize| {
            let [a, b] = [0, 1].map(|k| sum(2 * i + k, 2 * j).max(sum(2 * i + k, 2 * j + 1)));
            a.max(b)
        };
        let row = |i: usize| (0..columns).map(|j| maximum(i, j)).collect();
        (0..rows).map(row).collect()
    };
    (0..filters).map(of_filter).collect()
}

/// Cosine k over so many places, at place i.
fn cosine(places: usize, k: usize, i: usize) -> f64 {
    let n = places as f64;
    let c = (std::f64::consts::PI * (i as f64 + 0.5) * k as f64 / n).cos();
    c * if k == 0 { 1.0 / n } else { 2.0 / n }.sqrt()
}

/// Weights of a window from the numbers of its cosines, by the formula.
fn in_pixels(v: &[f32]) -> Vec<f32> {
    let weight = |i: usize, j: usize| {
        let mut sum = 0.0;
        for k in 0..5 {
            for l in 0..5 {
                let alpha = 2.0 / (1.0 + (k * k + l * l) as f64 / 4.0);
                sum += alpha * f64::from(v[5 * k + l]) * cosine(5, k, i) * cosine(5, l, j);
            }
        }
        sum as f32
    };
    (0..25).map(|place| weight(place / 5, place % 5)).collect()
}

/// A plane along cosines.
fn along_cosines(plane: &[Vec<f64>]) -> Vec<f64> {
    let [rows, columns] = [plane.len(), plane[0].len()];
    let number = |k: usize, l: usize| {
        let mut sum = 0.0;
        for (i, row) in plane.iter().enumerate() {
            for (j, x) in row.iter().enumerate() {
                sum += x * cosine(rows, k, i) * cosine(columns, l, j);
            }
        }
        sum
    };
    let places = 0..rows * columns;
    places
        .map(|place| number(place / columns, place % columns))
        .collect()
}

fn by_loops(law: &Gaussian, image: &[f32]) -> Vec<f64> {
    let ImageShape { height, width, .. } = IMAGE;
    let planes = image.chunks(height * width).map(|plane| {
        let rows = plane.chunks(width);
        rows.map(|row| row.iter().map(|&x| f64::from(x)).collect())
            .collect()
    });
    let mut x: Planes = planes.collect();
    let [first, second, dense] = law.layers() else {
        panic!("three layers")
    };
    for (layer, filters) in [first, second].into_iter().zip(FILTERS) {
        let (windows, biases) = layer.mean.split_at(layer.mean.len() - filters);
        let weights = windows.chunks(25).flat_map(in_pixels);
        let numbers: Vec<f32> = weights.chain(biases.iter().copied()).collect();
        x = convolved(&x, &numbers, filters);
    }
    let x: Vec<f64> = x.iter().flat_map(|plane| along_cosines(plane)).collect();
    let (weights, biases) = dense.mean.split_at(x.len() * CLASSES);
    let logit = |class: usize| {
        let row = &weights[class * x.len()..][..x.len()];
        let sum: f64 = row.iter().zip(&x).map(|(&w, x)| f64::from(w) * x).sum();
        sum + f64::from(biases[class])
    };
    (0..CLASSES).map(logit).collect()
}

#[test]
fn without_variance_the_outputs_are_those_of_loops() {
    let mut law = prior(1).law().means();
    for bias in law
        .layers_mut()
        .iter_mut()
        .flat_map(|layer| layer.mean.iter_mut().rev().take(2))
    {
        *bias += 0.3;
    }
    let examples = images(3, 2);
    let mut random = stream(3, "test: draws");
    let network = Stochastic::of(&law, &mut random).unwrap();
    let logits = network.logits(examples.pixels(), &mut random).unwrap();
    for (i, row) in logits.chunks(CLASSES).enumerate() {
        for (&found, expected) in row.iter().zip(by_loops(&law, examples.image(i))) {
            let apart = (f64::from(found) - expected).abs();
            assert!(apart < 1e-4, "{i}: {found} {expected}");
        }
    }
}

/// Moments of draws against those of a Gaussian, in standard errors.
fn moments(draws: &[f64], mean: f64, variance: f64) -> [f64; 2] {
    let n = draws.len() as f64;
    let own = draws.iter().sum::<f64>() / n;
    let spread = draws.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / n;
    [
        (own - mean) / (variance / n).sqrt(),
        (spread / variance - 1.0) / (2.0 / n).sqrt(),
    ]
}

/// Of one dense layer the law of a logit is known.
#[test]
fn logits_of_a_dense_layer_have_their_law() {
    let prior = Prior::at_random(&[20, 3], 0.2, 4).unwrap();
    let (law, examples) = (prior.law(), data(1, 1.0, false, 5));
    let x = || examples.pixels().iter().map(|&x| f64::from(x));
    let row = &law.layers()[0].mean[..20];
    let mean: f64 = x().zip(row).map(|(x, &w)| x * f64::from(w)).sum();
    let variance = 0.04 * (1.0 + x().map(|x| x * x).sum::<f64>());
    let mut random = stream(6, "test: draws");
    let network = Stochastic::of(law, &mut random).unwrap();
    let one = |_| f64::from(network.logits(examples.pixels(), &mut random).unwrap()[0]);
    let logits: Vec<f64> = (0..4000).map(one).collect();
    let errors = moments(&logits, mean, variance);
    assert!(errors.iter().all(|e| e.abs() < 3.5), "{errors:?}");
}

/// With noise on one weight of a convolution alone, logits of positive sums are Gaussian; those of
/// two examples of a batch are uncorrelated.
#[test]
fn flipped_convolutions_have_their_law_and_examples_are_uncorrelated() {
    const DRAWS: usize = 4000;
    let sigma = 0.02_f32;
    let mut law = prior(4).law().means();
    for (place, layer) in law.layers_mut().iter_mut().enumerate() {
        layer.mean.iter_mut().for_each(|w| *w = w.abs());
        if place == 1 {
            layer.ln_sigma[7] = sigma.ln();
        }
    }
    let own = images(2, 5);
    let pixels = own.pixels().iter().map(|x| x.abs()).collect();
    let examples = Split::new(pixels, own.labels().to_vec(), IMAGE.features()).unwrap();
    let mut random = stream(6, "test: draws");
    let mut logits = [Vec::new(), Vec::new()];
    for _ in 0..DRAWS {
        let network = Stochastic::of(&law, &mut random).unwrap();
        let both = network.logits(examples.pixels(), &mut random).unwrap();
        logits[0].push(f64::from(both[0]));
        logits[1].push(f64::from(both[CLASSES]));
    }
    let centred = [0, 1].map(|image| -> Vec<f64> {
        let at = |by| by_loops(&moved(&law, (1, false, 7), by), examples.image(image))[0];
        // Linear in the weight where the maxima stay in their places.
        let slope = (at(sigma) - at(-sigma)) / 2.0;
        let errors = moments(&logits[image], at(0.0), slope * slope);
        assert!(errors.iter().all(|e| e.abs() < 4.0), "{image} {errors:?}");
        logits[image].iter().map(|logit| logit - at(0.0)).collect()
    });
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let [a, b] = &centred;
    let correlation = product(a, b) / (product(a, a) * product(b, b)).sqrt();
    assert!(
        correlation.abs() < 3.5 / (DRAWS as f64).sqrt(),
        "{correlation}"
    );
}

#[test]
fn bits_do_not_depend_on_threads() {
    let examples = images(40, 7);
    let how = Training {
        batch: 10,
        epochs: 3,
        start: 0.5,
        ..Training::default()
    };
    let on = |threads: usize| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| {
            let posterior = train(&prior(8), &examples, &how, 9).unwrap();
            let gibbs = gibbs_errors(&posterior, &examples, 20, 10).unwrap();
            let ensemble = ensemble_errors(&posterior, &examples, 5, 11).unwrap();
            (posterior, gibbs, ensemble)
        })
    };
    let one = on(1);
    assert_eq!(one, on(3));
    assert_eq!([one.1[1], one.2[1]], [800, 40]);
}

/// Weights that are drawn anew differ between the passes and between the examples of a pass.
#[test]
fn every_example_has_a_draw_of_its_own() {
    // Copies of one image: were all shown one draw, all or none would be errors.
    let one = images(1, 12);
    let prior = Prior::convolutional(IMAGE, FILTERS, CLASSES, 0.5, 13).unwrap();
    let errors = |label, passes| {
        let pixels = one.pixels().repeat(100);
        let copies = Split::new(pixels, vec![label; 100], IMAGE.features()).unwrap();
        gibbs_errors(prior.law(), &copies, passes, 14).unwrap()[0]
    };
    // Whichever class the mean weights prefer, the draws do not all.
    for label in 0..CLASSES as u32 {
        let first = errors(label, 1);
        assert!(first > 0 && first < 100, "{first}");
        assert_ne!(errors(label, 2), 2 * first);
    }
}

#[test]
fn shapes_that_are_none_are_refused() {
    let image = |channels, height, width| ImageShape {
        channels,
        height,
        width,
    };
    let of = |image, filters, classes| Prior::convolutional(image, filters, classes, 0.2, 1);
    for (image, filters, classes) in [
        (image(1, 15, 16), [3, 2], 4),
        (image(1, 16, 15), [3, 2], 4),
        (image(1, 2, 2), [3, 2], 4),
        (image(0, 16, 16), [3, 2], 4),
        (image(1, 16, 16), [0, 2], 4),
        (image(1, 16, 16), [3, 0], 4),
        (image(1, 16, 16), [3, 2], 1),
    ] {
        let refused = of(image, filters, classes);
        let is =
            matches!(refused, Err(CertificateError::Images { image: own, .. }) if own == image);
        assert!(is, "{image} {filters:?} {classes}");
    }
    let refused = Prior::convolutional(IMAGE, FILTERS, CLASSES, 0.0, 1);
    assert!(matches!(refused, Err(CertificateError::Sigma { .. })));
    let numbers = |prior: Prior| -> usize {
        let layers = prior.law().layers();
        layers.iter().map(|layer| layer.mean.len()).sum()
    };
    let least = of(image(1, 16, 16), [3, 2], 4).unwrap();
    assert_eq!(numbers(least), 3 * 26 + 2 * (75 + 1) + 2 * 4 + 4);
    let colours = of(image(3, 32, 32), [8, 16], 10).unwrap();
    assert_eq!(numbers(colours), 8 * 76 + 16 * 201 + 16 * 25 * 10 + 10);
}
