//! The schema `rethink/<question>/5`, declared anew: a field more or less fails where a
//! report is read.

use serde::Deserialize;

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub schema: String,
    pub question: String,
    pub title: String,
    pub asks: String,
    pub answer: String,
    pub verdicts: Vec<Verdict>,
    pub contributions: Vec<Contribution>,
    pub figures: Vec<Figure>,
    pub tables: Vec<Table>,
    pub warnings: Vec<String>,
    pub smaller_than_paper: Option<String>,
    pub method: Vec<String>,
    pub published: Vec<String>,
    pub setting: Setting,
    pub provenance: Provenance,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    pub claim: String,
    pub outcome: Outcome,
    pub finding: String,
    pub rule: String,
    pub evidence: Vec<Evidence>,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Supported,
    Contradicted,
    PartlySupported,
    Inconclusive,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Contribution {
    pub claim: String,
    pub direction: Direction,
    pub finding: String,
    pub rule: String,
    pub evidence: Vec<Evidence>,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    For,
    Against,
    NeitherWay,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub label: String,
    pub value: String,
    pub kind: String,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    pub id: String,
    pub title: String,
    pub caption: String,
    pub alt: String,
    pub file: String,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub id: String,
    pub title: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
    pub note: String,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub name: String,
    pub unit: Option<String>,
    pub align: String,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Cell {
    Text(String),
    Number {
        shown: String,
        value: Option<f64>,
        low: Option<f64>,
        high: Option<f64>,
    },
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    pub budget: String,
    pub dataset: String,
    pub dataset_checksum: String,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    pub command: String,
    pub version: String,
    pub commit: String,
    pub cpu: String,
    pub threads: usize,
    pub started: u64,
    pub seconds: f64,
    pub results: Vec<String>,
}
