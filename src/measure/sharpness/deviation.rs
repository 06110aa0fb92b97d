//! How much noise on the weights costs a tenth of the accuracy.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rayon::prelude::*;

use super::EXAMPLES;
use super::noise::{Noise, fraction_correct, noisy};
use crate::dataset::Split;
use crate::measure::differentiable::Model;
use crate::measure::{MeasureError, Network, Subject};
use crate::statistics::mean;

/// The drop in accuracy that is searched for, in absolute terms.
pub const DROP: f64 = 0.1;
/// Draws of the noise, the same for every σ.
pub const DRAWS: usize = 100;
/// The first of them tell where to search.
const FIRST_DRAWS: usize = 10;
/// σ is searched for among FIRST · 2^(k / PER_OCTAVE).
const FIRST: f64 = 0.01;
const PER_OCTAVE: i32 = 64;
/// Octaves searched up and down.
const OCTAVES: i32 = 40;

/// The largest σ whose noise costs at most a tenth of the accuracy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviation {
    /// σ*; infinite if no noise costs that much, as at chance level, 0 if any
    /// does, not a number for a diverged network.
    pub sigma: f64,
    /// Where the 95 % interval of the mean accuracy crosses the target.
    pub interval: [f64; 2],
    /// Accuracy without noise.
    pub accuracy: f64,
    /// Examples used.
    pub examples: usize,
}

/// Those of one subject, for either noise.
pub type Deviations = [std::cell::OnceCell<Result<Option<Deviation>, MeasureError>>; 2];

/// The deviation of the subject's network; the subject keeps it. `None` if its wiring is not
/// known or it has no inputs.
///
/// # Errors
/// Inputs that do not fit the network.
pub fn deviation(subject: &Subject, noise: Noise) -> Result<Option<Deviation>, MeasureError> {
    let compute = || {
        let (Some(model), Ok(network)) = (Model::of(subject, EXAMPLES)?, subject.network()) else {
            return Ok(None);
        };
        Ok(Some(search(network, noise, model.examples())))
    };
    subject.shared().deviations[noise as usize]
        .get_or_init(compute)
        .clone()
}

/// σ* = max {σ : E_u acc(w + u) ≥ acc(w) − 0.1}, u the noise of that σ.
///
/// The mean over [`DRAWS`] draws, the same for every σ, is compared with the
/// target by bisection, to 1 %, from where that over the first ten crosses it. The
/// interval is where the ends of the t interval of the mean accuracy cross the
/// target: it covers the sampling of the noise, not that of the examples.
///
/// # Reference
/// Jiang et al. 2020, arXiv 1912.02178, section on sharpness-based measures, with
/// the deviation of the noise where public code passes its variance.
pub fn search(network: Network<f32>, noise: Noise, examples: &Split) -> Deviation {
    let accuracy = fraction_correct(&network, examples);
    if !network.parameters().iter().all(|w| w.is_finite()) {
        return Deviation {
            sigma: f64::NAN,
            interval: [f64::NAN; 2],
            accuracy,
            examples: examples.len(),
        };
    }
    let target = accuracy - DROP;
    let known = RefCell::new(BTreeMap::new());
    // Mean accuracy and the half width of its interval.
    let accuracies = |k: i32, draws: usize| -> (f64, f64) {
        let compute = || {
            let one = |draw| fraction_correct(&noisy(&network, noise, sigma(k), draw), examples);
            let sample: Vec<f64> = (0..draws).into_par_iter().map(one).collect();
            let estimate = mean(&sample).ok();
            let interval = estimate.and_then(|e| e.interval.map(|i| (e.value, i.high - e.value)));
            interval.unwrap_or((f64::NAN, 0.0))
        };
        *known.borrow_mut().entry((k, draws)).or_insert_with(compute)
    };
    let near = |place: i32, sign: f64| {
        let start = place.clamp(-OCTAVES * PER_OCTAVE, OCTAVES * PER_OCTAVE);
        largest(start, 4, |k| {
            let (mean, half) = accuracies(k, DRAWS);
            mean + sign * half >= target
        })
    };
    let first = largest(0, PER_OCTAVE, |k| accuracies(k, FIRST_DRAWS).0 >= target);
    let center = near(first, 0.0);
    // The crossing lies between the place found and the next one.
    let high = match near(center, 1.0) {
        beyond @ (i32::MIN | i32::MAX) => beyond,
        place => place + 1,
    };
    Deviation {
        sigma: sigma(center),
        interval: [sigma(near(center, -1.0)), sigma(high)],
        accuracy,
        examples: examples.len(),
    }
}

/// FIRST · 2^(k / PER_OCTAVE); 0 and infinity beyond the range.
fn sigma(k: i32) -> f64 {
    match k {
        i32::MIN => 0.0,
        i32::MAX => f64::INFINITY,
        k => FIRST * (f64::from(k) / f64::from(PER_OCTAVE)).exp2(),
    }
}

/// The last k before `holds` fails, by steps that double and then halve;
/// `i32::MAX` if it never fails and `i32::MIN` if it always does.
fn largest(start: i32, mut step: i32, holds: impl Fn(i32) -> bool) -> i32 {
    let limit = OCTAVES * PER_OCTAVE;
    let (mut low, mut high) = (start, start);
    if holds(start) {
        loop {
            high = low + step;
            if high > limit {
                return i32::MAX;
            }
            if !holds(high) {
                break;
            }
            low = high;
            step *= 2;
        }
    } else {
        loop {
            low = high - step;
            if low < -limit {
                return i32::MIN;
            }
            if holds(low) {
                break;
            }
            high = low;
            step *= 2;
        }
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Layer;
    use faer::Mat;

    /// p inputs, each alone in one example: f = (w₀ᵢ, w₁ᵢ) with w₀ = 1 and w₁ = 0, so
    /// that noise of deviation σ on the weights makes p independent comparisons.
    fn axes(p: usize) -> (Network<f32>, Split) {
        let weight = Mat::from_fn(2, p, |k, _| if k == 0 { 1.0 } else { 0.0 });
        let network = Network::chain(&[Layer::linear("0", weight, None)]);
        let pixel = |i: usize| if i.is_multiple_of(p + 1) { 1.0 } else { 0.0 };
        let inputs = Split::new((0..p * p).map(pixel).collect(), vec![0; p], p).unwrap();
        (network, inputs)
    }

    #[test]
    fn the_deviation_of_a_linear_model_is_the_closed_form_not_its_root() {
        let (network, inputs) = axes(300);
        // P(u₁ − u₂ < −1) = Φ(−1 / (σ √2)) = 0.1.
        let exact = 1.0 / (1.281_551_565_544_600_5 * 2_f64.sqrt());
        let found = search(network, Noise::Isotropic, &inputs);
        let [low, high] = found.interval;
        assert_eq!(found.accuracy, 1.0);
        assert!(
            (found.sigma / exact - 1.0).abs() < 0.05,
            "{found:?} {exact}"
        );
        assert!(
            low < exact && exact < high && high < 1.06 * low,
            "{found:?}"
        );
        // The variance passed as deviation would be reported as the root, 0.743.
        assert!(high < 0.6);
    }

    #[test]
    fn magnitude_aware_noise_is_relative_to_each_weight() {
        let (network, inputs) = axes(300);
        // Only w_0i = 1 gets noise of deviation √(σ² + ε²), w_1i = 0 gets ε.
        let exact = 1.0 / 1.281_551_565_544_600_5;
        let found = search(network, Noise::MagnitudeAware, &inputs);
        assert!(
            (found.sigma / exact - 1.0).abs() < 0.05,
            "{found:?} {exact}"
        );
    }

    #[test]
    fn at_chance_level_no_noise_costs_a_tenth() {
        let (network, inputs) = axes(4);
        let wrong = Split::new(inputs.pixels().to_vec(), vec![1; 4], 4).unwrap();
        let found = search(network, Noise::Isotropic, &wrong);
        assert_eq!((found.accuracy, found.sigma), (0.0, f64::INFINITY));
        assert_eq!(found.interval, [f64::INFINITY; 2]);
    }

    #[test]
    fn the_search_finds_every_crossing() {
        for crossing in [-700, -3, 0, 1, 31, 900] {
            for start in [-5, 0, 64] {
                assert_eq!(largest(start, 32, |k| k <= crossing), crossing);
            }
        }
        assert_eq!(largest(0, 32, |_| true), i32::MAX);
        assert_eq!(largest(0, 32, |_| false), i32::MIN);
    }
}
