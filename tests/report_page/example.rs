//! Two reports with every kind of figure, table, verdict and contribution. The numbers are
//! made up.

use rand::RngExt as _;
use rethink::provenance::Provenance;
use rethink::report::figure::{
    Axis, Curves, Densities, Dot, Dots, Group, Panel, Panels, Point, Reference, Sample, Series,
    Style,
};
use rethink::report::{
    Cell, Claim, Column, Contribution, Direction, Evidence, FigureText, Outcome, QuestionReport,
    Setting, Table, Verdict,
};

/// Both reports.
pub fn all() -> Vec<QuestionReport> {
    vec![randomization(), implicit_bias()]
}

fn setting() -> Setting {
    Setting {
        budget: "quick".into(),
        dataset: "fashion-mnist-10k".into(),
        dataset_checksum: "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
            .into(),
    }
}

fn provenance(question: &str, runs: usize) -> Provenance {
    Provenance {
        command: format!("rethink {question} --budget quick --dataset fashion-mnist-10k --seeds 5"),
        version: "0.1.0".into(),
        commit: "a92543d".into(),
        started: 1_790_000_000,
        cpu: "Example CPU at 2.5 GHz".into(),
        threads: 2,
        seconds: 213.4,
        resumed: 0,
        results: (0..runs)
            .map(|i| format!("run/{:012x}", 0x9e37_79b9_7f4a_u64 + 7919 * i as u64))
            .collect(),
    }
}

fn evidence(label: &str, value: &str, kind: &str) -> Evidence {
    Evidence {
        label: label.into(),
        value: value.into(),
        kind: kind.into(),
    }
}

/// Curves over corruption and over epochs.
pub fn randomization() -> QuestionReport {
    let levels = || (0..=10).map(|i| f64::from(i) / 10.0);
    let ours = |start: f64, power: f64, half: f64| {
        let value = move |p: f64| start + (0.9 - start) * (1.0 - (1.0 - p).powf(power));
        levels()
            .map(|p| Point::interval(p, value(p), value(p) - half, value(p) + half * 0.8))
            .collect::<Vec<_>>()
    };
    let mlp = [
        0.495, 0.585, 0.657, 0.719, 0.757, 0.796, 0.865, 0.865, 0.883, 0.894, 0.898,
    ];
    let published = levels()
        .zip(mlp)
        .map(|(p, error)| Point::new(p, error))
        .collect();
    let test_error = Curves {
        x: Axis::linear("fraction of labels replaced at random"),
        y: Axis::linear("test error (fraction)"),
        series: vec![
            Series::new("MLP 1×512", ours(0.155, 1.25, 0.012)),
            Series::new("MLP 3×512", ours(0.150, 1.45, 0.018)),
            Series {
                style: Style::Dashed,
                ..Series::new(
                    "MLP 3×512, stopped at the least validation error",
                    ours(0.14, 0.45, 0.03),
                )
            },
            Series::published("Zhang et al. 2017, MLP 1×512 on CIFAR-10", published),
        ],
        references: vec![Reference {
            y: 0.9,
            label: "chance: 0.9".into(),
        }],
    };
    let treatments = [
        ("true labels", 0.35),
        ("shuffled pixels", 0.30),
        ("Gaussian inputs", 0.16),
        ("random pixels", 0.14),
        ("random labels", 0.085),
    ];
    let loss = Curves {
        x: Axis::linear("epoch"),
        y: Axis::log("training loss (cross-entropy, nats)"),
        series: treatments
            .iter()
            .map(|&(name, rate)| {
                let at = |epoch: u32| {
                    let t = f64::from(epoch);
                    2.35 / (1.0 + (rate * 0.8 * (t - 0.25 / rate)).exp() * 0.3)
                };
                let point = |e| Point::interval(f64::from(e), at(e), at(e) * 0.86, at(e) * 1.15);
                // Runs stop when they interpolate.
                let end = (0..=60).find(|&e| at(e) < 3e-3).unwrap_or(60);
                Series::new(name, (0..=end).map(point).collect())
            })
            .collect(),
        references: vec![Reference {
            y: 0.01,
            label: "target: 0.01".into(),
        }],
    };
    let mut table = Table::new(
        "treatments",
        "What training reached under each treatment",
        vec![
            Column::text("treatment"),
            Column::number("training error").unit("%"),
            Column::number("test error").unit("%"),
            Column::number("updates to loss 0.01"),
            Column::number("ratio to true labels"),
            Column::number("published ratio"),
        ],
    );
    for (index, (name, rate)) in treatments.iter().enumerate() {
        let error = [14.8, 14.9, 89.6, 89.9, 90.1][index];
        let updates = (1400.0 * 0.35 / rate).round();
        table.rows.push(vec![
            Cell::text(*name),
            Cell::fixed(0.0, 2),
            Cell::estimate(error, error - 0.42, error + 0.37),
            Cell::count(updates as usize),
            Cell::estimate(0.35 / rate, 0.33 / rate, 0.38 / rate),
            if index == 4 {
                Cell::fixed(3.1, 1)
            } else {
                Cell::missing()
            },
        ]);
    }
    table.note = "Brackets: 95% intervals over five seeds. Published: Inception on CIFAR-10, read from a figure.".into();
    QuestionReport {
        smaller_than_paper: Some("Smaller than the paper: 60 images of 50,000.".into()),
        question: "randomization".into(),
        title: "Randomization".into(),
        asks: "Does a network that learns true labels also fit random ones, and at what cost?".into(),
        answer: "It fits random labels to zero training error in 4.1 times the updates, and then errs on 90% of the test set.".into(),
        verdicts: vec![
            Verdict {
                claim: Claim::C1,
                outcome: Outcome::Contradicted,
                finding: "On random labels the training error fell from 90.2% to 0.00% in all five seeds.".into(),
                rule: "Contradicted if the training error on random labels falls below 1% in every seed; supported if it stays above 80% in every seed; otherwise inconclusive.".into(),
                evidence: vec![
                    evidence("final training error, random labels", "0.00% (largest of 5 seeds)", "exact"),
                    evidence("test error, random labels", "90.1% [89.7, 90.5]", "estimate"),
                ],
            },
            Verdict {
                claim: Claim::C6,
                outcome: Outcome::Supported,
                finding: "Training accuracy is 100.00% on true and on random labels.".into(),
                rule: "Supported if the training accuracies differ by less than 0.5 points in every seed.".into(),
                evidence: vec![evidence("difference in training accuracy", "0.00 points", "exact")],
            },
        ],
        contributions: vec![
            Contribution {
                claim: Claim::C7,
                direction: Direction::For,
                finding: "Random labels take 4.1 times the updates.".into(),
                rule: "For: the interval of the ratio lies above 1. Against: it lies below 1. Neither way: otherwise.".into(),
                evidence: vec![evidence("updates, random to true labels", "4.1 [3.9, 4.4]", "estimate")],
            },
        ],
        figures: vec![
            test_error
                .draw(FigureText::new(
                    "test-error",
                    "Test error rises with the corruption of the training labels",
                    "Networks trained to zero training error. Bands: 95% intervals over five seeds. Hollow: published values on CIFAR-10, a harder set than ours.",
                    "Test error rises from 0.15 at true labels to 0.9, chance level, at random labels.",
                ))
                .unwrap(),
            loss.draw(FigureText::new(
                "loss",
                "Every treatment is fitted; random labels take longest",
                "Training loss over epochs. Bands: range over five seeds.",
                "Five loss curves fall to the target, true labels first and random labels last.",
            ))
            .unwrap(),
        ],
        tables: vec![table],
        warnings: vec!["One of 25 runs reached the epoch limit before loss 0.01; it is counted as censored.".into()],
        method: vec![
            "Fully connected ReLU networks on 10,000 Fashion-MNIST images, SGD with momentum 0.9 and batch size 128, until the loss on the full training set is 0.01.".into(),
            "Smaller than the paper's: Zhang et al. trained Inception and AlexNet on 50,000 CIFAR-10 images.".into(),
        ],
        published: vec!["Zhang et al. 2017, Figure 1c, values read from the plot; single runs without intervals.".into()],
        setting: setting(),
        provenance: provenance("randomization", 25),
    }
}

/// Panels, densities and dots.
pub fn implicit_bias() -> QuestionReport {
    let names = [
        ("Frobenius norm", "√Σ‖W‖²", 0.12, 0.42, 20.0),
        ("spectral norm, product", "Π‖W‖₂", 0.55, 1.4, 60.0),
        ("l₂ path norm / margin", "pure number", 0.2, 0.9, 8.0),
        ("l₁ path norm / margin", "pure number", 0.3, 1.1, 4000.0),
        ("distance from initialization", "‖W − W₀‖", 0.3, 0.6, 2.0),
        (
            "spectral complexity (Bartlett et al. 2017)",
            "bound, constants left out",
            0.6,
            1.6,
            3e4,
        ),
        ("sharpness σ′", "pure number", -0.2, -0.5, 0.4),
        ("RKHS norm", "‖f‖", 0.45, 0.75, 3.0),
    ];
    let sizes = [500.0, 1000.0, 2000.0, 4000.0, 8000.0];
    let panels = names.map(|(title, unit, clean, random, at)| {
        let series = |name: &str, slope: f64, factor: f64| {
            let point = |n: f64| {
                let y = factor * at * (n / 500.0).powf(slope);
                Point::interval(n, y, y * 0.88, y * 1.12)
            };
            Series::new(name, sizes.map(point).to_vec())
        };
        Panel {
            title: title.into(),
            curves: Curves {
                x: Axis::log("training samples n"),
                y: Axis::log(unit),
                series: vec![
                    series("true labels", clean, 1.0),
                    series("random labels", random, 1.3),
                ],
                references: vec![],
            },
        }
    });
    let panels = Panels {
        panels: panels.to_vec(),
        columns: 4,
    };

    let mut random = rethink::random::stream(7, "example margins");
    let mut sample = |label: &str, mean: f64, spread: f64| {
        let values = (0..2000).map(|_| {
            let sum: f64 = (0..12).map(|_| random.random::<f64>()).sum();
            mean + spread * (sum - 6.0)
        });
        Sample {
            label: label.into(),
            values: values.collect(),
        }
    };
    let densities = Densities {
        axis: Axis::linear("normalized margin (logit difference / Π‖W‖₂)"),
        samples: vec![
            sample("SGD, batch 32", 0.42, 0.12),
            sample("full-batch gradient descent", 0.40, 0.13),
            sample("Adam", 0.22, 0.07),
            sample("adversarial initialization", 0.03, 0.05),
            sample("random labels", 0.02, 0.012),
        ],
    };
    let layer = |name: &str, a: f64, b: f64| Group {
        label: name.into(),
        dots: vec![
            Some(Dot {
                value: a,
                interval: Some((a * 0.9, a * 1.12)),
            }),
            Some(Dot {
                value: b,
                interval: Some((b * 0.85, b * 1.1)),
            }),
        ],
    };
    let dots = Dots {
        margin: None,
        axis: Axis::log("spectral norm ‖W‖₂"),
        series: vec!["true labels".into(), "random labels".into()],
        groups: vec![
            layer("layer 1 (784 → 512)", 2.9, 11.4),
            layer("layer 2 (512 → 512)", 1.8, 6.1),
            layer("layer 3 (512 → 512)", 1.6, 4.4),
            layer("layer 4 (512 → 10)", 2.2, 3.0),
        ],
    };
    let mut table = Table::new(
        "arms",
        "Norm and test error at the same cost",
        vec![
            Column::text("treatment"),
            Column::text("initialization"),
            Column::number("runs that reached the cost"),
            Column::number("path norm / margin"),
            Column::number("distance from initialization"),
            Column::number("normalized margin, 10th percentile"),
            Column::number("test error").unit("%"),
            Column::number("updates"),
            Column::number("Kendall τ within block"),
        ],
    );
    for (index, name) in [
        "SGD, batch 32",
        "full-batch gradient descent",
        "Adam",
        "SGD from an adversarial initialization",
    ]
    .iter()
    .enumerate()
    {
        let scale = [1.0, 1.04, 1.9, 14.0][index];
        table.rows.push(vec![
            Cell::text(*name),
            Cell::text(if index == 3 {
                "memorized random labels"
            } else {
                "He"
            }),
            Cell::number(20.0, "20 of 20"),
            Cell::estimate(8.1 * scale, 7.7 * scale, 8.6 * scale),
            Cell::estimate(2.02 * scale, 1.9 * scale, 2.2 * scale),
            Cell::significant(0.31 / scale, 2),
            Cell::estimate(14.2 + scale, 13.9 + scale, 14.6 + scale),
            Cell::count(18_000 / (index + 1)),
            if index == 0 {
                Cell::missing()
            } else {
                Cell::estimate(0.34, 0.12, 0.52)
            },
        ]);
    }
    QuestionReport {
        smaller_than_paper: None,
        question: "implicit-bias".into(),
        title: "Implicit bias of SGD".into(),
        asks: "At the same training cost, does SGD reach solutions of smaller norm, and do they generalize because of it?".into(),
        answer: "SGD and full-batch descent reach equally small norms; the initialization, not the noise, decides.".into(),
        verdicts: vec![
            Verdict {
                claim: Claim::C7,
                outcome: Outcome::PartlySupported,
                finding: "Path norm is 13 times smaller than from an adversarial initialization [11, 16], but SGD and full-batch descent differ by 4% [−2, 9].".into(),
                rule: "Supported if small batches give the smaller norm, the norm predicts test error within blocks (τ ≥ 0.3, lower end above 0) and matching the norm closes the gap; partly supported if only some hold.".into(),
                evidence: vec![
                    evidence("path-norm ratio, adversarial to SGD", "13 [11, 16]", "estimate"),
                    evidence("margin bound, true labels", "0.83", "bound"),
                ],
            },
        ],
        contributions: vec![
            Contribution {
                claim: Claim::C3,
                direction: Direction::NeitherWay,
                finding: "Too few runs: the interval of the fitted fraction is [0.2, 1.0].".into(),
                rule: "For: every run of every size interpolates. Neither way: otherwise.".into(),
                evidence: vec![],
            },
        ],
        figures: vec![
            panels
                .draw(FigureText::new(
                    "norms",
                    "Norms grow faster with n on random labels",
                    "Eight measures against the number of training samples, both axes logarithmic. Bars: 95% intervals over ten seeds.",
                    "All but sharpness grow with n, and faster for random labels.",
                ))
                .unwrap(),
            densities
                .draw(FigureText::new(
                    "margins",
                    "Margins at the same cost",
                    "Smoothed distributions of the training margins, each row to its own height. Below: 10th to 90th percentile and median. Dashed: the decision boundary.",
                    "SGD has the widest margins, random labels the narrowest.",
                ))
                .unwrap(),
            dots.draw(FigureText::new(
                "layers",
                "Random labels enlarge the first layers most",
                "Spectral norm per layer with 95% intervals over ten seeds.",
                "The first layer's norm is four times as large on random labels.",
            ))
            .unwrap(),
        ],
        tables: vec![table],
        warnings: vec![],
        method: vec!["Twenty blocks of the same subset and, where it makes sense, the same initial weights.".into()],
        published: vec![],
        setting: setting(),
        provenance: provenance("implicit-bias", 80),
    }
}
