//! NumPy `.npz` archives.

use std::io::{Read, Seek};

use super::archive::Archive;
use super::element::{Element, View};
use super::{Arrays, CheckpointError, Skipped};
use crate::archive::Header;

/// The arrays in the order of the archive.
pub(super) fn read<R: Read + Seek>(archive: &mut Archive<R>) -> Result<Arrays, CheckpointError> {
    let mut found = Arrays::default();
    for file in archive.arrays() {
        let wanted = |header: &Header| element(header).is_some();
        let Some((header, bytes)) = archive.array(&file, wanted)? else {
            continue;
        };
        let name = file.strip_suffix(".npy").unwrap_or(&file);
        match view(name, header) {
            Err(entry) => found.skipped.push(entry),
            Ok(view) => {
                let (path, element) = (archive.path().to_path_buf(), view.element);
                let weight = view.gather(&bytes, &mut archive.allowance, &path)?;
                found.push(weight, element);
            }
        }
    }
    Ok(found)
}

fn element(header: &Header) -> Option<Element> {
    match header.kind()? {
        ('f', 2) => Some(Element::F16),
        ('f', 4) => Some(Element::F32),
        ('f', 8) => Some(Element::F64),
        _ => None,
    }
}

/// The array of a header, or why it is left out.
fn view(name: &str, header: Header) -> Result<View, Skipped> {
    let Some(element) = element(&header) else {
        return Err(match &header.descr {
            None => Skipped::new(name, "a record of several fields is no weight"),
            Some(kind) => Skipped::of_type(name, kind, header.shape.is_empty()),
        });
    };
    let strides = if header.fortran {
        let reversed: Vec<usize> = header.shape.iter().rev().copied().collect();
        View::row_major(&reversed).into_iter().rev().collect()
    } else {
        View::row_major(&header.shape)
    };
    let view = View {
        name: name.to_owned(),
        element,
        big_endian: header.big_endian(),
        shape: header.shape,
        strides,
        offset: 0,
    };
    match view.empty() {
        Some(empty) => Err(empty),
        None => Ok(view),
    }
}
