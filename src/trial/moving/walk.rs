//! A network moved along any direction.

use super::dose::CALIPER;
use super::norm::Norm;
use super::surface::Surface;
use super::trail::{FAR, Trail};
use super::{WalkEnd, Walked, vector};

/// Length of a step over the length of the parameters.
const STEP: f64 = 0.04;
const LONGEST: f64 = 0.08;
const STEPS: usize = 300;
/// The norm is brought back by at most so much of ln P a step.
const BACK: f64 = 0.06;

/// Moves parameters along a direction until ln P = `aim`, the last step cut where it crosses.
///
/// `direction` gives the raw direction at parameters; a step is its part that leaves the outcome
/// as it is, scaled to a share of the length of the parameters, and what takes back the misses.
pub fn along_to_norm(
    surface: &mut Surface<'_>,
    from: &[f64],
    mut direction: impl FnMut(&[f64]) -> Vec<f64>,
    aim: f64,
) -> Walked {
    let up = aim > surface.norms().ln_path(from);
    let mut kept = Kept::default();
    walk(surface, from, |surface, parameters, length| {
        let missing = aim - surface.norms().ln_path(parameters);
        if missing.abs() <= CALIPER {
            return Some(Next::There);
        }
        let mut step = kept.step(surface, direction(parameters), length)?;
        let mut after = |share: f64| {
            let mut there = parameters.to_vec();
            vector::add(&mut there, share, &step);
            surface.norms().ln_path(&there) - aim
        };
        let ends = match (missing > 0.0) == up {
            true => [0.0, 1.0],
            false => [-1.0, 0.0],
        };
        let [low, high] = ends.map(&mut after);
        let share = match low * high < 0.0 {
            true => crossing(&mut after, ends, low),
            false => ends[0] + ends[1], // a whole step, there or back
        };
        vector::scale(&mut step, share);
        Some(Next::Step(step))
    })
}

/// Moves parameters along a direction at their own path norm until they are `length` away, a
/// share of the length of the parameters.
///
/// From every step its part along the gradient of ln P that leaves the outcome as it is has been
/// taken out.
pub fn along_at_norm(
    surface: &mut Surface<'_>,
    from: &[f64],
    mut direction: impl FnMut(&[f64]) -> Vec<f64>,
    length: f64,
) -> Walked {
    let aim = surface.norms().ln_path(from);
    let far = length * vector::length(from);
    let mut kept = Kept::default();
    let mut upwards: Option<Upwards> = None;
    let mut gone = false;
    walk(surface, from, |surface, parameters, longest| {
        let mut away = parameters.to_vec();
        vector::add(&mut away, -1.0, from);
        let left = far - vector::length(&away);
        gone = gone || left <= 0.005 * far;
        let missing = aim - surface.norms().ln_path(parameters);
        if gone && missing.abs() <= CALIPER {
            return Some(Next::There);
        }
        let gradient = surface.norms().gradient(Norm::Path, parameters);
        if upwards.as_ref().is_none_or(|up| up.age >= Upwards::OLD) {
            let along = surface.along(&gradient)?;
            upwards = Some(Upwards { along, age: 0 });
        }
        let up = upwards.as_mut()?;
        up.age += 1;
        let steep = vector::dot(&up.along, &gradient);
        let mut step = match gone {
            true => surface.correction(1.0)?,
            false => {
                let length = longest.min(left.max(0.1 * longest));
                kept.step(surface, direction(parameters), length)?
            }
        };
        let rise = vector::dot(&step, &gradient) - missing.clamp(-BACK, BACK);
        vector::add(&mut step, -rise / steep, &up.along);
        Some(Next::Step(step))
    })
}

/// The part of ∇ ln P that leaves the outcome as it is, kept for a few steps.
struct Upwards {
    along: Vec<f64>,
    age: usize,
}

impl Upwards {
    /// Steps after which it is computed anew.
    const OLD: usize = 3;
}

/// The share of a direction that leaves the outcome as it is, from the step before: so a step
/// of a given length costs one solve.
#[derive(Default)]
struct Kept(Option<f64>);

impl Kept {
    fn step(&mut self, surface: &Surface<'_>, raw: Vec<f64>, length: f64) -> Option<Vec<f64>> {
        let size = vector::length(&raw);
        let share = match self.0 {
            Some(share) => share,
            None => vector::length(&surface.along(&raw)?) / size,
        };
        let factor = length / (share * size);
        let mut scaled = raw;
        vector::scale(&mut scaled, factor);
        let step = surface.step(&scaled)?;
        let found = vector::length(&step) / length;
        self.0 = Some(share * found.clamp(0.5, 2.0));
        Some(step)
    }
}

/// What a walk does at a point of the surface.
enum Next {
    /// It has arrived, if the outcome is held.
    There,
    /// It takes a step.
    Step(Vec<f64>),
}

/// Steps with corrections. `next` is asked near the surface, with the longest step.
fn walk<'a>(
    surface: &mut Surface<'a>,
    from: &[f64],
    mut next: impl FnMut(&mut Surface<'a>, &[f64], f64) -> Option<Next>,
) -> Walked {
    let size = vector::length(from);
    let mut trail = Trail::new(from, [STEP, LONGEST], STEPS);
    while let Some(off) = trail.look(surface) {
        trail.follow(off);
        let asked = match off < FAR {
            true => next(surface, &trail.parameters, trail.length * size),
            false => surface.correction(1.0).map(Next::Step),
        };
        let step = match asked {
            Some(Next::There) if surface.is_held() => return trail.end(WalkEnd::Arrived),
            Some(Next::There) => surface.correction(1.0),
            Some(Next::Step(step)) => Some(step),
            None => None,
        };
        let Some(step) = step else {
            break;
        };
        trail.go(&step);
    }
    trail.end(WalkEnd::Limit)
}

/// Where a function that changes its sign between two ends is 0, by bisection.
fn crossing(f: &mut impl FnMut(f64) -> f64, [mut low, mut high]: [f64; 2], at_low: f64) -> f64 {
    for _ in 0..20 {
        let middle = 0.5 * (low + high);
        if (f(middle) > 0.0) == (at_low > 0.0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}
