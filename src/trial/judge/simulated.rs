//! Studies whose answer is known because the world that makes them is.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::{Effort, Judgement, judge_with};
use crate::network::{Optimizer, Zoo};
use crate::random::stream;
use crate::training::Batch;
use crate::treatment::Treatment;
use crate::trial::{
    Arm, End, Measured, Outcome, Plan, Pretraining, Role, Rules, Start, Stratum, Way,
};

const SIZE: usize = 1000;
/// Enough for p-values below 0.05/7.
pub(super) const EFFORT: Effort = Effort {
    draws: 200,
    exact_up_to: 8,
};

/// How a world makes norms, errors and hitting times.
#[derive(Clone, Copy)]
pub(super) struct World {
    /// Points of test error per unit of ln φ, whoever sets φ.
    pub cause: f64,
    /// Points of test error per unit of ln φ that a procedure has by nature: moves with
    /// it, stays when φ alone is set.
    marker: f64,
    /// Whether ways differ in norm at all.
    ways_differ: bool,
    /// ln φ of the full gradient above SGD's.
    full_gradient: f64,
    /// ln updates per unit of ln φ.
    hitting: f64,
}

pub(super) const CAUSE: World = World {
    cause: 1.5,
    marker: 0.0,
    ways_differ: true,
    full_gradient: 0.2,
    hitting: 1.0,
};
pub(super) const MARKER: World = World {
    cause: 0.0,
    marker: 1.5,
    ..CAUSE
};
pub(super) const NEITHER: World = World {
    cause: 0.0,
    marker: 0.0,
    ways_differ: false,
    full_gradient: 0.0,
    hitting: 0.0,
};
pub(super) const DESCENT: World = World {
    full_gradient: 0.0,
    ..CAUSE
};

/// Deviation of ln φ of a run about its arm and block: 0.1 of a log ratio.
const NORM_NOISE: f64 = 0.07;
/// Points of test error of a run: 0.4 of a difference.
const ERROR_NOISE: f64 = 0.28;

fn descent(optimizer: Optimizer, batch: Option<usize>, start: Start) -> Way {
    Way::Descent {
        optimizer,
        batch: batch.map_or(Batch::Full, |size| Batch::Mini { size }),
        learning_rate: 0.1,
        start,
    }
}

fn sgd(start: Start) -> Way {
    descent(Optimizer::Sgd { momentum: 0.0 }, Some(32), start)
}

fn arms() -> Vec<Arm> {
    let arm = |id: &str, role, way| Arm {
        id: id.to_owned(),
        role,
        labels: Treatment::TrueLabels,
        train_size: SIZE,
        way,
    };
    let plain = Optimizer::Sgd { momentum: 0.0 };
    let usual = Start::USUAL;
    let mut arms = vec![
        arm("sgd-32", Role::Reference, sgd(usual)),
        arm(
            "gd",
            Role::Batch { size: None },
            descent(plain, None, usual),
        ),
        arm(
            "momentum",
            Role::Method {
                descends_the_gradient: true,
            },
            descent(Optimizer::Sgd { momentum: 0.9 }, Some(32), usual),
        ),
        arm(
            "adam",
            Role::Method {
                descends_the_gradient: false,
            },
            descent(Optimizer::Adam, Some(32), usual),
        ),
        arm("search", Role::Search, Way::FiniteSample),
        arm("finite-sample", Role::Pole, Way::FiniteSample),
        arm(
            "random-features",
            Role::Pole,
            Way::RandomFeatures { width: 4000 },
        ),
    ];
    for size in [8, 128] {
        arms.push(arm(
            &format!("sgd-{size}"),
            Role::Batch { size: Some(size) },
            descent(plain, Some(size), usual),
        ));
    }
    for factor in [0.1, 0.3, 3.0, 10.0] {
        let start = Start {
            scale: factor,
            pretraining: None,
        };
        arms.push(arm(
            &format!("scale-{factor}"),
            Role::Scale { factor },
            sgd(start),
        ));
    }
    for copies in [1, 5] {
        let start = Start {
            scale: 1.0,
            pretraining: Some(Pretraining {
                copies,
                dropped: 0.1,
                until: 0.1,
                epochs: 10,
            }),
        };
        arms.push(arm(
            &format!("adversarial-{copies}"),
            Role::Adversarial { copies },
            sgd(start),
        ));
    }
    let flow = |from: &str, factor| Way::NormFlow {
        from: from.to_owned(),
        of: "sgd-32".to_owned(),
        factor,
    };
    for factor in [0.7, 1.5, 2.5, 4.0] {
        arms.push(arm(
            &format!("dose-{factor}"),
            Role::Dose { factor },
            flow("sgd-32", factor),
        ));
    }
    arms.push(arm("held", Role::Held, flow("adversarial-5", 1.0)));
    for corrupted in [0.25, 0.5, 1.0] {
        arms.push(Arm {
            labels: Treatment::CorruptedLabels {
                probability: corrupted,
            },
            ..arm(
                &format!("corrupted-{corrupted}"),
                Role::Memorizing { corrupted },
                sgd(usual),
            )
        });
    }
    for train_size in [SIZE / 4, SIZE / 2] {
        for random in [false, true] {
            let labels = if random {
                Treatment::RandomLabels
            } else {
                Treatment::TrueLabels
            };
            arms.push(Arm {
                labels,
                train_size,
                ..arm(
                    &format!("growth-{train_size}-{random}"),
                    Role::Growth { random },
                    sgd(usual),
                )
            });
        }
    }
    arms
}

pub(super) fn plan(blocks: usize, costs: &[f64]) -> Plan {
    Plan {
        program: String::new(),
        numerics: 1,
        blocks: (100..100 + blocks as u64).collect(),
        pilot_blocks: vec![1, 2],
        costs: costs.to_vec(),
        rules: Rules::default(),
        strata: vec![Stratum {
            name: "simulated".to_owned(),
            dataset: "none".to_owned(),
            label: None,
            checksum: String::new(),
            train_size: SIZE,
            test_size: 10_000,
            architecture: Zoo::Mlp1x64,
            error_margin: 0.005,
            limit: 1000,
            pilot: vec![],
            arms: arms(),
        }],
    }
}

/// ln φ of an arm above the reference's.
fn offset(arm: &Arm, world: World) -> f64 {
    let differ = |offset: f64| if world.ways_differ { offset } else { 0.0 };
    let growth = 0.5 * (arm.train_size as f64 / SIZE as f64).ln();
    match arm.role {
        Role::Reference => 0.0,
        Role::Batch { size: None } => world.full_gradient,
        Role::Batch { size: Some(size) } if size < 32 => -0.1 * world.full_gradient,
        Role::Batch { .. } | Role::Convention { .. } => 0.1 * world.full_gradient,
        Role::Method {
            descends_the_gradient,
        } => differ(if descends_the_gradient { 0.05 } else { 0.4 }),
        Role::Search => differ(0.7),
        Role::Scale { factor } => differ(0.4 * factor.ln()),
        Role::Adversarial { copies } => differ(if copies == 1 { 1.0 } else { 1.5 }),
        Role::Dose { factor } => factor.ln(),
        Role::Held => 0.0,
        Role::Memorizing { corrupted } => 0.9 * corrupted,
        Role::Growth { random } => {
            growth * if random { 2.0 } else { 0.6 } + if random { 0.9 } else { 0.0 }
        }
        Role::Pole => 2.0,
    }
}

pub(super) fn outcomes(plan: &Plan, world: World, study: u64) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for stratum in &plan.strata {
        for &block in &plan.blocks {
            for &cost in &plan.costs {
                let purpose = format!("simulated study {study} {} {block} {cost}", stratum.name);
                let mut rng = stream(7, &purpose);
                outcomes.extend(block_outcomes(stratum, world, block, cost, &mut rng));
            }
        }
    }
    outcomes
}

fn block_outcomes(
    stratum: &Stratum,
    world: World,
    block: u64,
    cost: f64,
    rng: &mut ChaCha8Rng,
) -> Vec<Outcome> {
    let mut normal = |deviation: f64| {
        let z: f64 = StandardNormal.sample(rng);
        deviation * z
    };
    let (level, difficulty) = (3.0 + normal(0.15), 8.0 + normal(0.5));
    let reference = level + normal(NORM_NOISE);
    let outcome = |arm: &Arm| {
        // Norms that are set hit the reference's of the block; others vary.
        let log_norm = match arm.role {
            Role::Reference => reference,
            Role::Dose { .. } | Role::Held => reference + offset(arm, world) + normal(0.01),
            _ => level + offset(arm, world) + normal(NORM_NOISE),
        };
        // The procedure that made the solution stays with it when its norm is set.
        let nature = match (&arm.role, &arm.way) {
            (Role::Dose { .. }, _) => 0.0,
            (Role::Held, Way::NormFlow { from, .. }) => {
                offset(stratum.arm(from).expect("in the plan"), world)
            }
            _ => offset(arm, world),
        };
        let points = difficulty
            + world.cause * (log_norm - level)
            + world.marker * nature
            + normal(ERROR_NOISE);
        let updates = (6.0 + world.hitting * (log_norm - 3.0) + normal(0.1)).exp();
        Outcome {
            stratum: stratum.name.clone(),
            block,
            arm: arm.id.clone(),
            cost,
            end: End::Reached,
            evaluations: updates as u64 * 32,
            updates: updates as u64,
            solution: Some(Measured {
                cost,
                norm: log_norm.exp(),
                spectral: (0.8 * log_norm + normal(NORM_NOISE)).exp(),
                initial_path_norm: Some(1.0),
                others: BTreeMap::from([(
                    "distance".to_owned(),
                    (0.5 * log_norm + normal(NORM_NOISE)).exp(),
                )]),
                radius: 10.0,
                margin: 4.0,
                train_error: 0.0,
                // On the 10,000 test images of the stratum.
                test_error: (points.max(0.0) * 100.0).round() / 1e4,
                test_loss: 0.3,
            }),
        }
    };
    stratum.arms.iter().map(outcome).collect()
}

pub(super) fn judged(plan: &Plan, outcomes: &[Outcome]) -> Judgement {
    judge_with(plan, outcomes, EFFORT).expect("a plan that can be judged")
}
