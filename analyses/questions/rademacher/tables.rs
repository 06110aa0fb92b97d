//! The tables.

use rethink::experiment::rademacher::bounded::{Bound, Bounded};
use rethink::experiment::rademacher::capacity;
use rethink::experiment::rademacher::kernels::{DELTA, KERNELS};
use rethink::experiment::rademacher::labels::{LABELS, Labels};
use rethink::experiment::rademacher::networks::Fitted;
use rethink::experiment::rademacher::profile::{NetworkNorm, kernel_complexity};
use rethink::report::{Cell, Table};
use rethink::statistics::geometric_mean;

use super::{Findings, classes, subject};

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
fn says<'b>(bounded: impl IntoIterator<Item = &'b Bounded>) -> String {
    let (mut vacuous, mut all) = (0, 0);
    for one in bounded {
        vacuous += one.vacuous();
        all += one.bounds.len();
    }
    match vacuous {
        _ if all == 0 => "undefined".to_owned(),
        0 => "informative".to_owned(),
        _ if vacuous == all => "vacuous".to_owned(),
        _ => format!("vacuous in {vacuous} of {all}"),
    }
}

/// The largest bound.
fn largest(bounded: &Bounded, digits: usize) -> Option<Cell> {
    let bound = bounded.largest();
    bound.map(|bound| Cell::at_most(bound, digits))
}

fn bounds(findings: &Findings) -> anyhow::Result<Table> {
    let problem = &findings.problem;
    let mut rows = Vec::new();
    for bound in problem.bounds() {
        if !matches!(bound, Bound::Registered(_)) {
            for labels in LABELS {
                rows.push((bound, labels, bound.of(problem, labels)?));
            }
        }
    }
    let table = Table::of(
        "bounds",
        "Bounds on the error at the norms that were found, beside the error",
        rows,
    )
    .text("norm", |(bound, ..)| bound.name())
    .number("n", |(bound, ..)| bound.size(problem))
    .text("labels", |(_, labels, _)| labels.name())
    .number("norm / margin", |(.., bounded)| bounded.norm)
    .number("error at most, largest", |(.., bounded)| {
        largest(bounded, 3)
    })
    .text("says", |(.., bounded)| says([bounded]))
    .number("error", |(.., bounded)| bounded.error)
    .note(format!(
        "Error at most: largest over {} seeds (kernels) or {} trials (network); each bound holds \
         with probability {} for all norms at once. Norm / margin: geometric mean with 95 % \
         interval. Error: mean with 95 % interval on equally noisy test labels, computed from the \
         error on true ones. Seeds share the test images, trials of the network also the training \
         images.",
        findings.settings.seeds.len(),
        findings.settings.trials,
        1.0 - DELTA,
    ));
    Ok(table)
}

fn networks_bounds(findings: &Findings) -> anyhow::Result<Table> {
    let problem = &findings.problem;
    let mut rows = Vec::new();
    for bound in problem.bounds() {
        if !matches!(bound, Bound::Kernel(_)) {
            let bounded = LABELS.map(|labels| bound.of(problem, labels));
            let bounded: Result<Vec<Bounded>, _> = bounded.into_iter().collect();
            rows.push((bound.name(), bounded?));
        }
    }
    let title = format!("Upper bounds on the error of {}", subject(problem.profiled));
    let mut table = Table::of("network-bounds", title, rows).text("bound", |(name, _)| {
        name.trim_start_matches("network, ").to_owned()
    });
    for (place, labels) in LABELS.into_iter().enumerate() {
        table = table.number(labels.name(), |(_, bounded)| largest(&bounded[place], 2));
    }
    let table = table
        .text("says", |(_, bounded)| says(bounded))
        .note(format!(
        "The largest over {} trials on the same images; each holds with probability {}. An error \
         is at most 1, so a bound of 1 or more says nothing. Constants: `rethink explain ID`; \
         norms and margins are chosen from grids fixed in advance.",
        findings.settings.trials,
        1.0 - DELTA,
    ));
    Ok(table)
}

fn capacities(findings: &Findings) -> Table {
    let settings = &findings.settings;
    let sizes = |&architecture| settings.sizes.iter().map(move |&n| (architecture, n));
    let networks = settings.architectures.iter().flat_map(sizes);
    let rows = networks.map(|network| (network, findings.problem.fits(network, Labels::Signs)));
    let steps = |fits: &[&Fitted]| {
        let steps = fits.iter().filter_map(|fitted| fitted.steps_to_zero_error);
        let steps: Vec<f64> = steps.map(|steps| steps as f64).collect();
        geometric_mean(&steps).ok()
    };
    Table::of(
        "capacity",
        "Rademacher complexity of networks without a norm bound: lower bounds by training",
        rows,
    )
    .text("network", |(network, _)| network.0.name())
    .number("n", |(network, _)| network.1)
    .number("mean r", |(_, fits)| capacity::lower_bound(fits))
    .number("R̂ at least", |(network, fits)| {
        let certified = capacity::certified(fits, network.1);
        certified.map(|bound| Cell::at_least(bound, 3))
    })
    .text("all signs fitted", |(_, fits)| {
        let fitted = fits.iter().filter(|f| f.correlation == 1.0).count();
        format!("{fitted} of {}", fits.len())
    })
    .number("steps to fit", |(_, fits)| steps(fits))
    .note(
        "r = (1/n) Σ σᵢ h(xᵢ) for outputs h = ±1, at most 1; for losses 0 and 1 the complexity is \
         half of it. Mean r: a lower bound on R̂ in expectation over the sign vectors, with 95 % \
         interval, cut at 1 (none where all are equal). R̂ at least: with 95 % confidence for so \
         few sign vectors (McDiarmid). All sign vectors are on the same images. Steps: until no \
         sign was missed, geometric mean of the trainings where that happened.",
    )
}

fn profile(findings: &Findings) -> Table {
    let (problem, n) = (&findings.problem, findings.problem.kernel_size);
    let marked = [Labels::True, Labels::Noise(20), Labels::Signs];
    let mut rows = Vec::new();
    for (norm, name) in NetworkNorm::all(problem.profiled.0) {
        for labels in marked {
            let needed = problem.needed(norm, labels);
            let complexity = |b| norm.complexity(&problem.fits, problem.profiled, b);
            let lower = needed.and_then(|b| complexity(b.value));
            let name = name.to_owned();
            rows.push((name, labels, needed, lower, Some(Cell::fixed(1.0, 0))));
        }
    }
    for kernel in KERNELS {
        let solved = problem.solved(kernel, n);
        for labels in marked {
            let needed = problem.kernel_needed(kernel, n, labels);
            let complexity = needed.map(|b| kernel_complexity(&solved, b.value));
            let lower = complexity.and_then(|c| c.lower);
            let upper = complexity.map(|c| Cell::at_most(c.upper, 3));
            rows.push((format!("RKHS, {kernel}"), labels, needed, lower, upper));
        }
    }
    Table::of(
        "profile",
        "Complexity at the norm that fits the labels",
        rows,
    )
    .text("norm", |row| row.0.clone())
    .text("labels", |row| row.1.name())
    .number("B = norm / margin", |row| row.2)
    .number("r(B) at least", |row| row.3)
    .number("r(B) at most", |row| row.4.clone())
    .note(format!(
        "r(B): complexity of the functions with norm at most B, clipped to [−1, 1]. Networks: {}; \
         lower bound by training, no upper bound below 1 is known. Kernels: n = {}; lower bound \
         by interpolants scaled to norm B, upper bound min(1, (B/n)√(tr K)). Lower bounds are \
         means over sign vectors, with 95 % interval for these images, cut at 0 and 1. B: \
         geometric mean over trials on the same images or over seeds, with 95 % interval.",
        subject(problem.profiled),
        n,
    ))
}

fn growth(findings: &Findings) -> anyhow::Result<Table> {
    let mut rows = Vec::new();
    for kernel in KERNELS {
        for &n in &findings.settings.kernel_sizes {
            for labels in [Labels::True, Labels::Noise(10)] {
                let bounded = findings.problem.kernel_bounds(kernel, n, labels)?;
                rows.push((kernel, n, labels, bounded));
            }
        }
    }
    let table = Table::of(
        "kernel-bounds-by-size",
        "Bounds of kernel interpolants against the number of images",
        rows,
    )
    .text("kernel", |row| row.0)
    .number("n", |row| row.1)
    .text("labels", |row| row.2.name())
    .number("norm", |row| row.3.norm)
    .number("error at most, largest", |row| largest(&row.3, 3))
    .text("says", |row| says([&row.3]))
    .percent("error", |row| row.3.error)
    .note(
        "As in the first table. Of the two terms of a bound, that of complexity falls with n only \
         if the norm grows more slowly than √n; that of confidence falls as 1/√n.",
    );
    Ok(table)
}
