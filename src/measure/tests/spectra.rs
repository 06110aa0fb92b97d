//! Measures of singular values: in small networks many have no value, in wide ones
//! all have.

use proptest::prelude::*;

use super::*;

/// What this file walks.
fn walked() -> impl Iterator<Item = &'static dyn Measure> {
    measures().filter(|measure| {
        let card = measure.card();
        card.group == Group::Spectra && !card.needs.contains(&Need::Geometry)
    })
}

/// The network's value or, without one, those of the layers.
fn values(measure: &dyn Measure, subject: &Subject) -> Vec<f64> {
    match measure.network(subject).unwrap() {
        Some(value) => vec![value.number],
        None => {
            let layers = measure.layers(subject).unwrap().unwrap();
            layers.into_iter().map(|value| value.number).collect()
        }
    }
}

fn scaled(net: &[Layer], c: f64) -> Vec<Layer> {
    net.iter()
        .map(|layer| Layer {
            weight: &layer.weight * faer::Scale(c),
            ..layer.clone()
        })
        .collect()
}

/// Whether the values agree; `None` where none of them is defined.
fn same(measure: &dyn Measure, before: &Subject, after: &Subject) -> Option<bool> {
    let pairs = values(measure, before)
        .into_iter()
        .zip(values(measure, after));
    let defined: Vec<_> = pairs.filter(|(a, b)| !(a.is_nan() && b.is_nan())).collect();
    let same = defined.iter().all(|&(a, b)| close(a, b));
    (!defined.is_empty()).then_some(same)
}

/// The weights of `after` are multiplied by c and its margin is c^depth.
#[track_caller]
fn assert_degree(measure: &dyn Measure, before: &Subject, after: &Subject, margin: f64) {
    let card = measure.card();
    let pairs = values(measure, before)
        .into_iter()
        .zip(values(measure, after));
    for (a, b) in pairs.filter(|(a, b)| !(a.is_nan() && b.is_nan())) {
        let b = match card.homogeneity {
            Homogeneity::None | Homogeneity::Logarithm => continue,
            Homogeneity::Zero => b,
            degree => degree.scale_free(b, margin, before.layers().len()).unwrap(),
        };
        assert!(close(a, b), "{}: {a} {b}", card.id);
    }
}

/// Measures of tails and bulks are defined for layers with enough singular values
/// only, and some count: these must change in one of several networks.
#[test]
fn wide_networks_have_every_value_and_the_claimed_invariances_and_degrees() {
    let widths = [24, 30, 26, 22];
    let mut changed = HashSet::new();
    for seed in 0..8 {
        let (net, initial) = (
            gaussian_net(&widths, seed),
            gaussian_net(&widths, seed + 100),
        );
        let before = Subject::new(net.clone(), Some(initial.clone())).unwrap();
        let after = Subject::new(scaled(&net, 3.0), Some(scaled(&initial, 3.0))).unwrap();
        for measure in walked() {
            let id = measure.card().id;
            let defined = values(measure, &before)
                .iter()
                .all(|value| value.is_finite());
            assert!(defined, "{id}: {:?}", values(measure, &before));
            assert_degree(measure, &before, &after, 27.0);
        }
        for &change in Invariance::ALL {
            let net = apply(change, &net, 0, 2.5);
            let after = Subject::new(net, Some(apply(change, &initial, 0, 2.5))).unwrap();
            for measure in walked() {
                if same(measure, &before, &after) == Some(false) {
                    changed.insert((measure.card().id, format!("{change:?}")));
                }
            }
        }
    }
    for card in walked().map(|measure| measure.card()) {
        for change in Invariance::ALL {
            let changed = changed.contains(&(card.id, format!("{change:?}")));
            let claimed = card.invariant_to.contains(change);
            assert_ne!(changed, claimed, "{} {change:?}", card.id);
        }
    }
}

proptest! {
    /// A card claims exactly the invariances the measure has.
    #[test]
    fn measures_have_the_invariances_their_cards_claim(
        widths in prop::collection::vec(2..6_usize, 3..5), seed: u64, c in 1.5..4.0_f64
    ) {
        let net = gaussian_net(&widths, seed);
        let initial = gaussian_net(&widths, seed.wrapping_add(1));
        let input: Vec<f64> = (0..widths[0]).map(|i| (i as f64).cos()).collect();
        let before = Subject::new(net.clone(), Some(initial.clone())).unwrap();
        for &change in Invariance::ALL {
            let changed = apply(change, &net, 0, c);
            for (a, b) in forward(&net, &input).iter().zip(forward(&changed, &input)) {
                prop_assert!((a - b).abs() < 1e-9 * (1.0 + a.abs()), "{change:?} changed the function");
            }
            let after = Subject::new(changed, Some(apply(change, &initial, 0, c))).unwrap();
            for measure in walked() {
                let card = measure.card();
                if let Some(same) = same(measure, &before, &after) {
                    prop_assert_eq!(same, card.invariant_to.contains(&change), "{} {:?}", card.id, change);
                }
            }
        }
    }

    /// Multiplying all weights by c multiplies a measure by c^degree.
    #[test]
    fn measures_have_the_degree_their_cards_claim(
        widths in prop::collection::vec(1..5_usize, 2..5), seed: u64, c in 1.5..3.0_f64
    ) {
        let net = gaussian_net(&widths, seed);
        let initial = gaussian_net(&widths, seed.wrapping_add(1));
        let before = Subject::new(net.clone(), Some(initial.clone())).unwrap();
        let after = Subject::new(scaled(&net, c), Some(scaled(&initial, c))).unwrap();
        let margin = c.powi(net.len() as i32); // of the scaled network, if it was 1
        for measure in walked() {
            assert_degree(measure, &before, &after, margin);
        }
    }
}
