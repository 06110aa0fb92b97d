//! Worlds that make studies, so that the truth of each is known.
//!
//! The spreads are those of the prototypes: between blocks 0.12 of ln norm and a point of test
//! error, which pairing removes; a run about its arm 0.04 of ln norm where it is local and 0.1
//! where it is not; test errors of two arms differ with a deviation of 0.5 points, those of a
//! network and of the same moved with 0.2, and the effect of a dose differs between blocks by
//! 15 %.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::network::{Optimizer, Zoo};
use crate::random::stream;
use crate::training::Batch;
use crate::treatment::Treatment;
use crate::trial::design::{
    Along, Bad, Cell, Change, Cost, End, Held, Measured, Method, Moved, Outcome, Plan, Rate,
    Stratum, Thresholds, VolumeStart,
};

/// How the norm acts on the test error: points, of ln(norm / level of the block).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Law {
    /// Not at all.
    None,
    /// Four points a unit: 2.8 a doubling.
    Linear,
    /// The same above the level of SGD, nothing below.
    Kink,
    /// Up to four points above it.
    Saturating,
}

impl Law {
    fn points(self, x: f64) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Linear => 4.0 * x,
            Self::Kink => 4.0 * x.max(0.0),
            Self::Saturating if x > 0.0 => 4.0 * (1.0 - (-1.5 * x).exp()),
            Self::Saturating => 6.0 * x,
        }
    }
}

/// How a world makes norms, errors and work.
#[derive(Debug, Clone, Copy)]
pub struct World {
    /// What the norm does to the test error, whoever sets it.
    pub law: Law,
    /// Points a unit of ln norm that an arm has by nature: it keeps them when it is moved.
    pub marker: f64,
    /// Points that having been moved costs.
    pub moved: f64,
    /// Norm of gradient descent over that of SGD.
    pub full: f64,
    /// Points that gradient descent errs more than SGD, by no norm.
    pub quiet: f64,
    /// Norms of networks found otherwise over that of SGD, times what tells them apart.
    pub others: f64,
    /// Whether these differ among themselves, and by how much: a factor on ln.
    pub differ: f64,
    /// ln work a unit of ln norm.
    pub reach: f64,
    /// A way that is given up in every block.
    pub never: Option<Method>,
    /// Share of the networks that are missing by chance.
    pub missing: f64,
}

/// The norm causes the error, the noise of small batches makes it small, and small norms take
/// less work.
pub const CAUSE: World = World {
    law: Law::Linear,
    marker: 0.0,
    moved: 0.0,
    full: 1.25,
    quiet: 0.0,
    others: 1.5,
    differ: 1.0,
    reach: 0.5,
    never: None,
    missing: 0.0,
};

/// Deviation of ln norm of a run about its arm and block.
const LOCAL_SPREAD: f64 = 0.04;
const OTHER_SPREAD: f64 = 0.1;
/// Points of test error of a run: 0.5 of a difference.
const RUN_SPREAD: f64 = 0.35;
/// Points that a move adds, one for all of a block's and one of its own.
const MOVE_SPREAD: f64 = 0.14;
/// Relative deviation of the effect of a dose between blocks.
const SLOPE_SPREAD: f64 = 0.15;

pub const DOSES: [f64; 6] = [0.5, 0.7, 1.5, 2.0, 3.0, 4.0];
pub const BADS: [Bad; 4] = [
    Bad::Adversarial { copies: 1 },
    Bad::Adversarial { copies: 3 },
    Bad::Scaled { factor: 3.0 },
    Bad::Volume,
];

pub fn momentum() -> Method {
    Method::Descent {
        optimizer: Optimizer::Sgd { momentum: 0.9 },
        batch: Batch::Mini { size: 32 },
    }
}

pub fn margins(change: Change) -> Cell {
    let held = Held::Margins;
    Cell::Changed { held, change }
}

/// The networks of a quick plan.
pub fn cells() -> Vec<Cell> {
    let adam = Method::Descent {
        optimizer: Optimizer::Adam,
        batch: Batch::Mini { size: 32 },
    };
    let chain = |start| Method::Volume { start };
    let methods = [
        Method::REFERENCE,
        Method::GRADIENT_DESCENT,
        Method::sgd(8),
        Method::sgd(128),
        momentum(),
        adam,
        Method::NoisyDescent,
        Method::Scaled { factor: 0.3 },
        Method::Scaled { factor: 3.0 },
        Method::Scaled { factor: 10.0 },
        Method::Adversarial { copies: 1 },
        Method::Adversarial { copies: 3 },
        Method::Search { largest: None },
        Method::Search { largest: Some(0.1) },
        Method::GaussNewton,
        chain(VolumeStart::Reference),
        chain(VolumeStart::Fresh),
        Method::RandomFeatures,
    ];
    let mut cells = Vec::new();
    for method in methods {
        cells.push(Cell::found(method));
        if method.has_rate() {
            cells.push(Cell::at_rate(method, Rate::Gentle));
        }
    }
    for labels in [
        Treatment::CorruptedLabels { probability: 0.2 },
        Treatment::RandomLabels,
    ] {
        cells.push(Cell::Found {
            method: Method::REFERENCE,
            rate: Rate::Fast,
            labels,
        });
    }
    for held in [Held::Margins, Held::Logits] {
        let mut push = |change| cells.push(Cell::Changed { held, change });
        for factor in DOSES {
            if held == Held::Margins || factor > 0.5 {
                push(Change::Dose { factor });
            }
        }
        for from in [0.7, 2.0, 4.0] {
            push(Change::Return { from });
        }
        for along in [Along::RandomAtNorm, Along::WrongLabels, Along::RightLabels] {
            push(Change::Direction { along });
        }
    }
    for bad in BADS {
        cells.push(margins(Change::ToReference { bad }));
        cells.push(margins(Change::Sham { bad }));
        cells.push(margins(Change::FromReference { bad }));
    }
    for factor in [0.5, 1.0, 2.0, 4.0] {
        cells.push(Cell::Shell { factor });
    }
    cells
}

/// A plan of strata with these names.
pub fn plan(blocks: usize, strata: &[&str]) -> Plan {
    let stratum = |name: &&str| Stratum {
        name: (*name).to_owned(),
        dataset: (*name).to_owned(),
        label: None,
        checksum: String::new(),
        train_size: 200,
        test_size: 10_000,
        auxiliary: 1000,
        architecture: Zoo::Mlp1x32,
        limit: 1000,
        pilot: Vec::new(),
        shell_rate: 0.1,
        cells: cells(),
        left_out: Vec::new(),
    };
    Plan {
        numerics: 1,
        rules: super::super::SOURCES.to_owned(),
        blocks: (100..100 + blocks as u64).collect(),
        pilot_blocks: vec![1, 2],
        costs: vec![Cost::cross_entropy(0.01)],
        thresholds: Thresholds::default(),
        strata: strata.iter().map(stratum).collect(),
        left_out: Vec::new(),
    }
}

impl World {
    /// ln norm of a method above that of SGD.
    fn offset(&self, method: Method) -> f64 {
        let other = |factor: f64| self.others.ln() + self.differ * factor.ln();
        match method {
            _ if method == Method::REFERENCE || method == Method::sgd(8) => 0.0,
            _ if method == Method::GRADIENT_DESCENT => self.full.ln(),
            Method::Scaled { factor } if factor >= 10.0 => other(2.0),
            Method::Scaled { factor } if factor > 1.0 => other(1.4),
            Method::Adversarial { copies: 1 } => other(1.6),
            Method::Adversarial { .. } => other(2.5),
            Method::Volume { .. } => other(1.3),
            Method::RandomFeatures => other(1.8),
            Method::Search { largest: None } => other(1.0),
            // What lies between: less of the noise of small batches.
            _ => 0.5 * self.full.ln(),
        }
    }

    /// The outcomes of a study; each stratum in a world of its own.
    pub fn outcomes(worlds: &[World], plan: &Plan, study: u64) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for (stratum, world) in plan.strata.iter().zip(worlds) {
            for &block in &plan.blocks {
                for &cost in &plan.costs {
                    let purpose = format!("rules: study {study} {} {block} {cost}", stratum.name);
                    let mut block = Block::new(*world, stratum, block, cost, stream(7, &purpose));
                    outcomes.extend(stratum.cells.iter().map(|cell| block.outcome(*cell)));
                }
            }
        }
        outcomes
    }
}

/// ln norm and test error in points.
#[derive(Clone, Copy)]
struct Point {
    norm: f64,
    error: f64,
}

struct Block<'a> {
    world: World,
    stratum: &'a Stratum,
    seed: u64,
    cost: Cost,
    rng: ChaCha8Rng,
    level: f64,
    difficulty: f64,
    /// What all moves of the block share.
    moved: f64,
    slope: f64,
    /// The networks found so far, which changes start from.
    found: BTreeMap<String, Point>,
}

impl<'a> Block<'a> {
    fn new(world: World, stratum: &'a Stratum, seed: u64, cost: Cost, rng: ChaCha8Rng) -> Self {
        let mut block = Self {
            world,
            stratum,
            seed,
            cost,
            rng,
            level: 0.0,
            difficulty: 0.0,
            moved: 0.0,
            slope: 1.0,
            found: BTreeMap::new(),
        };
        block.level = 1.0 + block.normal(0.12);
        block.difficulty = 25.0 + block.normal(1.0);
        block.moved = block.normal(MOVE_SPREAD);
        block.slope = 1.0 + block.normal(SLOPE_SPREAD);
        block
    }

    fn normal(&mut self, deviation: f64) -> f64 {
        let z: f64 = StandardNormal.sample(&mut self.rng);
        deviation * z
    }

    fn chance(&mut self, share: f64) -> bool {
        use rand::RngExt;
        let drawn: f64 = self.rng.random();
        drawn < share
    }

    fn found(&mut self, method: Method, labels: Treatment) -> Point {
        let spread = match method.is_local() {
            true => LOCAL_SPREAD,
            false => OTHER_SPREAD,
        };
        let world = self.world;
        let offset = world.offset(method);
        let memorizing = match labels {
            Treatment::RandomLabels => 0.8,
            Treatment::CorruptedLabels { .. } => 0.3,
            _ => 0.0,
        };
        let x = offset + memorizing + self.normal(spread);
        let quiet = match method == Method::GRADIENT_DESCENT {
            true => world.quiet,
            false => 0.0,
        };
        Point {
            norm: self.level + x,
            error: self.difficulty
                + world.law.points(x)
                + world.marker * offset
                + quiet
                + self.normal(RUN_SPREAD),
        }
    }

    /// A network whose norm is set, and which keeps what it has by nature.
    fn moved(&mut self, from: Point, norm: f64) -> Point {
        let law = |norm: f64| self.world.law.points(norm - self.level);
        let effect = self.slope * (law(norm) - law(from.norm));
        let spread = self.moved + self.normal(MOVE_SPREAD);
        Point {
            norm: norm + self.normal(0.001),
            error: from.error + effect + self.world.moved + spread,
        }
    }

    fn point(&mut self, cell: Cell) -> Point {
        let change = match cell {
            Cell::Found { method, labels, .. } => return self.found(method, labels),
            Cell::Shell { factor } => {
                return Point {
                    norm: self.level + factor.ln(),
                    error: self.difficulty,
                };
            }
            Cell::Changed { change, .. } => change,
        };
        let of = |cell: Cell| self.found[&cell.to_string()];
        let reference = of(Cell::REFERENCE);
        match change {
            Change::Dose { factor } => self.moved(reference, reference.norm + factor.ln()),
            Change::Return { .. } => self.moved(reference, reference.norm),
            Change::Direction { along } => {
                let mut point = self.moved(reference, reference.norm);
                point.error += match along {
                    Along::WrongLabels => 6.0,
                    Along::RightLabels => -6.0,
                    _ => 0.0,
                };
                point
            }
            Change::ToReference { bad } => {
                let bad = of(Cell::found(bad.method()));
                self.moved(bad, reference.norm)
            }
            Change::Sham { bad } => {
                let bad = of(Cell::found(bad.method()));
                self.moved(bad, bad.norm)
            }
            Change::FromReference { bad } => {
                let bad = of(Cell::found(bad.method()));
                self.moved(reference, bad.norm)
            }
        }
    }

    fn outcome(&mut self, cell: Cell) -> Outcome {
        let point = self.point(cell);
        self.found.insert(cell.to_string(), point);
        let lacking = self.chance(self.world.missing);
        let never = match cell {
            Cell::Found { method, .. } => self.world.never == Some(method),
            _ => false,
        };
        let end = match never || lacking {
            true => End::Limit,
            false => End::Reached,
        };
        let work = match cell {
            Cell::Shell { factor } => {
                (12.0 + self.world.reach * factor.ln() + self.normal(0.1)).exp()
            }
            _ => 20_000.0,
        };
        let moved = matches!(cell, Cell::Changed { .. }).then_some(Moved {
            loss_change: 0.0004,
            logit_change: 0.01,
            miss: 0.001,
            left: 0.3,
            length: 0.4,
            steps: 30,
        });
        Outcome {
            stratum: self.stratum.name.clone(),
            block: self.seed,
            cell,
            cost: self.cost,
            end,
            evaluations: work as u64,
            updates: work as u64 / 32,
            network: (end == End::Reached).then(|| Measured {
                cost: self.cost.value,
                path_norm: point.norm.exp() * 4.0,
                norm: point.norm.exp(),
                others: BTreeMap::new(),
                margin: 4.0,
                train_error: 0.0,
                // On 10,000 test images.
                test_error: (point.error.max(0.0) * 100.0).round() / 1e4,
                test_loss: 0.8,
            }),
            moved,
        }
    }
}
