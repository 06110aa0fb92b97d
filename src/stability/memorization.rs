//! Memorization scores from networks trained on random subsets.

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::random::stream;
use crate::statistics::{Estimate, Interval, Kind, StatisticsError, proportion};

/// How often each example was classified correctly by networks that were
/// trained with it, and by networks that were not.
///
/// ```text
/// mem(i) = Pr[A(S)(x_i) = y_i] − Pr[A(S∖i)(x_i) = y_i]
/// ```
///
/// Every network is trained on a random subset, so one set of networks serves
/// all examples; A(S) is then a training on a random subset that holds i.
///
/// # Reference
/// Feldman and Zhang 2020, arXiv 2008.03703, equation 1 and section 2.2, with
/// subsets of 70 % (recalled).
///
/// ```
/// use rethink::stability::Counts;
/// let mut counts = Counts::new(2);
/// counts.add(&[0], &[true, false]); // trained on example 0 only
/// counts.add(&[1], &[true, true]);
/// let score = |i| counts.score(i).expect("counts").expect("both kinds").value;
/// assert_eq!((score(0), score(1)), (0.0, 1.0));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    shown: Vec<u32>,
    right_when_shown: Vec<u32>,
    hidden: Vec<u32>,
    right_when_hidden: Vec<u32>,
}

/// The examples of the `network`-th training: a share of n, at least one and
/// not all of them.
pub fn subset(n: usize, share: f64, seed: u64, network: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    let mut rng = stream(seed, &format!("memorization: subset of network {network}"));
    order.shuffle(&mut rng);
    let size = (share * n as f64).round() as usize;
    order.truncate(size.clamp(1, n.saturating_sub(1).max(1)));
    order
}

impl Counts {
    /// No networks, n examples.
    pub fn new(n: usize) -> Self {
        Self {
            shown: vec![0; n],
            right_when_shown: vec![0; n],
            hidden: vec![0; n],
            right_when_hidden: vec![0; n],
        }
    }

    /// Number of examples.
    #[allow(clippy::len_without_is_empty)] // a matter of the caller's n
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Counts one network: what it was trained on, and which examples it gets
    /// right.
    pub fn add(&mut self, trained_on: &[usize], right: &[bool]) {
        let mut shown = vec![false; self.len()];
        trained_on.iter().for_each(|&i| shown[i] = true);
        for (i, (&shown, &right)) in shown.iter().zip(right).enumerate() {
            let (all, those) = if shown {
                (&mut self.shown, &mut self.right_when_shown)
            } else {
                (&mut self.hidden, &mut self.right_when_hidden)
            };
            all[i] += 1;
            those[i] += u32::from(right);
        }
    }

    /// The counts of both sets of networks.
    pub fn and(mut self, other: &Self) -> Self {
        for (own, others) in [
            (&mut self.shown, &other.shown),
            (&mut self.right_when_shown, &other.right_when_shown),
            (&mut self.hidden, &other.hidden),
            (&mut self.right_when_hidden, &other.right_when_hidden),
        ] {
            own.iter_mut()
                .zip(others)
                .for_each(|(own, other)| *own += other);
        }
        self
    }

    /// The score of example i with its 95 % interval; none if no network was
    /// trained with it, or none without it.
    ///
    /// # Errors
    /// None that counts of networks can lead to.
    ///
    /// # Reference
    /// The interval: Newcombe 1998, "Interval estimation for the difference
    /// between independent proportions", method 10, from two Wilson intervals.
    pub fn score(&self, i: usize) -> Result<Option<Estimate>, StatisticsError> {
        if self.shown[i] == 0 || self.hidden[i] == 0 {
            return Ok(None);
        }
        let shown = proportion(self.right_when_shown[i].into(), self.shown[i].into())?;
        let hidden = proportion(self.right_when_hidden[i].into(), self.hidden[i].into())?;
        let value = shown.value - hidden.value;
        let interval = shown.interval.zip(hidden.interval).map(|(p, q)| {
            let below = (shown.value - p.low).hypot(q.high - hidden.value);
            let above = (p.high - shown.value).hypot(hidden.value - q.low);
            Interval::new(value - below, value + above)
        });
        Ok(Some(Estimate {
            value,
            kind: Kind::Estimate,
            interval,
            samples: (self.shown[i] + self.hidden[i]) as usize,
        }))
    }

    /// Fraction of the networks that were trained with example i that get it
    /// right, and of those that were not; none without such networks.
    pub fn accuracies(&self, i: usize) -> (Option<f64>, Option<f64>) {
        let share = |right: u32, all: u32| (all > 0).then(|| f64::from(right) / f64::from(all));
        (
            share(self.right_when_shown[i], self.shown[i]),
            share(self.right_when_hidden[i], self.hidden[i]),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsets_have_the_share_and_differ() {
        let first = subset(10, 0.7, 1, 0);
        assert_eq!(first.len(), 7);
        assert_eq!(first, subset(10, 0.7, 1, 0));
        assert_ne!(first, subset(10, 0.7, 1, 1));
        let mut sorted = first;
        sorted.sort_unstable();
        sorted.dedup();
        assert!(sorted.len() == 7 && sorted[6] < 10);
        // Two examples: one in, one out, whatever the share.
        assert_eq!(subset(2, 0.9, 1, 0).len(), 1);
    }

    #[test]
    fn memorized_and_learned_examples_have_scores_one_and_zero() {
        // Example 0 is right only when shown, 1 always, 2 never.
        let mut counts = Counts::new(3);
        for network in 0..60 {
            let trained_on = subset(3, 0.7, 5, network);
            counts.add(&trained_on, &[trained_on.contains(&0), true, false]);
        }
        let score = |i| counts.score(i).expect("counts").expect("both kinds");
        assert_eq!([0, 1, 2].map(|i| score(i).value), [1.0, 0.0, 0.0]);
        for i in 0..3 {
            let interval = score(i).interval.expect("an interval");
            assert!(interval.low < score(i).value || interval.high > score(i).value);
            assert!(interval.contains(score(i).value));
            assert!(interval.low >= -1.0 && interval.high <= 1.0);
        }
        assert_eq!(counts.accuracies(0), (Some(1.0), Some(0.0)));
        assert!(Counts::new(1).score(0).expect("counts").is_none());
    }

    /// Newcombe 1998, Table II, method 10: 56/70 − 48/80 has the interval
    /// 0.0524 to 0.3339.
    #[test]
    fn the_interval_is_newcombes() {
        let counts = Counts {
            shown: vec![70],
            right_when_shown: vec![56],
            hidden: vec![80],
            right_when_hidden: vec![48],
        };
        let estimate = counts.score(0).expect("counts").expect("both kinds");
        let interval = estimate.interval.expect("an interval");
        assert!((interval.low - 0.0524).abs() < 5e-5, "{interval:?}");
        assert!((interval.high - 0.3339).abs() < 5e-5, "{interval:?}");
    }

    #[test]
    fn counts_add_up() {
        let mut together = Counts::new(2);
        let (mut first, mut second) = (Counts::new(2), Counts::new(2));
        first.add(&[0], &[true, true]);
        second.add(&[1], &[false, true]);
        together.add(&[0], &[true, true]);
        together.add(&[1], &[false, true]);
        assert_eq!(first.and(&second), together);
    }
}
