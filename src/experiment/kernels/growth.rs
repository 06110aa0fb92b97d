//! Test error and norm of kernel interpolants against the number of training images.

use super::super::Study;
use super::labelled::{Interpolant, Labels, Solved};
use crate::statistics::{Estimate, GrowthExponents, growth_exponents};

/// A kernel and the number of training images.
pub type KernelCell = (&'static str, usize);

/// The interpolants of every kernel, size and labeling.
#[derive(Debug, Clone)]
pub struct KernelGrowth {
    /// What was solved, by kernel and size.
    pub solved: Study<KernelCell, Solved>,
    /// The interpolants in it.
    pub interpolants: Study<(KernelCell, Labels), Interpolant>,
}

fn norm(found: &Interpolant) -> Option<f64> {
    found.norm.known()
}

impl KernelGrowth {
    /// The interpolants of what was solved.
    pub fn of(solved: Study<KernelCell, Solved>) -> Self {
        let interpolants = solved.split(|&cell, solved| {
            let interpolants = solved.interpolants.clone().into_iter();
            interpolants.map(move |found| ((cell, found.labels), found))
        });
        Self {
            solved,
            interpolants,
        }
    }

    /// The cells of one kernel, in the order of their sizes.
    pub fn sizes(&self, kernel: &str) -> impl Iterator<Item = KernelCell> {
        let cells = self.solved.cells().copied();
        cells.filter(move |(name, _)| *name == kernel)
    }

    /// An error: mean over seeds.
    pub fn error(
        &self,
        at: (KernelCell, Labels),
        number: fn(&Interpolant) -> f64,
    ) -> Option<Estimate> {
        (self.interpolants).fraction(&at, |found| Some(number(found)))
    }

    /// The RKHS norm: geometric mean over seeds; none where one is not determined.
    pub fn norm(&self, at: (KernelCell, Labels)) -> Option<Estimate> {
        self.interpolants.geometric_mean(&at, norm)
    }

    /// Norm of random over norm of true labels at the largest size of a kernel, within
    /// seeds, with that size.
    pub fn largest_ratio(&self, kernel: &str) -> Option<(usize, Estimate)> {
        let cell = self.sizes(kernel).last()?;
        let (random, clean) = ((cell, Labels::Random), (cell, Labels::True));
        let ratio = self.interpolants.ratio(&random, &clean, norm)?;
        Some((cell.1, ratio))
    }

    /// Growth exponents of the norm: of one labeling against true labels.
    pub fn exponents(&self, kernel: &str, labels: Labels) -> Option<GrowthExponents> {
        let of = |wanted: Labels| {
            let size = |((name, size), labels): &(KernelCell, Labels)| {
                (*name == kernel && *labels == wanted).then_some(*size)
            };
            self.interpolants.growth_points(size, norm)
        };
        growth_exponents(&of(Labels::True)?, &of(labels)?).ok()
    }

    /// Seeds in which there is no interpolant, or its norm is not determined in double
    /// precision.
    pub fn undetermined(&self, at: &(KernelCell, Labels)) -> usize {
        let unknown = |found: &&Interpolant| norm(found).is_none();
        self.interpolants.outputs(at).filter(unknown).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Norm;

    /// Norms of √n with true and of n with random labels; those of noisy ones are
    /// not determined.
    #[test]
    fn norms_grow_with_their_exponents() {
        let solved = |size: usize| {
            let n = size as f64;
            let interpolant = |labels, norm| Interpolant {
                labels,
                norm,
                test_error: 0.5,
                test_error_same_labels: 0.5,
            };
            Solved {
                interpolants: vec![
                    interpolant(Labels::True, Norm::Known(n.sqrt())),
                    interpolant(Labels::Noisy, Norm::AtLeast(1.0)),
                    interpolant(Labels::Random, Norm::Known(n)),
                ],
                train_error: 0.0,
                relative_residual: 0.0,
                condition: 1.0,
                solver: String::new(),
            }
        };
        let outputs = [4, 16]
            .into_iter()
            .flat_map(|size| (1..=2).map(move |seed| (("gaussian:5", size), seed, solved(size))));
        let growth = KernelGrowth::of(Study::new(outputs));
        let (size, ratio) = growth.largest_ratio("gaussian:5").unwrap();
        assert!(size == 16 && (ratio.value - 4.0).abs() < 1e-12);
        let exponents = growth.exponents("gaussian:5", Labels::Random).unwrap();
        assert!((exponents.true_labels.value - 0.5).abs() < 1e-12);
        assert!((exponents.random_labels.value - 1.0).abs() < 1e-12);
        let undetermined = |labels| growth.undetermined(&(("gaussian:5", 4), labels));
        assert_eq!(
            (undetermined(Labels::True), undetermined(Labels::Noisy)),
            (0, 2)
        );
        assert!(growth.largest_ratio("laplacian:10").is_none());
    }
}
