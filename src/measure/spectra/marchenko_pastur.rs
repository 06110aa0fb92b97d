//! What of a spectrum a random matrix would have.

use super::{SCALE_FREE, per_layer};
use crate::linalg::squared_norm;
use crate::measure::card::{Aggregation, Card, Homogeneity, Invariance, Kind};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// Smallest side of a matrix whose bulk is fitted.
const SMALLEST_SIDE: usize = 10;

/// Fewest eigenvalues from which the variance of the noise is taken.
const SMALLEST_BULK: usize = 5;

/// 0.99 quantile of the Tracy-Widom distribution of order 1.
///
/// # Reference
/// Johnstone 2001, Ann. Statist. 29(2), table 1
const TRACY_WIDOM_99: f64 = 2.02;

/// The random bulk of the eigenvalues λ = σ² of WᵀW, W of shape (N, M) or (M, N)
/// with N ≥ M.
///
/// ```text
/// s² = Σ_{i > k} λ_i / ((N − k)(M − k))                 variance of the entries of the noise
/// λ₊ = s² (√N + √M)²                                    edge of the Marchenko-Pastur law
/// λ* = s² (μ + 2.02 τ)                                  0.99 quantile of the largest eigenvalue
/// μ = (√(N − ½) + √(M − ½))²
/// τ = (√(N − ½) + √(M − ½)) (1/√(N − ½) + 1/√(M − ½))^{1/3}
/// ```
///
/// k is the number of eigenvalues above λ*, found by iteration from k = 0, where
/// s² is the mean square of the entries of W.
///
/// # Reference
/// Johnstone 2001, Ann. Statist. 29(2), Theorem 1.1; the −½ are those of Ma 2012,
/// arXiv 0810.1329
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bulk {
    variance: f64,
    edge: f64,
    threshold: f64,
    spikes: usize,
}

impl Bulk {
    fn fit(sigma: &[f64], shape: [usize; 2]) -> Option<Self> {
        let (small, large) = (shape[0].min(shape[1]), shape[0].max(shape[1]));
        if small < SMALLEST_SIDE {
            return None;
        }
        let (n, m) = (large as f64, small as f64);
        let (long, short) = ((n - 0.5).sqrt(), (m - 0.5).sqrt());
        let centre = (long + short).powi(2);
        let width = (long + short) * (1.0 / long + 1.0 / short).cbrt();
        let mut spikes = 0;
        loop {
            let k = spikes as f64;
            let energy = squared_norm(&sigma[spikes..]);
            let variance = energy / ((n - k) * (m - k));
            let threshold = variance * (centre + TRACY_WIDOM_99 * width);
            let above = sigma.iter().take_while(|&&s| s * s > threshold).count();
            // A spike above the threshold has more than its share of the energy, N + M − 1
            // entries: without it the variance falls, so the number only grows.
            if above <= spikes || above + SMALLEST_BULK > small {
                return (above <= spikes).then_some(Self {
                    variance,
                    edge: variance * (n.sqrt() + m.sqrt()).powi(2),
                    threshold,
                    spikes,
                });
            }
            spikes = above;
        }
    }
}

/// A value from the bulk of each layer.
fn from_bulk(
    subject: &Subject,
    value: impl Fn(Bulk, &[f64]) -> Value,
) -> Result<Option<Vec<Value>>, MeasureError> {
    per_layer(subject, |sigma, shape| {
        Bulk::fit(sigma, shape).map_or(f64::NAN.into(), |bulk| value(bulk, sigma))
    })
}

/// What the three cards share.
const BULK: Card = Card {
    kind: Kind::Estimate,
    reference: "Marchenko, Pastur 1967, Math. USSR Sb. 1(4); Johnstone 2001, Ann. Statist. \
                29(2), Theorem 1.1; Martin, Mahoney 2021, arXiv 1810.01075 (of weights)",
    known_failures: "trained layers with heavy tails have no random bulk of one variance; NaN \
                     for a side below 10, and where fewer than 5 eigenvalues would remain",
    ..SCALE_FREE
};

/// Upper edge of the eigenvalues that random weights of this size would have.
pub struct MpEdge;

impl Measure for MpEdge {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "mp-edge",
            name: "Marchenko-Pastur edge",
            formula: "λ₊ = s² (√N + √M)², N and M the sides of W; s² = Σ_{i > k} λ_i / ((N − k)\
                      (M − k)), k the mp-spikes",
            unit: "weight²",
            normalization: "λ of WᵀW, not divided by N; s² is the variance of the entries of W \
                            without its spikes, not centred (a term gives it with them)",
            homogeneity: Homogeneity::LayerSquared,
            invariant_to: &[Invariance::UnitPermutation],
            ..BULK
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        per_layer(subject, |sigma, shape| {
            let Some(bulk) = Bulk::fit(sigma, shape) else {
                return f64::NAN.into();
            };
            let entries = (shape[0] * shape[1]) as f64;
            let energy = squared_norm(sigma);
            Value::from(bulk.edge)
                .with("s, weight", bulk.variance.sqrt())
                .with(
                    "root mean square of the entries, weight",
                    (energy / entries).sqrt(),
                )
        })
    }
}

/// Number of eigenvalues that random weights would not have.
pub struct MpSpikes;

impl Measure for MpSpikes {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "mp-spikes",
            name: "Spikes above the bulk",
            formula: "#{i : λ_i > s² (μ + 2.02 τ)}, μ = (√(N−½) + √(M−½))², τ = √μ (1/√(N−½) + \
                      1/√(M−½))^{1/3}, s² as for mp-edge",
            reference: "Johnstone 2001, Ann. Statist. 29(2), Theorem 1.1 and table 1; Ma 2012, \
                        arXiv 0810.1329 (−½); Baik, Ben Arous, Péché 2005, arXiv math/0403022 \
                        (which spikes can be seen)",
            unit: "directions",
            normalization: "a random Gaussian matrix has one with probability 0.01; the \
                            fluctuation τ enters as it is, not as its square root",
            ..BULK
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        from_bulk(subject, |bulk, _| {
            Value::from(bulk.spikes as f64).with("threshold, weight²", bulk.threshold)
        })
    }
}

/// Edge of the bulk over the largest eigenvalue.
pub struct MpSoftRank;

impl Measure for MpSoftRank {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "mp-soft-rank",
            name: "Marchenko-Pastur soft rank",
            formula: "λ₊ / λ_max, λ₊ the mp-edge; network: mean over layers",
            reference: "Martin, Mahoney 2021, arXiv 1810.01075 (MP soft rank)",
            aggregation: Aggregation::Mean,
            unit: "1 for random weights",
            ..BULK
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        from_bulk(subject, |bulk, sigma| (bulk.edge / sigma[0].powi(2)).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::Mat;
    use rand_distr::{Distribution, StandardNormal};

    fn noise(rows: usize, columns: usize, seed: u64) -> Mat<f64> {
        let mut rng = crate::random::stream(seed, "noise");
        Mat::from_fn(rows, columns, |_, _| StandardNormal.sample(&mut rng))
    }

    fn bulk(a: &Mat<f64>) -> (Bulk, Vec<f64>) {
        let sigma = a.singular_values().unwrap();
        (Bulk::fit(&sigma, [a.nrows(), a.ncols()]).unwrap(), sigma)
    }

    #[test]
    fn random_matrices_have_no_spikes() {
        for (rows, columns) in [(40, 40), (30, 120)] {
            let found: Vec<Bulk> = (0..200)
                .map(|seed| bulk(&noise(rows, columns, seed)).0)
                .collect();
            let spiked = found.iter().filter(|bulk| bulk.spikes > 0).count();
            // Binomial(200, 0.01): more than 8 has probability 3e-4.
            assert!(spiked <= 8, "{rows}x{columns}: {spiked} of 200");
            let mean = found.iter().map(|bulk| bulk.variance).sum::<f64>() / 200.0;
            assert!((mean - 1.0).abs() < 0.01, "{mean}");
        }
    }

    /// The scale of the fluctuation: a threshold at the edge itself, or with the
    /// square root of the fluctuation, would fail one of these.
    #[test]
    fn the_largest_eigenvalue_fluctuates_as_johnstone_says() {
        let (n, m) = (60.0_f64, 30.0_f64);
        let above = |quantile: f64| {
            let (long, short) = ((n - 0.5).sqrt(), (m - 0.5).sqrt());
            let width = (long + short) * (1.0 / long + 1.0 / short).cbrt();
            let limit = (long + short).powi(2) + quantile * width;
            let exceeds = |seed: u64| {
                let sigma = noise(60, 30, 1000 + seed).singular_values().unwrap();
                sigma[0].powi(2) > limit
            };
            (0..400_u64).filter(|&seed| exceeds(seed)).count()
        };
        // Table 1: the 0.5 quantile is −1.27, the 0.9 quantile 0.45.
        assert!((160..=240).contains(&above(-1.27)), "{}", above(-1.27));
        assert!((20..=64).contains(&above(0.45)), "{}", above(0.45));
    }

    #[test]
    fn planted_spikes_above_the_transition_are_found() {
        let (rows, columns) = (80, 200);
        // A spike θ shows above the bulk if θ > (N M)^¼ = 11.2.
        let mut a = noise(rows, columns, 5);
        for (k, theta) in [60.0, 40.0, 25.0].into_iter().enumerate() {
            let u = noise(rows, 1, 100 + k as u64);
            let v = noise(columns, 1, 200 + k as u64);
            let scale = theta / (u.norm_l2() * v.norm_l2());
            a += faer::Scale(scale) * &u * v.transpose();
        }
        // One below it does not.
        a[(0, 0)] += 5.0;
        let (bulk, sigma) = bulk(&a);
        assert_eq!(bulk.spikes, 3, "{bulk:?}");
        assert!((bulk.variance - 1.0).abs() < 0.05, "{bulk:?}");
        // Where a spike is seen: (θ² + N)(θ² + M)/θ².
        let seen = (3600.0 + 200.0) * (3600.0 + 80.0) / 3600.0;
        assert!((sigma[0].powi(2) / seen - 1.0).abs() < 0.05);
    }

    #[test]
    fn small_matrices_have_no_bulk() {
        assert_eq!(Bulk::fit(&[2.0; 9], [9, 40]), None);
        // All eigenvalues of an orthogonal matrix are equal and below the edge.
        let bulk = Bulk::fit(&[2.0; 12], [12, 12]).unwrap();
        assert_eq!((bulk.spikes, bulk.variance), (0, 4.0 / 12.0));
    }
}
