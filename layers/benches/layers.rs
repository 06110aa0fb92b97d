//! Layers of the paper's networks on batches of 128, one thread; throughput in products a second
//! (a product is a multiplication and an addition).

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rethink_layers::{Convolution, Geometry, Images, Shape};

const BATCH: usize = 128;

fn images(channels: usize, side: usize) -> Images<f32> {
    let shape = Shape {
        channels,
        height: side,
        width: side,
    };
    let numbers: Vec<f32> = (0..BATCH * shape.numbers())
        .map(|i| (i as f32).sin())
        .collect();
    Images::of_planes(&numbers, shape)
}

fn convolutions(criterion: &mut Criterion) {
    for (name, kernel, stride, inputs, outputs, side) in [
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
        let mut group = criterion.benchmark_group(name);
        group
            .sample_size(10)
            .throughput(Throughput::Elements(products as u64));
        group.bench_function("forward", |b| b.iter(|| layer.forward(&x, &mut y, true)));
        group.bench_function("backward", |b| {
            b.iter(|| layer.backward(&y, &mut below, false))
        });
        group.bench_function("gradient", |b| b.iter(|| gradient.add_gradient(&x, &y)));
        group.finish();
    }
}

criterion_group!(layers, convolutions);
criterion_main!(layers);
