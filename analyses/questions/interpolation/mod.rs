//! `rethink interpolation`: what the norm of an interpolant says.
//!
//! After section 5 of Zhang et al. 2017, arXiv 1611.03530: for linear models
//! the solution that SGD converges to is known in closed form, so claims about
//! it can be tested without optimizer noise.

mod bad_interpolants;
mod descent;
pub(crate) mod dose;
mod double_descent;
mod evidence;
mod growth;
mod representations;
pub(crate) mod settings;

use rethink::experiment::Study;
use rethink::experiment::kernels::{
    BadInterpolantStudy, KERNELS, KernelGrowth, OnRepresentationSolved, REPRESENTATIONS,
    Representation, RepresentationStudy, representation_study,
};
use rethink::experiment::linear::{EqualNorm, LimitsOfSeeds, ModelStudy, Response};
use rethink::report::{Claim, QuestionReport};

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
    limits: LimitsOfSeeds,
    responses: Vec<Response>,
    equal_norm: EqualNorm,
    models: ModelStudy,
    kernels: KernelGrowth,
    representations: Study<Representation, OnRepresentationSolved>,
    /// Without ridge.
    interpolants: RepresentationStudy,
    /// What the paper puts before the kernel for images of this shape.
    features: Representation,
    bad: BadInterpolantStudy,
}

impl Question for Interpolation {
    fn description(&self) -> Description {
        Description {
            id: "interpolation",
            title: "Interpolation",
            asks: "Does the norm of an interpolant decide how well it generalizes?",
            about: "Exact experiments on linear models over random features: which gradient \
                    methods end at the interpolant of smallest norm; the test error of \
                    interpolants of equal norm that differ in direction; error and norm through \
                    double descent, across representations (Table 3 of the paper) and of \
                    interpolants made to generalize badly.",
            claims: &[Claim::C7],
            example: "rethink interpolation --budget smoke",
        }
    }

    fn answer(&self, session: &Session) -> anyhow::Result<QuestionReport> {
        let settings = Settings::of(session);
        let seeds = &settings.seeds;
        session.say("interpolation: gradient methods on a linear model");
        let limits = session.of_seeds(seeds, |seed| settings.descent(session, seed))?;
        session.say("interpolation: interpolants of equal norm");
        let responses = session.of_seeds(seeds, |seed| settings.dose(session, seed))?;
        session.say("interpolation: double descent");
        let models = session.of_seeds(seeds, |seed| settings.double_descent(session, seed))?;
        session.say("interpolation: kernels on true, noisy and random labels");
        let kernels = kernels(session, &settings)?;
        session.say("interpolation: pixels, Gabor wavelets and random convolution");
        let representations = session.study(REPRESENTATIONS, seeds, |&representation, seed| {
            settings.representations(session, representation, seed)
        })?;
        session.say("interpolation: interpolants that generalize badly");
        let bad = session.of_seeds(seeds, |seed| settings.bad_interpolants(session, seed))?;
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
            classes: session.dataset.classes(),
            limits: LimitsOfSeeds(limits.into_iter().flatten().collect()),
            equal_norm: EqualNorm::of(seeds, &responses),
            responses,
            models: Study::new(models),
            settings,
        };
        let (chance, seeds) = (session.chance(), findings.responses.len());
        let images = findings.settings.double_descent(session, 0).train;
        Ok(QuestionReport {
            answer: evidence::answer(&findings),
            contributions: vec![evidence::norm_decides(&findings)],
            figures: drawn(vec![
                dose::figure(&findings.equal_norm, seeds, chance),
                growth::figure(&findings.kernels),
                representations::figure(&findings.interpolants),
                bad_interpolants::figure(&findings.bad, chance),
                descent::figure(&findings.limits),
                double_descent::figure(images, &findings.models),
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
                    double_descent::table(images, &findings.models),
                ],
            ]
            .concat(),
            warnings: evidence::warnings(&findings, images),
            smaller_than_paper: session
                .smaller(findings.settings.largest(session), " and 60,000 of MNIST"),
            method: evidence::method(&findings, session),
            published: vec![
                "Zhang et al. 2017, section 5: SGD from zero on a linear model ends at the \
                 interpolant of smallest norm; on MNIST a representation with a larger smallest \
                 norm (390 against 220) has half the test error, so the norm does not order \
                 representations; interpolants with random centres, or with random labels forced \
                 on the test images, have a larger norm than the smallest."
                    .to_owned(),
            ],
            ..self.report(session)
        })
    }
}

/// The kernel interpolants of all kernels, sizes and seeds.
fn kernels(session: &Session, settings: &Settings) -> anyhow::Result<KernelGrowth> {
    let images = session.dataset.train().len();
    let sizes = settings.kernel_sizes.iter().copied();
    let sizes = sizes.filter(|&size| size <= images);
    let cells = KERNELS
        .into_iter()
        .flat_map(|kernel| sizes.clone().map(move |n| (kernel, n)));
    let solved = session.study(cells, &settings.seeds, |&(kernel, size), seed| {
        settings.kernel(session, kernel, size, seed)
    })?;
    Ok(KernelGrowth::of(solved))
}
