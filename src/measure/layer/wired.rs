//! The layers of a network whose wiring is known.

use super::{Direction, Fold, Interpretation, Reading, interpret};
use crate::checkpoint::ArrayOrder;
use crate::measure::MeasureError;
use crate::network::graph::{self, Layout};
use crate::solution::Weight;

/// How the arrays of a network of images, in its order, are read: batch norms are folded into the
/// convolutions that they follow.
///
/// ```text
/// W' = diag(a) W,   b' = a b + c,   a = 1 / √(σ² + ε),   c = −a μ
/// ```
pub fn wired_reading(layout: &Layout) -> Reading {
    let nodes = layout.nodes();
    let norms = nodes
        .iter()
        .filter(|node| node.layer == graph::Layer::BatchNorm);
    let folds = norms.filter_map(|norm| {
        let convolution = nodes.get(norm.inputs[0].checked_sub(1)?)?;
        Some(Fold {
            norm: norm.name.clone(),
            layer: convolution.name.clone(),
            direction: Some(Direction::LayerBefore),
        })
    });
    Reading {
        array_order: ArrayOrder::Registration,
        fold: false,
        folds: folds.collect(),
        ..Reading::default()
    }
}

/// The layers of a network of images, in the order in which they compute.
///
/// # Errors
/// Arrays that are not those of the network.
pub fn wired_layers(
    layout: &Layout,
    weights: &[Weight],
) -> Result<Vec<super::Layer>, MeasureError> {
    let Interpretation { layers, .. } = interpret(weights.to_vec(), &wired_reading(layout))?;
    Ok(layers)
}

/// Fully connected layers with ReLU between them.
pub fn chain(layers: &[super::Layer]) -> Layout {
    let inputs = layers.first().map(super::Layer::inputs);
    let outputs = layers.iter().map(super::Layer::outputs);
    let widths: Vec<usize> = inputs.into_iter().chain(outputs).collect();
    Layout::chain(&widths)
}
