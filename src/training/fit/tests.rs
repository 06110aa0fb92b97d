use super::*;
use crate::network::PART;
use crate::network::{Initialization, Optimizer, Zoo};
use crate::training::{EarlyStopping, Regularization, Stopping};

/// `samples` images of noise with labels in rotation: separable because
/// there are fewer images than pixels.
fn noise(samples: usize, seed: u64) -> Split {
    use rand::RngExt;
    let mut rng = random::stream(seed, "test images");
    let inputs = (0..samples * 784)
        .map(|_| rng.random::<f32>() - 0.5)
        .collect();
    let labels = (0..samples).map(|i| (i % 10) as u32).collect();
    Split::new(inputs, labels, 784).expect("shapes fit")
}

fn recipe() -> Recipe {
    Recipe {
        batch: Batch::Mini { size: 8 },
        learning_rate: 0.05,
        decay: 1.0,
        ..Recipe::default()
    }
}

fn run(recipe: &Recipe, train: &Split) -> Solution {
    let task = Task {
        architecture: &Architecture::Zoo(Zoo::Mlp1x16),
        recipe,
        classes: 10,
        train,
        held_out: None,
        test: train,
        tested: Tested::EveryEpoch,
        shape: None,
        seed: 1,
    };
    fit(&task, &mut |_| {}).expect("a training")
}

#[test]
fn stops_at_the_cross_entropy_it_was_asked_for() {
    let train = noise(40, 1);
    let solution = run(&recipe(), &train);
    assert_eq!(solution.stop, StopReason::CrossEntropyReached);
    let [.., before, last] = solution.curve.as_slice() else {
        panic!("a curve of at least two points");
    };
    assert!(last.train_loss <= 0.01 && before.train_loss > 0.01);
    assert_eq!(last.train_error, 0.0);
    assert_eq!(last.step, last.epoch * 5);
    // The stored outputs are those of the stored weights.
    let mut model = Architecture::Zoo(Zoo::Mlp1x16).build(784, 10).unwrap();
    model.set_weights(&solution.trained).unwrap();
    assert_eq!(model.logits(train.pixels()).unwrap(), solution.train.logits);
}

#[test]
fn the_same_task_gives_the_same_bits() {
    let train = noise(40, 2);
    let (a, b) = (run(&recipe(), &train), run(&recipe(), &train));
    assert_eq!(a.trained, b.trained);
    assert_eq!(a.train, b.train);
}

#[test]
fn a_rate_that_is_too_large_is_a_diverged_result() {
    let diverging = Recipe {
        learning_rate: 1e6,
        ..recipe()
    };
    let solution = run(&diverging, &noise(40, 3));
    assert_eq!(solution.stop, StopReason::Diverged);
    assert!(solution.curve.iter().all(|p| p.train_loss.is_finite()));
}

#[test]
fn when_it_is_tested_changes_nothing_else() {
    let train = noise(40, 6);
    let recipe = recipe();
    let trained = |tested| {
        let task = Task {
            architecture: &Architecture::Zoo(Zoo::Mlp1x16),
            recipe: &recipe,
            classes: 10,
            train: &train,
            held_out: None,
            test: &noise(30, 7),
            tested,
            shape: None,
            seed: 1,
        };
        fit(&task, &mut |_| {}).expect("a training")
    };
    let (often, once) = (trained(Tested::EveryEpoch), trained(Tested::AtTheEnd));
    assert_eq!(
        (&often.trained, &often.test, often.stop),
        (&once.trained, &once.test, once.stop)
    );
    let last = once.curve.len() - 1;
    assert!(last > 1 && often.curve.len() == once.curve.len());
    for (epoch, (often, once)) in often.curve.iter().zip(&once.curve).enumerate() {
        let tested = [often.test_loss, often.test_error];
        let expected = if epoch == last { tested } else { [None; 2] };
        assert_eq!([once.test_loss, once.test_error], expected);
        assert_eq!(
            (often.train_loss, often.train_error),
            (once.train_loss, once.train_error)
        );
    }
}

#[test]
fn the_epoch_limit_is_told_from_a_run_of_all_epochs() {
    let train = noise(40, 4);
    let short = |target| Recipe {
        stopping: Stopping {
            target,
            max_epochs: 2,
        },
        ..recipe()
    };
    let limited = run(&short(Target::ZeroError), &train);
    assert_eq!(limited.stop, StopReason::EpochLimit);
    let done = run(&short(Target::Epochs), &train);
    assert_eq!(done.stop, StopReason::EpochsDone);
    assert_eq!(done.curve.len(), 3);
}

/// A full-batch step is `w - lr * gradient of the mean loss`, also when
/// the batch is summed over parts; the oracle is the slope of the loss that
/// `score` computes.
#[test]
fn a_full_batch_step_follows_the_gradient_of_the_mean_loss() {
    let train = noise(PART + 100, 5);
    let rate = 0.5;
    let gd = Recipe {
        optimizer: Optimizer::Sgd { momentum: 0.0 },
        batch: Batch::Full,
        learning_rate: rate,
        decay: 1.0,
        initialization: Initialization::Lecun,
        stopping: Stopping {
            target: Target::Epochs,
            max_epochs: 1,
        },
        regularization: Regularization::default(),
    };
    let solution = run(&gd, &train);
    let mut model = Architecture::Zoo(Zoo::Mlp1x16).build(784, 10).unwrap();
    let mut loss_at = |t: f32| {
        let mut weights = solution.initial.clone();
        for (weight, trained) in weights.iter_mut().zip(&solution.trained) {
            for (w, end) in weight.values.iter_mut().zip(&trained.values) {
                *w += t * (end - *w);
            }
        }
        model.set_weights(&weights).unwrap();
        score(&outputs(model.as_ref(), &train).unwrap()).loss
    };
    // Along the step d = -rate g the loss has slope g.d = -|d|^2 / rate,
    // which holds for no other direction of that length.
    let h = 0.02;
    let slope = (loss_at(h) - loss_at(-h)) / (2.0 * f64::from(h));
    let squared_step: f64 = (solution.initial.iter().zip(&solution.trained))
        .flat_map(|(a, b)| a.values.iter().zip(&b.values))
        .map(|(a, b)| f64::from(b - a).powi(2))
        .sum();
    let expected = -squared_step / rate;
    assert!(
        (slope / expected - 1.0).abs() < 0.01,
        "{slope} against {expected}"
    );
}

/// The weights are those of the training that ends at the best epoch, and no epoch before it is
/// as good.
#[test]
fn early_stopping_returns_the_network_of_the_best_epoch() {
    let train = noise(60, 6);
    let [rest, held_out] = [train.gather(&(0..40).collect::<Vec<_>>()), noise(20, 7)];
    let recipe = |regularization, max_epochs| Recipe {
        stopping: Stopping {
            target: Target::Epochs,
            max_epochs,
        },
        regularization,
        ..recipe()
    };
    let rule = Regularization {
        early_stopping: Some(EarlyStopping {
            held_out: 0.3,
            patience: 3,
        }),
        ..Regularization::default()
    };
    let stopped = recipe(rule, 50);
    let task = Task {
        architecture: &Architecture::Zoo(Zoo::Mlp1x16),
        recipe: &stopped,
        classes: 10,
        train: &rest,
        held_out: Some(&held_out),
        test: &rest,
        tested: Tested::EveryEpoch,
        shape: None,
        seed: 1,
    };
    let found = fit(&task, &mut |_| {}).expect("a training");
    assert_eq!(found.stop, StopReason::EarlyStopped);
    let best = found.epoch.expect("finite");
    assert_eq!(found.curve.len() - 1, best + 3);
    let errors: Vec<f64> = found
        .curve
        .iter()
        .filter_map(|p| p.held_out_error)
        .collect();
    assert!(errors.iter().all(|&error| error >= errors[best]));
    if best > 0 {
        let plain = run(&recipe(Regularization::default(), best), &rest);
        assert_eq!(found.trained, plain.trained);
        assert_eq!(found.train, plain.train);
    }
    let without = Task {
        held_out: None,
        ..task
    };
    let error = fit(&without, &mut |_| {}).expect_err("nothing is held out");
    assert!(matches!(error, TrainingError::HeldOut));
}
