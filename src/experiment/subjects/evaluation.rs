//! The measures of a network, and what they rest on.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::Source;
use crate::checkpoint::Skipped;
use crate::measure::{
    Assumption, Audit, Card, Details, Folding, Kind, LayerReport, MarginReport, MeasureError,
    Missing, Moments, Movement, Report, Values, audit, measures,
};

/// The measures of a network. In JSON it is the body of the schema `rethink/measure/2`.
#[derive(Debug)]
pub struct Evaluation {
    /// The network, and what its file holds beside it.
    pub source: Source,
    /// The values.
    pub report: Report,
    /// Wanted measures without any value, and why.
    pub missing: Vec<Missing>,
    /// What the audit came to, if there was one.
    pub audit: Option<Audited>,
}

/// What an audit came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Audited {
    /// What every change did.
    Changes(Vec<Audit>),
    /// The layers are no chain, so that nothing could be changed.
    NotDone {
        /// Why.
        reason: MeasureError,
    },
}

impl Evaluation {
    /// Evaluates what is wanted; `begins` is told of each measure that is computed.
    ///
    /// # Errors
    /// Whatever the measures report.
    pub fn of(
        source: Source,
        wanted: impl Fn(&Card) -> bool,
        begins: impl Fn(&Card),
    ) -> Result<Self, MeasureError> {
        let report = Report::of(&source.subject, telling(&wanted, begins))?;
        let cards = measures().map(|measure| measure.card());
        let missing = cards
            .filter(|card| wanted(card) && !report.has(card.id))
            .map(|card| Missing::of(card, &source.subject))
            .collect();
        Ok(Self {
            source,
            report,
            missing,
            audit: None,
        })
    }

    /// The same with an [`audit`] of what is wanted. That the layers are no chain is an
    /// answer.
    ///
    /// # Errors
    /// Whatever the measures report.
    pub fn audited(
        mut self,
        wanted: impl Fn(&Card) -> bool,
        begins: impl Fn(&Card),
    ) -> Result<Self, MeasureError> {
        self.audit = Some(
            match audit(&self.source.subject, telling(&wanted, begins)) {
                Ok(audits) => Audited::Changes(audits),
                Err(reason @ MeasureError::NotAChain { .. }) => Audited::NotDone { reason },
                Err(error) => return Err(error),
            },
        );
        Ok(self)
    }

    /// What the values of a measure depend on that no file shows.
    pub fn assumed_by(&self, card: &Card) -> impl Iterator<Item = &Assumption> {
        let assumptions = self.source.assumptions.iter();
        assumptions.filter(|assumption| assumption.concerns(card))
    }
}

fn telling(wanted: impl Fn(&Card) -> bool, begins: impl Fn(&Card)) -> impl Fn(&Card) -> bool {
    move |card| {
        let wanted = wanted(card);
        if wanted {
            begins(card);
        }
        wanted
    }
}

#[derive(Serialize)]
struct Written<'a> {
    layers: &'a [LayerReport],
    network: Network<'a>,
    /// What the values are, of the network and of its layers.
    kinds: &'a BTreeMap<String, Kind>,
    skipped: &'a [Skipped],
    folded: &'a [Folding],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    moments: &'a [Moments],
    assumptions: Vec<WrittenAssumption<'a>>,
    transposed: &'a [String],
    missing: Vec<WrittenMissing<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    margin: Option<&'a MarginReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<WrittenAudit<'a>>,
}

#[derive(Serialize)]
struct Network<'a> {
    measures: &'a Values,
    details: &'a BTreeMap<String, Details>,
}

#[derive(Serialize)]
struct WrittenAssumption<'a> {
    #[serde(flatten)]
    assumption: &'a Assumption,
    /// Ids of the measures that depend on it.
    measures: Vec<&'static str>,
}

#[derive(Serialize)]
struct WrittenMissing<'a> {
    id: &'a str,
    needs: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum WrittenAudit<'a> {
    Changes(Vec<WrittenChange<'a>>),
    NotDone { reason: String },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct WrittenChange<'a> {
    #[serde(flatten)]
    audit: &'a Audit,
    /// Ids of the measures that moved although their card says they do not.
    contradictions: Vec<&'a str>,
    /// Ids of those that did not move, which their card does not claim.
    unclaimed: Vec<&'a str>,
}

impl<'a> WrittenChange<'a> {
    fn of(audit: &'a Audit) -> Self {
        let ids = |which: fn(&Movement) -> bool| {
            let movements = audit.movements.iter().filter(|m| which(m));
            movements.map(|m| m.id.as_str()).collect()
        };
        Self {
            audit,
            contradictions: ids(Movement::contradicts),
            unclaimed: ids(Movement::unclaimed),
        }
    }
}

impl Serialize for Evaluation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (source, report) = (&self.source, &self.report);
        let written = Written {
            layers: &report.layers,
            network: Network {
                measures: &report.network,
                details: &report.details,
            },
            kinds: &report.kinds,
            skipped: &source.skipped,
            folded: &source.folded,
            moments: &source.moments,
            assumptions: (source.assumptions.iter())
                .map(|assumption| WrittenAssumption {
                    assumption,
                    measures: assumption.dependent(report).map(|card| card.id).collect(),
                })
                .collect(),
            transposed: &source.transposed,
            missing: (self.missing.iter())
                .map(|missing| WrittenMissing {
                    id: missing.card.id,
                    needs: missing.needs(),
                })
                .collect(),
            margin: report.margin.as_ref(),
            audit: self.audit.as_ref().map(|audited| match audited {
                Audited::Changes(changes) => {
                    WrittenAudit::Changes(changes.iter().map(WrittenChange::of).collect())
                }
                Audited::NotDone { reason } => WrittenAudit::NotDone {
                    reason: reason.to_string(),
                },
            }),
        };
        written.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::experiment::subjects::Given;
    use crate::solution::Weight;

    /// Two layers in a file, or one, which nothing can be moved between.
    fn source(layers: usize) -> Source {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("network.safetensors");
        let weight = |l: usize| Weight {
            name: format!("{l}.weight"),
            shape: vec![2, 2],
            values: vec![3.0, 0.0, 0.0, 4.0],
        };
        let weights: Vec<Weight> = (0..layers).map(weight).collect();
        crate::checkpoint::write(&path, &weights).unwrap();
        Source::of_checkpoint(&path, &Given::default(), None).unwrap()
    }

    #[test]
    fn what_is_wanted_is_told_and_what_is_not_there_is_missing() {
        let ids = ["frobenius-norm", "distance-from-init-frobenius"];
        let told = RefCell::new(Vec::new());
        let wanted = |card: &Card| ids.contains(&card.id);
        let begins = |card: &Card| told.borrow_mut().push(card.id);
        let found = Evaluation::of(source(2), wanted, begins).unwrap();
        assert_eq!(*told.borrow(), ids);
        let missing: Vec<&str> = found.missing.iter().map(|m| m.card.id).collect();
        assert_eq!(missing, ["distance-from-init-frobenius"]);
        let json = serde_json::to_value(&found).unwrap();
        assert_eq!(json["layers"][0]["measures"]["frobenius-norm"], 5.0);
        assert_eq!(json["missing"][0]["id"], ids[1]);
        assert_eq!(json["assumptions"][0]["id"], "chain");
        assert!(json.get("audit").is_none() && json.get("moments").is_none());
    }

    #[test]
    fn an_audit_has_its_findings_or_why_there_is_none() {
        let wanted = |card: &Card| card.id == "path-norm-l2";
        let audited = |layers| {
            let found = Evaluation::of(source(layers), wanted, |_| {}).unwrap();
            let found = found.audited(wanted, |_| {}).unwrap();
            serde_json::to_value(&found).unwrap()["audit"].clone()
        };
        let first = &audited(2)["changes"][0];
        assert_eq!(first["change"], "unit-permutation");
        assert_eq!(first["contradictions"], serde_json::json!([]));
        assert!(audited(1)["not-done"]["reason"].is_string());
    }
}
