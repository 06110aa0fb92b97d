//! Bounds on the error beside the error, for every norm and labeling.

use super::super::{ExperimentError, Study};
use super::kernels::{KERNELS, Solved};
use super::labels::Labels;
use super::networks::{BOUNDS, Fitted, PATH_NORM};
use super::profile::{Fits, NetworkNorm, Trained};
use crate::measure::is_vacuous;
use crate::statistics::{Estimate, geometric_mean_ratio, mean};

/// Networks and kernels on the same labelings of one binary problem.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The networks.
    pub fits: Fits,
    /// The kernels, by name and number of images.
    pub kernels: Study<(String, usize), Solved>,
    /// The network and size whose errors are bounded.
    pub profiled: Trained,
    /// The largest number of images of the kernels.
    pub kernel_size: usize,
}

impl Problem {
    /// The trials of one network, size and labeling.
    pub fn fits(&self, network: Trained, labels: Labels) -> Vec<&Fitted> {
        self.fits.outputs(&(network, labels)).collect()
    }

    /// The norm of the profiled networks that a labeling needs: geometric mean over trials.
    pub fn needed(&self, norm: NetworkNorm, labels: Labels) -> Option<Estimate> {
        norm.needed(&self.fits, self.profiled, labels)
    }

    /// The seeds of one kernel and size.
    pub fn solved(&self, kernel: &str, n: usize) -> Vec<&Solved> {
        self.kernels.outputs(&(kernel.to_owned(), n)).collect()
    }

    /// The RKHS norm that a labeling needs: geometric mean over seeds.
    pub fn kernel_needed(&self, kernel: &str, n: usize, labels: Labels) -> Option<Estimate> {
        let cell = (kernel.to_owned(), n);
        (self.kernels).geometric_mean(&cell, |solved| solved.needed(labels))
    }

    /// The norm of networks that `above` needs over the one that `below` needs, within
    /// trials.
    pub fn ratio(&self, norm: NetworkNorm, above: Labels, below: Labels) -> Option<Estimate> {
        let [above, below] = [above, below].map(|labels| (self.profiled, labels));
        let needed = |fitted: &Fitted| norm.over_margin(fitted);
        self.fits.ratio(&above, &below, needed)
    }

    /// The RKHS norm that `above` needs over the one that `below` needs at the largest
    /// number of images, within seeds.
    pub fn kernel_ratio(&self, kernel: &str, above: Labels, below: Labels) -> Option<Estimate> {
        let cell = (kernel.to_owned(), self.kernel_size);
        let needed = |labels| self.kernels.values(&cell, |solved| solved.needed(labels));
        geometric_mean_ratio(&needed(above)?, &needed(below)?).ok()
    }

    /// The complexity of the unit ball of a kernel: mean over sign vectors of all seeds.
    pub fn unit_ball(&self, kernel: &str, n: usize) -> Option<Estimate> {
        let solved = self.solved(kernel, n);
        let suprema: Vec<f64> = solved.iter().flat_map(|s| &s.suprema).copied().collect();
        mean(&suprema).ok()
    }

    /// Every bound that exists here: of kernels, then of networks.
    pub fn bounds(&self) -> Vec<Bound> {
        let one_layer = self.profiled.0.has_one_hidden_layer();
        let kernels = KERNELS.into_iter().map(Bound::Kernel);
        let path = one_layer.then_some(Bound::PathNorm);
        let registered = BOUNDS.into_iter().map(|(id, _)| Bound::Registered(id));
        kernels.chain(path).chain(registered).collect()
    }

    /// The bounds of one kernel, size and labeling.
    ///
    /// # Errors
    /// A norm for which there is no bound.
    pub fn kernel_bounds(
        &self,
        kernel: &str,
        n: usize,
        labels: Labels,
    ) -> Result<Bounded, ExperimentError> {
        let solved = self.solved(kernel, n);
        let (mut bounds, mut errors) = (Vec::new(), Vec::new());
        for seed in &solved {
            if let Some(found) = seed.interpolant(labels) {
                bounds.extend(found.bound(n, seed)?.map(|bound| bound.value));
                errors.push(labels.error_with_noise(found.test_error));
            }
        }
        Ok(Bounded {
            norm: self.kernel_needed(kernel, n, labels),
            bounds,
            error: mean(&errors).ok().map(Estimate::fraction),
        })
    }
}

/// What is bounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// The interpolant of smallest norm of a kernel.
    Kernel(&'static str),
    /// The network, by its path norm over units.
    PathNorm,
    /// The network, by a measure of the registry.
    Registered(&'static str),
}

/// A bound and what it bounds.
#[derive(Debug, Clone, PartialEq)]
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
    /// Its name.
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
    pub fn size(self, problem: &Problem) -> usize {
        match self {
            Self::Kernel(_) => problem.kernel_size,
            Self::PathNorm | Self::Registered(_) => problem.profiled.1,
        }
    }

    /// The bounds for one labeling, at the largest training set.
    ///
    /// # Errors
    /// A norm for which there is no bound.
    pub fn of(self, problem: &Problem, labels: Labels) -> Result<Bounded, ExperimentError> {
        if let Self::Kernel(kernel) = self {
            return problem.kernel_bounds(kernel, problem.kernel_size, labels);
        }
        let fits = problem.fits(problem.profiled, labels);
        let bounds = fits.iter().map(|fitted| match self {
            Self::Registered(id) => Ok(fitted.bounds.get(id).copied()),
            _ => Ok(fitted.path_bound()?.map(|bound| bound.value)),
        });
        let bounds: Vec<Option<f64>> = bounds.collect::<Result<_, ExperimentError>>()?;
        let errors: Vec<f64> = (fits.iter())
            .map(|fitted| labels.error_with_noise(fitted.test_error))
            .collect();
        Ok(Bounded {
            norm: match self {
                Self::PathNorm => problem.needed(NetworkNorm::Path, labels),
                _ => None,
            },
            bounds: bounds.into_iter().flatten().collect(),
            error: mean(&errors).ok().map(Estimate::fraction),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_bound_counts_and_those_from_one_on_say_nothing() {
        let bounded = Bounded {
            norm: None,
            bounds: vec![0.5, 1.5, 1.0],
            error: None,
        };
        assert_eq!((bounded.largest(), bounded.vacuous()), (Some(1.5), 2));
    }
}
