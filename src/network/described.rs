//! A network whose shapes are known when the program runs, behind the interface of the typed
//! networks.

use std::sync::Arc;

use rethink_layers::cross_entropy_with_gradient;

use super::descent::Descent;
use super::graph::{Graph, Layout, Parameters, Value, arrays, set_arrays, set_vector, to_vector};
use super::model::{check_dropout, check_labels, check_shape};
use super::{Model, NetworkError, Optimizer, Steps};
use crate::solution::Weight;

/// A network, its gradient and its optimizer.
struct Described {
    layout: Arc<Layout>,
    graph: Graph<f32>,
    gradient: Vec<Parameters<f32>>,
    /// Whether a gradient was gathered since the last step.
    gathered: bool,
    descent: Option<Descent>,
}

/// The chain of dense layers of these widths, inputs first and classes last, with all weights zero.
pub fn boxed(widths: &[usize]) -> Box<dyn Model> {
    let layout = Arc::new(Layout::chain(widths));
    let graph = Graph::zeros(layout.clone());
    Box::new(Described {
        gradient: graph.zeros_like(),
        layout,
        gathered: false,
        descent: None,
        graph,
    })
}

impl Described {
    fn clear(&mut self) {
        self.gradient = self.graph.zeros_like();
        self.gathered = false;
    }
}

impl Model for Described {
    fn features(&self) -> usize {
        self.layout.features()
    }

    fn classes(&self) -> usize {
        self.layout.classes()
    }

    fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    fn parameter_count(&self) -> usize {
        to_vector(&self.gradient).len()
    }

    fn weights(&self) -> Result<Vec<Weight>, NetworkError> {
        Ok(arrays(&self.layout, self.graph.layers()))
    }

    fn set_weights(&mut self, weights: &[Weight]) -> Result<(), NetworkError> {
        super::weights::check(&self.weights()?, weights)?;
        set_arrays(self.graph.layers_mut(), weights);
        Ok(())
    }

    fn logits(&self, inputs: &[f32]) -> Result<Vec<f32>, NetworkError> {
        check_shape(inputs, inputs.len() / self.features(), self.features())?;
        Ok(self.graph.logits(inputs))
    }

    /// Dropout is the trainer's, which takes the steps of SGD; with Adam and on the tape there is
    /// none.
    fn start(&mut self, steps: Steps) -> Result<(), NetworkError> {
        check_dropout(&self.layout, &steps)?;
        if steps.dropout > 0.0 && steps.optimizer == Optimizer::Adam {
            return Err(NetworkError::NoDropout);
        }
        if steps.dropout > 0.0 && steps.tape {
            return Err(NetworkError::NoDropoutOnTape(steps.dropout));
        }
        self.descent = Some(Descent::new(&steps, self.parameter_count()));
        self.clear();
        Ok(())
    }

    fn accumulate_gradient(
        &mut self,
        inputs: &[f32],
        labels: &[u32],
        weight: f32,
    ) -> Result<(), NetworkError> {
        let features = self.features();
        check_shape(inputs, labels.len(), features)?;
        check_labels(labels.iter().copied(), self.classes())?;
        let pass = self.graph.forward(inputs.chunks_exact(features));
        let mut delta = pass.logits().clone();
        cross_entropy_with_gradient(
            pass.logits().numbers(),
            labels,
            weight / labels.len() as f32,
            Value::numbers_mut(&mut delta),
        );
        self.graph.add_gradient(&pass, delta, &mut self.gradient);
        self.gathered = true;
        Ok(())
    }

    fn take_gradient(&mut self) -> Result<Vec<Weight>, NetworkError> {
        if !self.gathered {
            return Err(NetworkError::NotStarted);
        }
        let gradient = arrays(&self.layout, &self.gradient);
        self.clear();
        Ok(gradient)
    }

    fn step(&mut self, learning_rate: f64) -> Result<(), NetworkError> {
        let Some(descent) = self.descent.as_mut().filter(|_| self.gathered) else {
            return Err(NetworkError::NotStarted);
        };
        let mut parameters = to_vector(self.graph.layers());
        descent.step(&mut parameters, &to_vector(&self.gradient), learning_rate);
        set_vector(self.graph.layers_mut(), &parameters);
        self.clear();
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
        widths.extend(zoo.hidden().expect("a chain"));
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
                    model.start(optimizer.into()).expect("memory");
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
        for (optimizer, tape) in [
            (Optimizer::Adam, false),
            (Optimizer::Sgd { momentum: 0.9 }, true),
        ] {
            let dropped = Steps {
                dropout: 0.5,
                tape,
                ..optimizer.into()
            };
            let error = model.start(dropped).expect_err("no dropout").to_string();
            assert!(error.contains("leave --"), "{error}");
        }
        model.start(Optimizer::Adam.into()).expect("memory");
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
