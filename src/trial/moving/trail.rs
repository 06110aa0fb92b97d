//! Parameters on their way over a surface.

use super::surface::Surface;
use super::{WalkEnd, Walked, vector};

/// Above this distance from the surface, in logits, a step only goes back to it.
pub const FAR: f64 = 0.3;
/// Above this one the step before is undone.
const LOST: f64 = 0.8;

/// Where a walk is, and the length of its steps, which follows how far from the surface the last
/// one ended.
pub struct Trail {
    /// Where it is.
    pub parameters: Vec<f64>,
    /// The length of the next step.
    pub length: f64,
    longest: f64,
    shortest: f64,
    /// Where the last step began, until it was undone.
    before: Option<Vec<f64>>,
    looks: usize,
    /// Looks after which it is given up.
    limit: usize,
    steps: usize,
}

impl Trail {
    /// Begins with steps of a length, which may grow to the longest.
    pub fn new(from: &[f64], [first, longest]: [f64; 2], limit: usize) -> Self {
        Self {
            parameters: from.to_vec(),
            length: first,
            longest,
            shortest: first / 400.0,
            before: None,
            looks: 0,
            limit,
            steps: 0,
        }
    }

    /// Looks at the surface from here, or from where the last step began if that has lost it;
    /// returns the distance. None after too many looks, or when steps are too short to go on.
    pub fn look(&mut self, surface: &mut Surface<'_>) -> Option<f64> {
        loop {
            self.steps = self.looks;
            if self.looks == self.limit {
                return None;
            }
            self.looks += 1;
            let off = surface.look_from(&self.parameters);
            let last = (off > LOST).then(|| self.before.take()).flatten();
            let Some(last) = last else {
                return Some(off);
            };
            self.parameters = last;
            self.length *= 0.5;
            if self.length < self.shortest {
                return None;
            }
        }
    }

    /// Longer steps after one that ended near the surface, shorter ones after one that did not.
    pub fn follow(&mut self, off: f64) {
        if off < 0.12 {
            self.length = (1.25 * self.length).min(self.longest);
        } else if off > 0.4 {
            self.length *= 0.7;
        }
    }

    /// Takes a step.
    pub fn go(&mut self, step: &[f64]) {
        self.before = Some(self.parameters.clone());
        vector::add(&mut self.parameters, 1.0, step);
    }

    /// Ends here.
    pub fn end(self, end: WalkEnd) -> Walked {
        Walked {
            parameters: self.parameters,
            steps: self.steps,
            end,
        }
    }
}
