//! What an output folder holds, without reading all of it again.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::entry::{Entry, RESULT, file_of, read_regular};
use super::unfinished::CHECKPOINTS;
use super::{StoreError, leaves};
use crate::{atomic, sealed};

/// The file in which the index is kept; without it, or if it is damaged, it is made anew.
const INDEX: &str = ".index.json";

/// A result, as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// Name of its kind, or of the folder of a result that cannot be read.
    pub kind: String,
    /// Its name.
    pub id: String,
    /// Its file or folder, under the output folder.
    pub place: PathBuf,
    /// Whether it can be used.
    pub state: State,
    /// Everything that determined it.
    pub spec: Value,
    /// The single numbers and words of what was found; `last.train_error` of nested ones.
    pub scalars: Map<String, Value>,
    /// Seconds it took.
    pub seconds: f64,
    /// When it was begun, in seconds since 1970.
    pub started: u64,
}

/// A line of the index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Indexed {
    #[serde(flatten)]
    listed: Listed,
    stamp: Stamp,
}

/// The index, in the order of the list.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Index {
    results: Vec<Indexed>,
}

/// Whether a result can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is of the versions of this program.
    Current,
    /// It was made by another version of the program, and is left where it is.
    OtherVersion,
    /// It cannot be read; it is set aside when it is needed.
    Damaged,
    /// It was damaged, and set aside.
    SetAside,
}

impl State {
    /// The state in a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::OtherVersion => "other version",
            Self::Damaged => "damaged",
            Self::SetAside => "set aside",
        }
    }
}

/// What tells that a file was not written since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    bytes: u64,
    nanoseconds: u64,
}

/// All results under an output folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// By kind, then by the time they were begun.
    pub results: Vec<Listed>,
    /// Results that are not stored yet and whose computation was begun, by a process that runs or
    /// was interrupted.
    pub unfinished: usize,
}

impl Listing {
    /// Lists what is under an output folder. Only what is new, or was written since the
    /// last list, is read; checksums of arrays are left to [`verify`](Self::verify).
    ///
    /// ```
    /// use rethink::store::Listing;
    /// let out = tempfile::tempdir()?;
    /// assert!(Listing::of(out.path())?.results.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn of(out: &Path) -> Result<Self, StoreError> {
        let known = known(out);
        let mut listed: Vec<(PathBuf, Stamp)> = Vec::new();
        for folder in folders(out)? {
            for entry in read_folder(&folder)? {
                let place = entry.strip_prefix(out).unwrap_or(&entry).to_owned();
                listed.push((place, stamp(&file_of(&entry))));
            }
        }
        let of_place = |(place, stamp): (PathBuf, Stamp)| match known.get(&place) {
            Some(known) if known.stamp == stamp => known.clone(),
            _ => Indexed {
                listed: read(out, place),
                stamp,
            },
        };
        let mut results: Vec<Indexed> = listed.into_par_iter().map(of_place).collect();
        results.sort_by(|a, b| {
            let key = |Indexed { listed, .. }: &Indexed| {
                (listed.kind.clone(), listed.started, listed.id.clone())
            };
            key(a).cmp(&key(b))
        });
        let new = |result: &Indexed| known.get(&result.listed.place) != Some(result);
        let index = Index { results };
        if index.results.len() != known.len() || index.results.iter().any(new) {
            // A list of a folder that cannot be written to is a list all the same.
            let _ = atomic::write(&out.join(INDEX), sealed::seal(&index).as_bytes());
        }
        let results = index.results.into_iter().map(|result| result.listed);
        Ok(Self {
            results: results.collect(),
            unfinished: unfinished(out)?,
        })
    }
}

fn unfinished(out: &Path) -> Result<usize, StoreError> {
    let states = read_folder(&out.join(CHECKPOINTS))?.into_iter();
    Ok(states
        .filter(|path| !name(path).contains(".damaged-"))
        .count())
}

/// The last index, by place.
fn known(out: &Path) -> HashMap<PathBuf, Indexed> {
    let bytes = read_regular(&out.join(INDEX)).unwrap_or_default();
    let last: Index = sealed::open(&bytes).unwrap_or_default();
    let results = last.results.into_iter();
    results
        .map(|result| (result.listed.place.clone(), result))
        .collect()
}

/// The folders that hold results.
fn folders(out: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut folders = vec![out.join("runs")];
    let kinds = read_folder(&out.join("records"))?;
    folders.extend(kinds.into_iter().filter(|path| path.is_dir()));
    Ok(folders)
}

/// What is in a folder, but for hidden files; nothing if there is no folder.
fn read_folder(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(StoreError::io("read", folder))?,
    };
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths.filter(|path| !name(path).starts_with('.')).collect())
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn stamp(path: &Path) -> Stamp {
    let found = fs::symlink_metadata(path).ok();
    let modified = found.as_ref().and_then(|found| found.modified().ok());
    let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Stamp {
        bytes: found.map_or(0, |found| found.len()),
        nanoseconds: since.map_or(0, |since| since.as_nanos() as u64),
    }
}

fn read(out: &Path, place: PathBuf) -> Listed {
    let path = out.join(&place);
    let folder = place.parent().map(name).unwrap_or_default();
    let unread = |state| Listed {
        kind: folder.strip_suffix('s').unwrap_or(&folder).to_owned(),
        id: name(&place.with_extension("")),
        place: place.clone(),
        state,
        spec: Value::Null,
        scalars: Map::new(),
        seconds: 0.0,
        started: 0,
    };
    if name(&place).contains(".damaged-") {
        return unread(State::SetAside);
    }
    let Ok(entry) = Entry::<Value, Value>::read(&path) else {
        return unread(match is_of_first_versions(&path) {
            true => State::OtherVersion,
            false => State::Damaged,
        });
    };
    let single = leaves(&entry.output).into_iter();
    let single = single.filter(|(place, _)| !place.contains('['));
    let scalars = single.map(|(place, value)| match place.is_empty() {
        true => ("value".to_owned(), value.clone()),
        false => (place, value.clone()),
    });
    let scalars = scalars.collect();
    Listed {
        kind: entry.kind,
        id: entry.id.to_string(),
        state: match entry.versions.are_current() {
            true => State::Current,
            false => State::OtherVersion,
        },
        place,
        spec: entry.spec,
        scalars,
        seconds: entry.provenance.seconds,
        started: entry.provenance.started,
    }
}

/// Before results had their checksum inside, a run had a manifest, and a record the
/// version of the numerics first.
fn is_of_first_versions(place: &Path) -> bool {
    match place.is_dir() {
        true => place.join("manifest.json").is_file() && !place.join(RESULT).exists(),
        false => read_regular(place).is_ok_and(|bytes| {
            let value: Option<Value> = serde_json::from_slice(&bytes).ok();
            value.is_some_and(|value| value.get("numerics").is_some())
        }),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Computed, Holds, Invocation, Kind, Store};
    use super::*;

    const KIND: Kind = Kind {
        name: "sum",
        holds: Holds::Numbers,
    };

    struct Silent;
    impl super::super::Watch for Silent {
        fn waiting(&self, _: Kind, _: &super::super::ResultId) {}
        fn set_aside(&self, _: &Path, _: &str) {}
        fn starts_again(&self, _: &Path, _: &str) {}
        fn without_checkpoints(&self, _: &StoreError) {}
        fn without_locks(&self, _: &std::io::Error) {}
    }

    pub(in crate::store) fn add(out: &Path, spec: u32) {
        let store = Store::open(out, Invocation::default()).unwrap();
        let output = serde_json::json!({ "sum": spec, "list": [1], "last": { "error": 0.5 } });
        let compute = || Ok::<_, StoreError>(Computed::small(output));
        store.obtain(KIND, &spec, &Silent, compute).unwrap();
    }

    fn states(out: &Path) -> Vec<State> {
        let results = Listing::of(out).unwrap().results;
        results.into_iter().map(|listed| listed.state).collect()
    }

    #[test]
    fn a_list_has_the_single_numbers_and_follows_what_changes() {
        let out = tempfile::tempdir().unwrap();
        add(out.path(), 1);
        let listing = Listing::of(out.path()).unwrap();
        let [one] = &listing.results[..] else {
            panic!("{listing:?}");
        };
        assert_eq!((&*one.kind, one.state), ("sum", State::Current));
        let expected = serde_json::json!({ "sum": 1, "last.error": 0.5 });
        assert_eq!(Value::Object(one.scalars.clone()), expected);
        one.verify(out.path()).unwrap();
        assert_eq!(Listing::of(out.path()).unwrap(), listing, "from the index");

        add(out.path(), 2);
        assert_eq!(states(out.path()), [State::Current; 2]);
        let path = out.path().join(&one.place);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("\"sum\": 1", "\"sum\": 5")).unwrap();
        assert!(states(out.path()).contains(&State::Damaged));
        assert!(one.verify(out.path()).is_err());
        fs::write(out.path().join(INDEX), "{").unwrap();
        assert!(states(out.path()).contains(&State::Damaged), "made anew");
    }

    #[test]
    fn results_of_the_first_versions_are_counted() {
        let out = tempfile::tempdir().unwrap();
        let place = out.path().join("records/sum/0123456789abcdef.json");
        atomic::write(&place, br#"{"numerics": 1, "spec": 1, "result": 2}"#).unwrap();
        let run = out.path().join("runs/0123456789abcdef/manifest.json");
        atomic::write(&run, b"{}").unwrap();
        let listing = Listing::of(out.path()).unwrap();
        assert_eq!(listing.count(State::OtherVersion), 2);
        assert_eq!(listing.count(State::Damaged), 0);
    }
}
