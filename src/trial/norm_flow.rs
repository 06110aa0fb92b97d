//! The norm moved at fixed cost.

use crate::dataset::Split;
use crate::measure::margins;
use crate::network::Model;
use crate::solution::{Outputs, Weight};
use crate::training::{Algorithm, TrainingError, Work, outputs, score};

/// Largest change of ln P in one step.
const STEP: f64 = 0.02;
/// ln φ this close to its aim is there.
const CALIPER: f64 = 0.02;
/// The cost is held in this part of the cost asked for, on both sides: a network far
/// below it would be better trained, not only of another norm.
const BAND: (f64, f64) = (0.95, 1.0);

/// From a solution along the surface of equal training cost to a path norm over
/// margin φ.
///
/// ```text
/// P² = Σ_paths ∏ w²,   φ = P / γ,   h = ∇ ln P,   g = ∇ cost,   t = h − (h·g) g / ‖g‖²
/// w ← w + δ t / ‖t‖² − (cost − 0.975 c) g / ‖g‖²,   δ = ln φ* − ln φ, at most 0.02
/// ```
///
/// The first step moves ln P by δ and leaves the cost where it is, to first order;
/// the second brings the cost back to 0.975 c. Of all such steps it is the shortest, so
/// what is changed beside the norm is little: an intervention on the norm, up or down.
/// It ends when c ≥ cost ≥ 0.95 c and |ln φ − ln φ*| ≤ 0.02. Biases are in no path and
/// move with the cost only. Each step takes the gradient of all examples.
///
/// # Reference
/// The path norm is that of Neyshabur, Tomioka, Srebro 2015, arXiv 1503.00036; the flow
/// is derived here.
pub struct NormFlow<'a> {
    train: &'a Split,
    everyone: Vec<usize>,
    cost: f64,
    norm: f64,
}

impl<'a> NormFlow<'a> {
    /// A flow to `norm` at `cost` on these examples.
    pub fn new(train: &'a Split, cost: f64, norm: f64) -> Self {
        Self {
            train,
            everyone: (0..train.len()).collect(),
            cost,
            norm,
        }
    }

    /// ln φ* − ln φ; none where there is no φ.
    fn missing(&self, weights: &[Weight], on_train: &Outputs) -> Option<f64> {
        norm(weights, on_train).map(|norm| (self.norm / norm).ln())
    }
}

impl Algorithm for NormFlow<'_> {
    fn advance(&mut self, model: &mut dyn Model) -> Result<Work, TrainingError> {
        let on_train = outputs(model, self.train)?;
        let excess = score(&on_train).loss - 0.5 * (BAND.0 + BAND.1) * self.cost;
        model.accumulate_batch(self.train, &self.everyone)?;
        let gradient = model.take_gradient()?;
        let mut weights = model.weights()?;
        // With 10 % of the examples wrong there is no φ to aim at: the cost comes first.
        let missing = self.missing(&weights, &on_train).unwrap_or(0.0);
        step(&mut weights, &gradient, missing.clamp(-STEP, STEP), excess);
        model.set_weights(&weights)?;
        Ok(Work {
            evaluations: self.train.len() as u64,
            updates: 1,
        })
    }

    fn accepts(&self, model: &dyn Model, on_train: &Outputs) -> Result<bool, TrainingError> {
        let missing = self.missing(&model.weights()?, on_train);
        let held = score(on_train).loss >= BAND.0 * self.cost;
        Ok(held && missing.is_some_and(|missing| missing.abs() <= CALIPER))
    }
}

/// Moves ln P by `change` along the surface of equal cost, and the cost by −`excess`.
fn step(weights: &mut [Weight], gradient: &[Weight], change: f64, excess: f64) {
    let tilt = path_norm_gradient(weights);
    let flat = |arrays: &[Weight]| -> Vec<f64> {
        (arrays.iter().flat_map(|w| &w.values))
            .map(|&v| f64::from(v))
            .collect()
    };
    let (g, h) = (flat(gradient), tilt);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let steepness = dot(&g, &g);
    if steepness.is_nan() || steepness <= 0.0 {
        return;
    }
    let along = dot(&h, &g) / steepness;
    let tangent: Vec<f64> = h.iter().zip(&g).map(|(h, g)| h - along * g).collect();
    let (rise, fall) = (change / dot(&tangent, &tangent), excess / steepness);
    let values = weights.iter_mut().flat_map(|w| &mut w.values);
    for ((w, t), g) in values.zip(&tangent).zip(&g) {
        *w = (f64::from(*w) + rise * t - fall * g) as f32;
    }
}

/// The matrices of a chain, first to last; biases are in no path.
fn matrices(weights: &[Weight]) -> impl DoubleEndedIterator<Item = (usize, &Weight)> {
    (weights.iter().enumerate()).filter(|(_, weight)| weight.shape.len() == 2)
}

/// Σ_i m_ji² x_i for every row j, or with rows and columns swapped.
fn squared_times(matrix: &Weight, x: &[f64], transposed: bool) -> Vec<f64> {
    let columns = matrix.shape[1];
    let mut product = vec![0.0; if transposed { columns } else { matrix.shape[0] }];
    for (j, row) in matrix.values.chunks_exact(columns).enumerate() {
        for (i, &w) in row.iter().enumerate() {
            let square = f64::from(w) * f64::from(w);
            match transposed {
                false => product[j] += square * x[i],
                true => product[i] += square * x[j],
            }
        }
    }
    product
}

/// What arrives at the inputs of every matrix, and P².
fn forward(weights: &[Weight]) -> (Vec<Vec<f64>>, f64) {
    let inputs = matrices(weights)
        .next()
        .map_or(0, |(_, first)| first.shape[1]);
    let mut arriving = vec![vec![1.0; inputs]];
    for (place, (_, matrix)) in matrices(weights).enumerate() {
        arriving.push(squared_times(matrix, &arriving[place], false));
    }
    let square = arriving.pop().unwrap_or_default().iter().sum();
    (arriving, square)
}

/// φ: the path norm over the 10th percentile of the training margins; none where that
/// is not positive.
pub(super) fn norm(weights: &[Weight], on_train: &Outputs) -> Option<f64> {
    let margin = margins(on_train).ok()?.tenth_percentile?;
    (margin > 0.0).then(|| path_norm(weights) / margin)
}

/// P, the l2 path norm of a chain of fully connected layers.
pub(super) fn path_norm(weights: &[Weight]) -> f64 {
    forward(weights).1.sqrt()
}

/// ∇ ln P over all arrays, one after the other: ∂/∂W_ji = W_ji b_j a_i / P², where a
/// comes from the inputs and b from the outputs.
fn path_norm_gradient(weights: &[Weight]) -> Vec<f64> {
    let (arriving, square) = forward(weights);
    let starts: Vec<usize> = (weights.iter())
        .scan(0, |end, weight| {
            let start = *end;
            *end += weight.values.len();
            Some(start)
        })
        .collect();
    let mut gradient = vec![0.0; weights.iter().map(|w| w.values.len()).sum()];
    let outputs = matrices(weights).next_back().map_or(0, |(_, w)| w.shape[0]);
    let mut leaving = vec![1.0; outputs];
    let layers: Vec<_> = matrices(weights).zip(&arriving).collect();
    for ((place, matrix), a) in layers.into_iter().rev() {
        let columns = matrix.shape[1];
        for (k, &w) in matrix.values.iter().enumerate() {
            gradient[starts[place] + k] =
                f64::from(w) * leaving[k / columns] * a[k % columns] / square;
        }
        leaving = squared_times(matrix, &leaving, true);
    }
    gradient
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Report, Subject, layers};
    use crate::network::{Architecture, Initialization, Optimizer, Zoo};
    use crate::random::stream;
    use crate::training::{Batch, Descent, train_to_cost};

    fn small() -> Vec<Weight> {
        use rand::RngExt;
        let mut rng = stream(1, "test weights");
        [
            ("0.weight", vec![3, 4]),
            ("0.bias", vec![3]),
            ("1.weight", vec![3, 3]),
            ("2.weight", vec![2, 3]),
        ]
        .into_iter()
        .map(|(name, shape)| Weight {
            name: name.into(),
            values: (0..shape.iter().product())
                .map(|_| rng.random::<f32>() - 0.4)
                .collect(),
            shape,
        })
        .collect()
    }

    #[test]
    fn the_path_norm_is_the_measures() {
        let subject = Subject::new(layers(&small()).unwrap(), None).unwrap();
        let report = Report::of(&subject, |card| card.id == "path-norm-l2").unwrap();
        let measured = report.network["path-norm-l2"].unwrap();
        assert!((path_norm(&small()) / measured - 1.0).abs() < 1e-12);
    }

    #[test]
    fn its_gradient_is_that_of_finite_differences() {
        let weights = small();
        let gradient = path_norm_gradient(&weights);
        let mut place = 0;
        for array in 0..weights.len() {
            for k in 0..weights[array].values.len() {
                let at = |h: f32| {
                    let mut moved = weights.clone();
                    moved[array].values[k] += h;
                    (f64::from(moved[array].values[k]), path_norm(&moved).ln())
                };
                let ((left, low), (right, high)) = (at(-1e-3), at(1e-3));
                let slope = (high - low) / (right - left);
                assert!((gradient[place] - slope).abs() < 1e-4, "{array} {k}");
                place += 1;
            }
        }
    }

    #[test]
    fn a_flow_ends_at_the_norm_and_at_the_cost() {
        use rand::RngExt;
        let mut rng = stream(2, "test images");
        let pixels = (0..60 * 784).map(|_| rng.random::<f32>() - 0.5).collect();
        let labels = (0..60).map(|i| (i % 10) as u32).collect();
        let train = Split::new(pixels, labels, 784).expect("shapes fit");
        let mut model = Architecture::from(Zoo::Mlp1x16)
            .build(784, 10)
            .expect("a network");
        let mut weights = model.weights().expect("weights");
        Initialization::He.fill(&mut weights, 1);
        model.set_weights(&weights).expect("its own weights");
        let (optimizer, batch) = (Optimizer::Sgd { momentum: 0.0 }, Batch::Mini { size: 8 });
        let mut descent = Descent::new(
            model.as_mut(),
            &train,
            optimizer,
            batch,
            0.1,
            stream(1, "batch order"),
        )
        .unwrap();
        let start = train_to_cost(&mut descent, model.as_mut(), &train, &[0.05], 1 << 20).unwrap();
        let reference = norm(&start[0].weights, &start[0].train).unwrap();
        for factor in [0.9, 1.0, 2.0] {
            model.set_weights(&start[0].weights).unwrap();
            let mut flow = NormFlow::new(&train, 0.05, factor * reference);
            let end = train_to_cost(&mut flow, model.as_mut(), &train, &[0.05], 60 * 1000).unwrap();
            let end = &end[0];
            assert!(end.stop.reached_target(), "{factor}");
            let ratio = norm(&end.weights, &end.train).unwrap() / reference;
            assert!(
                (ratio / factor).ln().abs() <= CALIPER,
                "{ratio} for {factor}"
            );
            assert!((0.0475..=0.05).contains(&end.reached), "{}", end.reached);
        }
    }
}
