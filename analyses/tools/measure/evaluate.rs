//! From a network to its numbers.

use rethink::experiment::subjects::Source;
use rethink::measure::{
    Assumption, Audit, Card, Lack, MeasureError, Report, Subject, audit, lacks, measures,
};

use super::args::Args;
use super::cards;
use super::progress::Progress;
use super::source;

/// Everything that is told of one file.
pub struct Measured {
    /// What it is called in tables.
    pub name: String,
    /// The network, and what its file holds beside it.
    pub source: Source,
    pub report: Report,
    /// Wanted measures without any value, with what they lack.
    pub missing: Vec<(&'static Card, String)>,
    /// What the audit found, or why it could not be done; none if it was not asked
    /// for.
    pub audit: Option<Result<Vec<Audit>, String>>,
    pub provenance: source::Measured,
}

impl Measured {
    /// Evaluates what is wanted.
    pub fn of(
        mut source: Source,
        provenance: source::Measured,
        args: &Args,
        quiet: bool,
    ) -> anyhow::Result<Self> {
        if let Some(examples) = args.examples {
            source.subject = source.subject.with_examples(examples);
        }
        let subject = &source.subject;
        let wanted = || measures().map(|m| m.card()).filter(|card| args.wants(card));
        let report = {
            let progress = Progress::new(&provenance.path, wanted().count(), quiet);
            Report::of(subject, |card| {
                progress.begins_if(args.wants(card), card.id)
            })?
        };
        let found = if args.audit {
            let title = format!("{}: audit", provenance.path);
            // Once as it is, and once after every change.
            let progress = Progress::new(&title, 4 * wanted().count(), quiet);
            Some(audit_of(subject, args, &progress)?)
        } else {
            None
        };
        let missing = wanted()
            .filter(|card| !report.has(card.id))
            .map(|card| (card, in_words(&lacks(card, subject))))
            .collect();
        Ok(Self {
            name: provenance.path.clone(),
            report,
            missing,
            audit: found,
            source,
            provenance,
        })
    }

    /// What the values of a measure depend on that no file shows.
    pub fn assumed_by(&self, card: &Card) -> impl Iterator<Item = &Assumption> {
        let assumptions = self.source.assumptions.iter();
        assumptions.filter(|assumption| assumption.concerns(card))
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

/// What a measure without a value lacks.
fn in_words(lacks: &[Lack]) -> String {
    let words = lacks.iter().map(|lack| match lack {
        Lack::Chain { reason } => reason.as_str(),
        Lack::Given(need) => cards::need(*need),
    });
    match lacks {
        [] => "layers of another kind".to_owned(),
        _ => words.collect::<Vec<_>>().join("; "),
    }
}
