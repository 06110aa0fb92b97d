//! Writing a network's arrays, for this program and others to read.

use std::path::Path;

use ::safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

use super::{CheckpointError, order};
use crate::atomic;
use crate::solution::Weight;

/// Writes the arrays of a network as a safetensors file in single precision.
///
/// # Errors
/// A file that cannot be written.
///
/// ```
/// use rethink::checkpoint;
/// use rethink::solution::Weight;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("network.safetensors");
/// let weight = Weight { name: "0.weight".into(), shape: vec![1, 2], values: vec![3.0, 4.0] };
/// checkpoint::write(&path, std::slice::from_ref(&weight))?;
/// assert_eq!(checkpoint::read(&path)?.arrays, [weight]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(path: &Path, arrays: &[Weight]) -> Result<(), CheckpointError> {
    atomic::write(path, &to_bytes(arrays)).map_err(|source| CheckpointError::Write {
        path: path.to_path_buf(),
        source,
    })
}

/// The bytes of that file.
pub(crate) fn to_bytes(arrays: &[Weight]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> = (arrays.iter())
        .map(|array| array.values.iter().flat_map(|v| v.to_le_bytes()).collect())
        .collect();
    let views = arrays.iter().zip(&bytes).map(|(array, bytes)| {
        let view = TensorView::new(Dtype::F32, array.shape.clone(), bytes);
        (&*array.name, view.expect("as many bytes as the shape says"))
    });
    serialize(views, None).expect("names and shapes can be written")
}

/// The arrays of a file that [`write()`] wrote, in the order of the network's layers.
///
/// Any numbers are taken, unlike by [`read`](super::read): the weights of a training that
/// diverged are not finite.
///
/// # Errors
/// Bytes that are no safetensors file in single precision.
pub(crate) fn from_bytes(bytes: &[u8], path: &Path) -> Result<Vec<Weight>, CheckpointError> {
    let damaged = |problem: String| CheckpointError::Damaged {
        path: path.to_path_buf(),
        problem,
    };
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| damaged(error.to_string()))?;
    let array = |(name, view): (String, TensorView<'_>)| {
        if view.dtype() != Dtype::F32 {
            return Err(damaged(format!("{name} is {:?}, not F32", view.dtype())));
        }
        let (words, _) = view.data().as_chunks::<4>();
        Ok(Weight {
            name,
            shape: view.shape().to_vec(),
            values: words.iter().map(|&word| f32::from_le_bytes(word)).collect(),
        })
    };
    let arrays: Result<Vec<_>, _> = tensors.tensors().into_iter().map(array).collect();
    let mut arrays = arrays?;
    order::restore(&mut arrays);
    Ok(arrays)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_read_back_in_the_order_of_the_layers() {
        let names = [
            "0.0.weight",
            "0.0.bias",
            "2.0.weight",
            "10.weight",
            "10.bias",
        ];
        let arrays: Vec<Weight> = (0u8..5)
            .map(|i| Weight {
                name: names[usize::from(i)].into(),
                shape: vec![1, 3],
                values: vec![f32::from(i), f32::INFINITY, f32::MIN_POSITIVE],
            })
            .collect();
        let path = Path::new("w.safetensors");
        let bytes = to_bytes(&arrays);
        assert_eq!(from_bytes(&bytes, path).expect("read"), arrays);
        for length in [0, 7, 20, bytes.len() - 1] {
            assert!(from_bytes(&bytes[..length], path).is_err(), "{length}");
        }
    }
}
