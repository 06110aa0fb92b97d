//! What no checkpoint shows, and which measures depend on it.

mod words;

use super::{Card, Direction, Folding, Interpretation, Layer, Need, OrderSource, Report, measures};
use crate::dataset::Preprocessing;

/// Norms that are not the same of the transposed matrix.
const BY_ROWS: [&str; 4] = [
    "l21-norm",
    "l1-infinity-norm",
    "l2-infinity-norm",
    "l3-1.5-norm",
];

/// Something that is taken for granted of a network.
#[derive(Debug, Clone, PartialEq)]
pub enum Assumption {
    /// The layers follow each other, with ReLU between them.
    Chain {
        /// How their order is known.
        order: OrderSource,
        /// The modules of each layer, first to last: a batch norm that is applied before
        /// it, the layer, and one that is applied after it.
        layers: Vec<Vec<String>>,
    },
    /// Nothing else is between a layer and the norm that became part of it.
    BatchNorm {
        /// ε, which no checkpoint holds.
        epsilon: f64,
    },
    /// How pixels became inputs.
    Inputs {
        /// What was done to them.
        preprocessing: Preprocessing,
        /// Whether the pixels of the file were rounded to single precision.
        rounded: bool,
    },
    /// Rows of an array are outputs.
    Axes {
        /// The layers of which nothing in the file tells it.
        layers: Vec<String>,
    },
    /// Convolutions see all channels, next to each other: they are neither grouped nor
    /// dilated.
    Groups,
    /// Double precision was rounded to single.
    Precision,
}

impl Assumption {
    /// That the layers are the chain they were found to be; none where they are not, or
    /// where there is one layer.
    pub fn chain(found: &Interpretation) -> Option<Self> {
        let (Ok(order), [_, _, ..]) = (&found.chain, &found.layers[..]) else {
            return None;
        };
        Some(Self::Chain {
            order: order.clone(),
            layers: (found.layers.iter())
                .map(|layer| modules(layer, &found.folded))
                .collect(),
        })
    }

    /// Whether a measure's values depend on it.
    ///
    /// ```
    /// use rethink::measure::{Assumption, find};
    /// let transposed = Assumption::Axes { layers: vec!["fc".into()] };
    /// assert!(transposed.concerns(find("l21-norm").unwrap().card()));
    /// assert!(!transposed.concerns(find("frobenius-norm").unwrap().card()));
    /// ```
    pub fn concerns(&self, card: &Card) -> bool {
        let of_the_function = |need: &Need| {
            let of_wiring = matches!(need, Need::Chain | Need::Network | Need::PiecewiseLinear);
            of_wiring || matches!(need, Need::Inputs | Need::Outputs)
        };
        match self {
            Self::Chain { .. } => card.needs.iter().any(of_the_function),
            Self::BatchNorm { .. } | Self::Precision => true,
            Self::Inputs { .. } => {
                let of_data = |need: &Need| matches!(need, Need::Inputs | Need::Outputs);
                card.needs.iter().any(of_data)
            }
            Self::Axes { .. } => {
                BY_ROWS.contains(&card.id) || card.needs.iter().any(of_the_function)
            }
            Self::Groups => card.needs.contains(&Need::Geometry),
        }
    }

    /// The measures with a value that depends on it.
    pub fn dependent(&self, report: &Report) -> impl Iterator<Item = &'static Card> {
        let cards = measures().map(|measure| measure.card());
        cards.filter(|card| self.concerns(card) && report.has(card.id))
    }
}

/// The modules of a layer, in the order in which they are applied.
fn modules(layer: &Layer, folded: &[Folding]) -> Vec<String> {
    let norm = |direction| {
        let mut norms = folded.iter();
        let norm = norms.find(|f| f.layer == layer.name && f.direction == direction);
        norm.map(|folding| folding.norm.clone())
    };
    let before = norm(Direction::LayerAfter);
    let after = norm(Direction::LayerBefore);
    [before, Some(layer.name.clone()), after]
        .into_iter()
        .flatten()
        .collect()
}
