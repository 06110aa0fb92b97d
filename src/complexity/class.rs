//! A class of functions on a sample, and what is known of its complexity.

use faer::MatRef;

use super::draws::Weights;
use super::error::ComplexityError;
use crate::statistics::Kind;

/// Bounds of a complexity in closed form, and whose they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sandwich {
    /// The complexity is at least this.
    pub lower: f64,
    /// Formula and source of the lower bound.
    pub lower_by: &'static str,
    /// The complexity is at most this.
    pub upper: f64,
    /// Formula and source of the upper bound.
    pub upper_by: &'static str,
}

/// A class F of real functions on n points, through its supremum for given weights.
///
/// Functions of K outputs are no such class: a limit on the norm of all outputs
/// together makes the maximum over K suprema count, not one.
///
/// Classes are symmetric, f ∈ F if and only if -f ∈ F, or made so
/// ([`FiniteSet`](super::FiniteSet)): the supremum is at least 0 and does not change when
/// all weights change sign.
pub trait FunctionClass: Sync {
    /// Number of points n.
    fn points(&self) -> usize;

    /// For each column w of the weights, sup_f (1/n) Σᵢ wᵢ f(xᵢ).
    ///
    /// Shapes: `weights` (n, vectors); as many suprema as vectors.
    ///
    /// # Errors
    ///
    /// When a kernel turns out not to be positive semidefinite.
    fn suprema(&self, weights: MatRef<'_, f64>) -> Result<Vec<f64>, ComplexityError>;

    /// Bounds of the mean supremum.
    fn sandwich(&self, weights: Weights) -> Sandwich;

    /// For each point at least sup_f |f(xᵢ)|.
    fn radii(&self) -> Vec<f64>;

    /// At least sup_f |(f(x₁), …, f(xₙ))|₂.
    fn largest_norm(&self) -> f64;

    /// Whether the suprema are exact or only values that are attained.
    fn kind(&self) -> Kind {
        Kind::Exact
    }
}

impl Sandwich {
    /// Of the ball of a Hilbert space, from (B/n) √(tr K).
    pub(super) fn hilbert(upper: f64, weights: Weights) -> Self {
        Self {
            lower: weights.khintchine() * upper,
            lower_by: match weights {
                Weights::Rademacher => "(B/√2n) √(tr K), Latała and Oleszkiewicz 1994",
                Weights::Gaussian => "√(2/π) (B/n) √(tr K), Jensen by coordinates",
            },
            upper,
            upper_by: "(B/n) √(tr K), Jensen",
        }
    }
}
