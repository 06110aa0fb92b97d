//! All measures of one run, as they are written to `measures.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::layer::layers;
use super::{
    Card, Group, Kind, LayerKind, Margins, MeasureError, Subject, Term, Value, is_vacuous, margins,
    measures,
};
use crate::solution::{Outputs, Weight};

/// Values by measure id. `None` (`null` in JSON) is a value that is infinite
/// or undefined, as in a diverged network; a measure that does not apply, such
/// as a distance without initial weights, is absent.
pub type Values = BTreeMap<String, Option<f64>>;

/// All measures of one network.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// Per layer, first to last.
    pub layers: Vec<LayerReport>,
    /// Of the whole network.
    pub network: Values,
    /// What belongs to those values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, Details>,
    /// What the values are, by measure, of the network as of its layers.
    pub kinds: BTreeMap<String, Kind>,
    /// Of its training outputs, if they were given.
    pub margin: Option<MarginReport>,
}

/// The measures of one layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LayerReport {
    /// Dotted path of the layer in the network.
    pub name: String,
    /// What the layer computes.
    pub kind: LayerKind,
    /// Shape of its weight: [out, in], or [out, in, height, width].
    pub shape: Vec<usize>,
    /// Its values.
    pub measures: Values,
    /// What belongs to them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, Details>,
}

/// What belongs to a value.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Details {
    /// 95 % interval of an estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[Option<f64>; 2]>,
    /// The parts of a bound, in the order of the formula.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Term>,
    /// Whether a bound on an error says nothing: it is 1, rounded, or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vacuous: Option<bool>,
}

/// Training margins, and the network's values relative to them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarginReport {
    /// Training samples.
    pub samples: usize,
    /// γ: the 10th percentile of the signed margins, in logits.
    pub tenth_percentile: Option<f64>,
    /// Fraction of training samples whose margin is not positive.
    pub misclassified: f64,
    /// Training samples with a logit that is not finite; they are misclassified.
    pub not_finite: usize,
    /// Network value / γ. Empty if γ ≤ 0: the network then does not fit its
    /// training set well enough for a margin to normalize anything. Scale-free
    /// only for measures of the margin's own degree, see
    /// [`Homogeneity`](super::Homogeneity).
    pub over_margin: Values,
    /// Network value / γ^(degree / depth): unchanged when all weights are
    /// multiplied by a constant. Empty if γ ≤ 0.
    pub scale_free: Values,
}

/// Evaluates every measure.
///
/// `initial` is needed for distances, `train` (the outputs on the training set,
/// with the labels trained on) for margins.
///
/// # Errors
/// Weights that make no network, initial weights of another network, outputs
/// that do not fit, or an eigenvalue iteration that does not converge. Values
/// that are not finite are no error: they become `None`.
///
/// ```
/// use rethink::solution::Weight;
/// let weight = Weight { name: "0.weight".into(), shape: vec![1, 2], values: vec![3.0, 4.0] };
/// let report = rethink::measure::measure_all(&[weight], None, None)?;
/// assert_eq!(report.network["frobenius-norm"], Some(5.0));
/// assert!(!report.network.contains_key("distance-from-init-frobenius"));
/// # Ok::<(), rethink::measure::MeasureError>(())
/// ```
pub fn measure_all(
    trained: &[Weight],
    initial: Option<&[Weight]>,
    train: Option<&Outputs>,
) -> Result<Report, MeasureError> {
    let subject = Subject::new(layers(trained)?, initial.map(layers).transpose()?)?;
    let subject = match train {
        Some(outputs) => subject.with_outputs(outputs.clone()),
        None => subject,
    };
    Report::without_data(&subject)
}

impl Report {
    /// Evaluates the measures that need no training inputs and whose needs are met.
    ///
    /// # Errors
    /// As for [`of`](Self::of).
    pub fn without_data(subject: &Subject) -> Result<Self, MeasureError> {
        let groups = [Group::Norms, Group::Spectra, Group::Data, Group::Bounds];
        Self::of(subject, |card| groups.contains(&card.group))
    }

    /// Whether the network or a layer has a value of this measure, be it undefined.
    pub fn has(&self, id: &str) -> bool {
        self.network.contains_key(id) || self.layers_have(id)
    }

    /// Whether a layer has a value of this measure, be it undefined.
    pub fn layers_have(&self, id: &str) -> bool {
        let mut layers = self.layers.iter();
        layers.any(|layer| layer.measures.contains_key(id))
    }

    /// The value of the network; none where it is undefined or there is none.
    pub fn value(&self, id: &str) -> Option<f64> {
        self.network.get(id).copied().flatten()
    }

    /// The layer of this name.
    pub fn layer(&self, name: &str) -> Option<&LayerReport> {
        self.layers.iter().find(|layer| layer.name == name)
    }

    /// Evaluates the measures that are wanted and whose needs are met.
    ///
    /// # Errors
    /// Outputs that do not fit, or an eigenvalue iteration that does not converge.
    pub fn of(subject: &Subject, wanted: impl Fn(&Card) -> bool) -> Result<Self, MeasureError> {
        let mut reports: Vec<LayerReport> = subject
            .layers()
            .iter()
            .map(|layer| LayerReport {
                name: layer.name.clone(),
                kind: layer.kind,
                shape: layer.shape.clone(),
                measures: Values::new(),
                details: BTreeMap::new(),
            })
            .collect();
        let mut network = Values::new();
        let (mut details, mut kinds) = (BTreeMap::new(), BTreeMap::new());
        for measure in measures().filter(|measure| wanted(measure.card())) {
            let card = measure.card();
            let id = card.id.to_owned();
            for (report, value) in reports
                .iter_mut()
                .zip(measure.layers(subject)?.into_iter().flatten())
            {
                kinds.insert(id.clone(), value.kind.unwrap_or(card.kind));
                report.measures.insert(id.clone(), finite(value.number));
                report
                    .details
                    .extend(Details::of(card, value).map(|d| (id.clone(), d)));
            }
            if let Some(value) = measure.network(subject)? {
                kinds.insert(id.clone(), value.kind.unwrap_or(card.kind));
                network.insert(id.clone(), finite(value.number));
                details.extend(Details::of(card, value).map(|d| (id, d)));
            }
        }
        let margin = subject.outputs().map(margins).transpose()?;
        let margin = margin.map(|margins| normalized(&margins, &network, reports.len()));
        Ok(Report {
            layers: reports,
            network,
            details,
            kinds,
            margin,
        })
    }
}

impl LayerReport {
    /// The value of the layer; none where it is undefined or there is none.
    pub fn value(&self, id: &str) -> Option<f64> {
        self.measures.get(id).copied().flatten()
    }
}

impl Details {
    /// `None` when there is nothing to say beside the number.
    fn of(card: &Card, value: Value) -> Option<Self> {
        let bound = card.group == Group::Bounds && card.kind == Kind::UpperBound;
        let details = Self {
            interval: value.interval.map(|ends| ends.map(finite)),
            terms: value.terms,
            vacuous: bound.then(|| is_vacuous(value.number)),
        };
        (details != Self::default()).then_some(details)
    }
}

/// The margins, and the network's values relative to their 10th percentile.
fn normalized(margins: &Margins, network: &Values, depth: usize) -> MarginReport {
    let mut report = MarginReport {
        samples: margins.values.len(),
        tenth_percentile: margins.tenth_percentile,
        misclassified: margins.misclassified,
        not_finite: margins.not_finite,
        over_margin: Values::new(),
        scale_free: Values::new(),
    };
    let Some(margin) = margins.tenth_percentile.filter(|margin| *margin > 0.0) else {
        return report;
    };
    for card in measures().map(|measure| measure.card()) {
        let Some(&value) = network.get(card.id) else {
            continue;
        };
        let value = value.unwrap_or(f64::NAN);
        let degree = card.homogeneity;
        if let Some(ratio) = degree.over_margin(value, margin) {
            report.over_margin.insert(card.id.to_owned(), finite(ratio));
        }
        if let Some(ratio) = degree.scale_free(value, margin, depth) {
            report.scale_free.insert(card.id.to_owned(), finite(ratio));
        }
    }
    report
}

/// JSON has no infinities and no NaN.
fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
