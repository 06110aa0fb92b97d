//! Where runs live: one folder per run, complete or absent.
//!
//! A run is written to `<id>.partial/`, synced and renamed when whole. A
//! folder with its final name holds `manifest.json` with the length and
//! SHA-256 of every file; one that does not match is set aside, never
//! deleted. Only `measures.json` may be written again, when the measures are of
//! another version; it holds its own checksum. A lock file per run keeps two processes from computing the same
//! one; the system releases it when its holder dies.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::stored::{StoredRun, Summary, Unmeasured};
use super::{Provenance, RunError, RunId, RunSpec, arrays};
use crate::atomic;
use crate::digest::sha256;
use crate::measure::{self, MEASURES_VERSION};
use crate::solution::{CurvePoint, Solution};

pub(super) const OUTPUTS: &str = "outputs.safetensors";
const MANIFEST: &str = "manifest.json";
const SPEC: &str = "spec.json";
const SUMMARY: &str = "summary.json";
const CURVE: &str = "curve.jsonl";
const MEASURES: &str = "measures.json";
pub(super) const INITIAL: &str = "init.safetensors";
pub(super) const FINAL: &str = "final.safetensors";
const PROVENANCE: &str = "provenance.json";

/// The files of the manifest that answers are made of; the others are only checked
/// for their length when a run is opened.
const READ_FILES: [&str; 3] = [SPEC, SUMMARY, CURVE];

/// The folder of all runs.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    /// The folder itself, whatever its path means later: while it is open, the system
    /// gives its number to no other.
    opened: Arc<File>,
}

/// What the store holds of a run.
#[derive(Debug)]
pub enum Found {
    /// The run, whole.
    Complete(Box<StoredRun>),
    /// The run, whole, with measures of another version.
    Unmeasured(Box<Unmeasured>),
    /// Nothing.
    Absent,
    /// A damaged folder, which was set aside.
    SetAside {
        /// Where it is now.
        to: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct FileRecord {
    bytes: u64,
    sha256: String,
}

/// What `measures.json` holds.
#[derive(Debug, Serialize, Deserialize)]
struct MeasuresFile<R> {
    /// [`MEASURES_VERSION`] of the program that measured.
    version: u32,
    /// Of version, run and measures.
    sha256: String,
    measures: R,
}

impl<R: Serialize> MeasuresFile<R> {
    fn new(id: &RunId, version: u32, measures: R) -> Self {
        Self {
            sha256: sha256(json(&(version, id, &measures)).as_bytes()),
            version,
            measures,
        }
    }
}

/// Holds the right to compute a run until dropped.
#[derive(Debug)]
pub(super) struct RunLock(#[allow(dead_code, reason = "the open file is the lock")] File);

impl Store {
    /// The store under an output folder; makes the folder and checks that it
    /// can be written to.
    ///
    /// # Errors
    /// A folder that cannot be made or written to.
    pub fn open(out: &Path) -> Result<Self, RunError> {
        let root = out.join("runs");
        fs::create_dir_all(root.join(".locks")).map_err(RunError::io("make the folder", &root))?;
        // Two stores of one process may be opened at the same time.
        static PROBES: AtomicUsize = AtomicUsize::new(0);
        let number = PROBES.fetch_add(1, Ordering::Relaxed);
        let probe = root.join(format!(".probe-{}-{number}", std::process::id()));
        File::create(&probe)
            .and_then(|_| fs::remove_file(&probe))
            .map_err(RunError::io("write to the folder", &root))?;
        let opened = File::open(&root).map_err(RunError::io("open", &root))?;
        Ok(Self {
            root,
            opened: Arc::new(opened),
        })
    }

    /// The folder is still the one that was opened.
    ///
    /// # Errors
    /// [`RunError::FolderGone`] if it was removed, renamed or replaced meanwhile.
    pub fn check(&self) -> Result<(), RunError> {
        let opened = self.opened.metadata();
        match (opened, fs::metadata(&self.root)) {
            (Ok(opened), Ok(found)) if identity(&opened) == identity(&found) => Ok(()),
            _ => Err(RunError::FolderGone {
                path: self.root.clone(),
            }),
        }
    }

    /// The folder of a run, whether it exists or not.
    pub fn folder(&self, id: &RunId) -> PathBuf {
        self.root.join(id.as_str())
    }

    /// Opens a stored run; one that is damaged is renamed to
    /// `<id>.damaged-<k>`, unless another process has it in hand.
    ///
    /// # Errors
    /// A folder that cannot be read or renamed.
    pub fn find(&self, spec: &RunSpec) -> Result<Found, RunError> {
        let id = spec.id();
        match self.look(spec)? {
            Some(Ok(found)) => Ok(found),
            None => Ok(Found::Absent),
            // Two processes may see the damage at the same time: the one with
            // the lock sets the folder aside.
            Some(Err(_)) => match self.lock(&id)? {
                Some(lock) => self.find_locked(spec, &lock),
                None => Ok(Found::Absent),
            },
        }
    }

    /// The run in its folder, or what is wrong with it; `None` where there is
    /// no folder.
    fn look(&self, spec: &RunSpec) -> Result<Option<Result<Found, RunError>>, RunError> {
        let id = spec.id();
        let folder = self.folder(&id);
        let exists = folder
            .try_exists()
            .map_err(RunError::io("look into", &folder))?;
        Ok(exists.then(|| Ok(open_folder(&id, &folder, spec)?.into())))
    }

    /// The same as [`Store::find`], by the holder of the run's lock.
    pub(super) fn find_locked(&self, spec: &RunSpec, _: &RunLock) -> Result<Found, RunError> {
        let id = spec.id();
        let folder = self.folder(&id);
        match self.look(spec)? {
            None => Ok(Found::Absent),
            Some(Ok(found)) => Ok(found),
            Some(Err(error)) => {
                let reason = error.without_remedy();
                let to = (0..)
                    .map(|k| self.root.join(format!("{id}.damaged-{k}")))
                    .find(|path| !path.exists())
                    .unwrap_or_else(|| self.root.join(format!("{id}.damaged")));
                fs::rename(&folder, &to).map_err(RunError::io("set aside", &folder))?;
                Ok(Found::SetAside { to, reason })
            }
        }
    }

    /// The right to compute a run, or `None` while another process has it.
    pub(super) fn lock(&self, id: &RunId) -> Result<Option<RunLock>, RunError> {
        let path = self.root.join(".locks").join(id.as_str());
        let file = File::create(&path).map_err(RunError::io("write", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(RunLock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(RunError::io("lock", &path)(e)),
        }
    }

    /// Computes the measures again from the stored weights, and stores them.
    pub(super) fn measure_again(
        &self,
        run: Unmeasured,
        _: &RunLock,
    ) -> Result<StoredRun, RunError> {
        let run = run.measured()?;
        let path = run.folder.join(MEASURES);
        let file = MeasuresFile::new(&run.id, MEASURES_VERSION, &run.measures);
        atomic::write(&path, pretty(&file).as_bytes()).map_err(RunError::io("write", &path))?;
        Ok(run)
    }

    /// Writes a run and renames it into place when it is whole.
    pub(super) fn save(
        &self,
        spec: &RunSpec,
        solution: &Solution,
        summary: &Summary,
        measures: &measure::Report,
        provenance: &Provenance,
    ) -> Result<StoredRun, RunError> {
        let id = spec.id();
        let partial = self.root.join(format!("{id}.partial"));
        if partial.exists() {
            // Left by a process that died; the lock says it is no one's now.
            fs::remove_dir_all(&partial).map_err(RunError::io("clear", &partial))?;
        }
        let folder = self.folder(&id);
        let written = write_folder(&partial, spec, solution, summary, measures, provenance)
            .and_then(|()| {
                fs::rename(&partial, &folder).map_err(RunError::io("rename into place", &folder))
            });
        if written.is_err() {
            // Half a run is of no use to anyone, and the disk may be full. What
            // went wrong is told; that this fails too would not add to it.
            let _ = fs::remove_dir_all(&partial);
        }
        written?;
        sync_folder(&self.root)?;
        open_folder(&id, &folder, spec)?.measured()
    }
}

/// What tells a folder from another one at the same path.
#[cfg(unix)]
fn identity(folder: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (folder.dev(), folder.ino())
}

#[cfg(not(unix))]
fn identity(folder: &fs::Metadata) -> Option<std::time::SystemTime> {
    folder.created().ok()
}

/// Writes all files of a run; the measures after the manifest, which does not list
/// them.
fn write_folder(
    partial: &Path,
    spec: &RunSpec,
    solution: &Solution,
    summary: &Summary,
    measures: &measure::Report,
    provenance: &Provenance,
) -> Result<(), RunError> {
    fs::create_dir(partial).map_err(RunError::io("make the folder", partial))?;
    write_json(&partial.join(SPEC), spec)?;
    write_json(&partial.join(SUMMARY), summary)?;
    write_json(&partial.join(PROVENANCE), provenance)?;
    let curve: String = solution.curve.iter().map(|p| json(p) + "\n").collect();
    write_synced(&partial.join(CURVE), curve.as_bytes())?;
    arrays::write_weights(&partial.join(INITIAL), &solution.initial)?;
    arrays::write_weights(&partial.join(FINAL), &solution.trained)?;
    arrays::write_outputs(&partial.join(OUTPUTS), &solution.train, &solution.test)?;
    write_json(&partial.join(MANIFEST), &manifest(partial)?)?;
    let measures = MeasuresFile::new(&spec.id(), MEASURES_VERSION, measures);
    write_json(&partial.join(MEASURES), &measures)?;
    sync_folder(partial)
}

/// The run in a folder, which need not be in a store.
pub(super) fn open(folder: &Path) -> Result<StoredRun, RunError> {
    let spec: RunSpec = read_json(&folder.join(SPEC))?;
    open_folder(&spec.id(), folder, &spec)?.measured()
}

/// The run in a folder.
enum Opened {
    Measured(Box<StoredRun>),
    Unmeasured(Box<Unmeasured>),
}

impl Opened {
    /// The run with measures of this version.
    fn measured(self) -> Result<StoredRun, RunError> {
        match self {
            Self::Measured(run) => Ok(*run),
            Self::Unmeasured(run) => run.measured(),
        }
    }
}

impl From<Opened> for Found {
    fn from(opened: Opened) -> Self {
        match opened {
            Opened::Measured(run) => Self::Complete(run),
            Opened::Unmeasured(run) => Self::Unmeasured(run),
        }
    }
}

fn open_folder(id: &RunId, folder: &Path, spec: &RunSpec) -> Result<Opened, RunError> {
    let manifest: BTreeMap<String, FileRecord> = read_json(&folder.join(MANIFEST))?;
    let mut texts = BTreeMap::new();
    // The manifests of early versions list the measures.
    for (name, record) in manifest.iter().filter(|(name, _)| *name != MEASURES) {
        let path = folder.join(name);
        let length = fs::metadata(&path)
            .map_err(RunError::io("read", &path))?
            .len();
        if length != record.bytes {
            let reason = format!("it has {length} bytes, not {}", record.bytes);
            return Err(RunError::damaged(&path, reason));
        }
        if READ_FILES.contains(&name.as_str()) {
            let bytes = fs::read(&path).map_err(RunError::io("read", &path))?;
            if sha256(&bytes) != record.sha256 {
                return Err(RunError::damaged(&path, "its checksum does not match"));
            }
            texts.insert(name.clone(), bytes);
        }
    }
    let text = |name: &str| {
        texts.get(name).map(Vec::as_slice).ok_or_else(|| {
            RunError::damaged(&folder.join(MANIFEST), format!("it does not list {name}"))
        })
    };
    let stored: RunSpec = parse(&folder.join(SPEC), text(SPEC)?)?;
    if stored != *spec {
        return Err(RunError::damaged(
            &folder.join(SPEC),
            "it is the spec of another run",
        ));
    }
    let curve_path = folder.join(CURVE);
    let curve: Vec<CurvePoint> = text(CURVE)?
        .split(|&b| b == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| parse(&curve_path, line))
        .collect::<Result<_, _>>()?;
    let measures = read_measures(id, &folder.join(MEASURES))?;
    let current = measures.is_some();
    let run = StoredRun {
        id: id.clone(),
        folder: folder.to_owned(),
        summary: parse(&folder.join(SUMMARY), text(SUMMARY)?)?,
        measures: measures.unwrap_or_default(),
        spec: stored,
        curve,
    };
    Ok(match current {
        true => Opened::Measured(Box::new(run)),
        false => Opened::Unmeasured(Box::new(Unmeasured(run))),
    })
}

/// The measures of a run, if they are of this version. Those of the first versions of
/// the program have no version.
fn read_measures(id: &RunId, path: &Path) -> Result<Option<measure::Report>, RunError> {
    #[derive(Deserialize)]
    struct Version {
        #[serde(default)]
        version: u32,
    }
    let bytes = fs::read(path).map_err(RunError::io("read", path))?;
    let Version { version } = parse(path, &bytes)?;
    if version != MEASURES_VERSION {
        return Ok(None);
    }
    let file: MeasuresFile<measure::Report> = parse(path, &bytes)?;
    let whole = MeasuresFile::new(id, version, &file.measures).sha256 == file.sha256;
    match whole {
        true => Ok(Some(file.measures)),
        false => Err(RunError::damaged(path, "its checksum does not match")),
    }
}

/// A file of a complete run, checked against the run's manifest.
pub(super) fn verified(folder: &Path, name: &str) -> Result<Vec<u8>, RunError> {
    let manifest: BTreeMap<String, FileRecord> = read_json(&folder.join(MANIFEST))?;
    let path = folder.join(name);
    let bytes = fs::read(&path).map_err(RunError::io("read", &path))?;
    match manifest.get(name) {
        Some(record) if record.sha256 == sha256(&bytes) => Ok(bytes),
        Some(_) => Err(RunError::damaged(&path, "its checksum does not match")),
        None => Err(RunError::damaged(
            &path,
            "the run's manifest does not list it",
        )),
    }
}

/// Length and checksum of every file in a folder.
fn manifest(folder: &Path) -> Result<BTreeMap<String, FileRecord>, RunError> {
    let mut records = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(RunError::io("read", folder))? {
        let path = entry.map_err(RunError::io("read", folder))?.path();
        let bytes = fs::read(&path).map_err(RunError::io("read", &path))?;
        if let Some(name) = path.file_name().and_then(|n| n.to_str()) {
            let record = FileRecord {
                bytes: bytes.len() as u64,
                sha256: sha256(&bytes),
            };
            records.insert(name.to_owned(), record);
        }
    }
    Ok(records)
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data with string keys")
}

fn pretty<T: Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).expect("plain data with string keys") + "\n"
}

fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), RunError> {
    write_synced(path, pretty(value).as_bytes())
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, RunError> {
    let bytes = fs::read(path).map_err(RunError::io("read", path))?;
    parse(path, &bytes)
}

fn parse<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, RunError> {
    serde_json::from_slice(bytes).map_err(|e| RunError::damaged(path, e))
}

/// Writes a file and waits until it is on the disk.
fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    File::create(path)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .map_err(RunError::io("write", path))
}

/// Waits until a folder's entries are on the disk.
fn sync_folder(folder: &Path) -> Result<(), RunError> {
    File::open(folder)
        .and_then(|f| f.sync_all())
        .map_err(RunError::io("sync", folder))
}

#[cfg(test)]
mod tests;
