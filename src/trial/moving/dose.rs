//! A network moved along the gradient of a norm.

use super::norm::Norm;
use super::surface::Surface;
use super::trail::{FAR, Trail};
use super::{WalkEnd, Walked, vector};

/// ln P this close to its aim is there.
pub const CALIPER: f64 = 0.004;
/// Share of |∇ ln P|² below which the norm is at its floor.
const FLOOR: f64 = 0.01;
const FIRST: f64 = 0.04;
const LONGEST: f64 = 0.08;
const STEPS: usize = 400;

/// Moves parameters along the gradient of a norm, up or down, to a path norm P with ln P = `aim`.
///
/// ```text
/// J Jᵀ c = a J g − r,   step = a g − Jᵀ c,   g = ∇ ln N,   a = δ / ⟨t, ∇ ln P⟩
/// ```
///
/// t is the part of g that leaves the outcome as it is; its inner product is taken from the step
/// before, so that a step costs one solve. δ is at most 0.08.
pub fn to_norm(surface: &mut Surface<'_>, from: &[f64], along: Norm, aim: f64) -> Walked {
    let mut trail = Trail::new(from, [FIRST, LONGEST], STEPS);
    let mut steepness: Option<f64> = None;
    while let Some(off) = trail.look(surface) {
        let missing = aim - surface.norms().ln_path(&trail.parameters);
        if missing.abs() <= CALIPER && surface.is_held() {
            return trail.end(WalkEnd::Arrived);
        }
        trail.follow(off);
        let gradient = surface.norms().gradient(along, &trail.parameters);
        let of_path = match along {
            Norm::Path => gradient.clone(),
            Norm::Frobenius => surface.norms().gradient(Norm::Path, &trail.parameters),
        };
        let steep = match steepness {
            Some(steepness) => steepness,
            None => match surface.along(&gradient) {
                Some(tangent) => vector::dot(&tangent, &of_path),
                None => break,
            },
        };
        if along == Norm::Path && steep < FLOOR * vector::dot(&gradient, &gradient) {
            return trail.end(WalkEnd::Floor);
        }
        let change = if off < FAR {
            missing.clamp(-trail.length, trail.length)
        } else {
            0.0
        };
        let factor = change / steep;
        let mut raw = gradient;
        vector::scale(&mut raw, factor);
        let Some(step) = surface.step(&raw) else {
            break;
        };
        steepness = Some(steep);
        if change.abs() > 0.5 * trail.length {
            steepness = Some((vector::dot(&step, &of_path) / factor).max(1e-12));
        }
        trail.go(&step);
    }
    trail.end(WalkEnd::Limit)
}
