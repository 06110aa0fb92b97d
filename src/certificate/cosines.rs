//! Cosines over a window, smaller the higher their frequency: weights that vary smoothly.

use std::f64::consts::PI;
use std::sync::LazyLock;

use super::layer::{KERNEL, LayerKind};

/// Numbers of a window of a convolution.
const NUMBERS: usize = KERNEL * KERNEL;

/// Of the windows of convolutions; size and frequency chosen on MNIST.
static WINDOW: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let matrix = cosines([KERNEL, KERNEL], 2.0, 2.0);
    matrix.into_iter().map(|a| a as f32).collect()
});

impl LayerKind {
    /// The weights w = v A of pixels, from the numbers v that have a law; of a dense layer they are
    /// the same.
    pub(super) fn on_pixels(self, numbers: &[f32]) -> Vec<f32> {
        self.windows(numbers, |v, w| {
            for (v, row) in v.iter().zip(WINDOW.chunks_exact(NUMBERS)) {
                w.iter_mut().zip(row).for_each(|(w, a)| *w += v * a);
            }
        })
    }

    /// Slopes by v, from those by w.
    pub(super) fn by_cosines(self, slopes: &[f32]) -> Vec<f32> {
        self.windows(slopes, |w, v| {
            for (v, row) in v.iter_mut().zip(WINDOW.chunks_exact(NUMBERS)) {
                *v = w.iter().zip(row).map(|(w, a)| w * a).sum();
            }
        })
    }

    fn windows(self, numbers: &[f32], turn: impl Fn(&[f32], &mut [f32])) -> Vec<f32> {
        let Self::Convolution(_) = self else {
            return numbers.to_vec();
        };
        let mut turned = vec![0.0; numbers.len()];
        let windows = numbers.chunks_exact(NUMBERS);
        for (from, to) in windows.zip(turned.chunks_exact_mut(NUMBERS)) {
            turn(from, to);
        }
        turned
    }
}

/// The matrix A of weights w = v A over a window of rows and columns, one row for every cosine:
///
/// ```text
/// A[(k, l), (i, j)] = α(k, l) c_k(i) c_l(j),   α(k, l) = scale / (1 + (k² + l²) / half²)
/// c_k(i) = √(2 / rows) cos(π (i + ½) k / rows),   c_0(i) = √(1 / rows)
/// ```
///
/// Without α it is orthonormal. Where v has independent entries of one variance, neighbours in w are
/// correlated. Row-major, shape (rows · columns, rows · columns); k and l count half periods over
/// the window.
///
/// Ahmed, Natarajan and Rao 1974, "Discrete cosine transform", for c.
pub(super) fn cosines([rows, columns]: [usize; 2], scale: f64, half: f64) -> Vec<f64> {
    let of = |side: usize| -> Vec<f64> {
        let one = |place: usize| {
            let (k, i, n) = (place / side, place % side, side as f64);
            let periods = if k == 0 { 1.0 } else { 2.0 };
            (periods / n).sqrt() * (PI * (i as f64 + 0.5) * k as f64 / n).cos()
        };
        (0..side * side).map(one).collect()
    };
    let (vertical, horizontal) = (of(rows), of(columns));
    let size = rows * columns;
    let mut matrix = Vec::with_capacity(size * size);
    for (k, l) in (0..size).map(|place| (place / columns, place % columns)) {
        let squared = (k * k + l * l) as f64;
        let alpha = scale / (1.0 + squared / (half * half));
        for c in &vertical[k * rows..][..rows] {
            let row = &horizontal[l * columns..][..columns];
            matrix.extend(row.iter().map(|d| alpha * c * d));
        }
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_orthogonal_and_fall_with_the_frequency() {
        let (shape, size) = ([4, 3], 12);
        let matrix = cosines(shape, 2.0, 1.5);
        let row = |k: usize| &matrix[k * size..][..size];
        for k in 0..size {
            for l in 0..size {
                let product: f64 = row(k).iter().zip(row(l)).map(|(a, b)| a * b).sum();
                let squared = ((k / 3).pow(2) + (k % 3).pow(2)) as f64;
                let alpha = 2.0 / (1.0 + squared / 2.25);
                let expected = if k == l { alpha * alpha } else { 0.0 };
                assert!((product - expected).abs() < 1e-12, "{k} {l} {product}");
            }
        }
        // The first is a mean.
        assert!(
            row(0)
                .iter()
                .all(|a| (a - 2.0 / 12f64.sqrt()).abs() < 1e-12)
        );
    }
}
