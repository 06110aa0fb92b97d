//! What is shown on request: networks, how well the outcome was held, ends, costs, the pilot.

use rethink::report::{Cell, Table};
use rethink::text::number::significant;
use rethink::trial::described::Network;
use rethink::trial::design::{Piloted, Plan, Stratum};
use rethink::trial::rules::{Agreement, AtCost, Ending, PartJudgement};

use super::Shown;
use super::conclusions::{by_stratum, effect, p, rules};

pub fn tables(plan: &Plan, strata: &[Shown<'_>]) -> Vec<Table> {
    let mut tables = vec![
        networks(plan, strata),
        other_norms(strata),
        held(strata),
        endings(strata),
    ];
    if strata.iter().any(|s| !s.judged.other_costs.is_empty()) {
        tables.push(costs(strata));
    }
    if strata.iter().any(|s| s.judged.across_arms.is_some()) {
        tables.push(across_methods(strata));
    }
    tables.push(pilot(strata));
    tables.push(rules(strata));
    tables
}

fn networks(plan: &Plan, strata: &[Shown<'_>]) -> Table {
    let title = format!("Every network at {}", plan.costs[0]);
    by_stratum("networks", &title, strata, |shown| {
        shown.networks.iter().collect()
    })
    .text("network", |(_, one)| one.name.as_str())
    .number("blocks", |(_, one)| one.usable)
    .number("norm over margin / SGD", |(_, one)| one.norm_ratio)
    .number("path norm / SGD", |(_, one)| one.path_ratio)
    .number("test error", |(_, one)| one.error)
    .unit("%")
    .number("− SGD", |(_, one)| one.error_difference)
    .unit("points")
    .number("evaluations per image", |(_, one)| one.work)
    .number("updates", |(_, one)| one.updates)
    .note(
        "Over the blocks in which the network is usable, with 95 % interval: means of errors \
             and differences, geometric means of the others. Norm: l2 path norm without biases; \
             margin: 10th percentile of the training margins. Ratios and differences are to SGD \
             in the same block, at the gentle rate where the network's is. Evaluations: gradients \
             or losses of single images until the cost was reached; a first training on random \
             labels is not counted.",
    )
}

fn other_norms(strata: &[Shown<'_>]) -> Table {
    let mut names: Vec<String> = Vec::new();
    let all = strata.iter().flat_map(|shown| &shown.networks);
    for (name, _) in all.flat_map(|one| &one.other_ratios) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let compared = |shown: &'_ Shown<'_>| -> Vec<usize> {
        let all = shown.networks.iter().enumerate();
        let all = all.filter(|(_, one)| one.norm_ratio.is_some());
        all.map(|(place, _)| place).collect()
    };
    let of = |row: &(&Shown<'_>, usize), name: &str| {
        let ratios = &row.0.networks[row.1].other_ratios;
        ratios.iter().find(|(known, _)| known == name)?.1
    };
    let mut table = by_stratum("norms", "Other norms, over those of SGD", strata, compared)
        .text("network", |(shown, place)| {
            shown.networks[*place].name.as_str()
        });
    for name in &names {
        table = table.number(name.clone(), |row| of(row, name));
    }
    table.note(
        "Geometric means over blocks with 95 % interval. Norms are divided by the margin. Outputs \
         on other images: root mean square of the logits without their mean over classes.",
    )
}

fn held(strata: &[Shown<'_>]) -> Table {
    let changed = |shown: &'_ Shown<'_>| -> Vec<usize> {
        let all = shown.networks.iter().enumerate();
        let all = all.filter(|(_, one)| one.moved.is_some());
        all.map(|(place, _)| place).collect()
    };
    let moved = |row: &(&Shown<'_>, usize)| row.0.networks[row.1].moved;
    let title = "How well the outcome was held where weights were changed";
    by_stratum("held", title, strata, changed)
        .text("network", |(shown, place)| {
            shown.networks[*place].name.as_str()
        })
        .number("blocks", |(shown, place)| shown.networks[*place].usable)
        .number("largest change of a loss", |row| {
            moved(row).map(|moved| Cell::significant(moved.loss_change, 2))
        })
        .unit("nats")
        .number("of a logit", |row| {
            moved(row).map(|moved| Cell::significant(moved.logit_change, 2))
        })
        .number("largest miss of ln norm", |row| {
            moved(row).map(|moved| Cell::significant(moved.miss, 2))
        })
        .number("share left", |row| {
            moved(row).map(|moved| Cell::significant(moved.left, 2))
        })
        .number("length", |row| {
            moved(row).map(|moved| Cell::significant(moved.length, 2))
        })
        .number("steps", |row| {
            moved(row).map(|moved| Cell::significant(moved.steps, 3))
        })
        .note(
            "Over the blocks that are accepted: the loss of no training example changes by more \
             than 0.001 nats (margins held) or no training logit by more than 0.02 (logits held), \
             and ln norm misses by at most 0.005. Share left: of the squared gradient of ln norm, \
             what holding the outcome leaves, at the end; length: of the change, over that of the \
             weights; both and steps are means.",
        )
}

fn endings(strata: &[Shown<'_>]) -> Table {
    let name = |row: &(&Shown<'_>, &Ending)| {
        let mut networks = row.0.networks.iter();
        let found = networks.find(|one| one.cell == row.1.cell);
        found.map_or_else(|| row.1.cell.to_string(), |one: &Network| one.name.clone())
    };
    by_stratum("ends", "How the networks ended", strata, |shown| {
        shown.judged.endings.iter().collect::<Vec<&Ending>>()
    })
    .text("network", name)
    .number("usable", |(_, ending)| ending.usable)
    .text("not usable", |(_, ending)| {
        let missed = ending.missed.iter();
        let missed = missed.map(|(why, blocks)| format!("{blocks} {}", why.words()));
        missed.collect::<Vec<_>>().join(", ")
    })
    .number("largest change where refused", |(_, ending)| {
        ending
            .largest_change
            .map(|change| Cell::significant(change, 2))
    })
    .number("largest miss", |(_, ending)| {
        ending.largest_miss.map(|miss| Cell::significant(miss, 2))
    })
    .note(
        "Blocks, exact counts at the primary cost. Refused: weights were changed, and the outcome \
         on the training examples was not held or the norm missed. Largest change: of a loss in \
         nats (margins held) or of a logit (logits held).",
    )
}

fn costs(strata: &[Shown<'_>]) -> Table {
    type Line<'a> = (&'a AtCost, &'a PartJudgement, Agreement);
    by_stratum("costs", "The same parts at other costs", strata, |shown| {
        let costs = shown.judged.other_costs.iter();
        let lines = costs.flat_map(|at| at.parts.iter().map(move |(part, how)| (at, part, *how)));
        lines.collect::<Vec<Line<'_>>>()
    })
    .text("cost", |(_, (at, ..))| at.cost.to_string())
    .text("part", |(_, (_, judged, _))| judged.part.id())
    .text("measured", |(_, (_, judged, _))| {
        let row = judged.headline();
        row.map_or("–".to_owned(), |row| row.label.clone())
    })
    .number("effect", |(_, (_, judged, _))| {
        judged.headline().map_or_else(Cell::missing, effect)
    })
    .text("decision", |(_, (_, judged, _))| judged.decision.word())
    .number("p, holds", |(_, (_, judged, _))| {
        p(Some(judged.holds.corrected))
    })
    .number("p, fails", |(_, (_, judged, _))| {
        p(Some(judged.fails.corrected))
    })
    .text("and the primary cost", |(_, (.., how))| how.word())
    .text("to be known", |(_, (at, ..))| {
        let notes: Vec<String> = at.notes.iter().map(ToString::to_string).collect();
        notes.join("; ")
    })
    .note(
        "Exploratory. S3 to S5 are asked at the primary cost alone. p-values are corrected among \
         those of one cost.",
    )
}

fn across_methods(strata: &[Shown<'_>]) -> Table {
    by_stratum(
        "across",
        "Norm and test error across methods",
        strata,
        |shown| shown.judged.across_arms.iter().collect::<Vec<_>>(),
    )
    .number("Kendall's tau", |(_, across)| {
        rethink::statistics::Estimate::within(across.tau, -1.0, 1.0)
    })
    .number("p", |(_, across)| p(Some(across.p)))
    .text("methods", |(_, across)| across.arms.join(", "))
    .text("to be known", |(_, across)| {
        let notes: Vec<String> = across.notes.iter().map(ToString::to_string).collect();
        notes.join("; ")
    })
    .note(
        "Exploratory. Tau of the mean ln norm and the mean test error of the methods, true \
         labels, fast rate. The interval is over blocks, for these methods; p by permuting the \
         methods.",
    )
}

/// What the pilot tried and chose.
pub fn pilot(strata: &[Shown<'_>]) -> Table {
    by_stratum("pilot", "The pilot's learning rates", strata, |shown| {
        shown.stratum.pilot.iter().collect::<Vec<&Piloted>>()
    })
    .text("method", |(_, piloted)| piloted.method.to_string())
    .number("chosen", |(_, piloted)| Cell::significant(piloted.rate, 2))
    .text("evaluations per example, by rate", |(shown, piloted)| {
        tried(shown.stratum, piloted)
    })
    .note(pilot_note(strata.iter().map(|shown| shown.stratum)))
}

pub fn pilot_note<'a>(strata: impl Iterator<Item = &'a Stratum>) -> String {
    let shells: Vec<String> = strata.map(|s| significant(s.shell_rate, 2)).collect();
    format!(
        "Exact counts, summed over the pilot's blocks. Given up: a training diverged, met the \
         limit or was slower than the best rate so far. The gentle rate is a third of the chosen \
         one. On shells: {}.",
        shells.join(", ")
    )
}

pub fn tried(stratum: &Stratum, piloted: &Piloted) -> String {
    let tried = piloted.tried.iter().map(|tried| {
        let per_example = tried.evaluations.map_or_else(
            || "given up".to_owned(),
            |spent| significant(spent as f64 / stratum.train_size as f64, 3),
        );
        format!("{}: {per_example}", significant(tried.rate, 2))
    });
    tried.collect::<Vec<_>>().join("; ")
}
