//! What a pilot on other seeds fixes for the trainings that are compared.

use super::Strengths;
use crate::experiment::Study;
use crate::experiment::run::StoredRun;
use crate::network::Zoo;

/// What a pilot fixed for a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pilot {
    /// The network.
    pub network: Zoo,
    /// Training images.
    pub images: usize,
    /// Learning rate, for either labeling and with every regularizer.
    pub learning_rate: f64,
    /// Whether every pilot training without regularization fitted random labels.
    pub fits: bool,
    /// Epochs that the median pilot training without regularization needed to fit true labels.
    pub epochs_true: usize,
    /// Epochs that the median pilot training without regularization needed to fit random labels.
    pub epochs_random: usize,
    /// The strengths of the regularizers.
    pub strengths: Strengths,
}

impl Pilot {
    /// Epochs of every training on true labels: 1.5 times those that fitting takes, rounded up.
    pub fn epochs(&self) -> usize {
        (3 * self.epochs_true).div_ceil(2)
    }

    /// Epochs after which a training on random labels is given up: 3 times those that fitting
    /// takes without regularization.
    pub fn limit(&self) -> usize {
        3 * self.epochs_random
    }
}

/// Of the cells all of whose trainings reached their target, that with the fewest updates on
/// average; none if there is no such cell.
pub fn fastest<C: Clone + PartialEq>(study: &Study<C, StoredRun>) -> Option<C> {
    let cells = study.cells();
    least(cells.map(|cell| (cell.clone(), study.steps(cell).map(|steps| steps.value))))
}

/// The first of the least numbers, by what it belongs to; what has none is passed over.
///
/// ```
/// use rethink::experiment::regularization::least;
/// let errors = [("weak", None), ("strong", Some(0.3)), ("stronger", Some(0.3))];
/// assert_eq!(least(errors), Some("strong"));
/// ```
pub fn least<C>(numbers: impl IntoIterator<Item = (C, Option<f64>)>) -> Option<C> {
    let known = (numbers.into_iter()).filter_map(|(cell, number)| Some((cell, number?)));
    let first = known.min_by(|(_, a), (_, b)| a.total_cmp(b));
    first.map(|(cell, _)| cell)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::EarlyStopping;

    #[test]
    fn epochs_follow_from_those_that_fitting_takes() {
        let early_stopping = EarlyStopping {
            held_out: 0.2,
            patience: 10,
        };
        let pilot = Pilot {
            network: Zoo::Mlp1x16,
            images: 100,
            learning_rate: 0.1,
            fits: true,
            epochs_true: 7,
            epochs_random: 20,
            strengths: Strengths {
                weight_decay: 1e-3,
                dropout: 0.5,
                crop: 2,
                rotation: 25.0,
                early_stopping,
            },
        };
        assert_eq!((pilot.epochs(), pilot.limit()), (11, 60));
    }
}
