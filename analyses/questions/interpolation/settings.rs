//! How much of the question each budget asks.

use rethink::experiment::kernels::{
    self, BadInterpolants, COMPARED, DISTANCES, LabelledInterpolants, OnRepresentation,
    Representation,
};
use rethink::experiment::linear::{self, DoseResponse, DoubleDescent, MethodLimits};

use crate::cli::Budget;
use crate::session::Session;

/// Sizes of the experiments; every experiment is done for every seed.
pub struct Settings {
    pub seeds: Vec<u64>,
    descent: (usize, usize),
    dose: (usize, usize, usize),
    double_descent: usize,
    /// Training-set sizes of the kernel interpolants, ascending.
    pub kernel_sizes: &'static [usize],
    /// Training images and random filters of the representations.
    representations: (usize, usize),
    test: usize,
}

/// Bandwidth of the random features, on pixels as given: that of Belkin et
/// al. 2018 and 2019 for MNIST.
const BANDWIDTH: f64 = 5.0;

/// Bandwidth where gradient methods must converge far: a narrow one makes the
/// features of different images nearly orthogonal.
const WELL_CONDITIONED: f64 = 2.0;

/// Relative residual at which gradient methods stop.
pub const RESIDUAL: f64 = 1e-10;

impl Settings {
    /// The settings of the session's budget.
    pub fn of(session: &Session) -> Self {
        let seeds = |count| session.options.seeds(count);
        match session.options.budget {
            Budget::Smoke => Self {
                seeds: seeds(2),
                descent: (40, 300),
                dose: (60, 40, 300),
                double_descent: 60,
                kernel_sizes: &[50, 100],
                representations: (60, 20),
                test: 300,
            },
            Budget::Quick => Self {
                seeds: seeds(5),
                descent: (200, 2000),
                dose: (1000, 500, 4000),
                double_descent: 500,
                kernel_sizes: &[500, 1000, 2000, 4000],
                representations: (1000, 200),
                test: 2000,
            },
            Budget::Paper => Self {
                seeds: seeds(20),
                descent: (200, 2000),
                dose: (1000, 1000, 8000),
                double_descent: 1000,
                kernel_sizes: &[500, 1500, 3000, 7500, 15_000],
                representations: (5000, 1000),
                test: session.dataset.test().len(),
            },
        }
    }

    /// Test images, no more than there are.
    pub fn test(&self, session: &Session) -> usize {
        self.test.min(session.dataset.test().len())
    }

    pub fn kernel(
        &self,
        session: &Session,
        kernel: &str,
        train: usize,
        seed: u64,
    ) -> LabelledInterpolants {
        LabelledInterpolants {
            checksum: session.dataset.checksum().to_owned(),
            kernel: kernel.to_owned(),
            train,
            test: self.test(session),
            labelings: kernels::LABELS.to_vec(),
            noise: kernels::NOISE,
            seed,
        }
    }

    /// The most images that anything is interpolated on.
    pub fn largest(&self, session: &Session) -> usize {
        let sizes = self.kernel_sizes.iter().copied();
        let largest = sizes.fold(self.representations.0, usize::max);
        largest.min(session.dataset.train().len())
    }

    pub fn representations(
        &self,
        session: &Session,
        representation: Representation,
        seed: u64,
    ) -> OnRepresentation {
        let (train, filters) = self.representations;
        let train = train.min(session.dataset.train().len());
        let sizes = (train, self.test(session), filters);
        OnRepresentation::new(&session.dataset, representation, sizes, seed)
    }

    pub fn bad_interpolants(&self, session: &Session, seed: u64) -> BadInterpolants {
        BadInterpolants {
            checksum: session.dataset.checksum().to_owned(),
            train: self.representations.0.min(session.dataset.train().len()),
            test: self.test(session),
            bandwidth: COMPARED,
            distances: DISTANCES,
            centres: 2,
            seed,
        }
    }

    pub fn descent(&self, session: &Session, seed: u64) -> MethodLimits {
        MethodLimits {
            checksum: session.dataset.checksum().to_owned(),
            train: self.descent.0,
            features: self.descent.1,
            bandwidth: WELL_CONDITIONED,
            first_negative: linear::FIRST_NEGATIVE,
            methods: linear::methods(self.descent.0),
            residual: RESIDUAL,
            max_epochs: 20_000,
            seed,
        }
    }

    pub fn dose(&self, session: &Session, seed: u64) -> DoseResponse {
        DoseResponse {
            checksum: session.dataset.checksum().to_owned(),
            train: self.dose.0,
            auxiliary: self.dose.1,
            test: self.test(session),
            features: self.dose.2,
            bandwidth: BANDWIDTH,
            directions: linear::DIRECTIONS.to_vec(),
            doses: linear::DOSES.to_vec(),
            seed,
        }
    }

    pub fn double_descent(&self, session: &Session, seed: u64) -> DoubleDescent {
        DoubleDescent {
            checksum: session.dataset.checksum().to_owned(),
            train: self.double_descent,
            test: self.test(session),
            features: linear::grid(self.double_descent),
            bandwidth: BANDWIDTH,
            seed,
        }
    }
}
