//! The certificate of a trained network with noise on its weights.

use super::super::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::certificate::{self, CertificateError, Confidence, DEVIATIONS, Gaussian, Isotropic};
use crate::measure::{Layer, Measure, MeasureError, Subject, Value};

/// Passes over the training examples in which errors are counted.
const PASSES: usize = 1;

/// The PAC-Bayes certificate of N(w, s² 1), without any training of s beyond a grid.
pub struct PacBayesCertificate;

impl Measure for PacBayesCertificate {
    fn card(&self) -> &'static Card {
        &Card {
            id: "pac-bayes-certificate",
            name: "PAC-Bayes certificate",
            group: Group::Bounds,
            kind: Kind::UpperBound,
            needs: &[Need::Chain, Need::Initial, Need::Inputs, Need::NoiseSearch],
            formula: "min_s kl⁻¹(g, (‖w − w⁰‖² / 2s² + ln S + ln(2 √n / δ)) / n) over S = 16 s from \
                      1 to 0.0055; g = kl⁻¹(errors / n, ln(S / δ') / n), errors with weights drawn \
                      from N(w, s² 1) for every training example; δ = 0.025, δ' = 0.01",
            reference: "Maurer 2004, arXiv cs/0411099, theorem 5; Langford and Caruana 2002; \
                        Kingma, Salimans and Welling 2015, arXiv 1506.02557 (draws)",
            aggregation: Aggregation::WholeNetwork,
            unit: "fraction misclassified",
            normalization: "none: an upper bound of the expected 0-1 error of the stochastic \
                            classifier",
            convolutions: "not covered: no value",
            biases: "get noise and are counted in the divergence, like weights",
            homogeneity: Homogeneity::None,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "a bound on the classifier that draws new noise for every example, not \
                             on the network itself; holds with probability 0.965 if the inputs are \
                             the whole training set, drawn independently, and w⁰ does not depend \
                             on it",
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let Some((initial, examples)) = subject.initial().zip(subject.inputs()) else {
            return Ok(None);
        };
        if !subject.is_chain() {
            return Ok(None);
        }
        let found = || -> Result<Isotropic, CertificateError> {
            let (trained, initial) = (law(subject.layers())?, law(initial)?);
            let confidence = Confidence::default();
            certificate::isotropic(&trained, &initial, examples, PASSES, confidence, 0)
        };
        match found() {
            Ok(found) => Ok(Some(value(found))),
            // Examples of another size than the network's: the subject is not of them.
            Err(CertificateError::Examples { .. } | CertificateError::Layers { .. }) => Ok(None),
            Err(error) => Err(MeasureError::Certificate {
                why: error.to_string(),
            }),
        }
    }
}

fn value(found: Isotropic) -> Value {
    let certificate = found.certificate;
    Value::from(certificate.risk)
        .with(
            "g: training error of the stochastic classifier at most",
            certificate.gibbs,
        )
        .with(
            "training error in the draws",
            certificate.errors as f64 / certificate.draws as f64,
        )
        .with("KL divergence, nats", certificate.kl)
        .with(
            "KL divergence an example, nats",
            certificate.kl_per_example(),
        )
        .with("s: σ of posterior and prior", found.sigma)
        .with("draws", certificate.draws as f64)
        .with("S: deviations of the grid", DEVIATIONS as f64)
        .with("n", certificate.examples as f64)
        .with(
            "δ, draws included",
            Confidence::default().bound + Confidence::default().draws,
        )
}

fn law(layers: &[Layer]) -> Result<Gaussian, CertificateError> {
    Gaussian::new(layers.iter().map(Layer::with_noise).collect())
}

impl Layer {
    /// The law of its weights with noise of deviation 1.
    pub(crate) fn with_noise(&self) -> certificate::Layer {
        let shape = [self.inputs(), self.outputs()];
        let rows = (0..shape[1]).flat_map(|o| (0..shape[0]).map(move |i| self.weight[(o, i)]));
        let weights: Vec<f64> = rows.collect();
        certificate::Layer::around(shape, &weights, self.bias.as_deref())
    }
}
