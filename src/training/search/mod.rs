//! To a training cost without gradients: changes are tried and kept if the cost falls.

mod network;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use self::network::{Network, Row};
use crate::dataset::Split;
use crate::random;
use crate::solution::Weight;

/// Factor on the step after a change that is kept, and its fourth root after one that
/// is not: the step stays where one change in five is kept.
const GROWTH: f64 = 1.5;
/// Changes kept after which everything is computed anew.
const REBUILD: u64 = 1000;

/// A change that is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Move {
    /// One weight or bias, drawn uniformly: pattern search.
    Weight,
    /// All weights and the bias into one unit, drawn uniformly, in a random direction:
    /// the step times independent standard normal numbers over the root of their count.
    Row,
}

/// How far is tried.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// Length of the first step.
    pub first: f64,
    /// No step is longer; none: they may grow.
    pub largest: Option<f64>,
}

/// Why a search cannot start.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// Weights of another network.
    #[error(
        "weights of shapes {found} are no network of one hidden layer from {features} numbers to \
         {classes} classes, which is what the search changes"
    )]
    Shapes {
        /// Shapes of the arrays given.
        found: String,
        /// Numbers per image.
        features: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A label outside the classes.
    #[error("label {label} is none of {classes} classes; give labels below {classes}")]
    Label {
        /// The label.
        label: u32,
        /// Number of classes.
        classes: usize,
    },
    /// A first step that is no length.
    #[error("the {which} step is {value}; give a positive number")]
    Step {
        /// "first" or "largest".
        which: &'static str,
        /// Its value.
        value: f64,
    },
    /// Initial weights that are no numbers.
    #[error("an initial weight is {value}; give finite weights")]
    NotFinite {
        /// Its value.
        value: f32,
    },
}

/// What a part of a search came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advance {
    /// Changes tried: each is one evaluation of the loss of every training example.
    pub trials: u64,
    /// Changes kept.
    pub accepted: u64,
}

/// Greedy search on the mean cross-entropy of the full training set.
///
/// A change of one row is drawn and tried with both signs, the second only if the cost
/// did not fall with the first; it is kept if the cost falls, so the cost never rises.
/// Each layer has a step length, which grows by half when a change is kept and shrinks
/// by the fourth root of that when neither sign is. The same seed makes the same
/// changes, in however many parts they are made.
///
/// A trial on n examples costs n k exponentials, k the number of classes, and for
/// [`Move::Row`] a product of n vectors. Caches are in f64, kept up to date change by
/// change and rebuilt from the weights after every 1000.
///
/// # Reference
/// Hooke, Jeeves 1961, "'Direct search' solution of numerical and statistical
/// problems"; the rule for the step is that of Rechenberg 1973, one success in five,
/// with the factors of Kern et al. 2004.
///
/// ```
/// use rethink::dataset::Split;
/// use rethink::solution::Weight;
/// use rethink::training::search::{Move, Search, Steps};
/// let array = |name: &str, shape: &[usize], values: &[f32]| Weight {
///     name: name.into(), shape: shape.into(), values: values.into(),
/// };
/// let weights = vec![
///     array("0.weight", &[1, 1], &[1.0]), array("0.bias", &[1], &[0.0]),
///     array("1.weight", &[2, 1], &[0.0, 0.0]), array("1.bias", &[2], &[0.0, 0.0]),
/// ];
/// let train = Split::new(vec![0.0, 1.0], vec![0, 1], 1)?;
/// let mut search = Search::new(weights, &train, 2, Move::Weight, Steps { first: 0.1, largest: None }, 1)?;
/// assert!((search.cost() - 2f64.ln()).abs() < 1e-12);
/// while search.cost() > 0.01 {
///     search.advance(100);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Search {
    network: Network,
    /// Inputs that are not the same in all examples: no other weight matters beside
    /// the bias.
    inputs: Vec<usize>,
    moves: Move,
    largest: f64,
    /// Step length of each layer.
    steps: [f64; 2],
    accepted: u64,
    rng: ChaCha8Rng,
    /// The direction tried: columns, their weights, and how far they move per step.
    direction: Vec<(usize, f32, f64)>,
}

impl Search {
    /// A search from these weights: W₁ of shape (units, inputs), b₁, W₂ of shape
    /// (classes, units), b₂, as the zoo's networks of one hidden layer have them.
    ///
    /// # Errors
    /// Weights of another network, a label outside the classes, a step that is not
    /// positive, weights that are not finite.
    pub fn new(
        weights: Vec<Weight>,
        train: &Split,
        classes: usize,
        moves: Move,
        steps: Steps,
        seed: u64,
    ) -> Result<Self, SearchError> {
        let largest = steps.largest.unwrap_or(f64::INFINITY);
        for (which, value, fits) in [
            ("first", steps.first, steps.first.is_finite()),
            ("largest", largest, true),
        ] {
            if value.is_nan() || value <= 0.0 || !fits {
                return Err(SearchError::Step { which, value });
            }
        }
        let varies = |&input: &usize| {
            let mut column = train.pixels().iter().skip(input).step_by(train.features());
            let first = column.next();
            column.any(|x| Some(x) != first)
        };
        Ok(Self {
            network: Network::new(weights, train, classes)?,
            inputs: (0..train.features()).filter(varies).collect(),
            moves,
            largest,
            steps: [steps.first.min(largest); 2],
            accepted: 0,
            rng: random::stream(seed, "search without gradients"),
            direction: vec![],
        })
    }

    /// Mean cross-entropy of the training set, in nats.
    pub fn cost(&self) -> f64 {
        self.network.cost()
    }

    /// The weights, in the order and under the names they were given.
    pub fn weights(&self) -> &[Weight] {
        self.network.weights()
    }

    /// Step length of each layer as the search stands.
    pub fn steps(&self) -> [f64; 2] {
        self.steps
    }

    /// Tries at least so many changes: one more if the last has its second sign left.
    pub fn advance(&mut self, trials: u64) -> Advance {
        let mut done = Advance {
            trials: 0,
            accepted: 0,
        };
        while done.trials < trials {
            let row = self.draw();
            let step = &mut self.steps[usize::from(matches!(row, Row::Class(_)))];
            let kept = [*step, -*step].into_iter().any(|step| {
                done.trials += 1;
                let moved = |&(column, weight, along): &(usize, f32, f64)| {
                    (column, (f64::from(weight) + step * along) as f32)
                };
                let cost = self.network.cost();
                (self.network).propose(row, self.direction.iter().map(moved)) < cost
            });
            if kept {
                self.network.accept();
                *step = (*step * GROWTH).min(self.largest);
                done.accepted += 1;
                self.accepted += 1;
                if self.accepted.is_multiple_of(REBUILD) {
                    self.network.rebuild();
                }
            } else {
                *step *= GROWTH.powf(-0.25);
            }
        }
        done
    }

    /// Draws a row and a direction in it.
    fn draw(&mut self) -> Row {
        let (hidden, classes) = (self.network.hidden(), self.network.classes());
        let (into_hidden, into_class) = (self.inputs.len() + 1, hidden + 1);
        let (row, entry) = match self.moves {
            Move::Row => {
                let row = self.rng.random_range(0..hidden + classes);
                let class = row.checked_sub(hidden);
                (class.map_or(Row::Hidden(row), Row::Class), None)
            }
            Move::Weight => {
                let weights = hidden * into_hidden + classes * into_class;
                let index = self.rng.random_range(0..weights);
                match index.checked_sub(hidden * into_hidden) {
                    None => (Row::Hidden(index / into_hidden), Some(index % into_hidden)),
                    Some(index) => (Row::Class(index / into_class), Some(index % into_class)),
                }
            }
        };
        let features = self.network.features();
        let (inputs, network) = (&self.inputs, &self.network);
        let column = |entry: usize| match row {
            Row::Hidden(_) => inputs.get(entry).copied().unwrap_or(features),
            Row::Class(_) => entry,
        };
        let sign = if self.rng.random() { 1.0 } else { -1.0 };
        let length = match row {
            Row::Hidden(_) => into_hidden,
            Row::Class(_) => into_class,
        };
        let scale = (length as f64).sqrt().recip();
        let rng = &mut self.rng;
        self.direction.clear();
        match entry {
            Some(entry) => {
                let column = column(entry);
                let weight = network.weight(row, column);
                self.direction.push((column, weight, sign));
            }
            None => self.direction.extend((0..length).map(|entry| {
                let along: f64 = StandardNormal.sample(rng);
                let column = column(entry);
                (column, network.weight(row, column), scale * along)
            })),
        }
        row
    }
}

#[cfg(test)]
mod tests;
