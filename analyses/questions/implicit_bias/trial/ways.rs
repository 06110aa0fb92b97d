//! The ways to the cost that are compared.

use std::collections::BTreeMap;

use rethink::network::Optimizer;
use rethink::training::Batch;
use rethink::training::search::{Move, Steps};
use rethink::treatment::Treatment;
use rethink::trial::{Arm, Pretraining, Role, Start, Way};

/// Learning rates, by the name of the arm they were piloted for.
pub type Rates = BTreeMap<String, f64>;

/// The arm that the claim speaks of.
pub const REFERENCE: &str = "sgd-32";
const REFERENCE_BATCH: usize = 32;

/// Batch sizes beside the reference's and the full one, as long as they are below n/2.
const BATCHES: [usize; 3] = [8, 128, 512];

/// Factors on the initial weights.
const SCALES: [f64; 4] = [0.1, 0.3, 3.0, 10.0];

/// Norms set, as factors of the reference's.
const DOSES: [f64; 5] = [0.7, 1.5, 2.5, 4.0, 8.0];

/// Copies of the training set that an adversarial start is trained on. More than three
/// are beyond what the small networks can memorize.
const COPIES: [usize; 2] = [1, 3];

/// Shares of random labels: one learning rate for all, the fastest over true and random
/// labels, so that times compare; the reference has its own, as every other way.
const CORRUPTED: [f64; 4] = [0.0, 0.25, 0.5, 1.0];

/// Searches without gradients: what is changed, and the longest step. How far a search
/// may step decides the norm it ends at, so there is no one search: the fastest of each
/// kind, whose steps may grow, and one of small steps.
const SEARCHES: [(&str, Move, Option<f64>); 3] = [
    ("pattern-search", Move::Weight, None),
    ("pattern-search-0.03", Move::Weight, Some(0.03)),
    ("random-search", Move::Row, None),
];
const FIRST_STEP: f64 = 0.1;
const SEARCH_TRIALS: u64 = 300_000;

/// What an arm that descends is called, and how; the learning rate is the pilot's.
struct Descending {
    id: String,
    role: Role,
    optimizer: Optimizer,
    batch: Option<usize>,
    start: Start,
}

/// The arms whose learning rate the pilot chooses.
fn tuned(n: usize) -> Vec<Descending> {
    const SGD: Optimizer = Optimizer::Sgd { momentum: 0.0 };
    let arm = |id: String, role, optimizer, batch, start| Descending {
        id,
        role,
        optimizer,
        batch,
        start,
    };
    let small = Some(REFERENCE_BATCH);
    let mut arms = vec![
        arm(REFERENCE.into(), Role::Reference, SGD, small, Start::USUAL),
        arm(
            "gd".into(),
            Role::Batch { size: None },
            SGD,
            None,
            Start::USUAL,
        ),
    ];
    for size in BATCHES.into_iter().filter(|size| 2 * size < n) {
        let size = Some(size);
        let id = batch_name(size);
        arms.push(arm(id, Role::Batch { size }, SGD, size, Start::USUAL));
    }
    let momentum = Optimizer::Sgd { momentum: 0.9 };
    for (id, optimizer, descends_the_gradient) in [
        ("momentum", momentum, true),
        ("adam", Optimizer::Adam, false),
    ] {
        let role = Role::Method {
            descends_the_gradient,
        };
        arms.push(arm(id.into(), role, optimizer, small, Start::USUAL));
    }
    for factor in SCALES {
        let start = Start {
            scale: factor,
            pretraining: None,
        };
        let id = format!("scale-{factor}");
        arms.push(arm(id, Role::Scale { factor }, SGD, small, start));
    }
    for copies in COPIES {
        let start = Start {
            scale: 1.0,
            pretraining: Some(Pretraining {
                copies,
                dropped: 0.1,
                until: 0.1,
                epochs: 300,
            }),
        };
        let role = Role::Adversarial { copies };
        arms.push(arm(adversarial(copies), role, SGD, small, start));
    }
    arms
}

fn batch_name(size: Option<usize>) -> String {
    size.map_or_else(|| "gd".to_owned(), |size| format!("sgd-{size}"))
}

/// The arms of the pilot: groups that share a learning rate, each under the name of its
/// first arm, at a rate to be replaced.
pub fn piloted(n: usize) -> Vec<Vec<Arm>> {
    let arms: Vec<Arm> = (tuned(n).into_iter())
        .map(|descending| descending.arm(n, 1.0))
        .collect();
    let labeled = [0.0, 1.0].map(|corrupted| labeled(&arms[0], corrupted));
    std::iter::once(labeled.to_vec())
        .chain(arms.into_iter().map(|arm| vec![arm]))
        .collect()
}

/// The reference on labels of which a share is random.
fn labeled(reference: &Arm, corrupted: f64) -> Arm {
    Arm {
        id: format!("corrupted-{corrupted}"),
        role: Role::Memorizing { corrupted },
        labels: labels(corrupted),
        ..reference.clone()
    }
}

/// The rates the pilot tries for an arm: those for a batch of 32, moved to where the
/// arm's own are likely to be.
pub fn rates(arm: &Arm, usual: &[f64]) -> Vec<f64> {
    let factor = match (&arm.way, arm.role) {
        (
            Way::Descent {
                optimizer: Optimizer::Adam,
                ..
            },
            _,
        ) => 0.02,
        (_, Role::Batch { size: None }) => 3.0,
        (_, Role::Batch { size: Some(8) }) => 0.3,
        (_, Role::Method { .. }) => 0.3,
        (_, Role::Scale { factor }) if factor > 1.0 => 1.0 / factor,
        _ => 1.0,
    };
    usual.iter().map(|rate| factor * rate).collect()
}

impl Descending {
    fn arm(self, train_size: usize, learning_rate: f64) -> Arm {
        Arm {
            id: self.id,
            role: self.role,
            labels: Treatment::TrueLabels,
            train_size,
            way: Way::Descent {
                optimizer: self.optimizer,
                batch: self.batch.map_or(Batch::Full, |size| Batch::Mini { size }),
                learning_rate,
                start: self.start,
            },
        }
    }
}

/// What is in the trial beyond the arms that every budget has.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Training images.
    pub n: usize,
    /// Whether the problem is small enough for search without gradients.
    pub search: bool,
    /// Whether batch sizes are also tried at other rules for the learning rate.
    pub conventions: bool,
    /// Hidden units of the random features.
    pub features: usize,
}

/// Every arm of a stratum, the reference first.
pub fn arms(extent: Extent, rates: &Rates) -> Vec<Arm> {
    let Extent {
        n,
        search,
        conventions,
        features,
    } = extent;
    let rate = |id: &str| rates.get(id).copied().unwrap_or_default();
    let mut arms: Vec<Arm> = (tuned(n).into_iter())
        .map(|descending| {
            let rate = rate(&descending.id);
            descending.arm(n, rate)
        })
        .collect();
    let batches: Vec<Arm> = (arms.iter())
        .filter(|arm| matches!(arm.role, Role::Batch { .. }))
        .cloned()
        .collect();
    let reference = arms[0].clone();
    if conventions {
        arms.extend(
            batches
                .iter()
                .flat_map(|arm| conventional(arm, rate(REFERENCE), n)),
        );
    }
    if search {
        for (id, moves, largest) in SEARCHES {
            arms.push(Arm {
                id: id.into(),
                role: Role::Search,
                way: Way::Search {
                    moves,
                    steps: Steps {
                        first: largest.unwrap_or(FIRST_STEP),
                        largest,
                    },
                    trials: SEARCH_TRIALS,
                    start: Start::USUAL,
                },
                ..reference.clone()
            });
        }
    }
    let flow = |from: &str, factor| Way::NormFlow {
        from: from.to_owned(),
        of: REFERENCE.to_owned(),
        factor,
    };
    for factor in DOSES {
        arms.push(Arm {
            id: format!("dose-{factor}"),
            role: Role::Dose { factor },
            way: flow(REFERENCE, factor),
            ..reference.clone()
        });
    }
    arms.push(Arm {
        id: "held".into(),
        role: Role::Held,
        way: flow(&adversarial(COPIES[1]), 1.0),
        ..reference.clone()
    });
    let mut common = reference.clone();
    if let Way::Descent { learning_rate, .. } = &mut common.way {
        *learning_rate = rate("corrupted-0");
    }
    arms.extend(CORRUPTED.map(|corrupted| labeled(&common, corrupted)));
    for train_size in [n / 4, n / 2] {
        for (random, name) in [(false, "true"), (true, "random")] {
            arms.push(Arm {
                id: format!("{name}-{train_size}"),
                role: Role::Growth { random },
                labels: labels(f64::from(u8::from(random))),
                train_size,
                ..common.clone()
            });
        }
    }
    let pole = |id: &str, way| Arm {
        id: id.into(),
        role: Role::Pole,
        way,
        ..reference.clone()
    };
    arms.push(pole("theorem-1", Way::FiniteSample));
    arms.push(pole(
        "random-features",
        Way::RandomFeatures { width: features },
    ));
    arms
}

fn adversarial(copies: usize) -> String {
    format!("adversarial-{copies}")
}

fn labels(corrupted: f64) -> Treatment {
    match corrupted {
        0.0 => Treatment::TrueLabels,
        1.0 => Treatment::RandomLabels,
        probability => Treatment::CorruptedLabels { probability },
    }
}

/// The arm at the reference's learning rate, and at that rate in proportion to the
/// batch.
fn conventional(arm: &Arm, common: f64, n: usize) -> [Arm; 2] {
    let size = match arm.role {
        Role::Batch { size } => size,
        _ => None,
    };
    let linear = common * size.unwrap_or(n) as f64 / REFERENCE_BATCH as f64;
    [("common", common), ("linear", linear)].map(|(rule, rate)| {
        let mut arm = arm.clone();
        arm.id = format!("{}-{rule}", arm.id);
        arm.role = Role::Convention { size };
        if let Way::Descent { learning_rate, .. } = &mut arm.way {
            *learning_rate = rate;
        }
        arm
    })
}
