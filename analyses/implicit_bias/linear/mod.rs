//! The trial in the world where theory is exact: linear models on random features,
//! in double precision.

mod equal_norm;
mod limits;
mod mechanism;
mod mechanism_output;
mod settings;

use rethink::report::{Evidence, Figure, Table};
use rethink::statistics::Estimate;

use crate::interpolation::dose::{self, Direction};
use crate::interpolation::world;
use crate::session::Session;
use crate::show::{drawn, evidence, percent};
use settings::Settings;

/// What was measured, per seed.
pub struct Linear {
    settings: Settings,
    limits: Vec<limits::Found>,
    responses: Vec<dose::Response>,
    labelings: Vec<mechanism::Found>,
    chance: f64,
}

/// What this world says about the hypotheses of the trial.
pub struct Findings {
    /// The theorem (A1), and that stochasticity changes nothing (H2).
    pub identity: limits::Identity,
    /// H4: test error of the adversarial minus the helpful direction at the same norm
    /// and training cost, in points.
    pub equal_norm: Option<Estimate>,
    /// H5 and why it holds.
    pub reach: mechanism::Reach,
    /// One sentence per hypothesis.
    pub statements: Vec<String>,
    /// The numbers, for a verdict.
    pub evidence: Vec<Evidence>,
}

/// Measures all seeds; what is on record is read.
pub fn measure(session: &Session) -> anyhow::Result<Linear> {
    let settings = Settings::of(session);
    let (classes, shape) = (session.dataset.classes(), session.dataset.shape());
    let seeds = &settings.seeds;
    session.say("implicit-bias: where gradient methods end on a linear model");
    let limits = session.parallel(seeds, |&seed| {
        let spec = settings.limits(session, seed);
        session.record("linear-limits", &spec, || {
            let draw = world::draw(session, (spec.train, 0, spec.test), seed)?;
            limits::find(&spec, &draw, classes)
        })
    })?;
    session.say("implicit-bias: linear interpolants of equal norm");
    let responses = session.parallel(seeds, |&seed| {
        let spec = settings.dose(session, seed);
        session.record("dose-response", &spec, || {
            let sizes = (spec.train, spec.auxiliary, spec.test);
            dose::respond(&spec, &world::draw(session, sizes, seed)?, classes)
        })
    })?;
    session.say("implicit-bias: norm and steps from the spectrum of the labels");
    let labelings = session.parallel(seeds, |&seed| {
        let spec = settings.mechanism(session, seed);
        session.record("linear-mechanism", &spec, || {
            let draw = world::draw(session, (spec.train, 0, 1), seed)?;
            mechanism::find(&spec, &draw, classes, shape)
        })
    })?;
    Ok(Linear {
        settings,
        limits,
        responses,
        labelings,
        chance: 1.0 - 1.0 / classes as f64,
    })
}

/// Targets of +1 for the first half of the classes and −1 for the others.
fn half_of_the_classes(labels: &[u8], classes: usize) -> Vec<f64> {
    let first = |label: u8| usize::from(label) < classes / 2;
    let target = |&label: &u8| if first(label) { 1.0 } else { -1.0 };
    labels.iter().map(target).collect()
}

impl Linear {
    pub fn findings(&self, session: &Session) -> Findings {
        let residual = self.settings.limits(session, 0).residual;
        let identity = limits::Identity::of(&self.limits, residual);
        let equal_norm = dose::effect(&self.responses).map(percent);
        let reach = mechanism::Reach::of(&self.labelings);
        Findings {
            statements: statements(&identity, equal_norm, &reach, &self.responses),
            evidence: evidences(&identity, equal_norm, &reach, &self.responses),
            identity,
            equal_norm,
            reach,
        }
    }

    pub fn figures(&self, session: &Session) -> anyhow::Result<Vec<Figure>> {
        let residual = self.settings.mechanism(session, 0).residual;
        Ok(drawn(vec![
            dose::figure(&self.responses, self.chance),
            mechanism_output::figure(&self.labelings, residual),
        ])?)
    }

    pub fn tables(&self) -> Vec<Table> {
        vec![
            limits::table(&self.limits),
            dose::table(&self.responses),
            equal_norm::table(&self.responses),
            mechanism_output::table(&self.labelings),
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
                "Linear world: images of {} with pixels in [0, 1], mapped to N random Fourier features \
                 (Rahimi and Recht 2007); double precision, {} seeds, each with its own images and \
                 features. Order across representations, growth with the number of images and interpolants \
                 made to generalize badly are measured by rethink interpolation.",
                session.dataset.name(),
                settings.seeds.len(),
            ),
            format!(
                "Limits: n = {}, N = {}, bandwidth {}, targets +1 for the first half of the classes and −1 \
                 for the others, stopped at a relative residual of {:.0e} (methods that leave the span: \
                 {:.0e}). The part outside the span is \
                 projected out after each step of the first epoch and after every epoch, which is every \
                 step of a method that uses all images in each. Sign descent has an exact line search.",
                limits.train,
                limits.features,
                limits.bandwidth,
                limits.residual,
                limits.residual_elsewhere,
            ),
            format!(
                "Equal norm: n = {}, N = {}, bandwidth {}; directions from {} further images, as in rethink \
                 interpolation, whose records it shares. The helpful direction knows more than the \
                 training set: the comparison asks what the norm decides, not what a method could find.",
                dose.train, dose.features, dose.bandwidth, dose.auxiliary,
            ),
            format!(
                "Norm and steps: n = {}, N = {}, bandwidth {}, gradient descent from zero to a relative \
                 residual of {}; per seed the true labels and {} labelings at each of {} % random labels, \
                 all on the same images. With y = Σ c_j u_j in the eigenvectors of ΦΦᵀ: ‖w*‖² = Σ c_j²/λ_j \
                 and ‖Φw_t − y‖² = Σ (1 − ηλ_j)^(2t) c_j². Fewest and most steps at a norm: both sums are \
                 linear in the c_j², so the extremes have at most two of them (derived here).",
                mechanism.train,
                mechanism.features,
                mechanism.bandwidth,
                mechanism.residual,
                mechanism.draws,
                mechanism::CORRUPTED[1..]
                    .iter()
                    .map(|p| format!("{}", 100.0 * p))
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
        ]
    }
}

fn shown(estimate: Option<Estimate>) -> String {
    estimate.map_or_else(|| "unknown".to_owned(), |e| e.to_string())
}

fn statements(
    identity: &limits::Identity,
    equal_norm: Option<Estimate>,
    reach: &mechanism::Reach,
    responses: &[dose::Response],
) -> Vec<String> {
    let holds = if identity.holds { "holds" } else { "FAILS" };
    let same = if identity.same_labels {
        "the same"
    } else {
        "not the same"
    };
    let better = equal_norm::larger_and_better(responses);
    let larger = match (better.first(), better.last()) {
        (Some(first), Some(last)) => format!(
            "norms from {:.3} to {:.3} times the smallest have a lower error than the smallest",
            first.hypot(1.0),
            last.hypot(1.0)
        ),
        _ => "no larger norm has a lower error than the smallest beyond its interval".to_owned(),
    };
    vec![
        format!(
            "A1, a theorem, {holds} here: from zero, gradient descent, SGD of every batch size, momentum \
             and Kaczmarz keep at most a share {:.0e} of the weights outside the span of the training \
             features and end within {:.0e} of the smallest norm, {:.2} of what the residual allows at \
             most (smallest s_min {:.3}); Adam, AdaGrad and sign descent keep at least {:.2} outside.",
            identity.largest_share,
            identity.largest_distance,
            identity.tightest,
            identity.smallest_singular,
            identity.smallest_free_share,
        ),
        format!(
            "H2 is null in this world: solutions of different batch sizes differ by at most {:.0e} of \
             their norm and give test images {same} labels.",
            identity.spread
        ),
        format!(
            "H4, at equal norm (√2 times the smallest) and training cost: the adversarial direction errs {} \
             points more than the helpful one; towards true labels of other images, {larger}. Up to that \
             norm Kendall's tau of norm and test error over all directions is {}.",
            shown(equal_norm),
            shown(equal_norm::tau(responses, 1.0)),
        ),
        format!(
            "H5: over labelings of the same images Spearman's rho of steps and norm is {}, within one \
             share of random labels {}; the spectrum of the labels predicts every hitting time to {} \
             steps. On the same features, targets of the norm of the true labels can take {:.1} times as \
             many steps as others or more: the spectrum decides both norm and steps, neither decides the \
             other. Given the kernel-target alignment the two correlate by {} (0 if that one number held \
             all they share).",
            shown(reach.rho),
            shown(reach.rho_within),
            reach.largest_error,
            reach.freedom,
            shown(reach.partial),
        ),
    ]
}

fn evidences(
    identity: &limits::Identity,
    equal_norm: Option<Estimate>,
    reach: &mechanism::Reach,
    responses: &[dose::Response],
) -> Vec<Evidence> {
    let exact = |label: &str, value: String| Evidence {
        label: label.to_owned(),
        value,
        kind: "exact up to rounding, all seeds".to_owned(),
    };
    let power = |value: f64| format!("{value:.0e}");
    let mut lines = vec![
        exact(
            "linear world: largest share outside the span, methods under the theorem",
            power(identity.largest_share),
        ),
        exact(
            "linear world: smallest share outside the span, Adam, AdaGrad, sign descent",
            power(identity.smallest_free_share),
        ),
        exact(
            "linear world: smallest norm these end at, over the smallest there is",
            format!("{:.2}", identity.smallest_free_norm),
        ),
        exact(
            "linear world: largest distance of solutions of two batch sizes, over the norm",
            power(identity.spread),
        ),
        exact(
            "linear world: largest difference of predicted and measured steps",
            reach.largest_error.to_string(),
        ),
    ];
    let slope = |direction| equal_norm::slope(responses, direction);
    let estimates = [
        (
            "linear world: test error, adversarial minus helpful, norm √2 times the smallest",
            equal_norm,
            "points",
        ),
        (
            "linear world: test error per doubling of the norm, random direction",
            slope(Direction::Random),
            "points",
        ),
        (
            "linear world: test error per doubling of the norm, adversarial direction",
            slope(Direction::Adversarial),
            "points",
        ),
        (
            "linear world: test error per doubling of the norm, helpful direction",
            slope(Direction::Helpful),
            "points",
        ),
        (
            "linear world: tau of norm and test error over directions, norm up to √2 times the smallest",
            equal_norm::tau(responses, 1.0),
            "",
        ),
        (
            "linear world: rho of steps and norm, all labelings of a seed",
            reach.rho,
            "",
        ),
        (
            "linear world: the same within one share of random labels",
            reach.rho_within,
            "",
        ),
        (
            "linear world: R² of ln steps on ln norm",
            reach.r_squared,
            "",
        ),
        (
            "linear world: correlation of ln steps and ln norm given the kernel-target alignment",
            reach.partial,
            "",
        ),
    ];
    for (label, estimate, unit) in estimates {
        lines.extend(estimate.map(|e| evidence(label, &e, unit)));
    }
    lines
}
