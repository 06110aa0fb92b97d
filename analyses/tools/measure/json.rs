//! Schema `rethink/measure/2`.

use std::collections::BTreeMap;

use rethink::checkpoint::Skipped;
use rethink::measure::{
    Assumption, Audit, Details, Folding, Kind, LayerReport, MarginReport, Moments, Movement, Values,
};
use serde::Serialize;

use super::assumptions::{Words, words};
use super::evaluate::Measured;
use super::source;

const SCHEMA: &str = "rethink/measure/2";

#[derive(Serialize)]
struct One<'a> {
    schema: &'static str,
    #[serde(flatten)]
    file: FileJson<'a>,
}

#[derive(Serialize)]
struct Several<'a> {
    schema: &'static str,
    files: Vec<FileJson<'a>>,
}

#[derive(Serialize)]
struct FileJson<'a> {
    layers: &'a [LayerReport],
    network: Network<'a>,
    /// What the values are, of the network and of its layers.
    kinds: &'a BTreeMap<String, Kind>,
    skipped: &'a [Skipped],
    folded: &'a [Folding],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    moments: &'a [Moments],
    assumptions: Vec<AssumptionJson>,
    transposed: &'a [String],
    missing: Vec<Missing<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    margin: Option<&'a MarginReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<AuditJson<'a>>,
    provenance: &'a source::Measured,
}

#[derive(Serialize)]
struct Network<'a> {
    measures: &'a Values,
    details: &'a BTreeMap<String, Details>,
}

#[derive(Serialize)]
struct Missing<'a> {
    id: &'a str,
    needs: &'a str,
}

#[derive(Serialize)]
struct AssumptionJson {
    #[serde(flatten)]
    words: Words,
    /// Ids of the measures that depend on it.
    measures: Vec<&'static str>,
}

fn assumption(assumption: &Assumption, measured: &Measured) -> AssumptionJson {
    let dependent = assumption.dependent(&measured.report);
    AssumptionJson {
        words: words(assumption),
        measures: dependent.map(|card| card.id).collect(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum AuditJson<'a> {
    Changes(Vec<ChangeJson<'a>>),
    NotDone { reason: &'a str },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ChangeJson<'a> {
    #[serde(flatten)]
    audit: &'a Audit,
    /// Ids of the measures that moved although their card says they do not.
    contradictions: Vec<&'a str>,
    /// Ids of those that did not move, which their card does not claim.
    unclaimed: Vec<&'a str>,
}

fn file(measured: &Measured) -> FileJson<'_> {
    let audit = measured.audit.as_ref().map(|found| match found {
        Err(reason) => AuditJson::NotDone { reason },
        Ok(audits) => AuditJson::Changes(audits.iter().map(change).collect()),
    });
    FileJson {
        layers: &measured.report.layers,
        network: Network {
            measures: &measured.report.network,
            details: &measured.report.details,
        },
        kinds: &measured.report.kinds,
        skipped: &measured.source.skipped,
        folded: &measured.source.folded,
        moments: &measured.source.moments,
        assumptions: (measured.source.assumptions.iter())
            .map(|known| assumption(known, measured))
            .collect(),
        transposed: &measured.source.transposed,
        missing: (measured.missing.iter())
            .map(|(card, needs)| Missing { id: card.id, needs })
            .collect(),
        margin: measured.report.margin.as_ref(),
        audit,
        provenance: &measured.provenance,
    }
}

fn change(audit: &Audit) -> ChangeJson<'_> {
    let ids = |which: fn(&Movement) -> bool| {
        let movements = audit.movements.iter().filter(|m| which(m));
        movements.map(|m| m.id.as_str()).collect()
    };
    ChangeJson {
        audit,
        contradictions: ids(Movement::contradicts),
        unclaimed: ids(Movement::unclaimed),
    }
}

/// One file at the top level, several in `files`.
pub fn json(all: &[Measured]) -> anyhow::Result<String> {
    let text = match all {
        [one] => serde_json::to_string_pretty(&One {
            schema: SCHEMA,
            file: file(one),
        }),
        several => serde_json::to_string_pretty(&Several {
            schema: SCHEMA,
            files: several.iter().map(file).collect(),
        }),
    };
    Ok(text? + "\n")
}
