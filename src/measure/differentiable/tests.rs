//! Derivatives against central finite differences in f64.

use faer::Mat;
use proptest::prelude::*;
use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::dataset::Split;
use crate::linalg::squared_norm;
use crate::measure::{Layer, Network, Subject};

/// A network with Gaussian weights and biases.
pub fn gaussian_layers(widths: &[usize], seed: u64) -> Vec<Layer> {
    let mut rng = crate::random::stream(seed, "gaussian network");
    let mut normal = || StandardNormal.sample(&mut rng);
    let layer = |(l, pair): (usize, &[usize])| {
        let weight = Mat::from_fn(pair[1], pair[0], |_, _| normal());
        let bias = (0..pair[1]).map(|_| normal()).collect();
        Layer::linear(l.to_string(), weight, Some(bias))
    };
    widths.windows(2).enumerate().map(layer).collect()
}

/// Gaussian inputs with labels 0, 1, … in turn.
pub fn gaussian_inputs(n: usize, features: usize, classes: usize, seed: u64) -> Split {
    let mut rng = crate::random::stream(seed, "gaussian inputs");
    let normal = |_| StandardNormal.sample(&mut rng);
    let pixels: Vec<f32> = (0..n * features).map(normal).collect();
    Split::new(
        pixels,
        (0..n).map(|i| (i % classes) as u32).collect(),
        features,
    )
    .unwrap()
}

/// Gaussian inputs with the labels that the network itself gives them.
pub fn fitted_inputs(layers: &[Layer], n: usize, seed: u64) -> Split {
    let network = Network::<f64>::chain(layers);
    let inputs = gaussian_inputs(n, layers[0].inputs(), 1, seed);
    let label = |i: usize| {
        let x: Vec<f64> = inputs.image(i).iter().map(|&x| f64::from(x)).collect();
        let logits = network.logits(&network.forward(&x));
        let best =
            (0..network.classes()).max_by(|&a, &b| logits[(a, 0)].total_cmp(&logits[(b, 0)]));
        best.unwrap() as u32
    };
    let labels = (0..n).map(label).collect();
    Split::new(inputs.pixels().to_vec(), labels, inputs.features()).unwrap()
}

/// A Gaussian network on Gaussian inputs.
pub fn model(widths: &[usize], n: usize, seed: u64) -> Model<'static> {
    let (features, classes) = (widths[0], *widths.last().unwrap());
    let subject = Subject::new(gaussian_layers(widths, seed), None)
        .unwrap()
        .with_inputs(gaussian_inputs(n, features, classes, seed));
    let model = Model::of(&subject, usize::MAX).unwrap().unwrap();
    model.owned()
}

/// f(x), shape (classes, n).
fn logits(network: &Network<f64>, inputs: &[f64]) -> Mat<f64> {
    network.logits(&network.forward(inputs))
}

/// A direction that is neither a gradient nor an axis.
pub fn direction(size: usize) -> Vec<f64> {
    (0..size).map(|i| (1.7 * i as f64 + 0.3).sin()).collect()
}

/// w + h v.
fn moved(model: &Model, h: f64, v: &[f64]) -> Network<f64> {
    let w = model.network.parameters().iter();
    let parameters = w.zip(v).map(|(w, v)| w + h * v).collect();
    model.network.with(parameters)
}

#[track_caller]
fn assert_close(found: f64, expected: f64, tolerance: f64) {
    let error = (found - expected).abs();
    assert!(
        error <= tolerance * (1.0 + expected.abs()),
        "{found} instead of {expected}"
    );
}

/// Small enough that hardly ever a unit changes sign, large enough for rounding.
const STEP: f64 = 1e-6;

#[test]
fn the_gradient_is_the_slope_of_the_mean_loss_in_every_coordinate() {
    let model = model(&[3, 5, 4, 3], 7, 1);
    let gradient = model.gradient(&model.network);
    let outputs = logits(&model.network, &model.all());
    let losses = cross_entropy(&outputs, model.examples().labels());
    assert_close(gradient.loss, losses.iter().sum::<f64>() / 7.0, 1e-14);
    for i in 0..gradient.mean.len() {
        let mut axis = vec![0.0; gradient.mean.len()];
        axis[i] = 1.0;
        let loss = |h| model.gradient(&moved(&model, h, &axis)).loss;
        assert_close(
            gradient.mean[i],
            (loss(STEP) - loss(-STEP)) / (2.0 * STEP),
            1e-8,
        );
    }
}

#[test]
fn gradient_norms_of_examples_are_those_of_networks_with_one_example() {
    let whole = model(&[3, 5, 3], 7, 2);
    let one = |i: usize| {
        let subject = Subject::new(gaussian_layers(&[3, 5, 3], 2), None).unwrap();
        let subject = subject.with_inputs(whole.examples().gather(&[i]));
        let model = Model::of(&subject, 1).unwrap().unwrap();
        let gradient = model.gradient(&model.network).mean;
        squared_norm(&gradient)
    };
    let mean = (0..7).map(one).sum::<f64>() / 7.0;
    let squares = whole.squared_gradients();
    assert_close(squares.iter().sum::<f64>() / 7.0, mean, 1e-12);
}

#[test]
fn a_hessian_product_is_the_slope_of_the_gradient_of_the_mean_loss() {
    let model = model(&[3, 5, 4, 3], 7, 3);
    let v = direction(model.network.parameters().len());
    let product = Hessian::new(&model).times(&v);
    let gradient = |h| model.gradient(&moved(&model, h, &v)).mean;
    let (up, down) = (gradient(STEP), gradient(-STEP));
    for ((found, up), down) in product.iter().zip(up).zip(down) {
        assert_close(*found, (up - down) / (2.0 * STEP), 1e-7);
    }
}

/// Summing over batches instead of averaging is a known slip of public code.
#[test]
fn repeating_the_examples_over_several_batches_changes_no_mean() {
    let small = model(&[3, 4, 3], 6, 4);
    let indices: Vec<usize> = (0..1200).map(|i| i % 6).collect();
    let subject = Subject::new(gaussian_layers(&[3, 4, 3], 4), None).unwrap();
    let subject = subject.with_inputs(small.examples().gather(&indices));
    let large = Model::of(&subject, usize::MAX).unwrap().unwrap();
    assert_eq!(large.batches().count(), 3);
    let v = direction(small.network.parameters().len());
    let (a, b) = (
        Hessian::new(&small).times(&v),
        Hessian::new(&large).times(&v),
    );
    let (g, h) = (
        small.gradient(&small.network),
        large.gradient(&large.network),
    );
    for (x, y) in a.iter().zip(&b).chain(g.mean.iter().zip(&h.mean)) {
        assert_close(*x, *y, 1e-12);
    }
}

#[test]
fn a_linear_softmax_model_has_the_textbook_hessian() {
    let model = model(&[2, 3], 5, 5);
    let inputs = model.all();
    let p = probabilities(&logits(&model.network, &inputs));
    let hessian = Hessian::new(&model);
    // Parameters column after column: w_kj at 3 j + k, then the biases.
    let with_one = |j: usize, i: usize| if j < 2 { inputs[2 * i + j] } else { 1.0 };
    for column in 0..9 {
        let mut axis = vec![0.0; 9];
        axis[column] = 1.0;
        let product = hessian.times(&axis);
        for (row, found) in product.into_iter().enumerate() {
            let (k, j, k2, j2) = (row % 3, row / 3, column % 3, column / 3);
            let entry = |i: usize| {
                let same = if k == k2 { p[(k, i)] } else { 0.0 };
                (same - p[(k, i)] * p[(k2, i)]) * with_one(j, i) * with_one(j2, i)
            };
            assert_close(found, (0..5).map(entry).sum::<f64>() / 5.0, 1e-14);
        }
    }
}

#[test]
fn the_tangent_kernel_is_the_gram_matrix_of_the_logits_gradients() {
    let model = model(&[3, 4, 2], 4, 6);
    let kernel = tangent_kernel(&model);
    let size = model.network.parameters().len();
    let jacobian: Vec<Mat<f64>> = (0..size)
        .map(|i| {
            let mut axis = vec![0.0; size];
            axis[i] = 1.0;
            let at = |h| logits(&moved(&model, h, &axis), &model.all());
            (at(STEP) - at(-STEP)) * faer::Scale(0.5 / STEP)
        })
        .collect();
    for (i, j) in (0..4).flat_map(|i| (0..4).map(move |j| (i, j))) {
        let products = jacobian
            .iter()
            .map(|g| g[(0, i)] * g[(0, j)] + g[(1, i)] * g[(1, j)]);
        assert_close(kernel[(i, j)], products.sum::<f64>() / 2.0, 1e-7);
    }
}

#[test]
fn input_gradients_are_the_slopes_of_the_logits() {
    let model = model(&[3, 5, 2], 4, 7);
    let inputs = model.all();
    let pass = model.network.forward(&inputs);
    let outputs = Mat::from_fn(2, 4, |k, _| k as f64);
    let gradient = model.network.input_gradients(&pass, &outputs);
    for (j, i) in (0..3).flat_map(|j| (0..4).map(move |i| (j, i))) {
        let logit = |h: f64| {
            let mut moved = inputs.clone();
            moved[3 * i + j] += h;
            logits(&model.network, &moved)[(1, i)]
        };
        assert_close(
            gradient[3 * i + j],
            (logit(STEP) - logit(-STEP)) / (2.0 * STEP),
            1e-8,
        );
    }
}

#[test]
fn values_that_are_not_finite_stay_so() {
    let mut layers = gaussian_layers(&[2, 3, 2], 8);
    layers[0].weight[(1, 1)] = f64::NAN;
    let subject = Subject::new(layers, None).unwrap();
    let subject = subject.with_inputs(gaussian_inputs(3, 2, 2, 8));
    let model = Model::of(&subject, 10).unwrap().unwrap();
    assert!(model.gradient(&model.network).loss.is_nan());
    let logits = logits(&model.network, &model.all());
    assert_eq!(correct(logits.as_ref(), model.examples().labels()), 0);
}

#[test]
fn inputs_that_do_not_fit_the_network_are_refused() {
    let subject = || Subject::new(gaussian_layers(&[2, 3, 2], 9), None).unwrap();
    let of = |subject: Subject| Model::of(&subject, 10).map(|m| m.is_some());
    assert_eq!(of(subject()), Ok(false));
    let error = of(subject().with_inputs(gaussian_inputs(3, 5, 2, 9))).unwrap_err();
    assert!(error.to_string().contains("5 features"), "{error}");
    let error = of(subject().with_inputs(gaussian_inputs(3, 2, 3, 9))).unwrap_err();
    assert!(error.to_string().contains("label 2 of sample 2"), "{error}");
}

proptest! {
    /// Without biases the logits are homogeneous of degree d in the weights.
    #[test]
    fn the_derivative_along_the_weights_is_depth_times_the_logits(
        widths in prop::collection::vec(1..5_usize, 2..5), seed: u64
    ) {
        let layers: Vec<Layer> = gaussian_layers(&widths, seed)
            .into_iter()
            .map(|layer| Layer { bias: None, ..layer })
            .collect();
        let network = Network::<f64>::chain(&layers);
        let input = |k: usize| ((k % widths[0]) as f64 - (k / widths[0]) as f64).cos();
        let inputs: Vec<f64> = (0..3 * widths[0]).map(input).collect();
        let pass = network.forward(&inputs);
        let along = network.directional(&pass, network.parameters());
        let logits = network.logits(&pass);
        for (i, j) in (0..along.nrows()).flat_map(|i| (0..3).map(move |j| (i, j))) {
            let expected = layers.len() as f64 * logits[(i, j)];
            prop_assert!((along[(i, j)] - expected).abs() <= 1e-12 * (1.0 + expected.abs()));
        }
    }
}
