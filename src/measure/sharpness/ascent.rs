//! A lower bound of the largest loss in a region around the weights.

use crate::measure::differentiable::Model;

/// Gradients computed at most.
const STEPS: usize = 10;

/// Changes δ of the parameters that are allowed.
pub enum Region {
    /// |δ_i| ≤ r_i.
    Box(Vec<f64>),
    /// ‖δ / c‖₂ ≤ ρ, elementwise.
    Ellipsoid {
        /// c.
        axes: Vec<f64>,
        /// ρ.
        radius: f64,
    },
}

impl Region {
    /// The δ in the region with the largest ⟨g, δ⟩.
    fn farthest(&self, gradient: &[f64]) -> Vec<f64> {
        match self {
            Self::Box(radii) => {
                let sign = |g: f64| if g == 0.0 { 0.0 } else { g.signum() };
                gradient
                    .iter()
                    .zip(radii)
                    .map(|(&g, r)| r * sign(g))
                    .collect()
            }
            Self::Ellipsoid { axes, radius } => {
                let pairs = || gradient.iter().zip(axes);
                let norm = pairs().map(|(g, c)| (g * c) * (g * c)).sum::<f64>().sqrt();
                let scale = if norm > 0.0 { radius / norm } else { 0.0 };
                pairs().map(|(g, c)| scale * c * c * g).collect()
            }
        }
    }
}

/// What the ascent found.
pub struct Ascent {
    /// L(w).
    pub start: f64,
    /// L(w + δ) for the best δ found.
    pub best: f64,
}

/// Climbs the mean loss within the region.
///
/// ```text
/// δ ← δ + t (argmax_{s in region} ⟨∇L(w + δ), s⟩ − δ)
/// ```
///
/// from δ = 0 with t = 1; t is halved after a step that does not climb. Every δ
/// is in the region, as that is convex, so the best one is a lower bound of the
/// maximum. Where L is convex, steps with t = 1 never descend.
///
/// # Reference
/// Frank and Wolfe 1956, "An algorithm for quadratic programming", applied to a
/// maximum; the first step is that of Foret et al. 2021, arXiv 2010.01412.
pub fn ascend(model: &Model, region: &Region) -> Ascent {
    let weights = model.network.parameters();
    let mut gradient = model.gradient(&model.network);
    let start = gradient.loss;
    let mut best = start;
    let mut delta = vec![0.0; weights.len()];
    let mut step = 1.0;
    for _ in 1..STEPS {
        let target = region.farthest(&gradient.mean);
        let moved = |(d, s): (&f64, &f64)| d + step * (s - d);
        let candidate: Vec<f64> = delta.iter().zip(&target).map(moved).collect();
        let there = weights.iter().zip(&candidate).map(|(w, d)| w + d).collect();
        let found = model.gradient(&model.network.with(there));
        if found.loss > best {
            best = found.loss;
            gradient = found;
            delta = candidate;
            step = 1.0;
        } else {
            step *= 0.5;
        }
    }
    Ascent { start, best }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::differentiable::tests::model;

    /// A linear model's loss is convex: no random δ in the region does better than
    /// a lower bound that is near the maximum, and corners of a box are the maxima.
    #[test]
    fn the_ascent_of_a_convex_loss_finds_the_best_corner_of_a_box() {
        let model = model(&[2, 2], 9, 1);
        let region = Region::Box(vec![0.3, 0.1, 0.2, 0.3, 0.1, 0.2]);
        let Region::Box(radii) = &region else {
            unreachable!()
        };
        let corner = |bits: usize| {
            let sign = |i: usize| if bits >> i & 1 == 1 { 1.0 } else { -1.0 };
            let w = model.network.parameters().iter().enumerate();
            let w = w.map(|(i, w)| w + sign(i) * radii[i]).collect();
            model.gradient(&model.network.with(w)).loss
        };
        let exact = (0..64).map(corner).fold(0.0, f64::max);
        let found = ascend(&model, &region);
        assert!(
            (found.best / exact - 1.0).abs() < 1e-12,
            "{} {exact}",
            found.best
        );
        assert!(found.best > found.start + 0.1);
    }

    #[test]
    fn every_step_stays_in_the_region() {
        let axes = vec![0.5, 2.0, 1.0];
        let region = Region::Ellipsoid {
            axes: axes.clone(),
            radius: 0.7,
        };
        let delta = region.farthest(&[3.0, -1.0, 0.2]);
        let size: f64 = delta.iter().zip(&axes).map(|(d, c)| (d / c).powi(2)).sum();
        assert!((size.sqrt() - 0.7).abs() < 1e-15);
        assert_eq!(region.farthest(&[0.0; 3]), [0.0; 3]);
    }
}
