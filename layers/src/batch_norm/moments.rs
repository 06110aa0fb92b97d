//! Moments of a batch.

use std::error::Error;
use std::fmt;

use pulp::{Simd, WithSimd};

use crate::Element;
use crate::images::{Images, Line};
use crate::lanes::{Lanes, registers};
use crate::operation::Operation;
use crate::threads::{self, LINE};

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
        let pixels = x.samples() * x.shape().pixels();
        let blocks = threads::share(x.shape().blocks(), pixels * LINE);
        let mean = moments.mean.chunks_mut(blocks);
        let parts = mean.zip(moments.squares.chunks_mut(blocks));
        threads::run(
            (0..).step_by(blocks).zip(parts),
            |(first, (mean, squares))| {
                T::run(Operation::BatchNormMoments(Sums {
                    x,
                    first,
                    mean,
                    squares,
                }));
            },
        );
        moments.count = pixels as f64;
        moments
    }

    /// Adds the moments of the other part of a batch.
    ///
    /// # Reference
    ///
    /// T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for Computing the Sample Variance",
    /// The American Statistician 37(3), 1983.
    pub fn add(&mut self, other: &Self) {
        let both = self.mean.iter_mut().zip(&mut self.squares);
        let others = other.mean.iter().zip(&other.squares);
        for (both, others) in both.zip(others) {
            add(both, others, [self.count, other.count]);
        }
        self.count += other.count;
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

/// Adds mean and squares of so many more numbers to those of so many.
#[inline(always)]
fn add(
    (mean, squares): (&mut Line<f64>, &mut Line<f64>),
    (more_mean, more_squares): (&Line<f64>, &Line<f64>),
    [count, more]: [f64; 2],
) {
    let share = more / (count + more);
    let mean = mean.0.iter_mut().zip(&more_mean.0);
    let squares = squares.0.iter_mut().zip(&more_squares.0);
    for ((mean, more_mean), (squares, more_squares)) in mean.zip(squares) {
        let distance = more_mean - *mean;
        *mean += distance * share;
        *squares += more_squares + distance * distance * share * count;
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

/// Operands of the sums of moments of some blocks of channels.
pub struct Sums<'a, T> {
    x: &'a Images<T>,
    first: usize,
    mean: &'a mut [Line<f64>],
    squares: &'a mut [Line<f64>],
}

impl<T: Element> WithSimd for Sums<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            x,
            first,
            mean,
            squares,
        } = self;
        let pixels = x.shape().pixels();
        for (i, image) in x.images().enumerate() {
            let blocks = image[first * pixels..].chunks_exact(pixels);
            let both = mean.iter_mut().zip(&mut *squares);
            for (block, (mean, squares)) in blocks.zip(both) {
                let mut count = (i * pixels) as f64;
                for lines in block.chunks(PIXELS) {
                    let more = lines.len() as f64;
                    let share = Lanes::constant(simd, 1.0 / more);
                    let mut centers = Line::<T>::zero();
                    let (mut rests, mut distances) = (centers, centers);
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
                        sum.store(&mut distances.0, n);
                    }
                    // The mean is the center but for rounding, which the distances show.
                    let [mut means, rests, mut distances] =
                        [double(&centers), double(&rests), double(&distances)];
                    let moments = means.0.iter_mut().zip(&mut distances.0);
                    for ((mean, squares), rest) in moments.zip(rests.0) {
                        *mean += rest / more;
                        *squares -= rest * rest / more;
                        if *squares < 0.0 {
                            *squares = 0.0;
                        }
                    }
                    let to = (&mut *mean, &mut *squares);
                    add(to, (&means, &distances), [count, more]);
                    count += more;
                }
            }
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
