//! What the training of a posterior makes small.

use serde::{Deserialize, Serialize};

use super::binary_kl::{binary_kl_inverse, inverse_gradient};

/// What is made small, of the mean cross-entropy and the divergence.
///
/// r is the cross-entropy over −ln of the least probability, which scales it to [0, 1], and
/// c = (β KL + ln(2 √n / δ)) / n.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// Cross-entropy in nats + β KL / n.
    #[default]
    CrossEntropy,
    /// (√(r + c/2) + √(c/2))²: Rivasplata, Tankasali and Szepesvari 2019, arXiv 1908.07380.
    Quadratic,
    /// kl⁻¹(r, c).
    InvertedKl,
}

/// The numbers that an objective depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// Mean cross-entropy, in nats.
    pub cross_entropy: f64,
    /// KL, in nats.
    pub kl: f64,
    /// β.
    pub beta: f64,
    /// The least probability.
    pub least: f64,
    /// Examples n.
    pub examples: f64,
    /// δ.
    pub delta: f64,
}

impl Objective {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::CrossEntropy, Self::Quadratic, Self::InvertedKl];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::CrossEntropy => "cross-entropy",
            Self::Quadratic => "quadratic",
            Self::InvertedKl => "inverted-kl",
        }
    }

    /// Whether its slopes depend on the divergence.
    pub(super) fn needs_kl(self) -> bool {
        self != Self::CrossEntropy
    }

    /// Its value; used by tests, and what the slopes are those of.
    #[cfg(test)]
    pub(super) fn value(self, t: Terms) -> f64 {
        let (r, c) = t.scaled();
        match self {
            Self::CrossEntropy => t.cross_entropy + t.beta * t.kl / t.examples,
            Self::Quadratic => ((r + 0.5 * c).sqrt() + (0.5 * c).sqrt()).powi(2),
            Self::InvertedKl => binary_kl_inverse(r, c),
        }
    }

    /// Its slopes by the cross-entropy and by KL.
    pub(super) fn slopes(self, t: Terms) -> [f64; 2] {
        let (r, c) = t.scaled();
        let [by_r, by_c] = match self {
            Self::CrossEntropy => return [1.0, t.beta / t.examples],
            Self::Quadratic => {
                let (a, b) = ((r + 0.5 * c).sqrt(), (0.5 * c).sqrt());
                [(a + b) / a, (a + b) * (0.5 / a + 0.5 / b)]
            }
            Self::InvertedKl => {
                let r = r.clamp(1e-6, 1.0 - 1e-6);
                let p = binary_kl_inverse(r, c).clamp(r + 1e-9, 1.0 - 1e-9);
                inverse_gradient(r, p)
            }
        };
        [by_r / -t.least.ln(), by_c * t.beta / t.examples]
    }
}

impl Terms {
    fn scaled(self) -> (f64, f64) {
        let price = (2.0 * self.examples.sqrt() / self.delta).ln();
        let c = (self.beta * self.kl + price) / self.examples;
        (self.cross_entropy / -self.least.ln(), c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_those_of_differences() {
        let terms = Terms {
            cross_entropy: 1.2,
            kl: 80.0,
            beta: 1.5,
            least: 1e-5,
            examples: 500.0,
            delta: 0.025,
        };
        for objective in Objective::ALL {
            let h = 1e-4;
            let by = |change: &dyn Fn(&mut Terms, f64)| {
                let at = |h| {
                    let mut moved = terms;
                    change(&mut moved, h);
                    objective.value(moved)
                };
                (at(h) - at(-h)) / (2.0 * h)
            };
            let differences = [by(&|t, h| t.cross_entropy += h), by(&|t, h| t.kl += h)];
            for (slope, difference) in objective.slopes(terms).into_iter().zip(differences) {
                let apart = (slope - difference).abs();
                assert!(
                    apart < 1e-4 * slope.abs(),
                    "{objective:?} {slope} {difference}"
                );
            }
        }
    }
}
