//! Prints the milliseconds of the layers of images: 128 images in single precision, on one thread.

use std::time::Instant;

use rethink_layers::{
    AveragePooling, BatchNorm, Dropout, Images, Inputs, LocalResponse, MaxPooling, Moments, Packed,
    Scales, Shape, concatenate, flatten, global_average, mask, relu, split, unflatten,
};

/// Prints the fastest of some runs: others may use the machine.
fn time(name: &str, mut pass: impl FnMut()) {
    let fastest = (0..60)
        .map(|_| {
            let start = Instant::now();
            pass();
            1e3 * start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    println!("{name:52} {fastest:7.2} ms");
}

/// Images of that many channels and rows.
fn images(channels: usize, side: usize) -> Images<f32> {
    let shape = Shape {
        channels,
        height: side,
        width: side,
    };
    let numbers: Vec<f32> = (0..128 * shape.numbers())
        .map(|i| (i as f32 * 0.37).sin())
        .collect();
    Images::of_planes(&numbers, shape)
}

/// The next words of Weyl's sequence: cheap, and random enough for times.
fn words(words: &mut [u64]) {
    for (word, i) in words.iter_mut().zip(1_u64..) {
        *word = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

fn main() {
    pooling();
    local_response();
    batch_norm();
    others();
}

fn pooling() {
    let (x, mut below) = (images(64, 28), images(64, 28));
    let (mut y, g) = (images(64, 14), images(64, 14));
    let pooling = MaxPooling::new(3, 2, 1);
    let mut winners = Vec::new();
    time("max pooling 3x3, stride 2, of 28x28x64", || {
        pooling.forward(&x, &mut y, &mut winners);
    });
    time("  backward", || {
        pooling.backward(&g, &winners, &mut below);
    });
    time("  directional", || {
        pooling.directional(&x, &winners, &mut y);
    });
    let pooling = AveragePooling::new(2, 2);
    time("average pooling 2x2, stride 2, of 28x28x64", || {
        pooling.forward(&x, &mut y);
    });
    time("  backward", || {
        pooling.backward(&g, &mut below);
    });
    let mut y = Packed::zeros(128, 64);
    time("global average pooling of 28x28x64", || {
        global_average(&x, &mut y);
    });
}

fn local_response() {
    let (x, g) = (images(64, 14), images(64, 14));
    let (mut y, mut below) = (images(64, 14), images(64, 14));
    let layer = LocalResponse::new(9, 1e-3, 1.0);
    let mut roots = Vec::new();
    time("local response normalization of 14x14x64", || {
        layer.forward(&x, &mut roots, &mut y);
    });
    time("  backward", || {
        layer.backward(&x, &roots, &g, &mut below);
    });
    time("  directional", || {
        layer.directional(&x, &roots, &g, &mut y);
    });
    time("  backward, directional", || {
        layer.backward_directional(&x, &roots, &g, [&x, &g], &mut below);
    });
}

fn batch_norm() {
    let (x, g) = (images(96, 28), images(96, 28));
    let (mut y, mut below) = (images(96, 28), images(96, 28));
    let layer = BatchNorm::identity(96);
    let normalizer = || {
        let moments = Moments::of(&x);
        moments.normalizer().expect("more than one pixel")
    };
    let relu = true;
    time("batch normalization and ReLU of 28x28x96", || {
        let by = &normalizer();
        layer.forward(Inputs { x: &x, by, relu }, &mut y);
    });
    let by = &normalizer();
    let inputs = Inputs { x: &x, by, relu };
    time("  backward", || {
        let gradient = layer.gradient(inputs, &g);
        layer.backward(inputs, &g, Some(&gradient), &mut below);
    });
    let direction = Scales::new(&[1.0; 96], &[1.0; 96]);
    time("  directional, in inference", || {
        layer.directional(inputs, &g, &direction, &mut y);
    });
}

fn others() {
    let (mut x, mut y) = (images(64, 28), images(128, 28));
    time("ReLU of 28x28x64", || relu(&mut x));
    let units = x.clone();
    time("  mask", || mask(&units, &mut x));
    let mut dropout = Dropout::new(0.5);
    time("dropout of 28x28x64", || dropout.forward(&mut x, words));
    time("  mask", || dropout.mask(&mut x));
    let mut other = x.clone();
    time("concatenation of 28x28x64 twice", || {
        concatenate(&[&x, &other], &mut y);
    });
    time("  split", || split(&y, &mut [&mut x, &mut other]));
    let (mut few, mut more) = (images(3, 28), images(61, 28));
    time("concatenation of 28x28x3 and 28x28x61", || {
        concatenate(&[&few, &more], &mut x);
    });
    time("  split", || split(&x, &mut [&mut few, &mut more]));
    let mut rows = Packed::zeros(128, x.shape().numbers());
    time("flattening of 28x28x64", || flatten(&x, &mut rows));
    time("  unflattening", || unflatten(&rows, &mut x));
}
