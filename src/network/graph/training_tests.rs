//! Training steps against a chain in double precision, finite differences and the tape.

use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rethink_layers::pool;

use super::{Layout, Trainer};
use crate::dataset::Split;
use crate::network::model::PART;
use crate::network::{Architecture, Initialization, Model, Optimizer, Steps, Zoo};
use crate::random;
use crate::solution::Weight;
use std::sync::Arc;

/// Random weights and biases of a chain of these widths.
fn weights(widths: &[usize]) -> Vec<Weight> {
    let mut rng = random::stream(1, "test weights");
    let mut array = |shape: &[usize]| {
        let spread = (3.0 / *shape.last().expect("an axis") as f32).sqrt();
        let numbers = shape.iter().product();
        Weight {
            name: String::new(),
            shape: shape.to_vec(),
            values: (0..numbers)
                .map(|_| rng.random_range(-spread..spread))
                .collect(),
        }
    };
    let layers = widths.windows(2);
    layers
        .flat_map(|pair| [array(&[pair[1], pair[0]]), array(&[pair[1]])])
        .collect()
}

fn trainer(weights: &[Weight], momentum: f64) -> Trainer {
    let mut widths = vec![weights[0].shape[1]];
    widths.extend(weights.iter().step_by(2).map(|weight| weight.shape[0]));
    let steps = Steps::from(Optimizer::Sgd { momentum });
    Trainer::new(Arc::new(Layout::chain(&widths)), weights, &steps)
}

/// Images of noise with labels in rotation.
fn noise(samples: usize, features: usize, classes: usize) -> Split {
    let mut rng = random::stream(2, "test images");
    let pixels = (0..samples * features).map(|_| rng.random::<f32>() - 0.5);
    let labels = (0..samples).map(|i| (i % classes) as u32);
    Split::new(pixels.collect(), labels.collect(), features).expect("shapes fit")
}

/// A chain in double precision, written down as its definition is.
struct Chain {
    /// W and b of every layer.
    layers: Vec<(DMatrix<f64>, DVector<f64>)>,
}

impl Chain {
    fn new(weights: &[Weight]) -> Self {
        let double = |array: &Weight| array.values.iter().map(|&x| f64::from(x)).collect();
        let layer = |arrays: &[Weight]| {
            let [weight, bias]: [Vec<f64>; 2] = [double(&arrays[0]), double(&arrays[1])];
            let matrix = DMatrix::from_row_slice(bias.len(), weight.len() / bias.len(), &weight);
            (matrix, DVector::from_vec(bias))
        };
        let layers = weights.chunks_exact(2).map(layer).collect();
        Self { layers }
    }

    /// What goes into every layer, and the logits.
    fn forward(&self, example: &[f32]) -> Vec<DVector<f64>> {
        let input = example.iter().map(|&x| f64::from(x));
        let mut values = vec![DVector::from_iterator(example.len(), input)];
        for (l, (weight, bias)) in self.layers.iter().enumerate() {
            let z = weight * &values[l] + bias;
            let last = l + 1 == self.layers.len();
            values.push(if last { z } else { z.map(|z| z.max(0.0)) });
        }
        values
    }

    fn logits(&self, example: &[f32]) -> DVector<f64> {
        self.forward(example).pop().expect("logits")
    }

    /// The cross-entropy of one example, and softmax.
    fn loss(&self, example: &[f32], label: usize) -> (f64, DVector<f64>) {
        let exps = self.logits(example).map(f64::exp);
        let p = &exps / exps.sum();
        (-p[label].ln(), p)
    }

    /// Number `i` in the order of [`parameters`].
    fn parameter_mut(&mut self, mut i: usize) -> &mut f64 {
        for (weight, bias) in &mut self.layers {
            if i < weight.len() {
                let inputs = weight.ncols();
                return &mut weight[(i / inputs, i % inputs)];
            }
            i -= weight.len();
            if i < bias.len() {
                return &mut bias[i];
            }
            i -= bias.len();
        }
        panic!("no such parameter")
    }

    fn mean_loss(&self, split: &Split) -> f64 {
        let loss = |i: usize| self.loss(split.image(i), split.labels()[i] as usize).0;
        (0..split.len()).map(loss).sum::<f64>() / split.len() as f64
    }

    /// The gradient of the mean loss by the parameters, in the order of [`parameters`].
    fn gradient(&self, split: &Split) -> Vec<f64> {
        let zeros = |(w, b): &(DMatrix<f64>, DVector<f64>)| (w * 0.0, b * 0.0);
        let mut sums: Vec<_> = self.layers.iter().map(zeros).collect();
        for i in 0..split.len() {
            let values = self.forward(split.image(i));
            let (label, mut delta) = (split.labels()[i] as usize, DVector::zeros(0));
            for l in (0..self.layers.len()).rev() {
                delta = if l + 1 == self.layers.len() {
                    let mut p = self.loss(split.image(i), label).1;
                    p[label] -= 1.0;
                    p
                } else {
                    let below = self.layers[l + 1].0.tr_mul(&delta);
                    below.zip_map(&values[l + 1], |g, a| if a > 0.0 { g } else { 0.0 })
                };
                sums[l].0 += &delta * values[l].transpose();
                sums[l].1 += &delta;
            }
        }
        let flat = |(w, b): &(DMatrix<f64>, DVector<f64>)| -> Vec<f64> {
            let rows = w.transpose();
            let numbers = rows.iter().chain(b.iter());
            numbers.map(|x| x / split.len() as f64).collect()
        };
        sums.iter().flat_map(flat).collect()
    }
}

/// Weights, row-major, and biases of all layers.
fn parameters(weights: &[Weight]) -> Vec<f64> {
    let values = weights.iter().flat_map(|array| &array.values);
    values.map(|&x| f64::from(x)).collect()
}

/// The gradient of the fused step: what one step of SGD at rate 1 takes off the weights.
fn fused_gradient(before: &[Weight], train: &Split) -> Vec<f64> {
    let mut trainer = trainer(before, 0.0);
    let everyone: Vec<usize> = (0..train.len()).collect();
    trainer.step(train, &everyone, 1.0);
    let (before, after) = (parameters(before), parameters(&trainer.weights()));
    before.iter().zip(&after).map(|(b, a)| b - a).collect()
}

#[test]
fn outputs_and_gradients_of_ragged_chains_are_those_in_double_precision() {
    for widths in [
        &[1, 1][..],
        &[3, 17, 2],
        &[17, 33, 1, 10],
        &[33, 513, 3],
        &[513, 3, 33, 40],
    ] {
        let before = weights(widths);
        let chain = Chain::new(&before);
        let classes = widths[widths.len() - 1];
        for samples in [1, 5, 32, 100, 128, PART + 1] {
            let train = noise(samples, widths[0], classes);
            let logits = trainer(&before, 0.0).logits(train.pixels());
            assert_eq!(logits.len(), classes * samples);
            for (i, row) in logits.chunks_exact(classes).enumerate() {
                for (&f, exact) in row.iter().zip(&chain.logits(train.image(i))) {
                    let error = f64::from(f) - exact;
                    assert!(error.abs() < 1e-5, "{widths:?} {samples}: {error}");
                }
            }
            let exact = chain.gradient(&train);
            for (g, exact) in fused_gradient(&before, &train).iter().zip(exact) {
                assert!(
                    (g - exact).abs() < 1e-6,
                    "{widths:?} {samples}: {g} {exact}"
                );
            }
        }
    }
}

#[test]
fn the_step_follows_central_differences_of_the_loss() {
    let before = weights(&[7, 35, 33, 4]);
    let train = noise(37, 7, 4);
    let gradient = fused_gradient(&before, &train);
    let h = 1e-6; // so small that no unit changes sides
    for i in (0..gradient.len()).step_by(7) {
        let at = |h: f64| {
            let mut chain = Chain::new(&before);
            *chain.parameter_mut(i) += h;
            chain.mean_loss(&train)
        };
        let slope = (at(h) - at(-h)) / (2.0 * h);
        assert!(
            (slope - gradient[i]).abs() < 1e-6,
            "{slope} {}",
            gradient[i]
        );
    }
}

/// Two models of one network with the same weights.
fn twins(zoo: Zoo, features: usize, steps: impl Into<Steps>) -> [Box<dyn Model>; 2] {
    let steps = steps.into();
    [(); 2].map(|()| {
        let mut model = Architecture::from(zoo)
            .build(features, 10)
            .expect("compiled");
        let mut weights = model.weights().expect("weights");
        Initialization::He.fill(&mut weights, 1);
        model.set_weights(&weights).expect("its own");
        model.start(steps).expect("memory");
        model
    })
}

/// Twenty steps on batches of this size, the last of an epoch smaller, by the fused step and on
/// the tape.
fn assert_same_bits(zoo: Zoo, steps: impl Into<Steps>, train: &Split, batch: usize) {
    let steps = steps.into();
    let [mut fused, mut taped] = twins(zoo, train.features(), steps);
    let tape = true;
    (taped.start(Steps { tape, ..steps })).expect("memory");
    let inputs = train.pixels();
    assert_eq!(fused.logits(inputs).unwrap(), taped.logits(inputs).unwrap());
    let order: Vec<usize> = (0..train.len()).rev().collect();
    for chosen in order.chunks(batch).cycle().take(20) {
        fused.train_batch(train, chosen, 0.01).expect("fits");
        taped.accumulate_batch(train, chosen).expect("fits");
        taped.step(0.01).expect("a gradient");
    }
    assert_eq!(fused.weights().unwrap(), taped.weights().unwrap(), "{zoo}");
    assert_eq!(fused.logits(inputs).unwrap(), taped.logits(inputs).unwrap());
}

const OPTIMIZERS: [Optimizer; 2] = [
    Optimizer::Sgd { momentum: 0.0 },
    Optimizer::Sgd { momentum: 0.9 },
];

#[test]
fn twenty_steps_of_every_network_end_at_the_bits_of_the_tape() {
    for optimizer in OPTIMIZERS {
        for &zoo in Zoo::ALL {
            if zoo.hidden().is_some() {
                assert_same_bits(zoo, optimizer, &noise(40, 784, 10), 16);
            }
        }
        assert_same_bits(Zoo::Mlp1x16, optimizer, &noise(7, 2352, 10), 3);
        for zoo in [Zoo::AllConv, Zoo::SmallConv, Zoo::SmallConvBn] {
            assert_same_bits(zoo, optimizer, &noise(40, 784, 10), 16);
        }
        assert_same_bits(Zoo::AlexNet, optimizer, &noise(5, 2352, 10), 3);
    }
    let [_, optimizer] = OPTIMIZERS;
    for zoo in [Zoo::Inception, Zoo::InceptionBn] {
        assert_same_bits(zoo, decayed(optimizer), &noise(5, 784, 10), 3);
    }
}

/// Steps with weight decay.
fn decayed(optimizer: Optimizer) -> Steps {
    Steps {
        weight_decay: 1e-2,
        ..optimizer.into()
    }
}

#[test]
fn twenty_regularized_steps_end_at_the_bits_of_the_tape() {
    for optimizer in OPTIMIZERS {
        assert_same_bits(Zoo::AllConv, decayed(optimizer), &noise(40, 784, 10), 16);
        let dropped = Steps {
            dropout: 0.4,
            seed: 3,
            ..decayed(optimizer)
        };
        for zoo in [Zoo::Mlp1x16, Zoo::Mlp2x128, Zoo::Mlp3x512, Zoo::SmallConvBn] {
            assert_same_bits(zoo, dropped, &noise(40, 784, 10), 16);
        }
        assert_same_bits(Zoo::AlexNet, dropped, &noise(5, 2352, 10), 3);
        // A batch in parts draws one mask after the other.
        let train = noise(PART + 5, 784, 10);
        assert_same_bits(Zoo::Mlp1x4, dropped, &train, train.len());
    }
}

#[test]
fn a_network_without_hidden_units_has_no_dropout() {
    let steps = Steps {
        dropout: 0.5,
        ..OPTIMIZERS[0].into()
    };
    for zoo in [Zoo::Linear, Zoo::AllConv] {
        let mut model = Architecture::from(zoo).build(784, 10).expect("compiled");
        assert!(model.start(steps).is_err(), "{zoo}");
    }
}

/// One weight, one example: v = g + λ w + μ v, w = w − η v by hand.
#[test]
fn weight_decay_is_that_of_pytorch() {
    let mut model = Architecture::from(Zoo::Linear)
        .build(784, 10)
        .expect("compiled");
    let mut weights = model.weights().expect("weights");
    weights[0].values.fill(0.5);
    model.set_weights(&weights).expect("its own");
    let sgd = Optimizer::Sgd { momentum: 0.5 };
    model.start(decayed(sgd)).expect("memory");
    // All logits are equal, so with labels that are equally frequent and inputs of 0 there is no
    // gradient by the weights: only the penalty moves them.
    let train = Split::new(vec![0.0; 10 * 784], (0..10).collect(), 784).expect("shapes fit");
    let order: Vec<usize> = (0..10).collect();
    let (mut w, mut v) = (0.5_f32, 0.0_f32);
    for _ in 0..3 {
        model.train_batch(&train, &order, 0.1).expect("fits");
        v = 0.01 * w + 0.5 * v;
        w -= 0.1 * v;
    }
    let found = model.weights().expect("weights");
    assert!(found[0].values.iter().all(|x| (x - w).abs() < 1e-7));
}

#[test]
fn steps_end_at_the_same_bits_on_any_number_of_threads() {
    let batches = [
        (Zoo::Mlp1x16, PART + 40),
        (Zoo::AlexNet, 34),
        (Zoo::InceptionBn, 5),
    ];
    let [_, optimizer] = OPTIMIZERS;
    for (zoo, batch) in batches {
        let train = noise(batch, 2352, 10);
        let on = |threads: usize| {
            let pool = pool(threads, 1).expect("threads");
            pool.install(|| {
                let [mut model, _] = twins(zoo, 2352, optimizer);
                let order: Vec<usize> = (0..batch).collect();
                for _ in 0..2 {
                    model.train_batch(&train, &order, 0.01).expect("fits");
                }
                (
                    model.weights().unwrap(),
                    model.logits(train.pixels()).unwrap(),
                )
            })
        };
        let one = on(1);
        for threads in [2, 3] {
            assert!(on(threads) == one, "{zoo} on {threads} threads");
        }
    }
}

#[test]
fn a_batch_in_parts_ends_at_the_bits_of_the_tape() {
    let train = noise(2 * PART + 5, 784, 10);
    for optimizer in OPTIMIZERS {
        assert_same_bits(Zoo::Mlp1x4, optimizer, &train, train.len());
    }
}

#[test]
fn twenty_steps_of_a_described_network_end_at_the_bits_of_steps_on_its_gradient() {
    let train = noise(40, 50, 3);
    let architecture: Architecture = "mlp-33-17-65".parse().expect("a description");
    for optimizer in OPTIMIZERS {
        let [mut fused, mut stepped, mut fresh] = [(); 3].map(|()| {
            let mut model = architecture.build(50, 3).expect("a network");
            let mut weights = model.weights().expect("weights");
            Initialization::He.fill(&mut weights, 1);
            model.set_weights(&weights).expect("its own");
            model.start(optimizer.into()).expect("memory");
            model
        });
        let order: Vec<usize> = (0..train.len()).collect();
        for chosen in order.chunks(16).cycle().take(20) {
            fused.train_batch(&train, chosen, 0.01).expect("fits");
            stepped.accumulate_batch(&train, chosen).expect("fits");
            stepped.step(0.01).expect("a gradient");
        }
        let [weights, others] = [&fused, &stepped].map(|model| model.weights().unwrap());
        assert_eq!(weights, others);
        fresh.set_weights(&weights).expect("its own");
        let [a, b] = [&fused, &fresh].map(|model| model.logits(train.pixels()).unwrap());
        assert_eq!(a, b);
    }
}

#[test]
fn what_is_not_sgd_is_a_step_of_the_model() {
    let train = noise(5, 784, 10);
    let [mut a, mut b] = twins(Zoo::Mlp1x2, 784, Optimizer::Adam);
    a.train_batch(&train, &[3, 1], 0.01).expect("fits");
    b.accumulate_batch(&train, &[3, 1]).expect("fits");
    b.step(0.01).expect("a gradient");
    assert_eq!(a.weights().unwrap(), b.weights().unwrap());
}

#[test]
fn the_model_sees_the_weights_of_the_trainer_and_the_other_way_round() {
    let train = noise(5, 784, 10);
    let sgd = Optimizer::Sgd { momentum: 0.9 };
    let [mut model, mut fresh] = twins(Zoo::Mlp1x4, 784, sgd);
    model.train_batch(&train, &[0, 1], 0.1).expect("fits");
    let trained = model.weights().expect("weights");
    fresh.set_weights(&trained).expect("its own");
    let [a, b] = [&mut model, &mut fresh].map(|model| {
        model.accumulate_batch(&train, &[2]).expect("fits");
        model.take_gradient().expect("gathered")
    });
    assert_eq!(a, b);
    // The momentum is in the trainer: a step on the model's gradient would go without.
    model.accumulate_batch(&train, &[2]).expect("fits");
    assert!(model.step(0.1).is_err());
    let mut doubled = trained.clone();
    doubled[0].values.iter_mut().for_each(|w| *w *= 2.0);
    model.set_weights(&doubled).expect("its own");
    assert_eq!(model.weights().unwrap(), doubled);
    model.start(sgd.into()).expect("memory");
    assert_eq!(model.weights().unwrap(), doubled);
    model.accumulate_batch(&train, &[2]).expect("fits");
    model.step(0.1).expect("a gradient");
}

#[test]
fn examples_that_do_not_fit_are_refused_and_change_nothing() {
    let [mut model, _] = twins(Zoo::Mlp1x4, 784, Optimizer::Sgd { momentum: 0.0 });
    let before = model.weights().expect("weights");
    for (train, batch) in [
        (noise(5, 783, 10), &[0][..]),
        (noise(11, 784, 11), &[10]),
        (noise(5, 784, 10), &[]),
    ] {
        assert!(model.train_batch(&train, batch, 0.1).is_err());
    }
    model
        .train_batch(&noise(5, 784, 10), &[0], 0.0)
        .expect("fits");
    assert!(model.logits(&[0.0; 785]).is_err());
    assert_eq!(model.weights().unwrap(), before);
}
