//! Whether the smallest norm orders representations by their test error.

use rethink::experiment::kernels::{
    BANDWIDTHS, COMPARED, NOISES as NOISE, REPRESENTATIONS, Representation,
};
use rethink::random::stream;
use rethink::statistics::{
    Alternative, Estimate, geometric_mean_ratio, kendall_tau_b, mean, paired_difference, sign_flip,
};

use super::{Group, of};
use crate::show::correlation;

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

/// The rule that decides, fixed before the runs.
pub const RULE: &str = "Representations: in each seed the interpolants of smallest norm on pixels and on the paper's \
     features (Gabor wavelets for one channel, random convolution for three) are compared at a \
     bandwidth of 0.5 times their median distance. The norm reverses the order of the two when the \
     lower error goes with the larger norm in so many seeds that a one-sided sign test over seeds has \
     p ≤ 0.05, orders them when it goes with the smaller norm in so many, and is otherwise undecided. \
     This does not change the outcome: the claim is about one model, the comparison about two.";

/// Two representations, compared seed by seed at one bandwidth.
pub struct Order {
    pub ordering: Ordering,
    /// Seeds in which the lower error goes with the larger norm.
    pub reversed: usize,
    /// Seeds in which the lower error goes with the smaller norm.
    pub ordered: usize,
    pub seeds: usize,
    /// Of the one-sided sign test for the direction of more seeds.
    pub p_value: f64,
    /// Norm on the features over norm on pixels.
    pub ratio: Estimate,
    /// Test error on the features minus that on pixels.
    pub error_difference: Estimate,
}

/// Compares the features with pixels at the compared bandwidth.
pub fn order(groups: &[Group], features: Representation) -> Option<Order> {
    order_at(groups, features, COMPARED)
}

/// Bandwidths at which the norm reverses the two, at which it orders them, and
/// all.
pub fn over_bandwidths(groups: &[Group], features: Representation) -> (usize, usize, usize) {
    let count = |wanted: Ordering| {
        (BANDWIDTHS.iter())
            .filter_map(|&bandwidth| order_at(groups, features, bandwidth))
            .filter(|order| order.ordering == wanted)
            .count()
    };
    (
        count(Ordering::Reverses),
        count(Ordering::Orders),
        BANDWIDTHS.len(),
    )
}

fn order_at(groups: &[Group], features: Representation, bandwidth: f64) -> Option<Order> {
    let pixels = of(groups, Representation::Pixels)?;
    let features = of(groups, features)?;
    let errors = |group: &Group| group.values(bandwidth, 0.0, |f| f.test_error);
    let norms = |group: &Group| group.values(bandwidth, 0.0, |f| f.norm);
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
pub struct Correlation {
    pub over: &'static str,
    /// Interpolants in one set, and sets in one seed.
    pub sets: (usize, usize),
    /// Mean over sets within a seed, then over seeds.
    pub tau: Option<Estimate>,
}

/// Kendall's tau-b of norm and test error: across representations, and within
/// one as the bandwidth or the labels vary.
pub fn correlations(groups: &[Group]) -> Vec<Correlation> {
    let (r, b, l) = (REPRESENTATIONS.len(), BANDWIDTHS.len(), NOISE.len());
    let true_labels: Vec<Vec<(usize, f64, f64)>> = (BANDWIDTHS.iter())
        .map(|&bandwidth| (0..groups.len()).map(|g| (g, bandwidth, 0.0)).collect())
        .collect();
    let by_representation = (0..groups.len()).map(|g| {
        BANDWIDTHS
            .iter()
            .map(|&bandwidth| (g, bandwidth, 0.0))
            .collect()
    });
    let by_labels = (0..groups.len()).flat_map(|g| {
        let labels = move |&bandwidth: &f64| NOISE.iter().map(|&n| (g, bandwidth, n)).collect();
        BANDWIDTHS.iter().map(labels)
    });
    vec![
        Correlation {
            over: "representations and bandwidths, true labels",
            sets: (r * b, 1),
            tau: tau(groups, &[true_labels.concat()]),
        },
        Correlation {
            over: "representations, equal relative bandwidth, true labels",
            sets: (r, b),
            tau: tau(groups, &true_labels),
        },
        Correlation {
            over: "bandwidths, same representation, true labels",
            sets: (b, r),
            tau: tau(groups, &by_representation.collect::<Vec<_>>()),
        },
        Correlation {
            over: "label noise, same representation and bandwidth",
            sets: (l, r * b),
            tau: tau(groups, &by_labels.collect::<Vec<_>>()),
        },
    ]
}

/// Mean tau over sets of (group, bandwidth, noise), over seeds.
fn tau(groups: &[Group], sets: &[Vec<(usize, f64, f64)>]) -> Option<Estimate> {
    let seeds = groups.first()?.seeds.len();
    let of_seed = |seed: usize| -> Option<f64> {
        let taus: Vec<f64> = (sets.iter())
            .filter_map(|set| {
                let (norms, errors): (Vec<f64>, Vec<f64>) = (set.iter())
                    .filter_map(|&(g, bandwidth, noise)| {
                        let found = (groups[g].seeds[seed].interpolants.iter())
                            .find(|f| f.bandwidth == bandwidth && f.noise == noise)?;
                        Some((found.norm, found.test_error))
                    })
                    .unzip();
                Some(kendall_tau_b(&norms, &errors).ok()?.statistic)
            })
            .collect();
        Some(mean(&taus).ok()?.value)
    };
    let taus: Vec<f64> = (0..seeds).map(of_seed).collect::<Option<_>>()?;
    mean(&taus).ok().map(correlation)
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
}
