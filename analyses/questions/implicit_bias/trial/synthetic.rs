//! Made-up outcomes of a whole trial, for the tests of what shows them.

use std::collections::BTreeMap;

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use rethink::network::{Optimizer, Zoo};
use rethink::random::stream;
use rethink::training::Batch;
use rethink::treatment::Treatment;
use rethink::trial::{Arm, End, Measured, Outcome, Plan, Role, Rules, Start, Stratum, Way};

/// An arm, the factor of its norm, its test error and its evaluations per image.
type Made = (Arm, f64, f64, f64);

fn arm(id: &str, role: Role) -> Arm {
    Arm {
        id: id.to_owned(),
        role,
        labels: Treatment::TrueLabels,
        train_size: 1000,
        // What an arm does is not shown.
        way: Way::Descent {
            optimizer: Optimizer::Sgd { momentum: 0.0 },
            batch: Batch::Full,
            learning_rate: 0.1,
            start: Start::USUAL,
        },
    }
}

fn made() -> Vec<Made> {
    let mut all = vec![
        (arm("gd", Role::Batch { size: None }), 0.97, 0.081, 400.0),
        (
            arm("sgd-8", Role::Batch { size: Some(8) }),
            1.08,
            0.078,
            22.0,
        ),
        (arm("sgd-32", Role::Reference), 1.0, 0.079, 30.0),
        (
            arm("sgd-128", Role::Batch { size: Some(128) }),
            0.98,
            0.080,
            90.0,
        ),
        (
            arm(
                "momentum",
                Role::Method {
                    descends_the_gradient: true,
                },
            ),
            1.15,
            0.077,
            18.0,
        ),
        (
            arm(
                "adam",
                Role::Method {
                    descends_the_gradient: false,
                },
            ),
            1.6,
            0.083,
            15.0,
        ),
        (arm("search", Role::Search), 9.0, 0.16, 3000.0),
    ];
    for (factor, norm, error, time) in [
        (0.1, 0.8, 0.075, 60.0),
        (0.3, 0.85, 0.076, 40.0),
        (3.0, 2.6, 0.11, 20.0),
        (10.0, 14.0, 0.21, 12.0),
    ] {
        all.push((
            arm(&format!("scale-{factor}"), Role::Scale { factor }),
            norm,
            error,
            time,
        ));
    }
    for (copies, norm, error) in [(1, 3.2, 0.19), (5, 6.8, 0.33)] {
        all.push((
            arm(
                &format!("adversarial-{copies}"),
                Role::Adversarial { copies },
            ),
            norm,
            error,
            25.0,
        ));
    }
    for (factor, error) in [(0.7, 0.0785), (1.5, 0.080), (2.5, 0.084), (4.0, 0.091)] {
        all.push((
            arm(&format!("dose-{factor}"), Role::Dose { factor }),
            factor,
            error,
            200.0,
        ));
    }
    all.push((arm("held", Role::Held), 1.0, 0.29, 300.0));
    for (corrupted, norm, error, time) in [
        (0.25, 4.0, 0.24, 90.0),
        (0.5, 6.5, 0.45, 140.0),
        (1.0, 9.5, 0.90, 190.0),
    ] {
        all.push((
            arm(
                &format!("corrupted-{corrupted}"),
                Role::Memorizing { corrupted },
            ),
            norm,
            error,
            time,
        ));
    }
    for (size, random) in [(250, false), (500, false), (250, true), (500, true)] {
        let id = format!("{}-{size}", if random { "random" } else { "true" });
        let error = if random { 0.9 } else { 0.11 };
        let grown = Arm {
            train_size: size,
            ..arm(&id, Role::Growth { random })
        };
        all.push((grown, if random { 5.0 } else { 0.7 }, error, 50.0));
    }
    let theorem = Arm {
        way: Way::FiniteSample,
        ..arm("theorem-1", Role::Pole)
    };
    let features = Arm {
        way: Way::RandomFeatures { width: 4000 },
        ..arm("random-features", Role::Pole)
    };
    all.push((theorem, 1e6, 0.88, 0.0));
    all.push((features, 0.4, 0.07, 0.0));
    all
}

/// A plan of one stratum with so many blocks.
pub fn plan(blocks: u64) -> Plan {
    let stratum = Stratum {
        name: "mnist-1000-mlp-1x64".to_owned(),
        dataset: "mnist".to_owned(),
        label: None,
        checksum: String::new(),
        train_size: 1000,
        test_size: 10_000,
        architecture: Zoo::ALL[0],
        error_margin: 0.005,
        limit: 5000,
        pilot: vec![],
        arms: made().into_iter().map(|(arm, ..)| arm).collect(),
    };
    Plan {
        program: String::new(),
        numerics: 1,
        blocks: (0..blocks).collect(),
        pilot_blocks: vec![],
        costs: vec![0.1, 0.01],
        rules: Rules::default(),
        strata: vec![stratum],
    }
}

/// An outcome for every arm, block and cost; adam is censored now and then.
pub fn outcomes(plan: &Plan) -> Vec<Outcome> {
    let mut rng = stream(1, "synthetic trial");
    let mut all = Vec::new();
    for &block in &plan.blocks {
        let normal = |rng: &mut _| -> f64 { StandardNormal.sample(rng) };
        let shared = (0.15 * normal(&mut rng), 0.004 * normal(&mut rng));
        for (arm, norm, error, time) in made() {
            for &cost in &plan.costs {
                let exact = matches!(arm.role, Role::Pole);
                let spread = if exact { 0.02 } else { 0.08 };
                let easier = if cost > 0.05 && !exact { 0.55 } else { 1.0 };
                let norm = 10.0 * norm * easier * (shared.0 + spread * normal(&mut rng)).exp();
                let error = (error + shared.1 + 0.003 * normal(&mut rng)).clamp(0.0, 1.0);
                let limited = arm.id == "adam" && rng.random_bool(0.2);
                let per_image = if limited {
                    5000.0
                } else {
                    time * (0.1 * normal(&mut rng)).exp()
                };
                let evaluations = (per_image * arm.train_size as f64) as u64;
                let batch = match arm.role {
                    Role::Batch { size } => size.unwrap_or(arm.train_size),
                    _ => 32,
                };
                all.push(Outcome {
                    stratum: plan.strata[0].name.clone(),
                    block,
                    arm: arm.id.clone(),
                    cost,
                    end: if limited { End::Limit } else { End::Reached },
                    evaluations,
                    updates: evaluations / batch as u64,
                    solution: (!limited)
                        .then(|| measured(if exact { 0.0 } else { 0.97 * cost }, norm, error)),
                });
            }
        }
    }
    all
}

fn measured(cost: f64, norm: f64, test_error: f64) -> Measured {
    Measured {
        cost,
        norm,
        spectral: norm,
        initial_path_norm: Some(3.0),
        others: BTreeMap::new(),
        radius: 10.0,
        margin: 4.0,
        train_error: 0.0,
        test_error,
        test_loss: 4.0 * test_error,
    }
}
