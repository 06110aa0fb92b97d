//! The logarithms of norms of a network, and their gradients.

use std::sync::Arc;

use super::vector;
use crate::network::graph::{Graph, Layer, Layout, Value, set_vector, to_vector};

/// A norm that networks are moved along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Norm {
    /// The l2 path norm, biases left out.
    Path,
    /// The Frobenius norm of all weights, biases left out.
    Frobenius,
}

/// The norms of networks of one layout.
///
/// ```text
/// P² = Σ_paths ∏ w²,   ∂ ln P / ∂w = w ∂P²/∂(w²) / P²,   F² = Σ w²,   ∂ ln F / ∂w = w / F²
/// ```
///
/// P² is the sum of the outputs of the network of squared weights, biases 0, on an input of ones,
/// and its derivatives are one pass back.
///
/// # Reference
/// Neyshabur, Tomioka, Srebro 2015, arXiv 1503.00036.
pub struct Norms {
    squares: Graph<f64>,
    ones: Vec<f64>,
    /// 1 for weights, 0 for biases.
    weights: Vec<f64>,
    layers: usize,
}

impl Norms {
    /// The norms of networks of this layout; none if a layer is no sum over paths whose
    /// derivatives are a pass back: batch norm, maxima, local response normalization.
    pub fn of(layout: &Arc<Layout>) -> Option<Self> {
        let sums = layout.nodes().iter().all(|node| {
            matches!(
                node.layer,
                Layer::Dense { .. } | Layer::Convolution { .. } | Layer::Relu | Layer::Flatten
            )
        });
        let squares = Graph::zeros(layout.clone());
        let mut weights = Vec::new();
        let mut layers = 0;
        for shapes in squares.layers().iter().filter_map(|layer| layer.shapes()) {
            for (shape, is_weight) in shapes.iter().zip([1.0, 0.0]) {
                let numbers = shape.iter().product::<usize>();
                weights.extend(std::iter::repeat_n(is_weight, numbers));
            }
            layers += 1;
        }
        sums.then(|| Self {
            ones: vec![1.0; layout.features()],
            squares,
            weights,
            layers,
        })
    }

    /// 1 for every weight, 0 for every bias.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// ln P.
    pub fn ln_path(&mut self, parameters: &[f64]) -> f64 {
        self.set(parameters);
        0.5 * self.sum().1.ln()
    }

    /// The factor on all parameters that changes ln P by `change`: P is homogeneous of the degree
    /// of the number of layers.
    pub fn rescaling(&self, change: f64) -> f64 {
        (change / self.layers as f64).exp()
    }

    /// The logarithm of a norm.
    pub fn ln(&mut self, norm: Norm, parameters: &[f64]) -> f64 {
        match norm {
            Norm::Path => self.ln_path(parameters),
            Norm::Frobenius => 0.5 * self.frobenius(parameters).ln(),
        }
    }

    /// The gradient of the logarithm of a norm by the parameters.
    pub fn gradient(&mut self, norm: Norm, parameters: &[f64]) -> Vec<f64> {
        let (slopes, square) = match norm {
            Norm::Path => {
                self.set(parameters);
                let (pass, square) = self.sum();
                let mut by_squares = self.squares.zeros_like();
                let mut ones = pass.logits().clone();
                let outputs = vec![1.0; self.squares.layout().classes()];
                Value::fill(&mut ones, std::iter::once(&*outputs));
                self.squares.add_gradient(&pass, ones, &mut by_squares);
                (to_vector(&by_squares), square)
            }
            Norm::Frobenius => (vec![1.0; parameters.len()], self.frobenius(parameters)),
        };
        let each = parameters.iter().zip(&slopes).zip(&self.weights);
        each.map(|((w, slope), kept)| kept * w * slope / square)
            .collect()
    }

    fn frobenius(&self, parameters: &[f64]) -> f64 {
        let kept: Vec<f64> = (parameters.iter().zip(&self.weights))
            .map(|(w, kept)| w * kept)
            .collect();
        vector::dot(&kept, &kept)
    }

    fn set(&mut self, parameters: &[f64]) {
        let squares: Vec<f64> = (parameters.iter().zip(&self.weights))
            .map(|(w, kept)| kept * w * w)
            .collect();
        set_vector(self.squares.layers_mut(), &squares);
    }

    fn sum(&self) -> (crate::network::graph::Pass<f64>, f64) {
        let pass = self.squares.forward(std::iter::once(&*self.ones));
        let square = pass.logits().to_rows(1).into_iter().sum();
        (pass, square)
    }
}
