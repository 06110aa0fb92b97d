//! A power law fitted to the upper tail of a sample.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1};

/// Fewest values in a tail: with fewer, any sample looks like a power law.
pub(super) const SMALLEST_TAIL: usize = 10;

/// Values between two at which the distance is computed at first.
const STRIDE: usize = 8;

/// The tail of a sample whose density is proportional to x^−α from `x_min` on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PowerLaw {
    /// α.
    pub alpha: f64,
    /// Number of values from x_min on.
    pub tail: usize,
    /// Kolmogorov-Smirnov distance between tail and fit.
    pub distance: f64,
}

impl PowerLaw {
    /// The fit to values with the logarithms `logs`, in descending order.
    ///
    /// ```text
    /// α = 1 + n / Σ_i ln(x_i / x_min)      over the n values x_i ≥ x_min
    /// D = max_i max(|S(x_i) − (i − 1)/n|, |S(x_i) − i/n|),  S(x) = (x / x_min)^{1−α}
    /// ```
    ///
    /// x_min is the value that minimizes D among those with at least
    /// [`SMALLEST_TAIL`] values from it on. D takes both sides of the steps of the
    /// empirical distribution. `None` if there is no such value, or all are equal.
    ///
    /// # Reference
    /// Clauset, Shalizi, Newman 2009, arXiv 0706.1062, eqs. 3.1 and 3.9
    pub fn fit(logs: &[f64]) -> Option<Self> {
        let mut search = Search::new(logs, f64::INFINITY);
        for tail in tails(logs.len()) {
            search.visit(tail);
        }
        search.best
    }

    /// Whether the fit to values with the logarithms `logs` has a distance of at least
    /// `distance`; `None` if there is no fit. Faster than the fit: the first tail that is
    /// nearer decides.
    pub fn is_farther(logs: &[f64], distance: f64) -> Option<bool> {
        let mut search = Search::new(logs, distance);
        for tail in tails(logs.len()) {
            search.visit(tail);
            if search.best.is_some() {
                return Some(false);
            }
        }
        search.candidates.then_some(true)
    }

    /// A sample like the one that was fitted: each value is drawn from the fit
    /// with the probability of the tail, and else from the values below it.
    pub fn sample(&self, logs: &[f64], rng: &mut ChaCha8Rng) -> Vec<f64> {
        let (mut tail, mut body) = (Vec::new(), vec![0_u32; logs.len()]);
        for _ in logs {
            let drawn = rng.random_range(0..logs.len());
            if drawn < self.tail {
                let exponential: f64 = Exp1.sample(rng);
                tail.push(logs[self.tail - 1] + exponential / (self.alpha - 1.0));
            } else {
                body[drawn] += 1;
            }
        }
        tail.sort_unstable_by(|a, b| b.total_cmp(a));
        tail.extend(repeated(logs, &body));
        tail
    }
}

/// A sample with replacement, in descending order like `logs`.
pub(super) fn resample(logs: &[f64], rng: &mut ChaCha8Rng) -> Vec<f64> {
    let mut counts = vec![0_u32; logs.len()];
    for _ in logs {
        counts[rng.random_range(0..logs.len())] += 1;
    }
    repeated(logs, &counts).collect()
}

fn repeated<'a>(logs: &'a [f64], counts: &'a [u32]) -> impl Iterator<Item = f64> + 'a {
    let times = logs.iter().zip(counts);
    times.flat_map(|(&log, &count)| std::iter::repeat_n(log, count as usize))
}

/// The sizes of tails, each at least once. A good distance early rules most of the
/// others out at their first value, so a few from everywhere come first.
fn tails(count: usize) -> impl Iterator<Item = usize> {
    let some = (SMALLEST_TAIL..=count).step_by((count / 16).max(1));
    some.chain(SMALLEST_TAIL..=count)
}

struct Search<'a> {
    logs: &'a [f64],
    /// Of the first values, for each number of them.
    sums: Vec<f64>,
    best: Option<PowerLaw>,
    /// The distance that the next best must be below.
    limit: f64,
    /// Whether any tail could be fitted.
    candidates: bool,
    /// Where the last candidate that was ruled out was worst.
    worst: usize,
}

impl<'a> Search<'a> {
    fn new(logs: &'a [f64], limit: f64) -> Self {
        let running = |sum: &mut f64, log: &f64| {
            *sum += log;
            Some(*sum)
        };
        Self {
            logs,
            sums: logs.iter().scan(0.0, running).collect(),
            best: None,
            limit,
            candidates: false,
            worst: 0,
        }
    }

    /// Takes the tail of this many values if its distance is below the best.
    fn visit(&mut self, tail: usize) {
        let smallest = self.logs[tail - 1];
        // All of several equal values belong to the tail.
        if self.logs.get(tail) == Some(&smallest) {
            return;
        }
        let mean = self.sums[tail - 1] / tail as f64 - smallest;
        if mean.is_nan() || mean <= 1e-12 {
            return;
        }
        self.candidates = true;
        let limit = self.limit;
        let fit = Fit {
            logs: &self.logs[..tail],
            exponent: 1.0 / mean,
        };
        let suspect = self.worst.min(tail - 1);
        if fit.distance_at(suspect, fit.survival(suspect)) >= limit {
            return;
        }
        match fit.distance(limit) {
            Ok(distance) => {
                self.limit = distance;
                self.best = Some(PowerLaw {
                    alpha: 1.0 + fit.exponent,
                    tail,
                    distance,
                });
            }
            Err(worst) => self.worst = worst,
        }
    }
}

/// A tail and the exponent α − 1 of its survival function.
struct Fit<'a> {
    logs: &'a [f64],
    exponent: f64,
}

impl Fit<'_> {
    /// S(x_j), from 0 at the largest values to 1 at the smallest.
    fn survival(&self, j: usize) -> f64 {
        (-self.exponent * (self.logs[j] - self.logs[self.logs.len() - 1])).exp()
    }

    fn distance_at(&self, j: usize, survival: f64) -> f64 {
        let n = self.logs.len() as f64;
        let (above, from) = (j as f64 / n, (j + 1) as f64 / n);
        (survival - above).abs().max((survival - from).abs())
    }

    /// The Kolmogorov-Smirnov distance if it is below `limit`, else a value that
    /// shows that it is not.
    ///
    /// Both functions are monotone, so between two values the distance is bounded
    /// by what they are there: most values need not be looked at.
    fn distance(&self, limit: f64) -> Result<f64, usize> {
        let n = self.logs.len();
        let mut distance = 0.0_f64;
        let mut visit = |j: usize, survival: f64| {
            distance = distance.max(self.distance_at(j, survival));
            if distance >= limit {
                return Err(j);
            }
            Ok(distance)
        };
        let stops: Vec<(usize, f64)> = (0..n)
            .step_by(STRIDE)
            .chain((n % STRIDE != 1).then_some(n - 1))
            .map(|j| (j, self.survival(j)))
            .collect();
        for &(j, survival) in &stops {
            visit(j, survival)?;
        }
        for pair in stops.windows(2) {
            let [(from, low), (to, high)] = [pair[0], pair[1]];
            let (above, below) = ((from + 1) as f64 / n as f64, to as f64 / n as f64);
            let bound = (high - above).max(below - low);
            if bound > visit(from, low)? {
                for j in from + 1..to {
                    visit(j, self.survival(j))?;
                }
            }
        }
        Ok(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    /// The definition, without shortcuts.
    fn slow(logs: &[f64]) -> Option<PowerLaw> {
        let mut best: Option<PowerLaw> = None;
        for tail in SMALLEST_TAIL..=logs.len() {
            let smallest = logs[tail - 1];
            if logs.get(tail) == Some(&smallest) {
                continue;
            }
            let sum: f64 = logs[..tail].iter().map(|log| log - smallest).sum();
            let exponent = tail as f64 / sum;
            let mut distance = 0.0_f64;
            for (j, log) in logs[..tail].iter().enumerate() {
                let survival = (-exponent * (log - smallest)).exp();
                for step in [j, j + 1] {
                    distance = distance.max((survival - step as f64 / tail as f64).abs());
                }
            }
            if best.is_none_or(|best| distance < best.distance) {
                best = Some(PowerLaw {
                    alpha: 1.0 + exponent,
                    tail,
                    distance,
                });
            }
        }
        best
    }

    /// Power-law values above 1 with exponent alpha, below it uniform ones.
    fn sample(n: usize, alpha: f64, tail: f64, seed: u64) -> Vec<f64> {
        let mut rng = stream(seed, "power law");
        let mut draw = || {
            let u: f64 = rng.random();
            if rng.random::<f64>() < tail {
                -u.ln() / (alpha - 1.0)
            } else {
                u.ln()
            }
        };
        let mut logs: Vec<f64> = (0..n).map(|_| draw()).collect();
        logs.sort_unstable_by(|a, b| b.total_cmp(a));
        logs
    }

    #[test]
    fn the_search_finds_what_the_definition_says() {
        for seed in 0..40 {
            let n = 10 + 7 * seed as usize;
            let logs = sample(n, 2.0 + seed as f64 / 10.0, 0.4, seed);
            let resampled = resample(&logs, &mut stream(seed, "resample"));
            for logs in [logs, resampled] {
                let (fast, slow) = (PowerLaw::fit(&logs).unwrap(), slow(&logs).unwrap());
                assert_eq!(fast.tail, slow.tail, "{n}: {fast:?} {slow:?}");
                assert!((fast.alpha - slow.alpha).abs() < 1e-9);
                assert!((fast.distance - slow.distance).abs() < 1e-12);
                for (distance, farther) in [(0.999, true), (1.0, true), (1.001, false)] {
                    let found = PowerLaw::is_farther(&logs, distance * fast.distance);
                    assert_eq!(found, Some(farther), "{n}: {distance}");
                }
            }
        }
    }

    #[test]
    fn planted_exponents_are_recovered() {
        for (seed, alpha) in [(1, 1.8), (2, 2.5), (3, 4.0)] {
            let fit = PowerLaw::fit(&sample(4000, alpha, 0.5, seed)).unwrap();
            let deviation = (fit.alpha - alpha) / ((alpha - 1.0) / (fit.tail as f64).sqrt());
            assert!(deviation.abs() < 3.0, "{fit:?} for {alpha}");
            assert!((1200..2600).contains(&fit.tail), "{fit:?}");
        }
    }

    #[test]
    fn too_few_or_equal_values_have_no_fit() {
        assert_eq!(PowerLaw::fit(&[]), None);
        assert_eq!(PowerLaw::fit(&[3.0, 2.0, 1.0]), None);
        assert_eq!(PowerLaw::fit(&[2.0; 50]), None);
        assert_eq!(PowerLaw::is_farther(&[2.0; 50], 0.1), None);
    }

    #[test]
    fn samples_of_a_fit_have_its_size_and_order() {
        let logs = sample(300, 2.5, 0.5, 9);
        let fit = PowerLaw::fit(&logs).unwrap();
        let sample = fit.sample(&logs, &mut stream(1, "sample"));
        assert_eq!(sample.len(), 300);
        assert!(sample.is_sorted_by(|a, b| a >= b));
        let again = PowerLaw::fit(&sample).unwrap();
        assert!((again.alpha - fit.alpha).abs() < 1.0, "{fit:?} {again:?}");
    }
}
