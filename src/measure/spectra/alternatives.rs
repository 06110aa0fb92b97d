//! Whether another tail fits better than a power law.

use statrs::function::erf::erfc;

use crate::linalg::squared_norm;

/// Vuong's likelihood ratio test between a power-law tail and another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Comparison {
    /// Positive where the power law is more likely; standard normal if neither is
    /// closer to the truth.
    pub ratio: f64,
    /// Two-sided p-value: how often the ratio would be as far from 0 if neither
    /// were closer.
    pub p: f64,
}

/// Against an exponential tail and against a log-normal tail, both fitted by
/// maximum likelihood to the same values.
///
/// `y` holds ln(x / x_min) of the tail, and `exponent` is α − 1.
///
/// ```text
/// R = Σ_i d_i / (√n s),   d_i = ln f_power(x_i) − ln f_other(x_i),   s² = mean (d_i − d̄)²
/// p = erfc(|R| / √2)
/// ```
///
/// The power law is the limit of log-normal tails. Where no log-normal tail is
/// more likely than that limit, the ratio is 0 and p is 1.
///
/// # Reference
/// Vuong 1989, Econometrica 57(2); Clauset, Shalizi, Newman 2009,
/// arXiv 0706.1062, appendix C
pub(super) fn alternatives(y: &[f64], exponent: f64) -> [Comparison; 2] {
    let power: Vec<f64> = y
        .iter()
        .map(|y| exponent.ln() - (exponent + 1.0) * y)
        .collect();
    let no_difference = Comparison { ratio: 0.0, p: 1.0 };
    let against = |other: Option<Vec<f64>>| other.map_or(no_difference, |o| vuong(&power, &o));
    [against(Some(exponential(y))), against(log_normal(y))]
}

fn vuong(first: &[f64], second: &[f64]) -> Comparison {
    let n = first.len() as f64;
    let difference: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    let mean = difference.iter().sum::<f64>() / n;
    let variance = difference.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / n;
    let ratio = mean * (n / variance).sqrt();
    Comparison {
        ratio,
        p: erfc(ratio.abs() / std::f64::consts::SQRT_2),
    }
}

/// Log-densities of x / x_min = e^y under the exponential tail of the same mean.
fn exponential(y: &[f64]) -> Vec<f64> {
    let excess = y.iter().map(|y| y.exp_m1());
    let rate = y.len() as f64 / excess.clone().sum::<f64>();
    excess.map(|e| rate.ln() - rate * e).collect()
}

/// Log-densities of e^y where y is normal given y ≥ 0, with the most likely μ and s.
///
/// With h = −μ/s and e(h) = φ(h)/Q(h) − h, the moments of such a y are
///
/// ```text
/// E y = s e,   E y² = s² (1 − h e)
/// ```
///
/// so that h solves (1 − h e)/e² = mean(y²)/mean(y)². The left side grows from 1 at
/// h = −∞ to 2 at h = ∞, where y is exponential and e^y follows a power law.
fn log_normal(y: &[f64]) -> Option<Vec<f64>> {
    let n = y.len() as f64;
    let mean = y.iter().sum::<f64>() / n;
    let ratio = squared_norm(y) / n / (mean * mean);
    let moments = |h: f64| {
        let e = mills_excess(h);
        (1.0 - h * e) / (e * e)
    };
    let (mut low, mut high) = (-30.0, 50.0);
    if ratio >= moments(high) {
        return None;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if moments(middle) < ratio {
            low = middle;
        } else {
            high = middle;
        }
    }
    let h = 0.5 * (low + high);
    let excess = mills_excess(h);
    let s = mean / excess;
    // ln Q(h) + h²/2 + ln √(2π) is minus the logarithm of φ/Q.
    let constant = (excess + h).ln() - s.ln();
    let density = |y: &f64| {
        let z = y / s;
        constant - 0.5 * z * z - h * z - y
    };
    Some(y.iter().map(density).collect())
}

/// φ(h)/Q(h) − h of the standard normal: density over upper tail, less h.
fn mills_excess(h: f64) -> f64 {
    if h < 2.0 {
        let density = (-0.5 * h * h).exp() / (2.0 * std::f64::consts::PI).sqrt();
        return density / (0.5 * erfc(h / std::f64::consts::SQRT_2)) - h;
    }
    // Laplace's continued fraction, which does not cancel: 1/(h + 2/(h + 3/(h + …))).
    let tail = (2..200).rev().fold(h, |value, k| h + f64::from(k) / value);
    1.0 / tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;
    use rand_distr::{Distribution, Exp1, StandardNormal};

    #[test]
    fn the_mills_ratio_agrees_with_its_known_values() {
        // φ(0)/Q(0) = √(2/π); Q(1) and Q(3) from tables.
        assert!((mills_excess(0.0) - (2.0 / std::f64::consts::PI).sqrt()).abs() < 1e-12);
        assert!(
            (mills_excess(1.0) - (0.241_970_724_519_143_4 / 0.158_655_253_931_457_05 - 1.0)).abs()
                < 1e-9
        );
        assert!(
            (mills_excess(3.0) - (0.004_431_848_411_938_008 / 0.001_349_898_031_630_094_6 - 3.0))
                .abs()
                < 1e-9
        );
        let (below, above) = (mills_excess(2.0 - 1e-9), mills_excess(2.0));
        assert!((below - above).abs() < 1e-8, "{below} {above}");
    }

    #[test]
    fn a_log_normal_tail_is_told_from_a_power_law() {
        let mut rng = stream(1, "log-normal");
        // y = |N(0, 1)|: normal given y ≥ 0 with μ = 0 and s = 1.
        let y: Vec<f64> = (0..5000)
            .map(|_| {
                let z: f64 = StandardNormal.sample(&mut rng);
                z.abs()
            })
            .collect();
        let mean = y.iter().sum::<f64>() / 5000.0;
        let [exponential, log_normal] = alternatives(&y, 1.0 / mean);
        assert!(
            log_normal.ratio < -5.0 && log_normal.p < 1e-6,
            "{log_normal:?}"
        );
        assert!(exponential.p.is_finite());
        let found = super::log_normal(&y).unwrap();
        let truth = |y: &f64| (2.0 / std::f64::consts::PI).sqrt().ln() - 0.5 * y * y - y;
        let (found, true_one): (f64, f64) = (found.iter().sum(), y.iter().map(truth).sum());
        // Twice the gain of two fitted parameters is χ² with 2 degrees of freedom.
        assert!(
            (0.0..10.0).contains(&(found - true_one)),
            "{found} {true_one}"
        );
    }

    #[test]
    fn a_power_law_is_told_from_an_exponential_tail() {
        let mut rng = stream(2, "power law");
        let y: Vec<f64> = (0..2000)
            .map(|_| {
                let e: f64 = Exp1.sample(&mut rng);
                e / 1.5
            })
            .collect();
        let mean = y.iter().sum::<f64>() / 2000.0;
        let [exponential, log_normal] = alternatives(&y, 1.0 / mean);
        assert!(
            exponential.ratio > 3.0 && exponential.p < 0.01,
            "{exponential:?}"
        );
        assert!(
            log_normal.ratio <= 1e-9 && log_normal.p > 0.01,
            "{log_normal:?}"
        );
    }
}
