//! The nearest earlier points of every point, read off the kernel matrix.

use std::sync::Mutex;

use super::features::Points;
use super::function::Kernel;
use crate::linalg::{TILE, Triangle, next, parallel};

/// Rows compared together.
const LANES: usize = 16;

/// For every point the `count` earlier points of largest |k(x, y)| / √k(y, y)
/// that are not skipped, closest first. Skipped points have none.
pub(super) fn neighbours(
    matrix: &Triangle<'_>,
    kernel: &dyn Kernel,
    x: &Points<f32>,
    skip: &[bool],
    count: usize,
    threads: usize,
) -> Vec<Vec<u32>> {
    let n = x.len();
    let scale: Vec<f32> = x
        .squared_norms
        .iter()
        .zip(skip)
        .map(|(&xx, &skip)| {
            let size = kernel.diagonal(f64::from(xx)).sqrt();
            if skip || size == 0.0 {
                0.0
            } else {
                (1.0 / size) as f32
            }
        })
        .collect();
    let mut found: Vec<Vec<u32>> = vec![Vec::new(); n];
    let list = Mutex::new(found.chunks_mut(TILE).enumerate().rev());
    parallel(threads, |_| {
        let mut buffer = Vec::new();
        while let Some((i, found)) = next(&list) {
            let mut best: Vec<Vec<(f32, u32)>> = vec![Vec::with_capacity(count + 1); found.len()];
            // The value to beat; skipped rows are never beaten.
            let mut least = vec![f32::INFINITY; TILE];
            for (r, least) in least.iter_mut().enumerate().take(found.len()) {
                *least = if skip[i * TILE + r] {
                    f32::INFINITY
                } else {
                    0.0
                };
            }
            for j in 0..=i {
                let tile = matrix.tile(i * (i + 1) / 2 + j, &mut buffer);
                for (c, column) in tile.chunks(TILE).enumerate() {
                    let y = j * TILE + c;
                    let Some(&scale) = scale.get(y) else { break };
                    if scale == 0.0 {
                        continue;
                    }
                    let first = if i == j { c + 1 } else { 0 };
                    for chunk in first / LANES..TILE / LANES {
                        let rows = chunk * LANES..(chunk + 1) * LANES;
                        let pairs = column[rows.clone()].iter().zip(&least[rows.clone()]);
                        // No early exit: this vectorizes.
                        let beaten = pairs.fold(false, |any, (v, l)| any | (v.abs() * scale > *l));
                        if !beaten {
                            continue;
                        }
                        for r in rows {
                            let value = column[r].abs() * scale;
                            if r >= first && value > least[r] {
                                insert(&mut best[r], count, value, y as u32, &mut least[r]);
                            }
                        }
                    }
                }
            }
            for (found, best) in found.iter_mut().zip(best) {
                *found = best.into_iter().map(|(_, y)| y).collect();
            }
        }
    });
    found
}

/// Puts a candidate into a list that is sorted from large to small.
fn insert(best: &mut Vec<(f32, u32)>, count: usize, value: f32, y: u32, least: &mut f32) {
    let at = best.partition_point(|&(other, _)| other >= value);
    best.insert(at, (value, y));
    best.truncate(count);
    if best.len() == count {
        *least = best[count - 1].0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::gram::entries;
    use super::super::{Features, Gaussian};
    use super::*;
    use rand::RngExt;

    #[test]
    fn neighbours_are_the_nearest_earlier_points() {
        let (n, d) = (TILE + 40, 3);
        let mut rng = crate::random::stream(4, "triangle");
        let values = (0..n * d).map(|_| rng.random_range(0.0..1.0)).collect();
        let features = Features::new(values, d).unwrap();
        let kernel = Gaussian::new(0.3).unwrap();
        let x = Points::<f32>::new(&features, &kernel);
        let skip: Vec<bool> = (0..n).map(|i| i % 7 == 3).collect();
        let stored = Triangle::stored(n, 2, entries(&kernel, &x, 0.0));
        let streamed = Triangle::streamed(n, entries(&kernel, &x, 0.0));
        let found = neighbours(&stored, &kernel, &x, &skip, 4, 2);
        assert_eq!(found, neighbours(&streamed, &kernel, &x, &skip, 4, 1));
        for i in 0..n {
            let distance = |j: usize| -> f32 {
                let pairs = features.row(i).iter().zip(features.row(j));
                pairs.map(|(a, b)| (a - b) * (a - b)).sum()
            };
            let mut earlier: Vec<usize> = (0..i).filter(|&j| !skip[j]).collect();
            earlier.sort_by(|&a, &b| distance(a).total_cmp(&distance(b)));
            let expected: Vec<f32> = earlier.iter().take(4).map(|&j| distance(j)).collect();
            let chosen: Vec<f32> = found[i].iter().map(|&j| distance(j as usize)).collect();
            assert_eq!(chosen.len(), if skip[i] { 0 } else { expected.len() });
            for (a, b) in chosen.iter().zip(&expected) {
                assert!((a - b).abs() < 1e-4, "{i}: {a} {b}");
            }
        }
    }
}
