//! Layers of the paper's networks on batches of 128 in single precision, on one thread and on
//! two; throughput in products a second (a product is a multiplication and an addition) or in
//! bytes of the larger images a second.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use rethink_layers::{
    BatchNorm, Convolution, Dense, Geometry, Images, Inputs, LocalResponse, MaxPooling, Moments,
    Packed, Shape, Step, WORTHWHILE, concatenate, flatten, global_average, mask, pool, relu, split,
    unflatten,
};

const BATCH: usize = 128;

fn images(channels: usize, side: usize) -> Images<f32> {
    let shape = Shape {
        channels,
        height: side,
        width: side,
    };
    let numbers: Vec<f32> = (0..BATCH * shape.numbers())
        .map(|i| (i as f32 * 0.37).sin())
        .collect();
    Images::of_planes(&numbers, shape)
}

fn bytes(images: &Images<f32>) -> Throughput {
    Throughput::Bytes(size_of_val(images.lines()) as u64)
}

fn group<'a>(
    criterion: &'a mut Criterion,
    name: &str,
    throughput: Throughput,
) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).throughput(throughput);
    group
}

fn time(group: &mut BenchmarkGroup<WallTime>, name: &str, mut pass: impl FnMut() + Send) {
    for threads in [1, 2] {
        let pool = pool(threads, WORTHWHILE).expect("threads");
        group.bench_function(format!("{name}, threads: {threads}"), |b| {
            pool.install(|| b.iter(&mut pass));
        });
    }
}

fn dense(criterion: &mut Criterion) {
    for (inputs, outputs) in [(784, 512), (512, 512), (2352, 512), (3136, 384)] {
        let numbers = |count: usize| -> Vec<f32> { (0..count).map(|i| (i as f32).sin()).collect() };
        let weights = numbers(inputs * outputs);
        let mut layer = Dense::new(&weights, &numbers(outputs), inputs);
        let mut v = layer.zeros_like();
        let x = Packed::of_rows(&numbers(BATCH * inputs), inputs);
        let (mut y, mut below) = (Packed::zeros(BATCH, outputs), x.clone());
        let g = Packed::of_rows(&numbers(BATCH * outputs), outputs);
        let products = Throughput::Elements((BATCH * weights.len()) as u64);
        let mut group = group(criterion, &format!("dense {inputs} to {outputs}"), products);
        time(&mut group, "forward", || layer.forward(&x, &mut y, true));
        time(&mut group, "backward", || layer.backward(&g, &mut below));
        let step = Step {
            decay: 0.0,
            momentum: 0.9,
            rate: 1e-3,
        };
        time(&mut group, "descend", || {
            layer.descend(Some(&mut v), None, &x, &g, step);
        });
    }
}

/// A training step of MLP 3x512, whose layers are too short to wait for each other.
fn chain(criterion: &mut Criterion) {
    let widths = [784, 512, 512, 512, 10];
    let numbers = |count: usize| -> Vec<f32> { (0..count).map(|i| (i as f32).sin()).collect() };
    let layers = widths.windows(2);
    let mut layers: Vec<Dense<f32>> = layers
        .map(|w| Dense::new(&numbers(w[0] * w[1]), &numbers(w[1]), w[0]))
        .collect();
    let mut v: Vec<Dense<f32>> = layers.iter().map(Dense::zeros_like).collect();
    let rows = numbers(BATCH * widths[0]);
    let mut values: Vec<_> = widths.iter().map(|&w| Packed::zeros(BATCH, w)).collect();
    let mut gradients = values.clone();
    let step = Step {
        decay: 0.0,
        momentum: 0.9,
        rate: 1e-6,
    };
    let mut group = group(criterion, "step of MLP 3x512", Throughput::Elements(1));
    time(&mut group, "step", || {
        values[0].fill(rows.chunks_exact(widths[0]));
        for (l, layer) in layers.iter().enumerate() {
            let (x, y) = values.split_at_mut(l + 1);
            layer.forward(&x[l], &mut y[0], l < 3);
        }
        gradients[4].clone_from(&values[4]);
        for l in (0..4).rev() {
            let (below, g) = gradients.split_at_mut(l + 1);
            if l < 3 {
                g[0].mask(&values[l + 1]);
            }
            if l > 0 {
                layers[l].backward(&g[0], &mut below[l]);
            }
            layers[l].descend(Some(&mut v[l]), None, &values[l], &g[0], step);
        }
    });
}

fn convolutions(criterion: &mut Criterion) {
    for (name, kernel, stride, inputs, outputs, side) in [
        ("3x3 stride 2 1 to 16 at 28", 3, 2, 1, 16, 28),
        ("5x5 3 to 64 at 28", 5, 1, 3, 64, 28),
        ("5x5 64 to 64 at 14", 5, 1, 64, 64, 14),
        ("3x3 96 to 96 at 28", 3, 1, 96, 96, 28),
        ("1x1 176 to 112 at 14", 1, 1, 176, 112, 14),
        ("3x3 80 to 80 at 14", 3, 1, 80, 80, 14),
        ("3x3 stride 2 80 to 80 at 28", 3, 2, 80, 80, 28),
        ("3x3 96 to 96 at 7", 3, 1, 96, 96, 7),
    ] {
        let x = images(inputs, side);
        let geometry = Geometry {
            kernel,
            stride,
            padding: kernel / 2,
        };
        let layer = Convolution::zeros(geometry, x.shape(), outputs).expect("a place");
        let filters: Vec<f32> = (0..outputs * inputs * kernel * kernel)
            .map(|i| (i as f32).cos())
            .collect();
        let layer = layer.with(&filters, &vec![0.1; outputs]);
        let mut y = Images::zeros(BATCH, layer.output());
        let mut below = x.clone();
        let mut gradient = layer.zeros_like();
        let products = BATCH * y.shape().pixels() * filters.len();
        let mut group = group(criterion, name, Throughput::Elements(products as u64));
        time(&mut group, "forward", || layer.forward(&x, &mut y, true));
        time(&mut group, "backward", || {
            layer.backward(&y, &mut below, false);
        });
        time(&mut group, "gradient", || gradient.add_gradient(&x, &y));
    }
}

fn normalizations(criterion: &mut Criterion) {
    let (x, g) = (images(96, 28), images(96, 28));
    let (mut y, mut below) = (x.clone(), x.clone());
    let layer = BatchNorm::identity(96);
    let normalizer = || {
        let moments = Moments::of(&x);
        moments.normalizer().expect("more than one pixel")
    };
    let by = normalizer();
    let relu = true;
    let mut norm = group(criterion, "batch norm and ReLU of 28x28x96", bytes(&x));
    time(&mut norm, "forward", || {
        let by = &normalizer();
        layer.forward(Inputs { x: &x, by, relu }, &mut y);
    });
    time(&mut norm, "backward", || {
        let inputs = Inputs {
            x: &x,
            by: &by,
            relu,
        };
        let gradient = layer.gradient(inputs, &g);
        layer.backward(inputs, &g, Some(&gradient), &mut below);
    });
    norm.finish();

    let (x, g) = (images(64, 14), images(64, 14));
    let (mut y, mut below) = (x.clone(), x.clone());
    let layer = LocalResponse::new(9, 1e-3, 1.0);
    let mut roots = Vec::new();
    let mut norm = group(criterion, "local response norm of 14x14x64", bytes(&x));
    time(&mut norm, "forward", || {
        layer.forward(&x, &mut roots, &mut y);
    });
    time(&mut norm, "backward", || {
        layer.backward(&x, &roots, &g, &mut below);
    });
}

fn others(criterion: &mut Criterion) {
    let (mut x, mut below, mut both) = (images(64, 28), images(64, 28), images(128, 28));
    let (mut y, g) = (images(64, 14), images(64, 14));
    let (size, size_of_both) = (bytes(&x), bytes(&both));
    let pooling = MaxPooling::new(3, 2, 1);
    let mut winners = Vec::new();
    let mut pool = group(
        criterion,
        "max pooling 3x3, stride 2, of 28x28x64",
        size.clone(),
    );
    time(&mut pool, "forward", || {
        pooling.forward(&x, &mut y, &mut winners);
    });
    time(&mut pool, "backward", || {
        pooling.backward(&g, &winners, &mut below);
    });
    pool.finish();

    let mut rows = Packed::zeros(BATCH, x.shape().numbers());
    let mut means = Packed::zeros(BATCH, x.shape().channels);
    let mut others = group(criterion, "other layers of 28x28x64", size);
    time(&mut others, "ReLU", || relu(&mut x));
    time(&mut others, "mask", || mask(&x, &mut below));
    time(&mut others, "sum", || below.add(&x));
    time(&mut others, "flatten", || flatten(&x, &mut rows));
    time(&mut others, "unflatten", || unflatten(&rows, &mut below));
    time(&mut others, "global average", || {
        global_average(&x, &mut means);
    });
    others.finish();

    let mut joined = group(criterion, "concatenation of 28x28x64 twice", size_of_both);
    time(&mut joined, "forward", || {
        concatenate(&[&x, &below], &mut both);
    });
    time(&mut joined, "backward", || {
        split(&both, &mut [&mut x, &mut below]);
    });
}

criterion_group!(layers, dense, chain, convolutions, normalizations, others);
criterion_main!(layers);
