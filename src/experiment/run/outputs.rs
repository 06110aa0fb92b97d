//! Outputs as safetensors files.

use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

use crate::solution::Outputs;
use crate::store::StoreError;

/// The outputs on both splits as the bytes of one safetensors file.
pub(super) fn output_bytes(train: &Outputs, test: &Outputs) -> Vec<u8> {
    let mut arrays = Vec::new();
    for (split, outputs) in [("train", train), ("test", test)] {
        arrays.push(Array {
            name: format!("{split}.logits"),
            dtype: Dtype::F32,
            shape: vec![outputs.labels.len(), outputs.classes],
            bytes: to_bytes(&outputs.logits),
        });
        arrays.push(Array {
            name: format!("{split}.labels"),
            dtype: Dtype::U32,
            shape: vec![outputs.labels.len()],
            bytes: (outputs.labels.iter())
                .flat_map(|label| label.to_le_bytes())
                .collect(),
        });
    }
    bytes_of(&arrays)
}

/// The outputs on one split, `"train"` or `"test"`, of a file's bytes.
pub(super) fn parse_outputs(path: &Path, bytes: &[u8], split: &str) -> Result<Outputs, StoreError> {
    let damaged = |e: &dyn std::fmt::Display| StoreError::damaged(path, e);
    let tensors = SafeTensors::deserialize(bytes).map_err(|e| damaged(&e))?;
    let name = format!("{split}.logits");
    let logits = tensors.tensor(&name).map_err(|e| damaged(&e))?;
    let labels = tensors
        .tensor(&format!("{split}.labels"))
        .map_err(|e| damaged(&e))?;
    let [samples, classes] = *logits.shape() else {
        return Err(damaged(&format!("{name} is not a matrix")));
    };
    if labels.dtype() != Dtype::U32 || labels.data().len() != 4 * samples {
        return Err(damaged(&format!("{split}.labels does not fit {name}")));
    }
    Ok(Outputs {
        classes,
        logits: floats(path, &name, &logits)?,
        labels: (labels.data().as_chunks().0.iter())
            .map(|&bytes| u32::from_le_bytes(bytes))
            .collect(),
    })
}

struct Array {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

fn bytes_of(arrays: &[Array]) -> Vec<u8> {
    let views = arrays.iter().map(|array| {
        let view = TensorView::new(array.dtype, array.shape.clone(), &array.bytes);
        (&*array.name, view.expect("as many bytes as the shape says"))
    });
    serialize(views, None).expect("names and shapes can be written")
}

fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn floats(path: &Path, name: &str, view: &TensorView<'_>) -> Result<Vec<f32>, StoreError> {
    if view.dtype() != Dtype::F32 {
        return Err(StoreError::damaged(
            path,
            format!("array {name} is {:?}, not F32", view.dtype()),
        ));
    }
    let (words, _) = view.data().as_chunks::<4>();
    Ok(words.iter().map(|&w| f32::from_le_bytes(w)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truncated_file_is_called_damaged() {
        let path = Path::new("outputs.safetensors");
        let outputs = Outputs {
            classes: 2,
            logits: vec![0.0, 1.0, f32::NAN, 3.0],
            labels: vec![1, 0],
        };
        let bytes = output_bytes(&outputs, &outputs);
        let back = parse_outputs(path, &bytes, "test").expect("read");
        assert_eq!(back.labels, outputs.labels);
        assert!(back.logits[2].is_nan());
        let cut = &bytes[..bytes.len() - 1];
        let error = parse_outputs(path, cut, "test").unwrap_err().to_string();
        assert!(error.contains("damaged") && error.contains("outputs.safetensors"));
    }
}
