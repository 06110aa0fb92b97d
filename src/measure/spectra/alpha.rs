//! The exponent of the upper tail of the eigenvalues, and norms made of it.

use rayon::prelude::*;

use super::alternatives::{Comparison, alternatives};
use super::power_law::{PowerLaw, resample};
use super::{SCALE_FREE, rank};
use crate::measure::card::{Aggregation, Card, Homogeneity, Invariance, Kind};
use crate::measure::{Measure, MeasureError, Subject, Value};
use crate::random;
use crate::statistics::quantile;

/// Resamples behind the interval of α.
const RESAMPLES: usize = 200;

/// The fitted upper tail of the eigenvalues λ = σ² of WᵀW of one layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tail {
    pub(super) fit: PowerLaw,
    /// ln(λ / λ_max) of the eigenvalues that are not rounding, in descending order.
    pub(super) logs: Vec<f64>,
    interval: [f64; 2],
    /// An exponential and a log-normal tail instead.
    alternatives: [Comparison; 2],
}

/// The tails of matrices with these singular values, in descending order, and
/// shapes; `None` where there is no fit.
pub(crate) fn tails(matrices: &[(&[f64], [usize; 2])]) -> Vec<Option<Tail>> {
    matrices
        .par_iter()
        .map(|&(sigma, shape)| Tail::of(sigma, shape))
        .collect()
}

impl Tail {
    fn of(sigma: &[f64], shape: [usize; 2]) -> Option<Self> {
        let complete = sigma.len() == shape[0].min(shape[1]);
        let largest = sigma.first().filter(|s| s.is_finite() && complete)?;
        let log = |s: &f64| 2.0 * (s / largest).ln();
        let logs: Vec<f64> = sigma.iter().take(rank(sigma, shape)).map(log).collect();
        let fit = PowerLaw::fit(&logs)?;
        let tail = &logs[..fit.tail];
        let excess: Vec<f64> = tail.iter().map(|log| log - logs[fit.tail - 1]).collect();
        let mut rng = random::stream(logs.len() as u64, "alpha resamples");
        let refits: Vec<f64> = (0..RESAMPLES)
            .filter_map(|_| PowerLaw::fit(&resample(&logs, &mut rng)))
            .map(|fit| fit.alpha)
            .collect();
        let end = |q| quantile(&refits, q).unwrap_or(f64::NAN);
        Some(Self {
            interval: [end(0.025), end(0.975)],
            alternatives: alternatives(&excess, fit.alpha - 1.0),
            fit,
            logs,
        })
    }
}

/// Power-law exponent of the eigenvalues of WᵀW.
pub struct Alpha;

impl Measure for Alpha {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "alpha",
            name: "Power-law exponent",
            kind: Kind::Estimate,
            formula: "α = 1 + n / Σ_i ln(λ_i / λ_min) over the n eigenvalues λ = σ² ≥ λ_min of \
                      WᵀW; λ_min minimizes the Kolmogorov-Smirnov distance, over both sides of \
                      the steps, among tails of at least 10; network: mean over layers",
            reference: "Clauset, Shalizi, Newman 2009, arXiv 0706.1062, eq. 3.1 and section 3.3; \
                        Martin, Mahoney 2021, arXiv 1810.01075 (of weights)",
            aggregation: Aggregation::Mean,
            unit: "exponent of the density",
            normalization: "unchanged when W is multiplied by a number, so λ need not be divided \
                            by the size; the interval is the 2.5 to 97.5 percentile of 200 \
                            resamples of the eigenvalues, λ_min fitted anew in each",
            known_failures: "finds an exponent for any spectrum, so read alpha-p-value and the \
                             likelihood ratios beside it; eigenvalues are not independent, as \
                             the fit takes them to be; NaN for fewer than 10 eigenvalues above \
                             the rank's threshold, and unsteady below 50",
            ..SCALE_FREE
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let largest = subject.spectral_norms()?;
        let value = |(tail, sigma): (&Option<Tail>, &f64)| {
            let Some(tail) = tail else {
                return f64::NAN.into();
            };
            let PowerLaw {
                alpha,
                tail: size,
                distance,
            } = tail.fit;
            let lambda_min = sigma * sigma * tail.logs[size - 1].exp();
            let [exponential, log_normal] = tail.alternatives;
            Value::estimate(alpha, tail.interval[0], tail.interval[1])
                .with("λ_min, weight²", lambda_min)
                .with("tail size n, eigenvalues", size as f64)
                .with(
                    "standard error (α − 1)/√n",
                    (alpha - 1.0) / (size as f64).sqrt(),
                )
                .with("Kolmogorov-Smirnov distance", distance)
                .with(
                    "normalized log-likelihood ratio to an exponential tail",
                    exponential.ratio,
                )
                .with("p-value of the ratio to an exponential tail", exponential.p)
                .with(
                    "normalized log-likelihood ratio to a log-normal tail",
                    log_normal.ratio,
                )
                .with("p-value of the ratio to a log-normal tail", log_normal.p)
        };
        Ok(Some(
            subject.tails()?.iter().zip(largest).map(value).collect(),
        ))
    }
}

/// α times the logarithm of the largest eigenvalue.
pub struct AlphaWeighted;

impl Measure for AlphaWeighted {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "alpha-weighted",
            name: "Weighted alpha",
            kind: Kind::Estimate,
            formula: "α̂ = α log10 λ_max; network: mean over layers",
            reference: "Martin, Mahoney 2020, arXiv 1901.08278; Martin, Peng, Mahoney 2021, \
                        arXiv 2002.06716",
            aggregation: Aggregation::Mean,
            unit: "log10(weight²) · exponent",
            normalization: "λ of WᵀW, not divided by its size; another normalization shifts it \
                            by a multiple of α",
            homogeneity: Homogeneity::Logarithm,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "changes under rescalings that leave the function unchanged, since \
                             log10 λ_max has no natural zero; NaN where alpha is",
            ..SCALE_FREE
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let largest = subject.spectral_norms()?;
        let value = |(tail, sigma): (&Option<Tail>, &f64)| -> Value {
            let alpha = tail.as_ref().map_or(f64::NAN, |tail| tail.fit.alpha);
            (alpha * 2.0 * sigma.log10()).into()
        };
        Ok(Some(
            subject.tails()?.iter().zip(largest).map(value).collect(),
        ))
    }
}

/// Logarithm of the sum of the eigenvalues to the power α.
pub struct LogAlphaNorm;

impl Measure for LogAlphaNorm {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "log-alpha-norm",
            name: "Log alpha norm",
            kind: Kind::Estimate,
            formula: "log10 Σ_i λ_i^α = log10 ‖W‖_{S2α}^{2α}; network: mean over layers",
            reference: "Martin, Peng, Mahoney 2021, arXiv 2002.06716",
            aggregation: Aggregation::Mean,
            unit: "log10(weight^2α)",
            normalization: "λ of WᵀW, not divided by its size; the power α of the sum is not \
                            taken back",
            homogeneity: Homogeneity::Logarithm,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "changes under rescalings that leave the function unchanged; layers \
                             are summed in different units; NaN where alpha is",
            ..SCALE_FREE
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let tails = subject.tails()?;
        let values = tails.iter().zip(subject.singular_values()?);
        let value = |(tail, sigma): (&Option<Tail>, &Vec<f64>)| -> f64 {
            let (Some(tail), Some(largest)) = (tail, sigma.first()) else {
                return f64::NAN;
            };
            let power = 2.0 * tail.fit.alpha;
            let sum: f64 = sigma.iter().map(|s| (s / largest).powf(power)).sum();
            // Apart from the sum, so that no power leaves the range of f64.
            power * largest.log10() + sum.log10()
        };
        Ok(Some(values.map(|pair| value(pair).into()).collect()))
    }
}
