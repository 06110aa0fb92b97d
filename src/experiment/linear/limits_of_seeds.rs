//! Whether gradient methods end at the interpolant of smallest norm, over all seeds.

use super::limits::Limit;

/// The limits of every method, start and seed.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitsOfSeeds(pub Vec<Limit>);

impl LimitsOfSeeds {
    /// One limit of each method and start, in their order: that of the first seed.
    pub fn methods(&self) -> Vec<&Limit> {
        let mut methods: Vec<&Limit> = Vec::new();
        for limit in &self.0 {
            if !methods.iter().any(|known| alike(known, limit)) {
                methods.push(limit);
            }
        }
        methods
    }

    /// Largest value over seeds of a number of the limits of one method and start.
    pub fn largest(&self, like: &Limit, number: fn(&Limit) -> f64) -> f64 {
        let limits = self.0.iter().filter(|limit| alike(limit, like));
        limits.map(number).fold(0.0, f64::max)
    }

    /// From zero: the largest change of the null-space component over methods that must
    /// keep it, and the smallest over those that need not.
    pub fn separation(&self) -> (f64, f64) {
        let of = |stays: bool| {
            let limits = self.0.iter().filter(move |l| l.stays_in_span == stays);
            limits.filter(|l| l.from_zero).map(|l| l.null_change)
        };
        (
            of(true).fold(0.0, f64::max),
            of(false).fold(f64::INFINITY, f64::min),
        )
    }

    /// Whether every method that must end at the smallest norm has reached its `residual`,
    /// and lies no farther away than the residual allows.
    pub fn all_as_proved(&self, residual: f64) -> bool {
        (self.0.iter()).filter(|l| l.stays_in_span).all(|l| {
            l.residual <= residual
                && l.null_change < 1e-12
                && l.distance <= 1.01 * l.allowed + 1e-12
        })
    }
}

fn alike(a: &Limit, b: &Limit) -> bool {
    a.method == b.method && a.from_zero == b.from_zero
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(method: &str, stays_in_span: bool, null_change: f64) -> Limit {
        Limit {
            method: method.to_owned(),
            stays_in_span,
            from_zero: true,
            null_change,
            distance: 1e-11,
            allowed: 1e-11,
            residual: 1e-10,
            epochs: 3,
        }
    }

    #[test]
    fn methods_that_must_stay_in_the_span_are_told_from_the_others() {
        let limits = LimitsOfSeeds(vec![
            limit("SGD", true, 1e-16),
            limit("Adam", false, 0.3),
            limit("SGD", true, 1e-15),
            limit("Adam", false, 0.2),
        ]);
        assert_eq!(limits.methods().len(), 2);
        assert_eq!(limits.largest(&limits.0[0], |l| l.null_change), 1e-15);
        assert_eq!(limits.separation(), (1e-15, 0.2));
        assert!(limits.all_as_proved(1e-10) && !limits.all_as_proved(1e-11));
        let lost = LimitsOfSeeds(vec![limit("SGD", true, 1e-3)]);
        assert!(!lost.all_as_proved(1e-10));
    }
}
