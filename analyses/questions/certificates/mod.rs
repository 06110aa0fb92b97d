//! `rethink certificates`: is there a bound on the error that says something?
//!
//! Zhang et al. 2017 (arXiv 1611.03530) ask what distinguishes networks that generalize from those
//! that do not; the bounds of their section 2.2 say nothing of networks that fit random labels.

mod args;
mod evidence;
mod figures;
mod findings;
mod method;
mod settings;
mod shown;
mod specs;
mod tables;
mod told;
mod ways;

use std::process::ExitCode;

use clap::{ArgMatches, Args as _, Command, FromArgMatches};
use rethink::report::{Claim, QuestionReport};

use crate::cli::Options;
use crate::questions::{self, Description, Question};
use crate::session::Session;
use crate::show::drawn;
use args::Args;
use findings::Findings;
use settings::Settings;

/// The question, with what it was asked for beyond the budget.
pub struct Certificates {
    args: Args,
}

impl Certificates {
    /// The question as the budget asks it.
    pub const OF_THE_BUDGET: Self = Self { args: Args::NONE };
}

impl Question for Certificates {
    fn description(&self) -> Description {
        Description {
            id: "certificates",
            title: "Certificates",
            asks: "Is there a bound on the error that is small on true labels and trivial on random \
                   ones?",
            about: "Trains a Gaussian over the weights of a network from a prior that has seen no \
                    data, on true, noisy and random labels, and bounds its error by the training \
                    examples alone (PAC-Bayes). Beside it stand the bound from held-out examples, \
                    the bound of a Gaussian around the network that SGD finds, and the norm bounds \
                    of that network.",
            claims: &[Claim::C3, Claim::C7],
            example: "rethink certificates --budget smoke --architecture mlp-32",
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
        let findings = Findings::of(session, settings)?;
        let mut report = self.report(session);
        report.provenance.command += &self.args.to_string();
        Ok(QuestionReport {
            answer: evidence::answer(&findings),
            contributions: evidence::contributions(&findings),
            figures: drawn(vec![figures::figure(&findings)])?,
            tables: tables::tables(&findings),
            warnings: told::warnings(&findings),
            smaller_than_paper: session
                .smaller(findings.settings.train, "; the paper has no certificate"),
            method: told::method(&findings, session),
            published: told::published(),
            ..report
        })
    }
}
