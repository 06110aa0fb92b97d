//! What interpolants are trained and tested on.

use super::InterpolantsError;
use crate::dataset::{Dataset, ImageShape, Split};
use crate::experiment::Labeling;
use crate::kernel::{AnyKernel, Equal, Features, KernelError, Linear, Problem, Targets};

/// What is trained and tested on.
#[derive(Debug, Clone)]
pub struct Pool {
    /// Images that training images are drawn from.
    pub train: Split,
    /// Test images.
    pub test: Split,
    /// Shape of an image.
    pub shape: ImageShape,
    /// Number of classes.
    pub classes: usize,
}

impl Pool {
    /// The splits of the dataset; or its training split without the last `hold_out` images,
    /// and these, so that settings can be chosen without the test set.
    ///
    /// # Errors
    /// A split that would be empty.
    pub fn of(dataset: &Dataset, hold_out: Option<usize>) -> Result<Self, InterpolantsError> {
        let all = dataset.train();
        let (train, test) = match hold_out {
            None => (all.clone(), dataset.test().clone()),
            Some(n) if (1..all.len()).contains(&n) => {
                let cut = all.len() - n;
                let rows: Vec<usize> = (0..all.len()).collect();
                (all.gather(&rows[..cut]), all.gather(&rows[cut..]))
            }
            Some(given) => {
                let most = all.len() - 1;
                return Err(InterpolantsError::HoldOut { given, most });
            }
        };
        Ok(Self {
            train,
            test,
            shape: dataset.shape(),
            classes: dataset.classes(),
        })
    }

    /// The labels of the images in these rows, drawn with the seed.
    ///
    /// # Errors
    /// Labels that cannot be drawn.
    pub fn labels(
        &self,
        rows: &[usize],
        labels: Labeling,
        seed: u64,
    ) -> Result<Vec<u32>, InterpolantsError> {
        let train = self.train.gather(rows);
        let treatment = labels.treatment();
        let treated = treatment.apply(&train, &self.test, self.classes, self.shape, seed)?;
        Ok(treated.train.labels().to_vec())
    }

    /// Refuses images of which one cannot be left out, since an equal one would stay.
    pub(super) fn check_distinct(
        &self,
        rows: &[usize],
        labels: Labeling,
        seed: u64,
    ) -> Result<(), InterpolantsError> {
        let features = Features::pixels(&self.train.gather(rows));
        let targets = Targets::one_hot(&self.labels(rows, labels, seed)?, self.classes)?;
        // Equal images are found whatever the kernel.
        let problem = Problem::new(AnyKernel::new(Linear), &features, &targets, 0.0)?;
        match problem.merged() {
            Some(equal) => Err(InterpolantsError::Repeated {
                source: KernelError::LeaveOneOut(in_file(equal, rows)),
            }),
            None => Ok(()),
        }
    }
}

/// Equal points as they stand in the file.
pub(super) fn in_file(equal: Equal, rows: &[usize]) -> Equal {
    let pair = (rows[equal.first], rows[equal.second]);
    Equal {
        first: pair.0.min(pair.1),
        second: pair.0.max(pair.1),
        count: equal.count,
    }
}
