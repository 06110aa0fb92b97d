//! What a ridge gains over the interpolant, over seeds.

use super::super::Study;
use super::ridge_path::{LabelledPath, RidgeFit};
use crate::statistics::Estimate;
use crate::treatment::Treatment;

/// A kernel and what the images are labelled with.
pub type RidgeCell = (&'static str, Treatment);

/// The fits of every ridge, by kernel, labeling and seed.
pub type RidgeStudy = Study<RidgeCell, Vec<RidgeFit>>;

/// The labelings of what was solved for every kernel.
pub fn ridge_study(solved: &Study<&'static str, Vec<LabelledPath>>) -> RidgeStudy {
    solved.split(|&kernel, paths| {
        let paths = paths.clone().into_iter();
        paths.map(move |path| ((kernel, path.labels), path.fits))
    })
}

/// The fit of a ridge.
fn fit(fits: &[RidgeFit], ridge: f64) -> Option<&RidgeFit> {
    fits.iter().find(|fit| fit.ridge == ridge)
}

/// The fit that the held-out images choose: that of the fewest errors on them, and of several
/// the one with the smallest ridge, so that regularization is chosen for a reason only.
fn chosen(fits: &[RidgeFit]) -> Option<&RidgeFit> {
    let better = |a: &&RidgeFit, b: &&RidgeFit| {
        (a.held_out_error.total_cmp(&b.held_out_error)).then(a.ridge.total_cmp(&b.ridge))
    };
    fits.iter().min_by(better)
}

impl RidgeStudy {
    /// Every ridge of a cell.
    pub fn ridges(&self, cell: &RidgeCell) -> Vec<f64> {
        let fits = self.outputs(cell).next().into_iter().flatten();
        fits.map(|fit| fit.ridge).collect()
    }

    /// An error of the fits of one ridge: mean over seeds.
    pub fn error(
        &self,
        cell: &RidgeCell,
        ridge: f64,
        number: fn(&RidgeFit) -> f64,
    ) -> Option<Estimate> {
        self.fraction(cell, |fits| fit(fits, ridge).map(number))
    }

    /// The RKHS norm of the fits of one ridge: geometric mean over seeds; none where one is not
    /// determined.
    pub fn ridge_norm(&self, cell: &RidgeCell, ridge: f64) -> Option<Estimate> {
        self.geometric_mean(cell, |fits| fit(fits, ridge)?.norm.known())
    }

    /// The ridge that the held-out images choose, of each seed.
    pub fn chosen_ridges(&self, cell: &RidgeCell) -> Vec<f64> {
        let fits = self.outputs(cell).filter_map(|fits| chosen(fits));
        fits.map(|fit| fit.ridge).collect()
    }

    /// An error of the fits that the held-out images choose: mean over seeds.
    pub fn chosen_error(&self, cell: &RidgeCell, number: fn(&RidgeFit) -> f64) -> Option<Estimate> {
        self.fraction(cell, |fits| chosen(fits).map(number))
    }

    /// Test error of the interpolant minus that of the fit that the held-out images choose,
    /// within seeds.
    pub fn gain(&self, cell: &RidgeCell) -> Option<Estimate> {
        self.mean(cell, |fits| {
            Some(fit(fits, 0.0)?.test_error - chosen(fits)?.test_error)
        })
    }

    /// Test error of the interpolant minus that of the fits of one ridge, within seeds.
    pub fn gain_of(&self, cell: &RidgeCell, ridge: f64) -> Option<Estimate> {
        self.mean(cell, |fits| {
            Some(fit(fits, 0.0)?.test_error - fit(fits, ridge)?.test_error)
        })
    }

    /// The ridge with the smallest mean test error, and its gain. It is chosen on the test
    /// images, so its gain is more than a ridge chosen without them can be expected to have.
    pub fn in_hindsight(&self, cell: &RidgeCell) -> Option<(f64, Estimate)> {
        let gains = (self.ridges(cell).into_iter())
            .map(|ridge| Some((ridge, self.gain_of(cell, ridge)?)))
            .collect::<Option<Vec<_>>>()?;
        // Of several the smallest ridge, which comes first.
        gains.into_iter().reduce(|best, other| {
            let larger = other.1.value > best.1.value;
            if larger { other } else { best }
        })
    }

    /// The norm of the fit that the held-out images choose over that of the interpolant, within
    /// seeds: geometric mean.
    pub fn norm_kept(&self, cell: &RidgeCell) -> Option<Estimate> {
        self.geometric_mean(cell, |fits| {
            Some(chosen(fits)?.norm.known()? / fit(fits, 0.0)?.norm.known()?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Norm;

    const CELL: RidgeCell = ("gaussian:5", Treatment::TrueLabels);

    /// Ridge, held-out and test error.
    fn path(numbers: [(f64, f64, f64); 3]) -> Vec<LabelledPath> {
        let fit = |(ridge, held_out_error, test_error)| RidgeFit {
            ridge,
            train_error: ridge / 10.0,
            held_out_error,
            test_error,
            norm: Norm::Known(8.0 / (1.0 + ridge)),
        };
        vec![LabelledPath {
            labels: CELL.1,
            fits: numbers.map(fit).to_vec(),
        }]
    }

    #[test]
    fn the_held_out_images_choose_and_the_test_images_only_judge() {
        // The first seed chooses 1 though 3 has the smaller test error; the second cannot tell
        // 0 from 3 and takes 0.
        let solved = Study::new([
            (
                CELL.0,
                1,
                path([(0.0, 0.5, 0.4), (1.0, 0.2, 0.3), (3.0, 0.3, 0.1)]),
            ),
            (
                CELL.0,
                2,
                path([(0.0, 0.2, 0.4), (1.0, 0.4, 0.5), (3.0, 0.2, 0.3)]),
            ),
        ]);
        let study = ridge_study(&solved);
        assert_eq!(study.ridges(&CELL), [0.0, 1.0, 3.0]);
        assert_eq!(study.chosen_ridges(&CELL), [1.0, 0.0]);
        let close = |found: Option<Estimate>, expected: f64| {
            assert!((found.expect("a number").value - expected).abs() < 1e-12);
        };
        close(study.error(&CELL, 3.0, |fit| fit.test_error), 0.2);
        close(study.chosen_error(&CELL, |fit| fit.test_error), 0.35);
        close(study.gain(&CELL), 0.05);
        close(study.norm_kept(&CELL), (4.0_f64 / 8.0).sqrt());
        close(study.ridge_norm(&CELL, 3.0), 2.0);
        let (ridge, gain) = study.in_hindsight(&CELL).expect("a best one");
        assert_eq!(ridge, 3.0);
        close(Some(gain), 0.2);
        let elsewhere = ("laplacian:10", CELL.1);
        assert!(study.gain(&elsewhere).is_none() && study.in_hindsight(&elsewhere).is_none());
    }

    #[test]
    fn where_no_ridge_helps_the_interpolant_is_best_in_hindsight() {
        let fits = path([(0.0, 0.5, 0.2), (1.0, 0.2, 0.2), (3.0, 0.3, 0.3)]);
        let study = ridge_study(&Study::new([(CELL.0, 1, fits)]));
        assert_eq!(study.in_hindsight(&CELL).map(|best| best.0), Some(0.0));
    }
}
