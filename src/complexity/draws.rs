//! Random signs and normal weights, the same for every class.

use std::ops::Range;

use faer::Mat;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::error::{ComplexityError, points};
use crate::random::stream;

/// The most vectors that can be drawn: their suprema fill 80 MB, and the standard error
/// of the mean is 1/3000 of the spread.
pub const MOST_DRAWS: usize = 10_000_000;

/// The largest number of points whose sign vectors are enumerated.
pub const LARGEST_ENUMERATION: usize = 16;

/// Distribution of the weights of the points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// +1 or -1 with probability 1/2 each: Rademacher complexity.
    Rademacher,
    /// Standard normal: Gaussian complexity.
    Gaussian,
}

impl Weights {
    /// The largest c with E|Σ aᵢ wᵢ| ≥ c |a|₂ for all a: 1/√2 (Szarek 1976) for
    /// signs, √(2/π) for normal weights.
    pub(super) fn khintchine(self) -> f64 {
        match self {
            Self::Rademacher => std::f64::consts::FRAC_1_SQRT_2,
            Self::Gaussian => std::f64::consts::FRAC_2_PI.sqrt(),
        }
    }
}

/// Vectors of n weights: which ones is known, they are made when needed.
///
/// Vector k has its own stream of the seed. So vectors do not depend on how many
/// there are nor on threads, their first weights do not depend on n, and every class and
/// kernel sees the same ones: differences between classes are not blurred by the draw.
/// Normal weights are sizes times the signs of the same vector, so that ratios of both
/// complexities are sharp, too.
///
/// ```
/// use rethink::complexity::Draws;
/// assert_eq!(Draws::signs(100, 1000, 1)?.count(), 1000);
/// assert_eq!(Draws::all_signs(10)?.count(), 1024);
/// assert!(Draws::all_signs(17).is_err());
/// # Ok::<(), rethink::complexity::ComplexityError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draws {
    points: usize,
    count: usize,
    source: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Signs { seed: u64 },
    Normals { seed: u64 },
    AllSigns,
}

impl Draws {
    /// `count` independent vectors of n random signs.
    ///
    /// # Errors
    ///
    /// Fewer than 2 points, no draws, or more than [`MOST_DRAWS`].
    pub fn signs(n: usize, count: usize, seed: u64) -> Result<Self, ComplexityError> {
        Self::new(n, count, Source::Signs { seed })
    }

    /// `count` independent vectors of n standard normal weights.
    ///
    /// # Errors
    ///
    /// Fewer than 2 points, no draws, or more than [`MOST_DRAWS`].
    pub fn normals(n: usize, count: usize, seed: u64) -> Result<Self, ComplexityError> {
        Self::new(n, count, Source::Normals { seed })
    }

    /// All 2ⁿ sign vectors: their average is the complexity itself.
    ///
    /// # Errors
    ///
    /// Fewer than 2 points, or more than [`LARGEST_ENUMERATION`].
    pub fn all_signs(n: usize) -> Result<Self, ComplexityError> {
        if n > LARGEST_ENUMERATION {
            return Err(ComplexityError::TooManySigns {
                given: n,
                limit: LARGEST_ENUMERATION,
            });
        }
        Self::new(n, 1 << n, Source::AllSigns)
    }

    fn new(n: usize, count: usize, source: Source) -> Result<Self, ComplexityError> {
        if count == 0 {
            return Err(ComplexityError::NoDraws);
        }
        if count > MOST_DRAWS {
            return Err(ComplexityError::TooManyDraws {
                given: count,
                limit: MOST_DRAWS,
            });
        }
        Ok(Self {
            points: points(n)?,
            count,
            source,
        })
    }

    /// Weights per vector.
    pub fn points(&self) -> usize {
        self.points
    }

    /// Number of vectors.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Their distribution.
    pub fn weights(&self) -> Weights {
        match self.source {
            Source::Signs { .. } | Source::AllSigns => Weights::Rademacher,
            Source::Normals { .. } => Weights::Gaussian,
        }
    }

    /// Whether these are all vectors there are.
    pub fn is_exhaustive(&self) -> bool {
        self.source == Source::AllSigns
    }

    /// The vectors with these numbers, in the columns of a matrix of shape (n, vectors).
    pub fn block(&self, vectors: Range<usize>) -> Mat<f64> {
        let mut block = Mat::zeros(self.points, vectors.len());
        let seed = match self.source {
            Source::AllSigns => {
                for (k, column) in vectors.zip(block.col_iter_mut()) {
                    for (i, weight) in column.iter_mut().enumerate() {
                        *weight = sign((k >> i) as u64);
                    }
                }
                return block;
            }
            Source::Signs { seed } | Source::Normals { seed } => seed,
        };
        let signs = stream(seed, "rademacher signs");
        let sizes = stream(seed, "gaussian sizes");
        for (j, k) in vectors.enumerate() {
            let column = block.col_as_slice_mut(j);
            let mut signs = signs.clone();
            signs.set_stream(k as u64);
            let mut bits = 0;
            for (i, weight) in column.iter_mut().enumerate() {
                if i % 64 == 0 {
                    bits = signs.next_u64();
                }
                *weight = sign(bits >> (i % 64));
            }
            if let Source::Normals { .. } = self.source {
                let mut sizes = sizes.clone();
                sizes.set_stream(k as u64);
                for weight in column.iter_mut() {
                    let normal: f64 = StandardNormal.sample(&mut sizes);
                    *weight *= normal.abs();
                }
            }
        }
        block
    }
}

/// The sign that the lowest bit stands for.
fn sign(bits: u64) -> f64 {
    1.0 - 2.0 * (bits & 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_depends_neither_on_its_block_nor_on_n_nor_on_the_count() {
        let whole = Draws::signs(200, 9, 3).unwrap().block(0..9);
        let part = Draws::signs(70, 5, 3).unwrap().block(2..5);
        for k in 2..5 {
            for i in 0..70 {
                assert_eq!(part[(i, k - 2)], whole[(i, k)]);
            }
        }
        assert_ne!(whole, Draws::signs(200, 9, 4).unwrap().block(0..9));
        assert!(whole.col(0) != whole.col(1));
    }

    #[test]
    fn signs_are_signs_and_normals_share_them() {
        let signs = Draws::signs(1000, 50, 1).unwrap().block(0..50);
        let normals = Draws::normals(1000, 50, 1).unwrap().block(0..50);
        let (mut sum, mut square) = (0.0, 0.0);
        for k in 0..50 {
            for i in 0..1000 {
                assert_eq!(signs[(i, k)].abs(), 1.0);
                assert_eq!(normals[(i, k)].signum(), signs[(i, k)]);
                sum += signs[(i, k)];
                square += normals[(i, k)].powi(2);
            }
        }
        // 50,000 weights: five standard errors.
        assert!(sum.abs() < 5.0 * 50_000_f64.sqrt(), "{sum}");
        assert!(
            (square - 50_000.0).abs() < 5.0 * 100_000_f64.sqrt(),
            "{square}"
        );
    }

    #[test]
    fn every_sign_vector_is_enumerated_once() {
        let all = Draws::all_signs(5).unwrap();
        let block = all.block(0..all.count());
        let code = |k: usize| (0..5).fold(0, |code, i| 2 * code + usize::from(block[(i, k)] < 0.0));
        let mut codes: Vec<usize> = (0..32).map(code).collect();
        codes.sort_unstable();
        assert!(codes.into_iter().eq(0..32));
    }

    #[test]
    fn too_little_or_too_much_is_named() {
        let error = |draws: Result<Draws, ComplexityError>| draws.unwrap_err().to_string();
        assert!(error(Draws::signs(1, 5, 0)).contains("got 1"));
        assert!(error(Draws::normals(0, 5, 0)).contains("got 0"));
        assert!(error(Draws::signs(5, 0, 0)).contains("0 draws"));
        assert!(error(Draws::all_signs(17)).contains("2^17"));
        assert!(error(Draws::signs(5, MOST_DRAWS + 1, 0)).contains("at most 10000000"));
    }
}
