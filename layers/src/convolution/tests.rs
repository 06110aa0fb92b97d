//! Convolutions against their definition and central differences.

use rand::RngExt;

use super::*;
use crate::golden::{Golden, assert_golden};

/// Numbers between -1 and 1.
pub(crate) fn numbers<T: Element>(n: usize, seed: u64) -> Vec<T> {
    use rand::SeedableRng;
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    (0..n)
        .map(|_| T::from_f64(rng.random_range(-1.0..1.0)))
        .collect()
}

fn image(channels: usize, height: usize, width: usize) -> Shape {
    Shape {
        channels,
        height,
        width,
    }
}

/// Kernels, strides and paddings, on images that leave rows, columns and channels over.
fn cases() -> Vec<(Geometry, Shape, usize)> {
    let windows = [
        (1, 1, 0),
        (3, 1, 1),
        (3, 2, 1),
        (5, 1, 2),
        (5, 2, 0),
        (2, 2, 0),
        (3, 3, 1),
        (1, 2, 0),
    ];
    let images = [
        (image(1, 9, 7), 3),
        (image(3, 8, 14), 16),
        (image(16, 7, 8), 19),
        (image(19, 5, 6), 33),
        (image(32, 6, 15), 64),
    ];
    let mut cases = Vec::new();
    for (kernel, stride, padding) in windows {
        for (image, outputs) in images {
            cases.push((
                Geometry {
                    kernel,
                    stride,
                    padding,
                },
                image,
                outputs,
            ));
        }
    }
    cases
}

/// The sum that defines an output.
fn definition(layer: &Convolution<f64>, x: &[f64], filters: &[f64], bias: &[f64]) -> Vec<f64> {
    let (k, s, p) = (
        layer.geometry.kernel,
        layer.geometry.stride,
        layer.geometry.padding,
    );
    let (input, output) = (layer.input(), layer.output());
    let mut y = Vec::new();
    for x in x.chunks_exact(input.numbers()) {
        for o in 0..output.channels {
            for i in 0..output.height {
                for j in 0..output.width {
                    let mut sum = bias[o];
                    for c in 0..input.channels {
                        for ky in 0..k {
                            for kx in 0..k {
                                let (row, column) = (s * i + ky, s * j + kx);
                                if row < p
                                    || column < p
                                    || row - p >= input.height
                                    || column - p >= input.width
                                {
                                    continue;
                                }
                                sum += filters[((o * input.channels + c) * k + ky) * k + kx]
                                    * x[(c * input.height + row - p) * input.width + column - p];
                            }
                        }
                    }
                    y.push(sum);
                }
            }
        }
    }
    y
}

fn layer<T: Element>(
    (geometry, image, outputs): (Geometry, Shape, usize),
    seed: u64,
) -> (Convolution<T>, Vec<T>, Vec<T>) {
    let zeros = Convolution::zeros(geometry, image, outputs).expect("the window has a place");
    let filters = numbers(
        outputs * image.channels * geometry.kernel * geometry.kernel,
        seed,
    );
    let bias = numbers(outputs, seed + 1);
    (zeros.with(&filters, &bias), filters, bias)
}

fn outputs<T: Element>(layer: &Convolution<T>, x: &Images<T>) -> Images<T> {
    let mut y = Images::zeros(x.samples(), layer.output());
    layer.forward(x, &mut y, false);
    y
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[track_caller]
fn assert_close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    let size = b.iter().fold(1.0_f64, |m, x| m.max(x.abs()));
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= tolerance * size, "{i}: {a} is not {b}");
    }
}

#[test]
fn outputs_are_the_definition() {
    for case in cases() {
        let (double, filters, bias) = layer::<f64>(case, 1);
        let x = numbers(3 * case.1.numbers(), 3);
        let expected = definition(&double, &x, &filters, &bias);
        let y = outputs(&double, &Images::of_planes(&x, case.1));
        assert_close(&y.to_planes(), &expected, 1e-13);
        let filled = y.shape().channels % CHANNELS;
        let last = y
            .images()
            .flat_map(|image| &image[(y.shape().blocks() - 1) * y.shape().pixels()..]);
        assert!(
            filled == 0
                || last
                    .into_iter()
                    .all(|line| line.0[filled..].iter().all(|&x| x == 0.0))
        );

        let (single, _, _) = layer::<f32>(case, 1);
        let x: Vec<f32> = numbers(3 * case.1.numbers(), 3);
        let mut y = Images::zeros(3, single.output());
        single.forward(&Images::of_planes(&x, case.1), &mut y, true);
        let y: Vec<f64> = y.to_planes().into_iter().map(f64::from).collect();
        let positive: Vec<f64> = expected.iter().map(|y| y.max(0.0)).collect();
        assert_close(&y, &positive, 1e-5);
    }
}

#[test]
fn the_backward_pass_is_the_transpose_of_the_forward_pass() {
    for case in cases() {
        let (layer, filters, bias) = layer::<f64>(case, 4);
        let shape = case.1;
        let x = numbers(2 * shape.numbers(), 5);
        let g = numbers(2 * layer.output().numbers(), 6);
        let (images, gradients) = (
            Images::of_planes(&x, shape),
            Images::of_planes(&g, layer.output()),
        );
        let mut below = Images::zeros(2, shape);
        layer.backward(&gradients, &mut below, false);
        // Σ g y is linear in x, W and b, so that it is the inner product with its gradient.
        let value = dot(&g, &outputs(&layer, &images).to_planes());
        let sums: f64 = (g.chunks_exact(layer.output().pixels()).enumerate())
            .map(|(o, g)| bias[o % bias.len()] * g.iter().sum::<f64>())
            .sum();
        assert_close(&[dot(&below.to_planes(), &x)], &[value - sums], 1e-12);
        let once = below.to_planes();
        layer.backward(&gradients, &mut below, true);
        let doubled: Vec<f64> = once.iter().map(|g| 2.0 * g).collect();
        assert_close(&below.to_planes(), &doubled, 1e-12);
        let mut gradient = layer.zeros_like();
        gradient.add_gradient(&images, &gradients);
        let (mut by_filters, mut by_bias) = (vec![0.0; filters.len()], vec![0.0; bias.len()]);
        gradient.for_each(&mut by_filters, &mut by_bias, |to, g| *to = g);
        assert_close(&[dot(&by_filters, &filters)], &[value - sums], 1e-12);
        assert_close(&[dot(&by_bias, &bias)], &[sums], 1e-12);
    }
}

#[test]
fn the_backward_pass_reads_no_zeros_between_pixels() {
    for (kernel, stride, taps) in [
        (3, 2, [2, 1]),
        (5, 2, [3, 2]),
        (1, 2, [1, 0]),
        (2, 2, [1, 1]),
    ] {
        let geometry = Geometry {
            kernel,
            stride,
            padding: kernel / 2,
        };
        for outputs in [16, 64] {
            let layer = Convolution::<f32>::zeros(geometry, image(3, 8, 9), outputs);
            let back = layer.expect("a place").reading_back();
            let mut read: Vec<usize> = (0..stride)
                .flat_map(|phase| back.taps_of(phase).map(|taps| taps.len()))
                .collect();
            read.sort_unstable();
            read.reverse();
            let blocks = outputs / CHANNELS;
            assert_eq!(
                read,
                [vec![taps[0]; blocks], vec![taps[1]; blocks]].concat()
            );
        }
    }
}

#[test]
fn gradients_are_central_differences() {
    for case in cases().into_iter().step_by(3) {
        let (geometry, shape, outputs_) = case;
        let (layer, filters, bias) = layer::<f64>(case, 7);
        let x = numbers(2 * shape.numbers(), 8);
        let g = numbers(2 * layer.output().numbers(), 9);
        let value = |x: &[f64], filters: &[f64]| {
            let zeros = Convolution::zeros(geometry, shape, outputs_).expect("a place");
            let layer = zeros.with(filters, &bias);
            dot(
                &g,
                &outputs(&layer, &Images::of_planes(x, shape)).to_planes(),
            )
        };
        let (images, gradients) = (
            Images::of_planes(&x, shape),
            Images::of_planes(&g, layer.output()),
        );
        let mut below = Images::zeros(2, shape);
        layer.backward(&gradients, &mut below, false);
        let below = below.to_planes();
        let mut gradient = layer.zeros_like();
        gradient.add_gradient(&images, &gradients);
        let (mut by_filters, mut by_bias) = (vec![0.0; filters.len()], vec![0.0; bias.len()]);
        gradient.for_each(&mut by_filters, &mut by_bias, |to, g| *to = g);
        let slope = |at: &[f64], i: usize, f: &dyn Fn(&[f64]) -> f64| {
            let moved = |h: f64| {
                let mut at = at.to_vec();
                at[i] += h;
                f(&at)
            };
            (moved(0.5) - moved(-0.5)) / 1.0 // linear: exact but for rounding
        };
        for i in (0..x.len()).step_by(x.len() / 5) {
            assert_close(&[below[i]], &[slope(&x, i, &|x| value(x, &filters))], 1e-11);
        }
        for i in (0..filters.len()).step_by(filters.len().div_ceil(7)) {
            assert_close(
                &[by_filters[i]],
                &[slope(&filters, i, &|f| value(&x, f))],
                1e-11,
            );
        }
    }
}

#[test]
fn the_derivative_along_a_direction_is_that_of_the_outputs() {
    for case in cases() {
        let shape = case.1;
        let (here, filters, bias) = layer::<f64>(case, 10);
        let (direction, v, w) = layer::<f64>(case, 12);
        let (x, x_dot) = (
            numbers(2 * shape.numbers(), 14),
            numbers(2 * shape.numbers(), 15),
        );
        let mut y_dot = Images::zeros(2, here.output());
        let (images, images_dot) = (
            Images::of_planes(&x, shape),
            Images::of_planes(&x_dot, shape),
        );
        here.directional(&direction, &images, Some(&images_dot), &mut y_dot);
        let at = |h: f64| {
            let along = |a: &[f64], b: &[f64]| -> Vec<f64> {
                a.iter().zip(b).map(|(a, b)| a + h * b).collect()
            };
            let layer = here
                .zeros_like()
                .with(&along(&filters, &v), &along(&bias, &w));
            outputs(&layer, &Images::of_planes(&along(&x, &x_dot), shape)).to_planes()
        };
        // Quadratic in h: the central difference is exact but for rounding.
        let slope: Vec<f64> = at(0.5).iter().zip(at(-0.5)).map(|(a, b)| a - b).collect();
        assert_close(&y_dot.to_planes(), &slope, 1e-12);
    }
}

/// The images with channels of zeros behind their own, up to sixteen.
fn widened(numbers: &[f32], shape: Shape, pixels: usize) -> Vec<f32> {
    let zeros = std::iter::repeat_n(0.0, (CHANNELS - shape.channels) * pixels);
    let images = numbers.chunks_exact(shape.channels * pixels);
    images
        .flat_map(|own| own.iter().copied().chain(zeros.clone()))
        .collect()
}

#[test]
fn few_numbers_are_summed_in_the_order_of_a_block() {
    let few = |(geometry, shape, _): &(Geometry, Shape, usize)| {
        geometry.kernel * shape.channels < CHANNELS
    };
    for case in cases().into_iter().filter(few) {
        let ((few, filters, bias), (geometry, shape, outputs_)) = (layer::<f32>(case, 20), case);
        let channels = CHANNELS;
        let window = geometry.kernel * geometry.kernel;
        let wide = Convolution::zeros(geometry, Shape { channels, ..shape }, outputs_);
        let wide = wide.expect("the window has a place");
        let wide = wide.with(&widened(&filters, shape, window), &bias);
        let x = numbers(3 * shape.numbers(), 22);
        let wide_x = Images::of_planes(&widened(&x, shape, shape.pixels()), wide.input());
        let x = Images::of_planes(&x, shape);
        assert_eq!(outputs(&few, &x), outputs(&wide, &wide_x), "{case:?}");

        let g = Images::of_planes(&numbers(3 * few.output().numbers(), 23), few.output());
        let gradient = |layer: &Convolution<f32>, x: &Images<f32>| {
            let mut gradient = layer.zeros_like();
            gradient.add_gradient(x, &g);
            let mut by_filters = vec![0.0; outputs_ * layer.input().channels * window];
            gradient.for_each(&mut by_filters, &mut vec![0.0; outputs_], |to, g| *to = g);
            by_filters
        };
        let by_filters = widened(&gradient(&few, &x), shape, window);
        assert_eq!(by_filters, gradient(&wide, &wide_x), "{case:?}");
    }
}

#[test]
fn a_step_moves_every_filter_by_its_gradient() {
    let case = (
        Geometry {
            kernel: 3,
            stride: 1,
            padding: 1,
        },
        image(3, 4, 5),
        35,
    );
    let (mut here, filters, bias) = layer::<f32>(case, 16);
    let (gradient, by_filters, by_bias) = layer::<f32>(case, 18);
    let mut momentum = here.zeros_like();
    let step = Step {
        decay: 0.0,
        momentum: 0.5,
        rate: 0.1,
    };
    here.descend(None, &gradient, step);
    here.descend(Some(&mut momentum), &gradient, step);
    here.descend(Some(&mut momentum), &gradient, step);
    let (mut moved, mut moved_bias) = (filters.clone(), bias.clone());
    here.for_each(&mut moved, &mut moved_bias, |to, w| *to = w);
    let all = moved
        .iter()
        .chain(&moved_bias)
        .zip(filters.iter().chain(&bias));
    for ((moved, start), g) in all.zip(by_filters.iter().chain(&by_bias)) {
        assert!((moved - (start - 0.1 * (1.0 + 1.0 + 1.5) * g)).abs() < 1e-6);
    }
}

#[test]
fn outputs_and_gradients_are_those_of_pytorch() {
    for file in [
        include_str!("../golden/convolution_1x1.txt"),
        include_str!("../golden/convolution_3x3.txt"),
        include_str!("../golden/convolution_3x3_stride_2.txt"),
        include_str!("../golden/convolution_5x5.txt"),
    ] {
        let golden = Golden(file);
        let geometry = Geometry {
            kernel: golden.integer("kernel"),
            stride: golden.integer("stride"),
            padding: golden.integer("padding"),
        };
        let (shape, channels) = (golden.shape(), golden.integer("outputs"));
        let zeros = Convolution::zeros(geometry, shape, channels).expect("a place");
        let layer = zeros.with(&golden.numbers("weight"), &golden.numbers("bias"));
        let x = golden.images("x", shape);
        assert_golden(&outputs(&layer, &x).to_planes(), &golden.numbers("y"));
        let g = golden.images("g", layer.output());
        let mut below = Images::zeros(x.samples(), shape);
        layer.backward(&g, &mut below, false);
        assert_golden(&below.to_planes(), &golden.numbers("gx"));
        let mut gradient = layer.zeros_like();
        gradient.add_gradient(&x, &g);
        let [mut by_filters, mut by_bias] = ["weight", "bias"].map(|name| golden.numbers(name));
        gradient.for_each(&mut by_filters, &mut by_bias, |to, g| *to = g);
        assert_golden(&by_filters, &golden.numbers("gweight"));
        assert_golden(&by_bias, &golden.numbers("gbias"));
    }
}

#[test]
fn a_window_that_does_not_fit_is_none() {
    let geometry = Geometry {
        kernel: 5,
        stride: 1,
        padding: 1,
    };
    assert!(Convolution::<f32>::zeros(geometry, image(3, 2, 9), 4).is_none());
}
