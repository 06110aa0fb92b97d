//! The forms in which norms of trained networks are compared.

use crate::experiment::run::StoredRun;
use crate::measure::Values;

/// The form a norm is compared in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    Raw,
    /// Divided by the margin.
    OverMargin,
    /// Divided by the power of the margin that cancels its degree.
    ScaleFree,
}

impl Form {
    /// A network's value of a measure; none where it was not measured or, but for raw
    /// norms, where there is no positive margin.
    pub fn value(self, run: &StoredRun, measure: &str) -> Option<f64> {
        let values: &Values = match self {
            Self::Raw => &run.measures.network,
            Self::OverMargin => &run.measures.margin.as_ref()?.over_margin,
            Self::ScaleFree => &run.measures.margin.as_ref()?.scale_free,
        };
        *values.get(measure)?
    }

    /// A layer's value of a measure, raw or divided by the margin of the network.
    pub fn of_layer(self, run: &StoredRun, layer: usize, measure: &str) -> Option<f64> {
        let raw = (*run.measures.layers.get(layer)?.measures.get(measure)?)?;
        match self {
            Self::Raw => Some(raw),
            Self::OverMargin => {
                let margin = run.measures.margin.as_ref()?.tenth_percentile;
                Some(raw / margin.filter(|&margin| margin > 0.0)?)
            }
            Self::ScaleFree => None,
        }
    }
}
