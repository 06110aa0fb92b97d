//! Whether the smallest norm orders representations by their test error.

use super::super::Study;
use super::features::{REPRESENTATIONS, Representation};
use super::representation::{
    BANDWIDTHS, COMPARED, NOISE, OnRepresentationSolved, RepresentationInterpolant,
};
use crate::random::stream;
use crate::statistics::{
    Alternative, Estimate, geometric_mean_ratio, kendall_tau_b, mean, paired_difference, sign_flip,
};

/// What differs between the interpolants of one seed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepresentationCell {
    /// What the kernel sees of an image.
    pub representation: Representation,
    /// In units of the median distance.
    pub bandwidth: f64,
    /// Fraction of labels replaced by a uniform class.
    pub noise: f64,
}

impl RepresentationCell {
    /// With true labels.
    pub fn clean(representation: Representation, bandwidth: f64) -> Self {
        Self {
            representation,
            bandwidth,
            noise: 0.0,
        }
    }
}

/// The interpolants of smallest norm, without those that are not determined.
pub type RepresentationStudy = Study<RepresentationCell, RepresentationInterpolant>;

fn norm(found: &RepresentationInterpolant) -> Option<f64> {
    Some(found.norm)
}

impl RepresentationStudy {
    /// The smallest norm: geometric mean over seeds.
    pub fn norm(&self, cell: RepresentationCell) -> Option<Estimate> {
        self.geometric_mean(&cell, norm)
    }

    /// The norm over that of another cell, within seeds.
    pub fn norm_ratio(
        &self,
        cell: RepresentationCell,
        over: RepresentationCell,
    ) -> Option<Estimate> {
        self.ratio(&cell, &over, norm)
    }

    /// The norm over that on pixels with true labels, at the same relative bandwidth; none
    /// of that one itself.
    pub fn norm_over_pixels(&self, cell: RepresentationCell) -> Option<Estimate> {
        let pixels = RepresentationCell::clean(Representation::Pixels, cell.bandwidth);
        (cell != pixels).then_some(())?;
        self.norm_ratio(cell, pixels)
    }
}

/// The interpolants of smallest norm of what was solved on each representation.
pub fn representation_study(
    solved: &Study<Representation, OnRepresentationSolved>,
) -> RepresentationStudy {
    solved.split(|&representation, solved| {
        let interpolants = solved.interpolants.clone().into_iter();
        interpolants.map(move |found| {
            let cell = RepresentationCell {
                representation,
                bandwidth: found.bandwidth,
                noise: found.noise,
            };
            (cell, found)
        })
    })
}

/// What a comparison of two representations says of the norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ordering {
    /// The representation of smaller norm has the lower error.
    Orders,
    /// The representation of larger norm has the lower error.
    Reverses,
    /// The seeds do not decide.
    Undecided,
}

/// Two representations, compared seed by seed at one bandwidth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Order {
    /// What the seeds say: decided where the sign test has p ≤ 0.05.
    pub ordering: Ordering,
    /// Seeds in which the lower error goes with the larger norm.
    pub reversed: usize,
    /// Seeds in which the lower error goes with the smaller norm.
    pub ordered: usize,
    /// Seeds.
    pub seeds: usize,
    /// Of the one-sided sign test for the direction of more seeds.
    pub p_value: f64,
    /// Norm on the features over norm on pixels.
    pub ratio: Estimate,
    /// Test error on the features minus that on pixels.
    pub error_difference: Estimate,
}

/// Compares the features with pixels at the compared bandwidth.
pub fn order(study: &RepresentationStudy, features: Representation) -> Option<Order> {
    order_at(study, features, COMPARED)
}

/// Bandwidths at which the norm reverses the two, at which it orders them, and
/// all.
pub fn over_bandwidths(
    study: &RepresentationStudy,
    features: Representation,
) -> (usize, usize, usize) {
    let count = |wanted: Ordering| {
        (BANDWIDTHS.iter())
            .filter_map(|&bandwidth| order_at(study, features, bandwidth))
            .filter(|order| order.ordering == wanted)
            .count()
    };
    (
        count(Ordering::Reverses),
        count(Ordering::Orders),
        BANDWIDTHS.len(),
    )
}

fn order_at(
    study: &RepresentationStudy,
    features: Representation,
    bandwidth: f64,
) -> Option<Order> {
    let cell = |representation| RepresentationCell::clean(representation, bandwidth);
    let errors = |representation| study.values(&cell(representation), |f| Some(f.test_error));
    let norms = |representation| study.values(&cell(representation), |f| Some(f.norm));
    let pixels = Representation::Pixels;
    compare(
        (&errors(pixels)?, &norms(pixels)?),
        (&errors(features)?, &norms(features)?),
    )
}

/// Compares two samples of (errors, norms), paired by seed.
fn compare(first: (&[f64], &[f64]), second: (&[f64], &[f64])) -> Option<Order> {
    let sides = |a: &[f64], b: &[f64]| -> Vec<f64> {
        let side = |(a, b): (&f64, &f64)| if a == b { 0.0 } else { (b - a).signum() };
        a.iter().zip(b).map(side).collect()
    };
    // +1: the lower error goes with the larger norm. A tie says nothing.
    let signs: Vec<f64> = (sides(first.0, second.0).iter())
        .zip(sides(first.1, second.1))
        .map(|(error, norm)| -error * norm)
        .filter(|sign| *sign != 0.0)
        .collect();
    let reversed = signs.iter().filter(|s| **s > 0.0).count();
    let ordered = signs.len() - reversed;
    let (candidate, alternative) = if reversed >= ordered {
        (Ordering::Reverses, Alternative::Greater)
    } else {
        (Ordering::Orders, Alternative::Less)
    };
    // On signs alone the sign-flip test is the sign test.
    let mut rng = stream(0, "representations: sign test");
    let p_value = sign_flip(&signs, alternative, &mut rng).map_or(1.0, |test| test.p_value);
    Some(Order {
        ordering: if p_value <= 0.05 {
            candidate
        } else {
            Ordering::Undecided
        },
        reversed,
        ordered,
        seeds: first.0.len(),
        p_value,
        ratio: geometric_mean_ratio(second.1, first.1).ok()?,
        error_difference: paired_difference(second.0, first.0).ok()?,
    })
}

/// Rank correlation of norm and test error over a set of interpolants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correlation {
    /// What varies within a set.
    pub over: &'static str,
    /// Interpolants in one set, and sets in one seed.
    pub sets: (usize, usize),
    /// Kendall's tau-b: mean over sets within a seed, then over seeds.
    pub tau: Option<Estimate>,
}

/// Kendall's tau-b of norm and test error: across representations, and within
/// one as the bandwidth or the labels vary.
pub fn correlations(study: &RepresentationStudy) -> Vec<Correlation> {
    let (r, b, l) = (REPRESENTATIONS.len(), BANDWIDTHS.len(), NOISE.len());
    let across = |&bandwidth: &f64| -> Vec<RepresentationCell> {
        REPRESENTATIONS
            .map(|r| RepresentationCell::clean(r, bandwidth))
            .into()
    };
    let across: Vec<Vec<RepresentationCell>> = BANDWIDTHS.iter().map(across).collect();
    let by_bandwidth = |r| BANDWIDTHS.map(|b| RepresentationCell::clean(r, b)).into();
    let by_bandwidth: Vec<Vec<RepresentationCell>> = REPRESENTATIONS.map(by_bandwidth).into();
    let by_noise = by_bandwidth.iter().flatten().map(|&clean| {
        let noisy = |noise| RepresentationCell { noise, ..clean };
        NOISE.map(noisy).into()
    });
    vec![
        Correlation {
            over: "representations and bandwidths, true labels",
            sets: (r * b, 1),
            tau: tau(study, &[across.concat()]),
        },
        Correlation {
            over: "representations, equal relative bandwidth, true labels",
            sets: (r, b),
            tau: tau(study, &across),
        },
        Correlation {
            over: "bandwidths, same representation, true labels",
            sets: (b, r),
            tau: tau(study, &by_bandwidth),
        },
        Correlation {
            over: "label noise, same representation and bandwidth",
            sets: (l, r * b),
            tau: tau(study, &by_noise.collect::<Vec<_>>()),
        },
    ]
}

/// Mean tau over sets of interpolants, over seeds. What is not determined is left out
/// of its set.
fn tau(study: &RepresentationStudy, sets: &[Vec<RepresentationCell>]) -> Option<Estimate> {
    let of_seed = |&seed: &u64| -> Option<f64> {
        let of_set = |set: &Vec<RepresentationCell>| {
            let found = set.iter().filter_map(|cell| study.at(cell, seed));
            let (norms, errors): (Vec<f64>, Vec<f64>) =
                found.map(|found| (found.norm, found.test_error)).unzip();
            Some(kendall_tau_b(&norms, &errors).ok()?.statistic)
        };
        let taus: Vec<f64> = sets.iter().filter_map(of_set).collect();
        Some(mean(&taus).ok()?.value)
    };
    let taus: Vec<f64> = study.seeds().iter().map(of_seed).collect::<Option<_>>()?;
    Some(mean(&taus).ok()?.within(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_norm_with_a_lower_error_in_all_of_five_seeds_reverses() {
        let pixels = ([0.3, 0.3, 0.3, 0.3, 0.3], [10.0, 11.0, 12.0, 13.0, 14.0]);
        let features = ([0.2; 5], [20.0, 22.0, 24.0, 26.0, 28.0]);
        let order = compare((&pixels.0, &pixels.1), (&features.0, &features.1)).unwrap();
        assert_eq!(order.ordering, Ordering::Reverses);
        assert_eq!((order.reversed, order.ordered), (5, 0));
        assert_eq!(order.p_value, 1.0 / 32.0);
        assert!((order.ratio.value - 2.0).abs() < 1e-12);
        assert!((order.error_difference.value + 0.1).abs() < 1e-12);
        // The comparison does not depend on which of the two is called first.
        let swapped = compare((&features.0, &features.1), (&pixels.0, &pixels.1)).unwrap();
        assert_eq!(swapped.ordering, Ordering::Reverses);
    }

    #[test]
    fn four_seeds_or_a_tie_do_not_decide_and_a_smaller_norm_orders() {
        let high = ([0.3; 5], [20.0; 5]);
        let low = ([0.2; 5], [10.0; 5]);
        let order = compare((&high.0, &high.1), (&low.0, &low.1)).unwrap();
        assert_eq!(order.ordering, Ordering::Orders);
        let order = compare((&high.0[1..], &high.1[1..]), (&low.0[1..], &low.1[1..])).unwrap();
        assert_eq!(
            (order.ordering, order.p_value),
            (Ordering::Undecided, 1.0 / 16.0)
        );
        let tie = [0.3, 0.2, 0.2, 0.2, 0.2];
        let order = compare((&high.0, &high.1), (&tie, &low.1)).unwrap();
        assert_eq!((order.ordering, order.ordered), (Ordering::Undecided, 4));
    }

    /// Norms that rise with noise and bandwidth, errors that rise with noise and fall
    /// with the bandwidth: noise orders, bandwidth reverses.
    #[test]
    fn correlations_are_those_of_what_varies() {
        let places = |noise: f64| BANDWIDTHS.map(|bandwidth| (bandwidth, noise));
        let outputs = (1..=3).flat_map(|seed| {
            let cells = REPRESENTATIONS.into_iter().flat_map(move |representation| {
                let places = NOISE.into_iter().flat_map(places);
                places.map(move |(bandwidth, noise)| RepresentationCell {
                    representation,
                    bandwidth,
                    noise,
                })
            });
            cells.map(move |cell| {
                let interpolant = RepresentationInterpolant {
                    bandwidth: cell.bandwidth,
                    noise: cell.noise,
                    ridge: 0.0,
                    norm: 10.0 * cell.noise + cell.bandwidth,
                    train_error: 0.0,
                    test_error: cell.noise - 0.01 * cell.bandwidth,
                    condition: 1.0,
                };
                (cell, seed, interpolant)
            })
        });
        let found = correlations(&Study::new(outputs));
        let tau = |place: usize| found[place].tau.map(|tau| tau.value);
        // At one bandwidth all representations tie.
        assert_eq!((tau(0), tau(1)), (Some(-1.0), None));
        assert_eq!((tau(2), tau(3)), (Some(-1.0), Some(1.0)));
    }
}
