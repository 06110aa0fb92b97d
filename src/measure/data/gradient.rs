//! The gradient of the training loss, and how much those of the examples differ.

use crate::linalg::squared_norm;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::differentiable::{DIFFERENTIATED, Model};
use crate::measure::drawn::{Drawn, MEAN_OF_DRAWN, ends, root};
use crate::measure::{Measure, MeasureError, Subject, Value};
use crate::statistics::{LEVEL, jackknife_of_drawn};

/// The gradients of m examples of n, as far as the measures see them.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// ‖ḡ‖², ḡ the mean over the m.
    square_of_mean: f64,
    /// ‖g_i‖², and their sum.
    squares: Vec<f64>,
    sum: f64,
    /// ⟨g_i, ḡ⟩; left out where all examples are used.
    products: Vec<f64>,
    drawn: Drawn,
}

/// What is estimated from m examples of n: without bias, and with all of them exactly.
///
/// ```text
/// s² = (m / (m − 1)) ((1/m) Σ_i ‖g_i‖² − ‖ḡ‖²)
/// tr Σ = ((n − 1) / n) s²,   ‖∇L‖² = ‖ḡ‖² − (1/m − 1/n) s²
/// ```
///
/// # Reference
/// Cochran 1977, "Sampling Techniques", theorems 2.2 and 2.4, per coordinate.
#[derive(Debug, Clone, Copy)]
struct Estimates {
    square: f64,
    noise: f64,
}

impl Estimates {
    fn new(square_of_mean: f64, mean_square: f64, m: f64, n: f64) -> Self {
        let spread = mean_square - square_of_mean;
        // A variance: below 0 only by rounding.
        let spread = if spread < 0.0 { 0.0 } else { spread };
        Self {
            square: square_of_mean - (1.0 - m / n) * spread / (m - 1.0).max(1.0),
            noise: match m == n {
                true => spread,
                false => (n - 1.0) / n * m / (m - 1.0) * spread,
            },
        }
    }
}

impl Moments {
    /// Of the subject's examples; the subject keeps them.
    fn of(subject: &Subject) -> Result<Option<&Self>, MeasureError> {
        let compute = || -> Result<Option<Self>, MeasureError> {
            Ok(Model::drawn(subject)?.map(|model| {
                let (mean, drawn) = (model.gradient(&model.network).mean, model.used());
                let squares = model.squared_gradients();
                Self {
                    square_of_mean: squared_norm(&mean),
                    products: match drawn.all() {
                        true => Vec::new(),
                        false => model.slopes(&mean),
                    },
                    sum: squares.iter().sum(),
                    squares,
                    drawn,
                }
            }))
        };
        let moments = subject.shared().gradient.get_or_init(compute);
        moments.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    /// The estimates; with `left_out`, without that example.
    fn estimates(&self, left_out: Option<usize>) -> Estimates {
        let (m, n) = (self.drawn.used as f64, self.drawn.of as f64);
        match left_out {
            None => Estimates::new(self.square_of_mean, self.sum / m, m, n),
            Some(i) => {
                // ‖m ḡ − g_i‖².
                let square = self.squares[i];
                let rest = m * m * self.square_of_mean - 2.0 * m * self.products[i] + square;
                let k = m - 1.0;
                Estimates::new(rest / (k * k), (self.sum - square) / k, k, n)
            }
        }
    }

    /// `last` of a number that is `first` of the estimates.
    fn value(&self, first: fn(Estimates) -> f64, last: fn(f64) -> f64) -> Value {
        let number = first(self.estimates(None));
        self.drawn.value(last(number), || {
            let left_out = (0..self.squares.len()).map(|i| first(self.estimates(Some(i))));
            let left_out: Vec<f64> = left_out.collect();
            let found = jackknife_of_drawn(number, &left_out, self.drawn.of, LEVEL);
            let [a, b] = ends(found).map(last);
            [a.min(b), a.max(b)]
        })
    }
}

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
    unit: "(nat / weight)²",
    normalization: MEAN_OF_DRAWN,
    convolutions: DIFFERENTIATED,
    biases: "counted: the gradient is by weights and biases",
    homogeneity: Homogeneity::None,
    invariant_to: &[Invariance::UnitPermutation],
    known_failures: "",
};

/// The norm of the gradient of the mean cross-entropy.
pub struct GradientNorm;

impl Measure for GradientNorm {
    fn card(&self) -> &'static Card {
        &Card {
            id: "gradient-norm",
            name: "Gradient norm",
            formula: "‖ḡ‖₂, ḡ = (1/n) Σ_i g_i, g_i = ∇_w ℓ_i",
            reference: "Jiang et al. 2020, arXiv 1912.02178, section on optimization",
            unit: "nat / weight",
            known_failures: "near 0 at every solution trained long enough",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let moments = Moments::of(subject)?;
        Ok(moments.map(|m| m.value(|e| e.square, root)))
    }
}

/// The trace of the covariance of the examples' gradients.
pub struct GradientNoise;

impl Measure for GradientNoise {
    fn card(&self) -> &'static Card {
        &Card {
            id: "gradient-noise",
            name: "Gradient noise",
            formula: "tr Σ = (1/n) Σ_i ‖g_i − ḡ‖² = (1/n) Σ_i ‖g_i‖² − ‖ḡ‖²",
            reference: "Jiang et al. 2020, arXiv 1912.02178, section on optimization (variance \
                        of gradients)",
            known_failures: "vanishes as the examples are fitted, by the size of the weights \
                             rather than by what was learned",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let moments = Moments::of(subject)?;
        Ok(moments.map(|m| m.value(|e| e.noise, |x| x)))
    }
}

/// The gradient noise relative to the gradient: a batch size.
pub struct GradientNoiseScale;

impl Measure for GradientNoiseScale {
    fn card(&self) -> &'static Card {
        &Card {
            id: "gradient-noise-scale",
            name: "Gradient noise scale",
            formula: "tr Σ / ‖ḡ‖²",
            reference: "McCandlish et al. 2018, arXiv 1812.06162, eq. 2.9 (the simple scale)",
            unit: "examples",
            normalization: "by the squared norm of the mean gradient",
            known_failures: "diverges at a stationary point",
            ..CARD
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        // The inverse is as good as normal also where the gradient is nearly 0; what
        // is not positive is then no end of the interval.
        let inverse = |x: f64| if x < 0.0 { f64::INFINITY } else { 1.0 / x };
        let moments = Moments::of(subject)?;
        Ok(moments.map(|m| m.value(|e| e.square / e.noise, inverse)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Split;
    use crate::measure::differentiable::tests::{gaussian_inputs, gaussian_layers};

    #[test]
    fn equal_examples_have_no_noise() {
        let pixels = gaussian_inputs(1, 3, 1, 1).pixels().to_vec();
        let noise = |label: u32| {
            let inputs = Split::new(pixels.clone(), vec![label], 3).unwrap();
            let subject = Subject::new(gaussian_layers(&[3, 4, 2], 1), None).unwrap();
            let subject = subject.with_inputs(inputs.gather(&[0, 0, 0]));
            let of = |measure: &dyn Measure| measure.network(&subject).unwrap().unwrap().number;
            assert!(of(&GradientNoiseScale).abs() < 1e-10);
            (of(&GradientNorm), of(&GradientNoise))
        };
        let (right, wrong) = (noise(0), noise(1));
        assert!(
            right.0.max(wrong.0) > 0.5,
            "one of the labels is not fitted"
        );
        assert!(right.1.abs() < 1e-10 && wrong.1.abs() < 1e-10);
    }
}
