//! Theorem 1 on 10,000 images of ten classes with random labels: seconds, and the
//! largest deviation of an output from its target, by the way it is computed.
//!
//! `cargo bench --bench finite_sample`

use std::time::Instant;

use rethink::dataset::{Dataset, Preprocessing, Split};
use rethink::expressivity::{FiniteSample, FiniteSampleNetwork, Precision, interpolate};
use rethink::measure::{Subject, network_logits};
use rethink::treatment::Treatment;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CLASSES: usize = 10;

fn deviation(outputs: impl IntoIterator<Item = f64>, split: &Split) -> f64 {
    let targets = split.labels().iter().flat_map(|&label| {
        (0..CLASSES).map(move |class| f64::from(u8::from(class == label as usize)))
    });
    let errors = outputs.into_iter().zip(targets).map(|(f, y)| (f - y).abs());
    errors.fold(0.0, f64::max)
}

fn timed<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let clock = Instant::now();
    let result = work();
    println!("{name:<42} {:>8.3} s", clock.elapsed().as_secs_f64());
    result
}

fn look(name: &str, network: &FiniteSampleNetwork, train: &Split) {
    let sum = timed("  sum over units, f64 arithmetic", || {
        network.outputs(train.pixels())
    });
    let single = timed("  sum over units, f32 arithmetic", || {
        network.outputs_in_single_precision(train.pixels())
    });
    let layers = network.layers(2).expect("two layers");
    let subject = Subject::new(layers, None).expect("layers");
    let product = timed("  dense layers, f64 matrix products", || {
        network_logits(&subject, train).expect("a chain")
    });
    let [sum, product, single] = [
        deviation(sum, train),
        deviation(product, train),
        deviation(single.into_iter().map(f64::from), train),
    ];
    println!(
        "{name}: deviation {sum:.1e} by sum, {product:.1e} by matrix products, {single:.1e} in f32"
    );
}

/// The network as a checkpoint would hold it, had it not been made for one.
fn rounded_at_the_end(network: &FiniteSampleNetwork) -> FiniteSampleNetwork {
    let round = |numbers: &[f64]| numbers.iter().map(|&x| f64::from(x as f32)).collect();
    FiniteSampleNetwork {
        direction: network.direction.clone(),
        biases: round(&network.biases),
        output_weights: round(&network.output_weights),
    }
}

fn main() {
    let dataset = Dataset::load("fashion-mnist-10k", None).expect("the embedded dataset");
    let treated = Treatment::RandomLabels
        .apply(dataset.train(), dataset.test(), CLASSES, dataset.shape(), 1)
        .expect("labels");
    let train = Preprocessing::PerImageStandardization.apply(treated.train);
    println!("{} images of {} numbers", train.len(), train.features());
    let clock = Instant::now();
    let sample = timed("check of the sample", || {
        FiniteSample::one_hot(&train, CLASSES).expect("a sample")
    });
    let network = timed("construction", || {
        interpolate(&sample, Precision::Double, 1).expect("a network")
    });
    let outputs = timed("evaluation", || network.outputs(train.pixels()));
    println!(
        "check, construction and evaluation {:.3} s, deviation {:.1e}",
        clock.elapsed().as_secs_f64(),
        deviation(outputs, &train)
    );
    look("f64 numbers", &network, &train);
    look(
        "f64 numbers, rounded to f32 at the end",
        &rounded_at_the_end(&network),
        &train,
    );
    match interpolate(&sample, Precision::Single, 1) {
        Ok(network) => look("f32 numbers, each corrects the last", &network, &train),
        Err(error) => println!("f32 numbers: {error}"),
    }
}
