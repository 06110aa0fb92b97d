//! `rethink rademacher`: does a norm restrict what the class of all networks does not?
//!
//! Zhang et al. 2017, arXiv 1611.03530, section 2.2: since networks fit random signs,
//! the Rademacher complexity of the class is about 1 and bounds nothing, unless the
//! class is restricted further. Here it is restricted by norms.

mod classes;
mod evidence;
mod figures;
mod settings;
mod tables;

use rethink::experiment::Study;
use rethink::experiment::rademacher::bounded::Problem;
use rethink::experiment::rademacher::classes::{Local, LocalKernelBall, Measured, NormBall};
use rethink::experiment::rademacher::kernels::{KERNELS, Solved};
use rethink::experiment::rademacher::labels::Labels;
use rethink::experiment::rademacher::profile::Trained;
use rethink::report::{Claim, QuestionReport};

use crate::questions::{Description, Question};
use crate::session::Session;
use settings::Settings;

/// The question.
pub struct Rademacher;

/// What was trained and solved.
struct Findings {
    settings: Settings,
    problem: Problem,
    classes: Vec<(NormBall, Measured)>,
    local: Vec<(LocalKernelBall, Local)>,
}

impl Question for Rademacher {
    fn description(&self) -> Description {
        Description {
            id: "rademacher",
            title: "Rademacher complexity",
            asks: "Does bounding the norm make Rademacher complexity informative?",
            about: "Fits random signs with networks, which bounds the complexity of the class \
                    from below, and measures how much of it is left at the norm that true labels \
                    need. Complexities of norm balls are exact suprema. Bounds on the error that \
                    hold for the norms training found, for true, noisy and random labels, stand \
                    beside the error.",
            claims: &[Claim::C7],
            example: "rethink rademacher --budget smoke",
        }
    }

    fn answer(&self, session: &Session) -> anyhow::Result<QuestionReport> {
        let settings = Settings::of(session);
        session.say("rademacher: kernels on true, noisy and random labels");
        let sizes = settings.kernel_sizes.iter();
        let cells = (KERNELS.into_iter())
            .flat_map(|kernel| sizes.clone().map(move |&n| (kernel.to_owned(), n)));
        let kernels = session.study(cells, &settings.seeds, |cell, seed| {
            settings.kernel(session, cell, seed)
        })?;
        session.say("rademacher: exact complexities of norm balls");
        let specs = settings.classes(session);
        let measured = session.outputs_of(&specs)?;
        let classes = specs.into_iter().zip(measured).collect();
        let local = localized(session, &settings, &kernels)?;
        session.say("rademacher: networks on random signs, true and noisy labels");
        let trainings = settings.networks();
        let specs = trainings.iter().map(|one| settings.network(session, one));
        let fitted = session.outputs_of(&specs.collect::<Vec<_>>())?;
        let problem = Problem {
            fits: Study::of(&trainings, fitted, |&training| training),
            kernels,
            profiled: settings.profiled,
            kernel_size: settings.kernel_sizes.last().copied().unwrap_or(0),
        };
        let findings = Findings {
            settings,
            problem,
            classes,
            local,
        };
        Ok(QuestionReport {
            answer: evidence::answer(&findings)?,
            contributions: vec![evidence::norms_explain(&findings)?],
            figures: figures::figures(&findings)?,
            tables: tables::tables(&findings)?,
            warnings: evidence::warnings(&findings),
            smaller_than_paper: session.smaller(
                findings.problem.kernel_size,
                "; the paper measures no complexity",
            ),
            method: findings.settings.method(session),
            published: vec![
                "Zhang et al. 2017, section 2.2: since many networks fit random labels perfectly, \
                 \"we expect\" a complexity of about 1; no value is measured. The rewrite of 2021 \
                 (Communications of the ACM 64(3), p. 111) says that the complexity of the \
                 indicator losses is about 1 too; with its own definition it is about 1/2, which \
                 is as vacuous."
                    .to_owned(),
            ],
            ..self.report(session)
        })
    }
}

/// Local complexities of the balls whose radius is the norm that true labels need.
fn localized(
    session: &Session,
    settings: &Settings,
    kernels: &Study<(String, usize), Solved>,
) -> anyhow::Result<Vec<(LocalKernelBall, Local)>> {
    let sizes: Vec<usize> = settings.local_sizes().collect();
    let balls = kernels.cells().filter(|(_, n)| sizes.contains(n));
    let specs: Vec<LocalKernelBall> = balls
        .filter_map(|cell| {
            let solved = kernels.at(cell, session.options.seed)?;
            let radius = solved.needed(Labels::True)?;
            Some(settings.local(session, &cell.0, cell.1, radius))
        })
        .collect();
    let found = session.outputs_of(&specs)?;
    Ok(specs.into_iter().zip(found).collect())
}

/// Name and size of a network.
fn subject((architecture, n): Trained) -> String {
    format!("{architecture}, n = {n}")
}
