//! From a network to its numbers.

use rethink::checkpoint::Skipped;
use rethink::dataset::Split;
use rethink::measure::{
    Audit, Card, Folding, MeasureError, Moments, Need, Report, Subject, audit, measures,
};

use super::args::Args;
use super::assumptions::{Assumption, AssumptionId};
use super::cards;
use super::progress::Progress;
use super::source::{self, Source};

/// Everything that is told of one file.
pub struct Measured {
    /// What it is called in tables.
    pub name: String,
    pub report: Report,
    /// Wanted measures without any value, with what they lack.
    pub missing: Vec<(&'static Card, String)>,
    pub skipped: Vec<Skipped>,
    pub folded: Vec<Folding>,
    /// What the data say of each folded norm, if there are data.
    pub moments: Vec<Moments>,
    pub assumptions: Vec<Assumption>,
    /// Layers whose array came as (…, in, out).
    pub transposed: Vec<String>,
    /// What the audit found, or why it could not be done; none if it was not asked
    /// for.
    pub audit: Option<Result<Vec<Audit>, String>>,
    /// Training images that means are estimated from; none if all are used.
    pub sample: Option<usize>,
    pub provenance: source::Measured,
}

impl Measured {
    /// Evaluates what is wanted.
    pub fn of(source: Source, args: &Args, quiet: bool) -> anyhow::Result<Self> {
        let Source {
            subject,
            skipped,
            folded,
            moments,
            assumptions,
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
            .map(|card| (card, lacks(card, &subject)))
            .collect();
        Ok(Self {
            name: provenance.path.clone(),
            report,
            missing,
            skipped,
            folded,
            moments,
            assumptions,
            transposed,
            audit: found,
            sample,
            provenance,
        })
    }
}

impl Measured {
    /// What the values of a measure depend on that no file shows; that a norm is next to
    /// its layer concerns all and is told once.
    pub fn assumed_by(&self, card: &Card) -> impl Iterator<Item = AssumptionId> {
        let ids = self.assumptions.iter().map(|assumption| assumption.id);
        ids.filter(|id| id.concerns(card))
    }

    /// Whether a value that was found depends on an assumption.
    pub fn depends_on(&self, assumption: AssumptionId) -> bool {
        let found = |id: &str| {
            let of_layers = (self.report.layers.iter()).any(|l| l.measures.contains_key(id));
            of_layers || self.report.network.contains_key(id)
        };
        let mut cards = measures().map(|measure| measure.card());
        cards.any(|card| assumption.concerns(card) && found(card.id))
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
fn lacks(card: &Card, subject: &Subject) -> String {
    let unmet = |need: &Need| match need {
        Need::Chain => subject.check_chain().err().map(|error| error.to_string()),
        Need::Initial if subject.initial().is_none() => Some(cards::need(*need).to_owned()),
        Need::Outputs if subject.outputs().is_none() => Some(cards::need(*need).to_owned()),
        Need::Inputs if subject.inputs().is_none() => Some(cards::need(*need).to_owned()),
        Need::Curve if subject.curve().is_none() => Some(cards::need(*need).to_owned()),
        Need::Geometry if subject.geometries().is_none() => Some(cards::need(*need).to_owned()),
        _ => None,
    };
    let lacks: Vec<String> = card.needs.iter().filter_map(unmet).collect();
    match lacks.is_empty() {
        true => "layers of another kind".to_owned(),
        false => lacks.join("; "),
    }
}
