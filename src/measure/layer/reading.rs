//! What is known of a checkpoint beside its arrays.

use super::{Direction, Interpretation};
use crate::checkpoint::ArrayOrder;

/// ε of batch norm in PyTorch and Flax, where it is not said otherwise. Keras has 1e-3.
pub const BATCH_NORM_EPSILON: f64 = 1e-5;

/// What is known of a checkpoint beside its arrays, and how batch norm is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// ε of batch norm.
    pub epsilon: f64,
    /// What the order of the arrays says.
    pub array_order: ArrayOrder,
    /// Names of all layers, first to last, if they are known; batch norms may stand
    /// among them.
    pub order: Option<Vec<String>>,
    /// Numbers of an input, and classes, of the data that the network is for.
    pub widths: Option<[usize; 2]>,
    /// Whether batch norms that are not in `folds` are folded by what the file shows.
    pub fold: bool,
    /// Batch norms and the layers they become part of.
    pub folds: Vec<Fold>,
}

/// A batch norm that is to become part of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// The norm.
    pub norm: String,
    /// The layer.
    pub layer: String,
    /// Where the layer is; by the shapes, if they tell it, where this is not said.
    pub direction: Option<Direction>,
}

impl Default for Reading {
    /// Arrays in an order that says nothing, and batch norm of PyTorch.
    fn default() -> Self {
        Self {
            epsilon: BATCH_NORM_EPSILON,
            array_order: ArrayOrder::Sorted,
            order: None,
            widths: None,
            fold: true,
            folds: Vec::new(),
        }
    }
}

impl Reading {
    /// The same, with order and batch norms as in another state of the network: what a
    /// trained network shows holds of its initialization, whose running means are zero.
    pub fn like(&self, trained: &Interpretation) -> Self {
        let name = |layer: &super::Layer| layer.name.clone();
        let fold = |folding: &super::Folding| Fold {
            norm: folding.norm.clone(),
            layer: folding.layer.clone(),
            direction: Some(folding.direction),
        };
        Self {
            order: Some(trained.layers.iter().map(name).collect()),
            fold: false,
            folds: trained.folded.iter().map(fold).collect(),
            ..self.clone()
        }
    }
}
