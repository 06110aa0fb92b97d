//! Training steps against a chain in double precision, finite differences and the tape.

use faer::{Mat, MatRef};
use rand::RngExt;
use rethink_layers::pool;

use super::{Layout, Trainer};
use crate::dataset::Split;
use crate::network::chain::{Chain, cross_entropy, loss_delta, probabilities};
use crate::network::model::PART;
use crate::network::{Architecture, Initialization, Model, Optimizer, Zoo};
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
    Trainer::new(Arc::new(Layout::chain(&widths)), weights, momentum)
}

/// Images of noise with labels in rotation.
fn noise(samples: usize, features: usize, classes: usize) -> Split {
    let mut rng = random::stream(2, "test images");
    let pixels = (0..samples * features).map(|_| rng.random::<f32>() - 0.5);
    let labels = (0..samples).map(|i| (i % classes) as u32);
    Split::new(pixels.collect(), labels.collect(), features).expect("shapes fit")
}

/// The same chain in double precision.
fn chain(weights: &[Weight]) -> Chain<f64> {
    let double: Vec<Vec<f64>> = (weights.iter())
        .map(|w| w.values.iter().map(|&x| f64::from(x)).collect())
        .collect();
    let layers = weights.chunks_exact(2).zip(double.chunks_exact(2));
    Chain::new(layers.map(|(array, values)| {
        let [outputs, inputs] = array[0].shape[..] else {
            panic!("a matrix");
        };
        let matrix = MatRef::from_row_major_slice(&values[0], outputs, inputs);
        (matrix, Some(values[1].as_slice()))
    }))
}

/// One example per column.
fn columns(split: &Split) -> Mat<f64> {
    Mat::from_fn(split.features(), split.len(), |j, i| {
        split.image(i)[j].into()
    })
}

fn mean_loss(chain: &Chain<f64>, split: &Split) -> f64 {
    let logits = chain.forward(columns(split)).logits;
    let losses = cross_entropy(&logits, split.labels());
    losses.iter().sum::<f64>() / split.len() as f64
}

/// Weights and biases of all layers in the order of the chain's parameters.
fn parameters(weights: &[Weight]) -> Vec<f64> {
    chain(weights).parameters().to_vec()
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
        let chain = chain(&before);
        for samples in [1, 5, 32, 100, 128, PART + 1] {
            let train = noise(samples, widths[0], widths[widths.len() - 1]);
            let pass = chain.forward(columns(&train));
            let logits = trainer(&before, 0.0).logits(train.pixels());
            let exact = pass.logits.col_iter().flat_map(|c| c.iter());
            assert_eq!(logits.len(), pass.logits.nrows() * samples);
            for (&f, &exact) in logits.iter().zip(exact) {
                let error = f64::from(f) - exact;
                assert!(error.abs() < 1e-5, "{widths:?} {samples}: {error}");
            }
            let delta = loss_delta(&probabilities(&pass.logits), train.labels());
            let deltas = chain.backward(&pass, delta);
            let mut exact = vec![0.0; chain.parameters().len()];
            chain.add_gradient(&mut exact, 1.0 / samples as f64, &pass.inputs, &deltas);
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
    let chain = chain(&before);
    let gradient = fused_gradient(&before, &train);
    let h = 1e-6; // so small that no unit changes sides
    for i in (0..gradient.len()).step_by(7) {
        let at = |h: f64| {
            let mut moved = chain.parameters().to_vec();
            moved[i] += h;
            mean_loss(&chain.with(moved), &train)
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
fn twins(zoo: Zoo, features: usize, optimizer: Optimizer) -> [Box<dyn Model>; 2] {
    [(); 2].map(|()| {
        let mut model = Architecture::from(zoo)
            .build(features, 10)
            .expect("compiled");
        let mut weights = model.weights().expect("weights");
        Initialization::He.fill(&mut weights, 1);
        model.set_weights(&weights).expect("its own");
        model.start(optimizer).expect("memory");
        model
    })
}

/// Twenty steps on batches of this size, the last of an epoch smaller, by the fused step and on
/// the tape.
fn assert_same_bits(zoo: Zoo, optimizer: Optimizer, train: &Split, batch: usize) {
    let [mut fused, mut taped] = twins(zoo, train.features(), optimizer);
    let order: Vec<usize> = (0..train.len()).rev().collect();
    for chosen in order.chunks(batch).cycle().take(20) {
        fused.train_batch(train, chosen, 0.01).expect("fits");
        taped.accumulate_batch(train, chosen).expect("fits");
        taped.step(0.01).expect("a gradient");
    }
    assert_eq!(fused.weights().unwrap(), taped.weights().unwrap(), "{zoo}");
    let inputs = train.pixels();
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
        assert_same_bits(Zoo::AllConv, optimizer, &noise(40, 784, 10), 16);
        assert_same_bits(Zoo::AlexNet, optimizer, &noise(5, 2352, 10), 3);
    }
    let [_, optimizer] = OPTIMIZERS;
    for zoo in [Zoo::Inception, Zoo::InceptionBn] {
        assert_same_bits(zoo, optimizer, &noise(5, 784, 10), 3);
    }
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
            model.start(optimizer).expect("memory");
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
    model.start(sgd).expect("memory");
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
