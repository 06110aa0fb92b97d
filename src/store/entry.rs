//! A result as it lies on the disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::id::{Kind, ResultId, Versions};
use crate::digest::sha256;
use crate::provenance::Provenance;
use crate::{atomic, sealed};

/// The file of a result that has a folder.
pub(super) const RESULT: &str = "result.json";

const OF_ANOTHER: &str = "it is the result of another spec";

/// A result: what determined it, what it came to, and where it comes from.
///
/// Without arrays it is one file with its checksum inside; with arrays it is a folder
/// in which that file holds the checksums of the others too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry<S, O> {
    /// Name of its kind.
    pub kind: String,
    /// Its name.
    pub id: ResultId,
    /// The versions of the program that it depends on.
    pub versions: Versions,
    /// Everything that determined it.
    pub spec: S,
    /// What was found.
    pub output: O,
    /// Where, when and by what it was made.
    pub provenance: Provenance,
    /// Files beside it.
    #[serde(default, skip_serializing_if = "Files::are_none")]
    pub files: Files,
}

/// Files beside a result, with what they are checked by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Files(BTreeMap<String, FileRecord>);

/// Length and checksum of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileRecord {
    bytes: u64,
    sha256: String,
}

/// What was computed.
#[derive(Debug)]
pub struct Computed<O> {
    /// Small numbers.
    pub output: O,
    /// Arrays, as the bytes of named files; empty for a result that is one file.
    pub files: Vec<(String, Vec<u8>)>,
    /// The results of others that it was computed from, as `<kind>/<id>`.
    pub used: Vec<String>,
    /// What was done of it by processes that were interrupted.
    pub earlier: Earlier,
}

/// Work on a result from which another process went on.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Earlier {
    /// How often the work was resumed.
    pub resumed: usize,
    /// Seconds it had taken until it was resumed last.
    pub seconds: f64,
}

impl<O> Computed<O> {
    /// A result without arrays.
    pub fn small(output: O) -> Self {
        Self {
            output,
            files: Vec::new(),
            used: Vec::new(),
            earlier: Earlier::default(),
        }
    }
}

impl FileRecord {
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.len() as u64,
            sha256: sha256(bytes),
        }
    }

    /// Bytes of this file are as they were written.
    pub fn check(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        if bytes.len() as u64 != self.bytes {
            let reason = format!("it has {} bytes, not {}", bytes.len(), self.bytes);
            return Err(StoreError::damaged(path, reason));
        }
        match Self::of(bytes) == *self {
            true => Ok(()),
            false => Err(StoreError::damaged(path, "its checksum does not match")),
        }
    }
}

impl Files {
    pub(super) fn of(files: &[(String, Vec<u8>)]) -> Self {
        let record = |(name, bytes): &(String, Vec<u8>)| (name.clone(), FileRecord::of(bytes));
        Self(files.iter().map(record).collect())
    }

    fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes of one in this folder, as they were written.
    ///
    /// # Errors
    /// A file that is not there, or is not as it was written.
    pub fn read(&self, folder: &Path, name: &str) -> Result<Vec<u8>, StoreError> {
        let path = folder.join(name);
        let record = self.0.get(name).ok_or_else(|| {
            StoreError::damaged(&folder.join(RESULT), format!("it does not list {name}"))
        })?;
        let bytes = read_regular(&path)?;
        record.check(&path, &bytes)?;
        Ok(bytes)
    }

    /// All are as they were written.
    ///
    /// # Errors
    /// The first that is not.
    pub fn verify(&self, folder: &Path) -> Result<(), StoreError> {
        let mut names = self.0.keys();
        names.try_for_each(|name| self.read(folder, name).map(drop))
    }
}

impl<S: DeserializeOwned, O: DeserializeOwned> Entry<S, O> {
    /// What is at the place of a result; the files beside it are not looked at.
    ///
    /// # Errors
    /// What is no sealed result.
    pub fn read(place: &Path) -> Result<Self, StoreError> {
        let path = file_of(place);
        let bytes = read_regular(&path)?;
        sealed::open(&bytes).map_err(|reason| StoreError::damaged(&path, reason))
    }
}

impl<S: DeserializeOwned + Serialize, O: DeserializeOwned> Entry<S, O> {
    /// The result of this kind and name, whole.
    pub(super) fn find(place: &Path, kind: Kind, id: &ResultId) -> Result<Self, StoreError> {
        let found = Self::read(place)?;
        if found.kind != kind.name || found.id != *id {
            return Err(StoreError::damaged(&file_of(place), OF_ANOTHER));
        }
        found.verify(place)?;
        Ok(found)
    }
}

impl<S: Serialize, O> Entry<S, O> {
    /// Its name is that of its spec, and the files beside it are as they were written.
    pub(super) fn verify(&self, place: &Path) -> Result<(), StoreError> {
        if ResultId::under(&self.kind, self.versions, &self.spec) != self.id {
            return Err(StoreError::damaged(&file_of(place), OF_ANOTHER));
        }
        self.files.verify(place)
    }
}

/// The file at the place of a result, which is that file or its folder.
pub(super) fn file_of(place: &Path) -> PathBuf {
    match place
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        true => place.to_owned(),
        false => place.join(RESULT),
    }
}

/// The bytes of a file.
pub(super) fn read_regular(path: &Path) -> Result<Vec<u8>, StoreError> {
    atomic::read(path).map_err(StoreError::io("read", path))
}
