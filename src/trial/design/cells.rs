//! Which networks a stratum compares.

use super::cell::{Along, Bad, Cell, Change, Held, Method, Rate, VolumeStart};
use crate::network::graph::Layout;
use crate::network::{Optimizer, Zoo};
use crate::training::Batch;
use crate::treatment::Treatment;
use crate::trial::moving::{Norms, Room};

/// Most training images on which search without gradients is tried.
const MOST_SEARCHED: usize = 1000;
/// Most training images for which a Gaussian is sampled on the surface of their margins: a step
/// factors a matrix of that side.
const MOST_SAMPLED: usize = 1000;
/// The longest step of the search in small steps, in weights.
const SMALL_STEP: f64 = 0.03;
/// Batch sizes, as long as they are below half the training set.
const BATCHES: [usize; 2] = [8, 128];
/// Factors on the initial weights.
const SCALES: [f64; 4] = [0.1, 0.3, 3.0, 10.0];
/// Copies of the training set that an adversarial start is trained on. More than three are beyond
/// what the small networks can memorize.
const COPIES: [usize; 2] = [1, 3];
/// Norms set with margins held, as factors of the reference's; below 0.7 logits have a floor.
const DOSES: [f64; 6] = [0.5, 0.7, 1.5, 2.0, 3.0, 4.0];
/// Factors from which the norm comes back.
const RETURNS: [f64; 3] = [2.0, 4.0, 0.7];
/// Norms of shells, as factors of the reference's.
const SHELLS: [f64; 7] = [0.35, 0.5, 0.7, 1.0, 1.5, 2.0, 4.0];
/// Share of the labels that are drawn anew.
const NOISE: f64 = 0.2;

const DIRECTIONS: [Along; 6] = [
    Along::Frobenius,
    Along::Random,
    Along::RandomPerLayer,
    Along::RandomAtNorm,
    Along::WrongLabels,
    Along::RightLabels,
];

/// The networks of a stratum, and what is left out, a sentence each.
pub struct Cells {
    /// In the order of the trial's sections.
    pub cells: Vec<Cell>,
    /// Why something is not among them.
    pub left_out: Vec<String>,
}

impl Cells {
    /// Every network of the design that this network and number of images allow.
    pub fn of(network: Zoo, layout: &Layout, train_size: usize) -> Self {
        let mut all = Self {
            cells: Vec::new(),
            left_out: Vec::new(),
        };
        all.found(network, train_size);
        let moves = Norms::of(&std::sync::Arc::new(layout.clone())).is_some();
        if !moves {
            all.left_out.push(format!(
                "{network} has layers that its norm is not moved through: nothing is changed"
            ));
            return all;
        }
        for held in [Held::Margins, Held::Logits] {
            let room = Room::of(layout, train_size, held);
            let (given, asked) = (room.parameters, Room::least(held) * room.constraints);
            if held == Held::Logits && network.hidden().is_none() {
                all.left_out.push(format!(
                    "logits of {network} are not held: it has convolutions"
                ));
            } else if given < asked {
                all.left_out.push(format!(
                    "{held} are not held: {given} parameters, where {asked} are needed for \
                     {} {held} ({} for each)",
                    room.constraints,
                    Room::least(held)
                ));
            } else {
                all.changed(held, train_size);
            }
        }
        let shells = SHELLS.map(|factor| Cell::Shell { factor });
        all.cells.extend(shells);
        all
    }

    fn found(&mut self, network: Zoo, n: usize) {
        for method in methods(n) {
            let rates = [Rate::Fast, Rate::Gentle];
            let at = |rate| Cell::at_rate(method, rate);
            self.cells.extend(rates.map(at));
        }
        if network.hidden().is_some() {
            let noisy = |rate| Cell::at_rate(Method::NoisyDescent, rate);
            self.cells.extend([Rate::Fast, Rate::Gentle].map(noisy));
        }
        let one_layer = network.has_one_hidden_layer();
        if one_layer && n <= MOST_SEARCHED {
            for largest in [Some(SMALL_STEP), None] {
                self.cells.push(Cell::found(Method::Search { largest }));
            }
        } else {
            self.left_out.push(format!(
                "search without gradients: it is tried with one hidden layer and at most \
                 {MOST_SEARCHED} images"
            ));
        }
        self.cells.push(Cell::found(Method::GaussNewton));
        if n <= MOST_SAMPLED {
            for start in [VolumeStart::Reference, VolumeStart::Fresh] {
                self.cells.push(Cell::found(Method::Volume { start }));
            }
        } else {
            self.left_out.push(format!(
                "samples of the volume: a step factors a matrix of side {n}; they are drawn up to \
                 {MOST_SAMPLED} images"
            ));
        }
        for method in [Method::FiniteSample, Method::RandomFeatures] {
            self.cells.push(Cell::found(method));
        }
        for labels in [
            Treatment::CorruptedLabels { probability: NOISE },
            Treatment::RandomLabels,
        ] {
            self.cells.push(Cell::Found {
                method: Method::REFERENCE,
                rate: Rate::Fast,
                labels,
            });
        }
    }

    fn changed(&mut self, held: Held, n: usize) {
        let mut push = |change| self.cells.push(Cell::Changed { held, change });
        for factor in DOSES {
            if held == Held::Margins || factor >= 0.7 {
                push(Change::Dose { factor });
            }
        }
        for from in RETURNS {
            push(Change::Return { from });
        }
        for along in DIRECTIONS {
            push(Change::Direction { along });
        }
        if held == Held::Margins {
            let volume = (n <= MOST_SAMPLED).then_some(Bad::Volume);
            let adversarial = COPIES.map(|copies| Bad::Adversarial { copies });
            let scaled = Bad::Scaled { factor: 3.0 };
            for bad in adversarial.into_iter().chain([scaled]).chain(volume) {
                push(Change::ToReference { bad });
                push(Change::Sham { bad });
                push(Change::FromReference { bad });
            }
        }
    }
}

/// The methods that have a learning rate, the reference first.
pub fn methods(n: usize) -> Vec<Method> {
    let mini = |optimizer| Method::Descent {
        optimizer,
        batch: Batch::Mini { size: 32 },
    };
    let mut methods = vec![Method::REFERENCE, Method::GRADIENT_DESCENT];
    let batches = BATCHES.into_iter().filter(|size| 2 * size < n);
    methods.extend(batches.map(Method::sgd));
    methods.push(mini(Optimizer::Sgd { momentum: 0.9 }));
    methods.push(mini(Optimizer::Adam));
    methods.extend(SCALES.map(|factor| Method::Scaled { factor }));
    methods.extend(COPIES.map(|copies| Method::Adversarial { copies }));
    methods
}

/// The rates that the pilot tries for a method: those for batches of 32, moved to where the
/// method's own are likely to be.
pub fn rates(method: Method, usual: &[f64]) -> Vec<f64> {
    let factor = match method {
        Method::Descent {
            optimizer: Optimizer::Adam,
            ..
        } => 0.02,
        Method::Descent {
            optimizer: Optimizer::Sgd { momentum },
            ..
        } if momentum > 0.0 => 0.3,
        Method::Descent {
            batch: Batch::Full, ..
        } => 3.0,
        Method::Descent {
            batch: Batch::Mini { size: 8 },
            ..
        } => 0.3,
        Method::Scaled { factor } if factor > 1.0 => 1.0 / factor,
        _ => 1.0,
    };
    usual.iter().map(|rate| factor * rate).collect()
}
