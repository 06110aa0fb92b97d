//! The header of a NumPy array.
//!
//! It is read as every program writes it, not as the Python expression it may be by
//! the definition of the format: a parser of expressions can be led into deep
//! recursion, or into time that doubles with every bracket.
//!
//! # Reference
//!
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use std::io::{self, Read};

/// Longest header that is read; NumPy itself reads 10,000 bytes.
const LONGEST: usize = 1 << 16;
/// Most axes an array can have in NumPy.
const MOST_AXES: usize = 64;

/// What an array says of itself before its numbers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The type of the numbers, such as `<f4`; none for records of several fields.
    pub(crate) descr: Option<String>,
    /// The first axis is contiguous, not the last.
    pub(crate) fortran: bool,
    pub(crate) shape: Vec<usize>,
}

impl Header {
    /// Letter and size in bytes of a type of plain numbers: `('f', 4)`.
    pub(crate) fn kind(&self) -> Option<(char, usize)> {
        let mut letters = self.descr.as_deref()?.chars();
        letters.next().filter(|order| "<>|".contains(*order))?;
        let letter = letters.next().filter(|kind| "fiub".contains(*kind))?;
        let size = match letters.as_str() {
            "1" => 1,
            "2" => 2,
            "4" => 4,
            "8" => 8,
            _ => return None,
        };
        Some((letter, size))
    }

    /// The bytes of each number are in the order of a big-endian machine.
    pub(crate) fn big_endian(&self) -> bool {
        self.descr
            .as_deref()
            .is_some_and(|kind| kind.starts_with('>'))
    }

    /// Bytes of the numbers; none if the type is no plain number, or saturated.
    pub(crate) fn bytes(&self) -> Option<u64> {
        let (_, size) = self.kind()?;
        if self.shape.contains(&0) {
            return Some(0); // however long the other axes are
        }
        let lengths = self.shape.iter().map(|&length| length as u64);
        Some(lengths.fold(size as u64, u64::saturating_mul))
    }

    /// Reads a header and leaves the reader at the first number.
    pub(super) fn read(reader: &mut impl Read) -> Result<Self, Problem> {
        let start = some(reader, 10)?;
        if !start.starts_with(b"\x93NUMPY") {
            return Err("it does not begin as a .npy file".into());
        }
        let length = match start[6..] {
            [1, _, low, high] => usize::from(u16::from_le_bytes([low, high])),
            [2 | 3, _, a, b] => match some(reader, 2)?[..] {
                [c, d] => u32::from_le_bytes([a, b, c, d]) as usize,
                _ => return Err("its header is cut off".into()),
            },
            _ => return Err("its version of the .npy format is not known".into()),
        };
        if length > LONGEST {
            return Err(
                format!("its header has {length} bytes, and at most {LONGEST} are read").into(),
            );
        }
        let text = some(reader, length)?;
        if text.len() < length {
            return Err(format!("its header of {length} bytes is cut off").into());
        }
        let text = std::str::from_utf8(&text).map_err(|_| "its header is no text")?;
        Ok(Self::parse(text)?)
    }

    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self {
            descr: text_field(text, "'descr':")?.map(str::to_owned),
            fortran: field(text, "'fortran_order':")?.starts_with("True"),
            shape: shape(field(text, "'shape':")?)?,
        })
    }
}

/// Why there is no header: what is wrong with it, or with reading.
#[derive(Debug)]
pub(super) enum Problem {
    Header(String),
    Reading(io::Error),
}

impl From<String> for Problem {
    fn from(problem: String) -> Self {
        Self::Header(problem)
    }
}

impl From<&str> for Problem {
    fn from(problem: &str) -> Self {
        Self::Header(problem.to_owned())
    }
}

/// The next `count` bytes, or as many as there are.
fn some(reader: &mut impl Read, count: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::with_capacity(count);
    let read = reader.take(count as u64).read_to_end(&mut bytes);
    read.map_err(Problem::Reading)?;
    Ok(bytes)
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
        text.parse().map_err(|_| {
            format!(
                "its shape has a length {}",
                text.chars().take(40).collect::<String>()
            )
        })
    };
    let shape: Vec<usize> = lengths.map(length).collect::<Result<_, _>>()?;
    if shape.len() > MOST_AXES {
        return Err(format!(
            "its shape has {} axes, and NumPy makes at most {MOST_AXES}",
            shape.len()
        ));
    }
    Ok(shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn npy(header: &str) -> Vec<u8> {
        let length = (header.len() as u16).to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes()].concat()
    }

    fn problem(bytes: &[u8]) -> String {
        match Header::read(&mut &bytes[..]) {
            Err(Problem::Header(problem)) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_header_is_read_and_the_numbers_are_left() {
        let header = "{'descr': '>f8', 'fortran_order': True, 'shape': (2, 3), }\n";
        let bytes = [&npy(header)[..], b"numbers"].concat();
        let mut reader = &bytes[..];
        let read = Header::read(&mut reader).unwrap();
        assert_eq!(reader, b"numbers");
        assert_eq!((read.kind(), read.bytes()), (Some(('f', 8)), Some(48)));
        assert!(read.big_endian() && read.fortran);
        let empty = Header::parse(
            "'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551615, 9, 0)",
        );
        assert_eq!(empty.unwrap().bytes(), Some(0));
        let record = Header::parse("'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()");
        assert_eq!(record.unwrap().bytes(), None);
    }

    /// Brackets cost a parser of Python expressions seconds or its stack.
    #[test]
    fn nested_and_long_headers_are_refused_at_once() {
        let clock = std::time::Instant::now();
        for depth in [20, 60_000] {
            let header = format!(
                "{{'descr': {0}'<f4', 'fortran_order': False, 'shape': {0}",
                "[(".repeat(depth / 4)
            );
            assert_eq!(problem(&npy(&header)), "its shape is no tuple");
        }
        let long = [
            b"\x93NUMPY\x02\x00",
            &400_000_u32.to_le_bytes()[..],
            &[b'('; 400_000],
        ]
        .concat();
        assert!(problem(&long).contains("has 400000 bytes, and at most 65536"));
        let axes = format!(
            "{{'descr': '<f4', 'fortran_order': False, 'shape': ({})}}",
            "1,".repeat(65)
        );
        assert!(problem(&npy(&axes)).contains("65 axes"));
        assert!(clock.elapsed().as_secs() < 1);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>, version in 0..4_u8) {
            let _ = Header::read(&mut &[b"\x93NUMPY", &[version, 0][..], &bytes].concat()[..]);
            let _ = Header::parse(&String::from_utf8_lossy(&bytes));
        }
    }
}
