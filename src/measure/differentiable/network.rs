//! The network as one vector of parameters.

use std::ops::Range;

use faer::MatRef;

use crate::linalg::Real;
use crate::measure::Layer;

/// Where the parameters of one layer are in the vector.
#[derive(Debug, Clone)]
pub struct Span {
    /// Rows of W.
    pub outputs: usize,
    /// Columns of W.
    pub inputs: usize,
    /// W, column after column.
    pub weight: Range<usize>,
    /// b; empty for a layer without bias.
    pub bias: Range<usize>,
}

impl Span {
    /// W of these parameters, shape (out, in).
    pub fn matrix<'a, T>(&self, parameters: &'a [T]) -> MatRef<'a, T> {
        let weight = &parameters[self.weight.clone()];
        MatRef::from_column_major_slice(weight, self.outputs, self.inputs)
    }

    /// Whether there is a bias.
    pub fn has_bias(&self) -> bool {
        !self.bias.is_empty()
    }
}

/// Linear layers with ReLU between them.
///
/// ```text
/// a_0 = x,   z_l = W_l a_{l−1} + b_l,   a_l = max(z_l, 0),   f(x) = z_d
/// ```
#[derive(Debug, Clone)]
pub struct Network<T> {
    spans: Vec<Span>,
    parameters: Vec<T>,
}

impl<T: Real> Network<T> {
    /// The network of these layers, which follow each other.
    pub fn of(layers: &[Layer]) -> Self {
        let mut parameters = Vec::new();
        let span = |layer: &Layer| {
            let start = parameters.len();
            for column in layer.weight.col_iter() {
                parameters.extend(column.iter().map(|&w| T::from_f64(w)));
            }
            let end = parameters.len();
            let bias = layer.bias.iter().flatten();
            parameters.extend(bias.map(|&b| T::from_f64(b)));
            Span {
                outputs: layer.outputs(),
                inputs: layer.inputs(),
                weight: start..end,
                bias: end..parameters.len(),
            }
        };
        Self {
            spans: layers.iter().map(span).collect(),
            parameters,
        }
    }

    /// The network with other parameters, as many.
    pub fn with(&self, parameters: Vec<T>) -> Self {
        debug_assert_eq!(parameters.len(), self.parameters.len());
        Self {
            spans: self.spans.clone(),
            parameters,
        }
    }

    /// Weights and biases, layer after layer.
    pub fn parameters(&self) -> &[T] {
        &self.parameters
    }

    /// The layers, first to last.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Number of outputs.
    pub fn classes(&self) -> usize {
        self.spans.last().map_or(0, |span| span.outputs)
    }
}
