//! A chain of dense layers with ReLU between them, its shapes erased: the one forward
//! and the one backward pass of networks that are measured, not trained.
//!
//! Examples are the columns of a matrix, so that every step is one matrix
//! product. The derivative of ReLU at 0 is 0. Values that are not finite stay
//! so and are no error.

mod backward;
mod forward;
mod loss;

use std::ops::Range;

use faer::MatRef;

pub(crate) use backward::{gradient_at, squared_norms};
pub(crate) use forward::{Pass, add_product, mask, zip_mut};
pub(crate) use loss::{correct, cross_entropy, loss_delta, probabilities};

use crate::linalg::Real;

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
pub struct Chain<T> {
    spans: Vec<Span>,
    parameters: Vec<T>,
}

impl<T: Real> Chain<T> {
    /// The chain of these layers: each its W, shape (out, in), and its b if it has one.
    pub fn new<'a>(layers: impl IntoIterator<Item = (MatRef<'a, f64>, Option<&'a [f64]>)>) -> Self {
        let mut parameters = Vec::new();
        let span = |(weight, bias): (MatRef<'a, f64>, Option<&'a [f64]>)| {
            let start = parameters.len();
            for column in weight.col_iter() {
                parameters.extend(column.iter().map(|&w| T::from_f64(w)));
            }
            let end = parameters.len();
            parameters.extend(bias.unwrap_or_default().iter().map(|&b| T::from_f64(b)));
            Span {
                outputs: weight.nrows(),
                inputs: weight.ncols(),
                weight: start..end,
                bias: end..parameters.len(),
            }
        };
        Self {
            spans: layers.into_iter().map(span).collect(),
            parameters,
        }
    }

    /// The chain with other parameters, as many.
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
