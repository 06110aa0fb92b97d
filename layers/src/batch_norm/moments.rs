//! Moments of a batch.

use std::error::Error;
use std::fmt;

use pulp::{Simd, WithSimd};

use crate::Element;
use crate::images::{Images, Line};
use crate::lanes::{Lanes, registers};
use crate::operation::Operation;

/// ε.
const EPSILON: f64 = 1e-5;

/// Pixels whose numbers are summed in the precision of the images, and read twice from the
/// first-level cache; sums of more of them are double precision.
pub const PIXELS: usize = 256;

/// Mean and spread of every channel over samples and pixels.
#[derive(Debug, Clone)]
pub struct Moments {
    pub(super) count: f64,
    pub(super) mean: Vec<Line<f64>>,
    /// Σ (x − mean)².
    pub(super) squares: Vec<Line<f64>>,
}

impl Moments {
    /// The moments of a batch.
    pub fn of<T: Element>(x: &Images<T>) -> Self {
        let zero = vec![Line::zero(); x.shape().blocks()];
        let mut moments = Self {
            count: 0.0,
            mean: zero.clone(),
            squares: zero,
        };
        let to = &mut moments;
        T::run(Operation::BatchNormMoments(Sums { x, to }));
        moments
    }

    /// Adds the moments of the other part of a batch.
    ///
    /// # Reference
    ///
    /// T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for Computing the Sample Variance",
    /// The American Statistician 37(3), 1983.
    pub fn add(&mut self, other: &Self) {
        let both = other.mean.iter().zip(&other.squares);
        for (block, (mean, squares)) in both.enumerate() {
            self.add_to_block(block, [self.count, other.count], mean, squares);
        }
        self.count += other.count;
    }

    /// Adds the moments of so many more numbers to those of so many, in one block.
    #[inline(always)]
    fn add_to_block(
        &mut self,
        block: usize,
        [count, more]: [f64; 2],
        more_mean: &Line<f64>,
        more_squares: &Line<f64>,
    ) {
        let share = more / (count + more);
        let mean = self.mean[block].0.iter_mut().zip(&more_mean.0);
        let squares = self.squares[block].0.iter_mut().zip(&more_squares.0);
        for ((mean, more_mean), (squares, more_squares)) in mean.zip(squares) {
            let distance = more_mean - *mean;
            *mean += distance * share;
            *squares += more_squares + distance * distance * share * count;
        }
    }

    /// What the batch is normalized by in training.
    pub fn normalizer<T: Element>(&self) -> Result<Normalizer<T>, SingleNumber> {
        if self.count < 2.0 {
            return Err(SingleNumber);
        }
        let mut variance = self.squares.clone();
        for squares in variance.as_mut_slice() {
            squares.0 = squares.0.map(|sum| sum / self.count);
        }
        Ok(Normalizer::new(&self.mean, &variance))
    }
}

/// A batch of one number for every channel, which has no variance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SingleNumber;

impl fmt::Display for SingleNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "batch normalization in training needs more than one number for every channel, but \
             the batch is one sample of one pixel",
        )
    }
}

impl Error for SingleNumber {}

/// μ and 1/√(σ² + ε) of every channel.
#[derive(Debug, Clone)]
pub struct Normalizer<T> {
    pub(super) mean: Vec<Line<T>>,
    pub(super) inverse: Vec<Line<T>>,
}

impl<T: Element> Normalizer<T> {
    pub(super) fn new<U: Element>(mean: &[Line<U>], variance: &[Line<U>]) -> Self {
        let to = |line: &Line<U>| Line(line.0.map(|x| T::from_f64(x.to_f64())));
        let inverse = |line: &Line<U>| {
            let inverse = |variance: U| T::from_f64(1.0 / (variance.to_f64() + EPSILON).sqrt());
            Line(line.0.map(inverse))
        };
        Self {
            mean: mean.iter().map(to).collect(),
            inverse: variance.iter().map(inverse).collect(),
        }
    }
}

/// Operands of the sums of moments.
pub struct Sums<'a, T> {
    x: &'a Images<T>,
    to: &'a mut Moments,
}

impl<T: Element> WithSimd for Sums<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, to } = self;
        let pixels = x.shape().pixels();
        for image in x.images() {
            for (b, block) in image.chunks_exact(pixels).enumerate() {
                let mut count = to.count;
                for lines in block.chunks(PIXELS) {
                    let more = lines.len() as f64;
                    let share = Lanes::constant(simd, 1.0 / more);
                    let mut centers = Line::<T>::zero();
                    let (mut rests, mut squares) = (centers, centers);
                    for n in registers::<T, S>() {
                        let zero = Lanes::splat(simd, T::default());
                        let mut sum = zero;
                        for x in lines {
                            sum = sum + Lanes::of(simd, &x.0, n);
                        }
                        let center = sum * share;
                        let (mut rest, mut sum) = (zero, zero);
                        for x in lines {
                            let distance = Lanes::of(simd, &x.0, n) - center;
                            rest = rest + distance;
                            sum = sum + distance * distance;
                        }
                        center.store(&mut centers.0, n);
                        rest.store(&mut rests.0, n);
                        sum.store(&mut squares.0, n);
                    }
                    // The mean is the center but for rounding, which the distances show.
                    let [mut means, rests, mut squares] =
                        [double(&centers), double(&rests), double(&squares)];
                    let moments = means.0.iter_mut().zip(&mut squares.0);
                    for ((mean, squares), rest) in moments.zip(rests.0) {
                        *mean += rest / more;
                        *squares -= rest * rest / more;
                        if *squares < 0.0 {
                            *squares = 0.0;
                        }
                    }
                    to.add_to_block(b, [count, more], &means, &squares);
                    count += more;
                }
            }
            to.count += pixels as f64;
        }
    }
}

/// A line in double precision.
#[inline(always)]
pub fn double<T: Element>(line: &Line<T>) -> Line<f64> {
    let mut to = Line::zero();
    for (to, &x) in to.0.iter_mut().zip(&line.0) {
        *to = x.to_f64();
    }
    to
}
