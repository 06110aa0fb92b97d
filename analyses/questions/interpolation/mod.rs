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

use rethink::experiment::kernels::{BadInterpolant, KERNELS, REPRESENTATIONS, Representation};
use rethink::experiment::linear::{Limit, Model, Response};
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
    models: Vec<Vec<Model>>,
    kernels: Vec<growth::Group>,
    representations: Vec<representations::Group>,
    /// What the paper puts before the kernel for images of this shape.
    features: Representation,
    bad: Vec<Vec<BadInterpolant>>,
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
        let findings = Findings {
            kernels,
            representations,
            features: Representation::of_the_paper(session.dataset.shape()),
            bad,
            classes,
            limits: limits.into_iter().flatten().collect(),
            responses,
            models,
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
                dose::figure(&findings.responses, 1.0 - 1.0 / classes as f64),
                growth::figure(&findings.kernels),
                representations::figure(&findings.representations),
                bad_interpolants::figure(&findings.bad, 1.0 - 1.0 / classes as f64),
                descent::figure(&findings.limits),
                double_descent::figure(&grid, &findings.models),
            ])?,
            tables: [
                vec![dose::table(&findings.responses)],
                growth::tables(&findings.kernels, session.dataset.id() == "mnist"),
                representations::tables(&findings.representations, &session.dataset.id()),
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
fn kernels(session: &Session, settings: &Settings) -> anyhow::Result<Vec<growth::Group>> {
    let sizes = (settings.kernel_sizes.iter().copied())
        .filter(|&size| size <= session.dataset.train().len());
    let jobs: Vec<(&'static str, usize, u64)> = (KERNELS.into_iter())
        .flat_map(|kernel| sizes.clone().map(move |size| (kernel, size)))
        .flat_map(|(kernel, size)| {
            let seeds = settings.seeds.iter();
            seeds.map(move |&seed| (kernel, size, seed))
        })
        .collect();
    let solved = session.parallel(&jobs, |&(kernel, size, seed)| {
        session.output_of(&settings.kernel(session, kernel, size, seed))
    })?;
    let mut groups: Vec<growth::Group> = Vec::new();
    for ((kernel, size, seed), solved) in jobs.into_iter().zip(solved) {
        match groups.last_mut() {
            Some(group) if group.kernel == kernel && group.size == size => {
                group.seeds.push((seed, solved));
            }
            _ => groups.push(growth::Group {
                kernel,
                size,
                seeds: vec![(seed, solved)],
            }),
        }
    }
    Ok(groups)
}

/// The interpolants on all representations and seeds.
fn represented(
    session: &Session,
    settings: &Settings,
) -> anyhow::Result<Vec<representations::Group>> {
    let seeds = &settings.seeds;
    let jobs: Vec<(Representation, u64)> = (REPRESENTATIONS.into_iter())
        .flat_map(|representation| seeds.iter().map(move |&seed| (representation, seed)))
        .collect();
    let solved = session.parallel(&jobs, |&(representation, seed)| {
        session.output_of(&settings.representations(session, representation, seed))
    })?;
    Ok(
        (REPRESENTATIONS.into_iter().zip(solved.chunks(seeds.len())))
            .map(|(representation, solved)| representations::Group {
                representation,
                seeds: solved.to_vec(),
            })
            .collect(),
    )
}
