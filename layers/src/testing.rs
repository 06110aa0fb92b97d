//! What the tests of the layers have in common.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::images::CHANNELS;
use crate::{Element, Images, Shape};

/// Channels with and without a block that is filled up.
pub const CHANNEL_COUNTS: [usize; 5] = [1, 3, 16, 19, 35];

/// Uniform numbers in [−1, 1).
pub fn noise(count: usize, seed: u64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// That shape.
pub fn shape(channels: usize, height: usize, width: usize) -> Shape {
    Shape {
        channels,
        height,
        width,
    }
}

/// Images of uniform numbers in [−1, 1).
pub fn random(samples: usize, shape: Shape, seed: u64) -> Images<f64> {
    Images::of_planes(&noise(samples * shape.numbers(), seed), shape)
}

/// The same images in single precision.
pub fn single(images: &Images<f64>) -> Images<f32> {
    let numbers: Vec<f32> = images.to_planes().iter().map(|&x| x as f32).collect();
    Images::of_planes(&numbers, images.shape())
}

/// Σ a b.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// x + step d.
pub fn moved(x: &Images<f64>, d: &Images<f64>, step: f64) -> Images<f64> {
    Images::of_planes(&along(&x.to_planes(), &d.to_planes(), step), x.shape())
}

/// x + step d.
pub fn along(x: &[f64], d: &[f64], step: f64) -> Vec<f64> {
    x.iter().zip(d).map(|(x, d)| x + step * d).collect()
}

/// Central differences of f along a direction: `f(step)` is f there.
pub fn differences(f: impl Fn(f64) -> Vec<f64>) -> Vec<f64> {
    const STEP: f64 = 1e-5;
    let (after, before) = (f(STEP), f(-STEP));
    let both = after.iter().zip(&before);
    both.map(|(a, b)| (a - b) / (2.0 * STEP)).collect()
}

/// The gradient of f at x by central differences.
pub fn gradient(x: &[f64], f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let partial = |i: usize| {
        let at = |step: f64| {
            let mut x = x.to_vec();
            x[i] += step;
            vec![f(&x)]
        };
        differences(at)[0]
    };
    (0..x.len()).map(partial).collect()
}

/// Asserts that all numbers are equal but for so much.
pub fn assert_close(numbers: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(numbers.len(), expected.len());
    for (i, (x, y)) in numbers.iter().zip(expected).enumerate() {
        assert!((x - y).abs() <= tolerance, "number {i}: {x}, not {y}");
    }
}

/// Asserts that images of both precisions are equal but for so much.
pub fn assert_same(single: &Images<f32>, double: &Images<f64>, tolerance: f64) {
    let numbers: Vec<f64> = single.to_planes().iter().map(|&x| x.into()).collect();
    assert_close(&numbers, &double.to_planes(), tolerance);
}

/// Asserts that the channels that fill up the last block are 0.
pub fn assert_filled_up<T: Element>(images: &Images<T>) {
    let used = images.shape().channels % CHANNELS;
    let pixels = images.shape().pixels();
    assert!(images.samples() > 0);
    for image in images.images().filter(|_| used > 0) {
        let last = &image[image.len() - pixels..];
        let mut filled = last.iter().flat_map(|line| &line.0[used..]);
        assert!(filled.all(|&x| x == T::default()));
    }
}
