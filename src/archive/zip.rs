//! Zip archives. There is one reader of the directory, this one, so that what was
//! checked is what is used.
//!
//! # Reference
//!
//! PKWARE, *.ZIP File Format Specification* 6.3.10, sections 4.3 and 4.4,
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>

use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::npy::Problem;
use super::{Allowance, Fault, Header, Source};

/// Bytes of the shortest entry in the directory.
const SHORTEST_ENTRY: u64 = 46;
/// Longest directory that is read: hundreds of thousands of entries.
const LONGEST_DIRECTORY: u64 = 64 << 20;
/// Bytes of the record at the end, without its comment, and of the one in front of it
/// that says where its 64-bit form is.
const END: usize = 22;
const LOCATOR: usize = 20;

/// An archive, its directory read.
pub(crate) struct Zip<R> {
    source: Source<R>,
    entries: Vec<Entry>,
    places: HashMap<String, usize>,
    /// For what is unpacked.
    allowance: Allowance,
}

/// What the directory says of an entry.
struct Entry {
    name: String,
    encrypted: bool,
    method: u16,
    crc: u32,
    packed: u64,
    /// Where its local header begins.
    start: u64,
}

impl<R: Read + Seek> Zip<R> {
    pub(crate) fn open(mut source: Source<R>) -> Result<Self, Fault> {
        let directory = directory(&mut source)?;
        let entries = entries(&directory).map_err(|problem| source.damaged::<Fault>(problem))?;
        let mut places = HashMap::new();
        for (place, entry) in entries.iter().enumerate() {
            if places.insert(entry.name.clone(), place).is_some() {
                return Err(source.damaged(format!("it holds two entries {}", entry.name)));
            }
        }
        Ok(Self {
            allowance: source.allowance(),
            source,
            entries,
            places,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.source.path
    }

    pub(crate) fn damaged<E: From<Fault>>(&self, problem: impl Into<String>) -> E {
        self.source.damaged(problem)
    }

    /// For what is made of that which is unpacked.
    pub(crate) fn earned_by_use(&self) -> Allowance {
        self.source.allowance().earned_by_use()
    }

    /// Names in the order of the directory.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The content of the entry of this name, if there is one, of at most `longest` bytes.
    pub(crate) fn find(&mut self, name: &str, longest: u64) -> Result<Option<Vec<u8>>, Fault> {
        let Some(&place) = self.places.get(name) else {
            return Ok(None);
        };
        let most = self.allowance.left().min(longest);
        let mut reader = unpacked(&mut self.source, &self.entries[place])?;
        let bytes = some(&mut reader, most.saturating_add(1));
        drop(reader);
        let bytes = bytes.map_err(|error| self.damaged::<Fault>(broken(name, &error)))?;
        self.allowance.spend(bytes.len() as u64)?;
        if bytes.len() as u64 > longest {
            return Err(self.damaged(format!("entry {name} has more than {longest} bytes")));
        }
        Ok(Some(bytes))
    }

    /// The array in the entry of this name, if there is one: its header, and its numbers
    /// where they are `wanted` and of a known length.
    ///
    /// No more is unpacked than the header announces; there may be less.
    pub(crate) fn array(
        &mut self,
        name: &str,
        wanted: impl Fn(&Header) -> bool,
    ) -> Result<Option<(Header, Vec<u8>)>, Fault> {
        let Some(&place) = self.places.get(name) else {
            return Ok(None);
        };
        let array = name.strip_suffix(".npy").unwrap_or(name);
        let path = self.source.path.clone();
        let damaged = |problem| Fault::Damaged { path, problem };
        let mut reader = unpacked(&mut self.source, &self.entries[place])?;
        let header = match Header::read(&mut reader) {
            Ok(header) => header,
            Err(Problem::Header(problem)) => {
                return Err(damaged(format!("array \"{array}\": {problem}")));
            }
            Err(Problem::Reading(error)) => return Err(damaged(broken(name, &error))),
        };
        let Some(announced) = header.bytes().filter(|_| wanted(&header)) else {
            return Ok(Some((header, Vec::new())));
        };
        if announced > self.allowance.left() {
            return Err(self.allowance.exceeded());
        }
        // One byte more, so that an end where it should be is met and the checksum compared.
        match some(&mut reader, announced + 1) {
            Err(error) => Err(damaged(broken(name, &error))),
            Ok(bytes) if bytes.len() as u64 > announced => Err(damaged(format!(
                "array \"{array}\" has more than the {announced} bytes that its header announces"
            ))),
            Ok(bytes) => {
                self.allowance.spend(bytes.len() as u64)?;
                Ok(Some((header, bytes)))
            }
        }
    }
}

fn broken(name: &str, error: &io::Error) -> String {
    format!("entry {name} cannot be unpacked: {error}")
}

/// The content of an entry as a stream that ends in an error if its checksum is
/// another. How long the directory says it is does not matter.
fn unpacked<'a, R: Read + Seek>(
    source: &'a mut Source<R>,
    entry: &Entry,
) -> Result<Checked<Box<dyn Read + 'a>>, Fault> {
    let name = &entry.name;
    let local = match entry.start.checked_add(30) {
        Some(end) if end <= source.length => source.read(entry.start, 30)?,
        _ => Vec::new(),
    };
    if !local.starts_with(b"PK\x03\x04") {
        return Err(source.damaged(format!("entry {name} is not where the directory says")));
    }
    if entry.encrypted || !matches!(entry.method, 0 | 8) {
        return Err(source.damaged(format!(
            "entry {name} is encrypted or packed by method {}, and only 0 (none) and 8 (deflate) are read",
            entry.method
        )));
    }
    // The lengths of the name and of what is behind it can differ from the directory's.
    let start = entry.start + 30 + number(&local[26..28]) + number(&local[28..30]);
    if let Err(error) = source.bytes.seek(SeekFrom::Start(start)) {
        return Err(source.failed(error));
    }
    let packed = (&mut source.bytes).take(entry.packed);
    Ok(Checked {
        reader: match entry.method {
            0 => Box::new(packed),
            _ => Box::new(DeflateDecoder::new(packed)),
        },
        found: Crc::new(),
        expected: entry.crc,
    })
}

/// A stream whose end is an error if its CRC-32 is another than the expected one.
struct Checked<R> {
    reader: R,
    found: Crc,
    expected: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.found.update(&buffer[..read]);
        if read == 0 && !buffer.is_empty() && self.found.sum() != self.expected {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "its checksum does not match",
            ));
        }
        Ok(read)
    }
}

/// The next bytes, at most so many.
fn some(reader: &mut impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The bytes of the directory, which the record at the end of the file points to.
fn directory<R: Read + Seek>(source: &mut Source<R>) -> Result<Vec<u8>, Fault> {
    // Its comment of at most 65,535 bytes is all that may follow the record.
    let tail_length = source.length.min((LOCATOR + END + 65_535) as u64);
    let tail_start = source.length - tail_length;
    let tail = source.read(tail_start, tail_length)?;
    let is_end = |at: &usize| {
        let record = tail[*at..]
            .get(..END)
            .filter(|r| r.starts_with(b"PK\x05\x06"));
        record.is_some_and(|record| number(&record[20..22]) == (tail.len() - at - END) as u64)
    };
    let Some(end) = (0..tail.len()).rev().find(is_end) else {
        return Err(source.damaged("it is a zip whose directory is missing; it is cut off"));
    };
    let record = &tail[end..];
    let (mut count, mut length, mut start) = (
        number(&record[10..12]),
        number(&record[12..16]),
        number(&record[16..20]),
    );
    let mut before = tail_start + end as u64;
    let locator = end.checked_sub(LOCATOR).map(|start| &tail[start..end]);
    if let Some(locator) = locator.filter(|locator| locator.starts_with(b"PK\x06\x07")) {
        let place = number(&locator[8..16]);
        let record = match place.checked_add(56) {
            Some(end) if end <= before => source.read(place, 56)?,
            _ => Vec::new(),
        };
        if !record.starts_with(b"PK\x06\x06") {
            return Err(source.damaged("its zip directory is not where it should be"));
        }
        count = number(&record[32..40]);
        length = number(&record[40..48]);
        start = number(&record[48..56]);
        before = place;
    }
    let fits = start.checked_add(length).is_some_and(|end| end <= before);
    if !fits || count > length / SHORTEST_ENTRY || length > LONGEST_DIRECTORY {
        return Err(source.damaged(format!(
            "its zip directory is not where it should be, or too long: {count} entries in {length} bytes"
        )));
    }
    source.read(start, length)
}

/// The entries of a directory, all of it.
fn entries(mut directory: &[u8]) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    while !directory.is_empty() {
        let damaged = || format!("entry {} of its zip directory is damaged", entries.len());
        let fixed = directory.get(..SHORTEST_ENTRY as usize);
        let fixed = fixed.filter(|fixed| fixed.starts_with(b"PK\x01\x02"));
        let fixed = fixed.ok_or_else(damaged)?;
        let field = |at: usize, size: usize| number(&fixed[at..at + size]);
        let (name, extra, comment) = (field(28, 2), field(30, 2), field(32, 2));
        let variable = &directory[fixed.len()..];
        let (name, extra, comment) = (name as usize, extra as usize, comment as usize);
        if variable.len() < name + extra + comment {
            return Err(damaged());
        }
        let (mut packed, mut unpacked, mut start) = (field(20, 4), field(24, 4), field(42, 4));
        let mut wide = wide(&variable[name..name + extra]);
        // In this order, and only those that did not fit in 32 bits.
        for number in [&mut unpacked, &mut packed, &mut start] {
            if *number == u64::from(u32::MAX) {
                *number = wide.next().ok_or_else(damaged)?;
            }
        }
        entries.push(Entry {
            name: String::from_utf8_lossy(&variable[..name]).into_owned(),
            encrypted: field(8, 2) & 1 == 1,
            method: field(10, 2) as u16,
            crc: field(16, 4) as u32,
            packed,
            start,
        });
        directory = &variable[name + extra + comment..];
    }
    Ok(entries)
}

/// The 64-bit numbers of an entry's extra fields.
fn wide(mut extra: &[u8]) -> impl Iterator<Item = u64> + '_ {
    const ZIP64: u64 = 1;
    let mut numbers: &[u8] = &[];
    while let Some((head, rest)) = extra.split_at_checked(4) {
        let length = (number(&head[2..]) as usize).min(rest.len());
        if number(&head[..2]) == ZIP64 {
            numbers = &rest[..length];
            break;
        }
        extra = &rest[length..];
    }
    numbers.chunks_exact(8).map(number)
}

/// A little-endian number.
fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |n, &byte| n << 8 | u64::from(byte))
}
