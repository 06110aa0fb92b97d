//! A network whose shapes are known when the program runs: the chain of dense layers
//! behind the interface of the typed networks.

use faer::{Mat, MatRef};

use super::chain::{Chain, Span, loss_delta, probabilities};
use super::descent::Descent;
use super::fused::Trainer;
use super::model::{check_labels, check_shape};
use super::{Model, NetworkError, Optimizer};
use crate::linalg::Real;
use crate::solution::Weight;

/// A chain, its gradient and its optimizer.
struct Described {
    chain: Chain<f32>,
    features: usize,
    gradient: Vec<f32>,
    /// Whether a gradient was gathered since the last step.
    gathered: bool,
    descent: Option<Descent>,
}

/// The network of these widths, inputs first and classes last, with all weights zero.
pub fn boxed(widths: &[usize]) -> Box<dyn Model> {
    let chain = Chain::zeros(widths);
    Box::new(Described {
        gradient: vec![0.0; chain.parameters().len()],
        features: widths[0],
        gathered: false,
        descent: None,
        chain,
    })
}

impl Described {
    /// Weight arrays made of numbers in the order of the chain's parameters.
    fn arrays(&self, parameters: &[f32]) -> Vec<Weight> {
        let layer = |(index, span): (usize, &Span)| {
            let matrix = span.matrix(parameters);
            let rows = matrix.row_iter().flat_map(|row| row.iter().copied());
            let weight = Weight {
                name: format!("{index}.weight"),
                shape: vec![span.outputs, span.inputs],
                values: rows.collect(),
            };
            let bias = Weight {
                name: format!("{index}.bias"),
                shape: vec![span.outputs],
                values: parameters[span.bias.clone()].to_vec(),
            };
            [weight, bias]
        };
        self.chain
            .spans()
            .iter()
            .enumerate()
            .flat_map(layer)
            .collect()
    }

    /// One example per column.
    fn batch(&self, inputs: &[f32], labels: usize) -> Result<Mat<f32>, NetworkError> {
        check_shape(inputs, labels, self.features)?;
        Ok(MatRef::from_column_major_slice(inputs, self.features, labels).to_owned())
    }
}

impl Model for Described {
    fn features(&self) -> usize {
        self.features
    }

    fn classes(&self) -> usize {
        self.chain.classes()
    }

    fn parameter_count(&self) -> usize {
        self.chain.parameters().len()
    }

    fn weights(&self) -> Result<Vec<Weight>, NetworkError> {
        Ok(self.arrays(self.chain.parameters()))
    }

    fn set_weights(&mut self, weights: &[Weight]) -> Result<(), NetworkError> {
        let own = self.arrays(self.chain.parameters());
        super::weights::check(&own, weights)?;
        let mut parameters = self.chain.parameters().to_vec();
        for (span, pair) in self.chain.spans().iter().zip(weights.chunks_exact(2)) {
            let rows = MatRef::from_row_major_slice(&pair[0].values, span.outputs, span.inputs);
            let columns = rows.col_iter().flat_map(|column| column.iter().copied());
            let weight = parameters[span.weight.clone()].iter_mut();
            weight.zip(columns).for_each(|(own, given)| *own = given);
            parameters[span.bias.clone()].copy_from_slice(&pair[1].values);
        }
        self.chain = self.chain.with(parameters);
        Ok(())
    }

    fn logits(&self, inputs: &[f32]) -> Result<Vec<f32>, NetworkError> {
        check_shape(inputs, inputs.len() / self.features, self.features)?;
        // As the trainer computes them, so that the same weights have the same bits.
        Ok(Trainer::new(&self.weights()?, 0.0).logits(inputs))
    }

    fn start(&mut self, optimizer: Optimizer) -> Result<(), NetworkError> {
        self.descent = Some(Descent::new(optimizer, self.gradient.len()));
        self.gradient.fill(0.0);
        self.gathered = false;
        Ok(())
    }

    fn accumulate_gradient(
        &mut self,
        inputs: &[f32],
        labels: &[u32],
        weight: f32,
    ) -> Result<(), NetworkError> {
        let batch = self.batch(inputs, labels.len())?;
        let classes = self.classes();
        check_labels(labels.iter().copied(), classes)?;
        let pass = self.chain.forward(batch);
        let logits = Mat::from_fn(classes, labels.len(), |k, i| pass.logits[(k, i)].to_f64());
        let delta = loss_delta(&probabilities(&logits), labels);
        let delta = Mat::from_fn(classes, labels.len(), |k, i| delta[(k, i)] as f32);
        let deltas = self.chain.backward(&pass, delta);
        let scale = f64::from(weight) / labels.len() as f64;
        (self.chain).add_gradient(&mut self.gradient, scale, &pass.inputs, &deltas);
        self.gathered = true;
        Ok(())
    }

    fn take_gradient(&mut self) -> Result<Vec<Weight>, NetworkError> {
        if !std::mem::take(&mut self.gathered) {
            return Err(NetworkError::NotStarted);
        }
        let gradient = self.arrays(&self.gradient);
        self.gradient.fill(0.0);
        Ok(gradient)
    }

    fn step(&mut self, learning_rate: f64) -> Result<(), NetworkError> {
        let Some(descent) = self.descent.as_mut().filter(|_| self.gathered) else {
            return Err(NetworkError::NotStarted);
        };
        descent.step(self.chain.parameters_mut(), &self.gradient, learning_rate);
        self.gradient.fill(0.0);
        self.gathered = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Architecture, Initialization, Zoo};
    use crate::random;
    use rand::RngExt;

    /// The typed network, and the described one of the same layers and weights.
    fn twins(zoo: Zoo) -> [Box<dyn Model>; 2] {
        let mut typed = Architecture::Zoo(zoo).build(784, 10).expect("compiled");
        let mut weights = typed.weights().expect("weights");
        Initialization::He.fill(&mut weights, 1);
        typed.set_weights(&weights).expect("its own");
        let mut widths = vec![784];
        widths.extend(Architecture::Zoo(zoo).hidden());
        widths.push(10);
        let mut described = boxed(&widths);
        let own = described.weights().expect("weights");
        for (given, own) in weights.iter_mut().zip(own) {
            given.name = own.name;
        }
        described.set_weights(&weights).expect("the same shapes");
        [typed, described]
    }

    fn close(a: &[f32], b: &[f32], tolerance: f32) {
        assert_eq!(a.len(), b.len());
        let size = a.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
        for (x, y) in a.iter().zip(b) {
            assert!((x - y).abs() <= tolerance * size, "{x} {y} of {size}");
        }
    }

    fn examples() -> (Vec<f32>, Vec<u32>) {
        let mut rng = random::stream(1, "test images");
        let inputs = (0..20 * 784).map(|_| rng.random::<f32>() - 0.5).collect();
        (inputs, (0..20).map(|i| i % 10).collect())
    }

    /// The oracle is dfdx: outputs, gradients and twenty steps of every optimizer differ
    /// by rounding, which a step of Adam amplifies where a gradient is nearly 0.
    #[test]
    fn it_is_the_typed_network_of_the_same_layers() {
        let (inputs, labels) = examples();
        for zoo in [Zoo::Linear, Zoo::Mlp1x16, Zoo::Mlp3x512] {
            for (optimizer, rate, tolerance) in [
                (Optimizer::Sgd { momentum: 0.0 }, 0.05, 1e-4),
                (Optimizer::Sgd { momentum: 0.9 }, 0.01, 1e-4),
                (Optimizer::Adam, 1e-4, 2e-3),
            ] {
                let mut twins = twins(zoo);
                let [a, b] = twins.each_ref().map(|m| m.logits(&inputs).expect("logits"));
                close(&a, &b, 1e-5);
                let [a, b] = twins.each_mut().map(|model| {
                    (model.accumulate_gradient(&inputs, &labels, 0.5)).expect("a gradient");
                    let gradient = model.take_gradient().expect("gathered");
                    let values = gradient.into_iter().flat_map(|weight| weight.values);
                    values.collect::<Vec<f32>>()
                });
                close(&a, &b, 1e-5);
                let [a, b] = twins.each_mut().map(|model| {
                    model.start(optimizer).expect("memory");
                    for _ in 0..20 {
                        for half in [0, 10] {
                            let inputs = &inputs[half * 784..(half + 10) * 784];
                            let labels = &labels[half..half + 10];
                            (model.accumulate_gradient(inputs, labels, 0.5)).expect("a gradient");
                        }
                        model.step(rate).expect("a step");
                    }
                    model.logits(&inputs).expect("logits")
                });
                close(&a, &b, tolerance);
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_and_changes_nothing() {
        let mut model = boxed(&[3, 4, 2]);
        let before = model.weights().expect("weights");
        assert!(matches!(model.step(0.1), Err(NetworkError::NotStarted)));
        assert!(matches!(
            model.take_gradient(),
            Err(NetworkError::NotStarted)
        ));
        model.start(Optimizer::Adam).expect("memory");
        assert!(matches!(model.step(0.1), Err(NetworkError::NotStarted)));
        assert!(model.logits(&[0.0; 4]).is_err());
        assert!(model.accumulate_gradient(&[0.0; 3], &[2], 1.0).is_err());
        assert!(model.accumulate_gradient(&[0.0; 3], &[0, 1], 1.0).is_err());
        let mut other = before.clone();
        other[2].shape.reverse();
        assert!(model.set_weights(&other).is_err());
        assert_eq!(model.weights().expect("weights"), before);
    }
}
