//! What is taken for granted, in words.

use rethink::measure::{Assumption, OrderSource};
use serde::Serialize;

/// Layers of a chain that are all named.
const NAMED: usize = 12;

/// What is said of an assumption.
#[derive(Serialize)]
pub struct Words {
    /// Its name in JSON and CSV.
    pub id: &'static str,
    /// What is assumed.
    pub statement: String,
    /// Which values it is about, for people.
    #[serde(skip)]
    pub scope: &'static str,
}

/// The words of an assumption.
pub fn words(assumption: &Assumption) -> Words {
    let (id, scope, statement) = match assumption {
        Assumption::Chain { order, layers } => (
            "chain",
            "values marked * hold if",
            format!(
                "the layers are used once, {}: {}",
                in_order(order),
                chain(layers)
            ),
        ),
        Assumption::BatchNorm { epsilon } => (
            "batch-norm",
            "all values hold if",
            format!(
                "nothing is between a batch norm and the layer it is folded into, and ε is \
                 {epsilon} (--eps)"
            ),
        ),
        Assumption::Inputs {
            preprocessing,
            rounded,
        } => {
            let name = serde_json::to_value(preprocessing).ok();
            let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or("");
            let rounded = match rounded {
                true => ", and their double precision may be rounded to single",
                false => "",
            };
            (
                "inputs",
                "values that use data hold if",
                format!("the network sees images after {name} (--preprocessing){rounded}"),
            )
        }
        Assumption::Axes { layers } => (
            "axes",
            "values that tell outputs from inputs hold if",
            format!(
                "arrays are (out, in), which the file does not tell of {}",
                listed(layers)
            ),
        ),
        Assumption::Groups => (
            "groups",
            "norms of convolutions as operators hold if",
            "convolutions are neither grouped nor dilated".to_owned(),
        ),
        Assumption::Precision => (
            "precision",
            "all values hold if",
            "numbers of double precision may be rounded to single".to_owned(),
        ),
    };
    Words {
        id,
        statement,
        scope,
    }
}

/// Names, of many the first.
fn listed(names: &[String]) -> String {
    match names.len() {
        0..=NAMED => names.join(", "),
        n => format!("{} and {} more", names[..NAMED].join(", "), n - NAMED),
    }
}

fn in_order(source: &OrderSource) -> String {
    match source {
        OrderSource::Given => "in the order given".to_owned(),
        OrderSource::Registration => "in the order of registration".to_owned(),
        OrderSource::Of(path) => format!("in the order of {}", path.display()),
        OrderSource::Names => "in the order of the numbers in their names".to_owned(),
        OrderSource::Shapes => "in the only order that their shapes allow".to_owned(),
    }
}

/// `inp → ReLU → body → bn → ReLU → out`, of many layers the first and last.
fn chain(layers: &[Vec<String>]) -> String {
    let mut steps: Vec<String> = layers.iter().map(|modules| modules.join(" → ")).collect();
    if let Some((_, before)) = steps.split_last_mut() {
        before.iter_mut().for_each(|step| *step += " → ReLU");
    }
    if steps.len() > NAMED {
        let left = steps.len() - NAMED;
        let elision = format!("… {left} more …");
        steps.splice(NAMED - 2..steps.len() - 2, [elision]);
    }
    steps.join(" → ")
}
