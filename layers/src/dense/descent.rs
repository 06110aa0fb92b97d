//! Steps of gradient descent.

use pulp::{Simd, WithSimd};

use crate::Element;
use crate::operation::Operation;
use crate::threads::{self, LINE};
use crate::tile::Row;

/// A step of gradient descent with momentum and weight decay, as in PyTorch's SGD.
///
/// ```text
/// v ← g + λ w + μ v,   w ← w − η v
/// ```
#[derive(Clone, Copy)]
pub struct Step<T> {
    /// λ.
    pub decay: T,
    /// μ.
    pub momentum: T,
    /// η.
    pub rate: T,
}

impl<T: Element> Step<T> {
    /// The step of some vectors of weights.
    #[inline(always)]
    pub(super) fn apply<S: Simd>(
        self,
        simd: S,
        gradient: &[T::Vector<S>],
        w: &mut [T::Vector<S>],
        v: Option<&mut [T::Vector<S>]>,
    ) {
        let [momentum, rate] = [self.momentum, self.rate].map(|x| T::splat(simd, x));
        let decay = (self.decay != T::default()).then(|| T::splat(simd, self.decay));
        let decayed = |g, w| match decay {
            Some(decay) => T::plus(simd, g, T::times(simd, decay, w)),
            None => g,
        };
        match v {
            Some(v) => {
                for ((&g, w), v) in gradient.iter().zip(w).zip(v) {
                    *v = T::plus(simd, decayed(g, *w), T::times(simd, momentum, *v));
                    *w = T::minus(simd, *w, T::times(simd, *v, rate));
                }
            }
            None => {
                for (&g, w) in gradient.iter().zip(w) {
                    *w = T::minus(simd, *w, T::times(simd, decayed(g, *w), rate));
                }
            }
        }
    }

    /// The step of rows of weights, given their gradient; `v` is the momentum, none for μ = 0.
    pub(crate) fn rows(self, gradient: &[Row<T>], w: &mut [Row<T>], v: Option<&mut [Row<T>]>) {
        let rows = threads::share(w.len(), 4 * LINE);
        let mut v = v.map(|v| v.chunks_mut(rows));
        let parts = gradient.chunks(rows).zip(w.chunks_mut(rows));
        let parts = parts.map(|(gradient, w)| Descent {
            gradient,
            w,
            v: v.as_mut().and_then(Iterator::next),
            step: self,
        });
        threads::run(parts, |part| T::run(Operation::Descent(part)));
    }
}

/// Rows of weights along their gradient.
pub struct Descent<'a, T> {
    gradient: &'a [Row<T>],
    w: &'a mut [Row<T>],
    v: Option<&'a mut [Row<T>]>,
    step: Step<T>,
}

impl<T: Element> WithSimd for Descent<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let rows = self.gradient.iter().zip(self.w);
        match self.v {
            Some(v) => {
                for ((g, w), v) in rows.zip(v) {
                    let w = T::vectors_mut::<S>(&mut w.0);
                    let v = T::vectors_mut::<S>(&mut v.0);
                    self.step.apply(simd, T::vectors::<S>(&g.0), w, Some(v));
                }
            }
            None => {
                for (g, w) in rows {
                    let w = T::vectors_mut::<S>(&mut w.0);
                    self.step.apply(simd, T::vectors::<S>(&g.0), w, None);
                }
            }
        }
    }
}
