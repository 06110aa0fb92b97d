//! NumPy `.npz` archives.
//!
//! # Reference
//!
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use std::io::{Read, Seek};

use super::archive::Archive;
use super::element::{Element, View};
use super::{Arrays, CheckpointError, Skipped};

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
    Ok((arrays, skipped))
}

/// The array in a `.npy` file and where its numbers begin, or why it is left out.
fn view(name: &str, bytes: &[u8]) -> Result<Result<(View, usize), Skipped>, String> {
    let (text, start) = header(bytes)?;
    let Some(kind) = text_field(text, "'descr':")? else {
        let reason = "a record of several fields is no weight";
        return Ok(Err(Skipped::new(name, reason)));
    };
    let element = match kind.get(1..) {
        Some("f2") => Element::F16,
        Some("f4") => Element::F32,
        Some("f8") => Element::F64,
        _ => {
            let reason = format!("numbers of type {kind} are not read as weights");
            return Ok(Err(Skipped::new(name, reason)));
        }
    };
    let shape = shape(field(text, "'shape':")?)?;
    let strides = if field(text, "'fortran_order':")?.starts_with("True") {
        let reversed: Vec<usize> = shape.iter().rev().copied().collect();
        View::row_major(&reversed).into_iter().rev().collect()
    } else {
        View::row_major(&shape)
    };
    let view = View {
        name: name.to_owned(),
        element,
        big_endian: kind.starts_with('>'),
        shape,
        strides,
        offset: 0,
    };
    Ok(match view.empty() {
        Some(empty) => Err(empty),
        None => Ok((view, start)),
    })
}

/// The header's dictionary, and where the numbers begin.
///
/// It is read as every program writes it, not as the Python expression it may be by
/// the definition of the format: a parser of expressions can be led into deep
/// recursion, and the one of npyz multiplies the lengths of a shape unchecked.
fn header(bytes: &[u8]) -> Result<(&str, usize), String> {
    if !bytes.starts_with(b"\x93NUMPY") {
        return Err("it does not begin as a .npy file".to_owned());
    }
    let (start, length): (usize, usize) = match bytes.get(6..12) {
        Some(&[1, _, low, high, ..]) => (10, usize::from(u16::from_le_bytes([low, high]))),
        Some(&[2 | 3, _, a, b, c, d]) => (12, u32::from_le_bytes([a, b, c, d]) as usize),
        _ => return Err("its version of the .npy format is not known".to_owned()),
    };
    let end = start.saturating_add(length);
    let text = bytes.get(start..end);
    let text = text.ok_or_else(|| format!("its header of {length} bytes is cut off"))?;
    let text = std::str::from_utf8(text).map_err(|_| "its header is no text".to_owned())?;
    Ok((text, end))
}

/// What follows a key.
fn field<'a>(header: &'a str, key: &str) -> Result<&'a str, String> {
    let after = header.split_once(key).map(|(_, after)| after.trim_start());
    after.ok_or_else(|| format!("its header has no {key}"))
}

/// The text that follows a key; `None` if something else does.
fn text_field<'a>(header: &'a str, key: &str) -> Result<Option<&'a str>, String> {
    let after = field(header, key)?;
    let text = after
        .strip_prefix('\'')
        .and_then(|text| text.split_once('\''));
    Ok(text.map(|(text, _)| text))
}

/// `(2, 3)`, `(2,)` or `()`.
fn shape(text: &str) -> Result<Vec<usize>, String> {
    let inner = text.strip_prefix('(').and_then(|text| text.split_once(')'));
    let (inner, _) = inner.ok_or("its shape is no tuple")?;
    let lengths = inner.trim().trim_end_matches(',').split(',').map(str::trim);
    let lengths = lengths.filter(|_| !inner.trim().is_empty());
    let length = |text: &str| {
        text.parse()
            .map_err(|_| format!("its shape has a length {text}"))
    };
    lengths.map(length).collect()
}
