//! Exact complexities of classes that a norm restricts, on the same images and signs.

use rethink::complexity::{
    Complexity, Draws, FunctionClass, Gram, KernelBall, LinearBall, LocalBall, ReluBall, Search,
    Spectrum, complexity, rademacher_over_gaussian,
};
use rethink::dataset::Dataset;
use rethink::kernel::{AnyKernel, Features, Precision};
use rethink::report::{Cell, Column, Table};
use rethink::statistics::Estimate;
use rethink::store::{Holds, Kind};
use serde::{Deserialize, Serialize};

use super::Findings;
use super::kernels::DELTA;
use crate::show::{at_least_cell, at_most_cell, cell, cell_or_missing, within};

/// The classes; a name that is no other's is a kernel's.
pub const CLASSES: [&str; 9] = [
    "linear, l2",
    "linear, l1",
    "linear, l-infinity",
    "gaussian:5",
    "laplacian:10",
    "arc-cosine-0",
    "arc-cosine-1",
    "ntk:2",
    "relu network",
];

/// Few and short climbs: the first start already attains a linear function.
pub const CLIMBS: Climbs = Climbs {
    starts: 2,
    steps: 30,
};

/// The kind of the records of classes.
pub const CLASS: Kind = Kind {
    name: "rademacher-class",
    holds: Holds::Numbers,
};

/// The kind of the records of local complexities.
pub const LOCAL: Kind = Kind {
    name: "rademacher-local",
    holds: Holds::Numbers,
};

/// How long suprema without a closed form are searched for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Climbs {
    /// Random starts.
    pub starts: usize,
    /// Steps from each.
    pub steps: usize,
}

/// A class of radius 1 on images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassSpec {
    pub checksum: String,
    pub class: String,
    pub train: usize,
    pub draws: usize,
    /// How ReLU networks are searched.
    pub climbs: Climbs,
    /// Certificates hold with probability 1 − δ.
    pub delta: f64,
    pub seed: u64,
}

/// Its complexity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub value: Estimate,
    /// Bounds in closed form.
    pub lower: f64,
    pub upper: f64,
    /// Half-width of the narrowest interval that holds for any number of draws, of those
    /// known before the draws; none where suprema are not exact.
    pub half_width: Option<f64>,
    /// Rademacher over Gaussian complexity, where suprema are exact.
    pub ratio: Option<Estimate>,
}

/// A kernel's ball cut at the mean square where its local complexity equals it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalSpec {
    pub checksum: String,
    pub kernel: String,
    pub train: usize,
    pub radius: f64,
    pub draws: usize,
    /// Certificates hold with probability 1 − δ.
    pub delta: f64,
    pub seed: u64,
}

/// Its fixed point and complexity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Local {
    pub level: f64,
    pub dimension: usize,
    pub value: Estimate,
    pub lower: f64,
    pub upper: f64,
}

/// The complexity of the class of radius 1.
pub fn measure(spec: &ClassSpec, dataset: &Dataset) -> anyhow::Result<Measured> {
    let x = Features::pixels(&dataset.train().subset(spec.train, spec.seed)?);
    let measured = |class: &dyn FunctionClass| measured(class, spec);
    match spec.class.as_str() {
        "linear, l2" => measured(&LinearBall::new(&x, 2.0, 1.0)?),
        "linear, l1" => measured(&LinearBall::new(&x, 1.0, 1.0)?),
        "linear, l-infinity" => measured(&LinearBall::new(&x, f64::INFINITY, 1.0)?),
        "relu network" => measured(&ReluBall::new(&x, 1.0, search(spec))?),
        kernel => {
            let kernel: AnyKernel = kernel.parse()?;
            let gram = Gram::new(&*kernel, &x, Precision::F64, 1)?;
            measured(&KernelBall::new(&gram, 1.0)?)
        }
    }
}

fn search(spec: &ClassSpec) -> Search {
    Search {
        starts: spec.climbs.starts,
        steps: spec.climbs.steps,
        seed: spec.seed,
    }
}

fn measured(class: &dyn FunctionClass, spec: &ClassSpec) -> anyhow::Result<Measured> {
    let of = |draws: Draws| complexity(class, &draws, spec.delta, 1);
    let signs: Complexity = of(Draws::signs(spec.train, spec.draws, spec.seed)?)?;
    let exact = class.kind() == rethink::statistics::Kind::Exact;
    let ratio = exact
        .then(|| {
            let normals = of(Draws::normals(spec.train, spec.draws, spec.seed)?)?;
            rademacher_over_gaussian(&signs, &normals)
        })
        .transpose()?;
    let fixed = signs.certificates.iter().filter(|c| c.fixed);
    let narrowest = fixed.map(|c| c.half_width).reduce(f64::min);
    Ok(Measured {
        value: signs.value,
        lower: signs.sandwich.lower,
        upper: signs.sandwich.upper,
        half_width: narrowest.filter(|_| exact),
        ratio,
    })
}

/// The local complexity at its fixed point.
pub fn localize(spec: &LocalSpec, dataset: &Dataset) -> anyhow::Result<Local> {
    let x = Features::pixels(&dataset.train().subset(spec.train, spec.seed)?);
    let kernel: AnyKernel = spec.kernel.parse()?;
    let spectrum = Spectrum::new(&Gram::new(&*kernel, &x, Precision::F64, 1)?)?;
    let fixed = spectrum.fixed_point(spec.radius)?;
    let ball = LocalBall::new(&spectrum, spec.radius, fixed.level)?;
    let draws = Draws::signs(spec.train, spec.draws, spec.seed)?;
    let found = complexity(&ball, &draws, spec.delta, 1)?;
    Ok(Local {
        level: fixed.level,
        dimension: fixed.dimension,
        value: found.value,
        lower: found.sandwich.lower,
        upper: found.sandwich.upper,
    })
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pins::{dataset, pin};

    #[test]
    fn pins_classes() {
        for class in CLASSES {
            let spec = ClassSpec {
                checksum: dataset().checksum().to_owned(),
                class: class.to_owned(),
                train: 15,
                draws: 5,
                climbs: CLIMBS,
                delta: DELTA,
                seed: 1,
            };
            let name = format!("rademacher-class-{}", class.replace([',', ' ', ':'], "-"));
            pin(&name, CLASS, &spec, &measure(&spec, dataset()).unwrap());
        }
    }

    #[test]
    fn pins_local_complexities() {
        let spec = LocalSpec {
            checksum: dataset().checksum().to_owned(),
            kernel: "gaussian:5".to_owned(),
            train: 20,
            radius: 3.0,
            draws: 5,
            delta: DELTA,
            seed: 1,
        };
        pin(
            "rademacher-local",
            LOCAL,
            &spec,
            &localize(&spec, dataset()).unwrap(),
        );
    }
}
