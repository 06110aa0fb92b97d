use super::*;
use crate::dataset::{ImageShape, Split};
use crate::network::{Architecture, Optimizer, Zoo};
use crate::random;
use crate::solution::{CurvePoint, Solution};
use crate::training::{
    Augmentation, Batch, EarlyStopping, Recipe, Regularization, Stopping, Target, Task, Tested,
    fit, fit_with_checkpoints,
};

/// Keeps every state, and hands out one of them.
#[derive(Default)]
struct Memory {
    kept: Option<Vec<u8>>,
    saved: Vec<Vec<u8>>,
    resumed: Option<Resumed>,
    refused: Option<String>,
    interval: Duration,
}

impl Checkpoints for Memory {
    fn interval(&self) -> Duration {
        self.interval
    }
    fn load(&mut self) -> Option<Vec<u8>> {
        self.kept.clone()
    }
    fn resumed(&mut self, from: &Resumed) {
        self.resumed = Some(*from);
    }
    fn refused(&mut self, reason: &StateError) {
        self.refused = Some(reason.to_string());
    }
    fn save(&mut self, state: &[u8]) {
        self.saved.push(state.to_vec());
    }
}

/// Images of noise; their number is no multiple of a batch's, nor of a panel's.
fn noise(samples: usize) -> Split {
    use rand::RngExt;
    let mut rng = random::stream(1, "test images");
    let pixels = (0..samples * 13).map(|_| rng.random::<f32>() - 0.5);
    let labels = (0..samples).map(|i| (i % 3) as u32);
    Split::new(pixels.collect(), labels.collect(), 13).expect("shapes fit")
}

fn recipe(optimizer: Optimizer, batch: Batch) -> Recipe {
    Recipe {
        optimizer,
        batch,
        learning_rate: 0.05,
        decay: 0.9,
        stopping: Stopping {
            target: Target::Epochs,
            max_epochs: 4,
        },
        ..Recipe::default()
    }
}

fn run(
    architecture: &str,
    recipe: &Recipe,
    data: &Split,
    memory: &mut Memory,
) -> (Solution, Vec<CurvePoint>) {
    let held_out = data.gather(&[1, 3, 4, 6]);
    let task = Task {
        architecture: &architecture.parse().expect("a description"),
        recipe,
        classes: 3,
        train: data,
        test: &data.gather(&[0, 5, 2]),
        tested: Tested::EveryEpoch,
        held_out: recipe.regularization.early_stopping.map(|_| &held_out),
        shape: Some(ImageShape {
            channels: 1,
            height: 1,
            width: 13,
        }),
        seed: 7,
    };
    let mut observed = Vec::new();
    let solution = fit_with_checkpoints(&task, memory, &mut |point| observed.push(*point));
    (solution.expect("a training"), observed)
}

/// All numbers but the seconds, as bits: NaN is not equal to itself.
fn bits(solution: &Solution) -> Vec<u64> {
    let weights = solution.initial.iter().chain(&solution.trained);
    let arrays = weights.map(|array| &array.values);
    let logits = [&solution.train.logits, &solution.test.logits];
    let singles = arrays.chain(logits).flatten();
    let singles = singles.map(|number| u64::from(number.to_bits()));
    let points = solution.curve.iter().flat_map(|p| {
        let tested = [p.test_loss, p.test_error].map(|number| number.expect("tested"));
        let losses = [[p.train_loss, p.train_error], tested].concat();
        let counts = [p.epoch as u64, p.step as u64];
        counts
            .into_iter()
            .chain(losses.into_iter().map(f64::to_bits))
    });
    singles.chain(points).collect()
}

/// A state but for the seconds, which are never the same, and for how often it was resumed.
fn timeless(bytes: &[u8]) -> State {
    let mut state = State::from_bytes(bytes).expect("a state");
    state.seconds = 0.0;
    state.resumed = 0;
    state.curve.iter_mut().for_each(|point| point.seconds = 0.0);
    state
}

/// The oracle is the training that nobody disturbed: from each of its checkpoints another one ends
/// at the same bits, and passes the same checkpoints.
fn assert_resumes_anywhere(architecture: &str, recipe: &Recipe, samples: usize) {
    let data = noise(samples);
    let mut undisturbed = Memory::default();
    let (alone, observed) = run(architecture, recipe, &data, &mut undisturbed);
    assert_eq!(observed, alone.curve);
    let batches = match recipe.batch {
        Batch::Full => 1,
        Batch::Mini { size } => samples.div_ceil(size),
    };
    let steps = recipe.stopping.max_epochs * batches;
    assert_eq!(undisturbed.saved.len(), steps, "one after every step");
    for (k, kept) in undisturbed.saved.iter().enumerate() {
        let mut memory = Memory {
            kept: Some(kept.clone()),
            ..Memory::default()
        };
        let (resumed, observed) = run(architecture, recipe, &data, &mut memory);
        assert_eq!(bits(&resumed), bits(&alone), "resumed after step {}", k + 1);
        assert_eq!(observed, resumed.curve);
        let from = memory.resumed.expect("told");
        assert_eq!((from.step, from.times), (k + 1, 1));
        assert_eq!(from.epoch, (k + 1) / batches);
        let rest = memory.saved.iter().map(|bytes| timeless(bytes));
        let expected = undisturbed.saved[k + 1..].iter().map(|b| timeless(b));
        assert!(rest.eq(expected), "after step {}", k + 1);
        assert_eq!(memory.refused, None);
    }
}

#[test]
fn a_training_resumed_after_any_step_ends_at_the_same_bits() {
    for momentum in [0.0, 0.9] {
        let sgd = Optimizer::Sgd { momentum };
        for batch in [
            Batch::Mini { size: 8 },
            Batch::Mini { size: 100 },
            Batch::Full,
        ] {
            for architecture in ["mlp-35-33", "mlp-1", "linear"] {
                assert_resumes_anywhere(architecture, &recipe(sgd, batch), 41);
            }
        }
    }
}

/// Masks, changes of images and the best network so far are where they were.
#[test]
fn a_regularized_training_resumed_after_any_step_ends_at_the_same_bits() {
    let sgd = Optimizer::Sgd { momentum: 0.9 };
    let recipe = Recipe {
        regularization: Regularization {
            weight_decay: 1e-2,
            dropout: 0.3,
            augmentation: Augmentation {
                flip: true,
                rotation: 25.0,
                ..Augmentation::default()
            },
            early_stopping: Some(EarlyStopping {
                held_out: 0.1,
                patience: 100,
            }),
        },
        ..recipe(sgd, Batch::Mini { size: 8 })
    };
    assert_resumes_anywhere("mlp-35-33", &recipe, 41);
}

/// With rates at which numbers overflow at once, after some steps, and not at all.
#[test]
fn a_training_that_diverges_does_so_at_the_same_bits() {
    let data = noise(41);
    let (mut diverged, mut interrupted) = (0, 0);
    for learning_rate in [1.0, 30.0, 1e3, 1e6, 1e12, 1e25, 1e38] {
        let recipe = Recipe {
            learning_rate,
            decay: 1.0,
            ..recipe(Optimizer::Sgd { momentum: 0.9 }, Batch::Mini { size: 8 })
        };
        let mut undisturbed = Memory::default();
        let (alone, _) = run("mlp-35-33", &recipe, &data, &mut undisturbed);
        diverged += usize::from(!alone.stop.reached_target());
        for kept in undisturbed.saved {
            interrupted += usize::from(!alone.stop.reached_target());
            let mut memory = Memory {
                kept: Some(kept),
                ..Memory::default()
            };
            let (resumed, _) = run("mlp-35-33", &recipe, &data, &mut memory);
            assert_eq!(resumed.stop, alone.stop);
            assert_eq!(bits(&resumed), bits(&alone), "{learning_rate}");
        }
    }
    assert!(diverged > 1 && interrupted > 1, "{diverged} {interrupted}");
}

/// The seconds of a training, and how often it was resumed, are those of all its processes.
#[test]
fn seconds_and_resumptions_add_up() {
    let data = noise(41);
    let recipe = recipe(Optimizer::Sgd { momentum: 0.9 }, Batch::Mini { size: 8 });
    let mut kept = None;
    for times in 0..4 {
        let mut memory = Memory {
            kept: kept.take(),
            ..Memory::default()
        };
        let (solution, _) = run("mlp-5", &recipe, &data, &mut memory);
        let seconds = solution.curve.last().expect("a point").seconds;
        if let Some(from) = memory.resumed {
            assert_eq!((from.times, from.step), (times, 2 * times));
            assert_eq!(from.seconds, 1000.0 * times as f64);
        }
        assert!((seconds - 1000.0 * times as f64).abs() < 60.0, "{seconds}");
        // Killed two steps later, after 1,000 seconds.
        let mut state = State::from_bytes(&memory.saved[1]).expect("a state");
        assert_eq!(state.resumed, times);
        state.seconds = 1000.0 * (times + 1) as f64;
        kept = Some(state.to_bytes());
    }
}

#[test]
fn what_is_not_the_state_of_this_training_is_refused_and_changes_nothing() {
    let data = noise(41);
    let sgd = |momentum, size| recipe(Optimizer::Sgd { momentum }, Batch::Mini { size });
    let mut memory = Memory::default();
    let (alone, _) = run("mlp-5", &sgd(0.9, 8), &data, &mut memory);
    let kept = &memory.saved[7];
    let saved_by = |architecture, recipe: &Recipe| {
        let mut memory = Memory::default();
        run(architecture, recipe, &data, &mut memory);
        memory.saved.swap_remove(7)
    };
    let mut spoiled = kept.clone();
    spoiled[0] ^= 1;
    for (kept, reason) in [
        (vec![], "does not say"),
        (spoiled, "does not say"),
        (kept[..kept.len() - 1].to_vec(), "bytes of numbers"),
        ([kept, &[0_u8; 4][..]].concat(), "bytes of numbers"),
        (saved_by("mlp-6", &sgd(0.9, 8)), "do not fit"),
        (saved_by("mlp-5", &sgd(0.0, 8)), "do not fit"),
        (saved_by("mlp-5", &sgd(0.9, 16)), "its curve has"),
    ] {
        let mut memory = Memory {
            kept: Some(kept),
            ..Memory::default()
        };
        let (solution, _) = run("mlp-5", &sgd(0.9, 8), &data, &mut memory);
        let refused = memory.refused.expect("told");
        assert!(refused.contains(reason), "{refused}");
        assert_eq!(memory.resumed, None);
        assert_eq!(bits(&solution), bits(&alone));
    }
}

#[test]
fn a_short_training_and_one_with_adam_keep_nothing() {
    let data = noise(41);
    let sgd = Optimizer::Sgd { momentum: 0.9 };
    for (optimizer, interval) in [
        (sgd, CHECKPOINT_INTERVAL),
        (Optimizer::Adam, Duration::ZERO),
    ] {
        let mut memory = Memory {
            interval,
            ..Memory::default()
        };
        let recipe = recipe(optimizer, Batch::Mini { size: 8 });
        run("mlp-5", &recipe, &data, &mut memory);
        assert!(memory.saved.is_empty(), "{optimizer}");
    }
}

/// The networks that are compiled, with images of their size.
#[test]
fn checkpoints_change_nothing() {
    let images = noise(41 * 784 / 13 + 1);
    let pixels = images.pixels()[..41 * 784].to_vec();
    let data = Split::new(pixels, images.labels()[..41].to_vec(), 784).expect("shapes fit");
    for momentum in [0.0, 0.9] {
        let recipe = recipe(Optimizer::Sgd { momentum }, Batch::Mini { size: 8 });
        let task = Task {
            architecture: &Architecture::Zoo(Zoo::Mlp1x16),
            recipe: &recipe,
            classes: 10,
            train: &data,
            test: &data,
            tested: Tested::EveryEpoch,
            held_out: None,
            shape: None,
            seed: 1,
        };
        let plain = fit(&task, &mut |_| {}).expect("a training");
        let mut memory = Memory::default();
        for kept in [None, Some(9), Some(0)] {
            memory.kept = kept.map(|kept: usize| memory.saved[kept].clone());
            let fitted = fit_with_checkpoints(&task, &mut memory, &mut |_| {});
            assert_eq!(bits(&fitted.expect("a training")), bits(&plain));
        }
    }
}
