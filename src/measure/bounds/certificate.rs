//! The certificate of a trained network with noise on its weights.

use rayon::prelude::*;

use crate::certificate::{
    self, CertificateError, Confidence, DEVIATIONS, Gaussian, Isotropic, gibbs_errors, isotropic,
};
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::differentiable::{DIFFERENTIATED, Model};
use crate::measure::sharpness::{Noise, fraction_correct, noisy};
use crate::measure::{Layer, Measure, MeasureError, Subject, Value};

/// Passes over the training examples in which errors are counted.
const PASSES: usize = 1;
/// Of the draws.
const SEED: u64 = 0;
/// Searches and other bounds use the draws below this number.
const FIRST_DRAW: usize = 1 << 32;

/// The PAC-Bayes certificate of N(w, s² 1), without any training of s beyond a grid.
pub struct PacBayesCertificate;

impl Measure for PacBayesCertificate {
    fn card(&self) -> &'static Card {
        &Card {
            id: "pac-bayes-certificate",
            name: "PAC-Bayes certificate",
            group: Group::Bounds,
            kind: Kind::UpperBound,
            needs: &[
                Need::Network,
                Need::Initial,
                Need::Inputs,
                Need::NoiseSearch,
            ],
            formula: "min_s kl⁻¹(g, (‖w − w⁰‖² / 2s² + ln S + ln(2 √n / δ)) / n) over S = 16 s from \
                      1 to 0.0055; g = kl⁻¹(errors / n, ln(S / δ') / n), errors with weights drawn \
                      from N(w, s² 1) for every training example; δ = 0.025, δ' = 0.01",
            reference: "Maurer 2004, arXiv cs/0411099, theorem 5; Langford and Caruana 2002; \
                        Kingma, Salimans and Welling 2015, arXiv 1506.02557 (draws)",
            aggregation: Aggregation::WholeNetwork,
            unit: "fraction misclassified",
            normalization: "none: an upper bound of the expected 0-1 error of the stochastic \
                            classifier",
            convolutions: DIFFERENTIATED,
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
        let found = match subject.is_chain() {
            true => of_chain(subject),
            false => of_wired(subject),
        };
        Ok(found?.map(value))
    }
}

/// Of dense layers: their sums are drawn, from the law that they have.
fn of_chain(subject: &Subject) -> Result<Option<Isotropic>, MeasureError> {
    let Some((initial, examples)) = subject.initial().zip(subject.inputs()) else {
        return Ok(None);
    };
    let found = || -> Result<Isotropic, CertificateError> {
        let (trained, initial) = (law(subject.layers())?, law(initial)?);
        let squared = trained.squared_distance(&initial)?;
        let counts = [examples.len(), PASSES];
        isotropic(squared, counts, Confidence::default(), |s| {
            Ok(gibbs_errors(&trained.scaled(s), examples, PASSES, SEED)?[0])
        })
    };
    match found() {
        Ok(found) => Ok(Some(found)),
        // Examples of another size than the network's: the subject is not of them.
        Err(CertificateError::Examples { .. } | CertificateError::Layers { .. }) => Ok(None),
        Err(error) => Err(refused(error)),
    }
}

/// Of layers of any kind whose wiring is known: all weights are drawn for every example.
fn of_wired(subject: &Subject) -> Result<Option<Isotropic>, MeasureError> {
    let Some(model) = Model::of(subject, usize::MAX)? else {
        return Ok(None);
    };
    let Some(initial) = model.initial(subject) else {
        return Ok(None);
    };
    let ends = [model.network.parameters(), initial.network.parameters()];
    if ends[0].len() != ends[1].len() {
        return Ok(None);
    }
    let squared = ends[0]
        .iter()
        .zip(ends[1])
        .map(|(w, v)| (w - v).powi(2))
        .sum();
    let (network, examples) = (subject.network::<f32>()?, model.examples());
    let errors = |sigma| {
        let wrong = |i| {
            let network = noisy(&network, Noise::Isotropic, sigma, FIRST_DRAW + i);
            u64::from(fraction_correct(&network, &examples.gather(&[i])) < 1.0)
        };
        Ok((0..examples.len()).into_par_iter().map(wrong).sum())
    };
    let counts = [examples.len(), PASSES];
    let found = isotropic(squared, counts, Confidence::default(), errors);
    found.map(Some).map_err(refused)
}

fn refused(error: CertificateError) -> MeasureError {
    MeasureError::Certificate {
        why: error.to_string(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::differentiable::tests::{fitted_inputs, gaussian_layers};

    /// Whole weights for every example, and sums from the law that they then have.
    #[test]
    fn both_ways_of_drawing_give_the_same_certificate() {
        let layers = gaussian_layers(&[6, 12, 4], 1);
        let initial: Vec<Layer> = layers
            .iter()
            .map(|layer| Layer {
                weight: &layer.weight * faer::Scale(0.97),
                ..layer.clone()
            })
            .collect();
        let inputs = fitted_inputs(&layers, 4000, 1);
        let subject = Subject::new(layers, Some(initial)).unwrap();
        let subject = subject.with_inputs(inputs);
        let local = of_chain(&subject).unwrap().unwrap();
        let whole = of_wired(&subject).unwrap().unwrap();
        assert!(local.certificate.risk < 0.5, "{local:?}");
        assert_eq!(local.sigma, whole.sigma);
        let apart = (local.certificate.kl - whole.certificate.kl).abs();
        assert!(apart < 1e-5 * local.certificate.kl);
        let [p, q] =
            [local, whole].map(|way| way.certificate.errors as f64 / way.certificate.draws as f64);
        let deviation = (2.0 * p * (1.0 - p) / 4000.0).sqrt();
        assert!((p - q).abs() < 3.0 * deviation, "{p} {q}");
    }
}
