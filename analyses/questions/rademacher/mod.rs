//! `rethink rademacher`: does a norm restrict what the class of all networks does not?
//!
//! Zhang et al. 2017, arXiv 1611.03530, section 2.2: since networks fit random signs,
//! the Rademacher complexity of the class is about 1 and bounds nothing, unless the
//! class is restricted further. Here it is restricted by norms.

mod bounded;
mod capacity;
mod classes;
mod figures;
mod profile;
mod settings;
mod tables;
mod verdicts;

use rethink::network::Architecture;
use rethink::report::{Claim, Outcome, QuestionReport};

use crate::questions::{Description, Question};
use crate::session::Session;
use rethink::experiment::rademacher::classes::{Local, LocalKernelBall, Measured, NormBall};
use rethink::experiment::rademacher::kernels::{SignKernel, Solved};
use rethink::experiment::rademacher::labels::Labels;
use rethink::experiment::rademacher::networks::{Fitted, SignNetwork};
use settings::Settings;

/// The question.
pub struct Rademacher;

/// What was trained and solved.
struct Findings {
    settings: Settings,
    fits: Vec<(SignNetwork, Fitted)>,
    kernels: Vec<(SignKernel, Solved)>,
    classes: Vec<(NormBall, Measured)>,
    local: Vec<(LocalKernelBall, Local)>,
}

impl Findings {
    /// The trials of one network, size and labeling.
    fn fits(&self, (architecture, n): (Architecture, usize), labels: Labels) -> Vec<&Fitted> {
        let fits = self.fits.iter().filter(|(spec, _)| {
            (spec.architecture, spec.train, spec.labels) == (architecture, n, labels)
        });
        fits.map(|(_, fitted)| fitted).collect()
    }

    /// The seeds of one kernel and size.
    fn solved(&self, kernel: &str, n: usize) -> Vec<&Solved> {
        let solved = (self.kernels.iter())
            .filter(|(spec, _)| (spec.kernel.as_str(), spec.train) == (kernel, n));
        solved.map(|(_, solved)| solved).collect()
    }

    /// The largest training set of the kernels.
    fn kernel_size(&self) -> usize {
        self.settings.kernel_sizes.last().copied().unwrap_or(0)
    }
}

impl Question for Rademacher {
    fn description(&self) -> Description {
        Description {
            id: "rademacher",
            asks: "Does restricting the norm make Rademacher complexity say something?",
            about: "Fits random signs with networks, which bounds the complexity of the class from \
                    below, and measures how much of it is left at the norm that true labels need. \
                    Complexities of norm balls are exact suprema. Bounds on the error that hold for \
                    the norms training found, for true, noisy and random labels, stand beside the \
                    error. Evidence on claim C7 of the review.",
            example: "rethink rademacher --budget smoke",
        }
    }

    /// No published result settles C7.
    fn published(&self) -> &'static [(Claim, Outcome)] {
        &[]
    }

    fn answer(&self, session: &Session) -> anyhow::Result<QuestionReport> {
        let settings = Settings::of(session);
        session.say("rademacher: kernels on true, noisy and random labels");
        let specs = settings.kernels(session);
        let solved = session.outputs_of(&specs)?;
        let kernels: Vec<_> = specs.into_iter().zip(solved).collect();
        session.say("rademacher: exact complexities of norm balls");
        let specs = settings.classes(session);
        let measured = session.outputs_of(&specs)?;
        let classes = specs.into_iter().zip(measured).collect();
        let local = localized(session, &settings, &kernels)?;
        session.say("rademacher: networks on random signs, true and noisy labels");
        let mut specs = settings.signs(session);
        for spec in settings.profile(session) {
            if !specs.contains(&spec) {
                specs.push(spec);
            }
        }
        // The long trainings first, so that no core waits for one at the end.
        specs.sort_by_key(|spec| std::cmp::Reverse(spec.train * spec.architecture.width()));
        let fitted = session.outputs_of(&specs)?;
        let findings = Findings {
            settings,
            fits: specs.into_iter().zip(fitted).collect(),
            kernels,
            classes,
            local,
        };
        Ok(QuestionReport {
            question: "rademacher".to_owned(),
            title: "Rademacher complexity".to_owned(),
            asks: self.description().asks.to_owned(),
            answer: verdicts::answer(&findings)?,
            verdicts: vec![verdicts::norms_explain(&findings)?],
            figures: figures::figures(&findings)?,
            tables: tables::tables(&findings)?,
            warnings: verdicts::warnings(&findings),
            method: findings.settings.method(session),
            published: vec![
                "Zhang et al. 2017, section 2.2: since many networks fit random labels perfectly, \
                 \"we expect\" a complexity of about 1; no value is measured. The rewrite of 2021 \
                 (Communications of the ACM 64(3), p. 111) says that the complexity of the indicator \
                 losses is about 1 too; with its own definition it is about 1/2, which is as vacuous."
                    .to_owned(),
            ],
            setting: session.setting(),
            provenance: session.provenance("rademacher"),
        })
    }
}

/// Local complexities of the balls whose radius is the norm that true labels need.
fn localized(
    session: &Session,
    settings: &Settings,
    kernels: &[(SignKernel, Solved)],
) -> anyhow::Result<Vec<(LocalKernelBall, Local)>> {
    let sizes: Vec<usize> = settings.local_sizes().collect();
    let balls = kernels
        .iter()
        .filter(|(spec, _)| spec.seed == session.options.seed && sizes.contains(&spec.train));
    let specs: Vec<LocalKernelBall> = balls
        .filter_map(|(spec, solved)| {
            let radius = solved.interpolant(Labels::True)?.norm?;
            Some(settings.local(session, &spec.kernel, spec.train, radius))
        })
        .collect();
    let found = session.outputs_of(&specs)?;
    Ok(specs.into_iter().zip(found).collect())
}
