//! What the margin bounds are computed from.

use faer::Mat;

use crate::dataset::Split;
use crate::measure::{Layer, MeasureError, Subject, Value, margins};

/// The bounds hold with probability at least 1 − δ over the training set.
pub const DELTA: f64 = 0.01;

/// Classes per doubling of a limit.
pub const FINENESS: f64 = 8.0;

/// A network without biases, and its training set.
///
/// Theorems are for networks without biases. A bias is the weight of one more
/// input that is always 1, so every hidden layer passes that 1 on:
///
/// ```text
/// W̃ = [W b; 0 1],  the last layer [W b],  x̃ = (x, 1)
/// ```
///
/// If no layer has a bias, W̃ = W and x̃ = x.
pub struct Setting {
    /// W̃, first to last.
    pub weights: Vec<Mat<f64>>,
    /// W̃ at initialization.
    pub initial: Option<Vec<Mat<f64>>>,
    /// What the bounds need of the x̃.
    pub data: Data,
    /// m, the number of training samples.
    pub samples: f64,
    /// K, the number of classes.
    pub classes: f64,
    /// γ, the 10th percentile of the signed training margins; NaN if it is not
    /// positive, and with it every bound.
    pub margin: f64,
    /// Fraction of training margins below γ.
    pub below: f64,
}

/// Norms of the training inputs x̃.
pub struct Data {
    /// ‖X̃‖_F = √(Σ_i ‖x̃_i‖₂²).
    pub norm: f64,
    /// max_i ‖x̃_i‖₂.
    pub largest: f64,
    /// max_ij |x̃_ij|, over the whole training set.
    pub largest_entry: f64,
    /// Length of x̃.
    pub dimension: f64,
}

impl Data {
    fn of(inputs: &Split, biased: bool) -> Self {
        let one = f64::from(u8::from(biased));
        // Pixels are finite, so `max` has no NaN to lose.
        let (mut sum, mut largest, mut largest_entry) = (0.0, 0.0_f64, one);
        for image in inputs.pixels().chunks_exact(inputs.features()) {
            let mut square = one;
            for x in image.iter().map(|&x| f64::from(x)) {
                square += x * x;
                largest_entry = largest_entry.max(x.abs());
            }
            sum += square;
            largest = largest.max(square);
        }
        Self {
            norm: sum.sqrt(),
            largest: largest.sqrt(),
            largest_entry,
            dimension: inputs.features() as f64 + one,
        }
    }
}

impl Setting {
    /// `None` unless the layers are a chain and training inputs and outputs are
    /// known.
    ///
    /// # Errors
    /// Outputs or inputs that do not fit the network or each other.
    pub fn of(subject: &Subject) -> Result<Option<Self>, MeasureError> {
        let (true, Some(data), Some(outputs)) =
            (subject.is_chain(), subject.inputs(), subject.outputs())
        else {
            return Ok(None);
        };
        let margins = margins(outputs)?;
        let layers = subject.layers();
        let first = layers.first().map_or(0, Layer::inputs);
        let last = layers.last().map_or(0, Layer::outputs);
        let samples = margins.values.len();
        if (data.len(), data.features(), outputs.classes) != (samples, first, last) {
            return Err(MeasureError::TrainingSet {
                inputs: data.len(),
                features: data.features(),
                outputs: samples,
                classes: outputs.classes,
                expected_features: first,
                expected_classes: last,
            });
        }
        let biased = layers.iter().any(|layer| layer.bias.is_some());
        let margin = margins.tenth_percentile.filter(|margin| *margin > 0.0);
        let margin = margin.unwrap_or(f64::NAN);
        let below = margins.values.iter().filter(|m| **m < margin).count();
        Ok(Some(Self {
            weights: augmented(layers, biased),
            initial: subject.initial().map(|layers| augmented(layers, biased)),
            data: Data::of(data, biased),
            samples: samples as f64,
            classes: outputs.classes as f64,
            margin,
            below: below as f64 / samples as f64,
        }))
    }

    /// d, the number of layers.
    pub fn depth(&self) -> f64 {
        self.weights.len() as f64
    }

    /// Largest number of rows or columns of a W̃.
    pub fn width(&self) -> f64 {
        let widths = self.weights.iter().map(|w| w.nrows().max(w.ncols()));
        widths.max().unwrap_or(0) as f64
    }

    /// Training margins below γ + complexity + 3 √((ln(2/δ) + union) / 2m).
    ///
    /// The complexity is twice the empirical Rademacher complexity of the ramp
    /// loss at γ; `union` is the logarithm of the price of choosing the class
    /// after seeing the data. `terms` are the parts of the complexity, those
    /// that multiply to it named factors, and the parts of `union`.
    pub fn margin_bound(&self, terms: &[(&str, f64)], complexity: f64, union: f64) -> Value {
        let confidence = (((2.0 / DELTA).ln() + union) / (2.0 * self.samples)).sqrt();
        let confidence = 3.0 * confidence;
        let value = Value::from(self.below + complexity + confidence)
            .with("margin γ, logits", self.margin)
            .with("summand: training margins below γ, fraction", self.below);
        let with = |value: Value, (name, term): &(&str, f64)| value.with(*name, *term);
        terms
            .iter()
            .fold(value, with)
            .with("summand: complexity, error", complexity)
            .with("u: choice of the class, nats", union)
            .with("summand: confidence, error", confidence)
    }
}

fn augmented(layers: &[Layer], biased: bool) -> Vec<Mat<f64>> {
    if !biased {
        return layers.iter().map(|layer| layer.weight.clone()).collect();
    }
    let last = layers.len().saturating_sub(1);
    let one = |(l, layer): (usize, &Layer)| {
        let (rows, columns) = (layer.outputs(), layer.inputs());
        let bias = |i: usize| {
            layer
                .bias
                .as_ref()
                .and_then(|b| b.get(i))
                .copied()
                .unwrap_or(0.0)
        };
        Mat::from_fn(rows + usize::from(l < last), columns + 1, |i, j| {
            match (i < rows, j < columns) {
                (true, true) => layer.weight[(i, j)],
                (true, false) => bias(i),
                (false, true) => 0.0,
                (false, false) => 1.0,
            }
        })
    };
    layers.iter().enumerate().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::bounds::tests::subject;

    #[test]
    fn the_augmented_network_computes_the_same() {
        let layers = vec![
            Layer::linear("0", faer::mat![[2.0], [-3.0]], Some(vec![5.0, 4.0])),
            Layer::linear(
                "1",
                faer::mat![[7.0, -1.0], [0.5, 1.0]],
                Some(vec![6.0, 0.0]),
            ),
        ];
        let setting = Setting::of(&subject(layers, None, &[1.0, 2.0]))
            .unwrap()
            .unwrap();
        let (u, v) = (&setting.weights[0], &setting.weights[1]);
        for x in [1.0, 2.0] {
            let hidden = u * faer::Col::from_fn(2, |j| [x, 1.0][j]);
            let hidden = faer::Col::from_fn(3, |j| f64::max(hidden[j], 0.0));
            let output = v * hidden;
            // relu(4 − 3x) is 1 and 0.
            let (a, b) = (2.0 * x + 5.0, f64::max(4.0 - 3.0 * x, 0.0));
            assert_eq!(output[0], 7.0 * a - b + 6.0);
            assert_eq!(output[1], 0.5 * a + b);
        }
        // The inputs are (1, 1) and (2, 1).
        let data = &setting.data;
        assert_eq!((data.norm, data.largest), (7_f64.sqrt(), 5_f64.sqrt()));
        assert_eq!((data.largest_entry, data.dimension), (2.0, 2.0));
    }

    #[test]
    fn a_training_set_of_another_network_is_refused() {
        let net = |inputs| vec![Layer::linear("0", Mat::<f64>::identity(2, inputs), None)];
        let other = subject(net(1), None, &[1.0, 2.0]);
        let subject = Subject::new(net(3), None).unwrap();
        let subject = subject
            .with_inputs(other.inputs().unwrap().clone())
            .with_outputs(other.outputs().unwrap().clone());
        let error = Setting::of(&subject).err().unwrap().to_string();
        assert!(error.contains("takes 3 numbers"), "{error}");
    }
}
