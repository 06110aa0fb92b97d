//! The memory that a plan takes, and the memory there is.

use std::fs;

use super::features::Points;
use super::pivoted::TOGETHER;
use super::plan::{Options, Precision, Size, Solver};
use super::preconditioner::Preconditioner;
use crate::linalg::{BLOCK, GROUPS, TILE, Triangle};

/// Bytes of a solver at its peak, the caller's own data not counted.
pub(super) fn bytes(
    solver: Solver,
    precision: Precision,
    size: Size,
    rank: usize,
    options: &Options,
) -> u64 {
    let Size {
        n,
        dimension,
        classes,
    } = size;
    let (wide, narrow) = (size_of::<f64>() as u64, size_of::<f32>() as u64);
    let vector = (n * classes) as u64 * wide;
    // The residual is measured in f64 whatever the solver.
    let partial = GROUPS as u64 * (vector + n as u64 * wide);
    let verify = Points::<f64>::bytes(n, dimension) + 2 * vector + partial;
    let element = if precision == Precision::F64 {
        wide
    } else {
        narrow
    };
    let solve = match solver {
        Solver::Pivoted => return pivoted_bytes(size, n),
        Solver::Cholesky | Solver::RefinedCholesky => {
            // Only the lower triangle of the buffer is ever touched, by pages of
            // the system; blocks on the diagonal are written whole.
            let copy = if solver == Solver::RefinedCholesky {
                narrow
            } else {
                0
            };
            let touched = (n as u64 * (n as u64 + 1) / 2 + (n * BLOCK) as u64) * (element + copy);
            // The right factors of the last panel, and later columns of the inverse.
            let panel = (n * BLOCK) as u64 * element;
            touched + panel + 4 * vector
        }
        _ => {
            let stored = if solver == Solver::ConjugateGradients {
                Triangle::bytes(n)
            } else {
                0
            };
            let buffers = (options.threads * TILE * TILE) as u64 * narrow;
            stored
                + buffers
                + Points::<f32>::bytes(n, dimension)
                + Preconditioner::bytes(n, rank)
                + Triangle::product_bytes(n, classes)
                + 6 * vector
        }
    };
    let converted = if precision == Precision::F64 {
        0
    } else {
        Points::<f32>::bytes(n, dimension)
    };
    // Refinement verifies while the factor is still there; the iteration has
    // given its matrix back by then.
    match solver {
        Solver::Cholesky | Solver::RefinedCholesky => solve + verify + converted,
        _ => solve.max(verify + converted),
    }
}

/// Bytes of a factor with pivots of this rank, of the kernel matrix, with what is
/// solved and verified: L, its triangle on the pivots, the columns at hand.
pub(super) fn pivoted_bytes(size: Size, rank: usize) -> u64 {
    let Size {
        n,
        dimension,
        classes,
    } = size;
    let wide = size_of::<f64>() as u64;
    let vector = (n * classes) as u64 * wide;
    let factor = ((n + rank) * rank + 2 * n * TOGETHER) as u64 * wide;
    let verify = (GROUPS as u64 + 4) * (vector + n as u64 * wide);
    factor.max(verify) + Points::<f64>::bytes(n, dimension) + 4 * vector
}

/// The largest rank of a factor with pivots within a limit.
pub(super) fn largest_rank(size: Size, limit: u64) -> usize {
    let (mut fits, mut over) = (0, size.n + 1);
    while over - fits > 1 {
        let middle = fits + (over - fits) / 2;
        if pivoted_bytes(size, middle) <= limit {
            fits = middle;
        } else {
            over = middle;
        }
    }
    fits
}

/// Bytes of a factor with pivots of the features: the decomposition, its triangle,
/// and L.
pub(super) fn feature_factor_bytes(size: Size) -> u64 {
    let Size {
        n,
        dimension,
        classes,
    } = size;
    let rank = n.min(dimension);
    let numbers = 2 * n * dimension + (2 * n + rank) * rank + 6 * n * classes;
    (numbers * size_of::<f64>()) as u64 + Points::<f64>::bytes(n, dimension)
}

/// 80 % of the memory the system says is available; 4 GB if it does not say.
pub fn default_memory_limit() -> u64 {
    let available = bytes_told("/proc/meminfo", "MemAvailable:");
    available.map_or(4_000_000_000, |bytes| bytes / 5 * 4)
}

/// Bytes of the largest resident size of the process so far, where the system tells.
pub fn peak_memory() -> Option<u64> {
    bytes_told("/proc/self/status", "VmHWM:")
}

fn bytes_told(file: &str, line: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    bytes_in(&text, line)
}

fn bytes_in(text: &str, start: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with(start))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn available_memory_is_read() {
        let text = "MemTotal: 100 kB\nMemAvailable:      50 kB\n";
        assert_eq!(bytes_in(text, "MemAvailable:"), Some(51_200));
        assert_eq!(bytes_in("nothing", "MemAvailable:"), None);
    }
}
