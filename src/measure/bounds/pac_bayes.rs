//! PAC-Bayes bounds with their constants.

use rand::seq::index::sample;

use crate::certificate::binary_kl_inverse;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::differentiable::{DIFFERENTIATED, Model};
use crate::measure::sharpness::{Noise, deviation, fraction_correct, noisy};
use crate::measure::{Measure, MeasureError, Network, Subject, Value};
use crate::random::stream;

/// Probability that the bound fails for the draw of the training set.
const DELTA: f64 = 0.04;
/// Probability that the draws of the noise understate the training error.
const DELTA_DRAWS: f64 = 0.01;
/// Draws of the noise.
const DRAWS: usize = 100;
/// Training examples each draw is evaluated on, drawn afresh for each.
const EXAMPLES: usize = 250;
/// The search for σ* used the draws below this number.
const FIRST_DRAW: usize = 1 << 20;

/// Standard deviations the prior may have: 10^−5 to 10, ten per decade. Fixed
/// before any data, so a union bound over them makes the best one valid.
fn priors() -> impl ExactSizeIterator<Item = f64> {
    (0..61_u32).map(|k| 10_f64.powf(f64::from(k) / 10.0 - 5.0))
}

/// Catoni's λ: 10^−3 to 100, ten per decade.
fn lambdas() -> impl ExactSizeIterator<Item = f64> {
    (0..51_u32).map(|k| 10_f64.powf(f64::from(k) / 10.0 - 3.0))
}

/// What all three bounds are made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posterior {
    /// σ of the posterior N(w, σ² I).
    sigma: f64,
    /// σ of the prior N(w⁰, σ_P² I) with the least divergence.
    prior: f64,
    /// KL(posterior ‖ prior), in nats.
    divergence: f64,
    /// Mean training error of the draws.
    drawn_error: f64,
    /// Upper bound of the posterior's training error, given the draws.
    error: f64,
    /// n.
    examples: f64,
}

impl Posterior {
    /// Of the subject's network; the subject keeps it.
    fn of(subject: &Subject) -> Result<Option<Self>, MeasureError> {
        let compute = || Self::compute(subject);
        subject.shared().posterior.get_or_init(compute).clone()
    }

    fn compute(subject: &Subject) -> Result<Option<Self>, MeasureError> {
        let Some(found) = deviation(subject, Noise::Isotropic)? else {
            return Ok(None);
        };
        let Some(model) = Model::of(subject, usize::MAX)? else {
            return Ok(None);
        };
        let Some(initial) = model.initial(subject) else {
            return Ok(None);
        };
        let (w, initial) = (model.network.parameters(), initial.network);
        let initial = initial.parameters();
        if w.len() != initial.len() {
            return Ok(None);
        }
        let sigma = found.sigma;
        let squared: f64 = w.iter().zip(initial).map(|(w, v)| (w - v) * (w - v)).sum();
        let divergences = priors().map(|p| (p, divergence(w.len(), squared, sigma, p)));
        let least = divergences.min_by(|a, b| a.1.total_cmp(&b.1));
        let (prior, divergence) = least.unwrap_or((f64::NAN, f64::NAN));
        let drawn_error = if sigma > 0.0 && sigma.is_finite() {
            drawn_error(&subject.network()?, &model, sigma)
        } else {
            f64::NAN
        };
        let radius = (2.0 / DELTA_DRAWS).ln() / DRAWS as f64;
        Ok(Some(Self {
            sigma,
            prior,
            divergence,
            drawn_error,
            error: inverse_kl(drawn_error, radius),
            examples: model.len() as f64,
        }))
    }

    /// KL + ln(|priors| · factor / δ): the divergence with the price of the grid.
    fn cost(&self, factor: f64) -> f64 {
        self.divergence + (priors().len() as f64 * factor / DELTA).ln()
    }

    /// The bound, one that is 1 up to rounding rounded up.
    fn value(&self, bound: f64) -> Value {
        let vacuous = (1.0 - 1e-9..1.0).contains(&bound);
        Value::from(if vacuous { 1.0 } else { bound })
            .with(
                "e: training error of the stochastic classifier at most, from ê",
                self.error,
            )
            .with("ê: training error in the draws", self.drawn_error)
            .with("KL divergence, nats", self.divergence)
            .with("σ of the posterior", self.sigma)
            .with("σ of the prior", self.prior)
            .with("draws", DRAWS as f64)
            .with("n", self.examples)
            .with("δ, draws included", DELTA + DELTA_DRAWS)
    }
}

/// The mean error of independent draws of the noise, each on its own random
/// examples: independent variables in [0, 1] whose mean is the posterior's
/// training error, which is all the bound on it needs.
fn drawn_error(network: &Network<f32>, model: &Model, sigma: f64) -> f64 {
    let examples = model.examples();
    let mut rng = stream(0, "examples of the draws");
    let error = |draw| {
        let size = EXAMPLES.min(examples.len());
        let indices = sample(&mut rng, examples.len(), size).into_vec();
        let noisy = noisy(network, Noise::Isotropic, sigma, FIRST_DRAW + draw);
        1.0 - fraction_correct(&noisy, &examples.gather(&indices))
    };
    (0..DRAWS).map(error).sum::<f64>() / DRAWS as f64
}

/// KL(N(w, σ² I) ‖ N(w⁰, σ_P² I)) in p dimensions, in nats.
///
/// ```text
/// ½ (p ln(σ_P² / σ²) + (p σ² + ‖w − w⁰‖²) / σ_P² − p)
/// ```
fn divergence(p: usize, squared_distance: f64, sigma: f64, prior: f64) -> f64 {
    let (p, ratio) = (p as f64, (sigma / prior) * (sigma / prior));
    0.5 * (p * (ratio - ratio.ln() - 1.0) + squared_distance / (prior * prior))
}

/// The largest q with kl(e ‖ q) ≤ c; not a number where one of them is none.
fn inverse_kl(e: f64, c: f64) -> f64 {
    match e.is_finite() && c.is_finite() {
        true => binary_kl_inverse(e, c),
        false => f64::NAN,
    }
}

/// (1 − exp(−λ e − c)) / (1 − exp(−λ)), at the best λ of the grid.
fn catoni(e: f64, c: f64) -> f64 {
    let bound = |lambda: f64| (-(-lambda * e - c).exp_m1()) / -(-lambda).exp_m1();
    lambdas()
        .map(bound)
        .reduce(|a, b| if b < a { b } else { a })
        .unwrap_or(f64::NAN)
}

/// The common part of the cards.
const CARD: Card = Card {
    id: "",
    name: "",
    group: Group::Bounds,
    kind: Kind::UpperBound,
    needs: &[
        Need::Network,
        Need::Initial,
        Need::Inputs,
        Need::NoiseSearch,
    ],
    formula: "",
    reference: "",
    aggregation: Aggregation::WholeNetwork,
    unit: "fraction misclassified",
    normalization: "none: an upper bound of the expected 0-1 error of the stochastic classifier",
    convolutions: DIFFERENTIATED,
    biases: "get noise and are counted in the divergence, like weights",
    homogeneity: Homogeneity::None,
    invariant_to: &[Invariance::UnitPermutation],
    known_failures: "a bound on the classifier that draws new noise for every example, not on the \
                     network itself; holds with probability 0.95 if the inputs are the whole \
                     training set, drawn independently, and w⁰ does not depend on it",
};

/// McAllester's bound.
pub struct PacBayesBoundMcAllester;

impl Measure for PacBayesBoundMcAllester {
    fn card(&self) -> &'static Card {
        &Card {
            id: "pacbayes-bound-mcallester",
            name: "PAC-Bayes bound (McAllester)",
            formula: "e + √((KL + ln(2 √n J / δ)) / (2n)), KL = KL(N(w, σ*² I) ‖ N(w⁰, σ_P² I)) at \
                      the best σ_P of J = 61, σ* of pacbayes-sigma; e = kl⁻¹(ê, ln(2 / δ') / 100), \
                      ê the training error of 100 draws; δ = 0.04, δ' = 0.01",
            reference: "McAllester 1999; Maurer 2004, arXiv cs/0411099 (constants); \
                        Perez-Ortiz et al. 2021, arXiv 2007.12911, eq. 3; Langford and Caruana \
                        2001 (draws)",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let bound = |p: Posterior| {
            let n = p.examples;
            p.value(p.error + (p.cost(2.0 * n.sqrt()) / (2.0 * n)).sqrt())
        };
        Ok(Posterior::of(subject)?.map(bound))
    }
}

/// Catoni's bound.
pub struct PacBayesBoundCatoni;

impl Measure for PacBayesBoundCatoni {
    fn card(&self) -> &'static Card {
        &Card {
            id: "pacbayes-bound-catoni",
            name: "PAC-Bayes bound (Catoni)",
            formula: "min_λ (1 − exp(−λ e − (KL + ln(J L / δ)) / n)) / (1 − exp(−λ)) over L = 51 λ \
                      from 10⁻³ to 100; KL, J, e, δ as in pacbayes-bound-mcallester",
            reference: "Catoni 2007, arXiv 0712.0248, theorem 1.2.6",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let bound =
            |p: Posterior| p.value(catoni(p.error, p.cost(lambdas().len() as f64) / p.examples));
        Ok(Posterior::of(subject)?.map(bound))
    }
}

/// The bound of Langford, Seeger and Maurer.
pub struct PacBayesBoundInverseKl;

impl Measure for PacBayesBoundInverseKl {
    fn card(&self) -> &'static Card {
        &Card {
            id: "pacbayes-bound-inverse-kl",
            name: "PAC-Bayes bound (inverse kl)",
            formula: "kl⁻¹(e, (KL + ln(2 √n J / δ)) / n), kl⁻¹(e, c) = max {q : kl(e ‖ q) ≤ c} of \
                      two coins; KL, J, e, δ as in pacbayes-bound-mcallester",
            reference: "Langford and Seeger 2001; Maurer 2004, arXiv cs/0411099; Perez-Ortiz et \
                        al. 2021, arXiv 2007.12911, eq. 2",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let bound = |p: Posterior| {
            let n = p.examples;
            p.value(inverse_kl(p.error, p.cost(2.0 * n.sqrt()) / n))
        };
        Ok(Posterior::of(subject)?.map(bound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::differentiable::tests::{fitted_inputs, gaussian_layers};

    #[test]
    fn the_divergence_is_the_integral_of_the_log_ratio() {
        let (mean, sigma, prior): (f64, f64, f64) = (0.3, 0.2, 0.5);
        let log = |x: f64, m: f64, s: f64| -0.5 * ((x - m) / s).powi(2) - s.ln();
        let step = 1e-4;
        let integral: f64 = (-20_000..20_000)
            .map(|k| {
                let x = mean + f64::from(k) * step;
                let density = log(x, mean, sigma).exp() / (2.0 * std::f64::consts::PI).sqrt();
                density * (log(x, mean, sigma) - log(x, 0.0, prior)) * step
            })
            .sum();
        assert!((divergence(1, mean * mean, sigma, prior) - integral).abs() < 1e-10);
        // Independent coordinates add up.
        let two = divergence(2, mean * mean, sigma, prior);
        let one = divergence(1, 0.0, sigma, prior);
        assert!((two - integral - one).abs() < 1e-10);
    }

    #[test]
    fn without_errors_the_inverse_has_a_closed_form() {
        for c in [0.01, 0.5, 3.0] {
            assert!((inverse_kl(0.0, c) - (1.0 - (-c).exp())).abs() < 1e-12);
        }
        assert_eq!(inverse_kl(0.3, 0.0).max(0.3), inverse_kl(0.3, 0.0));
        assert_eq!(inverse_kl(0.3, 1e9), 1.0);
        assert!(inverse_kl(f64::NAN, 1.0).is_nan());
    }

    /// The infimum of Catoni's bound over all λ is the inverse of kl.
    #[test]
    fn catoni_at_the_best_lambda_is_the_inverse_of_kl() {
        for e in [0.0, 0.03, 0.2] {
            for c in [0.01, 0.1, 0.5] {
                let (exact, found) = (inverse_kl(e, c), catoni(e, c));
                assert!(
                    exact <= found * (1.0 + 1e-12) && found < 1.03 * exact,
                    "{exact} {found}"
                );
            }
        }
    }

    #[test]
    fn a_bound_that_rounding_leaves_below_one_is_one() {
        let posterior = Posterior {
            sigma: 0.03,
            prior: 0.04,
            divergence: 6e4,
            drawn_error: 0.1,
            error: 0.2,
            examples: 2000.0,
        };
        let bound = catoni(posterior.error, posterior.cost(51.0) / 2000.0);
        assert_eq!(posterior.value(bound).number, 1.0);
        assert_eq!(posterior.value(0.999).number, 0.999);
    }

    #[test]
    fn an_unmoved_network_has_a_bound_near_its_training_error() {
        let layers = gaussian_layers(&[3, 2], 1);
        let inputs = fitted_inputs(&layers, 5000, 1);
        let subject = Subject::new(layers.clone(), Some(layers))
            .unwrap()
            .with_inputs(inputs);
        let posterior = Posterior::of(&subject).unwrap().unwrap();
        // σ* costs a tenth of the accuracy.
        assert!((posterior.drawn_error - 0.1).abs() < 0.04, "{posterior:?}");
        assert!(posterior.error > posterior.drawn_error);
        assert!(posterior.divergence < 0.1, "{posterior:?}");
        let of = |measure: &dyn Measure| measure.network(&subject).unwrap().unwrap().number;
        let (kl, mcallester) = (of(&PacBayesBoundInverseKl), of(&PacBayesBoundMcAllester));
        assert!(
            posterior.error < kl && kl < mcallester && mcallester < 1.0,
            "{kl} {mcallester}"
        );
        assert!((of(&PacBayesBoundCatoni) / kl - 1.0).abs() < 0.05);
    }
}
