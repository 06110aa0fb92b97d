//! Exact complexities of classes that a norm restricts, shown.

use rethink::experiment::rademacher::kernels::DELTA;
use rethink::report::{Cell, Table};

use super::Findings;

/// Complexities of the classes of radius 1.
pub fn table(findings: &Findings) -> Table {
    let first = findings.classes.first();
    let (n, draws) = first.map_or((0, 0), |(spec, _)| (spec.train, spec.draws));
    let title = format!("Rademacher complexity of classes of norm at most 1, n = {n}");
    Table::of("classes", title, &findings.classes)
        .text("class", |(spec, _)| match spec.class.as_str() {
            name if name.starts_with("linear,") => name.to_owned(),
            name @ "relu network" => format!("{name}, path norm (units)"),
            kernel => format!("RKHS, {kernel}"),
        })
        .number("R̂", |(_, m)| m.value.within(m.lower, m.upper))
        .number("certified ±", |(_, m)| {
            m.half_width.map(|width| Cell::at_most(width, 3))
        })
        .number("at least", |(_, m)| Cell::at_least(m.lower, 3))
        .number("at most", |(_, m)| Cell::at_most(m.upper, 3))
        .number("R̂ / Ĝ", |(_, m)| m.ratio)
        .note(format!(
            "On raw pixels; a complexity is proportional to the norm bound. R̂: mean of the exact \
         suprema over {draws} sign vectors, the same for all classes, with 95 % interval; for \
         ReLU networks of any width without biases a lower bound, by gradient ascent. All are cut \
         at the closed forms. Certified: the narrowest interval that holds for any number of \
         draws with probability {}; none for ReLU networks, whose suprema are not known. At \
         least, at most: closed forms. Ĝ: Gaussian complexity; R̂ / Ĝ lies between 1/√(2 ln 2n) \
         and √(π/2) for any class and near 1 for balls of many directions.",
            1.0 - DELTA
        ))
}

/// Local complexities, at the norm that true labels need.
pub fn local_table(findings: &Findings) -> Table {
    let significant = |x: f64| Cell::significant(x, 3);
    Table::of(
        "local",
        "Local complexity of kernel balls at the norm that fits true labels",
        &findings.local,
    )
    .text("kernel", |(spec, _)| &*spec.kernel)
    .number("n", |(spec, _)| spec.train)
    .number("B", |(spec, _)| significant(spec.radius))
    .number("r*", |(_, local)| significant(local.level))
    .number("dimension", |(_, local)| local.dimension)
    .number("R̂ at r*", |(_, local)| {
        local.value.within(local.lower, local.upper)
    })
    .number("at least", |(_, local)| Cell::at_least(local.lower, 3))
    .number("at most", |(_, local)| Cell::at_most(local.upper, 3))
    .number("R̂ of ball", |(spec, _)| {
        let ball = findings.problem.solved(&spec.kernel, spec.train);
        let suprema = ball.first().map_or(&[][..], |solved| &solved.suprema);
        let mean = suprema.iter().sum::<f64>() / suprema.len() as f64;
        significant(spec.radius * mean)
    })
    .note(
        "Functions with ‖f‖ ≤ B and mean square at most r on the images. r* is the fixed point of \
         ψ(r) = √((2/n) Σ min(r, B² λ_j)), λ_j the eigenvalues of K/n; dimension is the number of \
         B² λ_j of at least r* (Bartlett, Bousquet, Mendelson 2005, Theorem 3.3 and Corollary \
         6.7). Their bounds hold up to constants of hundreds, so read r* by how it falls with n. \
         Interpolants of ±1 have mean square 1 and are in such a class only if r* is 1 or more.",
    )
}
