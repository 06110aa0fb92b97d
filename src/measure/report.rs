//! All measures of one run, as they are written to `measures.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::layer::layers;
use super::margin::margins;
use super::{MEASURES, Margins, MeasureError, Subject};
use crate::solution::{Outputs, Weight};

/// Values by measure id. `None` (`null` in JSON) is a value that is infinite
/// or undefined, as in a diverged network; a measure that does not apply, such
/// as a distance without initial weights, is absent.
pub type Values = BTreeMap<String, Option<f64>>;

/// All measures of one network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// Per layer, first to last.
    pub layers: Vec<LayerReport>,
    /// Of the whole network.
    pub network: Values,
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
    /// Shape of its weight, [out, in].
    pub shape: [usize; 2],
    /// Its values.
    pub measures: Values,
}

/// What a layer computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayerKind {
    /// x ↦ W x + b.
    Linear,
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
    let mut reports: Vec<LayerReport> = subject
        .layers()
        .iter()
        .map(|layer| LayerReport {
            name: layer.name.clone(),
            kind: LayerKind::Linear,
            shape: [layer.outputs(), layer.inputs()],
            measures: Values::new(),
        })
        .collect();
    let mut network = Values::new();
    for measure in MEASURES {
        let id = measure.card().id;
        for (report, value) in reports
            .iter_mut()
            .zip(measure.layers(&subject)?.iter().flatten())
        {
            report.measures.insert(id.to_owned(), finite(*value));
        }
        if let Some(value) = measure.network(&subject)? {
            network.insert(id.to_owned(), finite(value));
        }
    }
    let margin = train.map(margins).transpose()?;
    let margin = margin.map(|margins| normalized(&margins, &network, reports.len()));
    Ok(Report {
        layers: reports,
        network,
        margin,
    })
}

/// The margins, and the network's values relative to their 10th percentile.
fn normalized(margins: &Margins, network: &Values, depth: usize) -> MarginReport {
    let mut report = MarginReport {
        samples: margins.values.len(),
        tenth_percentile: margins.tenth_percentile,
        misclassified: margins.misclassified,
        over_margin: Values::new(),
        scale_free: Values::new(),
    };
    let Some(margin) = margins.tenth_percentile.filter(|margin| *margin > 0.0) else {
        return report;
    };
    for card in MEASURES.iter().map(|measure| measure.card()) {
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
