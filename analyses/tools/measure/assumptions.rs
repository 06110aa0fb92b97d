//! What no file shows, and which numbers depend on it.

use rethink::measure::{Card, Direction, Folding, Interpretation, Layer, Need, OrderSource};
use serde::Serialize;

use super::args::Args;
use super::data::Data;

/// Norms that are not the same of the transposed matrix.
const BY_ROWS: [&str; 4] = [
    "l21-norm",
    "l1-infinity-norm",
    "l2-infinity-norm",
    "l3-1.5-norm",
];
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
    /// Nothing else is between a layer and the norm that became part of it, and ε.
    BatchNorm,
    /// How pixels became inputs.
    Inputs,
    /// Rows of an array are outputs.
    Axes,
    /// Convolutions see all channels, next to each other.
    Groups,
    /// Double precision was rounded to single.
    Precision,
}

impl AssumptionId {
    /// Its name in JSON and CSV.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::BatchNorm => "batch-norm",
            Self::Inputs => "inputs",
            Self::Axes => "axes",
            Self::Groups => "groups",
            Self::Precision => "precision",
        }
    }

    /// Which values it is about, for people.
    pub fn scope(self) -> &'static str {
        match self {
            Self::Chain => "values marked * hold if",
            Self::BatchNorm | Self::Precision => "all values hold if",
            Self::Inputs => "values that use data hold if",
            Self::Axes => "values that tell outputs from inputs hold if",
            Self::Groups => "norms of convolutions as operators hold if",
        }
    }

    /// Whether a measure's values depend on it.
    pub fn concerns(self, card: &Card) -> bool {
        let of_the_function =
            |need: &Need| matches!(need, Need::Chain | Need::Inputs | Need::Outputs);
        match self {
            Self::Chain => card.needs.iter().any(of_the_function),
            Self::BatchNorm | Self::Precision => true,
            Self::Inputs => {
                let of_data = |need: &Need| matches!(need, Need::Inputs | Need::Outputs);
                card.needs.iter().any(of_data)
            }
            Self::Axes => BY_ROWS.contains(&card.id) || card.needs.iter().any(of_the_function),
            Self::Groups => card.needs.contains(&Need::Geometry),
        }
    }
}

/// What is assumed of a checkpoint, whose numbers may have been rounded, by these
/// arguments.
pub fn of(
    found: &Interpretation,
    rounded: bool,
    args: &Args,
    data: Option<&Data>,
) -> Vec<Assumption> {
    let mut assumptions = Vec::new();
    let mut assume = |id, statement| assumptions.push(Assumption { id, statement });
    if let (Ok(source), [_, _, ..]) = (&found.chain, &found.layers[..]) {
        let chain = chain(&found.layers, &found.folded);
        let order = order(source);
        assume(
            AssumptionId::Chain,
            format!("the layers are used once, {order}: {chain}"),
        );
    }
    if !found.folded.is_empty() {
        let eps = args.eps;
        let statement = format!(
            "nothing is between a batch norm and the layer it is folded into, and ε is {eps} \
             (--eps)"
        );
        assume(AssumptionId::BatchNorm, statement);
    }
    if let Some(data) = data {
        let name = data.origin.preprocessing;
        let name = serde_json::to_value(name).ok();
        let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or("");
        let rounded = match data.origin.rounded {
            true => ", and their double precision may be rounded to single",
            false => "",
        };
        assume(
            AssumptionId::Inputs,
            format!("the network sees images after {name} (--preprocessing){rounded}"),
        );
    }
    if !found.axes_assumed.is_empty() {
        assume(
            AssumptionId::Axes,
            format!(
                "arrays are (out, in), which the file does not tell of {}",
                listed(&found.axes_assumed)
            ),
        );
    }
    if args.image.is_some() || !args.convolution.is_empty() {
        let statement = "convolutions are neither grouped nor dilated".to_owned();
        assume(AssumptionId::Groups, statement);
    }
    if rounded {
        let statement = "numbers of double precision may be rounded to single".to_owned();
        assume(AssumptionId::Precision, statement);
    }
    assumptions
}

/// Names, of many the first.
fn listed(names: &[String]) -> String {
    match names.len() {
        0..=NAMED => names.join(", "),
        n => format!("{} and {} more", names[..NAMED].join(", "), n - NAMED),
    }
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
