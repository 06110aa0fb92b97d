//! Where results live: each is there whole, or not at all.
//!
//! A result is named by a hash of what determines it ([`ResultId`]). One without arrays
//! is a file with its checksum inside, `records/<kind>/<id>.json`; one with arrays, such
//! as a training, is a folder, `runs/<id>/`, in which `result.json` holds the checksums
//! of all files. Both are written under `.partial/`, synced, and renamed into place. What
//! is damaged, half-written or foreign is set aside and computed again, never deleted.
//!
//! A lock file per result keeps two processes from computing the same one; the system
//! releases it when its holder dies. On a file system without locks the rename decides:
//! whoever comes second discards what it computed.
//!
//! The state of a long training is kept under `.checkpoints/` until its result is stored
//! ([`Unfinished`]), so that another process can go on with it.

mod apart;
mod comparison;
mod entry;
mod error;
mod id;
mod index;
mod leaves;
mod listing;
mod lock;
mod partial;
mod unfinished;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use apart::apart;
pub use comparison::{Comparison, Difference};
pub use entry::{Computed, Earlier, Entry, Files};
pub use error::StoreError;
pub use id::{Holds, Kind, NUMERICS_VERSION, ResultId, Versions};
pub use index::{Listed, Listing, State};
pub use leaves::leaves;
pub use unfinished::Unfinished;

use crate::provenance::{Invocation, Provenance};
use crate::{atomic, sealed};
use lock::{Asked, Lock, LockCall, identity};
use partial::Partial;

/// How long to wait before looking again for a result another process computes.
const WAIT: Duration = Duration::from_millis(300);

/// All results under an output folder.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    /// The folder itself, whatever its path means later: while it is open, the system
    /// gives its number to no other.
    opened: Arc<File>,
    invocation: Invocation,
    lock: LockCall,
    told_of_locks: Arc<AtomicBool>,
}

/// Is told what happens to results. Every call may come from another thread.
pub trait Watch: Sync {
    /// Another process computes a result; it is waited for.
    fn waiting(&self, kind: Kind, id: &ResultId);
    /// A stored result was damaged; it was set aside and is computed again.
    fn set_aside(&self, to: &Path, reason: &str);
    /// The state that another process left of a result was damaged; it was set aside, and the
    /// computation starts from the beginning.
    fn starts_again(&self, to: &Path, reason: &str);
    /// The state of a computation cannot be kept: all of it is lost if this process is killed.
    fn without_checkpoints(&self, reason: &StoreError);
    /// The file system has no locks, so that processes may compute the same results.
    fn without_locks(&self, reason: &std::io::Error);
}

/// What the store holds of a result.
#[derive(Debug)]
pub enum Lookup<S, O> {
    /// The result, whole.
    Whole(Box<Entry<S, O>>),
    /// Nothing.
    Absent,
    /// A damaged one, which was set aside.
    SetAside {
        /// Where it is now.
        to: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl Store {
    /// The store under an output folder, which may be a link; makes the folder and
    /// checks that it can be written to. What processes left that were killed is removed.
    ///
    /// # Errors
    /// A folder that cannot be made or written to.
    pub fn open(out: &Path, invocation: Invocation) -> Result<Self, StoreError> {
        fs::create_dir_all(out).map_err(StoreError::io("make the folder", out))?;
        let root = out.to_owned();
        let opened = File::open(&root).map_err(StoreError::io("open", &root))?;
        let store = Self {
            root,
            opened: Arc::new(opened),
            invocation,
            lock: File::try_lock,
            told_of_locks: Arc::default(),
        };
        for folder in [store.locks(), store.partials()] {
            fs::create_dir_all(&folder).map_err(StoreError::io("make the folder", &folder))?;
        }
        Partial::new(&store.partials(), "probe")?; // dropped, and so removed
        partial::sweep(&store.partials(), |name| store.ask(name))?;
        unfinished::sweep(&store.checkpoints(), |kind, id| {
            let folder = store.root.join(id::folder_of(kind)).join(id);
            folder.with_extension("json").exists() || folder.exists()
        });
        Ok(store)
    }

    /// The folder is still the one that was opened.
    ///
    /// # Errors
    /// [`StoreError::FolderGone`] if it was removed, renamed or replaced meanwhile.
    pub fn check(&self) -> Result<(), StoreError> {
        let opened = self.opened.metadata();
        match (opened, fs::metadata(&self.root)) {
            (Ok(opened), Ok(found)) if identity(&opened) == identity(&found) => Ok(()),
            _ => Err(StoreError::FolderGone {
                path: self.root.clone(),
            }),
        }
    }

    /// Where a result is that has a folder, whether it exists or not.
    pub fn folder(&self, kind: Kind, id: &ResultId) -> PathBuf {
        self.root.join(kind.folder()).join(id.as_str())
    }

    /// The place of what is done of a result before it is stored.
    ///
    /// # Panics
    /// Of a spec that is no plain data, as [`ResultId::of`].
    pub fn unfinished<S: Serialize>(&self, kind: Kind, spec: &S) -> Unfinished {
        let id = ResultId::of(kind, spec);
        Unfinished::new(&self.checkpoints(), self.partials(), kind, id, spec)
    }

    /// The result that a spec determines, if it is there; one that is damaged is renamed
    /// to `….damaged-<k>`, unless another process has it in hand.
    ///
    /// # Errors
    /// A folder that cannot be read or renamed.
    pub fn find<S, O>(&self, kind: Kind, spec: &S) -> Result<Lookup<S, O>, StoreError>
    where
        S: Serialize + DeserializeOwned,
        O: DeserializeOwned,
    {
        let id = ResultId::of(kind, spec);
        match self.look(kind, &id)? {
            None => Ok(Lookup::Absent),
            Some((_, Ok(entry))) => Ok(Lookup::Whole(Box::new(entry))),
            // Two processes may see the damage at the same time: the one with the lock
            // sets it aside.
            Some((_, Err(_))) => match self.ask(&name(kind, &id))? {
                Asked::Taken => Ok(Lookup::Absent),
                _lock => self.find_locked(kind, &id),
            },
        }
    }

    /// The same by the holder of the lock.
    fn find_locked<S, O>(&self, kind: Kind, id: &ResultId) -> Result<Lookup<S, O>, StoreError>
    where
        S: Serialize + DeserializeOwned,
        O: DeserializeOwned,
    {
        match self.look(kind, id)? {
            None => Ok(Lookup::Absent),
            Some((_, Ok(entry))) => Ok(Lookup::Whole(Box::new(entry))),
            Some((place, Err(error))) => Ok(Lookup::SetAside {
                to: atomic::set_aside(&place).map_err(StoreError::io("set aside", &place))?,
                reason: error.without_remedy(),
            }),
        }
    }

    /// What is at the place of a result: a file, or a folder.
    #[allow(clippy::type_complexity)]
    fn look<S, O>(
        &self,
        kind: Kind,
        id: &ResultId,
    ) -> Result<Option<(PathBuf, Result<Entry<S, O>, StoreError>)>, StoreError>
    where
        S: Serialize + DeserializeOwned,
        O: DeserializeOwned,
    {
        let folder = self.folder(kind, id);
        for place in [folder.with_extension("json"), folder] {
            match fs::symlink_metadata(&place) {
                Ok(_) => {
                    let found = Entry::find(&place, kind, id);
                    return Ok(Some((place, found)));
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(StoreError::io("look into", &place)(error)),
            }
        }
        Ok(None)
    }

    /// The result that a spec determines: read, or computed and stored. A process that
    /// finds another computing it waits.
    ///
    /// # Errors
    /// What `compute` returns, or a file that cannot be read or written.
    pub fn obtain<S, O, E>(
        &self,
        kind: Kind,
        spec: &S,
        watch: &dyn Watch,
        compute: impl FnOnce() -> Result<Computed<O>, E>,
    ) -> Result<Entry<S, O>, E>
    where
        S: Serialize + DeserializeOwned,
        O: Serialize + DeserializeOwned,
        E: From<StoreError>,
    {
        let id = ResultId::of(kind, spec);
        let mut told = false;
        let lock = loop {
            let asked = self.ask(&name(kind, &id))?;
            // With the lock in hand the answer to "is it there" is final; without it,
            // the other process may just have finished.
            let found = match &asked {
                Asked::Taken => self.find(kind, spec)?,
                Asked::Got(_) | Asked::None(_) => self.find_locked(kind, &id)?,
            };
            match found {
                Lookup::Whole(entry) => return Ok(*entry),
                Lookup::SetAside { to, reason } => watch.set_aside(&to, &reason),
                Lookup::Absent => {}
            }
            match asked {
                Asked::Got(lock) => break Some(lock),
                Asked::None(error) => {
                    if !self.told_of_locks.swap(true, Ordering::Relaxed) {
                        watch.without_locks(&error);
                    }
                    break None;
                }
                Asked::Taken if !told => {
                    watch.waiting(kind, &id);
                    told = true;
                }
                Asked::Taken => {}
            }
            thread::sleep(WAIT);
        };
        if lock.is_some() {
            partial::clear(&self.partials(), &name(kind, &id))?;
        }
        let (mut provenance, clock) = (self.invocation.now(), Instant::now());
        let mut computed = compute()?;
        provenance.seconds = computed.earlier.seconds + clock.elapsed().as_secs_f64();
        provenance.resumed = computed.earlier.resumed;
        provenance.results = std::mem::take(&mut computed.used);
        Ok(self.save(kind, &id, spec, &computed, provenance)?)
    }

    /// Writes a result and renames it into place when it is whole; if another process
    /// was faster, its result is the one.
    fn save<S, O>(
        &self,
        kind: Kind,
        id: &ResultId,
        spec: &S,
        computed: &Computed<O>,
        provenance: Provenance,
    ) -> Result<Entry<S, O>, StoreError>
    where
        S: Serialize + DeserializeOwned,
        O: Serialize + DeserializeOwned,
    {
        let entry = Entry {
            kind: kind.name.to_owned(),
            id: id.clone(),
            versions: kind.versions(),
            spec,
            output: &computed.output,
            provenance,
            files: Files::of(&computed.files),
        };
        let partial = Partial::new(&self.partials(), &name(kind, id))?;
        for (name, bytes) in &computed.files {
            partial.write(name, bytes)?;
        }
        partial.write(entry::RESULT, sealed::seal(&entry).as_bytes())?;
        let folder = self.folder(kind, id);
        let place = match computed.files.is_empty() {
            true => folder.with_extension("json"),
            false => folder,
        };
        partial.put(&place)?;
        unfinished::clear(&self.checkpoints(), &name(kind, id));
        Entry::find(&place, kind, id)
    }

    fn ask(&self, name: &str) -> Result<Asked, StoreError> {
        Lock::ask(&self.locks().join(name), self.lock)
    }

    fn locks(&self) -> PathBuf {
        self.root.join(".locks")
    }

    fn checkpoints(&self) -> PathBuf {
        self.root.join(unfinished::CHECKPOINTS)
    }

    fn partials(&self) -> PathBuf {
        self.root.join(".partial")
    }
}

/// The name of a result among those of all kinds.
fn name(kind: Kind, id: &ResultId) -> String {
    format!("{}-{id}", kind.name)
}

#[cfg(test)]
mod tests;
