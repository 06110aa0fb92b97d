//! What is taken for granted, in words.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::Assumption;
use crate::dataset::Preprocessing;
use crate::measure::OrderSource;

/// Layers of a chain that are all named.
const NAMED: usize = 12;

impl Assumption {
    /// Its name in JSON and CSV.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Chain { .. } => "chain",
            Self::BatchNorm { .. } => "batch-norm",
            Self::Inputs { .. } => "inputs",
            Self::Axes { .. } => "axes",
            Self::Groups => "groups",
            Self::Precision => "precision",
        }
    }

    /// Which values it is about, for people: the beginning of a sentence that goes on with
    /// what is assumed.
    pub fn scope(&self) -> &'static str {
        match self {
            Self::Chain { .. } => "values marked * hold if",
            Self::BatchNorm { .. } | Self::Precision => "all values hold if",
            Self::Inputs { .. } => "values that use data hold if",
            Self::Axes { .. } => "values that tell outputs from inputs hold if",
            Self::Groups => "norms of convolutions as operators hold if",
        }
    }
}

/// What is assumed.
impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain { order, layers } => {
                write!(f, "the layers are used once, {order}: {}", chain(layers))
            }
            Self::BatchNorm { epsilon } => write!(
                f,
                "nothing is between a batch norm and the layer it is folded into, and ε is {epsilon} \
                 (--eps)"
            ),
            Self::Inputs {
                preprocessing,
                rounded,
            } => {
                let name = name(*preprocessing);
                write!(f, "the network sees images after {name} (--preprocessing)")?;
                match rounded {
                    true => f.write_str(", and their double precision may be rounded to single"),
                    false => Ok(()),
                }
            }
            Self::Axes { layers } => write!(
                f,
                "arrays are (out, in), which the file does not tell of {}",
                listed(layers)
            ),
            Self::Groups => f.write_str("convolutions are neither grouped nor dilated"),
            Self::Precision => f.write_str("numbers of double precision may be rounded to single"),
        }
    }
}

/// Its name, and what is assumed.
impl Serialize for Assumption {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Assumption", 2)?;
        fields.serialize_field("id", self.id())?;
        fields.serialize_field("statement", &self.to_string())?;
        fields.end()
    }
}

impl fmt::Display for OrderSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given => f.write_str("in the order given"),
            Self::Registration => f.write_str("in the order of registration"),
            Self::Of(path) => write!(f, "in the order of {}", path.display()),
            Self::Names => f.write_str("in the order of the numbers in their names"),
            Self::Shapes => f.write_str("in the only order that their shapes allow"),
        }
    }
}

/// As `--preprocessing` takes it.
fn name(preprocessing: Preprocessing) -> String {
    let name = serde_json::to_value(preprocessing).ok();
    let name = name.as_ref().and_then(|name| name.as_str());
    name.unwrap_or_default().to_owned()
}

/// Names, of many the first.
fn listed(names: &[String]) -> String {
    match names.len() {
        0..=NAMED => names.join(", "),
        n => format!("{} and {} more", names[..NAMED].join(", "), n - NAMED),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|l| l.to_string()).collect()
    }

    #[test]
    fn a_chain_names_its_modules_and_of_many_the_first_and_last() {
        let of = |layers| Assumption::Chain {
            order: OrderSource::Names,
            layers,
        };
        let short = of(vec![
            vec!["inp".into()],
            vec!["body".into(), "bn".into()],
            vec!["out".into()],
        ]);
        let said = short.to_string();
        assert!(
            said.ends_with(": inp → ReLU → body → bn → ReLU → out"),
            "{said}"
        );
        let long = of(names(15).into_iter().map(|name| vec![name]).collect());
        let said = long.to_string();
        assert!(
            said.contains("9 → ReLU → … 3 more … → 13 → ReLU → 14"),
            "{said}"
        );
    }

    #[test]
    fn what_is_assumed_has_its_numbers_and_options() {
        let epsilon = Assumption::BatchNorm { epsilon: 0.001 }.to_string();
        assert!(epsilon.contains("0.001") && epsilon.contains("--eps"));
        let inputs = |rounded| Assumption::Inputs {
            preprocessing: Preprocessing::UnitInterval,
            rounded,
        };
        assert!(
            inputs(false)
                .to_string()
                .contains("unit-interval (--preprocessing)")
        );
        assert!(inputs(true).to_string().ends_with("rounded to single"));
        let axes = Assumption::Axes { layers: names(14) };
        assert!(axes.to_string().ends_with("10, 11 and 2 more"));
        let json = serde_json::to_value(Assumption::Groups).unwrap();
        assert_eq!(json["id"], "groups");
        assert_eq!(json["statement"], Assumption::Groups.to_string());
    }
}
