//! Batch norm, and how it becomes part of the layer before it.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};
use rand_distr::{Distribution, StandardNormal};

use super::Layer;
use super::arrays::Module;
use crate::random::stream;
use crate::solution::Weight;

/// Inputs that a folded layer is compared on.
const INPUTS: usize = 8;

/// x ↦ γ (x − μ) / √(σ² + ε) + β, in evaluation.
#[derive(Debug)]
pub(super) struct BatchNorm {
    scale: Vec<f64>,
    shift: Vec<f64>,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl BatchNorm {
    /// The batch norm of a module with running mean and variance. γ is 1 and β is 0
    /// where the module has none.
    pub(super) fn new(module: &Module) -> Result<Self, String> {
        let (Some(mean), Some(variance)) = (&module.mean, &module.variance) else {
            return Err("its running mean or variance is missing".to_owned());
        };
        let features = mean.values.len();
        let vector = |array: &Weight| {
            let fits = array.shape == [features];
            let values = || array.values.iter().copied().map(f64::from).collect();
            fits.then(values).ok_or_else(|| {
                format!(
                    "\"{}\" has shape {:?}, not ({features})",
                    array.name, array.shape
                )
            })
        };
        let or = |array: &Option<Weight>, value| {
            array.as_ref().map_or(Ok(vec![value; features]), vector)
        };
        Ok(Self {
            scale: or(&module.weight, 1.0)?,
            shift: or(&module.bias, 0.0)?,
            mean: vector(mean)?,
            variance: vector(variance)?,
        })
    }

    pub(super) fn features(&self) -> usize {
        self.mean.len()
    }

    /// Makes the norm part of the layer before it:
    ///
    /// ```text
    /// W' = W γ / √(σ² + ε)      b' = (b − μ) γ / √(σ² + ε) + β
    /// ```
    ///
    /// Gives the largest difference between an output of layer and norm and of the
    /// folded layer on random inputs, over the largest output. Rows of W that are
    /// windows of an image are as good as others: a convolution is linear in each.
    pub(super) fn fold(&self, layer: &mut Layer, epsilon: f64) -> Result<f64, String> {
        let deviations: Vec<f64> = self.variance.iter().map(|v| (v + epsilon).sqrt()).collect();
        if let Some(feature) = deviations.iter().position(|d| d.is_nan() || *d <= 0.0) {
            let variance = self.variance[feature];
            return Err(format!(
                "σ² + ε is not positive: σ² = {variance} of feature {feature}"
            ));
        }
        let mut random = stream(0, "inputs to compare folded batch norm on");
        let inputs = Mat::from_fn(layer.inputs(), INPUTS, |_, _| {
            StandardNormal.sample(&mut random)
        });
        let mut before = outputs(layer, &inputs);
        for j in 0..INPUTS {
            for i in 0..self.features() {
                let standardized = (before[(i, j)] - self.mean[i]) / deviations[i];
                before[(i, j)] = standardized * self.scale[i] + self.shift[i];
            }
        }

        let factors: Vec<f64> = std::iter::zip(&self.scale, &deviations)
            .map(|(scale, deviation)| scale / deviation)
            .collect();
        for j in 0..layer.inputs() {
            for (i, factor) in factors.iter().enumerate() {
                layer.weight[(i, j)] *= factor;
            }
        }
        let bias = |i: usize| layer.bias.as_ref().map_or(0.0, |bias| bias[i]);
        let folded = |i: usize| (bias(i) - self.mean[i]) * factors[i] + self.shift[i];
        layer.bias = Some((0..self.features()).map(folded).collect());

        let difference = &before - outputs(layer, &inputs);
        let largest = before.norm_max();
        Ok(if largest > 0.0 {
            difference.norm_max() / largest
        } else {
            difference.norm_max()
        })
    }
}

/// W x + b, one column per input.
fn outputs(layer: &Layer, inputs: &Mat<f64>) -> Mat<f64> {
    let bias = |i: usize| layer.bias.as_ref().map_or(0.0, |bias| bias[i]);
    let mut outputs = Mat::from_fn(layer.outputs(), INPUTS, |i, _| bias(i));
    let (out, weight) = (outputs.as_mut(), layer.weight.as_ref());
    matmul(out, Accum::Add, weight, inputs.as_ref(), 1.0, Par::Seq);
    outputs
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{BATCH_NORM_EPSILON, Interpretation, interpret};
    use super::*;

    /// Layers of (outputs, inputs) and norms of features, which are drawn.
    pub(in super::super) fn network(modules: &[(&str, &[usize])]) -> Vec<Weight> {
        let mut random = stream(1, "test network");
        let mut arrays = Vec::new();
        for (name, shape) in modules {
            let parts: &[&str] = match shape.len() {
                1 => &["weight", "bias", "running_mean", "running_var"],
                _ => &["weight"],
            };
            for part in parts {
                let normal = |_| -> f32 { StandardNormal.sample(&mut random) };
                let values = (0..shape.iter().product::<usize>()).map(normal);
                arrays.push(Weight {
                    name: format!("{name}.{part}"),
                    shape: shape.to_vec(),
                    values: match *part {
                        "running_var" => values.map(|value| value * value).collect(),
                        _ => values.collect(),
                    },
                });
            }
        }
        arrays
    }

    pub(in super::super) fn of(modules: &[(&str, &[usize])]) -> Interpretation {
        interpret(network(modules), BATCH_NORM_EPSILON).unwrap()
    }

    #[test]
    fn a_folded_norm_leaves_the_function() {
        let found = of(&[
            ("0", &[40, 30]),
            ("1", &[40]),
            ("3", &[6, 4, 3, 3]),
            ("4", &[6]),
        ]);
        assert_eq!((found.folded.len(), found.skipped.len()), (2, 0));
        for folding in &found.folded {
            assert!(folding.difference < 1e-13, "{folding:?}");
        }
        assert!(found.layers.iter().all(|layer| layer.bias.is_some()));
    }

    #[test]
    fn variances_that_have_no_root_are_refused() {
        let mut arrays = network(&[("0", &[4, 3]), ("1", &[4])]);
        arrays[4].values[2] = -1.0;
        let found = interpret(arrays, BATCH_NORM_EPSILON).unwrap();
        assert!(
            found.skipped[0].reason.contains("σ² = -1 of feature 2"),
            "{:?}",
            found.skipped
        );
    }

    #[test]
    fn a_norm_without_scale_and_shift_standardizes() {
        let mut arrays = network(&[("0", &[4, 3]), ("1", &[4])]);
        arrays.retain(|array| !["1.weight", "1.bias"].contains(&&*array.name));
        let found = interpret(arrays.clone(), 0.25).unwrap();
        let (mean, variance) = (
            f64::from(arrays[1].values[3]),
            f64::from(arrays[2].values[3]),
        );
        let layer = &found.layers[0];
        let expected = -mean / (variance + 0.25).sqrt();
        assert!((layer.bias.as_ref().unwrap()[3] - expected).abs() < 1e-14);
        let expected = f64::from(arrays[0].values[3 * 3 + 1]) / (variance + 0.25).sqrt();
        assert!((layer.weight[(3, 1)] - expected).abs() < 1e-14);
    }
}
