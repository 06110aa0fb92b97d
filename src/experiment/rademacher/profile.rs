//! The complexity profile: norm B against the complexity of the functions with norm at
//! most B, clipped to [−1, 1].

use super::super::Study;
use super::kernels::Solved;
use super::labels::Labels;
use super::networks::{Fitted, NORMS, PATH_NORM};
use crate::kernel::Norm;
use crate::network::Zoo;
use crate::statistics::{Estimate, Kind, mean};

/// A network and the number of training images.
pub type Trained = (Zoo, usize);

/// What was fitted, by network, number of images and labels; the trials, of which each has
/// its own draw of the labels, are its seeds.
pub type Fits = Study<(Trained, Labels), Fitted>;

/// A norm of networks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NetworkNorm {
    /// Of the registry, by id.
    Registered(&'static str),
    /// Σ_j |a_j| |w̃_j| + |b|.
    Path,
}

impl NetworkNorm {
    /// Every norm of a network, with its name.
    pub fn all(architecture: Zoo) -> Vec<(Self, &'static str)> {
        let one_layer = architecture.has_one_hidden_layer();
        let path = one_layer.then_some((Self::Path, PATH_NORM));
        let registered = NORMS
            .into_iter()
            .map(|(id, name)| (Self::Registered(id), name));
        path.into_iter().chain(registered).collect()
    }

    fn of(self, fitted: &Fitted) -> Option<f64> {
        match self {
            Self::Registered(id) => fitted.norms.get(id).copied(),
            Self::Path => fitted.path_norm,
        }
    }

    /// Norm / margin, the norm at which a function of margin 1 has the same signs.
    pub fn over_margin(self, fitted: &Fitted) -> Option<f64> {
        Some(self.of(fitted)? / fitted.margin()?)
    }

    /// The norm that a labeling needs: geometric mean of norm / margin over trials.
    pub fn needed(self, fits: &Fits, network: Trained, labels: Labels) -> Option<Estimate> {
        fits.geometric_mean(&(network, labels), |fitted| self.over_margin(fitted))
    }

    /// A lower bound on the complexity at norm B: the mean over sign vectors of
    /// (1/n) Σ clip(σᵢ f(xᵢ) B/N), with its t interval.
    pub fn complexity(self, fits: &Fits, network: Trained, b: f64) -> Option<Estimate> {
        let value = |fitted: &Fitted| Some(clipped(&fitted.margins, b / self.of(fitted)?));
        lower_bound(&fits.values(&(network, Labels::Signs), value)?)
    }
}

/// The mean of values that suprema at most 1 attain, over sign vectors.
fn lower_bound(values: &[f64]) -> Option<Estimate> {
    Some(Estimate {
        kind: Kind::LowerBound,
        ..mean(values).ok()?.within(0.0, 1.0)
    })
}

/// (1/n) Σ clip(c mᵢ, −1, 1).
fn clipped(margins: &[f32], scale: f64) -> f64 {
    let sum: f64 = (margins.iter())
        .map(|&m| (scale * f64::from(m)).clamp(-1.0, 1.0))
        .sum();
    sum / margins.len() as f64
}

/// Bounds of the clipped complexity of a kernel's ball of radius B, mean over sets of
/// images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KernelComplexity {
    /// Its interval is that of the mean over sign vectors.
    pub lower: Option<Estimate>,
    /// In closed form.
    pub upper: f64,
}

/// With N(σ) the norm of the interpolant of signs σ,
///
/// ```text
/// E min(1, B/N(σ)) ≤ r(B) ≤ min(1, (B/n) √(tr K))
/// ```
///
/// Below, the interpolant scaled to norm B has a value for every σ, and only its mean
/// over σ is estimated. Above, clipping is a contraction, which lessens the mean of the
/// suprema (Ledoux, Talagrand 1991, Theorem 4.12) but not each: for signs that no function
/// of the ball follows, clipping those of large values can help.
pub fn kernel_complexity(solved: &[&Solved], b: f64) -> KernelComplexity {
    let norms = solved.iter().flat_map(|s| &s.sign_norms);
    // Of signs whose norm is not known nothing is claimed.
    let follows = |norm: &Norm| norm.known().map_or(0.0, |norm| (b / norm).min(1.0));
    let lower: Vec<f64> = norms.map(follows).collect();
    let upper = solved.iter().map(|s| (b * s.upper).min(1.0));
    KernelComplexity {
        lower: lower_bound(&lower),
        upper: upper.sum::<f64>() / solved.len() as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complexity::{Draws, Gram, KernelBall, complexity};

    #[test]
    fn clipping_counts_signs_at_large_norms_and_margins_at_small_ones() {
        let margins = [-1.0, 0.5, 2.0, 4.0];
        assert_eq!(clipped(&margins, 1e9), 0.5);
        assert_eq!(clipped(&margins, 0.125), 0.125 * 5.5 / 4.0);
        assert_eq!(clipped(&margins, 0.5), (-0.5 + 0.25 + 1.0 + 1.0) / 4.0);
    }

    fn solved(sign_norms: Vec<f64>, suprema: Vec<f64>, upper: f64) -> Solved {
        Solved {
            interpolants: vec![],
            sign_norms: sign_norms.into_iter().map(Norm::Known).collect(),
            suprema,
            upper,
            relative_residual: 0.0,
        }
    }

    #[test]
    fn the_bounds_of_a_kernel_ball_meet_where_all_signs_are_fitted() {
        let solved = solved(vec![4.0, 8.0], vec![0.2, 0.3], 0.3);
        let at = |b| kernel_complexity(&[&solved], b);
        let lower = |b| at(b).lower.expect("a mean");
        assert!((lower(2.0).value - 0.375).abs() < 1e-15);
        assert!((at(2.0).upper - 0.6).abs() < 1e-15);
        assert_eq!((lower(8.0).value, at(8.0).upper), (1.0, 1.0));
        let interval = lower(2.0).interval.expect("an interval");
        assert_eq!((interval.low, interval.high), (0.0, 1.0));
    }

    /// K = I − 11ᵀ/3: the functions with f₁ + f₂ + f₃ = 0 and |f| ≤ B. None follows
    /// σ = (1, 1, 1), but clipped (1, 1, −2) has mean 1/3 with it.
    #[test]
    fn clipped_functions_follow_signs_that_others_cannot() {
        let k: Vec<f64> = (0..9)
            .map(|i| f64::from(u8::from(i % 4 == 0)) - 1.0 / 3.0)
            .collect();
        let gram = Gram::from_matrix(&k).expect("a kernel matrix");
        let ball = KernelBall::new(&gram, 1.0).expect("a ball");
        let draws = Draws::all_signs(3).expect("signs");
        let unit = complexity(&ball, &draws, 0.05, 1).expect("a complexity");
        // Three signs do not sum to 0: none are interpolated.
        let solved = solved(vec![f64::INFINITY; 8], unit.suprema, unit.sandwich.upper);
        let signs = draws.block(0..8);
        let grid = || (-12..=12).map(|step| f64::from(step) / 4.0);
        let functions: Vec<[f64; 3]> = grid()
            .flat_map(|a| grid().map(move |b| [a, b, -a - b]))
            .collect();
        for radius in [0.5, 1.0, 2.0, 3.0] {
            let best = |k: usize| {
                let inside =
                    |f: &&[f64; 3]| f.iter().map(|x| x * x).sum::<f64>() <= radius * radius;
                let value = |f: &[f64; 3]| {
                    let terms = f.iter().zip(signs.col(k).iter());
                    terms.map(|(f, s)| f.clamp(-1.0, 1.0) * s).sum::<f64>() / 3.0
                };
                let values = functions.iter().filter(inside).map(value);
                values.fold(0.0, f64::max)
            };
            let clipped = (0..8).map(best).sum::<f64>() / 8.0;
            let bounds = kernel_complexity(&[&solved], radius);
            assert!(clipped <= bounds.upper, "{clipped} {}", bounds.upper);
            if radius == 3.0 {
                assert!((clipped - 5.0 / 6.0).abs() < 1e-12);
                let by_sign = solved.suprema.iter().map(|s| (radius * s).min(1.0));
                assert!(by_sign.sum::<f64>() / 8.0 < clipped);
            }
        }
    }
}
