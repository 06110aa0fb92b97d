//! A network with its shapes erased: its layers with their wiring, the one forward and the one
//! backward pass.
//!
//! Training steps, and every measure of a network that needs more than its weights, go through
//! it. Its layers are the functions that the typed networks put on dfdx's tape.

mod backward;
mod derivatives;
mod forward;
mod layout;
mod parameters;
mod paths;
mod soft_margins;
mod trainer;
mod value;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod training_tests;

use std::sync::Arc;

use rethink_layers::{Element, on_threads};

use super::model::PART;

pub use forward::Pass;
pub use layout::{Extent, Layer, Layout, Node};
pub(super) use parameters::running;
pub use parameters::{Parameters, arrays, set_arrays, set_rounded, set_vector, to_vector};
pub use soft_margins::{soft_margin, soft_margin_slope};
pub use trainer::Trainer;
pub use value::Value;

/// A network in precision T.
#[derive(Debug, Clone)]
pub struct Graph<T> {
    layout: Arc<Layout>,
    layers: Vec<Parameters<T>>,
}

impl<T: Element> Graph<T> {
    /// The network with all parameters 0.
    pub fn zeros(layout: Arc<Layout>) -> Self {
        Self {
            layers: parameters::zeros(&layout),
            layout,
        }
    }

    /// Its layers and their wiring.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The parameters of every layer.
    pub fn layers(&self) -> &[Parameters<T>] {
        &self.layers
    }

    /// The same, to change them.
    pub fn layers_mut(&mut self) -> &mut [Parameters<T>] {
        &mut self.layers
    }

    /// Logits, shape (samples, classes), of row-major inputs.
    pub fn logits(&self, inputs: &[T]) -> Vec<T> {
        let features = self.layout.features();
        let parts = inputs.chunks(PART * features);
        let logits = |part: &[T]| {
            let pass = self.forward(part.chunks_exact(features));
            pass.logits().to_rows(pass.examples())
        };
        let products = inputs.len() / features * self.products();
        on_threads(products, || parts.flat_map(logits).collect())
    }

    /// Products of the forward pass of one example.
    fn products(&self) -> usize {
        self.layers.iter().map(Parameters::products).sum()
    }

    /// Zeros of the shape of the parameters.
    pub fn zeros_like(&self) -> Vec<Parameters<T>> {
        self.layers.iter().map(Parameters::zeros_like).collect()
    }
}
