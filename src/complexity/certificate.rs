//! Intervals around a mean supremum that hold for any number of draws.

use super::class::FunctionClass;
use super::draws::Weights;
use crate::linalg::squared_norm;
use crate::statistics::{Interval, Kind};

/// An interval around the mean of N suprema: except with probability δ, the expected
/// supremum lies in it.
///
/// ```text
/// McDiarmid 1989, signs          ε = √(2 Σᵢ rᵢ² ln(2/δ) / N) / n
/// Samson 2000, signs             ε = ρ √(8 ln(2/δ) / N) / n
/// Tsirelson et al. 1976, normal  ε = ρ √(2 ln(2/δ) / N) / n
/// Maurer, Pontil 2009, signs     ε = √(2 V ln(4/δ) / N) + 7 b ln(4/δ) / (3 (N - 1))
/// ```
///
/// A changed sign moves the supremum by at most 2 rᵢ/n, rᵢ = sup |f(xᵢ)|. It is a convex
/// function of the weights, Lipschitz with constant ρ/n, ρ = sup |f|₂: for weights in an
/// interval of length 2 Samson's exp(-t²/2L²), for length 1, becomes exp(-t²/8L²) (his
/// constant recalled; the upper tail is Theorem 6.10 of Boucheron, Lugosi, Massart 2013).
/// The third is for any Lipschitz function of normal weights (Theorem 5.6 there). The
/// last is Theorem 4 of its paper on both sides, V the variance of the suprema,
/// b = min(Σᵢ rᵢ/n, ρ/√n) the largest there can be; of suprema that are only attained
/// values, it is the one that holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Certificate {
    /// The inequality.
    pub name: &'static str,
    /// The expected supremum is this near to the mean, or nearer, ...
    pub half_width: f64,
    /// ... except with at most this probability.
    pub delta: f64,
    /// Whether the half-width is known before the draws. Of those that are, the
    /// narrowest may be chosen; to choose one that the draws determine costs another δ.
    pub fixed: bool,
}

impl Certificate {
    /// The interval around a mean.
    pub fn around(&self, mean: f64) -> Interval {
        Interval {
            low: mean - self.half_width,
            high: mean + self.half_width,
            level: 1.0 - self.delta,
        }
    }
}

/// All certificates that hold for the mean of these suprema.
pub(super) fn certificates(
    class: &dyn FunctionClass,
    weights: Weights,
    suprema: &[f64],
    delta: f64,
) -> Vec<Certificate> {
    let (n, draws) = (class.points() as f64, suprema.len() as f64);
    let (radii, largest_norm) = (class.radii(), class.largest_norm());
    let confidence = (2.0 / delta).ln();
    let certificate = |name, half_width, fixed| Certificate {
        name,
        half_width,
        delta,
        fixed,
    };
    let lipschitz = |constant: f64| largest_norm / n * (constant * confidence / draws).sqrt();
    let exact = class.kind() == Kind::Exact;
    if weights == Weights::Gaussian {
        let gaussian = certificate("Tsirelson, Ibragimov, Sudakov 1976", lipschitz(2.0), true);
        return if exact { vec![gaussian] } else { Vec::new() };
    }
    let mut found = Vec::new();
    if exact {
        let squares = squared_norm(&radii);
        let half_width = (2.0 * squares * confidence / draws).sqrt() / n;
        found.push(certificate("McDiarmid 1989", half_width, true));
        found.push(certificate("Samson 2000", lipschitz(8.0), true));
    }
    if suprema.len() > 1 {
        let mean = suprema.iter().sum::<f64>() / draws;
        let squares: f64 = suprema.iter().map(|s| (s - mean).powi(2)).sum();
        let variance = squares / (draws - 1.0);
        let largest = (radii.iter().sum::<f64>() / n).min(largest_norm / n.sqrt());
        let confidence = (4.0 / delta).ln();
        let half_width = (2.0 * variance * confidence / draws).sqrt()
            + 7.0 * largest * confidence / (3.0 * (draws - 1.0));
        found.push(certificate("Maurer, Pontil 2009", half_width, false));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complexity::{Draws, FiniteSet, Gram, KernelBall, LinearBall, complexity};
    use crate::kernel::{Features, Gaussian, Precision};
    use crate::statistics::mean;
    use rand::RngExt;

    fn cloud(n: usize, d: usize) -> Features {
        let mut rng = crate::random::stream(1, "certificate");
        Features::new((0..n * d).map(|_| rng.random_range(-1.0..1.0)).collect(), d).unwrap()
    }

    #[test]
    fn constants_are_those_of_the_papers() {
        // Identity kernel, n = 4, B = 1: r = 1, ρ = 1, b = min(1, 1/2).
        let identity: Vec<f64> = (0..16).map(|i| f64::from(u8::from(i % 5 == 0))).collect();
        let gram = Gram::from_matrix(&identity).unwrap();
        let ball = KernelBall::new(&gram, 1.0).unwrap();
        let delta = 2.0 * (-2_f64).exp(); // ln(2/δ) = 2
        let found = certificates(&ball, Weights::Rademacher, &[0.5; 100], delta);
        let expected = [
            (16.0_f64 / 100.0).sqrt() / 4.0,
            (16.0_f64 / 100.0).sqrt() / 4.0,
            7.0 * 0.5 * (2.0 + 2_f64.ln()) / (3.0 * 99.0),
        ];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found.half_width - expected).abs() < 1e-15, "{found:?}");
        }
        let found = certificates(&ball, Weights::Gaussian, &[0.5; 100], delta);
        assert!((found[0].half_width - 0.05).abs() < 1e-15);
        assert_eq!(found[0].around(1.0).low, 0.95);
    }

    /// Herbst's argument gives a tail exp(-t²/2v) from E exp(λ (Z - EZ)) ≤ exp(λ² v / 2).
    #[test]
    fn suprema_have_the_moments_that_the_certificates_come_from() {
        let n = 9;
        let x = cloud(n, 2);
        let gram = Gram::new(&Gaussian::new(0.5).unwrap(), &x, Precision::F64, 1).unwrap();
        let set: Vec<f64> = x.values().iter().map(|&v| f64::from(v)).collect();
        let classes: [&dyn FunctionClass; 4] = [
            &KernelBall::new(&gram, 1.0).unwrap(),
            &LinearBall::new(&x, 1.0, 1.0).unwrap(),
            &LinearBall::new(&x, 4.0, 1.0).unwrap(),
            &FiniteSet::new(&set, n).unwrap(),
        ];
        for class in classes {
            let draws = Draws::all_signs(n).unwrap();
            let result = complexity(class, &draws, 0.05, 1).unwrap();
            assert!(result.certificates.is_empty());
            let centered = result.suprema.iter().map(|s| s - result.value.value);
            let centered: Vec<f64> = centered.collect();
            let lipschitz = class.largest_norm() / n as f64;
            let samson = 4.0 * lipschitz * lipschitz;
            let squares: f64 = squared_norm(&class.radii());
            let mcdiarmid = squares / (n * n) as f64;
            for step in -40..=40 {
                let lambda = f64::from(step) / lipschitz / 10.0;
                let moment = centered.iter().map(|z| (lambda * z).exp()).sum::<f64>() / 512.0;
                for variance in [samson, mcdiarmid] {
                    assert!(moment.ln() <= lambda * lambda * variance / 2.0 + 1e-12);
                }
            }
        }
    }

    #[test]
    fn intervals_cover_as_often_as_they_say() {
        let (n, studies, draws) = (10, 2500, 40);
        let gram = Gram::new(
            &Gaussian::new(1.0).unwrap(),
            &cloud(n, 2),
            Precision::F64,
            1,
        )
        .unwrap();
        let ball = KernelBall::new(&gram, 1.0).unwrap();
        let exact = complexity(&ball, &Draws::all_signs(n).unwrap(), 0.05, 1).unwrap();
        let truth = exact.value.value;
        let (mut covered, mut certified) = (0, 0);
        let all = Draws::signs(n, studies * draws, 11).unwrap();
        let all = complexity(&ball, &all, 0.05, 1).unwrap().suprema;
        for suprema in all.chunks(draws) {
            let interval = mean(suprema).unwrap().interval.unwrap();
            covered += usize::from(interval.contains(truth));
            let mean = suprema.iter().sum::<f64>() / draws as f64;
            let found = certificates(&ball, Weights::Rademacher, suprema, 0.05);
            certified += usize::from(found.iter().all(|c| c.around(mean).contains(truth)));
        }
        let coverage = covered as f64 / studies as f64;
        assert!((0.93..=0.97).contains(&coverage), "{coverage}");
        assert!(certified as f64 >= 0.95 * studies as f64, "{certified}");
    }
}
