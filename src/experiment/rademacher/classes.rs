//! Exact complexities of classes that a norm restricts, on the same images and signs.

use serde::{Deserialize, Serialize};

use super::super::{Context, Experiment, ExperimentError};
use crate::complexity::{
    Complexity, Draws, FunctionClass, Gram, KernelBall, LinearBall, LocalBall, ReluBall, Search,
    Spectrum, complexity, rademacher_over_gaussian,
};
use crate::dataset::Dataset;
use crate::kernel::{AnyKernel, Features, Precision};
use crate::statistics::{self, Estimate};
use crate::store::{Holds, Kind};

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
pub struct NormBall {
    /// Checksum of the dataset.
    pub checksum: String,
    /// One of the classes, or a kernel.
    pub class: String,
    /// Training images.
    pub train: usize,
    /// Sign vectors.
    pub draws: usize,
    /// How ReLU networks are searched.
    pub climbs: Climbs,
    /// Certificates hold with probability 1 − δ.
    pub delta: f64,
    /// Seed of the images and of everything drawn.
    pub seed: u64,
}

/// Its complexity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The complexity.
    pub value: Estimate,
    /// Lower bound in closed form.
    pub lower: f64,
    /// Upper bound in closed form.
    pub upper: f64,
    /// Half-width of the narrowest interval that holds for any number of draws, of those
    /// known before the draws; none where suprema are not exact.
    pub half_width: Option<f64>,
    /// Rademacher over Gaussian complexity, where suprema are exact.
    pub ratio: Option<Estimate>,
}

/// A kernel's ball cut at the mean square where its local complexity equals it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalKernelBall {
    /// Checksum of the dataset.
    pub checksum: String,
    /// The kernel, as it is written on the command line.
    pub kernel: String,
    /// Training images.
    pub train: usize,
    /// Norm that is allowed.
    pub radius: f64,
    /// Sign vectors.
    pub draws: usize,
    /// Certificates hold with probability 1 − δ.
    pub delta: f64,
    /// Seed of the images and of everything drawn.
    pub seed: u64,
}

/// Its fixed point and complexity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Local {
    /// The fixed point.
    pub level: f64,
    /// Directions that the cut leaves whole.
    pub dimension: usize,
    /// The complexity.
    pub value: Estimate,
    /// Lower bound in closed form.
    pub lower: f64,
    /// Upper bound in closed form.
    pub upper: f64,
}

impl Experiment for NormBall {
    const KIND: Kind = Kind {
        name: "rademacher-class",
        holds: Holds::Numbers,
    };
    type Output = Measured;

    fn run(&self, context: &mut Context<'_>) -> Result<Measured, ExperimentError> {
        measure(self, context.dataset(&self.checksum)?)
    }
}

/// The complexity of the class of radius 1.
fn measure(spec: &NormBall, dataset: &Dataset) -> Result<Measured, ExperimentError> {
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

fn search(spec: &NormBall) -> Search {
    Search {
        starts: spec.climbs.starts,
        steps: spec.climbs.steps,
        seed: spec.seed,
    }
}

fn measured(class: &dyn FunctionClass, spec: &NormBall) -> Result<Measured, ExperimentError> {
    let of = |draws: Draws| complexity(class, &draws, spec.delta, 1);
    let signs: Complexity = of(Draws::signs(spec.train, spec.draws, spec.seed)?)?;
    let exact = class.kind() == statistics::Kind::Exact;
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

impl Experiment for LocalKernelBall {
    const KIND: Kind = Kind {
        name: "rademacher-local",
        holds: Holds::Numbers,
    };
    type Output = Local;

    fn run(&self, context: &mut Context<'_>) -> Result<Local, ExperimentError> {
        localize(self, context.dataset(&self.checksum)?)
    }
}

/// The local complexity at its fixed point.
fn localize(spec: &LocalKernelBall, dataset: &Dataset) -> Result<Local, ExperimentError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::tests::{dataset, pin};

    #[test]
    fn pins_classes() {
        for class in CLASSES {
            let spec = NormBall {
                checksum: dataset().checksum().to_owned(),
                class: class.to_owned(),
                train: 15,
                draws: 5,
                climbs: CLIMBS,
                delta: 0.01,
                seed: 1,
            };
            let name = format!("rademacher-class-{}", class.replace([',', ' ', ':'], "-"));
            pin(&name, &spec);
        }
    }

    #[test]
    fn pins_local_complexities() {
        let spec = LocalKernelBall {
            checksum: dataset().checksum().to_owned(),
            kernel: "gaussian:5".to_owned(),
            train: 20,
            radius: 3.0,
            draws: 5,
            delta: 0.01,
            seed: 1,
        };
        pin("rademacher-local", &spec);
    }
}
