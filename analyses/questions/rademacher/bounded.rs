//! Bounds on the error beside the error, for every norm and labeling.

use rethink::measure::is_vacuous;
use rethink::statistics::{Estimate, mean};

use super::Findings;
use crate::show::fraction;
use rethink::experiment::rademacher::kernels::KERNELS;
use rethink::experiment::rademacher::labels::Labels;
use rethink::experiment::rademacher::networks::{BOUNDS, PATH_NORM};
use rethink::experiment::rademacher::profile::NetworkNorm;

/// What is bounded.
#[derive(Clone, Copy, PartialEq)]
pub enum Bound {
    /// The interpolant of smallest norm of a kernel.
    Kernel(&'static str),
    /// The network, by its path norm over units.
    PathNorm,
    /// The network, by a measure of the registry.
    Registered(&'static str),
}

/// A bound and what it bounds.
pub struct Bounded {
    /// Norm / margin, geometric mean.
    pub norm: Option<Estimate>,
    /// Bound on the error of each seed or trial.
    pub bounds: Vec<f64>,
    /// Error on labels with the same noise.
    pub error: Option<Estimate>,
}

impl Bounded {
    /// The largest bound. Each holds for its own seed with probability 1 − δ; a mean of
    /// them would bound the error of none.
    pub fn largest(&self) -> Option<f64> {
        self.bounds.iter().copied().reduce(f64::max)
    }

    /// How many bounds say nothing.
    pub fn vacuous(&self) -> usize {
        let vacuous = self.bounds.iter().filter(|bound| is_vacuous(**bound));
        vacuous.count()
    }
}

impl Bound {
    /// Every bound that exists here: of kernels, then of networks.
    pub fn all(findings: &Findings) -> Vec<Self> {
        let one_layer = findings.settings.profiled.0.hidden().len() == 1;
        let kernels = KERNELS.into_iter().map(Self::Kernel);
        let path = one_layer.then_some(Self::PathNorm);
        let registered = BOUNDS.into_iter().map(|(id, _)| Self::Registered(id));
        kernels.chain(path).chain(registered).collect()
    }

    pub fn name(self) -> String {
        match self {
            Self::Kernel(kernel) => format!("RKHS, {kernel}"),
            Self::PathNorm => format!("network, {PATH_NORM}"),
            Self::Registered(id) => {
                let name = BOUNDS.iter().find(|(known, _)| *known == id);
                format!("network, {}", name.map_or(id, |(_, name)| name))
            }
        }
    }

    /// Training images.
    pub fn size(self, findings: &Findings) -> usize {
        match self {
            Self::Kernel(_) => findings.kernel_size(),
            Self::PathNorm | Self::Registered(_) => findings.settings.profiled.1,
        }
    }

    /// The bounds for one labeling, at the largest training set.
    pub fn of(self, findings: &Findings, labels: Labels) -> anyhow::Result<Bounded> {
        if let Self::Kernel(kernel) = self {
            return kernel_at(findings, kernel, findings.kernel_size(), labels);
        }
        let fits = findings.fits(&findings.settings.profiled, labels);
        let bounds = fits.iter().map(|fitted| match self {
            Self::Registered(id) => Ok(fitted.bounds.get(id).copied()),
            _ => Ok(fitted.path_bound()?.map(|bound| bound.value)),
        });
        let bounds: Vec<Option<f64>> = bounds.collect::<anyhow::Result<_>>()?;
        let errors: Vec<f64> = (fits.iter())
            .map(|fitted| labels.error_with_noise(fitted.test_error))
            .collect();
        Ok(Bounded {
            norm: match self {
                Self::PathNorm => findings.needed(NetworkNorm::Path, labels),
                _ => None,
            },
            bounds: bounds.into_iter().flatten().collect(),
            error: mean(&errors).ok().map(fraction),
        })
    }
}

/// The bounds of one kernel, size and labeling.
pub fn kernel_at(
    findings: &Findings,
    kernel: &str,
    n: usize,
    labels: Labels,
) -> anyhow::Result<Bounded> {
    let solved = findings.solved(kernel, n);
    let (mut bounds, mut errors) = (Vec::new(), Vec::new());
    for seed in &solved {
        if let Some(found) = seed.interpolant(labels) {
            bounds.extend(found.bound(n, seed)?.map(|bound| bound.value));
            errors.push(labels.error_with_noise(found.test_error));
        }
    }
    Ok(Bounded {
        norm: findings.kernel_needed(kernel, n, labels),
        bounds,
        error: mean(&errors).ok().map(fraction),
    })
}
