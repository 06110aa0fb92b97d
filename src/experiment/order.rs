//! Cells in an order that others report, compared pair by pair.

use std::cmp::Ordering;

use super::Study;
use crate::statistics::Estimate;

/// Two cells of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair<C> {
    /// The one that the order has first.
    pub first: C,
    /// The one that it has later.
    pub later: C,
    /// The number of the later over that of the first, within seeds: geometric mean.
    pub ratio: Option<Estimate>,
}

impl<C> Pair<C> {
    /// Whether the later has the larger number, as the order says; none where the interval of
    /// the ratio reaches 1 or there is none.
    pub fn holds(&self) -> Option<bool> {
        let side = self.ratio?.side_of(1.0)?;
        Some(side == Ordering::Greater)
    }
}

impl<C: PartialEq + Clone, O> Study<C, O> {
    /// Every pair of cells of an order, whose numbers it says are ascending; see
    /// [`ratio`](Self::ratio).
    pub fn in_order(&self, order: &[C], number: impl Fn(&O) -> Option<f64>) -> Vec<Pair<C>> {
        let pairs = (order.iter().enumerate())
            .flat_map(|(place, first)| order[place + 1..].iter().map(move |later| (first, later)));
        pairs
            .map(|(first, later)| Pair {
                first: first.clone(),
                later: later.clone(),
                ratio: self.ratio(later, first, &number),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// b is twice a in every seed and c half of it; d is near a, and e lacks a number.
    #[test]
    fn every_pair_is_compared_within_seeds() {
        let near = [1.1, 0.9, 1.0];
        let outputs = (0..3_usize).flat_map(|seed| {
            let a = (seed + 1) as f64;
            let e = (seed > 0).then_some(a);
            [
                ("a", Some(a)),
                ("b", Some(2.0 * a)),
                ("c", Some(a / 2.0)),
                ("d", Some(a * near[seed])),
                ("e", e),
            ]
            .map(|(cell, number)| (cell, seed as u64, number))
        });
        let study = Study::new(outputs);
        let pairs = study.in_order(&["a", "b", "c", "d", "e"], |&number| number);
        assert_eq!(pairs.len(), 10);
        let of = |first, later| {
            let mut found = pairs.iter();
            let pair = found.find(|pair| (pair.first, pair.later) == (first, later));
            let pair = pair.expect("a pair of the order");
            (pair.ratio.map(|ratio| ratio.value), pair.holds())
        };
        let is = |found: (Option<f64>, Option<bool>), ratio: f64, holds| {
            assert!((found.0.unwrap() - ratio).abs() < 1e-12 && found.1 == holds);
        };
        is(of("a", "b"), 2.0, Some(true));
        is(of("b", "c"), 0.25, Some(false));
        is(of("a", "d"), (1.1_f64 * 0.9).cbrt(), None);
        assert_eq!(of("a", "e"), (None, None));
    }
}
