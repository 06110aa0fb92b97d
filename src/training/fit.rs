//! The training loop.

use std::time::Instant;

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::checkpoints::{Checkpoints, Keeper};
use super::evaluation::{Score, outputs, score};
use super::regularization::{AugmentationError, Held};
use super::state::State;
use super::{Batch, Recipe, RecipeError, Target};
use crate::dataset::{ImageShape, Split};
use crate::network::{Architecture, Model, NetworkError, NoSuchNetwork, Steps};
use crate::random;
use crate::solution::{CurvePoint, Solution, StopReason};

/// When a network is tested while it is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tested {
    /// After every epoch, so that there is a curve of it.
    #[default]
    EveryEpoch,
    /// Once, when training has ended. With early stopping, whose best epoch is known at the end
    /// alone, after every epoch all the same.
    AtTheEnd,
}

impl Tested {
    /// Whether it is the default, which specs do not write down.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

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
    /// What it is tested on; never trained on and never used to stop, unless its loss is not
    /// finite.
    pub test: &'a Split,
    /// When it is tested.
    pub tested: Tested,
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
    train(task, false, None, observe)
}

/// As [`fit`], on dfdx's tape and by its optimizer, which takes longer: the solution has the same
/// bits.
///
/// # Errors
/// As [`fit`].
pub fn fit_on_tape(
    task: &Task<'_>,
    observe: &mut dyn FnMut(&CurvePoint),
) -> Result<Solution, TrainingError> {
    train(task, true, None, &mut |point, _| {
        observe(point);
        Ok(())
    })
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
    train(task, false, Some(keeper), &mut |point, _| {
        observe(point);
        Ok(())
    })
}

/// Where there are checkpoints, `observe` must not look at the network: it sees the points before
/// the last checkpoint beside the network of that one.
fn train(
    task: &Task<'_>,
    tape: bool,
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
    model.start(Steps {
        optimizer: recipe.optimizer,
        weight_decay: recipe.regularization.weight_decay,
        dropout: recipe.regularization.dropout,
        seed,
        tape,
    })?;

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
            let train_score = score(&on_train);
            let mut stop = stop_reason(recipe, epoch, train_score);
            let always = task.tested == Tested::EveryEpoch || early_stopping.is_some();
            let on_test = match always || stop.is_some() {
                true => Some(outputs(model.as_ref(), test)?),
                false => None,
            };
            let test_score = on_test.as_ref().map(score);
            if test_score.is_some_and(|score| !score.loss.is_finite()) {
                stop = Some(StopReason::Diverged);
            }
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
                    test_loss: test_score.map(|score| score.loss),
                    test_error: test_score.map(|score| score.error),
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
                    test: match on_test {
                        Some(on_test) => on_test,
                        None => outputs(model.as_ref(), test)?,
                    },
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
fn stop_reason(recipe: &Recipe, epoch: usize, train: Score) -> Option<StopReason> {
    if !train.loss.is_finite() {
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
mod tests;
