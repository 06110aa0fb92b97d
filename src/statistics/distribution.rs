//! Quantiles and tail probabilities that hold to about 1e-12.
//!
//! statrs stops inverting the incomplete beta function early (its own tests of
//! t quantiles allow 0.1 %), so quantiles are found here by bisection on its
//! distribution functions, which are accurate.

use statrs::function::beta::beta_reg;
use statrs::function::erf::erfc;
use statrs::function::gamma::{gamma_ur, ln_gamma};

/// Subintervals of the quadrature over a standard deviation.
const STEPS: usize = 2000;

/// P(|T| ≥ |t|) for Student's t with `df` degrees of freedom.
pub(super) fn student_t_two_sided(t: f64, df: f64) -> f64 {
    if t.is_infinite() {
        return 0.0;
    }
    beta_reg(df / 2.0, 0.5, df / (df + t * t))
}

/// The t with P(|T| ≤ t) = `level`, for `df` > 0 degrees of freedom.
pub(super) fn student_t_critical(level: f64, df: f64) -> f64 {
    let tail = 1.0 - level;
    let mut high = 2.0;
    while student_t_two_sided(high, df) > tail {
        high *= 2.0;
    }
    bisect(0.0, high, |t| student_t_two_sided(t, df) > tail)
}

/// The z with P(|Z| ≤ z) = `level` for a standard normal Z.
pub(super) fn normal_critical(level: f64) -> f64 {
    let tail = 1.0 - level;
    bisect(0.0, 40.0, |z| normal_two_sided(z) > tail)
}

/// P(|Z| ≥ |z|) for a standard normal Z: Z² is χ² with one degree of freedom.
pub(super) fn normal_two_sided(z: f64) -> f64 {
    if z == 0.0 {
        1.0
    } else {
        gamma_ur(0.5, z * z / 2.0)
    }
}

/// [`normal_upper`] to 1e-10, fast: for quadratures.
pub(super) fn normal_upper_quick(z: f64) -> f64 {
    erfc(z / std::f64::consts::SQRT_2) / 2.0
}

/// P(Z ≥ z) for a standard normal Z.
pub(super) fn normal_upper(z: f64) -> f64 {
    let beyond = normal_two_sided(z) / 2.0;
    if z < 0.0 { 1.0 - beyond } else { beyond }
}

/// E f(u) for u = s/σ, where (n − 1)u² is χ² with `df` = n − 1 ≥ 2 degrees of
/// freedom, leaving out u > `largest`; Simpson's rule, error below 1e-8 where
/// 0 ≤ f ≤ 1 is smooth.
pub(super) fn mean_over_deviation(df: f64, largest: f64, f: impl Fn(f64) -> f64) -> f64 {
    // Outside 1 ± 10/√df lies less than 1e-20 of u.
    let low = (1.0 - 10.0 / df.sqrt()).max(0.0);
    let high = largest.min(1.0 + 10.0 / df.sqrt());
    if high <= low {
        return 0.0;
    }
    let scale = std::f64::consts::LN_2 + df / 2.0 * (df / 2.0).ln() - ln_gamma(df / 2.0);
    let integrand = |u: f64| {
        if u == 0.0 {
            return 0.0;
        }
        f(u) * (scale + (df - 1.0) * u.ln() - df * u * u / 2.0).exp()
    };
    let step = (high - low) / STEPS as f64;
    let simpson = |i: usize| {
        let weight = match i {
            0 | STEPS => 1.0,
            _ if i % 2 == 1 => 4.0,
            _ => 2.0,
        };
        weight * integrand(low + step * i as f64)
    };
    ((0..=STEPS).map(simpson).sum::<f64>() * step / 3.0).clamp(0.0, 1.0)
}

/// The smallest count from `fewest` on that is enough, where more stay enough.
pub(super) fn fewest_enough(fewest: usize, enough: impl Fn(usize) -> bool) -> usize {
    let mut high = fewest;
    while !enough(high) {
        high *= 2;
    }
    let mut low = if high == fewest { fewest } else { high / 2 + 1 };
    while low < high {
        let middle = low + (high - low) / 2;
        if enough(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    high
}

/// The point in [low, high] where a decreasing condition turns from true to
/// false, to the last bit.
pub(super) fn bisect(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    #[test]
    fn one_and_two_degrees_of_freedom_have_closed_forms() {
        for level in [0.6, 0.9, 0.95, 0.99] {
            let cauchy = (PI * level / 2.0).tan();
            assert!((student_t_critical(level, 1.0) / cauchy - 1.0).abs() < 1e-12);
            let two = level * (2.0 / (1.0 - level * level)).sqrt();
            assert!((student_t_critical(level, 2.0) / two - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_quick_tail_is_the_tail() {
        for i in -600..=600 {
            let z = f64::from(i) / 50.0;
            let error = normal_upper_quick(z) - normal_upper(z);
            assert!(error.abs() < 1e-10, "{z}: {error}");
        }
    }

    #[test]
    fn many_degrees_of_freedom_approach_the_normal() {
        let t = student_t_critical(0.95, 1e6);
        let z = normal_critical(0.95);
        // Cornish-Fisher: t ≈ z + (z³ + z)/(4 df)
        assert!((t - z - (z.powi(3) + z) / 4e6).abs() < 1e-9, "{t} {z}");
        assert!((z - 1.959_963_984_540_054).abs() < 1e-12, "{z}");
    }
}
