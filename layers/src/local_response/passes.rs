//! The loops of the passes.

use pulp::{Simd, WithSimd};

use crate::Element;
use crate::images::{Line, Part, PartMut};
use crate::lanes::{Lanes, registers};

use super::layer::LocalResponse;
use super::windows::{Windows, fill_with_products, strips, sums};

/// β of Krizhevsky et al. 2012, the only one that is used.
const EXPONENT: f64 = 0.75;

/// z³ and z⁷.
#[inline(always)]
fn powers<T: Element, S: Simd>(z: Lanes<T, S>) -> [Lanes<T, S>; 2] {
    let square = z * z;
    let cube = square * z;
    [cube, square * square * cube]
}

/// Operands of the operation of that name.
pub struct Forward<'a, T> {
    pub layer: LocalResponse,
    pub x: Part<'a, T>,
    pub roots: &'a mut [Line<T>],
    pub y: PartMut<'a, T>,
}

impl<T: Element> WithSimd for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { layer, x, roots, y } = self;
        let mut windows = Windows::new(layer, x);
        let one = Lanes::constant(simd, 1.0);
        let constant = Lanes::constant(simd, layer.constant);
        let share = Lanes::constant(simd, layer.share);
        for strip in strips(x) {
            fill_with_products(simd, &mut windows, &strip, x, x);
            for block in 0..windows.blocks {
                let lines = windows.lines(&strip, block);
                let x = &x.lines[lines.clone()];
                let (roots, y) = (&mut roots[lines.clone()], &mut y.lines[lines]);
                let outputs = roots.iter_mut().zip(y);
                for ((x, (roots, y)), near) in x.iter().zip(outputs).zip(windows.near(block)) {
                    for n in registers::<T, S>() {
                        let s = constant + share * sums(simd, near, n);
                        let z = one / s.root().root();
                        z.store(&mut roots.0, n);
                        let [cube, _] = powers(z);
                        (Lanes::of(simd, &x.0, n) * cube).store(&mut y.0, n);
                    }
                }
            }
        }
    }
}

/// Operands of the operation of that name.
pub struct Backward<'a, T> {
    pub layer: LocalResponse,
    pub x: Part<'a, T>,
    pub roots: &'a [Line<T>],
    pub g: Part<'a, T>,
    pub below: PartMut<'a, T>,
}

impl<T: Element> WithSimd for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            layer,
            x,
            roots,
            g,
            below,
        } = self;
        let mut windows = Windows::new(layer, x);
        let factor = Lanes::constant(simd, 2.0 * EXPONENT * layer.share);
        for strip in strips(x) {
            for block in 0..windows.blocks {
                let lines = windows.lines(&strip, block);
                let [x, g] = [x, g].map(|images| &images.lines[lines.clone()]);
                let roots = &roots[lines];
                for (to, ((x, g), z)) in windows.numbers_mut(block).zip(x.iter().zip(g).zip(roots))
                {
                    for n in registers::<T, S>() {
                        let [x, g, z] = Lanes::all(simd, [&x.0, &g.0, &z.0], n);
                        let [_, seventh] = powers(z);
                        (g * x * seventh).store(to, n);
                    }
                }
            }
            for block in 0..windows.blocks {
                let lines = windows.lines(&strip, block);
                let [x, g] = [x, g].map(|images| &images.lines[lines.clone()]);
                let (roots, below) = (&roots[lines.clone()], &mut below.lines[lines]);
                for (p, (to, near)) in below.iter_mut().zip(windows.near(block)).enumerate() {
                    for n in registers::<T, S>() {
                        let [x, g, z] = Lanes::all(simd, [&x[p].0, &g[p].0, &roots[p].0], n);
                        let [cube, _] = powers(z);
                        (g * cube - factor * x * sums(simd, near, n)).store(&mut to.0, n);
                    }
                }
            }
        }
    }
}

/// Operands of the operation of that name.
pub struct Directional<'a, T> {
    pub layer: LocalResponse,
    pub x: Part<'a, T>,
    pub roots: &'a [Line<T>],
    pub d: Part<'a, T>,
    pub to: PartMut<'a, T>,
}

impl<T: Element> WithSimd for Directional<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            layer,
            x,
            roots,
            d,
            to,
        } = self;
        let mut windows = Windows::new(layer, x);
        let factor = Lanes::constant(simd, 2.0 * EXPONENT * layer.share);
        for strip in strips(x) {
            fill_with_products(simd, &mut windows, &strip, x, d);
            for block in 0..windows.blocks {
                let lines = windows.lines(&strip, block);
                let [x, d] = [x, d].map(|images| &images.lines[lines.clone()]);
                let (roots, to) = (&roots[lines.clone()], &mut to.lines[lines]);
                for (p, (to, near)) in to.iter_mut().zip(windows.near(block)).enumerate() {
                    for n in registers::<T, S>() {
                        let [x, d, z] = Lanes::all(simd, [&x[p].0, &d[p].0, &roots[p].0], n);
                        let [cube, seventh] = powers(z);
                        let s_dot = factor * sums(simd, near, n);
                        (d * cube - s_dot * x * seventh).store(&mut to.0, n);
                    }
                }
            }
        }
    }
}

/// Operands of the operation of that name.
pub struct BackwardDirectional<'a, T> {
    pub layer: LocalResponse,
    pub x: Part<'a, T>,
    pub roots: &'a [Line<T>],
    pub g: Part<'a, T>,
    pub x_dot: Part<'a, T>,
    pub g_dot: Part<'a, T>,
    pub to: PartMut<'a, T>,
}

impl<T: Element> WithSimd for BackwardDirectional<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            layer,
            x,
            roots,
            g,
            x_dot,
            g_dot,
            to,
        } = self;
        let [mut windows, mut first, mut second] = [0; 3].map(|_| Windows::new(layer, x));
        let double = Lanes::constant(simd, 2.0 * layer.share);
        let exponent = Lanes::constant(simd, EXPONENT);
        let next = Lanes::constant(simd, EXPONENT + 1.0);
        let factor = double * exponent;
        for strip in strips(x) {
            fill_with_products(simd, &mut windows, &strip, x, x_dot);
            for block in 0..windows.blocks {
                let lines = windows.lines(&strip, block);
                let [x, g, x_dot, g_dot] =
                    [x, g, x_dot, g_dot].map(|images| &images.lines[lines.clone()]);
                let (roots, to) = (&roots[lines.clone()], &mut to.lines[lines]);
                let terms = first.numbers_mut(block).zip(second.numbers_mut(block));
                let terms = terms.zip(windows.near(block)).zip(to);
                for (p, (((first, second), near), to)) in terms.enumerate() {
                    let lines = [&x[p].0, &g[p].0, &x_dot[p].0, &g_dot[p].0, &roots[p].0];
                    for n in registers::<T, S>() {
                        let [x, g, x_dot, g_dot, z] = Lanes::all(simd, lines, n);
                        let [cube, seventh] = powers(z);
                        let s_dot = double * sums(simd, near, n);
                        let product = g * x * seventh;
                        let product_dot =
                            (g_dot * x + g * x_dot) * seventh - next * product * cube * z * s_dot;
                        product.store(first, n);
                        product_dot.store(second, n);
                        (g_dot * cube - exponent * g * seventh * s_dot).store(&mut to.0, n);
                    }
                }
            }
            for block in 0..windows.blocks {
                let lines = windows.lines(&strip, block);
                let [x, x_dot] = [x, x_dot].map(|images| &images.lines[lines.clone()]);
                let to = &mut to.lines[lines];
                let near = first.near(block).zip(second.near(block));
                for (p, (to, (first, second))) in to.iter_mut().zip(near).enumerate() {
                    for n in registers::<T, S>() {
                        let lines = [&x[p].0, &x_dot[p].0, &to.0];
                        let [x, x_dot, partial] = Lanes::all(simd, lines, n);
                        let sums = x_dot * sums(simd, first, n) + x * sums(simd, second, n);
                        (partial - factor * sums).store(&mut to.0, n);
                    }
                }
            }
        }
    }
}
