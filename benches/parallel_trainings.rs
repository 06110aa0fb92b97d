//! Do two trainings at once take as long as one? Prints the ratio of the wall
//! times, two in parallel over one alone, pair by pair, and its median.
//!
//! `RAYON_NUM_THREADS=1 cargo bench --bench parallel_trainings`, each on a thread of its own;
//! without the variable, one training has all threads and two of them share these.

use std::thread;
use std::time::Instant;

use rethink::dataset::{Dataset, Preprocessing, Split};
use rethink::network::{Architecture, Zoo};
use rethink::training::{Recipe, Stopping, Target, Task, Tested, fit};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PAIRS: usize = 7;

fn train(split: &Split) {
    let recipe = Recipe {
        learning_rate: 0.02,
        decay: 1.0,
        stopping: Stopping {
            target: Target::Epochs,
            max_epochs: 4,
        },
        ..Recipe::default()
    };
    let task = Task {
        architecture: &Architecture::Zoo(Zoo::Mlp3x512),
        recipe: &recipe,
        classes: 10,
        train: split,
        test: split,
        tested: Tested::EveryEpoch,
        held_out: None,
        shape: None,
        seed: 1,
    };
    fit(&task, &mut |_| {}).expect("a training");
}

fn main() {
    let dataset = Dataset::load("fashion-mnist-10k", None).expect("the embedded dataset");
    let subset = dataset.train().subset(2000, 1).expect("enough images");
    let split = Preprocessing::PerImageStandardization.apply(subset);
    train(&split); // warm-up
    let mut ratios: Vec<f64> = (0..PAIRS)
        .map(|_| {
            let clock = Instant::now();
            train(&split);
            let alone = clock.elapsed().as_secs_f64();
            let clock = Instant::now();
            thread::scope(|scope| {
                scope.spawn(|| train(&split));
                scope.spawn(|| train(&split));
            });
            let together = clock.elapsed().as_secs_f64();
            println!(
                "one {alone:.3} s, two at once {together:.3} s, ratio {:.3}",
                together / alone
            );
            together / alone
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.3}", ratios[PAIRS / 2]);
}
