//! From a sample to its interpolants.

use std::time::Instant;

use super::{Found, InterpolantsError, Job, NotFound, Pool, Sample};
use crate::kernel::{Features, Options, Problem, Progress, Targets};

/// What the kernel sees of a sample, and of the images that it is tested on.
pub struct Featurized<'a> {
    sample: &'a Sample,
    pool: &'a Pool,
    options: &'a Options,
    train: Features,
    test: Features,
    seconds: f64,
}

impl Sample {
    /// The features of the training and test images, once for all interpolants on them.
    ///
    /// # Errors
    /// Images that have no such features.
    pub fn featurize<'a>(
        &'a self,
        pool: &'a Pool,
        options: &'a Options,
    ) -> Result<Featurized<'a>, InterpolantsError> {
        let clock = Instant::now();
        let train = (self.map).apply(&pool.train.gather(&self.rows), options.threads)?;
        let test = self.map.apply(&pool.test, options.threads)?;
        Ok(Featurized {
            sample: self,
            pool,
            options,
            train,
            test,
            seconds: clock.elapsed().as_secs_f64(),
        })
    }
}

impl Featurized<'_> {
    /// Finds one interpolant as it is planned, reporting the progress of an iteration. One
    /// that cannot be found does not stand in the way of the others.
    ///
    /// # Errors
    /// Labels that cannot be drawn, or of which there is not one per image.
    pub fn solve(
        &self,
        job: &Job,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Result<Found, NotFound>, InterpolantsError> {
        let sample = self.sample;
        let labels = (self.pool).labels(&sample.rows, job.labels, sample.seed)?;
        let targets = Targets::one_hot(&labels, self.pool.classes)?;
        let problem = Problem::new(job.kernel.clone(), &self.train, &targets, job.ridge)?;
        let f = match problem.solve_as_planned(job.plan.clone(), self.options, progress) {
            Ok(f) => f,
            Err(error) => {
                return Ok(Err(NotFound {
                    kernel: job.kernel.to_string(),
                    labels: job.labels,
                    train_size: sample.rows.len(),
                    seed: sample.seed,
                    ridge: job.ridge,
                    error,
                }));
            }
        };
        let clock = Instant::now();
        let on_test = f.errors(&self.test, self.pool.test.labels())?;
        let predict = clock.elapsed().as_secs_f64();
        Found::of(&f, (sample, job), on_test, (self.seconds, predict)).map(Ok)
    }
}
