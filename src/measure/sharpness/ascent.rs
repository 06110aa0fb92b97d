//! A lower bound of the largest loss in a region around the weights.

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use crate::linalg::norm;
use crate::measure::differentiable::Model;
use crate::random::stream;

/// Gradients computed from each start.
const STEPS: usize = 10;
/// Starts at most.
const STARTS: usize = 20;
/// So many ends near the best one are enough.
const ENOUGH: usize = 5;
/// What is near: at least this share of the largest rise.
const NEAR: f64 = 0.98;

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
    /// A corner of the box, or a point of the ellipsoid's surface: that of the ball, uniform
    /// there, with its axes scaled.
    fn random(&self, rng: &mut impl RngExt) -> Vec<f64> {
        match self {
            Self::Box(radii) => {
                let sign = |r: &f64| if rng.random_bool(0.5) { *r } else { -r };
                radii.iter().map(sign).collect()
            }
            Self::Ellipsoid { axes, radius } => {
                let normal = |_: &f64| StandardNormal.sample(&mut *rng);
                let u: Vec<f64> = axes.iter().map(normal).collect();
                let norm = norm(&u);
                let pairs = u.iter().zip(axes);
                pairs.map(|(u, c)| radius * c * u / norm).collect()
            }
        }
    }

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

/// What the climbs found.
pub struct Ascent {
    /// L(w).
    pub start: f64,
    /// The largest L(w + δ) found from each start; the first start is δ = 0.
    pub ends: Vec<f64>,
}

impl Ascent {
    /// L(w + δ) for the best δ found.
    pub fn best(&self) -> f64 {
        let larger = |best: f64, &end: &f64| if end > best { end } else { best };
        self.ends.iter().fold(self.start, larger)
    }

    /// How many starts end within 2 % of the best rise.
    pub fn near(&self) -> usize {
        let least = NEAR * (self.best() - self.start);
        let short = |end: &&f64| **end - self.start < least;
        self.ends.len() - self.ends.iter().filter(short).count()
    }
}

/// Climbs the mean loss within the region, from δ = 0 and from random points of its
/// boundary, five starts at a time, until five in all end within 2 % of the best rise
/// or there were 20.
///
/// Every δ is in the region, so the best end is a lower bound of the maximum; that
/// ends agree does not prove that they are the maximum.
pub fn ascend(model: &Model, region: &Region) -> Ascent {
    let start = model.gradient(&model.network).loss;
    let mut found = Ascent {
        start,
        ends: Vec::new(),
    };
    while found.ends.len() < STARTS {
        let number = found.ends.len();
        let round = (number..number + ENOUGH).into_par_iter();
        let ends: Vec<f64> = round.map(|k| climb(model, region, k)).collect();
        found.ends.extend(ends);
        if found.near() >= ENOUGH {
            break;
        }
    }
    found
}

/// The largest loss on the way from start number `k`.
///
/// ```text
/// δ ← δ + t (argmax_{s in region} ⟨∇L(w + δ), s⟩ − δ)
/// ```
///
/// with t = 1; t is halved after a step that does not climb. Regions are convex, so no
/// step leaves them. Where L is convex, steps with t = 1 never descend.
///
/// # Reference
/// Frank and Wolfe 1956, "An algorithm for quadratic programming", applied to a
/// maximum; the first step from 0 is that of Foret et al. 2021, arXiv 2010.01412.
fn climb(model: &Model, region: &Region, k: usize) -> f64 {
    let weights = model.network.parameters();
    let at = |delta: &[f64]| {
        let there = weights.iter().zip(delta).map(|(w, d)| w + d).collect();
        model.gradient(&model.network.with(there))
    };
    let mut delta = match k {
        0 => vec![0.0; weights.len()],
        _ => region.random(&mut stream(k as u64, "starts of the ascent")),
    };
    let mut gradient = at(&delta);
    let mut step = 1.0;
    for _ in 1..STEPS {
        let target = region.farthest(&gradient.mean);
        let moved = |(d, s): (&f64, &f64)| d + step * (s - d);
        let candidate: Vec<f64> = delta.iter().zip(&target).map(moved).collect();
        let found = at(&candidate);
        if found.loss > gradient.loss {
            gradient = found;
            delta = candidate;
            step = 1.0;
        } else {
            step *= 0.5;
        }
    }
    gradient.loss
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Split;
    use crate::measure::differentiable::tests::model;
    use crate::measure::{Layer, Subject};

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
        let best = found.best();
        assert!((best / exact - 1.0).abs() < 1e-12, "{best} {exact}");
        assert!(best > found.start + 0.1);
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
        let random = region.random(&mut stream(1, "test"));
        let size: f64 = random.iter().zip(&axes).map(|(d, c)| (d / c).powi(2)).sum();
        assert!((size.sqrt() - 0.7).abs() < 1e-15);
    }

    #[test]
    fn the_search_ends_when_five_agree_and_no_start_is_above_its_result() {
        for seed in 0..8 {
            let model = model(&[3, 5, 3], 12, seed);
            let axes = model.network.parameters().iter().map(|w| w.abs()).collect();
            let found = ascend(&model, &Region::Ellipsoid { axes, radius: 0.5 });
            let best = found.best();
            assert!(best > found.start, "{seed}");
            assert!(found.ends.iter().all(|&end| end <= best), "{seed}");
            let enough = found.near() >= ENOUGH;
            assert!(enough || found.ends.len() == STARTS, "{seed}");
            assert!(found.ends.len().is_multiple_of(ENOUGH), "{seed}");
        }
    }

    /// f(x) = (1, −1)ᵀ relu(−0.1 x) at x = 1 with label 1: the unit is not active, so the
    /// gradient at the weights is 0, and the loss is ln 2. In the box of radius 0.3 it is at
    /// most ln(1 + exp((1.3 + 1.3) · 0.2)).
    #[test]
    fn other_starts_find_the_maximum_where_the_weights_have_no_gradient() {
        let layers = vec![
            Layer::linear("0", faer::mat![[-0.1]], None),
            Layer::linear("1", faer::mat![[1.0], [-1.0]], None),
        ];
        let inputs = Split::new(vec![1.0], vec![1], 1).unwrap();
        let subject = Subject::new(layers, None).unwrap().with_inputs(inputs);
        let model = Model::of(&subject, 1).unwrap().unwrap();
        let found = ascend(&model, &Region::Box(vec![0.3; 3]));
        let ln2 = 2_f64.ln();
        assert!((found.start - ln2).abs() < 1e-15 && found.ends[0] == found.start);
        let exact = 0.52_f64.exp().ln_1p();
        assert!(
            (found.best() / exact - 1.0).abs() < 1e-12,
            "{:?}",
            found.ends
        );
    }
}
