//! From a network to its numbers.

use rethink::checkpoint::Skipped;
use rethink::dataset::Split;
use rethink::measure::{
    Audit, Card, Folding, MeasureError, Need, Report, Subject, audit, measures,
};

use super::args::Args;
use super::cards;
use super::progress::Progress;
use super::source::{Provenance, Source};

/// Everything that is told of one file.
pub struct Measured {
    /// What it is called in tables.
    pub name: String,
    pub report: Report,
    /// Wanted measures without any value, with what they lack.
    pub missing: Vec<(&'static Card, Vec<Need>)>,
    pub skipped: Vec<Skipped>,
    pub folded: Vec<Folding>,
    /// Layers whose array came as (…, in, out).
    pub transposed: Vec<String>,
    /// What the audit found, or why it could not be done; none if it was not asked
    /// for.
    pub audit: Option<Result<Vec<Audit>, String>>,
    /// Training images that means are estimated from; none if all are used.
    pub sample: Option<usize>,
    pub provenance: Provenance,
}

impl Measured {
    /// Evaluates what is wanted.
    pub fn of(source: Source, args: &Args, quiet: bool) -> anyhow::Result<Self> {
        let Source {
            subject,
            skipped,
            folded,
            transposed,
            provenance,
        } = source;
        let subject = match args.examples {
            Some(examples) => subject.with_examples(examples),
            None => subject,
        };
        let sample = subject.inputs().map(Split::len).and_then(|of| {
            let used = subject.examples()?;
            (used < of).then_some(used)
        });
        let wanted = || measures().map(|m| m.card()).filter(|card| args.wants(card));
        let report = {
            let progress = Progress::new(&provenance.path, wanted().count(), quiet);
            Report::of(&subject, |card| {
                progress.begins_if(args.wants(card), card.id)
            })?
        };
        let found = if args.audit {
            let title = format!("{}: audit", provenance.path);
            // Once as it is, and once after every change.
            let progress = Progress::new(&title, 4 * wanted().count(), quiet);
            Some(audit_of(&subject, args, &progress)?)
        } else {
            None
        };
        let has_value = |card: &&Card| {
            report.network.contains_key(card.id)
                || report
                    .layers
                    .iter()
                    .any(|l| l.measures.contains_key(card.id))
        };
        let missing = wanted()
            .filter(|card| !has_value(card))
            .map(|card| (card, unmet(card, &subject)))
            .collect();
        Ok(Self {
            name: provenance.path.clone(),
            report,
            missing,
            skipped,
            folded,
            transposed,
            audit: found,
            sample,
            provenance,
        })
    }
}

/// The audit; that the layers are no chain is an answer.
fn audit_of(
    subject: &Subject,
    args: &Args,
    progress: &Progress,
) -> Result<Result<Vec<Audit>, String>, MeasureError> {
    match audit(subject, |card| {
        progress.begins_if(args.wants(card), card.id)
    }) {
        Ok(audits) => Ok(Ok(audits)),
        Err(error @ MeasureError::NotAChain { .. }) => Ok(Err(error.to_string())),
        Err(error) => Err(error),
    }
}

/// Which needs of a measure are not met.
fn unmet(card: &Card, subject: &Subject) -> Vec<Need> {
    let met = |need: &Need| match need {
        Need::Initial => subject.initial().is_some(),
        Need::Chain => subject.is_chain(),
        Need::Outputs => subject.outputs().is_some(),
        Need::Inputs => subject.inputs().is_some(),
        Need::Curve => subject.curve().is_some(),
        Need::Geometry => subject.geometries().is_some(),
        Need::NoiseSearch => true,
    };
    card.needs
        .iter()
        .copied()
        .filter(|need| !met(need))
        .collect()
}

/// What a measure without a value needs.
pub fn reason(needs: &[Need]) -> String {
    match needs {
        [] => "layers of another kind".to_owned(),
        needs => {
            let needs: Vec<&str> = needs.iter().map(|&need| cards::need(need)).collect();
            needs.join("; ")
        }
    }
}
