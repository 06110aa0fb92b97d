//! Safetensors files.
//!
//! # Reference
//!
//! <https://huggingface.co/docs/safetensors/index#format>

use std::io::{Read, Seek};

use ::safetensors::Dtype;
use ::safetensors::tensor::Metadata;

use super::element::{Element, View};
use super::{Arrays, CheckpointError, Skipped};
use crate::archive::Source;

/// Bytes of the number that says how long the header is.
const PREFIX: u64 = 8;
/// Longest header: what the safetensors crate accepts.
const LONGEST_HEADER: u64 = 100_000_000;

/// The arrays in the order of their data.
pub(super) fn read<R: Read + Seek>(source: &mut Source<R>) -> Result<Arrays, CheckpointError> {
    let prefix = source.read(0, PREFIX)?;
    let header = prefix
        .iter()
        .rev()
        .fold(0, |n, &byte| n << 8 | u64::from(byte));
    let room = source.length - PREFIX; // which was read
    if header > room || header > LONGEST_HEADER {
        return Err(source.damaged(format!(
            "its header is said to have {header} bytes where {room} follow and at most {LONGEST_HEADER} are read"
        )));
    }
    let text = source.read(PREFIX, header)?;
    // Offsets without holes, overlaps or overflow, each as long as its shape needs.
    let metadata: Metadata = serde_json::from_slice(&text).map_err(|error| {
        source.damaged::<CheckpointError>(format!("its header is not valid: {error}"))
    })?;
    if metadata.data_len() as u64 != room - header {
        return Err(source.damaged(format!(
            "its arrays have {} bytes, but {} follow the header",
            metadata.data_len(),
            room - header
        )));
    }
    let mut allowance = source.allowance();
    let mut found = Arrays::default();
    let mut names = metadata.offset_keys();
    // Empty arrays share an offset, and come in any order.
    names.sort_by_cached_key(|name| (metadata.info(name).map(|i| i.data_offsets.0), name.clone()));
    for name in names {
        let Some(info) = metadata.info(&name) else {
            continue;
        };
        let Some(element) = element(info.dtype) else {
            let kind = format!("{:?}", info.dtype);
            found
                .skipped
                .push(Skipped::of_type(name, &kind, info.shape.is_empty()));
            continue;
        };
        let view = View {
            name,
            element,
            big_endian: false,
            strides: View::row_major(&info.shape),
            shape: info.shape.clone(),
            offset: 0,
        };
        if let Some(empty) = view.empty() {
            found.skipped.push(empty);
            continue;
        }
        let (start, end) = info.data_offsets;
        let bytes = source.read(PREFIX + header + start as u64, (end - start) as u64)?;
        let weight = view.gather(&bytes, &mut allowance, &source.path)?;
        found.push(weight, element);
    }
    Ok(found)
}

fn element(dtype: Dtype) -> Option<Element> {
    match dtype {
        Dtype::F16 => Some(Element::F16),
        Dtype::BF16 => Some(Element::Bf16),
        Dtype::F32 => Some(Element::F32),
        Dtype::F64 => Some(Element::F64),
        _ => None,
    }
}
