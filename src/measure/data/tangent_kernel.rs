//! What the tangent kernel has learned.

use faer::Mat;

use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::differentiable::{DIFFERENTIATED, Model, centred, cosine, tangent_kernel};
use crate::measure::{Measure, MeasureError, Subject, Value};

/// Examples between which the kernel is computed: part of the definition, as the kernel
/// of all of them may not fit into memory.
const EXAMPLES: usize = 200;

/// The common part of the cards.
const CARD: Card = Card {
    id: "",
    name: "",
    group: Group::Data,
    kind: Kind::Exact,
    needs: &[Need::Network, Need::Inputs],
    formula: "",
    reference: "",
    aggregation: Aggregation::WholeNetwork,
    unit: "none",
    normalization: "a cosine",
    convolutions: DIFFERENTIATED,
    biases: "part of w, and they decide which units are active",
    homogeneity: Homogeneity::None,
    invariant_to: &[Invariance::UnitPermutation],
    known_failures: "",
};

/// The alignment of the tangent kernel with the labels.
pub struct NtkAlignment;

impl Measure for NtkAlignment {
    fn card(&self) -> &'static Card {
        &Card {
            id: "ntk-alignment",
            name: "Tangent kernel alignment",
            formula: "⟨HΘH, HYYᵀH⟩_F / (‖HΘH‖_F ‖HYYᵀH‖_F), Θ_ij = (1/C) Σ_k ⟨∇_w f_k(x_i), ∇_w \
                      f_k(x_j)⟩, Y the one-hot labels, H = I − 11ᵀ/m; i, j over m = min(200, n) training \
                      examples, the first m of an order drawn by a fixed seed",
            reference: "Cortes, Mohri, Rostamizadeh 2012, arXiv 1203.0550 (centred alignment); Baratin et \
                        al. 2021, arXiv 2008.00938",
            known_failures: "of few examples, and higher the fewer there are; undefined with \
                             one class only, or examples that are all equal",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let Some(model) = Model::of(subject, EXAMPLES)? else {
            return Ok(None);
        };
        let (labels, n) = (model.examples().labels(), model.len());
        let same = |i: usize, j: usize| if labels[i] == labels[j] { 1.0 } else { 0.0 };
        let target = centred(&Mat::from_fn(n, n, same));
        let alignment = cosine(&centred(&tangent_kernel(&model)), &target);
        Ok(Some(
            Value::from(alignment).with("m, examples of the kernel", n as f64),
        ))
    }
}

/// How far training turned the tangent kernel.
pub struct NtkDrift;

impl Measure for NtkDrift {
    fn card(&self) -> &'static Card {
        &Card {
            id: "ntk-drift",
            name: "Tangent kernel drift",
            needs: &[Need::Network, Need::Initial, Need::Inputs],
            formula: "1 − ⟨Θ⁰, Θ⟩_F / (‖Θ⁰‖_F ‖Θ‖_F), Θ as in ntk-alignment, Θ⁰ at initialization; \
                      on the same m examples; not centred",
            reference: "Fort et al. 2020, arXiv 2010.15110 (kernel distance)",
            normalization: "one minus a cosine: 0 for a kernel that only changed its scale",
            known_failures: "dominated by the mean of the kernel, which all examples share",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let Some(model) = Model::of(subject, EXAMPLES)? else {
            return Ok(None);
        };
        let drift = |initial: Model| {
            let drift = 1.0 - cosine(&tangent_kernel(&initial), &tangent_kernel(&model));
            Value::from(drift).with("m, examples of the kernel", model.len() as f64)
        };
        Ok(model.initial(subject).map(drift))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::differentiable::tests::{gaussian_inputs, gaussian_layers};

    #[test]
    fn an_untrained_network_has_not_drifted() {
        let layers = gaussian_layers(&[3, 6, 2], 1);
        let other = gaussian_layers(&[3, 6, 2], 2);
        let drift = |initial| {
            let subject = Subject::new(layers.clone(), Some(initial)).unwrap();
            let subject = subject.with_inputs(gaussian_inputs(9, 3, 2, 1));
            NtkDrift.network(&subject).unwrap().unwrap().number
        };
        assert!(drift(layers.clone()).abs() < 1e-14);
        assert!(drift(other) > 1e-3);
    }

    /// Two classes at ±e: a linear model's kernel, ⟨x, z⟩ + 1, is then that of the
    /// labels.
    #[test]
    fn a_kernel_of_the_labels_is_aligned() {
        let pixels = vec![1.0, -1.0, 1.0, -1.0];
        let inputs = crate::dataset::Split::new(pixels, vec![0, 1, 0, 1], 1).unwrap();
        let subject = Subject::new(gaussian_layers(&[1, 2], 3), None).unwrap();
        let value = NtkAlignment.network(&subject.with_inputs(inputs)).unwrap();
        assert!((value.unwrap().number - 1.0).abs() < 1e-14);
    }

    #[test]
    fn equal_examples_have_no_alignment() {
        let inputs = crate::dataset::Split::new(vec![0.3; 12], vec![0, 1, 0, 1], 3).unwrap();
        let subject = Subject::new(gaussian_layers(&[3, 5, 2], 3), None).unwrap();
        let value = NtkAlignment.network(&subject.with_inputs(inputs)).unwrap();
        assert!(value.unwrap().number.is_nan());
    }
}
