use super::*;
use crate::measure::{Subject, layers, network_logits};
use crate::network::Initialization;

const MOVES: [Move; 2] = [Move::Weight, Move::Row];
const FREE: Steps = Steps {
    first: 0.1,
    largest: None,
};

/// Images of noise with labels in rotation; the first pixel is 0 in all.
fn noise(examples: usize, features: usize) -> Split {
    let mut rng = random::stream(2, "test images");
    let mut pixels: Vec<f32> = (0..examples * features)
        .map(|_| StandardNormal.sample(&mut rng))
        .collect();
    pixels.iter_mut().step_by(features).for_each(|x| *x = 0.0);
    let labels = (0..examples).map(|i| (i % 3) as u32).collect();
    Split::new(pixels, labels, features).unwrap()
}

fn start(features: usize, hidden: usize, scale: f32) -> Vec<Weight> {
    let array = |name: &str, shape: &[usize]| Weight {
        name: name.into(),
        shape: shape.into(),
        values: vec![0.0; shape.iter().product()],
    };
    let mut weights = vec![
        array("0.weight", &[hidden, features]),
        array("0.bias", &[hidden]),
        array("1.weight", &[3, hidden]),
        array("1.bias", &[3]),
    ];
    Initialization::He.fill(&mut weights, 4);
    let values = weights.iter_mut().flat_map(|w| &mut w.values);
    values.for_each(|w| *w *= scale);
    weights
}

/// The mean cross-entropy by another way: a forward pass of the weights alone.
fn cost(weights: &[Weight], train: &Split) -> f64 {
    let subject = Subject::new(layers(weights).unwrap(), None).unwrap();
    let logits = network_logits(&subject, train).unwrap();
    let losses = logits.chunks(3).zip(train.labels()).map(|(row, &y)| {
        let largest = row.iter().copied().fold(f64::MIN, f64::max);
        let sum: f64 = row.iter().map(|f| (f - largest).exp()).sum();
        largest + sum.ln() - row[y as usize]
    });
    losses.sum::<f64>() / train.len() as f64
}

#[test]
fn the_cost_is_that_of_the_weights_and_falls_with_every_change_kept() {
    for moves in MOVES {
        // 21 examples: the last vector of eight has three of padding.
        let train = noise(21, 7);
        let mut search = Search::new(start(7, 5, 1.0), &train, 3, moves, FREE, 1).unwrap();
        let mut kept = 0;
        for _ in 0..600 {
            let before = search.clone();
            let Advance { trials, accepted } = search.advance(1);
            assert!(trials <= 2 && accepted <= 1);
            kept += accepted;
            if accepted == 1 {
                assert!(search.cost() < before.cost());
                let exact = cost(search.weights(), &train);
                assert!((search.cost() / exact - 1.0).abs() < 1e-10);
            } else {
                assert_eq!(search.weights(), before.weights());
            }
        }
        assert!((60..400).contains(&kept), "{kept}");
    }
}

#[test]
fn the_cost_asked_for_is_reached_also_past_a_rebuild() {
    for moves in MOVES {
        let train = noise(30, 40);
        let steps = Steps {
            first: 0.01,
            largest: Some(0.05),
        };
        let mut search = Search::new(start(40, 6, 1.0), &train, 3, moves, steps, 1).unwrap();
        let mut kept = 0;
        for _ in 0..100 {
            kept += search.advance(500).accepted;
            if search.cost() <= 0.01 && kept > REBUILD {
                break;
            }
        }
        assert!(search.cost() <= 0.01, "{}", search.cost());
        assert!(kept > REBUILD, "{kept}");
        assert!((search.cost() / cost(search.weights(), &train) - 1.0).abs() < 1e-10);
        let steps = search.steps();
        assert!(steps.iter().all(|&s| s <= 0.05), "{steps:?}");
    }
}

#[test]
fn a_number_that_changes_nothing_is_not_changed() {
    let train = noise(20, 6);
    let initial = start(6, 4, 1.0);
    let mut search = Search::new(initial.clone(), &train, 3, Move::Row, FREE, 1).unwrap();
    assert!(search.advance(500).accepted > 10);
    let (old, new) = (&initial[0].values, &search.weights()[0].values);
    for (i, (old, new)) in old.iter().zip(new).enumerate() {
        assert_eq!(old == new, i % 6 == 0, "weight {i}");
    }
}

#[test]
fn parts_do_not_matter_but_seeds_do() {
    let train = noise(20, 6);
    let run = |parts: &[u64], seed| {
        let mut search =
            Search::new(start(6, 4, 1.0), &train, 3, Move::Weight, FREE, seed).unwrap();
        let trials: u64 = parts.iter().map(|&part| search.advance(part).trials).sum();
        (trials, search.weights().to_vec())
    };
    let (trials, weights) = run(&[1, 77, 3, 200], 1);
    assert_eq!(run(&[trials], 1), (trials, weights.clone()));
    assert_ne!(run(&[trials], 2).1, weights);
}

#[test]
fn logits_of_thousands_have_their_cost() {
    let train = noise(20, 6);
    let weights = start(6, 4, 50.0); // both layers: logits times 2500
    let exact = cost(&weights, &train);
    assert!(exact > 709.0); // e to it would overflow
    let mut search = Search::new(weights, &train, 3, Move::Row, FREE, 1).unwrap();
    assert!((search.cost() / exact - 1.0).abs() < 1e-12);
    search.advance(300);
    assert!((search.cost() / cost(search.weights(), &train) - 1.0).abs() < 1e-10);
}

#[test]
fn what_cannot_be_searched_is_refused() {
    let train = noise(20, 6);
    let refused = |weights: Vec<Weight>, classes, steps| {
        let search = Search::new(weights, &train, classes, Move::Weight, steps, 1);
        search.unwrap_err().to_string()
    };
    let error = refused(start(5, 4, 1.0), 3, FREE);
    assert!(error.contains("[[4, 5], [4], [3, 4], [3]]") && error.contains("from 6 numbers"));
    let linear = start(6, 4, 1.0).split_off(2);
    assert!(refused(linear, 3, FREE).contains("one hidden layer"));
    let zero = Steps {
        first: 0.1,
        largest: Some(0.0),
    };
    assert!(refused(start(6, 4, 1.0), 3, zero).contains("largest step is 0"));
    let error = refused(start(6, 4, f32::INFINITY), 3, FREE);
    assert!(error.contains("initial weight is"), "{error}");
}
