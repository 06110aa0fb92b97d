//! Exact complexities of classes that a norm restricts, shown.

use rethink::experiment::rademacher::kernels::DELTA;
use rethink::report::{Cell, Column, Table};

use super::Findings;
use crate::show::{at_least_cell, at_most_cell, cell, cell_or_missing, within};

/// Complexities of the classes of radius 1.
pub fn table(findings: &Findings) -> Table {
    let n = findings.classes.first().map_or(0, |(spec, _)| spec.train);
    let draws = findings.classes.first().map_or(0, |(spec, _)| spec.draws);
    let mut table = Table::new(
        "classes",
        format!("Rademacher complexity of classes of norm at most 1, n = {n}"),
        vec![
            Column::text("class"),
            Column::number("R̂"),
            Column::number("certified ±"),
            Column::number("at least"),
            Column::number("at most"),
            Column::number("R̂ / Ĝ"),
        ],
    );
    for (spec, measured) in &findings.classes {
        table.rows.push(vec![
            Cell::text(match spec.class.as_str() {
                name if name.starts_with("linear,") => name.to_owned(),
                name @ "relu network" => format!("{name}, path norm (units)"),
                kernel => format!("RKHS, {kernel}"),
            }),
            cell(&within(measured.value, measured.lower, measured.upper)),
            (measured.half_width).map_or_else(Cell::missing, |width| at_most_cell(width, 3)),
            at_least_cell(measured.lower, 3),
            at_most_cell(measured.upper, 3),
            cell_or_missing(measured.ratio.as_ref()),
        ]);
    }
    table.note = format!(
        "On pixels as given; a complexity is proportional to the norm that is allowed. R̂: mean of \
         the exact suprema over {draws} sign vectors, the same for all classes, with 95 % t interval; \
         of ReLU networks of any width without biases a lower bound, from gradient ascent. All are cut \
         at the closed forms. Certified: the narrowest interval that holds for any number of draws \
         with probability {}, of those that do not depend on the draws; none for ReLU networks, whose \
         suprema are not known. At least, at most: closed forms. Ĝ: Gaussian complexity; R̂ / Ĝ lies between 1/√(2 ln 2n) and √(π/2) for \
         any class and near 1 for balls of many directions.",
        1.0 - DELTA
    );
    table
}

/// Local complexities, at the norm that true labels need.
pub fn local_table(findings: &Findings) -> Table {
    let mut table = Table::new(
        "local",
        "Local complexity of kernel balls at the norm that true labels need",
        vec![
            Column::text("kernel"),
            Column::number("n"),
            Column::number("B"),
            Column::number("r*"),
            Column::number("dimension"),
            Column::number("R̂ at r*"),
            Column::number("at least"),
            Column::number("at most"),
            Column::number("R̂ of ball"),
        ],
    );
    for (spec, local) in &findings.local {
        let ball = findings.solved(&spec.kernel, spec.train);
        let suprema: Vec<f64> = ball.first().map_or(vec![], |s| s.suprema.clone());
        let mean = suprema.iter().sum::<f64>() / suprema.len() as f64;
        let significant = |x: f64| Cell::significant(x, 3);
        table.rows.push(vec![
            Cell::text(&spec.kernel),
            Cell::count(spec.train),
            significant(spec.radius),
            significant(local.level),
            Cell::count(local.dimension),
            cell(&within(local.value, local.lower, local.upper)),
            at_least_cell(local.lower, 3),
            at_most_cell(local.upper, 3),
            significant(spec.radius * mean),
        ]);
    }
    table.note =
        "Functions with ‖f‖ ≤ B and mean square at most r on the images. r* is the fixed point of \
         ψ(r) = √((2/n) Σ min(r, B² λ_j)), λ_j the eigenvalues of K/n, and dimension the number of B² \
         λ_j from r* on (Bartlett, Bousquet, Mendelson 2005, Theorem 3.3 and Corollary 6.7). Their \
         bounds hold up to constants of hundreds, so r* is to be read by how it falls with n; \
         interpolants of ±1 have mean square 1 and are in such a class only if r* is 1 or more."
            .to_owned();
    table
}
