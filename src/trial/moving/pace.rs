//! How long steps on a surface are.

/// Above this distance from the surface, in logits, a step only goes back to it.
pub const FAR: f64 = 0.3;
/// Above this one the step before is undone.
pub const LOST: f64 = 0.8;

/// The length of steps, which follows how far from the surface the last one ended.
pub struct Pace {
    /// The length.
    pub length: f64,
    longest: f64,
    shortest: f64,
}

impl Pace {
    /// Begins at a length, which may grow to the longest.
    pub fn new(first: f64, longest: f64) -> Self {
        Self {
            length: first,
            longest,
            shortest: first / 400.0,
        }
    }

    /// Longer after a step that ended near the surface, shorter after one that did not.
    pub fn follow(&mut self, off: f64) {
        if off < 0.12 {
            self.length = (1.25 * self.length).min(self.longest);
        } else if off > 0.4 {
            self.length *= 0.7;
        }
    }

    /// After a step that was undone; whether steps are too short to go on.
    pub fn halve(&mut self) -> bool {
        self.length *= 0.5;
        self.length < self.shortest
    }
}
