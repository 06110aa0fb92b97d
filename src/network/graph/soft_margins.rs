//! Soft margins of examples, and their derivatives by the parameters.

use rethink_layers::Element;

use super::{Graph, Parameters, Pass};

/// The soft margin of one example: by how much its class wins over the others together.
///
/// ```text
/// m = f_y − ln Σ_{k≠y} exp(f_k),   cross-entropy = ln(1 + exp(−m))
/// ```
///
/// Examples of equal soft margins have equal cross-entropies, whatever their other logits are.
///
/// # Panics
/// A label that is no class.
///
/// ```
/// use rethink::network::graph::soft_margin;
/// assert_eq!(soft_margin(&[3.0_f64, 1.0], 0), 2.0);
/// ```
pub fn soft_margin<T: Element>(logits: &[T], label: usize) -> T {
    let (top, sum) = others(logits, label);
    logits[label] - top - sum.ln()
}

/// The largest logit of the other classes, and the sum of exp(f_k − that) over them.
fn others<T: Element>(logits: &[T], label: usize) -> (T, T) {
    let others = || (0..logits.len()).filter(move |&k| k != label);
    let larger = |top: T, k: usize| if logits[k] > top { logits[k] } else { top };
    let top = others().fold(T::from_f64(f64::NEG_INFINITY), larger);
    (top, others().map(|k| (logits[k] - top).exp()).sum())
}

/// The derivative of the soft margin by the logits: e_y − the softmax of the others.
///
/// # Panics
/// A label that is no class.
pub fn soft_margin_slope<T: Element>(logits: &[T], label: usize) -> Vec<T> {
    let (top, sum) = others(logits, label);
    let of_class = |k: usize| match k == label {
        true => T::from_f64(1.0),
        false => -(logits[k] - top).exp() / sum,
    };
    (0..logits.len()).map(of_class).collect()
}

impl<T: Element> Graph<T> {
    /// The soft margins of the examples of a pass.
    ///
    /// # Panics
    /// Other than one label an example, or a label that is no class.
    pub fn soft_margins(&self, pass: &Pass<T>, labels: &[u32]) -> Vec<T> {
        self.of_rows(pass, labels, soft_margin)
    }

    /// How the soft margins change when the parameters move along a direction: J v.
    ///
    /// # Panics
    /// As [`soft_margins`](Self::soft_margins).
    pub fn directional_soft_margins(
        &self,
        pass: &Pass<T>,
        labels: &[u32],
        direction: &[Parameters<T>],
    ) -> Vec<T> {
        let values = self.directional(pass, direction);
        let along = values[values.len() - 1].to_rows(pass.examples());
        let slopes = self.of_rows(pass, labels, soft_margin_slope);
        let pairs = slopes
            .iter()
            .zip(along.chunks_exact(self.layout().classes()));
        let product = |(slope, along): (&Vec<T>, &[T])| -> T {
            slope.iter().zip(along).map(|(&s, &a)| s * a).sum()
        };
        pairs.map(product).collect()
    }

    /// Adds Jᵀ u to `sum`: the gradient of Σ_i u_i m_i by the parameters.
    ///
    /// # Panics
    /// As [`soft_margins`](Self::soft_margins), or other than one u an example.
    pub fn add_soft_margin_gradient(
        &self,
        pass: &Pass<T>,
        labels: &[u32],
        u: &[T],
        sum: &mut [Parameters<T>],
    ) {
        let mut rows = self.of_rows(pass, labels, soft_margin_slope);
        assert_eq!(rows.len(), u.len(), "one number an example");
        for (row, &u) in rows.iter_mut().zip(u) {
            row.iter_mut().for_each(|x| *x = *x * u);
        }
        let mut outputs = pass.logits().clone();
        outputs.fill(rows.iter().map(Vec::as_slice));
        self.add_gradient(pass, outputs, sum);
    }

    /// A function of the logits and the label of every example.
    fn of_rows<R>(&self, pass: &Pass<T>, labels: &[u32], f: impl Fn(&[T], usize) -> R) -> Vec<R> {
        assert_eq!(labels.len(), pass.examples(), "one label an example");
        let logits = pass.logits().to_rows(pass.examples());
        let rows = logits.chunks_exact(self.layout().classes());
        rows.zip(labels)
            .map(|(row, &y)| f(row, y as usize))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rand::RngExt;

    use super::*;
    use crate::network::graph::{Layout, set_vector, to_vector};
    use crate::random;

    #[test]
    fn cross_entropy_is_a_function_of_the_soft_margin_alone() {
        let logits = [0.3_f64, -1.0, 2.5, 0.7];
        let sum: f64 = logits.iter().map(|f| f.exp()).sum();
        for (label, f) in logits.iter().enumerate() {
            let m = soft_margin(&logits, label);
            assert!(((-m).exp().ln_1p() - (sum.ln() - f)).abs() < 1e-14);
        }
        // Logits that overflow on their own.
        assert_eq!(soft_margin(&[800.0_f64, 1000.0], 0), -200.0);
    }

    #[test]
    fn derivatives_are_those_of_differences_and_gradients_their_transpose() {
        let mut rng = random::stream(1, "test network");
        let mut random =
            |n: usize| -> Vec<f64> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
        let mut graph = Graph::<f64>::zeros(Arc::new(Layout::chain(&[3, 7, 4])));
        let size = to_vector(graph.layers()).len();
        let (w, v, inputs, u) = (random(size), random(size), random(5 * 3), random(5));
        let labels = [0, 1, 2, 3, 1];
        set_vector(graph.layers_mut(), &w);
        let margins = |h: f64| {
            let mut moved = graph.clone();
            let there: Vec<f64> = w.iter().zip(&v).map(|(w, v)| w + h * v).collect();
            set_vector(moved.layers_mut(), &there);
            moved.soft_margins(&moved.forward(inputs.chunks_exact(3)), &labels)
        };
        let mut direction = graph.zeros_like();
        set_vector(&mut direction, &v);
        let pass = graph.forward(inputs.chunks_exact(3));
        let along = graph.directional_soft_margins(&pass, &labels, &direction);
        let h = 1e-6;
        for ((up, down), along) in margins(h).iter().zip(margins(-h)).zip(&along) {
            assert!(((up - down) / (2.0 * h) - along).abs() < 1e-8);
        }
        let mut gradient = graph.zeros_like();
        graph.add_soft_margin_gradient(&pass, &labels, &u, &mut gradient);
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let (a, b) = (dot(&along, &u), dot(&to_vector(&gradient), &v));
        assert!((a - b).abs() < 1e-13 * (1.0 + a.abs()), "{a} {b}");
    }
}
