//! The trial: the plan, the runs, what follows.

mod arms;
mod runs;
mod settings;

use std::process::ExitCode;

use rethink::report::QuestionReport;

use super::args::Args;
use crate::session::Session;
use crate::{exit, output};
use runs::Data;
pub use settings::PAPER_DATASETS;
use settings::Settings;

/// Prints the frozen plan.
pub fn print_plan(session: &Session, args: &Args) -> anyhow::Result<ExitCode> {
    let settings = Settings::of(session, args)?;
    let data = Data::load(session, &settings)?;
    let plan = runs::plan(session, &settings, &data)?;
    output::print(format!(
        "{}\n{}\n",
        plan.hash(),
        serde_json::to_string_pretty(&plan)?
    ))?;
    Ok(exit::DONE.into())
}

/// Runs the trial and says what follows.
pub fn answer(session: &Session, args: &Args, asks: &str) -> anyhow::Result<QuestionReport> {
    let settings = Settings::of(session, args)?;
    let data = Data::load(session, &settings)?;
    let plan = runs::plan(session, &settings, &data)?;
    session.say(&format!("implicit-bias: plan {}", plan.hash()));
    let outcomes = runs::outcomes(session, &plan, &data)?;
    std::fs::write(
        session.out().join("runs.jsonl"),
        outcomes
            .iter()
            .map(|o| serde_json::to_string(o).unwrap() + "\n")
            .collect::<String>(),
    )?;
    let _ = asks;
    anyhow::bail!("not wired")
}
