//! The complexity profile: norm B against the complexity of the functions with norm at
//! most B, clipped to [−1, 1].

use rethink::network::Architecture;
use rethink::statistics::{Estimate, mean};

use super::Findings;
use super::kernels::Solved;
use super::labels::Labels;
use super::networks::{Fitted, NORMS};
use crate::show::{fraction, geometric_mean};

/// A norm of networks.
#[derive(Clone, Copy, PartialEq)]
pub enum NetworkNorm {
    /// Of the registry, by id.
    Registered(&'static str),
    /// Σ_j |a_j| |w̃_j| + |b|.
    Path,
}

/// Every norm of the profiled network, with its name.
pub fn network_norms(findings: &Findings) -> Vec<(NetworkNorm, &'static str)> {
    let one_layer = findings.settings.profiled.0.hidden_layers() == 1;
    let path = one_layer.then_some((NetworkNorm::Path, "path norm (units)"));
    let registered = NORMS
        .into_iter()
        .map(|(id, name)| (NetworkNorm::Registered(id), name));
    path.into_iter().chain(registered).collect()
}

impl NetworkNorm {
    fn of(self, fitted: &Fitted) -> Option<f64> {
        match self {
            Self::Registered(id) => fitted.norms.get(id).copied(),
            Self::Path => fitted.path_norm,
        }
    }

    /// Norm / margin of every trial, if it is defined in all.
    pub fn needed_by_trial(self, fits: &[&Fitted]) -> Option<Vec<f64>> {
        let needed = |fitted: &&Fitted| Some(self.of(fitted)? / fitted.margin()?);
        fits.iter().map(needed).collect()
    }

    /// The norm that a labeling needs: geometric mean over trials.
    pub fn needed(self, findings: &Findings, labels: Labels) -> Option<Estimate> {
        let fits = findings.fits(findings.settings.profiled, labels);
        geometric_mean(&self.needed_by_trial(&fits)?)
    }

    /// A lower bound on the complexity at norm B: the mean over sign vectors of
    /// (1/n) Σ clip(σᵢ f(xᵢ) B/N), with its t interval.
    pub fn complexity(self, findings: &Findings, b: f64) -> Option<Estimate> {
        let fits = findings.fits(findings.settings.profiled, Labels::Signs);
        let values = fits.iter().map(|fitted| {
            let scale = b / self.of(fitted)?;
            Some(clipped(&fitted.margins, scale))
        });
        mean(&values.collect::<Option<Vec<_>>>()?)
            .ok()
            .map(fraction)
    }
}

/// (1/n) Σ clip(c mᵢ, −1, 1).
fn clipped(margins: &[f32], scale: f64) -> f64 {
    let sum: f64 = (margins.iter())
        .map(|&m| (scale * f64::from(m)).clamp(-1.0, 1.0))
        .sum();
    sum / margins.len() as f64
}

/// Bounds of the clipped complexity of a kernel's ball of radius B.
#[derive(Clone, Copy)]
pub struct KernelComplexity {
    pub lower: f64,
    pub upper: f64,
}

/// For each sign vector with interpolant of norm N,
///
/// ```text
/// min(1, B/N) ≤ sup ≤ min(1, (B/n) √(σᵀKσ))
/// ```
///
/// below by the interpolant scaled to norm B, above since clipping is a contraction.
pub fn kernel_complexity(solved: &[&Solved], b: f64) -> KernelComplexity {
    let average = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let norms = solved.iter().flat_map(|s| &s.sign_norms);
    let suprema = solved.iter().flat_map(|s| &s.suprema);
    KernelComplexity {
        lower: average(norms.map(|norm| (b / norm).min(1.0)).collect()),
        upper: average(suprema.map(|unit| (b * unit).min(1.0)).collect()),
    }
}

/// The norm that a labeling needs: geometric mean over seeds.
pub fn kernel_needed(solved: &[&Solved], labels: Labels) -> Option<Estimate> {
    geometric_mean(&norms(solved, labels)?)
}

/// The norm of every seed.
pub fn norms(solved: &[&Solved], labels: Labels) -> Option<Vec<f64>> {
    let norm = |solved: &&Solved| Some(solved.found(labels)?.norm);
    solved.iter().map(norm).collect()
}

/// Name and size of the profiled network.
pub fn subject((architecture, n): (Architecture, usize)) -> String {
    format!("{architecture}, n = {n}")
}

/// Norms from a hundredth of `from` to ten times `to`, on a logarithmic grid.
pub fn grid(from: f64, to: f64) -> Vec<f64> {
    const POINTS: usize = 60;
    let (low, high) = ((from / 100.0).ln(), (to * 10.0).ln());
    (0..POINTS)
        .map(|k| (low + (high - low) * k as f64 / (POINTS - 1) as f64).exp())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clipping_counts_signs_at_large_norms_and_margins_at_small_ones() {
        let margins = [-1.0, 0.5, 2.0, 4.0];
        assert_eq!(clipped(&margins, 1e9), 0.5);
        assert_eq!(clipped(&margins, 0.125), 0.125 * 5.5 / 4.0);
        assert_eq!(clipped(&margins, 0.5), (-0.5 + 0.25 + 1.0 + 1.0) / 4.0);
    }

    #[test]
    fn the_bounds_of_a_kernel_ball_meet_where_all_signs_are_fitted() {
        let solved = Solved {
            found: vec![],
            sign_norms: vec![4.0, 8.0],
            suprema: vec![0.25, 0.3],
            upper: 0.3,
            relative_residual: 0.0,
        };
        let at = |b| kernel_complexity(&[&solved], b);
        assert!((at(2.0).lower - 0.375).abs() < 1e-15 && (at(2.0).upper - 0.55).abs() < 1e-15);
        assert_eq!((at(8.0).lower, at(8.0).upper), (1.0, 1.0));
    }
}
