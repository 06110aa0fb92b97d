//! The tables.

use rethink::report::{Cell, Column, Table};

use super::bounded::{Bound, Bounded, kernel_at};
use super::{Findings, classes, subject};
use crate::show::{at_least_cell, at_most_cell, cell_or_missing, geometric_mean, percent};
use rethink::experiment::rademacher::capacity;
use rethink::experiment::rademacher::kernels::{DELTA, KERNELS};
use rethink::experiment::rademacher::labels::{LABELS, Labels};
use rethink::experiment::rademacher::profile::{NetworkNorm, kernel_complexity};

pub fn tables(findings: &Findings) -> anyhow::Result<Vec<Table>> {
    Ok(vec![
        bounds(findings)?,
        networks_bounds(findings)?,
        capacities(findings),
        profile(findings),
        growth(findings)?,
        classes::table(findings),
        classes::local_table(findings),
    ])
}

/// How many of the bounds say nothing.
fn says(vacuous: usize, all: usize) -> Cell {
    Cell::text(match vacuous {
        _ if all == 0 => "undefined".to_owned(),
        0 => "informative".to_owned(),
        _ if vacuous == all => "vacuous".to_owned(),
        _ => format!("vacuous in {vacuous} of {all}"),
    })
}

/// The largest bound.
fn largest(bounded: &Bounded, digits: usize) -> Cell {
    let bound = bounded.largest();
    bound.map_or_else(Cell::missing, |bound| at_most_cell(bound, digits))
}

fn bounds(findings: &Findings) -> anyhow::Result<Table> {
    let mut table = Table::new(
        "bounds",
        "Bounds on the error at the norms that were found, beside the error",
        vec![
            Column::text("norm"),
            Column::number("n"),
            Column::text("labels"),
            Column::number("norm / margin"),
            Column::number("error at most, largest"),
            Column::text("which is"),
            Column::number("error"),
        ],
    );
    let listed = |bound: &Bound| !matches!(bound, Bound::Registered(_));
    for bound in Bound::all(findings).into_iter().filter(listed) {
        for labels in LABELS {
            let bounded = bound.of(findings, labels)?;
            table.rows.push(vec![
                Cell::text(bound.name()),
                Cell::count(bound.size(findings)),
                Cell::text(labels.name()),
                cell_or_missing(bounded.norm.as_ref()),
                largest(&bounded, 3),
                says(bounded.vacuous(), bounded.bounds.len()),
                cell_or_missing(bounded.error.as_ref()),
            ]);
        }
    }
    table.note = format!(
        "Error at most: the largest bound over {} seeds (kernels) or {} trials (network); each holds \
         with probability {} for all norms at once. Norm / margin: geometric mean with 95 % t \
         interval. Error: on test labels with the same noise, from the error on true test labels, \
         mean with 95 % t interval; the test images are the same for all seeds, so it covers \
         training, not the choice of test images, and the trials of the network share their \
         training images, too. Without a norm the class of all networks gives 1 for every labeling.",
        findings.settings.seeds.len(),
        findings.settings.trials,
        1.0 - DELTA,
    );
    Ok(table)
}

fn networks_bounds(findings: &Findings) -> anyhow::Result<Table> {
    let mut columns = vec![Column::text("bound")];
    columns.extend(LABELS.map(|labels| Column::number(labels.name())));
    columns.push(Column::text("which is"));
    let mut table = Table::new(
        "network-bounds",
        format!(
            "Upper bounds on the error of {}",
            subject(&findings.settings.profiled)
        ),
        columns,
    );
    let networks = |bound: &Bound| !matches!(bound, Bound::Kernel(_));
    for bound in Bound::all(findings).into_iter().filter(networks) {
        let name = bound.name();
        let mut row = vec![Cell::text(name.trim_start_matches("network, "))];
        let (mut vacuous, mut all) = (0, 0);
        for labels in LABELS {
            let bounded = bound.of(findings, labels)?;
            vacuous += bounded.vacuous();
            all += bounded.bounds.len();
            row.push(largest(&bounded, 2));
        }
        row.push(says(vacuous, all));
        table.rows.push(row);
    }
    table.note = format!(
        "The largest over {} trials on the same images; each holds with probability {}. An error is \
         at most 1, so a bound from 1 on says nothing. Constants as on the definition cards of `rethink measure`; norms and margins are chosen \
         from grids fixed in advance.",
        findings.settings.trials,
        1.0 - DELTA,
    );
    Ok(table)
}

fn capacities(findings: &Findings) -> Table {
    let settings = &findings.settings;
    let mut table = Table::new(
        "capacity",
        "Rademacher complexity of networks without a norm: lower bounds by training",
        vec![
            Column::text("network"),
            Column::number("n"),
            Column::number("mean r"),
            Column::number("R̂ at least"),
            Column::text("all signs fitted"),
            Column::number("steps to fit"),
        ],
    );
    for &architecture in settings.architectures {
        for &n in &settings.sizes {
            let fits = findings.fits(&(architecture.into(), n), Labels::Signs);
            let fitted = fits.iter().filter(|f| f.correlation == 1.0).count();
            let steps: Vec<f64> = (fits.iter())
                .filter_map(|f| f.steps_to_zero_error)
                .map(|steps| steps as f64)
                .collect();
            let certified = capacity::certified(&fits, n);
            table.rows.push(vec![
                Cell::text(architecture.name()),
                Cell::count(n),
                cell_or_missing(capacity::lower_bound(&fits).as_ref()),
                certified.map_or_else(Cell::missing, |bound| at_least_cell(bound, 3)),
                Cell::text(format!("{fitted} of {}", fits.len())),
                cell_or_missing(geometric_mean(&steps).as_ref()),
            ]);
        }
    }
    table.note = "r = (1/n) Σ σᵢ h(xᵢ) for outputs h = ±1, at most 1; for losses 0 and 1 the \
                  complexity is half of it, at most 1/2. Mean r: a lower bound on R̂ in expectation \
                  over the sign vectors, with 95 % t interval, cut at 1 (none where all are equal). R̂ at least: \
                  with 95 % confidence for so few sign vectors (McDiarmid). All sign vectors are on \
                  the same images. Steps until no sign was missed, geometric mean of the trainings \
                  where that happened."
        .to_owned();
    table
}

fn profile(findings: &Findings) -> Table {
    let mut table = Table::new(
        "profile",
        "Complexity left at the norm that labels need",
        vec![
            Column::text("norm"),
            Column::text("labels"),
            Column::number("B = norm / margin"),
            Column::number("r(B) at least"),
            Column::number("r(B) at most"),
        ],
    );
    let profiled = &findings.settings.profiled;
    for (norm, name) in NetworkNorm::all(&profiled.0) {
        for labels in [Labels::True, Labels::Noise(20), Labels::Signs] {
            let needed = findings.needed(norm, labels);
            let complexity =
                needed.and_then(|b| norm.complexity(&findings.fits, profiled, b.value));
            table.rows.push(vec![
                Cell::text(name),
                Cell::text(labels.name()),
                cell_or_missing(needed.as_ref()),
                cell_or_missing(complexity.as_ref()),
                Cell::fixed(1.0, 0),
            ]);
        }
    }
    for kernel in KERNELS {
        let n = findings.kernel_size();
        let solved = findings.solved(kernel, n);
        for labels in [Labels::True, Labels::Noise(20), Labels::Signs] {
            let needed = findings.kernel_needed(kernel, n, labels);
            let complexity = needed.map(|b| kernel_complexity(&solved, b.value));
            table.rows.push(vec![
                Cell::text(format!("RKHS, {kernel}")),
                Cell::text(labels.name()),
                cell_or_missing(needed.as_ref()),
                cell_or_missing(complexity.and_then(|c| c.lower).as_ref()),
                complexity.map_or_else(Cell::missing, |c| at_most_cell(c.upper, 3)),
            ]);
        }
    }
    table.note = format!(
        "r(B): complexity of the functions with norm at most B, clipped to [−1, 1]. Networks: {}; \
         lower bound by training, nothing better than 1 is known from above. Kernels: n = {}, below \
         interpolants scaled to norm B, above the closed form min(1, (B/n)√(tr K)). Lower bounds are \
         means over sign vectors, with 95 % t intervals for these images, cut at 0 and 1. B: geometric \
         mean over trials on the same images or seeds with 95 % interval.",
        subject(&findings.settings.profiled),
        findings.kernel_size(),
    );
    table
}

fn growth(findings: &Findings) -> anyhow::Result<Table> {
    let mut table = Table::new(
        "kernel-bounds-by-size",
        "Bounds of kernel interpolants against the number of images",
        vec![
            Column::text("kernel"),
            Column::number("n"),
            Column::text("labels"),
            Column::number("norm"),
            Column::number("error at most, largest"),
            Column::text("which is"),
            Column::number("error").unit("%"),
        ],
    );
    for kernel in KERNELS {
        for &n in &findings.settings.kernel_sizes {
            for labels in [Labels::True, Labels::Noise(10)] {
                let bounded = kernel_at(findings, kernel, n, labels)?;
                table.rows.push(vec![
                    Cell::text(kernel),
                    Cell::count(n),
                    Cell::text(labels.name()),
                    cell_or_missing(bounded.norm.as_ref()),
                    largest(&bounded, 3),
                    says(bounded.vacuous(), bounded.bounds.len()),
                    cell_or_missing(bounded.error.map(percent).as_ref()),
                ]);
            }
        }
    }
    table.note =
        "As in the first table. Of the two terms of a bound, that of complexity falls with n only if \
         the norm grows more slowly than √n; that of confidence falls as 1/√n."
            .to_owned();
    Ok(table)
}
