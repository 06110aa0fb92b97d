//! Whether what a batch norm remembers of its inputs is what the chain gives it.

use faer::Mat;
use serde::Serialize;

use super::{Direction, Folding, Layer};
use crate::dataset::Split;
use crate::measure::differentiable::{batches, check_size};
use crate::measure::{MeasureError, Network};

/// The inputs of a batch norm that became part of a chain, beside its running moments.
///
/// Wrong order, activation, preprocessing or place of the norm shows here.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Moments {
    /// The norm.
    pub norm: String,
    /// The median over features of |mean − μ| / √(σ² + ε); 0 at best.
    pub mean_difference: f64,
    /// The median over features of variance / (σ² + ε); 1 at best.
    pub variance_ratio: f64,
}

impl Moments {
    /// Whether both differ by no more than batches, augmentation and momentum explain:
    /// a quarter of a deviation, and a factor of 2.
    pub fn agree(&self) -> bool {
        self.mean_difference <= 0.25 && (0.5..=2.0).contains(&self.variance_ratio)
    }
}

/// Compares every folded norm's running moments with those of its inputs on `inputs`, in
/// the order of the layers.
///
/// `layers` are a chain with ReLU between them, norms folded.
///
/// # Errors
/// Inputs of another length than the first layer takes.
pub fn compare_moments(
    layers: &[Layer],
    folded: &[Folding],
    inputs: &Split,
) -> Result<Vec<Moments>, MeasureError> {
    let mut sums: Vec<Sums> = folded.iter().map(Sums::new).collect();
    let network = Network::<f64>::chain(layers);
    check_size(&network, inputs)?;
    for (inputs, _) in batches(&network, inputs) {
        let pass = network.forward(&inputs);
        for (folding, sums) in folded.iter().zip(&mut sums) {
            let Some(l) = layers.iter().position(|layer| layer.name == folding.layer) else {
                continue;
            };
            let before = network.inputs(&pass, l);
            let columns = match folding.direction {
                Direction::LayerAfter => before,
                Direction::LayerBefore => affine(&layers[l], before),
            };
            for column in columns.col_iter() {
                sums.add(folding, column.iter().copied());
            }
        }
    }
    Ok(folded
        .iter()
        .zip(sums)
        .map(|(folding, sums)| sums.against(folding))
        .collect())
}

/// W x + b of every column: a pass keeps what is behind ReLU alone.
fn affine(layer: &Layer, x: Mat<f64>) -> Mat<f64> {
    let mut outputs = &layer.weight * x;
    for column in outputs.col_iter_mut() {
        let biases = layer.bias.iter().flatten();
        column.iter_mut().zip(biases).for_each(|(z, b)| *z += b);
    }
    outputs
}

/// Sums of the inputs of a norm and of their squares, less μ.
struct Sums {
    count: f64,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Sums {
    fn new(folding: &Folding) -> Self {
        Self {
            count: 0.0,
            first: vec![0.0; folding.features],
            second: vec![0.0; folding.features],
        }
    }

    fn add(&mut self, folding: &Folding, values: impl Iterator<Item = f64>) {
        self.count += 1.0;
        let norm = &folding.parameters;
        for (i, value) in values.enumerate() {
            let input = match folding.direction {
                Direction::LayerBefore => norm.invert(i, value).unwrap_or(f64::NAN),
                Direction::LayerAfter => value,
            };
            let difference = input - norm.mean(i);
            self.first[i] += difference;
            self.second[i] += difference * difference;
        }
    }

    fn against(&self, folding: &Folding) -> Moments {
        let deviation = |i: usize| folding.parameters.deviation(i);
        let features = || (0..folding.features).filter(|&i| self.first[i].is_finite());
        let mean = |i: usize| self.first[i] / self.count;
        Moments {
            norm: folding.norm.clone(),
            mean_difference: median(features().map(|i| (mean(i) / deviation(i)).abs())),
            variance_ratio: median(
                features().map(|i| {
                    (self.second[i] / self.count - mean(i).powi(2)) / deviation(i).powi(2)
                }),
            ),
        }
    }
}

/// NaN of no values.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::super::{Fold, Reading, interpret};
    use super::*;
    use crate::checkpoint::ArrayOrder;
    use crate::solution::Weight;

    fn array(name: &str, shape: &[usize], values: Vec<f32>) -> Weight {
        Weight {
            name: name.into(),
            shape: shape.into(),
            values,
        }
    }

    /// 2 → 8 → 1; the norm has the moments of what it gets on `inputs` behind a ReLU.
    fn network(inputs: &Split) -> Vec<Weight> {
        let weight: Vec<f32> = (0..16).map(|i| (i as f32 * 1.3).sin()).collect();
        let samples = inputs.pixels().chunks(2);
        let hidden: Vec<Vec<f32>> = samples
            .map(|x| {
                let unit = |w: &[f32]| (w[0] * x[0] + w[1] * x[1]).max(0.0);
                weight.chunks(2).map(unit).collect()
            })
            .collect();
        let n = hidden.len() as f32;
        let mean = |f: &dyn Fn(f32, usize) -> f32| -> Vec<f32> {
            (0..8)
                .map(|i| hidden.iter().map(|h| f(h[i], i)).sum::<f32>() / n)
                .collect()
        };
        let means = mean(&|h, _| h);
        let variances = mean(&|h, i| (h - means[i]).powi(2));
        vec![
            array("0.weight", &[8, 2], weight),
            array("2.running_mean", &[8], means),
            array("2.running_var", &[8], variances),
            array("3.weight", &[1, 8], vec![1.0; 8]),
        ]
    }

    #[test]
    fn right_moments_agree_and_those_of_another_wiring_do_not() {
        let pixels = (0..200).map(|i| (i as f32 * 0.37).sin() + 0.2).collect();
        let inputs = Split::new(pixels, vec![0; 100], 2).unwrap();
        let moments = |layer: &str| {
            let reading = Reading {
                array_order: ArrayOrder::Registration,
                epsilon: 0.0,
                folds: vec![Fold {
                    norm: "2".into(),
                    layer: layer.into(),
                    direction: None,
                }],
                ..Reading::default()
            };
            let found = interpret(network(&inputs), &reading).unwrap();
            let mut all = compare_moments(&found.layers, &found.folded, &inputs).unwrap();
            all.remove(0)
        };
        let right = moments("3");
        assert!(right.agree() && right.mean_difference < 1e-5, "{right:?}");
        assert!((right.variance_ratio - 1.0).abs() < 1e-5, "{right:?}");
        let wrong = moments("0");
        assert!(!wrong.agree(), "{wrong:?}");
    }
}
