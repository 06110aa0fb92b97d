//! Passes of every network of images against finite differences.

use std::sync::Arc;

use rand::RngExt;

use super::*;
use crate::network::{Architecture, Initialization, SIDE, Zoo};
use crate::random;

const EXAMPLES: usize = 2;

/// The network of images with initial weights, running statistics that are neither 0 nor 1, and
/// examples.
fn network(zoo: Zoo) -> (Graph<f64>, Vec<f64>) {
    let features = SIDE * SIDE;
    let model = Architecture::from(zoo)
        .build(features, 10)
        .expect("compiled");
    let mut weights = model.weights().expect("weights");
    Initialization::He.fill(&mut weights, 1);
    let mut rng = random::stream(3, "test network");
    let mut graph = Graph::<f64>::zeros(model.layout().clone());
    let mut single = Graph::<f32>::zeros(Arc::clone(model.layout()));
    set_arrays(single.layers_mut(), &weights);
    let vector = to_vector(single.layers());
    let vector: Vec<f64> = vector.into_iter().map(f64::from).collect();
    set_vector(graph.layers_mut(), &vector);
    let inputs = (0..EXAMPLES * features).map(|_| rng.random_range(-1.0..1.0));
    (graph, inputs.collect())
}

fn images() -> impl Iterator<Item = Zoo> {
    Zoo::ALL
        .iter()
        .copied()
        .filter(|zoo| zoo.hidden().is_none())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn derivatives_along_a_direction_are_central_differences_and_gradients_their_transpose() {
    for zoo in images() {
        let (graph, inputs) = network(zoo);
        let here = to_vector(graph.layers());
        let mut rng = random::stream(4, "test direction");
        // In proportion to the weights, so that no layer moves far more than another.
        let mut step = |w: &f64| rng.random_range(-1.0..1.0) * w.abs().max(0.01);
        let along: Vec<f64> = here.iter().map(&mut step).collect();
        let mut direction = graph.zeros_like();
        set_vector(&mut direction, &along);
        let pass = graph.forward(inputs.chunks_exact(SIDE * SIDE));
        let dots = graph.directional(&pass, &direction);
        let dots = dots[dots.len() - 1].to_rows(EXAMPLES);
        let at = |h: f64| {
            let mut moved = graph.clone();
            let parameters: Vec<f64> = here.iter().zip(&along).map(|(w, v)| w + h * v).collect();
            set_vector(moved.layers_mut(), &parameters);
            moved.logits(&inputs)
        };
        let h = 1e-7; // so small that no unit changes sides
        for ((up, down), dot) in at(h).iter().zip(at(-h)).zip(&dots) {
            let slope = (up - down) / (2.0 * h);
            assert!(
                (slope - dot).abs() < 1e-5 * (1.0 + dot.abs()),
                "{zoo}: {slope} {dot}"
            );
        }
        let mut rng = random::stream(5, "test covector");
        let covector: Vec<f64> = dots.iter().map(|_| rng.random_range(-1.0..1.0)).collect();
        let mut outputs = pass.logits().clone();
        outputs.fill(covector.chunks_exact(10));
        let mut gradient = graph.zeros_like();
        graph.add_gradient(&pass, outputs, &mut gradient);
        let (a, b) = (dot(&dots, &covector), dot(&to_vector(&gradient), &along));
        assert!((a - b).abs() < 1e-10 * (1.0 + a.abs()), "{zoo}: {a} {b}");
    }
}

#[test]
fn names_and_shapes_of_arrays_are_those_of_the_typed_network() {
    for &zoo in Zoo::ALL {
        let model = Architecture::from(zoo)
            .build(SIDE * SIDE, 10)
            .expect("compiled");
        let graph = Graph::<f32>::zeros(model.layout().clone());
        let of = |weights: Vec<crate::solution::Weight>| -> Vec<(String, Vec<usize>)> {
            weights.into_iter().map(|w| (w.name, w.shape)).collect()
        };
        let typed = of(model.weights().expect("weights"));
        assert_eq!(of(arrays(graph.layout(), graph.layers())), typed, "{zoo}");
    }
}
