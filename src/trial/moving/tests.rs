//! Oracles: finite differences, explicit Jacobians, a linear problem whose answer is known.

use std::sync::Arc;

use rand::RngExt;
use rethink_layers::{Geometry, Shape};

use super::gram;
use super::norm::Norms;
use super::*;
use crate::dataset::Split;
use crate::measure::{Report, Subject, layers};
use crate::network::graph::{Extent, Graph, Layer, Layout, arrays, set_rounded};
use crate::random::stream;
use crate::trial::design::Held;

fn numbers(n: usize, size: f64, purpose: &str) -> Vec<f64> {
    let mut rng = stream(1, purpose);
    (0..n).map(|_| rng.random_range(-size..size)).collect()
}

fn parameters(layout: &Layout, size: f64) -> Vec<f64> {
    let room = Room::of(layout, 1, Held::Margins);
    // As the network rounds them, so that looking from them is exact.
    let rounded = numbers(room.parameters, size, "test parameters").into_iter();
    rounded.map(|w| f64::from(w as f32)).collect()
}

fn examples(n: usize, features: usize, classes: u32) -> Examples {
    let pixels = numbers(n * features, 1.0, "test images").into_iter();
    let labels = (0..n as u32).map(|i| i % classes).collect();
    let split = Split::new(pixels.map(|x| x as f32).collect(), labels, features);
    Examples::new(split.expect("shapes fit"))
}

fn small_conv() -> Arc<Layout> {
    let shape = Shape {
        channels: 1,
        height: 5,
        width: 5,
    };
    let geometry = Geometry {
        kernel: 3,
        stride: 2,
        padding: 1,
    };
    let mut layout = Layout::new(Extent::Image(shape));
    let outputs = 4;
    let value = layout.push("0".into(), Layer::Convolution { geometry, outputs }, &[0]);
    let value = layout.push(String::new(), Layer::Relu, &[value]);
    let value = layout.push(String::new(), Layer::Flatten, &[value]);
    layout.push("1".into(), Layer::Dense { outputs: 3 }, &[value]);
    Arc::new(layout)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn norms_are_the_measures_and_their_gradients_those_of_differences() {
    let layout = Arc::new(Layout::chain(&[5, 4, 6, 3]));
    let here = parameters(&layout, 0.8);
    let mut norms = Norms::of(&layout).expect("dense layers");
    let mut graph = Graph::<f32>::zeros(layout.clone());
    set_rounded(graph.layers_mut(), &here);
    let weights = arrays(&layout, graph.layers());
    let subject = Subject::new(layers(&weights).expect("a chain"), None).expect("layers fit");
    let report = Report::of(&subject, |card| card.id == "path-norm-l2").expect("finite");
    let measured = report.network["path-norm-l2"].expect("a number");
    assert!((norms.ln_path(&here).exp() / measured - 1.0).abs() < 1e-12);
    for layout in [layout, small_conv()] {
        let here = parameters(&layout, 0.8);
        let mut norms = Norms::of(&layout).expect("sums over paths");
        for norm in [Norm::Path, Norm::Frobenius] {
            let gradient = norms.gradient(norm, &here);
            let mut at = |k: usize, h: f64| {
                let mut moved = here.clone();
                moved[k] += h;
                norms.ln(norm, &moved)
            };
            for (k, slope) in gradient.iter().enumerate() {
                let found = (at(k, 1e-5) - at(k, -1e-5)) / 2e-5;
                assert!(
                    (found - slope).abs() < 1e-8,
                    "{norm:?} {k}: {found} {slope}"
                );
            }
        }
        let factor = norms.rescaling(0.3);
        let scaled: Vec<f64> = here.iter().map(|w| factor * w).collect();
        assert!((norms.ln_path(&scaled) - norms.ln_path(&here) - 0.3).abs() < 1e-12);
    }
}

#[test]
fn a_network_with_maxima_or_batch_norm_has_no_norm_to_move_along() {
    let shape = Shape {
        channels: 1,
        height: 4,
        width: 4,
    };
    let mut layout = Layout::new(Extent::Image(shape));
    let value = layout.push("0".into(), Layer::BatchNorm, &[0]);
    let value = layout.push(String::new(), Layer::Flatten, &[value]);
    layout.push("1".into(), Layer::Dense { outputs: 2 }, &[value]);
    assert!(Norms::of(&Arc::new(layout)).is_none());
}

/// J Σ Jᵀ from gradients example by example, against the formula that the solves use.
#[test]
fn solves_are_those_of_the_jacobian() {
    let cases = [
        (Arc::new(Layout::chain(&[30, 8, 3])), Held::Margins),
        (Arc::new(Layout::chain(&[30, 14, 12, 3])), Held::Margins),
        (small_conv(), Held::Margins),
        (Arc::new(Layout::chain(&[30, 14, 3])), Held::Logits),
        (Arc::new(Layout::chain(&[30, 14, 12, 3])), Held::Logits),
    ];
    for (layout, held) in cases {
        let train = examples(6, layout.features(), 3);
        let here = parameters(&layout, 0.9);
        let layers = layout.nodes().iter().filter(|node| !node.name.is_empty());
        let variances: Vec<f64> = (0..layers.count()).map(|l| 0.5 + l as f64).collect();
        let surface = Surface::through(&layout, &here, &train, held).expect("a surface");
        let mut surface = surface.weighted(&variances);
        surface.look_from(&here);
        let count = Room::of(&layout, 6, held).constraints;
        let rows: Vec<Vec<f64>> = (0..count)
            .map(|i| {
                let mut unit = vec![0.0; count];
                unit[i] = 1.0;
                surface.pull(&unit)
            })
            .collect();
        let b: Vec<f32> = numbers(count, 1.0, "right side")
            .iter()
            .map(|&x| x as f32)
            .collect();
        let c = surface.solve(&b).expect("positive definite");
        // J Σ Jᵀ c = J (Σ Jᵀ c), the sum of the rows.
        let mut sum = vec![0.0; here.len()];
        for (row, &c) in rows.iter().zip(&c) {
            vector::add(&mut sum, f64::from(c), row);
        }
        for (found, asked) in surface.push(&sum).iter().zip(&b) {
            assert!(
                (found - asked).abs() < 0.01,
                "{held:?}: {found} for {asked}"
            );
        }
        // J is the transpose of what pulls: ⟨u, J v⟩ = ⟨Σ^-½ Σ Jᵀ u, v⟩ with v weighted.
        let v = numbers(here.len(), 1.0, "direction");
        let each = surface.deviations();
        let weighted: Vec<f64> = v.iter().zip(&each).map(|(v, d)| v * d * d).collect();
        let pushed = surface.push(&weighted);
        for (row, pushed) in rows.iter().zip(&pushed) {
            assert!((dot(row, &v) - f64::from(*pushed)).abs() < 1e-4);
        }
    }
}

#[test]
fn the_gram_matrix_of_inputs_has_a_constant() {
    let rows = faer::mat![[1.0_f64, 2.0], [3.0, -1.0]];
    let gram = gram::with_constant(rows.as_ref());
    assert_eq!(gram, faer::mat![[6.0, 2.0], [2.0, 11.0]]);
}

#[test]
fn walks_end_at_their_norm_with_the_outcome_held_and_come_back() {
    let layout = Arc::new(Layout::chain(&[60, 24, 3]));
    let train = examples(12, 60, 3);
    for held in [Held::Margins, Held::Logits] {
        let here = parameters(&layout, 0.3);
        let mut surface = Surface::through(&layout, &here, &train, held).expect("a surface");
        let own = surface.norms().ln_path(&here);
        let held_at = |surface: &mut Surface<'_>, walked: &Walked, aim: f64| {
            assert_eq!(walked.end, WalkEnd::Arrived, "{held:?}");
            assert!(surface.look_from(&walked.parameters) <= 0.02);
            assert!(surface.is_held());
            assert!((surface.norms().ln_path(&walked.parameters) - aim).abs() <= 0.005);
        };
        let double = own + 2.0_f64.ln();
        let up = to_norm(&mut surface, &here, Norm::Path, double);
        held_at(&mut surface, &up, double);
        let back = to_norm(&mut surface, &up.parameters, Norm::Path, own);
        held_at(&mut surface, &back, own);
        let frobenius = to_norm(&mut surface, &here, Norm::Frobenius, double);
        held_at(&mut surface, &frobenius, double);
        let direction = numbers(here.len(), 1.0, "a random direction");
        let raw = |_: &[f64]| direction.clone();
        let random = along_to_norm(&mut surface, &here, raw, double);
        held_at(&mut surface, &random, double);
        let aside = along_at_norm(&mut surface, &here, raw, 0.3);
        held_at(&mut surface, &aside, own);
        let change: Vec<f64> = (aside.parameters.iter().zip(&here))
            .map(|(a, b)| a - b)
            .collect();
        let length = vector::length(&change) / vector::length(&here);
        assert!((length / 0.3 - 1.0).abs() < 0.03, "{length}");
        assert!(surface.left(&here) > 0.01);
    }
}

#[test]
fn another_network_settles_on_the_surface() {
    let layout = small_conv();
    let train = examples(6, 25, 3);
    let here = parameters(&layout, 0.5);
    let mut surface = Surface::through(&layout, &here, &train, Held::Margins).expect("a surface");
    let mut other = numbers(here.len(), 0.4, "another network");
    assert!(surface.look_from(&other) > 0.1);
    let settled = settle(&mut surface, &other);
    assert_eq!(settled.end, WalkEnd::Arrived);
    other = settled.parameters;
    assert!(surface.look_from(&other) <= 0.02);
}

/// With two classes and no hidden layer the margins are linear, so the chain is exact: the part
/// of θ that the margins do not fix has the mean square of its Gaussian.
#[test]
fn a_chain_on_a_linear_surface_has_the_variance_of_its_gaussian() {
    let layout = Arc::new(Layout::chain(&[40, 2]));
    let train = examples(10, 40, 2);
    let here = parameters(&layout, 0.2);
    let surface = Surface::through(&layout, &here, &train, Held::Margins).expect("a surface");
    let mut surface = surface.weighted(&[0.25]);
    surface.look_from(&here);
    let fixed = {
        let row_part = surface.along(&here).expect("solved");
        dot(&here, &here) - dot(&row_part, &row_part)
    };
    let mut random = stream(2, "chain");
    let chain = Chain {
        step: 0.5,
        steps: 40,
        deviations: surface.deviations(),
    };
    let mut squares = Vec::new();
    let mut from = here.clone();
    for _ in 0..60 {
        let sampled = chain.run(&mut surface, &from, &mut random);
        from = sampled.last.expect("it stays on the surface");
        squares.push(dot(&from, &from) - fixed);
    }
    let free = (here.len() - train.split.len()) as f64;
    let mean = squares.iter().sum::<f64>() / squares.len() as f64;
    // Sixty draws of a χ² of 72 degrees: a standard error of 2.2 %.
    assert!(
        (mean / (0.25 * free) - 1.0).abs() < 0.1,
        "{mean} {}",
        0.25 * free
    );
}
