//! Measures of every network of images, against finite differences and single examples.

use faer::Mat;
use rand::RngExt;

use super::super::differentiable::{Hessian, Model, tangent_kernel};
use super::*;
use crate::linalg::squared_norm;
use crate::network::{Architecture, Initialization, SIDE, Zoo};
use crate::random;

/// A network with weights that are not those of its initialization, and running statistics that are
/// neither 0 nor 1.
fn arrays(zoo: Zoo, seed: u64) -> Vec<Weight> {
    let model = Architecture::from(zoo).build(SIDE * SIDE, 10);
    let mut weights = model.expect("compiled").weights().expect("its own");
    Initialization::He.fill(&mut weights, seed);
    let mut rng = random::stream(seed, "test statistics");
    for array in &mut weights {
        let spread = match array.name.rsplit('.').next() {
            Some("running_mean" | "bias") => -0.2..0.2,
            Some("running_var") => 0.5..2.0,
            _ => continue,
        };
        let random = |x: &mut f32| *x = rng.random_range(spread.clone());
        array.values.iter_mut().for_each(random);
    }
    weights
}

/// The network with so many images of noise, and its state at initialization.
fn subject(zoo: Zoo, images: usize) -> Subject {
    let model = Architecture::from(zoo).build(SIDE * SIDE, 10);
    let layout = Arc::clone(model.expect("compiled").layout());
    let layers = |seed| wired_layers(&layout, &arrays(zoo, seed)).expect("its own");
    let mut rng = random::stream(1, "test images");
    let pixels = (0..images * SIDE * SIDE).map(|_| rng.random_range(-1.0..1.0_f32));
    let labels = (0..images).map(|i| i as u32 % 10).collect();
    let inputs = Split::new(pixels.collect(), labels, SIDE * SIDE).expect("shapes fit");
    let subject = Subject::new(layers(1), Some(layers(2))).expect("layers");
    subject.with_wiring(&layout).with_inputs(inputs)
}

fn networks() -> impl Iterator<Item = Zoo> {
    Zoo::ALL
        .iter()
        .copied()
        .filter(|zoo| zoo.hidden().is_none())
}

fn model(subject: &Subject) -> Model<'_> {
    Model::of(subject, usize::MAX)
        .expect("fits")
        .expect("wired")
}

/// A direction in which no weight moves much more than another.
fn direction(parameters: &[f64]) -> Vec<f64> {
    let mut rng = random::stream(4, "test direction");
    let along = |w: &f64| rng.random_range(-1.0..1.0) * w.abs().max(0.01);
    parameters.iter().map(along).collect()
}

/// Folding batch norm changes no output of the stored network.
#[test]
fn the_network_that_is_measured_computes_what_the_stored_one_does() {
    for zoo in networks() {
        let subject = subject(zoo, 3);
        let mut stored = Architecture::from(zoo)
            .build(SIDE * SIDE, 10)
            .expect("compiled");
        stored.set_weights(&arrays(zoo, 1)).expect("its own");
        let inputs = subject.inputs().expect("given");
        let found = network_logits(&subject, inputs).expect("wired");
        let expected = stored.logits(inputs.pixels()).expect("fits");
        let size = found.iter().fold(0.0_f64, |size, f| size.max(f.abs()));
        for (f, expected) in found.iter().zip(expected) {
            let error = (f - f64::from(expected)).abs();
            assert!(error < 1e-4 * size, "{zoo}: {f} {expected}");
        }
    }
}

#[test]
fn hessian_products_are_slopes_of_gradients() {
    for zoo in networks() {
        let subject = subject(zoo, 2);
        let model = model(&subject);
        let w = model.network.parameters();
        let v = direction(w);
        let product = Hessian::new(&model).times(&v);
        let h = 1e-7; // so small that no unit changes sides
        let at = |h: f64| {
            let moved = w.iter().zip(&v).map(|(w, v)| w + h * v).collect();
            model.gradient(&model.network.with(moved)).mean
        };
        let (up, down) = (at(h), at(-h));
        let slopes = up
            .iter()
            .zip(&down)
            .map(|(up, down)| (up - down) / (2.0 * h));
        let differences: Vec<f64> = product.iter().zip(slopes).map(|(p, s)| p - s).collect();
        let error = (squared_norm(&differences) / squared_norm(&product)).sqrt();
        assert!(error < 1e-5, "{zoo}: {error}");
    }
}

#[test]
fn gradients_of_examples_are_those_of_networks_with_one_example() {
    for zoo in networks() {
        let subject = subject(zoo, 3);
        let whole = model(&subject);
        let kernel = tangent_kernel(&whole);
        let squares = whole.squared_gradients();
        for (i, square) in squares.iter().enumerate() {
            let example = subject.inputs().expect("given").gather(&[i]);
            let alone = subject
                .with_layers(subject.layers().to_vec(), None)
                .expect("layers");
            let alone = alone.with_inputs(example);
            let alone = model(&alone);
            let gradient = alone.gradient(&alone.network).mean;
            let expected = squared_norm(&gradient);
            assert!(
                (square / expected - 1.0).abs() < 1e-10,
                "{zoo}: {square} {expected}"
            );
            let pass = alone.network.forward(&alone.all());
            let of_class = |class| {
                let one = Mat::from_fn(10, 1, |k, _| if k == class { 1.0 } else { 0.0 });
                squared_norm(&alone.network.gradient(&pass, &one))
            };
            let expected = (0..10).map(of_class).sum::<f64>() / 10.0;
            let found = kernel[(i, i)];
            assert!(
                (found / expected - 1.0).abs() < 1e-10,
                "{zoo}: {found} {expected}"
            );
        }
    }
}

/// Every measure but those of chains, and of networks without a layer that is not homogeneous, has a
/// value for every network.
#[test]
fn networks_of_images_have_every_measure_of_the_function() {
    let of_function = |card: &Card| {
        let function = [Need::Network, Need::PiecewiseLinear];
        card.needs.iter().any(|need| function.contains(need)) && !card.is_slow()
    };
    for zoo in [Zoo::AllConv, Zoo::AlexNet] {
        let subject = subject(zoo, 4);
        let curved = subject.check_piecewise_linear().is_err();
        assert_eq!(curved, zoo == Zoo::AlexNet);
        let report = Report::of(&subject, of_function).expect("measured");
        for card in measures()
            .map(|measure| measure.card())
            .filter(|card| of_function(card))
        {
            let refused = curved && card.needs.contains(&Need::PiecewiseLinear);
            assert_eq!(report.has(card.id), !refused, "{zoo}: {}", card.id);
            if refused {
                let reason = Missing::of(card, &subject).needs();
                assert!(reason.contains("local response normalization"), "{reason}");
            }
        }
    }
}

/// The trace of the Hessian is that of its Gauss-Newton part where no path has a layer twice: held
/// against the diagonal of the Hessian, for as many parameters as there is time for.
#[test]
fn logits_are_linear_in_every_entry_of_a_kernel() {
    let subject = subject(Zoo::AllConv, 2);
    let model = model(&subject);
    let (network, hessian) = (&model.network, Hessian::new(&model));
    let pass = network.forward(&model.all());
    let logits = network.logits(&pass);
    let size = network.parameters().len();
    for place in (0..size).step_by(size / 40) {
        let mut axis = vec![0.0; size];
        axis[place] = 1.0;
        let along = network.directional(&pass, &axis);
        let of_example = |i: usize| -> f64 {
            let (f, r) = (logits.col_as_slice(i), along.col_as_slice(i));
            let top = f.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let exps: Vec<f64> = f.iter().map(|f| (f - top).exp()).collect();
            let sum: f64 = exps.iter().sum();
            let mean: f64 = exps.iter().zip(r).map(|(e, r)| e / sum * r).sum();
            exps.iter()
                .zip(r)
                .map(|(e, r)| e / sum * (r - mean).powi(2))
                .sum()
        };
        let expected = (of_example(0) + of_example(1)) / 2.0;
        let found = hessian.times(&axis)[place];
        assert!(
            (found - expected).abs() < 1e-12 * (1.0 + expected),
            "{found} {expected}"
        );
    }
}
