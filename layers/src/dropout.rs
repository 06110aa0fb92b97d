//! Dropout.

use pulp::{Simd, WithSimd};

use crate::images::{CHANNELS, Images};
use crate::operation::Operation;
use crate::tile::WIDTH;
use crate::{Element, Packed};

/// Random words that are drawn at a time.
const WORDS: usize = 256;

/// Random words for sixteen numbers: one half each.
const WORDS_OF_SIXTEEN: usize = 8;

/// Sets numbers to 0 at random in training, and multiplies the others so that their mean stays.
///
/// ```text
/// y = x m / (1 − p),   m = 0 with probability p, else 1
/// ```
///
/// The layer is linear as long as the mask m stays: the gradient by the inputs, and the derivative
/// along a direction, are the same mask applied to the gradient and to the direction. In inference
/// there is no layer.
///
/// # Reference
///
/// N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov, "Dropout: A Simple
/// Way to Prevent Neural Networks from Overfitting", JMLR 15, 2014, section 10.
#[derive(Debug, Clone)]
pub struct Dropout {
    rate: f64,
    /// The mask: a bit for each of sixteen numbers.
    kept: Vec<u16>,
}

/// Numbers that a layer changes in place.
pub enum Numbers<'a, T> {
    /// Those of images.
    Images(&'a mut Images<T>),
    /// Those of a matrix.
    Matrix(&'a mut Packed<T>),
}

impl<'a, T> From<&'a mut Images<T>> for Numbers<'a, T> {
    fn from(images: &'a mut Images<T>) -> Self {
        Self::Images(images)
    }
}

impl<'a, T> From<&'a mut Packed<T>> for Numbers<'a, T> {
    fn from(matrix: &'a mut Packed<T>) -> Self {
        Self::Matrix(matrix)
    }
}

impl<T: Element> Numbers<'_, T> {
    /// How many times sixteen there are.
    fn sixteens(&self) -> usize {
        match self {
            Self::Images(images) => images.lines().len(),
            Self::Matrix(matrix) => {
                matrix.panels().map(<[_]>::len).sum::<usize>() * WIDTH / CHANNELS
            }
        }
    }
}

impl Dropout {
    /// A layer that drops numbers with this probability: p, in [0, 1).
    pub fn new(rate: f64) -> Self {
        assert!((0.0..1.0).contains(&rate), "a rate is in [0, 1)");
        let kept = Vec::new();
        Self { rate, kept }
    }

    /// Drops numbers by a new mask, drawn from the random words that `fill` fills slices with.
    /// Nothing is drawn at rate 0.
    pub fn forward<'a, T: Element>(
        &mut self,
        x: impl Into<Numbers<'a, T>>,
        mut fill: impl FnMut(&mut [u64]),
    ) {
        let x = x.into();
        if self.rate > 0.0 {
            self.kept.resize(x.sixteens(), 0);
            let mut words = [0; WORDS];
            for kept in self.kept.chunks_mut(WORDS / WORDS_OF_SIXTEEN) {
                let words = &mut words[..kept.len() * WORDS_OF_SIXTEEN];
                fill(words);
                draw(words, self.rate, kept);
            }
        }
        self.mask(x);
    }

    /// Drops the same numbers of a gradient or of a direction.
    pub fn mask<'a, T: Element>(&self, numbers: impl Into<Numbers<'a, T>>) {
        let numbers = numbers.into();
        if self.rate > 0.0 {
            assert_eq!(numbers.sixteens(), self.kept.len());
            T::run(Operation::Dropout(Mask {
                kept: &self.kept,
                scale: T::from_f64(1.0 / (1.0 - self.rate)),
                numbers,
            }));
        }
    }
}

/// Keeps the numbers whose half of a word is not among the lowest: so many of 2³² as the rate says.
fn draw(words: &[u64], rate: f64, kept: &mut [u16]) {
    let dropped = (rate * 2.0_f64.powi(32)).round() as u32;
    let sixteens = words.as_chunks::<WORDS_OF_SIXTEEN>().0;
    for (kept, words) in kept.iter_mut().zip(sixteens) {
        *kept = 0;
        for (i, &word) in words.iter().enumerate() {
            let [low, high] = [word as u32, (word >> 32) as u32];
            let pair = u16::from(low >= dropped) | u16::from(high >= dropped) << 1;
            *kept |= pair << (2 * i);
        }
    }
}

/// Operands of the operation of that name.
pub struct Mask<'a, T> {
    kept: &'a [u16],
    scale: T,
    numbers: Numbers<'a, T>,
}

impl<T: Element> WithSimd for Mask<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            kept,
            scale,
            numbers,
        } = self;
        let factors = factors(scale);
        let mut kept = kept.iter();
        match numbers {
            Numbers::Images(images) => {
                for (line, &kept) in images.lines_mut().iter_mut().zip(kept) {
                    mask(&mut line.0, kept, &factors);
                }
            }
            Numbers::Matrix(matrix) => {
                for row in matrix.panels_mut().flatten() {
                    let sixteens = row.0.as_chunks_mut::<CHANNELS>().0;
                    for (sixteen, &kept) in sixteens.iter_mut().zip(&mut kept) {
                        mask(sixteen, kept, &factors);
                    }
                }
            }
        }
    }
}

/// What numbers are multiplied with, for each byte of a mask.
type Factors<T> = [[T; 8]; 256];

/// The scale where a bit is set, 0 elsewhere: found faster than made for every byte.
fn factors<T: Element>(scale: T) -> Factors<T> {
    let mut factors = [[T::default(); 8]; 256];
    for (byte, factors) in factors.iter_mut().enumerate() {
        for (bit, factor) in factors.iter_mut().enumerate() {
            if byte >> bit & 1 == 1 {
                *factor = scale;
            }
        }
    }
    factors
}

/// Multiplies numbers by the factors of their bits.
#[inline(always)]
fn mask<T: Element>(numbers: &mut [T; CHANNELS], kept: u16, factors: &Factors<T>) {
    let halves = numbers.as_chunks_mut::<8>().0;
    for (numbers, byte) in halves.iter_mut().zip(kept.to_le_bytes()) {
        for (x, &factor) in numbers.iter_mut().zip(&factors[usize::from(byte)]) {
            *x = *x * factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::testing::{
        CHANNEL_COUNTS, assert_close, assert_filled_up, dot, noise, random, shape, single,
    };

    fn words(seed: u64) -> impl FnMut(&mut [u64]) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        move |words| rng.fill(words)
    }

    #[test]
    fn numbers_are_dropped_or_multiplied_and_the_mask_is_its_own_transpose() {
        for channels in CHANNEL_COUNTS {
            let [x, g, d] = [1, 2, 3].map(|seed| random(3, shape(channels, 5, 3), seed));
            let mut dropout = Dropout::new(0.25);
            let (mut y, mut below, mut direction) = (x.clone(), g.clone(), d.clone());
            dropout.forward(&mut y, words(1));
            dropout.mask(&mut below);
            dropout.mask(&mut direction);
            assert_filled_up(&y);
            for (y, x) in y.to_planes().iter().zip(x.to_planes()) {
                assert!(*y == 0.0 || (y - x / 0.75).abs() < 1e-12);
            }
            let zeros = |images: &Images<f64>| {
                images
                    .to_planes()
                    .iter()
                    .map(|&x| x == 0.0)
                    .collect::<Vec<_>>()
            };
            assert_eq!(zeros(&y), zeros(&below));
            let one = dot(&direction.to_planes(), &g.to_planes());
            assert!((one - dot(&d.to_planes(), &below.to_planes())).abs() < 1e-12);
        }
    }

    #[test]
    fn the_share_of_dropped_numbers_is_the_rate_on_matrices_too() {
        for rate in [0.1, 0.5, 0.9] {
            let (rows, columns) = (64, 1024);
            let mut x = Packed::of_rows(&vec![1.0_f32; rows * columns], columns);
            let mut dropout = Dropout::new(rate);
            dropout.forward(&mut x, words(2));
            let numbers = x.to_rows(rows);
            let count = numbers.len() as f64;
            let dropped = numbers.iter().filter(|&&x| x == 0.0).count() as f64 / count;
            let deviation = (rate * (1.0 - rate) / count).sqrt();
            assert!((dropped - rate).abs() < 4.0 * deviation);
            let mut g = Packed::of_rows(&vec![2.0_f32; rows * columns], columns);
            dropout.mask(&mut g);
            let both = g.to_rows(rows);
            assert!(both.iter().zip(&numbers).all(|(g, x)| *g == 2.0 * x));
        }
    }

    #[test]
    fn bits_are_drawn_one_by_one() {
        // Each bit is set about half of the time, and no two of them together more often.
        let mut dropout = Dropout::new(0.5);
        let mut x = random(64, shape(16, 8, 8), 1);
        dropout.forward(&mut x, words(3));
        let count = dropout.kept.len() as f64;
        let share = |bits: u16| {
            let set = dropout.kept.iter().filter(|&&kept| kept & bits == bits);
            set.count() as f64 / count
        };
        for l in 0..CHANNELS {
            assert!((share(1 << l) - 0.5).abs() < 0.05);
            assert!((share(1 << l | 1 << ((l + 1) % CHANNELS)) - 0.25).abs() < 0.05);
        }
    }

    #[test]
    fn rate_zero_is_the_identity_and_draws_nothing() {
        let x = random(2, shape(3, 4, 4), 1);
        let mut y = x.clone();
        let mut dropout = Dropout::new(0.0);
        dropout.forward(&mut y, |_| panic!("nothing is drawn"));
        dropout.mask(&mut y);
        assert_eq!(y, x);
    }

    #[test]
    fn both_precisions_drop_the_same_numbers() {
        let x = Images::of_planes(&noise(2 * 19 * 6, 1), shape(19, 2, 3));
        let (mut double, mut single) = (x.clone(), single(&x));
        Dropout::new(0.3).forward(&mut double, words(4));
        Dropout::new(0.3).forward(&mut single, words(4));
        let single: Vec<f64> = single.to_planes().iter().map(|&x| x.into()).collect();
        assert_close(&single, &double.to_planes(), 1e-6);
    }
}
