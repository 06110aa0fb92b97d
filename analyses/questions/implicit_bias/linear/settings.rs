//! How much of the linear models each budget asks for.

use crate::cli::Budget;
use crate::questions::interpolation;
use crate::session::Session;
use rethink::experiment::linear::DoseResponse;
use rethink::experiment::linear::hitting_times::{self, HittingTimes};
use rethink::experiment::linear::theorem::{self, SpanTheorem};

/// Sizes of the experiments; every experiment is done for every seed.
pub struct Settings {
    pub seeds: Vec<u64>,
    /// Training images, random features, test images.
    limits: (usize, usize, usize),
    /// Training images, random features, labelings at each share of random labels.
    mechanism: (usize, usize, usize),
    /// The question that has the experiment on interpolants of equal norm already:
    /// at one budget the two share its records.
    interpolation: interpolation::settings::Settings,
}

impl Settings {
    /// The settings of the session's budget.
    pub fn of(session: &Session) -> Self {
        let of = |seeds, limits, mechanism| Self {
            seeds: session.options.seeds(seeds),
            limits,
            mechanism,
            interpolation: interpolation::settings::Settings::of(session),
        };
        match session.options.budget {
            Budget::Smoke => of(2, (40, 300, 100), (40, 160, 3)),
            Budget::Quick => of(5, (200, 1000, 1000), (200, 800, 6)),
            Budget::Paper => of(20, (300, 3000, 2000), (400, 1600, 20)),
        }
    }

    pub fn limits(&self, session: &Session, seed: u64) -> SpanTheorem {
        let (train, features, test) = self.limits;
        SpanTheorem {
            checksum: session.dataset.checksum().to_owned(),
            train,
            features,
            test,
            // Narrower than where the test error is least, so that the features are
            // well-conditioned and every method comes near its limit.
            bandwidth: 3.0,
            methods: theorem::methods(train),
            residual: 1e-8,
            residual_elsewhere: 1e-4,
            max_epochs: 20_000,
            seed,
        }
    }

    pub fn dose(&self, session: &Session, seed: u64) -> DoseResponse {
        self.interpolation.dose(session, seed)
    }

    pub fn mechanism(&self, session: &Session, seed: u64) -> HittingTimes {
        let (train, features, draws) = self.mechanism;
        HittingTimes {
            checksum: session.dataset.checksum().to_owned(),
            train,
            features,
            corrupted: hitting_times::CORRUPTED.to_vec(),
            draws,
            bandwidth: 5.0,
            residual: 0.1,
            max_steps: 100_000,
            seed,
        }
    }
}
