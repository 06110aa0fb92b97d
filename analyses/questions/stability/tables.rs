//! What replacing an example changes, and which examples are memorized.

use rethink::experiment::stability::{Contrast, One, ReplacedExamples, Reseeded, largest_change};
use rethink::report::{Cell, Column, Table};
use rethink::stability::Loss;
use rethink::statistics::{Estimate, mean};

use super::memorization::finds_wrong_labels;
use super::{Findings, LABELINGS};
use crate::show::{at_least, cell_or_missing, correlation, fraction};

/// The bounded losses, with their place in [`Loss::ALL`].
pub const BOUNDED: [(usize, &str); 2] = [(0, "0/1"), (1, "ramp")];

const _: () = assert!(matches!(Loss::ALL[0], Loss::ZeroOne) && matches!(Loss::ALL[1], Loss::Ramp));

/// A number of a replacement in one of the losses.
type Average = fn(&One, usize) -> f64;

pub fn lower_bound(value: f64) -> Cell {
    Cell::number(value, format!("\u{2265} {}", at_least(value, 3)))
}

pub fn stability(findings: &Findings) -> Table {
    let mut table = Table::new(
        "stability",
        format!(
            "One of n = {} examples replaced: change of the network's loss",
            findings.settings.train
        ),
        vec![
            Column::text("stability"),
            Column::text("loss"),
            Column::number("true labels"),
            Column::number("random labels"),
            Column::number("random / true"),
            Column::number("p"),
        ],
    );
    for (loss, name) in BOUNDED {
        let [of_true, of_random] = LABELINGS.map(|(labels, _)| {
            let uniform = |one: &One| one.changes[loss].largest;
            lower_bound(largest_change(&findings.network, labels, uniform))
        });
        table.rows.push(vec![
            Cell::text("uniform"),
            Cell::text(name),
            of_true,
            of_random,
            Cell::missing(),
            Cell::missing(),
        ]);
        let averages: [(&str, Average); 4] = [
            ("largest over z, mean over i", |one, loss| {
                one.changes[loss].largest
            }),
            ("hypothesis", |one, loss| one.changes[loss].mean),
            ("pointwise hypothesis", |one, loss| {
                one.at_itself[loss].pointwise
            }),
            ("error", |one, loss| one.changes[loss].of_the_mean),
        ];
        for (what, of) in averages {
            let Contrast {
                on_true,
                on_random,
                ratio,
                p_value,
            } = Contrast::of(&findings.network, |one| of(one, loss));
            table.rows.push(vec![
                Cell::text(what),
                Cell::text(name),
                cell_or_missing(on_true.as_ref()),
                cell_or_missing(on_random.as_ref()),
                cell_or_missing(ratio.as_ref()),
                p_value.map_or_else(Cell::missing, |p| Cell::significant(p, 2)),
            ]);
        }
    }
    table.note = "Uniform: lower bounds, the largest change over seeds, replacements and z. The others: \
                  estimates with 95 % t interval over seeds: mean over z (hypothesis), change at the \
                  replaced example itself (pointwise), change of the mean loss (error). Ratio: \
                  geometric mean over seeds; p: two-sided sign-flip test of the differences between \
                  the labelings, paired by seed. The hypothesis stability in ramp loss \
                  was chosen beforehand to decide the answer; the other p are not corrected for their number."
        .to_owned();
    table
}

pub fn on_average(findings: &Findings) -> Table {
    let mut table = Table::new(
        "on-average-stability",
        "On-average stability is the expected generalization gap: both measured",
        vec![
            Column::text("labels"),
            Column::text("loss"),
            Column::number("on-average stability"),
            Column::number("test minus training loss"),
            Column::number("difference"),
        ],
    );
    for (labels, name_of_labels) in LABELINGS {
        for (loss, name) in BOUNDED {
            let replaced =
                |seed: &ReplacedExamples| seed.mean(|one| one.at_itself[loss].on_average);
            let gap =
                |seed: &ReplacedExamples| seed.base.on_compared[loss] - seed.base.on_train[loss];
            let mean = |of: &dyn Fn(&ReplacedExamples) -> f64| {
                findings.network.mean(&labels, |seed| Some(of(seed)))
            };
            table.rows.push(vec![
                Cell::text(name_of_labels),
                Cell::text(name),
                cell_or_missing(mean(&replaced).map(correlation).as_ref()),
                cell_or_missing(mean(&gap).map(correlation).as_ref()),
                cell_or_missing(mean(&|seed| replaced(seed) - gap(seed)).as_ref()),
            ]);
        }
    }
    table.note = "Loss at an example without it minus with it, mean over both examples of each \
                  replacement, against the loss on unseen images minus that on the training images. \
                  Estimates with 95 % t interval over seeds. The expectations are equal (Bousquet and \
                  Elisseeff 2002), so the interval of the difference should hold 0: a check of \
                  the measurement."
        .to_owned();
    table
}

pub fn randomness(findings: &Findings) -> Table {
    let mut table = Table::new(
        "randomness-of-the-algorithm",
        "The same initial weights and order of batches, or others: mean change of the loss",
        vec![
            Column::text("labels"),
            Column::text("loss"),
            Column::number("replaced, same seed"),
            Column::number("same data, other seed"),
            Column::number("replaced, other seed"),
        ],
    );
    for (labels, name_of_labels) in LABELINGS {
        for (loss, name) in BOUNDED {
            let mean = |of: &dyn Fn(&ReplacedExamples) -> f64| {
                let mean = findings.network.mean(&labels, |seed| Some(of(seed)));
                cell_or_missing(mean.map(fraction).as_ref())
            };
            let other = |of: fn(&Reseeded, usize) -> f64| {
                mean(&|seed| {
                    let values = seed.reseeded.iter().map(|one| of(one, loss));
                    values.sum::<f64>() / seed.reseeded.len() as f64
                })
            };
            table.rows.push(vec![
                Cell::text(name_of_labels),
                Cell::text(name),
                mean(&|seed| seed.mean(|one| one.changes[loss].mean)),
                other(|one, loss| one.same[loss].mean),
                other(|one, loss| one.replaced[loss].mean),
            ]);
        }
    }
    table.note =
        "Mean over unseen images of the absolute change of the loss; estimates with 95 % t \
                  interval over seeds. Where the second column is as large as the third, what the \
                  replaced example does is drowned by the algorithm's own randomness."
            .to_owned();
    table
}

pub fn memorization(findings: &Findings) -> Table {
    let mut table = Table::new(
        "memorization",
        "Memorization scores of training examples",
        vec![
            Column::text("examples"),
            Column::number("examples per seed"),
            Column::number("right when shown"),
            Column::number("right when not"),
            Column::number("mean score"),
            Column::number("share clearly > 0"),
        ],
    );
    for memorized in &findings.memorized {
        let counts = memorized
            .scores
            .0
            .iter()
            .map(|seed| seed.scores.len() as f64);
        let counts: Vec<f64> = counts.collect();
        let share = |estimate: Option<Estimate>| cell_or_missing(estimate.map(fraction).as_ref());
        table.rows.push(vec![
            Cell::text(memorized.group.name()),
            mean(&counts).map_or_else(|_| Cell::missing(), |m| Cell::fixed(m.value, 0)),
            share(memorized.scores.mean(|seed| seed.shown)),
            share(memorized.scores.mean(|seed| seed.hidden)),
            cell_or_missing(memorized.scores.score().as_ref()),
            share(memorized.scores.clearly_positive()),
        ]);
    }
    let finds = finds_wrong_labels(&findings.memorized).map(fraction);
    table.note = format!(
        "Means over the examples of a seed; estimates with 95 % t interval over seeds. Clearly > 0: the \
         95 % interval of the single example (Newcombe) lies above 0. A wrong label has a larger score \
         than a right one of the same noisy training set with probability {} (AUC, mean over seeds).",
        finds.map_or_else(|| "unknown".to_owned(), |auc| auc.to_string())
    );
    table
}
