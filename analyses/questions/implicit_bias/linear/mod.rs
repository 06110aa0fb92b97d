//! The trial where theory is exact: linear models on random features,
//! in double precision.

mod equal_norm;
mod limits;
mod mechanism;
mod settings;
mod statements;

use rethink::experiment::linear::hitting_times::{CORRUPTED, Labeling};
use rethink::experiment::linear::theorem::Checked;
use rethink::experiment::linear::{EqualNorm, Identity, NormAndTime, Response};
use rethink::report::{Evidence, Figure, Table};
use rethink::text::number::significant;

use crate::questions::interpolation::dose;
use crate::session::Session;
use crate::show::{drawn, list};
use settings::Settings;

/// What was measured, per seed.
pub struct Linear {
    settings: Settings,
    limits: Vec<Checked>,
    responses: Vec<Response>,
    equal_norm: EqualNorm,
    labelings: Vec<Vec<Labeling>>,
    chance: f64,
}

/// What they say about the hypotheses of the trial.
pub struct Findings {
    /// One sentence per hypothesis.
    pub statements: Vec<String>,
    /// The numbers, for a verdict.
    pub evidence: Vec<Evidence>,
}

/// Measures all seeds; what is on record is read.
pub fn measure(session: &Session) -> anyhow::Result<Linear> {
    let settings = Settings::of(session);
    let seeds = &settings.seeds;
    session.say("implicit-bias: where gradient methods end on a linear model");
    let limits = session.of_seeds(seeds, |seed| settings.limits(session, seed))?;
    session.say("implicit-bias: linear interpolants of equal norm");
    let responses = session.of_seeds(seeds, |seed| settings.dose(session, seed))?;
    session.say("implicit-bias: norm and steps from the spectrum of the labels");
    let labelings = session.of_seeds(seeds, |seed| settings.mechanism(session, seed))?;
    Ok(Linear {
        equal_norm: EqualNorm::of(seeds, &responses),
        limits,
        responses,
        labelings,
        chance: session.chance(),
        settings,
    })
}

impl Linear {
    pub fn findings(&self, session: &Session) -> Findings {
        let residual = self.settings.limits(session, 0).residual;
        let identity = Identity::of(&self.limits, residual);
        let norms_and_times = NormAndTime::of(&self.labelings);
        Findings {
            statements: statements::statements(&identity, &self.equal_norm, &norms_and_times),
            evidence: statements::evidence(&identity, &self.equal_norm, &norms_and_times),
        }
    }

    pub fn figures(&self, session: &Session) -> anyhow::Result<Vec<Figure>> {
        let residual = self.settings.mechanism(session, 0).residual;
        Ok(drawn(vec![
            dose::figure(&self.equal_norm, self.responses.len(), self.chance),
            mechanism::figure(&self.labelings, residual),
        ])?)
    }

    pub fn tables(&self) -> Vec<Table> {
        vec![
            limits::table(&self.limits),
            dose::table(&self.equal_norm, &self.responses),
            equal_norm::table(&self.equal_norm, self.responses.len()),
            mechanism::table(&self.labelings),
        ]
    }

    pub fn warnings(&self, session: &Session) -> Vec<String> {
        limits::warnings(&self.limits, &self.settings.limits(session, 0))
    }

    pub fn method(&self, session: &Session) -> Vec<String> {
        let settings = &self.settings;
        let (limits, dose) = (settings.limits(session, 0), settings.dose(session, 0));
        let mechanism = settings.mechanism(session, 0);
        vec![
            format!(
                "Linear models: images of {} with raw pixels, mapped to N random Fourier features \
                 (Rahimi and Recht 2007); double precision, {} seeds, each with its own images \
                 and features. `rethink interpolation` measures the order across representations, \
                 growth with the number of images, and interpolants made to generalize badly.",
                session.dataset.name(),
                settings.seeds.len(),
            ),
            format!(
                "Limits: n = {}, N = {}, bandwidth {}, targets +1 for the first half of the \
                 classes and −1 for the others, stopped at a relative residual of {} (methods that \
                 leave the span: {}). The part outside the span is projected out after each step \
                 of the first epoch and after every epoch, which is every step of a method that \
                 uses all images in each. Sign descent has an exact line search.",
                limits.train,
                limits.features,
                limits.bandwidth,
                significant(limits.residual, 1),
                significant(limits.residual_elsewhere, 1),
            ),
            format!(
                "Equal norm: n = {}, N = {}, bandwidth {}; directions from {} further images, as \
                 in `rethink interpolation`, whose records it shares. The helpful direction knows \
                 more than the training set: the comparison asks what the norm decides, not what \
                 a method could find.",
                dose.train, dose.features, dose.bandwidth, dose.auxiliary,
            ),
            format!(
                "Norm and steps: n = {}, N = {}, bandwidth {}, gradient descent from zero to a \
                 relative residual of {}; per seed the true labels and {} labelings at each of {} \
                 % random labels, all on the same images. With y = Σ c_j u_j in the eigenvectors \
                 of ΦΦᵀ: ‖w*‖² = Σ c_j²/λ_j and ‖Φw_t − y‖² = Σ (1 − ηλ_j)^(2t) c_j². Fewest and \
                 most steps at a norm: both sums are linear in the c_j², so the extremes have at \
                 most two of them (derived here).",
                mechanism.train,
                mechanism.features,
                mechanism.bandwidth,
                mechanism.residual,
                mechanism.draws,
                list(CORRUPTED[1..].iter().map(|p| 100.0 * p)),
            ),
        ]
    }
}
