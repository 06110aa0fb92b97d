//! The gradient of a single example: how steep the loss is at least.

use crate::dataset::Split;
use crate::network::Architecture;
use crate::solution::Weight;
use crate::training::TrainingError;

/// Largest `‖∇_w ℓ(w; x_i, y_i)‖₂` of the cross-entropy over these examples at
/// the weights given: a lower bound of any L for which the loss is
/// L-Lipschitz.
///
/// # Errors
/// Weights that are not the architecture's, or examples it does not take.
pub fn largest_gradient(
    architecture: &Architecture,
    weights: &[Weight],
    examples: &Split,
    classes: usize,
) -> Result<f64, TrainingError> {
    let mut model = architecture.build(examples.features(), classes)?;
    model.set_weights(weights)?;
    let mut largest = 0.0_f64;
    for i in 0..examples.len() {
        model.accumulate_gradient(examples.image(i), &examples.labels()[i..=i], 1.0)?;
        let gradient = model.take_gradient()?;
        let entries = gradient.iter().flat_map(|array| &array.values);
        let square: f64 = entries.map(|&g| f64::from(g).powi(2)).sum();
        largest = largest.max(square.sqrt());
    }
    Ok(largest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Zoo;

    /// Where all classes have the same weights p = 1/10 everywhere, so the gradient of
    /// softmax regression is (p − e_y) (x, 1)ᵀ, of length √0.9 ‖(x, 1)‖. It is far below
    /// the spacing of single precision at weights of 2²⁶.
    #[test]
    fn softmax_regression_with_equal_classes_has_a_closed_form() {
        let mut pixels = vec![0.0; 2 * 784];
        (pixels[3], pixels[784]) = (1.0, 2.0);
        let examples = Split::new(pixels, vec![4, 0], 784).expect("two images");
        let mut weights = Architecture::from(Zoo::Linear)
            .build(784, 10)
            .map(|model| model.weights().expect("weights"))
            .expect("a network");
        for size in [0.0, 2_f32.powi(26)] {
            for array in &mut weights {
                array.values.fill(size);
            }
            let found = largest_gradient(&Zoo::Linear.into(), &weights, &examples, 10);
            let expected = (0.9_f64 * 5.0).sqrt();
            let found = found.expect("a gradient");
            assert!((found / expected - 1.0).abs() < 1e-6, "{size}: {found}");
        }
    }
}
