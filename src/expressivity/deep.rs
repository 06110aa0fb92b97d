//! The network as layers: the two of the theorem, or its hinges spread over more.

use faer::Mat;

use super::ExpressivityError;
use super::network::FiniteSampleNetwork;
use crate::measure::Layer;
use crate::solution::Weight;

impl FiniteSampleNetwork {
    /// Units in each hidden layer of the network of this depth, the largest of them:
    /// ⌈n/(k−1)⌉ hinges, and what [`layers`](Self::layers) carries along.
    ///
    /// # Errors
    /// A depth below 2 or above n + 1.
    pub fn width_at(&self, depth: usize) -> Result<usize, ExpressivityError> {
        Ok(self
            .plan(depth)?
            .iter()
            .map(Units::count)
            .max()
            .unwrap_or(0))
    }

    /// The network as `depth` fully connected layers with ReLU between them: the same
    /// function on all inputs, whatever the depth.
    ///
    /// With k = `depth` and K outputs each of the k − 1 hidden layers holds
    /// ⌈n/(k−1)⌉ of the n hinges. Beside them it carries what later layers need and
    /// ReLU would lose the sign of: max(±⟨a, z⟩, 0), from which the next layer takes
    /// its hinges, and max(±s, 0) of each output's sum s so far,
    ///
    /// ```text
    /// s_{l+1} = s_l⁺ − s_l⁻ + Σ_{j in layer l} w_j h_j,   h_j = max(x⁺ − x⁻ − b_j, 0)
    /// ```
    ///
    /// So the width is at most ⌈n/(k−1)⌉ + 2 + 2K, and the weights are the same
    /// n(K + 1) + d numbers, copies of them, ±1 and 0.
    ///
    /// # Errors
    /// A depth below 2 or above n + 1.
    ///
    /// # Reference
    /// Zhang et al. 2017, arXiv 1611.03530, Theorem 1 for depth 2, Corollary 1 for the
    /// others. The paper selects the block of a point with approximate indicators;
    /// carrying coordinate and sum is exact and derived here.
    pub fn layers(&self, depth: usize) -> Result<Vec<Layer>, ExpressivityError> {
        let plan = self.plan(depth)?;
        let k = self.outputs_per_point();
        let mut layers = Vec::with_capacity(depth);
        for (l, units) in plan.iter().enumerate() {
            let (weight, bias) = match l.checked_sub(1) {
                None => self.first(units),
                Some(previous) => self.next(&plan[previous], units),
            };
            layers.push(Layer::linear(l.to_string(), weight, Some(bias)));
        }
        let last = &plan[plan.len() - 1];
        let mut weight = Mat::zeros(k, last.count());
        for output in 0..k {
            self.sum(last, output, 1.0, |unit, w| weight[(output, unit)] = w);
        }
        layers.push(Layer::linear((depth - 1).to_string(), weight, None));
        Ok(layers)
    }

    /// The arrays of those layers, as a checkpoint holds them: in single precision.
    ///
    /// # Errors
    /// A depth below 2 or above n + 1.
    pub fn weights(&self, depth: usize) -> Result<Vec<Weight>, ExpressivityError> {
        let mut arrays = Vec::new();
        for layer in self.layers(depth)? {
            let rows = layer.weight.row_iter();
            arrays.push(Weight {
                name: format!("{}.weight", layer.name),
                shape: layer.shape.clone(),
                values: rows
                    .flat_map(|row| row.iter().map(|&w| w as f32).collect::<Vec<_>>())
                    .collect(),
            });
            if let Some(bias) = &layer.bias {
                arrays.push(Weight {
                    name: format!("{}.bias", layer.name),
                    shape: vec![bias.len()],
                    values: bias.iter().map(|&b| b as f32).collect(),
                });
            }
        }
        Ok(arrays)
    }

    /// Weights and biases of the dense layers of this depth, zeros included.
    ///
    /// # Errors
    /// A depth below 2 or above n + 1.
    pub fn dense_parameters(&self, depth: usize) -> Result<usize, ExpressivityError> {
        let mut inputs = self.direction.len();
        let mut count = 0;
        for units in self.plan(depth)? {
            count += (inputs + 1) * units.count();
            inputs = units.count();
        }
        Ok(count + inputs * self.outputs_per_point())
    }

    /// What stands in each hidden layer.
    fn plan(&self, depth: usize) -> Result<Vec<Units>, ExpressivityError> {
        let n = self.width();
        if depth < 2 || depth > n + 1 {
            return Err(ExpressivityError::Depth { depth, hinges: n });
        }
        let hidden = depth - 1;
        Ok((0..hidden)
            .map(|l| Units {
                hinges: (n * l / hidden, n * (l + 1) / hidden),
                coordinate: 2 * usize::from(l + 1 < hidden),
                sums: 2 * self.outputs_per_point() * usize::from(l > 0),
            })
            .collect())
    }

    /// From the inputs to the first hidden layer.
    fn first(&self, units: &Units) -> (Mat<f64>, Vec<f64>) {
        let sign = |unit| {
            if unit == units.hinge_count() + 1 {
                -1.0
            } else {
                1.0
            }
        };
        let weight = Mat::from_fn(units.count(), self.direction.len(), |unit, i| {
            sign(unit) * self.direction[i]
        });
        (weight, self.bias(units))
    }

    /// From one hidden layer to the next.
    fn next(&self, from: &Units, to: &Units) -> (Mat<f64>, Vec<f64>) {
        let mut weight = Mat::zeros(to.count(), from.count());
        let coordinate = from.hinge_count();
        for unit in 0..to.hinge_count() + to.coordinate {
            let sign = if unit == to.hinge_count() + 1 {
                -1.0
            } else {
                1.0
            };
            weight[(unit, coordinate)] = sign;
            weight[(unit, coordinate + 1)] = -sign;
        }
        for place in 0..to.sums {
            let (output, sign) = (place / 2, if place % 2 == 0 { 1.0 } else { -1.0 });
            let row = to.first_sum() + place;
            self.sum(from, output, sign, |unit, w| weight[(row, unit)] = w);
        }
        (weight, self.bias(to))
    }

    fn bias(&self, units: &Units) -> Vec<f64> {
        let (start, end) = units.hinges;
        let mut bias: Vec<f64> = self.biases[start..end].iter().map(|b| -b).collect();
        bias.resize(units.count(), 0.0);
        bias
    }

    /// Weights, times `sign`, of the sum of an output up to the hinges of a layer.
    fn sum(&self, from: &Units, output: usize, sign: f64, mut set: impl FnMut(usize, f64)) {
        let k = self.outputs_per_point();
        for (unit, hinge) in (from.hinges.0..from.hinges.1).enumerate() {
            set(unit, sign * self.output_weights[hinge * k + output]);
        }
        if from.sums > 0 {
            set(from.first_sum() + 2 * output, sign);
            set(from.first_sum() + 2 * output + 1, -sign);
        }
    }
}

/// The units of a hidden layer, in this order.
struct Units {
    /// From, to.
    hinges: (usize, usize),
    /// x⁺ and x⁻, or none.
    coordinate: usize,
    /// s⁺ and s⁻ of each output, or none.
    sums: usize,
}

impl Units {
    fn hinge_count(&self) -> usize {
        self.hinges.1 - self.hinges.0
    }

    fn first_sum(&self) -> usize {
        self.hinge_count() + self.coordinate
    }

    fn count(&self) -> usize {
        self.first_sum() + self.sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Split;
    use crate::expressivity::{FiniteSample, Precision, interpolate};
    use crate::measure::{Subject, layers, network_logits};

    fn network(precision: Precision) -> (Split, Vec<f64>, FiniteSampleNetwork) {
        let points: Vec<f32> = (0..120).map(|i| (i as f32 * 1.3).sin()).collect();
        let targets: Vec<f64> = (0..80).map(|i| f64::from(i * 37 % 11) - 5.0).collect();
        let sample = FiniteSample::new(&points, 3, &targets, 2).unwrap();
        let network = interpolate(&sample, precision, 1).unwrap();
        (
            Split::new(points, vec![0; 40], 3).unwrap(),
            targets,
            network,
        )
    }

    #[test]
    fn every_depth_is_the_same_function_within_the_promised_width() {
        let (split, targets, network) = network(Precision::Double);
        let elsewhere: Vec<f32> = (0..30).map(|i| (i as f32 * 2.7).cos() * 3.0).collect();
        let elsewhere = Split::new(elsewhere, vec![0; 10], 3).unwrap();
        for depth in [2, 3, 4, 9, 41] {
            let layers = network.layers(depth).unwrap();
            assert_eq!(layers.len(), depth);
            let width = layers[..depth - 1]
                .iter()
                .map(Layer::outputs)
                .max()
                .unwrap();
            assert_eq!(network.width_at(depth).unwrap(), width);
            let carried = if depth > 2 { 2 + 2 * 2 } else { 0 };
            assert!(
                width <= 40_usize.div_ceil(depth - 1) + carried,
                "{depth}: {width}"
            );
            let entries: usize = layers
                .iter()
                .map(|l| l.inputs() * l.outputs() + l.bias.as_ref().map_or(0, Vec::len))
                .sum();
            assert_eq!(network.dense_parameters(depth).unwrap(), entries);
            let subject = Subject::new(layers, None).unwrap();
            let outputs = network_logits(&subject, &split).unwrap();
            for (f, y) in outputs.iter().zip(&targets) {
                assert!((f - y).abs() < 1e-9, "{depth}: {f} for {y}");
            }
            // Also where there is no point, and far outside.
            let outputs = network_logits(&subject, &elsewhere).unwrap();
            for (f, same) in outputs.iter().zip(network.outputs(elsewhere.pixels())) {
                assert!((f - same).abs() < 1e-9 * (1.0 + same.abs()));
            }
        }
    }

    #[test]
    fn the_weights_are_the_free_numbers_their_copies_and_signs() {
        let (_, _, network) = network(Precision::Double);
        let known: Vec<f64> = (network.direction.iter())
            .chain(&network.biases)
            .chain(&network.output_weights)
            .flat_map(|&x| [x, -x])
            .chain([0.0, 1.0, -1.0])
            .collect();
        for layer in network.layers(4).unwrap() {
            let entries = layer
                .weight
                .col_iter()
                .flat_map(|c| c.iter().copied().collect::<Vec<_>>());
            for entry in entries.chain(layer.bias.into_iter().flatten()) {
                assert!(known.contains(&entry), "{entry}");
            }
        }
    }

    #[test]
    fn a_checkpoint_of_single_precision_numbers_still_fits() {
        let (split, targets, network) = network(Precision::Single);
        for depth in [2, 5] {
            let arrays = network.weights(depth).unwrap();
            let subject = Subject::new(layers(&arrays).unwrap(), None).unwrap();
            let outputs = network_logits(&subject, &split).unwrap();
            for (f, y) in outputs.iter().zip(&targets) {
                assert!((f - y).abs() < 1e-3, "{depth}: {f} for {y}");
            }
        }
    }

    #[test]
    fn a_depth_without_a_hinge_in_every_layer_is_refused() {
        let (_, _, network) = network(Precision::Double);
        for depth in [0, 1, 42] {
            let error = network.layers(depth).unwrap_err().to_string();
            assert!(error.contains("from 2 to 41"), "{error}");
        }
    }
}
