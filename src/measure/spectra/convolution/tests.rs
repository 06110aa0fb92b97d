//! Against the dense matrix of the operator, entry by entry.

use std::collections::BTreeMap;

use faer::Mat;
use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::linalg::Operator;

fn layer(shape: [usize; 4], seed: u64) -> Layer {
    let mut rng = crate::random::stream(seed, "kernel");
    let [outputs, inputs, height, width] = shape;
    Layer {
        name: "conv".into(),
        kind: LayerKind::Convolution,
        shape: shape.into(),
        weight: Mat::from_fn(outputs, inputs * height * width, |_, _| {
            StandardNormal.sample(&mut rng)
        }),
        bias: None,
    }
}

fn geometry(image: [usize; 2], stride: [usize; 2], padding: [usize; 2]) -> Geometry {
    Geometry {
        image,
        stride,
        padding,
    }
}

/// The matrix of the operator from the sum that defines it; with circular padding
/// if `circular`.
fn dense(layer: &Layer, g: Geometry, circular: bool) -> Mat<f64> {
    let [outputs, inputs, height, width] = layer.shape[..] else {
        unreachable!()
    };
    let windows = |axis: usize, kernel: usize| {
        (g.image[axis] + 2 * g.padding[axis] - kernel) / g.stride[axis] + 1
    };
    let (rows, columns) = if circular {
        (g.image[0], g.image[1])
    } else {
        (windows(0, height), windows(1, width))
    };
    let mut matrix = Mat::zeros(outputs * rows * columns, inputs * g.image[0] * g.image[1]);
    for (o, c) in (0..outputs).flat_map(|o| (0..inputs).map(move |c| (o, c))) {
        for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
            for (a, b) in (0..height).flat_map(|a| (0..width).map(move |b| (a, b))) {
                let w = layer.weight[(o, (c * height + a) * width + b)];
                let (y, x) = if circular {
                    ((i + a) % g.image[0], (j + b) % g.image[1])
                } else {
                    let y = (i * g.stride[0] + a).wrapping_sub(g.padding[0]);
                    let x = (j * g.stride[1] + b).wrapping_sub(g.padding[1]);
                    if y >= g.image[0] || x >= g.image[1] {
                        continue;
                    }
                    (y, x)
                };
                let row = (i * columns + j) * outputs + o;
                matrix[(row, (c * g.image[0] + y) * g.image[1] + x)] += w;
            }
        }
    }
    matrix
}

fn norm(matrix: &Mat<f64>) -> f64 {
    matrix.singular_values().unwrap()[0]
}

fn value(measure: &dyn Measure, layer: &Layer, geometry: Geometry) -> Value {
    let subject = Subject::new(vec![layer.clone()], None)
        .unwrap()
        .with_geometries(BTreeMap::from([("conv".to_owned(), geometry)]));
    measure.layers(&subject).unwrap().unwrap().remove(0)
}

#[track_caller]
fn assert_close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found / expected - 1.0).abs() < tolerance,
        "{found} instead of {expected}"
    );
}

#[test]
fn the_exact_norm_is_that_of_the_dense_matrix() {
    let cases = [
        ([3, 2, 3, 3], geometry([8, 8], [1, 1], [1, 1])),
        ([2, 3, 3, 3], geometry([8, 8], [2, 2], [1, 1])),
        ([3, 2, 5, 3], geometry([7, 6], [2, 1], [2, 0])),
        ([2, 2, 2, 2], geometry([6, 6], [3, 3], [0, 0])),
        ([4, 3, 1, 1], geometry([5, 4], [1, 1], [0, 0])),
    ];
    for (seed, (shape, geometry)) in cases.into_iter().enumerate() {
        let layer = layer(shape, seed as u64);
        let matrix = dense(&layer, geometry, false);
        let convolution = Convolution::new(&layer, geometry).unwrap();
        let x: Vec<f64> = (0..matrix.ncols()).map(|i| (i as f64).sin()).collect();
        let y: Vec<f64> = (0..matrix.nrows()).map(|i| (i as f64).cos()).collect();
        let as_column = |x: &[f64]| Mat::from_fn(x.len(), 1, |i, _| x[i]);
        let close = |found: Vec<f64>, expected: Mat<f64>| {
            assert!((as_column(&found) - expected).norm_max() < 1e-12);
        };
        close(convolution.apply(&x), &matrix * as_column(&x));
        close(
            convolution.apply_transpose(&y),
            matrix.transpose() * as_column(&y),
        );

        let (found, truth) = (
            value(&ConvSpectralNormExact, &layer, geometry),
            norm(&matrix),
        );
        assert_close(found.number, truth, 1e-9);
        let [low, high] = found.interval.unwrap();
        assert!(low <= truth * (1.0 + 1e-12) && truth <= high * (1.0 + 1e-12));
    }
}

#[test]
fn the_circular_norm_is_that_of_the_dense_circulant() {
    let cases = [
        ([3, 2, 3, 3], [8, 8]),
        ([2, 3, 3, 3], [7, 5]),
        ([3, 3, 4, 2], [3, 6]),
        ([2, 4, 1, 1], [4, 4]),
        ([33, 34, 3, 3], [3, 2]),
    ];
    for (seed, (shape, image)) in cases.into_iter().enumerate() {
        let layer = layer(shape, 10 + seed as u64);
        let geometry = geometry(image, [1, 1], [shape[2], shape[3]]);
        let found = value(&ConvSpectralNormCircular, &layer, geometry);
        assert_close(found.number, norm(&dense(&layer, geometry, true)), 1e-9);
        assert_eq!(found.interval.is_some(), shape[0] > 32);
    }
}

/// σ_max of the matrix ≤ exact norm ≤ √(∏ ⌈k/stride⌉ per axis) σ_max: the lower side
/// since one window fits inside the image, the upper since no pixel is in more windows.
#[test]
fn the_matrix_and_the_operator_bound_each_other() {
    for seed in 0..6 {
        let layer = layer([4, 3, 3, 3], 30 + seed);
        let matrix = norm(&layer.weight);
        for stride in [1, 2, 3] {
            let geometry = geometry([8, 8], [stride, stride], [1, 1]);
            let exact = value(&ConvSpectralNormExact, &layer, geometry).number;
            let windows = 3_usize.div_ceil(stride) as f64;
            assert!(matrix <= exact * (1.0 + 1e-9), "{matrix} {exact}");
            assert!(exact <= windows * matrix * (1.0 + 1e-9), "{exact} {matrix}");
            // The circular norm knows no stride.
            let circular = value(&ConvSpectralNormCircular, &layer, geometry).number;
            match stride {
                1 => assert!(
                    (0.8..1.05).contains(&(exact / circular)),
                    "{exact} {circular}"
                ),
                _ => assert!(circular.is_nan()),
            }
        }
    }
}

#[test]
fn without_a_geometry_or_a_convolution_there_is_no_value() {
    let layer = layer([2, 2, 3, 3], 1);
    let subject = Subject::new(vec![layer.clone()], None).unwrap();
    assert_eq!(ConvSpectralNormExact.layers(&subject).unwrap(), None);
    let fits = geometry([8, 8], [1, 1], [0, 0]);
    let linear = Layer::linear("conv", Mat::identity(2, 2), None);
    for (layer, geometry) in [
        (&linear, fits),
        (&layer, geometry([2, 8], [1, 1], [0, 0])),
        (&layer, geometry([8, 8], [0, 1], [0, 0])),
        (&layer, geometry([1 << 40, 1 << 40], [1, 1], [0, 0])),
        (&layer, geometry([8, 8], [1, 1], [usize::MAX, 0])),
    ] {
        assert!(
            value(&ConvSpectralNormExact, layer, geometry)
                .number
                .is_nan()
        );
        assert!(
            value(&ConvSpectralNormCircular, layer, geometry)
                .number
                .is_nan()
        );
    }
    assert!(value(&ConvSpectralNormExact, &layer, fits).number > 0.0);
}

#[test]
fn a_layer_of_zeros_has_norm_zero() {
    let mut zero = layer([2, 2, 3, 3], 1);
    zero.weight = Mat::zeros(2, 18);
    let geometry = geometry([4, 4], [1, 1], [1, 1]);
    assert_eq!(value(&ConvSpectralNormExact, &zero, geometry).number, 0.0);
    assert_eq!(
        value(&ConvSpectralNormCircular, &zero, geometry).number,
        0.0
    );
}
