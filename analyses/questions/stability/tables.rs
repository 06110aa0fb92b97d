//! What replacing an example changes, and which examples are memorized.

use rethink::experiment::random_labels::LABELINGS;
use rethink::experiment::stability::{Contrast, One, ReplacedExamples, Reseeded, largest_change};
use rethink::report::{Cell, Table};
use rethink::stability::Loss;
use rethink::statistics::{Estimate, mean};
use rethink::treatment::Treatment;

use super::Findings;
use crate::show::{at_least, correlation, or_unknown};

/// The bounded losses, with their place in [`Loss::ALL`].
pub const BOUNDED: [(usize, &str); 2] = [(0, "0/1"), (1, "ramp")];

const _: () = assert!(matches!(Loss::ALL[0], Loss::ZeroOne) && matches!(Loss::ALL[1], Loss::Ramp));

/// Every labeling with every bounded loss: (labels and their name, loss and its name).
fn labelings_and_losses() -> impl Iterator<Item = (Labeling, (usize, &'static str))> {
    let losses = |labeling| BOUNDED.map(|loss| (labeling, loss));
    LABELINGS.into_iter().flat_map(losses)
}

type Labeling = (Treatment, &'static str);

/// A number of a replacement in one of the losses.
type Average = fn(&One, usize) -> f64;

pub fn lower_bound(value: f64) -> Cell {
    Cell::number(value, format!("\u{2265} {}", at_least(value, 3)))
}

pub fn stability(findings: &Findings) -> Table {
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
    let rows = BOUNDED.into_iter().flat_map(|(loss, name)| {
        let largest = LABELINGS.map(|(labels, _)| {
            let uniform = |one: &One| one.changes[loss].largest;
            lower_bound(largest_change(&findings.network, labels, uniform))
        });
        let averages = averages.map(|(what, of)| {
            let contrast = Contrast::of(&findings.network, |one| of(one, loss));
            let means = [contrast.on_true, contrast.on_random].map(Cell::from);
            (what, name, means, contrast.ratio, contrast.p_value)
        });
        [("uniform", name, largest, None, None)]
            .into_iter()
            .chain(averages)
    });
    let title = format!(
        "One of n = {} examples replaced: change of the network's loss",
        findings.settings.train
    );
    Table::of("stability", title, rows)
        .text("stability", |row| row.0)
        .text("loss", |row| row.1)
        .number("true labels", |row| row.2[0].clone())
        .number("random labels", |row| row.2[1].clone())
        .number("random / true", |row| row.3)
        .number("p", |row| row.4.map(|p| Cell::significant(p, 2)))
        .note(
            "z: test point, i: replaced example. Uniform: the largest over seeds, i and z, a \
             lower bound. Others, with 95 % interval over seeds: mean over z (hypothesis), change \
             at i (pointwise), change of the mean loss (error). Ratio: geometric mean. p: \
             two-sided sign-flip test paired by seed, not corrected for multiplicity; hypothesis \
             stability in ramp loss was chosen beforehand to decide.",
        )
}

pub fn on_average(findings: &Findings) -> Table {
    let replaced =
        |seed: &ReplacedExamples, loss: usize| seed.mean(|one| one.at_itself[loss].on_average);
    let gap = |seed: &ReplacedExamples, loss: usize| {
        seed.base.on_compared[loss] - seed.base.on_train[loss]
    };
    let rows = labelings_and_losses().map(|((labels, name), (loss, name_of_loss))| {
        let mean = |of: &dyn Fn(&ReplacedExamples) -> f64| {
            findings.network.mean(&labels, |seed| Some(of(seed)))
        };
        let both = [
            mean(&|seed| replaced(seed, loss)),
            mean(&|seed| gap(seed, loss)),
        ];
        let difference = mean(&|seed| replaced(seed, loss) - gap(seed, loss));
        let [stability, gap] = both.map(|mean| mean.map(correlation));
        (name, name_of_loss, [stability, gap, difference])
    });
    Table::of(
        "on-average-stability",
        "On-average stability is the expected generalization gap: both measured",
        rows,
    )
    .text("labels", |row| row.0)
    .text("loss", |row| row.1)
    .number("on-average stability", |row| row.2[0])
    .number("test minus training loss", |row| row.2[1])
    .number("difference", |row| row.2[2])
    .note(
        "On-average stability: loss at an example without it minus with it, mean over both \
         examples of each replacement. Mean over seeds with 95 % interval. Its expectation equals \
         that of test minus training loss (Bousquet and Elisseeff 2002), so the interval of the \
         difference should contain 0: a check of the measurement.",
    )
}

pub fn randomness(findings: &Findings) -> Table {
    let mean = |labels, of: &dyn Fn(&ReplacedExamples) -> f64| {
        (findings.network).fraction(&labels, |seed| Some(of(seed)))
    };
    let other = |labels, of: &dyn Fn(&Reseeded) -> f64| {
        mean(labels, &|seed| {
            seed.reseeded.iter().map(of).sum::<f64>() / seed.reseeded.len() as f64
        })
    };
    Table::of(
        "randomness-of-the-algorithm",
        "The same initial weights and order of batches, or others: mean change of the loss",
        labelings_and_losses(),
    )
    .text("labels", |((_, name), _)| *name)
    .text("loss", |(_, (_, name))| *name)
    .number("replaced, same seed", |&((labels, _), (loss, _))| {
        mean(labels, &|seed| seed.mean(|one| one.changes[loss].mean))
    })
    .number("same data, other seed", |&((labels, _), (loss, _))| {
        other(labels, &|one| one.same[loss].mean)
    })
    .number("replaced, other seed", |&((labels, _), (loss, _))| {
        other(labels, &|one| one.replaced[loss].mean)
    })
    .note(
        "Absolute change of the loss, mean over unseen images; mean over seeds with 95 % \
         interval. Where the second column is as large as the third, the randomness of the \
         algorithm drowns the effect of the replaced example.",
    )
}

pub fn memorization(findings: &Findings) -> Table {
    let auc = findings.memorized.finds_wrong_labels();
    let share = |estimate: Option<Estimate>| estimate.map(Estimate::fraction);
    Table::of(
        "memorization",
        "Memorization scores of training examples",
        findings.memorized.groups(),
    )
    .text("examples", |(group, _)| group.name())
    .number("examples per seed", |(_, scores)| {
        let counts: Vec<f64> = scores
            .0
            .iter()
            .map(|seed| seed.scores.len() as f64)
            .collect();
        mean(&counts).ok().map(|mean| Cell::fixed(mean.value, 0))
    })
    .number("right when trained on", |(_, scores)| {
        share(scores.mean(|seed| seed.shown))
    })
    .number("right when not", |(_, scores)| {
        share(scores.mean(|seed| seed.hidden))
    })
    .number("mean score", |(_, scores)| scores.score())
    .number("share clearly > 0", |(_, scores)| {
        share(scores.clearly_positive())
    })
    .note(format!(
        "Means over the examples of a seed, then over seeds with 95 % interval. Clearly > 0: the \
         95 % interval of the single example (Newcombe) lies above 0. A wrong label has a larger \
         score than a right one of the same noisy training set with probability {} (AUC, mean \
         over seeds).",
        or_unknown(share(auc))
    ))
}
