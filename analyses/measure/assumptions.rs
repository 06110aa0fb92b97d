//! What no file shows, and which numbers depend on it.

use rethink::measure::{Card, Direction, Folding, Interpretation, Layer, Need, OrderSource};
use serde::Serialize;

/// Layers of a chain that are all named.
const NAMED: usize = 12;

/// Something that is taken for granted.
#[derive(Debug, Clone, Serialize)]
pub struct Assumption {
    pub id: AssumptionId,
    pub statement: String,
}

/// What is taken for granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssumptionId {
    /// The layers follow each other, with ReLU between them.
    Chain,
    /// Nothing else is between a layer and the norm that became part of it.
    BatchNorm,
}

impl AssumptionId {
    /// Its name in JSON and CSV.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::BatchNorm => "batch-norm",
        }
    }

    /// Whether a measure's values depend on it.
    pub fn concerns(self, card: &Card) -> bool {
        let of_the_function =
            |need: &Need| matches!(need, Need::Chain | Need::Inputs | Need::Outputs);
        match self {
            Self::Chain => card.needs.iter().any(of_the_function),
            Self::BatchNorm => true,
        }
    }
}

/// What is assumed of a checkpoint.
pub fn of(found: &Interpretation) -> Vec<Assumption> {
    let mut assumptions = Vec::new();
    if let (Ok(source), [_, _, ..]) = (&found.chain, &found.layers[..]) {
        assumptions.push(Assumption {
            id: AssumptionId::Chain,
            statement: format!(
                "the layers are used once, {}: {}",
                order(source),
                chain(&found.layers, &found.folded)
            ),
        });
    }
    if !found.folded.is_empty() {
        assumptions.push(Assumption {
            id: AssumptionId::BatchNorm,
            statement: "nothing is between a batch norm and the layer it is folded into".to_owned(),
        });
    }
    assumptions
}

fn order(source: &OrderSource) -> String {
    match source {
        OrderSource::Given => "in the order given".to_owned(),
        OrderSource::Registration => "in the order of registration".to_owned(),
        OrderSource::Of(path) => format!("in the order of {}", path.display()),
        OrderSource::Names => "in the order of the numbers in their names".to_owned(),
        OrderSource::Shapes => "in the only order that their shapes allow".to_owned(),
    }
}

/// `inp → ReLU → body → bn → ReLU → out`, of many layers the first and last.
fn chain(layers: &[Layer], folded: &[Folding]) -> String {
    let norm = |layer: &Layer, direction| {
        let norms = folded.iter();
        let mut norms = norms.filter(|f| f.layer == layer.name && f.direction == direction);
        norms.next().map(|folding| folding.norm.clone())
    };
    let mut steps = Vec::new();
    for (l, layer) in layers.iter().enumerate() {
        let before = norm(layer, Direction::LayerAfter);
        let after = norm(layer, Direction::LayerBefore);
        let relu = (l + 1 < layers.len()).then(|| "ReLU".to_owned());
        let all = [before, Some(layer.name.clone()), after, relu];
        let text: Vec<String> = all.into_iter().flatten().collect();
        steps.push(text.join(" → "));
    }
    if steps.len() > NAMED {
        let left = steps.len() - NAMED;
        let elision = format!("… {left} more …");
        steps.splice(NAMED - 2..steps.len() - 2, [elision]);
    }
    steps.join(" → ")
}
