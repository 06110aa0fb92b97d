//! The training loop.

use std::time::Instant;

use rand::seq::SliceRandom;

use super::checkpoints::{Checkpoints, Keeper};
use super::evaluation::{Score, outputs, score};
use super::regularization::{AugmentationError, Held};
use super::state::State;
use super::{Batch, Recipe, RecipeError, Target};
use crate::dataset::{ImageShape, Split};
use crate::network::{Architecture, Model, NetworkError, NoSuchNetwork};
use crate::random;
use crate::solution::{CurvePoint, Solution, StopReason};

/// One training to be done.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// The network.
    pub architecture: &'a Architecture,
    /// How it is trained.
    pub recipe: &'a Recipe,
    /// Number of classes.
    pub classes: usize,
    /// What it learns, preprocessed.
    pub train: &'a Split,
    /// Training examples that are not trained on and tell when to stop, with early stopping.
    pub held_out: Option<&'a Split>,
    /// What it is tested on; never trained on and never used to stop.
    pub test: &'a Split,
    /// Shape of the images, which their augmentation needs.
    pub shape: Option<ImageShape>,
    /// Seed of the initial weights and of the order of the batches.
    pub seed: u64,
}

/// Why a training could not be done. Divergence is no error but a
/// [`StopReason`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainingError {
    /// The recipe has a value outside its range.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// An architecture that makes no network.
    #[error(transparent)]
    NoSuchNetwork(#[from] NoSuchNetwork),
    /// The network failed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// An augmentation of images that the examples are not.
    #[error(transparent)]
    Augmentation(#[from] AugmentationError),
    /// Early stopping without a held-out part, or the other way round.
    #[error(
        "early stopping needs a part of the training set to be held out, and nothing else does"
    )]
    HeldOut,
    /// Test examples of another kind than the training examples.
    #[error(
        "test images have {test} numbers, training images {train}; use a test set of the same shape"
    )]
    TestShape {
        /// Numbers per test image.
        test: usize,
        /// Numbers per training image.
        train: usize,
    },
}

/// Trains a network from its initial weights until the recipe's stopping rule
/// holds, and calls `observe` with each point of the learning curve.
///
/// The same task gives bit-identical weights, on any number of threads and
/// whatever else the machine does.
///
/// # Errors
/// A recipe that cannot be followed, data no network of the zoo takes, or
/// lack of memory. A training that diverges is a result with
/// [`StopReason::Diverged`].
pub fn fit(
    task: &Task<'_>,
    observe: &mut dyn FnMut(&CurvePoint),
) -> Result<Solution, TrainingError> {
    fit_along(task, &mut |point, _| {
        observe(point);
        Ok(())
    })
}

/// As [`fit`]; `observe` also sees the network at each point of the curve.
///
/// # Errors
/// As [`fit`], or what `observe` returns.
pub fn fit_along(
    task: &Task<'_>,
    observe: &mut dyn FnMut(&CurvePoint, &dyn Model) -> Result<(), NetworkError>,
) -> Result<Solution, TrainingError> {
    train(task, None, observe)
}

/// As [`fit`]; the state of the training is kept from time to time, and the training goes on from
/// the state that was kept. The solution has the same bits, and seconds are those of all processes
/// that worked on it.
///
/// `observe` is called with the points of the curve until then once more. With
/// [`Optimizer::Adam`](crate::network::Optimizer::Adam), which keeps its state to itself, nothing
/// is kept.
///
/// # Errors
/// As [`fit`].
pub fn fit_with_checkpoints(
    task: &Task<'_>,
    checkpoints: &mut dyn Checkpoints,
    observe: &mut dyn FnMut(&CurvePoint),
) -> Result<Solution, TrainingError> {
    let keeper = Keeper::new(checkpoints);
    train(task, Some(keeper), &mut |point, _| {
        observe(point);
        Ok(())
    })
}

/// Where there are checkpoints, `observe` must not look at the network: it sees the points before
/// the last checkpoint beside the network of that one.
fn train(
    task: &Task<'_>,
    mut keeper: Option<Keeper<'_>>,
    observe: &mut dyn FnMut(&CurvePoint, &dyn Model) -> Result<(), NetworkError>,
) -> Result<Solution, TrainingError> {
    let Task {
        recipe,
        classes,
        train,
        test,
        seed,
        ..
    } = *task;
    recipe.check()?;
    check_data(train, test, classes)?;
    let augmentation = recipe.regularization.augmentation;
    let augmentation = match augmentation.is_none() {
        true => None,
        false => Some((
            augmentation,
            augmentation.shape(task.shape, train.features())?,
        )),
    };
    let early_stopping = match (recipe.regularization.early_stopping, task.held_out) {
        (Some(rule), Some(held_out)) => Some((rule, held_out)),
        (None, None) => None,
        _ => return Err(TrainingError::HeldOut),
    };
    let started = Instant::now();
    let mut model = task.architecture.build(train.features(), classes)?;
    let mut initial = model.weights()?;
    recipe.initialization.fill(&mut initial, seed);
    model.set_weights(&initial)?;
    model.start(recipe.optimizer)?;

    let batch = match recipe.batch {
        Batch::Full => train.len(),
        Batch::Mini { size } => size,
    };
    let batches = train.len().div_ceil(batch);
    let restored = (keeper.as_mut()).and_then(|keeper| keeper.resume(model.as_mut(), batches));
    let State {
        mut step,
        mut curve,
        mut held,
        seconds: before,
        ..
    } = restored.unwrap_or_default();
    let seconds = || before + started.elapsed().as_secs_f64();
    for point in &curve {
        observe(point, model.as_ref())?;
    }
    let mut order: Vec<usize> = (0..train.len()).collect();
    let mut order_stream = random::stream(seed, "batch order");
    for _ in 0..step / batches {
        order.shuffle(&mut order_stream);
    }
    loop {
        let epoch = step / batches;
        if step % batches == 0 {
            let on_train = outputs(model.as_ref(), train)?;
            let on_test = outputs(model.as_ref(), test)?;
            let (train_score, test_score) = (score(&on_train), score(&on_test));
            let mut stop = stop_reason(recipe, epoch, train_score, test_score);
            let mut held_out_error = None;
            if let Some((rule, held_out)) = early_stopping {
                let on_held_out = score(&outputs(model.as_ref(), held_out)?);
                held_out_error = Some(on_held_out.error);
                Held::see(&mut held, epoch, on_held_out, model.as_ref())?;
                let best = held.as_ref().map_or(epoch, |held| held.epoch);
                if stop.is_none() && epoch - best >= rule.patience {
                    stop = Some(StopReason::EarlyStopped);
                }
            }
            if !matches!(stop, Some(StopReason::Diverged)) {
                let point = CurvePoint {
                    epoch,
                    step,
                    train_loss: train_score.loss,
                    train_error: train_score.error,
                    test_loss: test_score.loss,
                    test_error: test_score.error,
                    held_out_error,
                    seconds: seconds(),
                };
                observe(&point, model.as_ref())?;
                curve.push(point);
            }
            if let Some(stop) = stop {
                let mut found = Solution {
                    initial,
                    trained: model.weights()?,
                    epoch: curve.last().map(|point| point.epoch),
                    curve,
                    stop,
                    train: on_train,
                    test: on_test,
                };
                if let Some(best) = held {
                    model.set_weights(&best.weights)?;
                    found.train = outputs(model.as_ref(), train)?;
                    found.test = outputs(model.as_ref(), test)?;
                    found.trained = best.weights;
                    found.epoch = Some(best.epoch);
                }
                return Ok(found);
            }
        }
        order.shuffle(&mut order_stream);
        let rate = recipe.learning_rate_at(epoch);
        for chosen in order.chunks(batch).skip(step % batches) {
            if let Some((augmentation, shape)) = &augmentation {
                let seen = epoch * train.len() + step % batches * batch;
                let changed = augmentation.apply(train, *shape, chosen, seed, seen as u64);
                let all: Vec<usize> = (0..chosen.len()).collect();
                model.train_batch(&changed, &all, rate)?;
            } else {
                model.train_batch(train, chosen, rate)?;
            }
            step += 1;
            if let Some(keeper) = &mut keeper {
                keeper.after_step(model.as_ref(), || State {
                    step,
                    seconds: seconds(),
                    curve: curve.clone(),
                    held: held.clone(),
                    ..State::default()
                })?;
            }
        }
    }
}

/// dfdx's shape errors are panics, so nothing that does not fit gets there.
fn check_data(train: &Split, test: &Split, classes: usize) -> Result<(), TrainingError> {
    if test.features() != train.features() {
        return Err(TrainingError::TestShape {
            test: test.features(),
            train: train.features(),
        });
    }
    let labels = train.labels().iter().chain(test.labels());
    match labels.copied().find(|&label| label as usize >= classes) {
        Some(label) => Err(NetworkError::LabelOutOfRange { label, classes }.into()),
        None => Ok(()),
    }
}

/// Whether training ends after `epoch` epochs, and why.
fn stop_reason(recipe: &Recipe, epoch: usize, train: Score, test: Score) -> Option<StopReason> {
    if !(train.loss.is_finite() && test.loss.is_finite()) {
        return Some(StopReason::Diverged);
    }
    match recipe.stopping.target {
        _ if epoch == 0 => None,
        Target::CrossEntropy { at_most } if train.loss <= at_most => {
            Some(StopReason::CrossEntropyReached)
        }
        Target::ZeroError if train.error == 0.0 => Some(StopReason::ZeroErrorReached),
        Target::Epochs if epoch >= recipe.stopping.max_epochs => Some(StopReason::EpochsDone),
        _ if epoch >= recipe.stopping.max_epochs => Some(StopReason::EpochLimit),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
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
}
