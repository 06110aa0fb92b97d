//! What the names of arrays say: which belong together, and what each is.

use std::collections::HashMap;

use crate::checkpoint::Skipped;
use crate::solution::Weight;

/// What an array is to its module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Weight(Axes),
    Bias,
    Mean,
    Variance,
    /// Batches seen; no measure needs it.
    Counter,
}

/// Which axis of a weight is which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axes {
    /// (out, in, ...) as PyTorch has them.
    OutFirst,
    /// (..., in, out) as Flax and Keras have their kernels.
    OutLast,
    /// (symbols, features).
    Table,
    /// `W1` may be either.
    Unknown,
}

/// Arrays that belong together.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) name: String,
    pub(super) weight: Option<Weight>,
    /// Those of the weight.
    pub(super) axes: Axes,
    pub(super) bias: Option<Weight>,
    pub(super) mean: Option<Weight>,
    pub(super) variance: Option<Weight>,
    pub(super) counter: Option<Weight>,
}

impl Module {
    /// The names of its arrays.
    pub(super) fn arrays(&self) -> impl Iterator<Item = &str> {
        let arrays = [
            &self.weight,
            &self.bias,
            &self.mean,
            &self.variance,
            &self.counter,
        ];
        arrays.into_iter().flatten().map(|array| &*array.name)
    }
}

/// The modules in the order of their first arrays, and the arrays that belong to none.
pub(super) fn modules(arrays: Vec<Weight>) -> (Vec<Module>, Vec<Skipped>) {
    let mut modules: Vec<Module> = Vec::new();
    let mut skipped = Vec::new();
    let mut places = HashMap::new();
    for array in arrays {
        let Some((name, role)) = parse(&array.name) else {
            let reason = "its name is not one of a weight, a bias or a running mean or variance";
            skipped.push(Skipped::new(array.name, reason));
            continue;
        };
        let place = *places.entry(name.clone()).or_insert_with(|| {
            modules.push(Module {
                name,
                weight: None,
                axes: Axes::Unknown,
                bias: None,
                mean: None,
                variance: None,
                counter: None,
            });
            modules.len() - 1
        });
        let module = &mut modules[place];
        let slot = match role {
            Role::Weight(axes) => {
                if module.weight.is_none() {
                    module.axes = axes;
                }
                &mut module.weight
            }
            Role::Bias => &mut module.bias,
            Role::Mean => &mut module.mean,
            Role::Variance => &mut module.variance,
            Role::Counter => &mut module.counter,
        };
        match slot {
            None => *slot = Some(array),
            Some(other) => {
                let reason = format!("\"{}\" has the same part in its layer", other.name);
                skipped.push(Skipped::new(array.name, reason));
            }
        }
    }
    (modules, skipped)
}

/// Module and role of an array.
fn parse(name: &str) -> Option<(String, Role)> {
    // Flax keeps running means apart from weights; TensorFlow numbers its variables.
    let bare = name.strip_suffix(":0").unwrap_or(name);
    let roots = ["params/", "params.", "batch_stats/", "batch_stats."];
    let bare = roots
        .iter()
        .find_map(|root| bare.strip_prefix(root))
        .unwrap_or(bare);
    let (parent, part) = split(bare);
    let role = match part {
        "weight" => Role::Weight(Axes::OutFirst),
        "kernel" => Role::Weight(Axes::OutLast),
        "embedding" | "embeddings" => Role::Weight(Axes::Table),
        "scale" | "gamma" => Role::Weight(Axes::OutFirst),
        "bias" | "beta" => Role::Bias,
        "running_mean" | "moving_mean" | "mean" => Role::Mean,
        "running_var" | "moving_variance" | "var" => Role::Variance,
        "num_batches_tracked" => Role::Counter,
        _ => return parse_joined(bare, part),
    };
    let name = if parent.is_empty() { part } else { parent };
    // A lone "weight" and its "bias" belong together.
    let name = if parent.is_empty() && role == Role::Bias {
        "weight"
    } else {
        name
    };
    Some((name.to_owned(), role))
}

/// `"in_proj_weight"` of module `"in_proj"`, and `"W1"` beside `"b1"`.
fn parse_joined(bare: &str, part: &str) -> Option<(String, Role)> {
    for (ending, role) in [
        ("_weight", Role::Weight(Axes::OutFirst)),
        ("_kernel", Role::Weight(Axes::OutLast)),
        ("_bias", Role::Bias),
    ] {
        if let Some(module) = bare.strip_suffix(ending) {
            return Some((module.to_owned(), role));
        }
    }
    let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &part[letters.len()..];
    let role = match letters.trim_end_matches('_') {
        "W" | "w" | "weights" | "weight" => Role::Weight(Axes::Unknown),
        "B" | "b" | "biases" | "bias" => Role::Bias,
        _ => return None,
    };
    let before = &bare[..bare.len() - part.len()];
    Some((format!("{before}W{number}"), role))
}

/// A dotted or slashed path and its last part.
pub(super) fn split(name: &str) -> (&str, &str) {
    name.rsplit_once(['.', '/']).unwrap_or(("", name))
}

/// Whether the name of a module is one of an embedding.
pub(super) fn is_embedding(module: &str) -> bool {
    let words = split(module).1.to_lowercase();
    words.split(|c: char| !c.is_ascii_alphabetic()).any(|word| {
        let names = [
            "emb",
            "embed",
            "embedding",
            "embeddings",
            "wte",
            "wpe",
            "tok",
            "token",
        ];
        names.contains(&word) || word.ends_with("embedding")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_framework_say_module_and_role() {
        let weight = Role::Weight;
        for (name, module, role) in [
            (
                "layer1.0.conv1.weight",
                "layer1.0.conv1",
                weight(Axes::OutFirst),
            ),
            ("layer1.0.bn1.running_var", "layer1.0.bn1", Role::Variance),
            ("params/Dense_0/kernel", "Dense_0", weight(Axes::OutLast)),
            ("batch_stats/BatchNorm_0/mean", "BatchNorm_0", Role::Mean),
            ("dense/bias:0", "dense", Role::Bias),
            (
                "attn.in_proj_weight",
                "attn.in_proj",
                weight(Axes::OutFirst),
            ),
            ("W1", "W1", weight(Axes::Unknown)),
            ("net/b_1", "net/W1", Role::Bias),
            ("weight", "weight", weight(Axes::OutFirst)),
            ("bias", "weight", Role::Bias),
        ] {
            assert_eq!(parse(name), Some((module.to_owned(), role)), "{name}");
        }
        for name in ["weight_ih_l0", "cls_token", "alpha", ""] {
            assert_eq!(parse(name), None, "{name}");
        }
    }

    #[test]
    fn embeddings_are_known_by_name() {
        for name in [
            "wte",
            "model.embed_tokens",
            "tok_embeddings",
            "embedding1",
            "wordembedding",
        ] {
            assert!(is_embedding(name), "{name}");
        }
        for name in ["fc1", "embedding.proj", "stoke", "member"] {
            assert!(!is_embedding(name), "{name}");
        }
    }
}
