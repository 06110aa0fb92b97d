//! Derivatives that no training step needs: the gradients by every value, and how the gradient
//! changes along a direction of the parameters.

use rethink_layers::Element;

use super::backward::Gradients;
use super::forward::{Kept, Pass, mask_value};
use super::layout::Layer;
use super::parameters::Parameters;
use super::value::Value;
use super::{Graph, Node};

impl<T: Element> Graph<T> {
    /// The gradients of Σ_i ⟨u_i, f(x_i)⟩ by every value of the network: by the inputs, then by
    /// what every layer computes.
    ///
    /// Shapes: `outputs` is u, as the logits.
    pub fn gradients(&self, pass: &Pass<T>, outputs: Value<T>) -> Vec<Value<T>> {
        let nodes = self.layout().nodes();
        let mut gradients = Gradients::of_outputs(self.layout(), pass.examples, outputs);
        let mut by_values = Vec::with_capacity(nodes.len() + 1);
        for (n, node) in nodes.iter().enumerate().rev() {
            let gradient = gradients.take(n + 1, node.output);
            let delta = self.before_relu(n, pass, gradient.clone());
            self.below(n, node, pass, &delta, &mut gradients);
            by_values.push(gradient);
        }
        by_values.push(gradients.take(0, self.layout().extent(0)));
        by_values.reverse();
        by_values
    }

    /// The gradient by what node `n` computes before ReLU, given that by what others see of it.
    pub fn before_relu(&self, n: usize, pass: &Pass<T>, mut gradient: Value<T>) -> Value<T> {
        if self.layout().nodes()[n].relu {
            mask_value(&pass.values[n + 1], &mut gradient);
        }
        gradient
    }

    /// Adds to `sum` how [`add_gradient`](Self::add_gradient) changes when the parameters move
    /// along a direction.
    ///
    /// ```text
    /// R δ = 1[z > 0] (Wᵀ R δ' + Vᵀ δ'),   R (δ aᵀ) = R δ aᵀ + δ (R a)ᵀ
    /// ```
    ///
    /// Shapes: `values` as [`directional`](Self::directional) computes them along `direction`;
    /// `outputs` are u and R u, as the logits.
    ///
    /// # Panics
    /// A pass in which batch norm was by the moments of the batch.
    ///
    /// # Reference
    /// Pearlmutter 1994, "Fast exact multiplication by the Hessian", R{backprop}.
    pub fn add_gradient_directional(
        &self,
        pass: &Pass<T>,
        direction: &[Parameters<T>],
        values: &[Value<T>],
        outputs: [Value<T>; 2],
        sum: &mut [Parameters<T>],
    ) {
        let [mut still, mut moving] =
            outputs.map(|outputs| Gradients::of_outputs(self.layout(), pass.examples, outputs));
        for (n, node) in self.layout().nodes().iter().enumerate().rev() {
            let take = |gradients: &mut Gradients<T>| {
                self.before_relu(n, pass, gradients.take(n + 1, node.output))
            };
            let (g, g_dot) = (take(&mut still), take(&mut moving));
            let at = node.inputs[0];
            sum[n].add_gradient(pass.value(at), &g_dot);
            if at > 0 {
                sum[n].add_weight_gradient(&values[at], &g);
            }
            if node.inputs.iter().any(|&value| value > 0) {
                let seen = &values[at];
                self.below_directional(n, pass, (&direction[n], seen), [&g, &g_dot], &mut moving);
                self.below(n, node, pass, &g, &mut still);
            }
            still.release(node.output, g);
            moving.release(node.output, g_dot);
        }
    }

    /// The derivative of [`below`](Self::below) along a direction.
    fn below_directional(
        &self,
        n: usize,
        pass: &Pass<T>,
        (direction, x_dot): (&Parameters<T>, &Value<T>),
        [g, g_dot]: [&Value<T>; 2],
        gradients: &mut Gradients<T>,
    ) {
        let node: &Node = &self.layout().nodes()[n];
        let (at, extent) = (node.inputs[0], self.layout().extent(node.inputs[0]));
        if let (Layer::LocalResponse(response), Kept::Roots(roots)) = (node.layer, &pass.kept[n]) {
            let along = [x_dot.images(), g_dot.images()];
            let (x, g) = (pass.values[at].images(), g.images());
            gradients.add_computed(at, extent, |below| {
                response.backward_directional(x, roots, g, along, below.images_mut());
            });
            return;
        }
        let by_batch = matches!(
            pass.kept[n],
            Kept::Normalizer {
                moments: Some(_),
                ..
            }
        );
        assert!(!by_batch, "derivatives are those of inference");
        self.below(n, node, pass, g_dot, gradients);
        match direction {
            Parameters::Dense(direction) => gradients.add_computed(at, extent, |below| {
                direction.backward(g.numbers(), below.numbers_mut());
            }),
            Parameters::Convolution(direction) => gradients.add(at, extent, |below, add| {
                direction.backward(g.images(), below.images_mut(), add);
            }),
            Parameters::None | Parameters::BatchNorm(_) => {}
        }
    }
}
