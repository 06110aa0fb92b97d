//! Another network brought to a surface.

use super::surface::Surface;
use super::{WalkEnd, Walked, vector};

/// Steps after which it is given up.
const STEPS: usize = 80;
/// No step takes back more than so many logits.
const LONGEST: f64 = 2.0;

/// Gauss-Newton steps from any parameters to the surface: each the shortest that brings the
/// outcome there, to first order, or two logits nearer.
///
/// From an initialization this is a network of the outcome of SGD without the path of SGD and
/// without its noise.
pub fn settle(surface: &mut Surface<'_>, from: &[f64]) -> Walked {
    let mut parameters = from.to_vec();
    for steps in 0..STEPS {
        let off = surface.look_from(&parameters);
        let end = |end| Walked {
            parameters: parameters.clone(),
            steps,
            end,
        };
        if surface.is_held() {
            return end(WalkEnd::Arrived);
        }
        if !off.is_finite() {
            return end(WalkEnd::Limit);
        }
        let share = if off < LONGEST { 1.0 } else { LONGEST / off };
        let Some(step) = surface.correction(share) else {
            return end(WalkEnd::Limit);
        };
        vector::add(&mut parameters, 1.0, &step);
    }
    Walked {
        parameters,
        steps: STEPS,
        end: WalkEnd::Limit,
    }
}
