//! Quantiles and tail probabilities that hold to about 1e-12.
//!
//! statrs stops inverting the incomplete beta function early (its own tests of
//! t quantiles allow 0.1 %), so quantiles are found here by bisection on its
//! distribution functions, which are accurate.

use statrs::function::beta::beta_reg;
use statrs::function::gamma::gamma_ur;

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

/// P(Z ≥ z) for a standard normal Z.
pub(super) fn normal_upper(z: f64) -> f64 {
    let beyond = normal_two_sided(z) / 2.0;
    if z < 0.0 { 1.0 - beyond } else { beyond }
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
    fn many_degrees_of_freedom_approach_the_normal() {
        let t = student_t_critical(0.95, 1e6);
        let z = normal_critical(0.95);
        // Cornish-Fisher: t ≈ z + (z³ + z)/(4 df)
        assert!((t - z - (z.powi(3) + z) / 4e6).abs() < 1e-9, "{t} {z}");
        assert!((z - 1.959_963_984_540_054).abs() < 1e-12, "{z}");
    }
}
