//! Results whose computation was interrupted and can go on.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::StoreError;
use super::entry::{FileRecord, read_regular};
use super::id::{Kind, ResultId, Versions};
use super::partial::Partial;
use crate::{atomic, sealed};

/// The folder of all states, under the output folder.
pub(super) const CHECKPOINTS: &str = ".checkpoints";

/// Age at which a state is no one's: nobody has gone on with it for so long.
const ABANDONED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Where the head of a file ends, which is an object in several lines.
const END_OF_HEAD: &[u8] = b"\n}\n";

/// The place of the state of a result that is being computed, from which another process goes on
/// when this one is killed: `.checkpoints/<kind>-<id>`.
///
/// It is for the holder of the result's lock. The file is removed when the result is stored, and
/// otherwise when nothing was written to it for 30 days.
#[derive(Debug)]
pub struct Unfinished {
    path: PathBuf,
    partials: PathBuf,
    name: String,
    of: Of,
}

/// What a state belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Of {
    kind: String,
    id: ResultId,
    versions: Versions,
    spec: Value,
}

/// What stands before the bytes of a state, sealed.
#[derive(Serialize, Deserialize)]
struct Head {
    #[serde(flatten)]
    of: Of,
    state: FileRecord,
}

impl Unfinished {
    pub(super) fn new<S: Serialize>(
        folder: &Path,
        partials: PathBuf,
        kind: Kind,
        id: ResultId,
        spec: &S,
    ) -> Self {
        let name = super::name(kind, &id);
        Self {
            path: folder.join(&name),
            partials,
            name,
            of: Of {
                kind: kind.name.to_owned(),
                id,
                versions: kind.versions(),
                spec: serde_json::to_value(spec).expect("a spec is plain data"),
            },
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes that were written last, if there are any.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, or belongs to another result.
    pub fn read(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = match read_regular(&self.path) {
            Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(None);
            }
            bytes => bytes?,
        };
        let damaged = |reason: &dyn std::fmt::Display| StoreError::damaged(&self.path, reason);
        let end = (bytes.windows(END_OF_HEAD.len())).position(|window| window == END_OF_HEAD);
        let end = end.map_or(bytes.len(), |at| at + END_OF_HEAD.len());
        let (head, state) = bytes.split_at(end);
        let head: Head = sealed::open(head).map_err(|reason| damaged(&reason))?;
        if head.of.versions != self.of.versions {
            return Err(damaged(&"it is of another version of the program"));
        }
        if head.of != self.of {
            return Err(damaged(&"it belongs to another spec"));
        }
        head.state.check(&self.path, state)?;
        Ok(Some(bytes[end..].to_vec()))
    }

    /// Replaces what was written last, which stays until the new bytes are on the disk.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, state: &[u8]) -> Result<(), StoreError> {
        let head = Head {
            of: self.of.clone(),
            state: FileRecord::of(state),
        };
        let head = sealed::seal(&head);
        let partial = Partial::new(&self.partials, &self.name)?;
        partial.write(&self.name, &[head.as_bytes(), state].concat())?;
        partial.replace(&self.name, &self.path)
    }

    /// Renames what was written last to `….damaged-<k>`.
    ///
    /// # Errors
    /// What cannot be renamed.
    pub fn set_aside(&self) -> Result<PathBuf, StoreError> {
        atomic::set_aside(&self.path).map_err(StoreError::io("set aside", &self.path))
    }
}

/// Removes the state of a result that is stored now.
pub(super) fn clear(folder: &Path, name: &str) {
    // There is none of most results. One that cannot be removed is in no one's way.
    let _ = fs::remove_file(folder.join(name));
}

/// Removes what nobody goes on with: states of results that are stored, and old ones.
pub(super) fn sweep(folder: &Path, is_stored: impl Fn(&str, &str) -> bool) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let modified = entry.metadata().and_then(|found| found.modified());
        let age = modified.map(|at| SystemTime::now().duration_since(at).unwrap_or_default());
        let name = entry.file_name().to_string_lossy().into_owned();
        let stored = (name.rsplit_once('-')).is_some_and(|(kind, id)| is_stored(kind, id));
        if stored || age.is_ok_and(|age| age > ABANDONED) {
            clear(folder, &name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Computed, Holds, Invocation, Store, Watch};
    use super::*;

    const SUM: Kind = Kind {
        name: "sum",
        holds: Holds::Numbers,
    };
    const SPEC: [u32; 2] = [1, 2];
    const STATE: &[u8] = b"half of it\n}\n \x00\xff";

    struct Silent;
    impl Watch for Silent {
        fn waiting(&self, _: Kind, _: &ResultId) {}
        fn set_aside(&self, _: &Path, _: &str) {}
        fn starts_again(&self, _: &Path, _: &str) {}
        fn without_checkpoints(&self, _: &StoreError) {}
        fn without_locks(&self, _: &io::Error) {}
    }

    fn open(out: &Path) -> Store {
        Store::open(out, Invocation::default()).expect("a store")
    }

    /// A store in which a process wrote a state and died.
    fn interrupted() -> (tempfile::TempDir, Store, Unfinished) {
        let out = tempfile::tempdir().expect("a folder");
        let store = open(out.path());
        let unfinished = store.unfinished(SUM, &SPEC);
        assert_eq!(unfinished.read().expect("nothing"), None);
        unfinished.write(b"less").expect("written");
        unfinished.write(STATE).expect("written");
        (out, store, unfinished)
    }

    fn obtain(store: &Store) {
        let compute = || Ok::<_, StoreError>(Computed::small(3_u32));
        store.obtain(SUM, &SPEC, &Silent, compute).expect("stored");
    }

    #[test]
    fn what_was_written_last_outlives_the_process_until_the_result_is_stored() {
        let (out, store, unfinished) = interrupted();
        let begun = Partial::new(&store.partials(), &unfinished.name).expect("a folder");
        begun.write("half", b"h").expect("written");
        std::mem::forget(begun); // as if killed
        drop(store);
        let store = open(out.path());
        assert_eq!(unfinished.read().expect("whole").as_deref(), Some(STATE));
        let partials = || {
            fs::read_dir(out.path().join(".partial"))
                .expect("it")
                .count()
        };
        assert_eq!(partials(), 0);
        // Other results are none of its business.
        let compute = || Ok::<_, StoreError>(Computed::small(3_u32));
        (store.obtain(SUM, &[5_u32], &Silent, compute)).expect("stored");
        assert!(unfinished.path().is_file());
        obtain(&store);
        assert!(!unfinished.path().exists());
        assert_eq!(unfinished.read().expect("nothing"), None);
        assert_eq!(partials(), 0);
    }

    #[test]
    fn every_bit_is_covered() {
        let (_out, _, unfinished) = interrupted();
        let whole = fs::read(unfinished.path()).expect("a file");
        let is_refused = |bytes: &[u8]| {
            fs::write(unfinished.path(), bytes).expect("written");
            let error = unfinished.read().expect_err("damaged").to_string();
            assert!(error.contains("checkpoints") && error.contains("damaged"));
        };
        for at in 0..whole.len() {
            is_refused(&whole[..at]);
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            is_refused(&flipped);
        }
        is_refused(&[&whole, &b"x"[..]].concat());
        fs::write(unfinished.path(), &whole).expect("written");
        assert_eq!(unfinished.read().expect("whole").as_deref(), Some(STATE));
    }

    #[test]
    fn a_state_of_another_result_or_version_is_refused() {
        let (_out, store, unfinished) = interrupted();
        let kind = Kind {
            name: "product",
            ..SUM
        };
        let others = [
            store.unfinished(SUM, &[1_u32, 3]),
            store.unfinished(kind, &SPEC),
        ];
        for other in others {
            fs::copy(unfinished.path(), other.path()).expect("copied");
            let error = other.read().expect_err("another's").to_string();
            assert!(error.contains("another spec"), "{error}");
        }
        let mut old = store.unfinished(SUM, &SPEC);
        old.of.versions.numerics -= 1;
        old.write(STATE).expect("written");
        let error = unfinished.read().expect_err("old").to_string();
        assert!(error.contains("another version"), "{error}");
    }

    #[test]
    fn what_is_set_aside_is_kept_and_no_longer_read() {
        let (out, store, unfinished) = interrupted();
        fs::remove_file(unfinished.path()).expect("removed");
        fs::create_dir(unfinished.path()).expect("a folder");
        let error = unfinished.read().expect_err("no file").to_string();
        assert!(error.contains("a folder"), "{error}");
        let to = unfinished.set_aside().expect("renamed");
        assert!(
            to.ends_with(".checkpoints/sum-".to_owned() + unfinished.of.id.as_str() + ".damaged-0")
        );
        assert_eq!(unfinished.read().expect("nothing"), None);
        unfinished.write(STATE).expect("written");
        obtain(&store);
        open(out.path());
        assert!(to.is_dir() && !unfinished.path().exists());
    }

    #[test]
    fn what_nobody_goes_on_with_is_removed() {
        let (out, store, unfinished) = interrupted();
        let age = |unfinished: &Unfinished, age: Duration| {
            let file = fs::File::options().append(true).open(unfinished.path());
            let at = SystemTime::now() - age;
            (file.and_then(|file| file.set_modified(at))).expect("a time");
        };
        let [young, old] = [[7_u32], [8]].map(|spec| {
            let unfinished = store.unfinished(SUM, &spec);
            unfinished.write(STATE).expect("written");
            unfinished
        });
        let hour = Duration::from_secs(60 * 60);
        age(&young, ABANDONED - hour);
        age(&old, ABANDONED + hour);
        open(out.path());
        let left = || [&young, &old, &unfinished].map(|one| one.path().exists());
        assert_eq!(left(), [true, false, true]);
        // As if killed after the result was stored and before its state was removed.
        obtain(&store);
        unfinished.write(STATE).expect("written");
        open(out.path());
        assert_eq!(left(), [true, false, false]);
    }

    #[test]
    fn a_state_that_cannot_be_written_leaves_the_last_one() {
        let (out, _, unfinished) = interrupted();
        let partials = out.path().join(".partial");
        fs::remove_dir_all(&partials).expect("removed");
        fs::write(&partials, "in the way").expect("written");
        assert!(unfinished.write(b"more").is_err());
        assert_eq!(unfinished.read().expect("whole").as_deref(), Some(STATE));
    }
}
