//! Gradients by differences, draws that are counted against draws of whole weights, the divergence
//! by hand, and certificates where the risk is known.

mod convolution;

use rand_distr::{Distribution, StandardNormal};

use super::stochastic::Stochastic;
use super::*;
use crate::dataset::{ImageShape, Split};
use crate::random::stream;

/// Gaussian images around one mean a class, `apart` from each other; labels drawn without looking
/// if they are random.
fn data(examples: usize, apart: f32, random_labels: bool, seed: u64) -> Split {
    use rand::RngExt;
    let mut random = stream(seed, "test: examples");
    let (features, classes) = (20, 10);
    let labels: Vec<u32> = (0..examples)
        .map(|_| random.random_range(0..classes))
        .collect();
    let mut pixels = Vec::new();
    for &label in &labels {
        let own = |j: usize| f32::from(u8::from(j % classes as usize == label as usize));
        pixels.extend((0..features).map(|j| {
            let noise: f32 = StandardNormal.sample(&mut random);
            0.3 * noise + apart * own(j)
        }));
    }
    let labels = match random_labels {
        true => (0..examples)
            .map(|_| random.random_range(0..classes))
            .collect(),
        false => labels,
    };
    Split::new(pixels, labels, features).unwrap()
}

fn prior(seed: u64) -> Prior {
    Prior::at_random(&[20, 12, 10], 0.2, seed).unwrap()
}

/// Changes one number of a law: a mean or a ln σ of a layer.
fn moved(law: &Gaussian, (layer, sigma, place): (usize, bool, usize), by: f32) -> Gaussian {
    let mut law = law.clone();
    let Layer { mean, ln_sigma, .. } = &mut law.layers_mut()[layer];
    let numbers = if sigma { ln_sigma } else { mean };
    numbers[place] += by;
    law
}

#[test]
fn gradients_are_those_of_differences() {
    let dense = (prior(1), data(40, 1.0, false, 2));
    let convolutional = (convolution::prior(1), convolution::images(20, 2));
    for (prior, batch) in [dense, convolutional] {
        check_gradients(prior.law(), &batch);
    }
}

fn check_gradients(law: &Gaussian, batch: &Split) {
    let at = |law: &Gaussian| {
        let mut random = stream(3, "test: draws");
        let network = Stochastic::of(law, &mut random).unwrap();
        network.cross_entropy(batch, 1e-5, &mut random).unwrap()
    };
    let (_, gradients) = at(law);
    // Maxima and positive parts have kinks: what is within a step of one is off a little.
    let h = 1e-3;
    for (layer, own) in gradients.iter().enumerate() {
        let length = law.layers()[layer].mean.len();
        for (sigma, slopes) in [(false, &own.mean), (true, &own.ln_sigma)] {
            let largest = slopes.iter().fold(0.0, |a: f32, g| a.max(g.abs()));
            for place in [0, length / 3, length / 2, length - 2] {
                let [up, down] = [h, -h].map(|h| at(&moved(law, (layer, sigma, place), h)).0);
                let difference = ((up - down) / f64::from(2.0 * h)) as f32;
                assert!(
                    (slopes[place] - difference).abs() < 1e-3 + 0.02 * largest,
                    "{layer} {sigma} {place}: {} {difference} {largest}",
                    slopes[place]
                );
            }
        }
    }
}

/// The weights of a whole network drawn at once have the same law for one example; over many such
/// draws the error is the same within three standard errors.
#[test]
fn draws_that_are_counted_agree_with_draws_of_all_weights() {
    check_errors(prior(4).law(), &data(300, 0.8, false, 5), 200);
    let convolutional = convolution::prior(4);
    check_errors(convolutional.law(), &convolution::images(60, 5), 100);
}

fn check_errors(law: &Gaussian, examples: &Split, passes: usize) {
    let [errors, draws] = gibbs_errors(law, examples, passes, 6).unwrap();
    let mut random = stream(7, "test: whole weights");
    let whole: Vec<f64> = (0..passes)
        .map(|_| {
            let mut drawn = law.clone();
            for layer in drawn.layers_mut() {
                for (mean, ln_sigma) in layer.mean.iter_mut().zip(&mut layer.ln_sigma) {
                    let noise: f32 = StandardNormal.sample(&mut random);
                    *mean += ln_sigma.exp() * noise;
                    *ln_sigma = f32::NEG_INFINITY;
                }
            }
            let [errors, draws] = gibbs_errors(&drawn, examples, 1, 8).unwrap();
            errors as f64 / draws as f64
        })
        .collect();
    let n = passes as f64;
    let mean = whole.iter().sum::<f64>() / n;
    let variance = whole.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let counted = errors as f64 / draws as f64;
    let error = (variance / n).sqrt();
    assert!(
        (counted - mean).abs() < 3.0 * error,
        "{counted} {mean} ± {error}"
    );
}

#[test]
fn the_divergence_is_that_of_gaussians() {
    let prior = prior(9);
    assert!(prior.divergence(prior.law()).abs() < 1e-4);
    // One weight with mean moved by 0.3 and σ halved: ½ (¼ + (0.3/0.2)² − 1) + ln 2.
    let law = moved(prior.law(), (1, false, 5), 0.3);
    let law = moved(&law, (1, true, 5), -std::f32::consts::LN_2);
    let expected = 0.5 * (0.25 + 2.25 - 1.0) + 2f64.ln();
    assert!((prior.divergence(&law) - expected).abs() < 1e-3);
}

#[test]
fn a_certificate_says_something_of_true_labels_and_its_bits_are_the_seeds() {
    let examples = data(1000, 1.0, false, 10);
    let how = Training {
        batch: 100,
        epochs: 20,
        ..Training::default()
    };
    let trained = || train(&prior(11), &examples, &how, 12).unwrap();
    let posterior = trained();
    assert_eq!(posterior, trained());
    let errors = gibbs_errors(&posterior, &examples, 5, 13).unwrap();
    let kl = prior(11).divergence(&posterior);
    let confidence = Confidence::default();
    let found = Certificate::new(errors, kl, 1000, 1, confidence).unwrap();
    let [wrong, draws] = gibbs_errors(&posterior, &data(4000, 1.0, false, 14), 1, 15).unwrap();
    let risk = wrong as f64 / draws as f64;
    assert!(found.risk < 0.7 && risk < found.risk, "{found:?} {risk}");
}

/// The risk on random labels of ten classes is 0.9, whatever the predictor.
#[test]
fn no_certificate_of_random_labels_is_below_their_risk() {
    for seed in 0..10 {
        let examples = data(200, 1.0, true, 100 + seed);
        for objective in Objective::ALL {
            let how = Training {
                objective,
                beta: 0.1,
                batch: 50,
                epochs: 15,
                ..Training::default()
            };
            let posterior = train(&prior(seed), &examples, &how, seed).unwrap();
            let errors = gibbs_errors(&posterior, &examples, 5, seed).unwrap();
            let kl = prior(seed).divergence(&posterior);
            let confidence = Confidence::default();
            let found = Certificate::new(errors, kl, 200, 1, confidence).unwrap();
            assert!(found.risk >= 0.9, "{objective:?} {found:?}");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    for sigma in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let refused = Prior::at_random(&[20, 10], sigma, 1);
        assert!(matches!(refused, Err(CertificateError::Sigma { .. })));
    }
    for widths in [&[20][..], &[20, 0, 10], &[20, 1]] {
        let refused = Prior::at_random(widths, 0.2, 1);
        assert!(matches!(refused, Err(CertificateError::Widths { .. })));
    }
    let (own, other) = (
        data(50, 1.0, false, 1),
        Split::new(vec![0.0; 20], vec![10], 20).unwrap(),
    );
    let how = Training::default();
    let refused = train(&prior(1), &own, &how, 1);
    assert!(matches!(refused, Err(CertificateError::Batch { .. })));
    let refused = gibbs_errors(prior(1).law(), &other, 1, 1);
    assert!(matches!(
        refused,
        Err(CertificateError::Examples { label: 10, .. })
    ));
}

/// A network whose last layer alone moved, by a known distance, on examples that it separates.
#[test]
fn the_isotropic_certificate_is_the_best_of_its_grid() {
    let examples = data(400, 3.0, false, 5);
    let mut weights = vec![0.0; 10 * 20];
    for class in 0..10 {
        weights[class * 20 + class] = 1.0;
        weights[class * 20 + class + 10] = 1.0;
    }
    let start = vec![0.0; 10 * 20];
    let law = |weights: &[f64]| Gaussian::new(vec![Layer::around([20, 10], weights, None)]);
    let (trained, initial) = (law(&weights).unwrap(), law(&start).unwrap());
    let confidence = Confidence::default();
    let certified = |trained: &Gaussian, initial: &Gaussian| {
        let errors = |s| Ok(gibbs_errors(&trained.scaled(s), &examples, 2, 1)?[0]);
        isotropic(
            trained.squared_distance(initial)?,
            [400, 2],
            confidence,
            errors,
        )
    };
    let found = certified(&trained, &initial).unwrap();
    // Twenty weights moved by 1 each.
    let kl = 10.0 / (found.sigma * found.sigma);
    assert!((found.certificate.kl - kl).abs() < 1e-9);
    assert!(found.certificate.risk < 0.9 && found.certificate.priors == DEVIATIONS);
    for j in 0..DEVIATIONS as i32 {
        let sigma = 2f64.powf(-0.5 * f64::from(j));
        let errors = gibbs_errors(&trained.scaled(sigma), &examples, 2, 1).unwrap();
        let shared = Confidence {
            draws: confidence.draws / DEVIATIONS as f64,
            ..confidence
        };
        let kl = 10.0 / (sigma * sigma);
        let other = Certificate::new(errors, kl, 400, DEVIATIONS, shared).unwrap();
        assert!(found.certificate.risk <= other.risk);
    }
    let other = Gaussian::new(vec![Layer::around([10, 20], &start, None)]).unwrap();
    let refused = certified(&trained, &other);
    assert!(matches!(refused, Err(CertificateError::Layers { .. })));
    let far: Vec<f64> = weights.iter().map(|w| 1e6 * w).collect();
    let vacuous = certified(&law(&far).unwrap(), &initial).unwrap();
    assert_eq!(vacuous.certificate.risk, 1.0);
}

/// Weights of pixels whose law depends on the examples would be a prior that has seen them.
#[test]
fn axes_change_neither_the_outputs_of_a_prior_nor_its_divergence() {
    let shape = ImageShape {
        channels: 2,
        height: 3,
        width: 4,
    };
    let mut random = stream(1, "test: images");
    let pixels = StandardNormal.sample_iter(&mut random);
    let pixels: Vec<f32> = pixels.take(50 * shape.features()).collect();
    let images = Split::new(pixels, vec![0; 50], shape.features()).unwrap();
    let [few, many] = [10, 50].map(|count| {
        let seen = images.gather(&(0..count).collect::<Vec<_>>());
        Coordinates::smooth(shape, &seen).unwrap()
    });
    let low = Coordinates::along(shape, &images, 10).unwrap();
    let prior = Prior::at_random(&[24, 6, 3], 0.2, 2).unwrap();
    let logits = |coordinates: &Coordinates| {
        let means = coordinates.prior(&prior).law().means();
        let mut random = stream(3, "test: draws");
        let network = Stochastic::of(&means, &mut random).unwrap();
        let images = coordinates.of(&images);
        network.logits(images.pixels(), &mut random).unwrap()
    };
    for other in [&few, &low] {
        for (a, b) in logits(other).iter().zip(logits(&many)) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }
    // The distance to another prior is the same in all axes.
    let other = Prior::at_random(&[24, 6, 3], 0.2, 4).unwrap();
    let apart = |coordinates: &Coordinates| {
        coordinates
            .prior(&prior)
            .divergence(coordinates.prior(&other).law())
    };
    assert!((apart(&few) - apart(&many)).abs() < 1e-3);
    assert!((apart(&low) - apart(&many)).abs() < 1e-3);
    assert!((prior.divergence(other.law()) - apart(&few)).abs() < 1e-3);
    // In the axes of all examples their moments are diagonal.
    let turned = many.of(&images);
    let moment = |j: usize, k: usize| -> f32 {
        let products = (0..50).map(|i| turned.image(i)[j] * turned.image(i)[k]);
        products.sum::<f32>() / 50.0
    };
    for j in 0..24 {
        for k in 0..j {
            assert!(moment(j, k).abs() < 1e-3, "{j} {k}");
        }
    }
}
