//! Batch norm, and how it becomes part of the layer before or after it.

use super::Layer;
use super::arrays::Module;
use crate::solution::Weight;

/// Features from which running means that are all non-negative show that a ReLU is
/// before the norm: by chance they are with probability 2⁻⁸.
const ENOUGH_FEATURES: usize = 8;

/// x ↦ γ (x − μ) / √(σ² + ε) + β, in evaluation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BatchNorm {
    scale: Vec<f64>,
    shift: Vec<f64>,
    mean: Vec<f64>,
    variance: Vec<f64>,
    epsilon: f64,
}

/// What the signs of the running means say of what is before the norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing that makes its outputs non-negative.
    Signed,
    /// Something that does, as a ReLU.
    NonNegative,
    /// Too few features, or means that are all zero.
    Undecided,
}

impl BatchNorm {
    /// The batch norm of a module with running mean and variance. γ is 1 and β is 0
    /// where the module has none.
    pub(super) fn new(module: &Module, epsilon: f64) -> Result<Self, String> {
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
        let norm = Self {
            scale: or(&module.weight, 1.0)?,
            shift: or(&module.bias, 0.0)?,
            mean: vector(mean)?,
            variance: vector(variance)?,
            epsilon,
        };
        let positive = |v: &f64| *v + epsilon > 0.0;
        match norm.variance.iter().position(|v| !positive(v)) {
            Some(feature) => Err(format!(
                "σ² + ε is not positive: σ² = {} of feature {feature}",
                norm.variance[feature]
            )),
            None => Ok(norm),
        }
    }

    pub(super) fn features(&self) -> usize {
        self.mean.len()
    }

    /// How many running means are negative.
    pub(super) fn negative_means(&self) -> usize {
        self.mean.iter().filter(|mean| **mean < 0.0).count()
    }

    /// What is before the norm: a mean of outputs of a ReLU is never negative.
    pub(super) fn before(&self) -> Before {
        if self.negative_means() > 0 {
            Before::Signed
        } else if self.features() < ENOUGH_FEATURES || self.mean.iter().all(|mean| *mean == 0.0) {
            Before::Undecided
        } else {
            Before::NonNegative
        }
    }

    /// a and c of x ↦ a x + c.
    fn affine(&self) -> impl Iterator<Item = (f64, f64)> {
        (0..self.features()).map(|i| {
            let a = self.scale[i] / self.deviation(i);
            (a, self.shift[i] - a * self.mean[i])
        })
    }

    /// √(σ² + ε).
    pub(super) fn deviation(&self, feature: usize) -> f64 {
        (self.variance[feature] + self.epsilon).sqrt()
    }

    /// μ.
    pub(super) fn mean(&self, feature: usize) -> f64 {
        self.mean[feature]
    }

    /// The input of the norm that gave this output; `None` where γ is 0.
    pub(super) fn invert(&self, feature: usize, output: f64) -> Option<f64> {
        let (scale, shift) = (self.scale[feature], self.shift[feature]);
        (scale != 0.0)
            .then(|| (output - shift) / scale * self.deviation(feature) + self.mean[feature])
    }

    /// Makes the norm part of the layer before it:
    ///
    /// ```text
    /// W' = diag(a) W      b' = a b + c      a = γ / √(σ² + ε)      c = β − a μ
    /// ```
    pub(super) fn fold_into_layer_before(&self, layer: &mut Layer) {
        let mut bias = layer.bias.take().unwrap_or(vec![0.0; self.features()]);
        for (i, (a, c)) in self.affine().enumerate() {
            for j in 0..layer.inputs() {
                layer.weight[(i, j)] *= a;
            }
            bias[i] = a * bias[i] + c;
        }
        layer.bias = Some(bias);
    }

    /// Makes the norm part of the fully connected layer after it:
    ///
    /// ```text
    /// W' = W diag(a)      b' = b + W c
    /// ```
    pub(super) fn fold_into_layer_after(&self, layer: &mut Layer) {
        let mut bias = layer.bias.take().unwrap_or(vec![0.0; layer.outputs()]);
        for (j, (a, c)) in self.affine().enumerate() {
            for (i, bias) in bias.iter_mut().enumerate() {
                *bias += layer.weight[(i, j)] * c;
                layer.weight[(i, j)] *= a;
            }
        }
        layer.bias = Some(bias);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use faer::Mat;
    use rand_distr::{Distribution, StandardNormal};

    use super::super::{Interpretation, Reading, interpret};
    use super::*;
    use crate::checkpoint::ArrayOrder;
    use crate::random::stream;

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

    /// As from a state dict, which keeps the order.
    pub(in super::super) fn of(modules: &[(&str, &[usize])]) -> Interpretation {
        let reading = Reading {
            array_order: ArrayOrder::Registration,
            ..Reading::default()
        };
        interpret(network(modules), &reading).unwrap()
    }

    /// As from a file that sorts its arrays.
    pub(in super::super) fn sorted(modules: &[(&str, &[usize])]) -> Interpretation {
        interpret(network(modules), &Reading::default()).unwrap()
    }

    fn norm(features: usize) -> BatchNorm {
        let some = |f: fn(f64) -> f64| (0..features).map(|i| f(i as f64 * 0.7)).collect();
        BatchNorm {
            scale: some(|x| 1.0 + x.sin()),
            shift: some(f64::cos),
            mean: some(|x| x.sin() * 2.0),
            variance: some(|x| 0.1 + x),
            epsilon: 1e-5,
        }
    }

    fn apply(layer: &Layer, x: &[f64]) -> Vec<f64> {
        let bias = |i: usize| layer.bias.as_ref().map_or(0.0, |bias| bias[i]);
        let sum = |i: usize| {
            (0..x.len())
                .map(|j| layer.weight[(i, j)] * x[j])
                .sum::<f64>()
        };
        (0..layer.outputs()).map(|i| sum(i) + bias(i)).collect()
    }

    fn normalize(norm: &BatchNorm, x: &[f64]) -> Vec<f64> {
        let one = |(i, x): (usize, &f64)| {
            norm.scale[i] * (x - norm.mean[i]) / (norm.variance[i] + norm.epsilon).sqrt()
                + norm.shift[i]
        };
        x.iter().enumerate().map(one).collect()
    }

    #[test]
    fn a_folded_norm_leaves_the_function() {
        let norm = norm(5);
        let layer = |outputs, inputs, bias| {
            let weight = Mat::from_fn(outputs, inputs, |i, j| (i as f64 * 1.3 - j as f64).sin());
            Layer::linear("", weight, bias)
        };
        for bias in [None, Some(vec![0.5, -1.0, 2.0, 0.0, 1.0])] {
            let before = layer(5, 3, bias);
            let mut folded = before.clone();
            norm.fold_into_layer_before(&mut folded);
            let x = [0.3, -2.0, 1.1];
            let expected = normalize(&norm, &apply(&before, &x));
            for (found, expected) in apply(&folded, &x).iter().zip(expected) {
                assert!((found - expected).abs() < 1e-13);
            }
        }
        for bias in [None, Some(vec![0.5, -1.0, 2.0])] {
            let after = layer(3, 5, bias);
            let mut folded = after.clone();
            norm.fold_into_layer_after(&mut folded);
            let x = [0.3, 0.0, 1.1, 4.0, 0.2];
            let expected = apply(&after, &normalize(&norm, &x));
            for (found, expected) in apply(&folded, &x).iter().zip(expected) {
                assert!((found - expected).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn outputs_lead_back_to_inputs() {
        let norm = norm(5);
        let x = [0.3, 0.0, 1.1, 4.0, 0.2];
        for (i, y) in normalize(&norm, &x).into_iter().enumerate() {
            assert!((norm.invert(i, y).unwrap() - x[i]).abs() < 1e-12);
        }
    }

    #[test]
    fn variances_that_have_no_root_are_refused() {
        let mut arrays = network(&[("0", &[4, 3]), ("1", &[4])]);
        arrays[4].values[2] = -1.0;
        let found = interpret(arrays, &Reading::default()).unwrap();
        assert!(
            found.skipped[0].reason.contains("σ² = -1 of feature 2"),
            "{:?}",
            found.skipped
        );
    }

    #[test]
    fn signs_of_means_tell_what_is_before() {
        let with = |mean: &[f64]| BatchNorm {
            mean: mean.to_vec(),
            ..norm(mean.len())
        };
        assert_eq!(with(&[1.0, -1e-9]).before(), Before::Signed);
        assert_eq!(with(&[0.5; 8]).before(), Before::NonNegative);
        assert_eq!(with(&[0.5; 7]).before(), Before::Undecided);
        assert_eq!(with(&[0.0; 64]).before(), Before::Undecided);
    }
}
