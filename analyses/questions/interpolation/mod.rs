//! `rethink interpolation`: what the norm of an interpolant says.
//!
//! After section 5 of Zhang et al. 2017, arXiv 1611.03530: for linear models
//! the solution that SGD converges to is known in closed form, so claims about
//! it can be tested without optimizer noise.

mod bad_interpolants;
mod descent;
pub(crate) mod dose;
mod double_descent;
pub(super) mod growth;
mod representations;
pub(crate) mod settings;
mod verdicts;

use rethink::experiment::Study;
use rethink::experiment::kernels::{
    KERNELS, OnRepresentationSolved, REPRESENTATIONS, Representation, RepresentationStudy,
    representation_study,
};
use rethink::experiment::linear::{EqualNorm, Limit, Response};
use rethink::report::{Claim, Outcome, QuestionReport};

use crate::questions::{Description, Question};
use crate::session::Session;
use crate::show::drawn;
use settings::Settings;

/// The question.
pub struct Interpolation;

/// What the experiments say; per seed where they have one.
struct Findings {
    settings: Settings,
    classes: usize,
    limits: Vec<Limit>,
    responses: Vec<Response>,
    equal_norm: EqualNorm,
    models: double_descent::Models,
    kernels: growth::Kernels,
    representations: Study<Representation, OnRepresentationSolved>,
    /// Without ridge.
    interpolants: RepresentationStudy,
    /// What the paper puts before the kernel for images of this shape.
    features: Representation,
    bad: bad_interpolants::Interpolants,
}

impl Question for Interpolation {
    fn description(&self) -> Description {
        Description {
            id: "interpolation",
            asks: "Does the norm of an interpolant decide how well it generalizes?",
            about: "Exact experiments on linear models over random features: which gradient methods \
                    end at the interpolant of smallest norm; the test error of interpolants of equal \
                    norm that differ in direction; error and norm through double descent, across \
                    representations (Table 3 of the paper) and of interpolants made to generalize \
                    badly. Evidence on claim C7 of the review.",
            example: "rethink interpolation --budget smoke",
        }
    }

    /// No published result settles C7.
    fn published(&self) -> &'static [(Claim, Outcome)] {
        &[]
    }

    fn answer(&self, session: &Session) -> anyhow::Result<QuestionReport> {
        let settings = Settings::of(session);
        let classes = session.dataset.classes();
        let seeds = &settings.seeds;
        session.say("interpolation: gradient methods on a linear model");
        let limits = session.parallel(seeds, |&seed| {
            session.output_of(&settings.descent(session, seed))
        })?;
        session.say("interpolation: interpolants of equal norm");
        let responses = session.parallel(seeds, |&seed| {
            session.output_of(&settings.dose(session, seed))
        })?;
        session.say("interpolation: double descent");
        let models = session.parallel(seeds, |&seed| {
            session.output_of(&settings.double_descent(session, seed))
        })?;
        session.say("interpolation: kernels on true, noisy and random labels");
        let kernels = kernels(session, &settings)?;
        session.say("interpolation: pixels, Gabor wavelets and random convolution");
        let representations = represented(session, &settings)?;
        session.say("interpolation: interpolants that generalize badly");
        let bad = session.parallel(seeds, |&seed| {
            session.output_of(&settings.bad_interpolants(session, seed))
        })?;
        let models = seeds.iter().zip(models).flat_map(|(&seed, models)| {
            let models = models.into_iter();
            models.map(move |model| (model.features, seed, model))
        });
        let bad = seeds.iter().zip(bad).flat_map(|(&seed, found)| {
            let found = found.into_iter();
            found.map(move |found| (found.construction, seed, found))
        });
        let findings = Findings {
            kernels,
            interpolants: representation_study(&representations),
            representations,
            features: Representation::of_the_paper(session.dataset.shape()),
            bad: Study::new(bad),
            classes,
            limits: limits.into_iter().flatten().collect(),
            equal_norm: EqualNorm::of(seeds, &responses),
            responses,
            models: Study::new(models),
            settings,
        };
        let grid = findings.settings.double_descent(session, 0);
        Ok(QuestionReport {
            question: "interpolation".to_owned(),
            title: "Interpolation".to_owned(),
            asks: self.description().asks.to_owned(),
            answer: verdicts::answer(&findings),
            verdicts: vec![verdicts::norm_decides(&findings)],
            figures: drawn(vec![
                dose::figure(
                    &findings.equal_norm,
                    findings.responses.len(),
                    1.0 - 1.0 / classes as f64,
                ),
                growth::figure(&findings.kernels),
                representations::figure(&findings.interpolants),
                bad_interpolants::figure(&findings.bad, 1.0 - 1.0 / classes as f64),
                descent::figure(&findings.limits),
                double_descent::figure(&grid, &findings.models),
            ])?,
            tables: [
                vec![dose::table(&findings.equal_norm, &findings.responses)],
                growth::tables(&findings.kernels, session.dataset.id() == "mnist"),
                representations::tables(
                    &findings.representations,
                    &findings.interpolants,
                    &session.dataset.id(),
                ),
                vec![
                    bad_interpolants::table(&findings.bad),
                    descent::table(&findings.limits),
                    double_descent::table(&grid, &findings.models),
                ],
            ]
            .concat(),
            warnings: verdicts::warnings(&findings, &grid),
            method: verdicts::method(&findings, session),
            published: vec![
                "Zhang et al. 2017, section 5: SGD from zero on a linear model ends at the interpolant \
                 of smallest norm; on MNIST a representation with a larger smallest norm (390 against \
                 220) has half the test error, so the norm does not order representations; interpolants with \
                 random centres, or with random labels forced on the test images, have a larger norm \
                 than the smallest."
                    .to_owned(),
            ],
            setting: session.setting(),
            provenance: session.provenance("interpolation"),
        })
    }
}

/// The kernel interpolants of all kernels, sizes and seeds.
fn kernels(session: &Session, settings: &Settings) -> anyhow::Result<growth::Kernels> {
    let sizes = (settings.kernel_sizes.iter().copied())
        .filter(|&size| size <= session.dataset.train().len());
    let cells =
        (KERNELS.into_iter()).flat_map(|kernel| sizes.clone().map(move |size| (kernel, size)));
    let jobs: Vec<((&'static str, usize), u64)> = cells
        .flat_map(|cell| settings.seeds.iter().map(move |&seed| (cell, seed)))
        .collect();
    let solved = session.parallel(&jobs, |&((kernel, size), seed)| {
        session.output_of(&settings.kernel(session, kernel, size, seed))
    })?;
    Ok(growth::Kernels::of(Study::of(&jobs, solved, |&job| job)))
}

/// The interpolants on all representations and seeds.
fn represented(
    session: &Session,
    settings: &Settings,
) -> anyhow::Result<Study<Representation, OnRepresentationSolved>> {
    let seeds = &settings.seeds;
    let specs: Vec<_> = (REPRESENTATIONS.into_iter())
        .flat_map(|representation| seeds.iter().map(move |&seed| (representation, seed)))
        .map(|(representation, seed)| settings.representations(session, representation, seed))
        .collect();
    let solved = session.outputs_of(&specs)?;
    Ok(Study::of(&specs, solved, |spec| {
        (spec.representation, spec.seed)
    }))
}
