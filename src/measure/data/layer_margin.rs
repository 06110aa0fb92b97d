//! Distances to the decision boundary in the input of every layer.

use faer::Mat;

use crate::linalg::squared_norm;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::differentiable::{DIFFERENTIATED, Model};
use crate::measure::drawn::Drawn;
use crate::measure::{Measure, MeasureError, Subject, Value};
use crate::statistics::{LEVEL, mean_of_drawn, median_interval, quantile};

/// The median distance to the decision boundary, linearized, in what every layer
/// gets as its input.
pub struct LayerMargin;

impl Measure for LayerMargin {
    fn card(&self) -> &'static Card {
        &Card {
            id: "layer-margin",
            name: "Layer margin (median)",
            group: Group::Data,
            kind: Kind::Exact,
            needs: &[Need::Network, Need::Inputs],
            formula: "median of (f_y − f_c) / ‖∇_a (f_y − f_c)‖₂ / √(Σ_j Var a_j), a = a_{l−1} the \
                      input of layer l, c the best other class, median and Var over all training \
                      examples; over a sample of them (--examples) an estimate with a 95 % interval",
            reference: "Elsayed et al. 2018, arXiv 1803.05598; Jiang et al. 2019, arXiv \
                        1810.00113 (there 1e-6 is added under the root)",
            aggregation: Aggregation::LayersOnly,
            unit: "none",
            normalization: "divided by the root of the total variance of the layer's input",
            convolutions: DIFFERENTIATED,
            biases: "part of the function",
            homogeneity: Homogeneity::Zero,
            invariant_to: &[Invariance::UnitPermutation, Invariance::LayerRescaling],
            known_failures: "the boundary is taken to be linear; examples where no active path \
                             leads from the layer to the margin have no distance and are left out; \
                             undefined for an input that is the same for all examples",
        }
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let Some(model) = Model::drawn(subject)? else {
            return Ok(None);
        };
        let classes = model.network.classes();
        if classes < 2 {
            return Err(MeasureError::TooFewClasses { classes });
        }
        let depth = model.network.spans().len();
        let network = &model.network;
        let batches = model.map_batches(|inputs, labels| {
            let pass = network.forward(&inputs);
            let (margins, output) = margins(&network.logits(&pass), labels);
            let gradients = network.backward(&pass, &output);
            let layer = |l: usize| {
                let gradients = network.columns(&gradients.by_inputs[l], labels.len());
                let distances = ratios(&gradients, &margins);
                (distances, Moments::of(&network.inputs(&pass, l)))
            };
            (0..depth).map(layer).collect::<Vec<_>>()
        });
        let mut layers = vec![(Vec::new(), Moments::none()); depth];
        for batch in batches {
            for ((distances, moments), (more, of_more)) in layers.iter_mut().zip(batch) {
                distances.extend(more);
                moments.add(of_more);
            }
        }
        // The spread of ‖a − ā‖² is only needed for intervals.
        let deviations = match model.used().all() {
            true => vec![Vec::new(); depth],
            false => deviations(&model, &layers),
        };
        let value = |((distances, moments), deviations): (&(Vec<f64>, Moments), &Vec<f64>)| {
            let scale = moments.total_variance().sqrt();
            let at = |q| quantile(distances, q).unwrap_or(f64::NAN) / scale;
            model
                .used()
                .value(at(0.5), || interval(distances, deviations, model.used()))
                .with("lower quartile", at(0.25))
                .with("upper quartile", at(0.75))
                .with("examples with a distance", distances.len() as f64)
        };
        Ok(Some(layers.iter().zip(&deviations).map(value).collect()))
    }
}

/// ‖a − ā‖² of every example, for the input of every layer.
fn deviations(model: &Model, layers: &[(Vec<f64>, Moments)]) -> Vec<Vec<f64>> {
    let network = &model.network;
    let of_batches = model.map_batches(|inputs, _| {
        let pass = network.forward(&inputs);
        let layer = |(l, (_, moments)): (usize, &(Vec<f64>, Moments))| {
            let a = network.inputs(&pass, l);
            let square = |i: usize| moments.squared_distance(a.col_as_slice(i));
            (0..a.ncols()).map(square).collect::<Vec<f64>>()
        };
        layers.iter().enumerate().map(layer).collect::<Vec<_>>()
    });
    let layer = |l: usize| {
        of_batches
            .iter()
            .flat_map(move |batch| batch[l].iter().copied())
    };
    (0..layers.len()).map(|l| layer(l).collect()).collect()
}

/// Both the median and the variance lie in their intervals of level 1 − 0.05/2 with
/// probability 0.95 (Bonferroni), and so does the median over the root of the variance
/// between the ratios of their ends.
fn interval(distances: &[f64], deviations: &[f64], drawn: Drawn) -> [f64; 2] {
    let level = 0.5 + 0.5 * LEVEL;
    let median = median_interval(distances, level).ok().flatten();
    let variance = mean_of_drawn(deviations, drawn.of, level)
        .ok()
        .and_then(|v| v.interval);
    let (Some(median), Some(variance)) = (median, variance) else {
        return [f64::NAN; 2];
    };
    let roots = [variance.low.max(0.0).sqrt(), variance.high.sqrt()];
    let ratios = [median.low, median.high].map(|end| roots.map(|root| end / root));
    let ends = ratios.concat();
    [
        ends.iter().copied().fold(f64::INFINITY, f64::min),
        ends.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    ]
}

/// f_y − f_c of every example, and its derivative by the logits: e_y − e_c.
fn margins(logits: &Mat<f64>, labels: &[u32]) -> (Vec<f64>, Mat<f64>) {
    let mut output = Mat::zeros(logits.nrows(), labels.len());
    let margin = |(i, &label): (usize, &u32)| {
        let (logits, label) = (logits.col_as_slice(i), label as usize);
        let others = logits.iter().enumerate().filter(|(k, _)| *k != label);
        let best = others.max_by(|a, b| a.1.total_cmp(b.1));
        output[(label, i)] = 1.0;
        best.map_or(f64::NAN, |(k, other)| {
            output[(k, i)] = -1.0;
            logits[label] - other
        })
    };
    (labels.iter().enumerate().map(margin).collect(), output)
}

/// Margin over the norm of its gradient by the inputs of a layer, where there is a gradient.
fn ratios(gradients: &Mat<f64>, margins: &[f64]) -> Vec<f64> {
    let squares = (0..margins.len()).map(|i| squared_norm(gradients.col_as_slice(i)));
    let pairs = margins
        .iter()
        .zip(squares)
        .filter(|(_, square)| *square != 0.0);
    pairs
        .map(|(margin, square)| margin / square.sqrt())
        .collect()
}

/// Means and sums of squared deviations of every unit, updated by one example or one
/// batch at a time: differences of large sums would lose small variances.
///
/// # Reference
/// Welford 1962, "Note on a method for calculating corrected sums of squares"; Chan,
/// Golub, LeVeque 1983, "Algorithms for computing the sample variance" (batches).
#[derive(Clone)]
struct Moments {
    examples: f64,
    units: Vec<[f64; 2]>,
}

impl Moments {
    fn none() -> Self {
        Self {
            examples: 0.0,
            units: Vec::new(),
        }
    }

    /// Of the activations of a batch.
    fn of(activations: &Mat<f64>) -> Self {
        let mut moments = Self {
            examples: 0.0,
            units: vec![[0.0; 2]; activations.nrows()],
        };
        for i in 0..activations.ncols() {
            moments.examples += 1.0;
            let pairs = moments.units.iter_mut().zip(activations.col_as_slice(i));
            for ([mean, squares], &a) in pairs {
                let off = a - *mean;
                *mean += off / moments.examples;
                *squares += off * (a - *mean);
            }
        }
        moments
    }

    /// Adds a batch.
    fn add(&mut self, batch: Self) {
        if self.units.is_empty() {
            *self = batch;
            return;
        }
        let (before, all) = (self.examples, self.examples + batch.examples);
        for ([mean, squares], [other, more]) in self.units.iter_mut().zip(batch.units) {
            let off = other - *mean;
            *mean += off * batch.examples / all;
            *squares += more + off * off * before * batch.examples / all;
        }
        self.examples = all;
    }

    /// ‖a − ā‖².
    fn squared_distance(&self, a: &[f64]) -> f64 {
        let pairs = self.units.iter().zip(a);
        pairs.map(|([mean, _], a)| (a - mean).powi(2)).sum()
    }

    /// Σ_j Var a_j, with 1/n; not a number where all are constant up to rounding.
    fn total_variance(&self) -> f64 {
        let sum = |term: fn(&[f64; 2]) -> f64| self.units.iter().map(term).sum::<f64>();
        let variance = sum(|[_, squares]| *squares) / self.examples;
        if variance > 1e-24 * sum(|[mean, _]| mean * mean) {
            variance
        } else {
            f64::NAN
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Split;
    use crate::measure::Layer;

    /// f = (x₁, 0): the boundary is x₁ = 0, at distance x₁.
    #[test]
    fn the_distance_to_a_hyperplane_is_exact() {
        let weight = Mat::from_fn(2, 2, |i, j| if i == 0 && j == 0 { 3.0 } else { 0.0 });
        let inputs = Split::new(vec![1.0, 9.0, -2.0, 9.0, 4.0, 9.0], vec![0, 0, 0], 2).unwrap();
        let subject = Subject::new(vec![Layer::linear("0", weight, None)], None).unwrap();
        let values = LayerMargin
            .layers(&subject.with_inputs(inputs))
            .unwrap()
            .unwrap();
        // Distances 1, −2, 4; the variance of 1, −2, 4 is 6, that of 9, 9, 9 is 0.
        assert!(
            (values[0].number - 1.0 / 6_f64.sqrt()).abs() < 1e-15,
            "{values:?}"
        );
    }
}
