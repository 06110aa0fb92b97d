//! NumPy `.npz` archives.
//!
//! # Reference
//!
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use std::io::{Read, Seek};

use npyz::{DType, Endianness, NpyHeader, Order, TypeChar};

use super::archive::Archive;
use super::element::{Element, View};
use super::order::restore;
use super::{Arrays, CheckpointError, Skipped};

/// Longest header of an array that is read, and how deep its brackets may be:
/// its parser calls itself for each, and reads what is in braces twice.
const LONGEST_HEADER: usize = 1 << 16;
const DEEPEST: usize = 4;

/// The arrays in the order of the archive.
pub(super) fn read<R: Read + Seek>(archive: &mut Archive<R>) -> Result<Arrays, CheckpointError> {
    let (mut arrays, mut skipped) = (Vec::new(), Vec::new());
    for index in 0..archive.len() {
        let Some((file, bytes)) = archive.entry(index, |name| name.ends_with(".npy"))? else {
            continue;
        };
        let name = file.strip_suffix(".npy").unwrap_or(&file).to_owned();
        match view(&name, &bytes) {
            Err(problem) => return Err(archive.damaged(format!("array \"{name}\": {problem}"))),
            Ok(Err(entry)) => skipped.push(entry),
            Ok(Ok((view, start))) => {
                let path = archive.path().to_path_buf();
                arrays.push(view.gather(&bytes[start..], &mut archive.allowance, &path)?);
            }
        }
    }
    restore(&mut arrays);
    Ok((arrays, skipped))
}

/// The array in a `.npy` file and where its numbers begin, or why it is left out.
fn view(name: &str, bytes: &[u8]) -> Result<Result<(View, usize), Skipped>, String> {
    check_header(bytes)?;
    let mut rest = bytes;
    let header = NpyHeader::from_reader(&mut rest).map_err(|error| error.to_string())?;
    let DType::Plain(kind) = header.dtype() else {
        let reason = "a record of several fields is no weight";
        return Ok(Err(Skipped::new(name, reason)));
    };
    let element = match (kind.type_char(), kind.size_field()) {
        (TypeChar::Float, 2) => Element::F16,
        (TypeChar::Float, 4) => Element::F32,
        (TypeChar::Float, 8) => Element::F64,
        _ => {
            let reason = format!("numbers of type {kind} are not read as weights");
            return Ok(Err(Skipped::new(name, reason)));
        }
    };
    let shape: Option<Vec<usize>> = header.shape().iter().map(|&n| n.try_into().ok()).collect();
    let shape = shape.ok_or_else(|| format!("shape {:?} is too large", header.shape()))?;
    let strides = match header.order() {
        Order::C => View::row_major(&shape),
        Order::Fortran => {
            let reversed: Vec<usize> = shape.iter().rev().copied().collect();
            View::row_major(&reversed).into_iter().rev().collect()
        }
    };
    let view = View {
        name: name.to_owned(),
        element,
        big_endian: kind.endianness() == Endianness::Big,
        shape,
        strides,
        offset: 0,
    };
    Ok(match view.empty() {
        Some(empty) => Err(empty),
        None => Ok((view, bytes.len() - rest.len())),
    })
}

/// Refuses headers that would make their parser allocate or call itself too much.
fn check_header(bytes: &[u8]) -> Result<(), String> {
    let (start, length): (usize, usize) = match bytes.get(6..12) {
        Some(&[1, _, low, high, ..]) => (10, usize::from(u16::from_le_bytes([low, high]))),
        Some(&[2 | 3, _, a, b, c, d]) => (12, u32::from_le_bytes([a, b, c, d]) as usize),
        _ => return Err("it has no header of a .npy file".to_owned()),
    };
    let text = start
        .checked_add(length)
        .and_then(|end| bytes.get(start..end));
    let text = text.filter(|text| text.len() <= LONGEST_HEADER);
    let text =
        text.ok_or_else(|| format!("its header of {length} bytes is cut off or too long"))?;
    let mut depth = 0_usize;
    for byte in text {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(format!("its header has brackets deeper than {DEEPEST}"));
        }
    }
    Ok(())
}
