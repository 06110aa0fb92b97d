//! Norms and bounds: exact functions of the weights, and of the size of the data.

use proptest::prelude::*;
use rand_distr::{Distribution, StandardNormal};

use super::*;

/// What this file walks; bounds that draw at random are walked with the data.
fn walked() -> impl Iterator<Item = &'static dyn Measure> {
    measures().filter(|measure| {
        let card = measure.card();
        let exact = matches!(card.group, Group::Norms | Group::Bounds) && !card.is_slow();
        exact && !card.needs.contains(&Need::Geometry)
    })
}

/// The two-layer network is the one every measure is defined for.
#[track_caller]
fn same_definedness<T>(id: &str, depth: usize, a: Option<T>, b: Option<T>) -> Option<(T, T)> {
    assert!(a.is_some() || depth != 2, "{id} has no value");
    assert_eq!(a.is_some(), b.is_some(), "{id}");
    a.zip(b)
}

/// Sum over all paths from unit `unit` of layer `depth` on, one by one.
fn paths(layers: &[Layer], depth: usize, unit: usize, product: f64, count: &mut usize) -> f64 {
    let Some(layer) = layers.get(depth) else {
        *count += 1;
        return product * product;
    };
    (0..layer.outputs())
        .map(|next| {
            paths(
                layers,
                depth + 1,
                next,
                product * layer.weight[(next, unit)],
                count,
            )
        })
        .sum()
}

proptest! {
    #[test]
    fn the_path_norm_is_the_sum_over_all_paths(
        widths in prop::collection::vec(1..5_usize, 2..5), seed: u64
    ) {
        let net = gaussian_net(&widths, seed);
        let mut count = 0;
        let sum: f64 = (0..widths[0]).map(|input| paths(&net, 0, input, 1.0, &mut count)).sum();
        prop_assert_eq!(count, widths.iter().product::<usize>());
        prop_assert!(close(network(find("path-norm-l2").unwrap(), &net), sum.sqrt()));
    }

    /// A card claims exactly the invariances the measure has.
    #[test]
    fn measures_have_the_invariances_their_cards_claim(
        widths in prop::collection::vec(2..6_usize, 3..5), seed: u64, c in 1.5..4.0_f64
    ) {
        let net = gaussian_net(&widths, seed);
        let initial = gaussian_net(&widths, seed.wrapping_add(1));
        let input: Vec<f64> = (0..widths[0]).map(|i| (i as f64).cos()).collect();
        let before = known(&net, &initial);
        // A bound rounded to classes may not notice one small change, so a measure
        // is invariant if neither a small nor a large one alters it.
        for &change in Invariance::ALL {
            let after = [c, 40.0 * c].map(|c| {
                let changed = apply(change, &net, 0, c);
                for (a, b) in forward(&net, &input).iter().zip(forward(&changed, &input)) {
                    assert!((a - b).abs() < 1e-9 * (1.0 + a.abs()), "{change:?} changed the function");
                }
                // The function is the same, and so are its outputs.
                Subject::new(changed, Some(apply(change, &initial, 0, c)))
                    .unwrap()
                    .with_inputs(before.inputs().unwrap().clone())
                    .with_outputs(before.outputs().unwrap().clone())
            });
            for measure in walked() {
                let card = measure.card();
                let mut same = true;
                for after in &after {
                    let (a, b) = (values(measure, &before), values(measure, after));
                    if let Some((a, b)) = same_definedness(card.id, net.len(), a, b) {
                        same &= a.iter().zip(b).all(|(&a, b)| close(a, b));
                    } else {
                        same = card.invariant_to.contains(&change);
                    }
                }
                prop_assert_eq!(same, card.invariant_to.contains(&change), "{} {:?}", card.id, change);
            }
        }
    }

    /// Multiplying all weights by c, and the biases of layer l by c^l, multiplies
    /// a measure by c^degree.
    #[test]
    fn measures_have_the_degree_their_cards_claim(
        hidden in prop::collection::vec(1..5_usize, 1..4), classes in 2..5_usize, seed: u64,
        doublings in 1..4_i32
    ) {
        let widths = [hidden, vec![classes]].concat();
        // Powers of two scale the outputs, which are f32 numbers, without rounding.
        let c = 2_f64.powi(doublings);
        let net = gaussian_net(&widths, seed);
        let initial = gaussian_net(&widths, seed.wrapping_add(1));
        let scaled = |net: &[Layer]| -> Vec<Layer> {
            let layer = |(l, layer): (usize, &Layer)| Layer {
                weight: &layer.weight * faer::Scale(c),
                bias: layer.bias.as_ref().map(|b| b.iter().map(|b| b * c.powi(l as i32 + 1)).collect()),
                ..layer.clone()
            };
            net.iter().enumerate().map(layer).collect()
        };
        let before = known(&net, &initial);
        let after = known(&scaled(&net), &scaled(&initial));
        let depth = net.len();
        let margin = c.powi(depth as i32); // of the scaled network, if it was 1
        for measure in walked() {
            let card = measure.card();
            let (a, b) = (values(measure, &before), values(measure, &after));
            let Some((a, b)) = same_definedness(card.id, depth, a, b) else {
                continue;
            };
            for (a, b) in a.into_iter().zip(b) {
                match card.homogeneity {
                    Homogeneity::None | Homogeneity::Logarithm => {}
                    Homogeneity::Zero => prop_assert!(close(a, b), "{}: {} {}", card.id, a, b),
                    degree => {
                        let b = degree.scale_free(b, margin, depth).unwrap();
                        prop_assert!(close(a, b), "{}: {} {}", card.id, a, b);
                    }
                }
            }
        }
    }

    #[test]
    fn the_product_of_spectral_norms_is_a_lipschitz_constant(
        widths in prop::collection::vec(1..6_usize, 2..5), seed: u64
    ) {
        let net = gaussian_net(&widths, seed);
        let mut rng = crate::random::stream(seed, "inputs");
        let mut input = || -> Vec<f64> {
            (0..widths[0]).map(|_| StandardNormal.sample(&mut rng)).collect()
        };
        let distance = |a: &[f64], b: &[f64]| {
            a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
        };
        let (x, z) = (input(), input());
        let stretch = distance(&forward(&net, &x), &forward(&net, &z)) / distance(&x, &z);
        prop_assert!(stretch <= network(find("product-of-spectral-norms").unwrap(), &net) * (1.0 + 1e-12));
    }
}
