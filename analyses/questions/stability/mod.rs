//! `rethink stability`: what does one example change?
//!
//! Zhang et al. 2017 (arXiv 1611.03530), section 2.2: uniform stability is a
//! property of the algorithm and does not see the labels, so it cannot tell
//! true labels from random ones. Here it is measured, with its relatives that
//! are averages over data and do see the labels.

mod args;
mod evidence;
mod figures;
mod measure;
mod settings;
mod tables;
mod tables_of_bounds;

use std::process::ExitCode;

use clap::{ArgMatches, Args as _, Command, FromArgMatches};
use rethink::experiment::stability::{Memorized, RemovedStudy, ReplacedStudy};
use rethink::report::{Claim, QuestionReport};
use rethink::stability::bounds::SoftmaxRegression;

use crate::cli::Options;
use crate::questions::{self, Description, Question};
use crate::session::Session;
use crate::show::drawn;
use args::Args;
use settings::{Learner, Settings};

/// The question, with what it was asked for beyond the budget.
pub struct Stability {
    args: Args,
}

/// What the trainings say.
struct Findings {
    settings: Settings,
    network: ReplacedStudy,
    linear: ReplacedStudy,
    /// L and β of softmax regression.
    constants: SoftmaxRegression,
    removed: RemovedStudy,
    memorized: Memorized,
}

impl Stability {
    /// The question as the budget asks it.
    pub const OF_THE_BUDGET: Self = Self { args: Args::NONE };
}

impl Question for Stability {
    fn description(&self) -> Description {
        Description {
            id: "stability",
            title: "Stability",
            asks: "Does stability to replacing one example distinguish true from random labels?",
            about: "Trains networks twice, with one example replaced, the same initial weights \
                    and the same order of batches, and measures by how much loss and weights \
                    differ: lower bounds of uniform stability, estimates of its relatives that \
                    average over the data, beside the bounds of Hardt et al. 2016 and of Bousquet \
                    and Elisseeff 2002, which do not see the labels. Memorization scores after \
                    Feldman and Zhang 2020.",
            claims: &[Claim::C3],
            example: "rethink stability --budget smoke --replacements 5",
        }
    }

    fn augment(&self, command: Command) -> Command {
        Args::augment_args(command)
    }

    /// The same question, perhaps with other numbers than the budget's.
    fn run(&self, matches: &ArgMatches, options: &Options) -> anyhow::Result<ExitCode> {
        let args = Args::from_arg_matches(matches)?;
        questions::answer_alone(&Self { args }, &Session::open(options)?)
    }

    fn answer(&self, session: &Session) -> anyhow::Result<QuestionReport> {
        let settings = Settings::of(session, &self.args)?;
        session.say("stability: networks with one example replaced");
        let network = measure::replaced(session, &settings, Learner::Network)?;
        session.say("stability: softmax regression with one example replaced");
        let linear = measure::replaced(session, &settings, Learner::Linear)?;
        session.say("stability: kernel ridge regression without one example");
        let removed = measure::removed(session, &settings)?;
        session.say("stability: networks on random subsets");
        let memorized = measure::memorized(session, &settings)?;
        let findings = Findings {
            network,
            linear,
            constants: measure::softmax_regression(session, &settings)?,
            removed,
            memorized,
            settings,
        };
        let mut report = self.report(session);
        report.provenance.command += &self.args.to_string();
        Ok(QuestionReport {
            answer: evidence::answer(&findings),
            contributions: evidence::memorizes(&findings).into_iter().collect(),
            figures: drawn(figures::figures(&findings))?,
            tables: vec![
                tables::stability(&findings),
                tables::on_average(&findings),
                tables::randomness(&findings),
                tables_of_bounds::sgd(&findings),
                tables_of_bounds::ridge(&findings),
                tables::memorization(&findings),
            ],
            warnings: evidence::warnings(&findings),
            smaller_than_paper: session
                .smaller(findings.settings.train, "; the paper measures no stability"),
            method: findings.settings.method(session, &findings.constants),
            published: vec![
                "Zhang et al. 2017, section 2.2: uniform stability is \u{201c}solely a property of \
                 the algorithm, which does not take into account specifics of the data or the \
                 distribution of the labels\u{201d}; no measurement is shown. Hardt et al. 2016 \
                 (arXiv 1509.01240) bound the stability of SGD and plot distances between the \
                 weights of two trainings. Feldman and Zhang 2020 (arXiv 2008.03703) estimate \
                 memorization scores, with networks and data other than ours. No number of either \
                 is compared with ours."
                    .to_owned(),
            ],
            ..report
        })
    }
}
