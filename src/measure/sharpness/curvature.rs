//! The Hessian of the training loss.

use super::EXAMPLES;
use crate::linalg::largest_eigenvalue;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::differentiable::{DIFFERENTIATED, Hessian, Model, probabilities};
use crate::measure::drawn::{Drawn, MEAN_OF_DRAWN};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// The largest eigenvalue of the Hessian.
pub struct HessianTopEigenvalue;

impl Measure for HessianTopEigenvalue {
    fn card(&self) -> &'static Card {
        &Card {
            id: "hessian-top-eigenvalue",
            name: "Top Hessian eigenvalue",
            group: Group::Sharpness,
            kind: Kind::LowerBound,
            needs: &[Need::Network, Need::Inputs],
            formula: "λ_max(∇²_w L), L the mean cross-entropy on at most 500 examples; by Lanczos \
                      with exact products, to a residual of 10⁻⁴ λ or 60 products",
            reference: "Pearlmutter 1994 (products); Lanczos 1950; Yao et al. 2020, arXiv \
                        1912.07145 (use)",
            aggregation: Aggregation::WholeNetwork,
            unit: "nat / weight²",
            normalization: "Hessian of the mean loss, not the sum",
            convolutions: DIFFERENTIATED,
            biases: "counted: the Hessian is by weights and biases",
            homogeneity: Homogeneity::None,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "changes under rescalings that leave the function unchanged (Dinh et \
                             al. 2017, arXiv 1703.04933); near 0 once the loss is",
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let Some(model) = Model::of(subject, EXAMPLES)? else {
            return Ok(None);
        };
        let hessian = Hessian::new(&model);
        let size = model.network.parameters().len();
        let ritz = largest_eigenvalue(size, |v| hessian.times(v));
        Ok(Some(
            Value::from(ritz.value)
                .with("residual", ritz.residual)
                .with("products", ritz.products as f64)
                .with("examples used", model.len() as f64),
        ))
    }
}

/// The trace of the Hessian, exactly.
///
/// A logit of a network of ReLU and maxima is, where it is differentiable, linear in each
/// single parameter: no path uses a layer twice. So its second derivatives by
/// one parameter vanish, and the trace of the Hessian is that of the Gauss-Newton
/// matrix, which is the Fisher information of the model. No probes are needed.
///
/// ```text
/// tr ∇²L = (1/n) Σ_i E_{y ~ p(x_i)} ‖∇_w ℓ(f(x_i), y)‖²
/// ```
pub struct HessianTrace;

/// The trace of every layer's block, for every example's own loss.
#[derive(Debug, Clone, PartialEq)]
pub struct Traces {
    layers: Vec<Vec<f64>>,
    drawn: Drawn,
}

impl Traces {
    /// Of the subject's examples; the subject keeps them.
    fn of(subject: &Subject) -> Result<Option<&Self>, MeasureError> {
        let compute = || match subject.check_piecewise_linear() {
            Ok(()) => Ok(Model::drawn(subject)?.map(|model| Self::new(&model))),
            Err(_) => Ok(None),
        };
        let traces = subject.shared().traces.get_or_init(compute);
        traces.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    fn new(model: &Model) -> Self {
        let (network, depth) = (&model.network, model.network.spans().len());
        let batches = model.map_batches(|inputs, labels| {
            let pass = network.forward(&inputs);
            let p = probabilities(&network.logits(&pass));
            let mut traces = vec![vec![0.0; labels.len()]; depth];
            for class in 0..network.classes() {
                let mut delta = p.clone();
                (0..delta.ncols()).for_each(|i| delta[(class, i)] -= 1.0);
                let gradients = network.backward(&pass, &delta);
                let squares = network.squared_gradients(&pass, &gradients);
                for (traces, squares) in traces.iter_mut().zip(squares) {
                    for (i, (trace, square)) in traces.iter_mut().zip(squares).enumerate() {
                        *trace += p[(class, i)] * square;
                    }
                }
            }
            traces
        });
        let layer = |l: usize| {
            batches
                .iter()
                .flat_map(move |batch| batch[l].iter().copied())
        };
        Self {
            layers: (0..depth).map(|l| layer(l).collect()).collect(),
            drawn: model.used(),
        }
    }
}

impl Measure for HessianTrace {
    fn card(&self) -> &'static Card {
        &Card {
            id: "hessian-trace",
            name: "Hessian trace",
            group: Group::Sharpness,
            kind: Kind::Exact,
            needs: &[Need::PiecewiseLinear, Need::Inputs],
            formula: "tr ∇²_w L = (1/n) Σ_i Σ_k p_k(x_i) ‖∇_w ℓ(f(x_i), k)‖²: logits are linear in \
                      each single parameter, so only the Gauss-Newton part has a diagonal; layer: \
                      its block",
            reference: "Schraudolph 2002 (Gauss-Newton matrix); Yao et al. 2020, arXiv 1912.07145 \
                        (use, there by Hutchinson's estimate)",
            aggregation: Aggregation::Sum,
            unit: "nat / weight²",
            normalization: MEAN_OF_DRAWN,
            convolutions: DIFFERENTIATED,
            biases: "counted: the Hessian is by weights and biases",
            homogeneity: Homogeneity::None,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "changes under rescalings that leave the function unchanged; near 0 \
                             once the loss is",
        }
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let values = |traces: &Traces| {
            let value = |layer: &Vec<f64>| traces.drawn.mean(layer, |x| x);
            traces.layers.iter().map(value).collect()
        };
        Ok(Traces::of(subject)?.map(values))
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        // The interval of a sum is not that of its terms.
        let value = |traces: &Traces| {
            let sum = |i: usize| traces.layers.iter().map(|layer| layer[i]).sum();
            let sums: Vec<f64> = (0..traces.drawn.used).map(sum).collect();
            traces.drawn.mean(&sums, |x| x)
        };
        Ok(Traces::of(subject)?.map(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::differentiable::tests::{gaussian_inputs, gaussian_layers};
    use nalgebra::{DMatrix, SymmetricEigen};

    /// The whole matrix, column by column, from the products that finite
    /// differences check.
    fn full(subject: &Subject) -> DMatrix<f64> {
        let model = Model::of(subject, usize::MAX).unwrap().unwrap();
        let hessian = Hessian::new(&model);
        let size = model.network.parameters().len();
        let columns = (0..size).flat_map(|i| {
            let mut axis = vec![0.0; size];
            axis[i] = 1.0;
            hessian.times(&axis)
        });
        DMatrix::from_iterator(size, size, columns)
    }

    #[test]
    fn top_eigenvalue_and_trace_are_those_of_the_whole_matrix() {
        for (widths, seed) in [(&[3, 6, 5, 4][..], 1), (&[2, 3], 2), (&[4, 9, 3], 3)] {
            let (features, classes) = (widths[0], *widths.last().unwrap());
            let subject = Subject::new(gaussian_layers(widths, seed), None)
                .unwrap()
                .with_inputs(gaussian_inputs(25, features, classes, seed));
            let full = full(&subject);
            assert!((&full - full.transpose()).amax() < 1e-12);
            let trace = HessianTrace.network(&subject).unwrap().unwrap().number;
            assert!((trace / full.trace() - 1.0).abs() < 1e-12, "{trace}");
            let exact = SymmetricEigen::new(full).eigenvalues.max();
            let found = HessianTopEigenvalue.network(&subject).unwrap().unwrap();
            assert!(
                (found.number / exact - 1.0).abs() < 1e-4,
                "{found:?} {exact}"
            );
        }
    }
}
