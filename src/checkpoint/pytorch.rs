//! State dicts of PyTorch: a zip of a pickle and of the storages it names.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};

use super::archive::Archive;
use super::element::{Element, View};
use super::pickle::{self, Fault, Id, Tensor, Type, Value, Values, shown};
use super::{Arrays, CheckpointError, Skipped};

/// Longest pickle that is read; a tensor takes about 200 bytes.
const LONGEST_PICKLE: u64 = 64 << 20;
/// Where training scripts keep the state dict beside other things, most
/// telling name first.
const NESTED: [&str; 7] = [
    "state_dict",
    "model_state_dict",
    "model",
    "net",
    "network",
    "module",
    "params",
];

/// The tensors in the order of the state dict in the folder `root`.
pub(super) fn read<R: Read + Seek>(
    archive: &mut Archive<R>,
    root: &str,
) -> Result<Arrays, CheckpointError> {
    if let Some(order) = archive.named(&format!("{root}byteorder"), 64)?
        && order != b"little"
    {
        return Err(CheckpointError::Unsupported {
            path: archive.path().to_path_buf(),
            found: "a state dict of a big-endian machine",
            remedy: "load it with PyTorch and save it on another one",
        });
    }
    let missing = |archive: &Archive<R>, file: &str| archive.damaged(format!("it has no {file}"));
    let pickle = archive.named(&format!("{root}data.pkl"), LONGEST_PICKLE)?;
    let pickle = pickle.ok_or_else(|| missing(archive, "data.pkl"))?;
    let path = archive.path().to_path_buf();
    let values = pickle::load(&pickle).map_err(|fault| match fault {
        Fault::Global(name) => CheckpointError::Global { path, name },
        Fault::Problem { problem, at } => CheckpointError::Pickle { path, problem, at },
    })?;
    let (entries, skipped) = state_dict(&values).map_err(|problem| CheckpointError::Pickle {
        path: archive.path().to_path_buf(),
        problem,
        at: pickle.len(),
    })?;

    let mut found = Arrays {
        skipped,
        ..Arrays::default()
    };
    // Views by storage, so that each storage is read once and then let go.
    let mut storages: Vec<(&str, Vec<(usize, View)>)> = Vec::new();
    let mut places = HashMap::new();
    for (position, (name, tensor)) in entries.into_iter().enumerate() {
        let Value::Text(key) = values.get(tensor.storage.key) else {
            continue; // the machine has seen to it
        };
        match view(name, tensor) {
            Err(entry) => found.skipped.push(entry),
            Ok(view) => {
                let place = *places.entry(key).or_insert_with(|| {
                    storages.push((key, Vec::new()));
                    storages.len() - 1
                });
                storages[place].1.push((position, view));
            }
        }
    }
    let path = archive.path().to_path_buf();
    let mut arrays = Vec::new();
    for (key, views) in storages {
        let bytes = archive.named(&format!("{root}data/{key}"), u64::MAX)?;
        let bytes = bytes.ok_or_else(|| missing(archive, &format!("data/{}", shown(key))))?;
        for (position, view) in views {
            let element = view.element;
            let weight = view.gather(&bytes, &mut archive.allowance, &path)?;
            arrays.push((position, weight, element));
        }
    }
    arrays.sort_by_key(|(position, ..)| *position);
    for (_, weight, element) in arrays {
        found.push(weight, element);
    }
    Ok(found)
}

/// A tensor that is a weight, or why it is none.
fn view(name: String, tensor: &Tensor) -> Result<View, Skipped> {
    let element = match tensor.storage.kind {
        Type::F16 => Element::F16,
        Type::Bf16 => Element::Bf16,
        Type::F32 => Element::F32,
        Type::F64 => Element::F64,
        Type::Other(kind) => {
            return Err(Skipped::of_type(name, kind, tensor.shape.is_empty()));
        }
        Type::Untyped => return Err(Skipped::new(name, "bytes of no type are no weights")),
    };
    let view = View {
        name,
        element,
        big_endian: false,
        shape: tensor.shape.clone(),
        strides: tensor.strides.clone(),
        offset: tensor.offset,
    };
    match view.empty() {
        Some(empty) => Err(empty),
        None => Ok(view),
    }
}

type Entries<'a> = Vec<(String, &'a Tensor)>;

/// The tensors of the state dict, and what else is beside and around them.
fn state_dict(values: &Values) -> Result<(Entries<'_>, Vec<Skipped>), String> {
    let mut skipped = Vec::new();
    let mut dict = values.root;
    // A few levels: {"model": {"state_dict": …}}.
    for _ in 0..4 {
        let Value::Dict(entries) = values.get(dict) else {
            break;
        };
        let mut tensors = Vec::new();
        let mut others = Vec::new();
        let mut names = HashSet::new();
        for &(key, value) in entries {
            // Checked first: a name may be long, and stand for many entries.
            if let Value::Text(text) = values.get(key)
                && !names.insert(text)
            {
                return Err(format!("two entries \"{}\"", shown(text)));
            }
            let name = name(values, key);
            match values.get(value) {
                Value::Tensor(tensor) => tensors.push((name, tensor)),
                other => others.push((name, value, other)),
            }
        }
        let nested = NESTED
            .iter()
            .find_map(|wanted| {
                let named = |(name, _, value): &&(String, Id, &Value)| {
                    name == wanted && matches!(value, Value::Dict(_))
                };
                others.iter().find(named).map(|(_, id, _)| *id)
            })
            .filter(|_| tensors.is_empty());
        for (name, id, value) in others {
            if Some(id) != nested {
                let reason = format!("{}, not a tensor", describe(value));
                skipped.push(Skipped::inert(name, reason));
            }
        }
        match nested {
            Some(id) => dict = id,
            None if tensors.is_empty() => {
                let keys = skipped.iter().take(8).map(|entry| shown(&entry.name));
                let keys: Vec<String> = keys.collect();
                return Err(format!(
                    "a dictionary of {} entries without a tensor ({}), and none of them is called {}",
                    entries.len(),
                    keys.join(", "),
                    NESTED.join(", ")
                ));
            }
            None => return Ok((tensors, skipped)),
        }
    }
    Err(format!(
        "{} instead of a dictionary of tensors",
        describe(values.get(dict))
    ))
}

fn name(values: &Values, key: Id) -> String {
    match values.get(key) {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        other => format!("({})", describe(other)),
    }
}

fn describe(value: &Value) -> &'static str {
    match value {
        Value::Int(_) => "int",
        Value::Text(_) => "str",
        Value::Tuple(_) => "tuple",
        Value::List(_) => "list",
        Value::Dict(_) => "dict",
        Value::Global(_) => "type",
        Value::Storage(_) => "storage",
        Value::Tensor(_) => "tensor",
        Value::Other(name) => name,
    }
}
