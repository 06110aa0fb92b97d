//! Layers with weights, and how a network is rebuilt from its arrays: strictly for
//! those of the zoo, by names and shapes for anyone's.

mod arrays;
mod batch_norm;
mod folding;
mod interpret;
mod known_order;
mod moments;
mod order;
mod reading;
mod shaped;
mod wired;
mod wiring;

pub use folding::{Direction, Folding};
pub use interpret::{Interpretation, interpret};
pub use moments::{Moments, compare_moments};
pub use reading::{BATCH_NORM_EPSILON, Fold, Reading};
pub use wired::{chain, wired_layers, wired_reading};
pub use wiring::OrderSource;

use std::collections::HashSet;

use faer::Mat;
use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::solution::Weight;

/// What a layer computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayerKind {
    /// x ↦ W x + b.
    Linear,
    /// Sums over a window that moves over the image.
    Convolution,
    /// Rows of a table, one per symbol.
    Embedding,
}

impl LayerKind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Convolution => "convolution",
            Self::Embedding => "embedding",
        }
    }
}

/// A layer with weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Dotted path of the layer in the network, such as `"0.0"`.
    pub name: String,
    /// What it computes.
    pub kind: LayerKind,
    /// Shape of the array the weights came in: (out, in), or (out, in, height,
    /// width) of a convolution.
    pub shape: Vec<usize>,
    /// W, shape (out, in); of a convolution (out, in · height · width).
    pub weight: Mat<f64>,
    /// b, shape (out); `None` for a layer without bias.
    pub bias: Option<Vec<f64>>,
}

impl Layer {
    /// A fully connected layer with weights of shape (out, in).
    pub fn linear(name: impl Into<String>, weight: Mat<f64>, bias: Option<Vec<f64>>) -> Self {
        Self {
            name: name.into(),
            kind: LayerKind::Linear,
            shape: vec![weight.nrows(), weight.ncols()],
            weight,
            bias,
        }
    }

    /// Number of outputs: rows of W.
    pub fn outputs(&self) -> usize {
        self.weight.nrows()
    }

    /// Number of inputs: columns of W.
    pub fn inputs(&self) -> usize {
        self.weight.ncols()
    }
}

/// The fully connected layers of a network, in the order of their weights.
///
/// An array `"<layer>.weight"` has shape (out, in), `"<layer>.bias"` shape
/// (out), both row-major.
///
/// # Errors
/// No layers; an array of another kind, rank or length; a bias without weight;
/// a layer whose inputs are not the outputs of the layer before it.
///
/// ```
/// use rethink::solution::Weight;
/// let weight = Weight { name: "0.weight".into(), shape: vec![1, 2], values: vec![3.0, 4.0] };
/// let layers = rethink::measure::layers(&[weight])?;
/// assert_eq!((layers[0].outputs(), layers[0].inputs()), (1, 2));
/// # Ok::<(), rethink::measure::MeasureError>(())
/// ```
pub fn layers(weights: &[Weight]) -> Result<Vec<Layer>, MeasureError> {
    let mut names = HashSet::new();
    let mut layers = Vec::<Layer>::new();
    let mut biases = Vec::new();
    for array in weights {
        if !names.insert(&array.name) {
            return Err(MeasureError::DuplicateArray {
                name: array.name.clone(),
            });
        }
        let (layer, part) = array.name.rsplit_once('.').unwrap_or(("", &array.name));
        match part {
            "weight" => layers.push(Layer::linear(layer, matrix(array)?, None)),
            "bias" => biases.push((layer, array)),
            _ => {
                return Err(MeasureError::UnknownArray {
                    name: array.name.clone(),
                });
            }
        }
    }
    for (name, array) in biases {
        let layer = layers.iter_mut().find(|layer| layer.name == name);
        let layer = layer.ok_or_else(|| MeasureError::BiasWithoutWeight {
            name: array.name.clone(),
        })?;
        layer.bias = Some(vector(array, layer.outputs())?);
    }
    if layers.is_empty() {
        return Err(MeasureError::NoLayers);
    }
    check_chain(&layers.iter().collect::<Vec<_>>())?;
    Ok(layers)
}

/// Refuses layers that do not fit together.
fn check_chain(layers: &[&Layer]) -> Result<(), MeasureError> {
    for pair in layers.windows(2) {
        if pair[1].inputs() != pair[0].outputs() {
            return Err(MeasureError::Chain {
                layer: pair[1].name.clone(),
                inputs: pair[1].inputs(),
                previous: pair[0].name.clone(),
                outputs: pair[0].outputs(),
            });
        }
    }
    Ok(())
}

fn matrix(array: &Weight) -> Result<Mat<f64>, MeasureError> {
    let [outputs, inputs] = array.shape[..] else {
        return Err(wrong_shape(array, "(out, in)"));
    };
    if outputs == 0 || inputs == 0 {
        return Err(wrong_shape(array, "(out, in) with positive lengths"));
    }
    if outputs.checked_mul(inputs) != Some(array.values.len()) {
        return Err(wrong_count(array));
    }
    Ok(Mat::from_fn(outputs, inputs, |i, j| {
        f64::from(array.values[i * inputs + j])
    }))
}

fn vector(array: &Weight, outputs: usize) -> Result<Vec<f64>, MeasureError> {
    if array.shape != [outputs] {
        return Err(wrong_shape(array, &format!("({outputs})")));
    }
    if array.values.len() != outputs {
        return Err(wrong_count(array));
    }
    Ok(array.values.iter().copied().map(f64::from).collect())
}

fn wrong_shape(array: &Weight, expected: &str) -> MeasureError {
    MeasureError::Shape {
        name: array.name.clone(),
        shape: array.shape.clone(),
        expected: expected.to_owned(),
    }
}

fn wrong_count(array: &Weight) -> MeasureError {
    MeasureError::ValueCount {
        name: array.name.clone(),
        shape: array.shape.clone(),
        values: array.values.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(name: &str, shape: &[usize]) -> Weight {
        let values = (0..shape.iter().product::<usize>())
            .map(|i| i as f32)
            .collect();
        Weight {
            name: name.into(),
            shape: shape.into(),
            values,
        }
    }

    #[test]
    fn rows_are_outputs_and_biases_find_their_layer() {
        let arrays = [
            array("0.0.weight", &[2, 3]),
            array("0.0.bias", &[2]),
            array("1.weight", &[4, 2]),
        ];
        let layers = layers(&arrays).unwrap();
        assert_eq!(layers[0].weight[(1, 0)], 3.0);
        assert_eq!(layers[0].weight[(0, 2)], 2.0);
        assert_eq!(layers[0].bias.as_deref(), Some(&[0.0, 1.0][..]));
        assert_eq!(
            (layers[1].name.as_str(), layers[1].bias.as_ref()),
            ("1", None)
        );
    }

    fn refused(arrays: &[Weight]) -> String {
        layers(arrays).unwrap_err().to_string()
    }

    #[test]
    fn arrays_that_make_no_network_are_refused_by_name() {
        let first = array("0.weight", &[2, 3]);
        assert!(refused(&[]).starts_with("no weight matrix found"));
        assert!(refused(&[array("0.scale", &[2])]).contains("\"0.scale\" is neither"));
        assert!(refused(&[first.clone(), first.clone()]).contains("appears twice"));
        assert!(refused(&[array("1.bias", &[2]), first.clone()]).contains("no weight matrix"));
        assert!(refused(&[array("0.weight", &[8, 3, 3, 3])]).contains("but (out, in) is needed"));
        assert!(refused(&[array("0.weight", &[0, 3])]).contains("positive lengths"));
        assert!(refused(&[first.clone(), array("0.bias", &[3])]).contains("but (2) is needed"));
        let short = Weight {
            values: vec![0.0; 5],
            ..first.clone()
        };
        assert!(refused(&[short]).contains("holds 5 values"));
        assert_eq!(
            refused(&[first, array("1.weight", &[2, 3])]),
            "layer \"1\" takes 3 inputs, but \"0\" before it has 2 outputs; give the layers in network order"
        );
    }
}
