//! The certificate: an upper limit of the risk of a network with random weights.

use serde::{Deserialize, Serialize};
use statrs::distribution::{Beta, ContinuousCDF};

use super::CertificateError;
use super::binary_kl::binary_kl_inverse;

/// With what probability a certificate may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confidence {
    /// δ, over the draw of the training examples.
    pub bound: f64,
    /// δ', over the draws of the weights.
    pub draws: f64,
}

impl Default for Confidence {
    fn default() -> Self {
        Self {
            bound: 0.025,
            draws: 0.01,
        }
    }
}

impl Confidence {
    fn check(self) -> Result<(), CertificateError> {
        let Self { bound, draws } = self;
        match bound > 0.0 && draws > 0.0 && bound + draws < 1.0 {
            true => Ok(()),
            false => Err(CertificateError::Confidence { bound, draws }),
        }
    }
}

/// A PAC-Bayes certificate and every term of it.
///
/// Q is the law of the weights, P that of the prior, which has not seen the n₁ examples that errors
/// are counted on. With probability 1 − δ − δ' the risk of the predictor that draws its weights
/// from Q anew for every example is at most `risk`:
///
/// ```text
/// gibbs ≤ kl⁻¹( k/M, ln(1/δ') / M )
/// risk  ≤ kl⁻¹( gibbs, (KL(Q‖P) + ln K + ln(2 √n₁ / δ)) / n₁ )
/// ```
///
/// k errors in M independent draws; K priors that could have been chosen. The bound holds for all Q
/// at once, so that how Q was trained costs nothing.
///
/// # Reference
/// Maurer 2004, "A note on the PAC-Bayesian theorem", arXiv cs/0411099, Theorem 5, for the second
/// line; Langford and Caruana 2002, "(Not) bounding the true error", for the first. Draws are
/// independent and not identical, one or more for every example: Hoeffding 1963, Theorem 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Upper limit of the risk; 1 claims nothing.
    pub risk: f64,
    /// Upper limit of the mean error of Q on the examples.
    pub gibbs: f64,
    /// Errors in the draws.
    pub errors: u64,
    /// Draws M.
    pub draws: u64,
    /// KL(Q‖P), in nats.
    pub kl: f64,
    /// Examples n₁.
    pub examples: usize,
    /// Priors K that could have been chosen.
    pub priors: usize,
    /// δ and δ'.
    pub confidence: Confidence,
}

impl Certificate {
    /// From what was counted: errors in draws. A divergence that is not finite certifies nothing:
    /// risk 1, and the divergence stands as the largest number there is.
    ///
    /// # Errors
    /// No draw, example or prior, more errors than draws, or probabilities outside (0, 1) or of a
    /// sum that is not.
    pub fn new(
        [errors, draws]: [u64; 2],
        kl: f64,
        examples: usize,
        priors: usize,
        confidence: Confidence,
    ) -> Result<Self, CertificateError> {
        confidence.check()?;
        if errors > draws || draws == 0 || examples == 0 || priors == 0 {
            return Err(CertificateError::Counts {
                errors,
                draws,
                examples,
                priors,
            });
        }
        let kl = if kl.is_finite() { kl } else { f64::MAX };
        let rate = errors as f64 / draws as f64;
        let gibbs = binary_kl_inverse(rate, (1.0 / confidence.draws).ln() / draws as f64);
        let n = examples as f64;
        let price = (2.0 * n.sqrt() / confidence.bound).ln();
        let complexity = (kl + (priors as f64).ln() + price) / n;
        Ok(Self {
            risk: binary_kl_inverse(gibbs, complexity),
            gibbs,
            errors,
            draws,
            kl,
            examples,
            priors,
            confidence,
        })
    }

    /// KL(Q‖P) an example, in nats: how much was memorized.
    pub fn kl_per_example(&self) -> f64 {
        self.kl / self.examples as f64
    }
}

/// The upper limit of the risk of a predictor that errs on k of m examples it has not seen, with
/// probability 1 − δ.
///
/// ```text
/// P(Bin(m, p) ≤ k) = δ,   p = Beta⁻¹(1 − δ; k + 1, m − k)
/// ```
///
/// # Reference
/// Clopper and Pearson 1934, "The use of confidence or fiducial limits illustrated in the case of
/// the binomial".
///
/// ```
/// let limit = rethink::certificate::clopper_pearson(10, 100, 0.05);
/// assert!((limit - 0.1637).abs() < 5e-5);
/// ```
pub fn clopper_pearson(errors: u64, examples: u64, level: f64) -> f64 {
    if errors >= examples {
        return 1.0;
    }
    let law = Beta::new((errors + 1) as f64, (examples - errors) as f64);
    law.map_or(1.0, |law| law.inverse_cdf(1.0 - level).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(counts: [u64; 2], kl: f64, examples: usize, priors: usize) -> Certificate {
        Certificate::new(counts, kl, examples, priors, Confidence::default()).unwrap()
    }

    /// The rows that tests/golden/certificates.py prints.
    #[test]
    fn both_lines_of_the_formula_come_out() {
        for (counts, kl, examples, priors, gibbs, risk) in GOLDEN {
            let found = certificate(counts, kl, examples, priors);
            assert!((found.gibbs - gibbs).abs() < 1e-12, "{found:?}");
            assert!((found.risk - risk).abs() < 1e-12, "{found:?}");
        }
    }

    #[test]
    fn what_is_not_finite_certifies_nothing() {
        for kl in [f64::NAN, f64::INFINITY] {
            let found = certificate([0, 1000], kl, 100, 1);
            assert_eq!((found.risk, found.kl), (1.0, f64::MAX));
        }
    }

    #[test]
    fn what_was_not_counted_is_refused() {
        for (counts, examples, priors) in [
            ([0, 0], 10, 1),
            ([5, 4], 10, 1),
            ([1, 4], 0, 1),
            ([1, 4], 10, 0),
        ] {
            let found = Certificate::new(counts, 0.0, examples, priors, Confidence::default());
            assert!(matches!(found, Err(CertificateError::Counts { .. })));
        }
        for (bound, draws) in [(0.0, 0.1), (0.5, 0.5), (f64::NAN, 0.1), (0.1, -0.1)] {
            let confidence = Confidence { bound, draws };
            let found = Certificate::new([1, 4], 0.0, 10, 1, confidence);
            assert!(matches!(found, Err(CertificateError::Confidence { .. })));
        }
    }

    #[test]
    fn without_errors_the_limit_has_a_closed_form() {
        // (1 − p)^m = δ.
        let found = clopper_pearson(0, 50, 0.035);
        assert!((found - (1.0 - 0.035f64.powf(1.0 / 50.0))).abs() < 1e-9);
        assert_eq!(clopper_pearson(50, 50, 0.1), 1.0);
    }

    type Golden = ([u64; 2], f64, usize, usize, f64, f64);

    const GOLDEN: [Golden; 3] = [
        (
            [18436, 300000],
            4254.0411808,
            60000,
            8,
            0.0627930070483088,
            0.194692134329038,
        ),
        (
            [8930, 10000],
            253.46032605,
            2000,
            8,
            0.902139300276545,
            0.989112255543726,
        ),
        (
            [0, 500],
            0.0,
            100,
            1,
            0.00916805510723243,
            0.0934981238205493,
        ),
    ];
}
