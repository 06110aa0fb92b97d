//! The questions, and how one is answered.

mod certificates;
mod convolutional;
mod expressivity;
mod implicit_bias;
mod interpolation;
mod norms;
mod rademacher;
mod randomization;
mod regularization;
mod stability;

use std::process::ExitCode;

use anyhow::Context;
use clap::{ArgMatches, Command};
use rethink::provenance::{COMMIT, Provenance, VERSION};
use rethink::report::{Claim, Outcome, QuestionReport, page};

use crate::cli::task::Task;
use crate::cli::{Format, Options, exit, output};
use crate::session::Session;
use crate::show::list;

/// Every question, in the order of the page. A new one is a file in this
/// folder and a line here.
pub const QUESTIONS: &[&dyn Question] = &[
    &randomization::Randomization,
    &expressivity::Expressivity,
    &regularization::Regularization::OF_THE_BUDGET,
    &norms::Norms,
    &interpolation::Interpolation,
    &rademacher::Rademacher,
    &certificates::Certificates::OF_THE_BUDGET,
    &stability::Stability::OF_THE_BUDGET,
    &implicit_bias::ImplicitBias::OF_THE_BUDGET,
];

/// Seeds of a pilot from 901 on, none of them one of the question's.
fn pilot_seeds(seeds: &[u64], count: usize) -> Vec<u64> {
    let others = (901..).filter(|seed| !seeds.contains(seed));
    others.take(count).collect()
}

/// A question that data can answer.
pub trait Question {
    /// What it is called and what it asks.
    fn description(&self) -> Description;

    /// What its arguments ask for, and which options change it.
    fn task(&self, _: &ArgMatches) -> Task {
        Task::answer()
    }

    /// Trains what is missing and answers.
    fn answer(&self, session: &Session) -> anyhow::Result<QuestionReport>;

    /// The outcome of each claim that the published results settle.
    fn published(&self) -> &'static [(Claim, Outcome)] {
        &[]
    }

    /// The report of this question, nothing answered yet.
    fn report(&self, session: &Session) -> QuestionReport {
        let Description {
            id, title, asks, ..
        } = self.description();
        QuestionReport {
            question: id.to_owned(),
            title: title.to_owned(),
            asks: asks.to_owned(),
            setting: session.setting(),
            provenance: session.provenance(id),
            ..QuestionReport::default()
        }
    }

    /// The subcommand with the arguments that only this question has.
    fn augment(&self, command: Command) -> Command {
        command
    }

    /// Does what was typed: answers the question, unless its own arguments ask for a part
    /// of that.
    fn run(&self, _: &ArgMatches, options: &Options) -> anyhow::Result<ExitCode> {
        answer_alone(self, &Session::open(options)?)
    }
}

/// What a question is called and what it asks.
pub struct Description {
    /// Name of the subcommand.
    pub id: &'static str,
    /// Heading of its report.
    pub title: &'static str,
    /// The question.
    pub asks: &'static str,
    /// What is done to answer it.
    pub about: &'static str,
    /// The claims that it decides, and those it has evidence on.
    pub claims: &'static [Claim],
    /// A command that shows it.
    pub example: &'static str,
}

impl Description {
    /// The question, how it is answered, and which claims that bears on.
    pub fn in_full(&self) -> String {
        let Self { asks, about, .. } = self;
        format!(
            "{asks}\n\n{about}\n\nClaims of the review: {}.",
            self.bears_on()
        )
    }

    /// Whether its verdict is that on a claim.
    pub fn decides(&self, claim: Claim) -> bool {
        claim.question() == self.id
    }

    /// The claims that it decides, and those it has evidence on with the question that
    /// decides them.
    fn bears_on(&self) -> String {
        let (decided, others): (Vec<Claim>, Vec<Claim>) =
            self.claims.iter().partition(|&&claim| self.decides(claim));
        let decided = (!decided.is_empty()).then(|| format!("decides {}", list(decided)));
        let others = others.into_iter().map(|claim| {
            let question = claim.question();
            format!("evidence on {claim}, which `rethink {question}` decides")
        });
        let parts: Vec<String> = decided.into_iter().chain(others).collect();
        parts.join("; ")
    }
}

/// The question of that name.
pub fn by_id(id: &str) -> Option<&'static dyn Question> {
    QUESTIONS.iter().copied().find(|q| q.description().id == id)
}

/// Answers one question, stores the answer, rewrites the page, and prints.
pub fn answer_alone<Q: Question + ?Sized>(
    question: &Q,
    session: &Session,
) -> anyhow::Result<ExitCode> {
    let (report, left_out) = answer_and_store(question, session)?;
    warn_of(&left_out);
    let printed = match session.options.format {
        Format::Text => text(&report, session),
        Format::Json => report.json()?,
        Format::Csv => report.csv(),
    };
    output::print(printed)?;
    Ok(check(session, &[(question.published(), report)]))
}

/// A stored answer as a terminal shows it.
pub fn text(report: &QuestionReport, session: &Session) -> String {
    let folder = QuestionReport::folder(&session.out(), &report.question);
    report.text(Some(&folder), session.options.layout())
}

/// Answers one question, stores the answer and rewrites the page; returns the answer, and
/// which stored answers are not on the page.
pub fn answer_and_store<Q: Question + ?Sized>(
    question: &Q,
    session: &Session,
) -> anyhow::Result<(QuestionReport, Vec<String>)> {
    session.put_used(&mut Provenance::default()); // of the question before, if it failed
    let mut report = question
        .answer(session)
        .with_context(|| format!("could not answer '{}'", question.description().id))?;
    session.put_used(&mut report.provenance);
    let folder = report.write(&session.out())?;
    let quiet = session.options.quiet;
    session.options.figures.write(&report, &folder, quiet)?;
    let order: Vec<&str> = QUESTIONS.iter().map(|q| q.description().id).collect();
    let today = time::OffsetDateTime::now_utc().date().to_string();
    let page = page::write(&session.out(), &order, &today, [VERSION, COMMIT])?;
    session.check_out()?;
    Ok((report, page.left_out))
}

/// Says which answers are not on the page.
pub fn warn_of(left_out: &[String]) {
    if let Some((first, others)) = left_out.split_first() {
        let more = match others.len() {
            0 => String::new(),
            n => format!(" (and {n} more questions)"),
        };
        output::say(format_args!("warning: not on the page: {first}{more}"));
    }
}

/// The exit code that `--check` asks for: answers beside the outcomes according to the
/// published results.
pub fn check(
    session: &Session,
    answered: &[(&'static [(Claim, Outcome)], QuestionReport)],
) -> ExitCode {
    if !session.options.check {
        return exit::DONE.into();
    }
    let mut code = exit::DONE;
    for (published, report) in answered {
        for (claim, published) in *published {
            let found = report.verdicts.iter().find(|v| v.claim == *claim);
            if found.is_none_or(|v| v.outcome != *published) {
                output::say(format_args!(
                    "rethink: {claim} is {} here, {} according to the published results",
                    found.map_or("not decided", |v| v.outcome.word()),
                    published.word()
                ));
                code = exit::CHECK_FAILED;
            }
        }
    }
    code.into()
}
