//! What is measured beside the trial, where theory or brute force needs no optimizer.

use rethink::report::{Evidence, Figure, Table};

use super::guessed;
use crate::questions::implicit_bias::linear;
use crate::session::Session;

/// Parts of the report that do not follow from the trial's runs.
#[derive(Default)]
pub struct Beside {
    pub statements: Vec<String>,
    pub evidence: Vec<Evidence>,
    pub figures: Vec<Figure>,
    pub tables: Vec<Table>,
    pub warnings: Vec<String>,
    pub method: Vec<String>,
}

/// The linear world and guesses, on the session's dataset.
pub fn measure(session: &Session) -> anyhow::Result<Beside> {
    let linear = linear::measure(session)?;
    let findings = linear.findings(session);
    let guesses = guessed::measure(session)?;
    let (mut statements, mut evidence) = (findings.statements, findings.evidence);
    statements.push(guesses.statement());
    evidence.extend(guesses.evidence());
    let mut tables = linear.tables();
    tables.push(guesses.table());
    Ok(Beside {
        statements,
        evidence,
        figures: linear.figures(session)?,
        tables,
        warnings: linear.warnings(session),
        method: linear.method(session),
    })
}
