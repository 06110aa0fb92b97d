//! Rectified linear units.

use pulp::{Simd, WithSimd};

use crate::Element;
use crate::images::{Images, Line};
use crate::lanes::{Lanes, registers};
use crate::operation::Operation;
use crate::threads;

/// Replaces every number of images by its positive part; what is not a number stays so.
///
/// ```text
/// y = max(z, 0)
/// ```
///
/// # Reference
///
/// V. Nair and G. E. Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines",
/// ICML 2010.
pub fn relu<T: Element>(images: &mut Images<T>) {
    let samples = images.share();
    threads::run(images.parts_mut(samples), |part| {
        T::run(Operation::Relu(Relu { lines: part.lines }));
    });
}

/// Sets numbers to 0 where units are not positive: the gradient by the inputs of rectified linear
/// units from the one by their outputs, or the derivative along a direction of their inputs.
///
/// ```text
/// v ← v 1[y > 0]
/// ```
///
/// The derivative at 0 is 0, so that outputs serve as `units` as well as inputs. Both passes are
/// linear in `values`, and their derivative along a direction is the pass of the direction.
///
/// Shapes: `units` and `values` are images of one shape.
pub fn mask<T: Element>(units: &Images<T>, values: &mut Images<T>) {
    assert_eq!(units.shape(), values.shape());
    assert_eq!(units.samples(), values.samples());
    let samples = values.share();
    let parts = units.parts(samples).zip(values.parts_mut(samples));
    threads::run(parts, |(units, values)| {
        T::run(Operation::Mask(Mask {
            units: units.lines,
            values: values.lines,
        }));
    });
}

/// The positive part; what is not a number stays so.
#[inline(always)]
pub fn positive_part<T: Element, S: Simd>(simd: S, z: Lanes<T, S>) -> Lanes<T, S> {
    let zero = Lanes::splat(simd, T::default());
    zero.where_greater(zero, z, z)
}

/// Operands of the operation of that name.
pub struct Relu<'a, T> {
    lines: &'a mut [Line<T>],
}

impl<T: Element> WithSimd for Relu<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for line in self.lines {
            for n in registers::<T, S>() {
                positive_part(simd, Lanes::of(simd, &line.0, n)).store(&mut line.0, n);
            }
        }
    }
}

/// Operands of the operation of that name.
pub struct Mask<'a, T> {
    units: &'a [Line<T>],
    values: &'a mut [Line<T>],
}

impl<T: Element> WithSimd for Mask<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (units, values) in self.units.iter().zip(self.values) {
            for n in registers::<T, S>() {
                let [units, kept] = Lanes::all(simd, [&units.0, &values.0], n);
                kept.where_positive(units).store(&mut values.0, n);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{
        CHANNEL_COUNTS, assert_close, assert_filled_up, assert_same, differences, dot, gradient,
        moved, random, shape, single,
    };

    fn forward(x: &Images<f64>) -> Images<f64> {
        let mut y = x.clone();
        relu(&mut y);
        y
    }

    #[test]
    fn the_gradient_and_the_derivative_along_a_direction_are_those_of_differences() {
        for channels in CHANNEL_COUNTS {
            let shape = shape(channels, 3, 5);
            let [x, g, d] = [1, 2, 3].map(|seed| random(2, shape, seed));
            let y = forward(&x);
            assert_filled_up(&y);
            let (mut below, mut direction) = (g.clone(), d.clone());
            mask(&y, &mut below);
            mask(&x, &mut direction);
            assert_filled_up(&below);
            let loss = |x: &[f64]| {
                let y = forward(&Images::of_planes(x, shape));
                dot(&y.to_planes(), &g.to_planes())
            };
            let by_differences = gradient(&x.to_planes(), loss);
            assert_close(&below.to_planes(), &by_differences, 1e-9);
            let along = differences(|step| forward(&moved(&x, &d, step)).to_planes());
            assert_close(&direction.to_planes(), &along, 1e-9);
        }
    }

    #[test]
    fn single_precision_is_double_precision_rounded() {
        let x = random(3, shape(19, 4, 3), 1);
        let mut y = single(&x);
        relu(&mut y);
        assert_same(&y, &forward(&x), 1e-7);
    }

    #[test]
    fn what_is_not_a_number_stays_so_and_zero_passes_no_gradient_on() {
        let mut x = Images::of_planes(&[f64::NAN, 0.0, -0.0, -1.0, 2.0], shape(1, 1, 5));
        let mut values = Images::of_planes(&[1.0; 5], x.shape());
        mask(&x, &mut values);
        assert_eq!(values.to_planes(), [0.0, 0.0, 0.0, 0.0, 1.0]);
        relu(&mut x);
        let y = x.to_planes();
        assert!(y[0].is_nan());
        assert_eq!(y[1..], [0.0, 0.0, 0.0, 2.0]);
    }

    /// A diverged network must not look like one with inactive units.
    #[test]
    fn layers_with_relu_pass_on_what_is_not_a_number() {
        use crate::{Convolution, Dense, Geometry, Packed};
        let dense = Dense::new(&[f32::NAN, 1.0, -1.0], &[0.0; 3], 1);
        let mut y = Packed::zeros(1, 3);
        dense.forward(&Packed::of_rows(&[2.0], 1), &mut y, true);
        let y = y.to_rows(1);
        assert!(y[0].is_nan() && y[1..] == [2.0, 0.0], "{y:?}");
        let geometry = Geometry {
            kernel: 1,
            stride: 1,
            padding: 0,
        };
        let image = shape(1, 1, 1);
        let layer = Convolution::zeros(geometry, image, 3).expect("a place");
        let layer = layer.with(&[f32::NAN, 1.0, -1.0], &[0.0; 3]);
        let mut y = Images::zeros(1, layer.output());
        layer.forward(&Images::of_planes(&[2.0], image), &mut y, true);
        let y = y.to_planes();
        assert!(y[0].is_nan() && y[1..] == [2.0, 0.0], "{y:?}");
    }
}
