//! The gradient of a single example: how steep the loss is at least.

use crate::dataset::Split;
use crate::network::{Architecture, Optimizer, build};
use crate::solution::Weight;
use crate::training::TrainingError;

/// Largest `‖∇_w ℓ(w; x_i, y_i)‖₂` of the cross-entropy over these examples at
/// the weights given: a lower bound of any L for which the loss is
/// L-Lipschitz.
///
/// # Errors
/// Weights that are not the architecture's, or examples it does not take.
pub fn largest_gradient(
    architecture: Architecture,
    weights: &[Weight],
    examples: &Split,
    classes: usize,
) -> Result<f64, TrainingError> {
    let mut model = build(architecture, examples.features(), classes)?;
    model.start(Optimizer::Sgd { momentum: 0.0 });
    let mut largest = 0.0_f64;
    for i in 0..examples.len() {
        model.set_weights(weights)?;
        model.accumulate_gradient(examples.image(i), &examples.labels()[i..=i], 1.0)?;
        // A step of plain SGD with rate 1 is minus the gradient.
        model.step(1.0)?;
        let moved = model.weights()?;
        let pairs = (weights.iter().zip(&moved)).flat_map(|(a, b)| a.values.iter().zip(&b.values));
        let squares = pairs.map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2));
        largest = largest.max(squares.sum::<f64>().sqrt());
    }
    Ok(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At zero weights p = 1/10 everywhere, so the gradient of softmax
    /// regression is (p − e_y) (x, 1)ᵀ, of length √0.9 ‖(x, 1)‖.
    #[test]
    fn softmax_regression_at_zero_has_a_closed_form() {
        let mut pixels = vec![0.0; 2 * 784];
        (pixels[3], pixels[784]) = (1.0, 2.0);
        let examples = Split::new(pixels, vec![4, 0], 784).expect("two images");
        let weights = build(Architecture::Linear, 784, 10)
            .map(|model| model.weights().expect("weights"))
            .expect("a network");
        let found = largest_gradient(Architecture::Linear, &weights, &examples, 10);
        let expected = (0.9_f64 * 5.0).sqrt();
        assert!((found.expect("a gradient") - expected).abs() < 1e-5);
    }
}
