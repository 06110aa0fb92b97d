//! The schema `rethink/measure/2`, declared again: a field that is added, lost or renamed
//! fails here.

use std::collections::BTreeMap;

use serde::Deserialize;

pub type Values = BTreeMap<String, Option<f64>>;
pub type AllDetails = BTreeMap<String, Details>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct One {
    pub schema: String,
    pub label: String,
    pub layers: Vec<Layer>,
    pub network: Network,
    pub kinds: BTreeMap<String, String>,
    pub skipped: Vec<Skipped>,
    pub folded: Vec<Folding>,
    pub assumptions: Vec<Assumption>,
    pub transposed: Vec<String>,
    pub missing: Vec<Missing>,
    pub margin: Option<Margin>,
    pub audit: Option<Audit>,
    pub provenance: Provenance,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Several {
    pub schema: String,
    pub files: Vec<OfSeveral>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are those of One")]
pub struct OfSeveral {
    pub label: String,
    pub layers: Vec<Layer>,
    pub network: Network,
    pub kinds: BTreeMap<String, String>,
    pub skipped: Vec<Skipped>,
    pub folded: Vec<Folding>,
    pub assumptions: Vec<Assumption>,
    pub transposed: Vec<String>,
    pub missing: Vec<Missing>,
    pub provenance: Provenance,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    pub name: String,
    pub kind: String,
    pub shape: Vec<usize>,
    pub measures: Values,
    #[serde(default)]
    #[allow(dead_code, reason = "few measures have any")]
    pub details: AllDetails,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    pub measures: Values,
    #[allow(dead_code, reason = "few measures have any")]
    pub details: AllDetails,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "that they are read is the test")]
pub struct Details {
    pub interval: Option<[Option<f64>; 2]>,
    #[serde(default)]
    pub terms: Vec<Term>,
    pub vacuous: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "that they are read is the test")]
pub struct Term {
    pub name: String,
    pub value: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    pub name: String,
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "that they are read is the test")]
pub struct Folding {
    pub layer: String,
    pub norm: String,
    pub direction: String,
    pub negative_means: usize,
    pub features: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "that they are read is the test")]
pub struct Assumption {
    pub id: String,
    pub statement: String,
    pub measures: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    pub id: String,
    pub needs: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "that they are read is the test")]
pub struct Margin {
    pub samples: usize,
    pub tenth_percentile: Option<f64>,
    pub misclassified: f64,
    pub not_finite: usize,
    pub over_margin: Values,
    pub scale_free: Values,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Audit {
    Changes(Vec<Change>),
    NotDone { reason: String },
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Change {
    pub change: String,
    pub function_difference: Option<f64>,
    pub movements: Vec<Movement>,
    pub contradictions: Vec<String>,
    pub unclaimed: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(dead_code, reason = "that they are read is the test")]
pub struct Movement {
    pub id: String,
    pub before: Option<f64>,
    pub after: Option<f64>,
    pub layer: Option<String>,
    pub relative_change: Option<f64>,
    pub moved: bool,
    pub within_interval: bool,
    pub claimed_invariant: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "that they are read is the test")]
pub struct Provenance {
    pub command: String,
    pub version: String,
    pub commit: String,
    pub cpu: String,
    pub threads: usize,
    pub started: u64,
    pub seconds: f64,
    pub path: String,
    pub format: String,
    pub sha256: String,
    pub data: Option<Origin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    pub dataset: String,
    pub checksum: String,
    pub images: usize,
    pub labels: String,
    pub preprocessing: String,
    pub rounded: bool,
    pub seed: u64,
}
