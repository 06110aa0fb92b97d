//! One SGD step of networks of the zoo on a batch of 128, with the program's allocator: the step
//! that the program trains with, the same on dfdx's tape with our layers, which is on one thread,
//! and for MLP 3x512 dfdx's own `Linear`.
//!
//! `RAYON_NUM_THREADS=1 cargo bench --bench training_step`: without the variable, on as many
//! threads as there are cores. `benches/peers/training.py` compares it with PyTorch.

use criterion::{Criterion, criterion_group, criterion_main};
use dfdx::optim::{Momentum, Optimizer as _, Sgd, SgdConfig};
use dfdx::prelude::*;
use rand::RngExt;
use rethink::dataset::Split;
use rethink::network::{Architecture, Initialization, Model, Optimizer, Zoo};
use rethink::random::stream;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 128;

type Plain = (
    (dfdx::nn::builders::Linear<784, 512>, ReLU),
    (dfdx::nn::builders::Linear<512, 512>, ReLU),
    (dfdx::nn::builders::Linear<512, 512>, ReLU),
    dfdx::nn::builders::Linear<512, 10>,
);

fn batch(features: usize) -> Split {
    let mut rng = stream(1, "benchmark batch");
    let inputs = (0..BATCH * features).map(|_| rng.random::<f32>() - 0.5);
    let labels = (0..BATCH).map(|i| (i % 10) as u32);
    Split::new(inputs.collect(), labels.collect(), features).expect("shapes that fit")
}

fn started(zoo: Zoo, features: usize) -> Box<dyn Model> {
    let mut model = Architecture::from(zoo)
        .build(features, 10)
        .expect("a network of the zoo");
    let mut weights = model.weights().expect("weights");
    Initialization::He.fill(&mut weights, 1);
    model.set_weights(&weights).expect("its own weights");
    (model.start(Optimizer::Sgd { momentum: 0.9 }.into())).expect("memory");
    model
}

fn ours(c: &mut Criterion) {
    let everyone: Vec<usize> = (0..BATCH).collect();
    for (zoo, features) in [
        (Zoo::Mlp3x512, 784),
        (Zoo::Mlp3x512, 2352),
        (Zoo::AllConv, 784),
        (Zoo::SmallConv, 784),
        (Zoo::AlexNet, 2352),
        (Zoo::InceptionBn, 2352),
    ] {
        let mut group = c.benchmark_group(format!("{zoo} on {features} inputs, batch {BATCH}"));
        group.sample_size(10);
        let train = batch(features);
        let mut model = started(zoo, features);
        group.bench_function("fused step", |b| {
            b.iter(|| (model.train_batch(&train, &everyone, 1e-3)).expect("shapes that fit"));
        });
        let mut model = started(zoo, features);
        group.bench_function("step on the tape", |b| {
            b.iter(|| {
                (model.accumulate_batch(&train, &everyone)).expect("shapes that fit");
                model.step(1e-3).expect("a gradient");
            });
        });
    }
}

fn plain_dfdx(c: &mut Criterion) {
    let dev = Cpu::seed_from_u64(1);
    let train = batch(784);
    let mut model = dev.build_module::<Plain, f32>();
    let config = SgdConfig {
        lr: 1e-3,
        momentum: Some(Momentum::Classic(0.9)),
        weight_decay: None,
    };
    let mut sgd = Sgd::new(&model, config);
    let mut gradients = Some(model.alloc_grads());
    c.bench_function("mlp-3x512 on 784 inputs, batch 128/dfdx Linear", |b| {
        b.iter(|| {
            let x = dev.tensor_from_vec(train.pixels().to_vec(), (BATCH, Const::<784>));
            let mut y = vec![0.0; BATCH * 10];
            for (row, &label) in y.chunks_exact_mut(10).zip(train.labels()) {
                row[label as usize] = 1.0;
            }
            let y = dev.tensor_from_vec(y, (BATCH, Const::<10>));
            let traced = x.traced(gradients.take().expect("gradients"));
            let logits = model.forward_mut(traced);
            let mut done = cross_entropy_with_logits_loss(logits, y).backward();
            sgd.update(&mut model, &done).expect("all gradients");
            model.zero_grads(&mut done);
            gradients = Some(done);
        });
    });
}

criterion_group!(benches, ours, plain_dfdx);
criterion_main!(benches);
