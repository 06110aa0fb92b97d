//! One rule to stop by, for every algorithm that trains to a cost.

use super::TrainingError;
use super::evaluation::{outputs, score};
use crate::dataset::Split;
use crate::network::Model;
use crate::solution::{Outputs, StopReason, Weight};

/// An algorithm that lowers the training cost of a network, a little at a time.
pub trait Algorithm {
    /// Changes the network, for at most a quarter of an epoch.
    ///
    /// # Errors
    /// What the network returns.
    fn advance(&mut self, model: &mut dyn Model) -> Result<Work, TrainingError>;

    /// Whether a network at the cost, with these outputs on the training set, is also
    /// what the algorithm aims at.
    ///
    /// # Errors
    /// What the network returns.
    fn accepts(&self, _: &dyn Model, _: &Outputs) -> Result<bool, TrainingError> {
        Ok(true)
    }
}

/// What training to a cost took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    /// Examples whose gradient or loss was computed; those of the stopping rule are
    /// not counted, they are the same for every algorithm.
    pub evaluations: u64,
    /// Changes of the weights.
    pub updates: u64,
}

/// The network at a cost, or where training ended short of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AtCost {
    /// The mean training cross-entropy asked for, in nats.
    pub cost: f64,
    /// Why it ended there.
    pub stop: StopReason,
    /// What it took until then.
    pub work: Work,
    /// Weights there.
    pub weights: Vec<Weight>,
    /// Outputs on the training set there.
    pub train: Outputs,
    /// Mean training cross-entropy there, in nats.
    pub reached: f64,
}

/// Trains from the network's weights until the mean cross-entropy of the full
/// training set is at most each of the falling `costs`, judged after every advance, or
/// `limit` evaluations are spent, or the cost is not finite. One arrival per cost.
///
/// Every algorithm is stopped here and nowhere else, so algorithms differ in how they get to the
/// cost, not in how they are stopped. The test set is not seen.
///
/// # Errors
/// What the network or the algorithm returns.
pub fn train_to_cost(
    algorithm: &mut dyn Algorithm,
    model: &mut dyn Model,
    train: &Split,
    costs: &[f64],
    limit: u64,
) -> Result<Vec<AtCost>, TrainingError> {
    let mut ends = Vec::with_capacity(costs.len());
    let mut work = Work::default();
    loop {
        let on_train = outputs(model, train)?;
        let reached = score(&on_train).loss;
        let end = |cost, stop| -> Result<AtCost, TrainingError> {
            Ok(AtCost {
                cost,
                stop,
                work,
                weights: model.weights()?,
                train: on_train.clone(),
                reached,
            })
        };
        while let Some(&cost) = costs.get(ends.len())
            && reached <= cost
            && algorithm.accepts(model, &on_train)?
        {
            ends.push(end(cost, StopReason::CrossEntropyReached)?);
        }
        let stop = match reached {
            _ if ends.len() == costs.len() => return Ok(ends),
            x if !x.is_finite() => Some(StopReason::Diverged),
            _ if work.evaluations >= limit => Some(StopReason::EpochLimit),
            _ => None,
        };
        if let Some(stop) = stop {
            for &cost in &costs[ends.len()..] {
                ends.push(end(cost, stop)?);
            }
            return Ok(ends);
        }
        let more = algorithm.advance(model)?;
        work.evaluations += more.evaluations;
        work.updates += more.updates;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Architecture, Initialization, Optimizer, Zoo};
    use crate::random;
    use crate::training::{Batch, Descent};

    fn noise(samples: usize) -> Split {
        use rand::RngExt;
        let mut rng = random::stream(1, "test images");
        let inputs = (0..samples * 784)
            .map(|_| rng.random::<f32>() - 0.5)
            .collect();
        let labels = (0..samples).map(|i| (i % 10) as u32).collect();
        Split::new(inputs, labels, 784).expect("shapes fit")
    }

    fn run(rate: f64, batch: Batch, costs: &[f64], limit: u64) -> Vec<AtCost> {
        let train = noise(40);
        let mut model = Architecture::from(Zoo::Mlp1x16)
            .build(784, 10)
            .expect("a network");
        let mut weights = model.weights().expect("weights");
        Initialization::He.fill(&mut weights, 1);
        model.set_weights(&weights).expect("its own weights");
        let optimizer = Optimizer::Sgd { momentum: 0.0 };
        let mut way = Descent::new(
            model.as_mut(),
            &train,
            optimizer,
            batch,
            rate,
            random::stream(1, "batch order"),
        )
        .expect("memory");
        train_to_cost(&mut way, model.as_mut(), &train, costs, limit).expect("ends")
    }

    #[test]
    fn both_costs_are_met_on_one_way_the_harder_one_later() {
        for batch in [Batch::Full, Batch::Mini { size: 4 }] {
            let ends = run(0.1, batch, &[0.1, 0.01], 1_000_000);
            let [first, second] = ends.as_slice() else {
                panic!("two ends");
            };
            assert!(first.reached <= 0.1 && second.reached <= 0.01);
            assert!(first.work.updates < second.work.updates);
            assert_eq!(second.stop, StopReason::CrossEntropyReached);
        }
    }

    /// A quarter of an epoch is 2 of the 10 batches: the first evaluation at the cost
    /// is a multiple of that, and the one before it was above the cost.
    #[test]
    fn the_cost_is_judged_every_quarter_of_an_epoch() {
        let ends = run(0.1, Batch::Mini { size: 4 }, &[0.1], 1_000_000);
        let updates = ends[0].work.updates;
        assert_eq!(updates % 2, 0);
        assert_eq!(ends[0].work.evaluations, 4 * updates);
        let before = run(0.1, Batch::Mini { size: 4 }, &[0.1], 4 * (updates - 2));
        assert_eq!(before[0].stop, StopReason::EpochLimit);
        assert!(before[0].reached > 0.1);
    }

    #[test]
    fn divergence_and_the_limit_are_outcomes() {
        let diverged = run(1e9, Batch::Full, &[0.1, 0.01], 1_000_000);
        assert!(diverged.iter().all(|a| a.stop == StopReason::Diverged));
        assert_eq!(diverged.len(), 2);
        let limited = run(1e-6, Batch::Full, &[0.1], 100);
        assert_eq!(limited[0].stop, StopReason::EpochLimit);
        assert_eq!(limited[0].work.evaluations, 120);
    }
}
