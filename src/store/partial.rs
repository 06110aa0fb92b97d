//! Results that are being written.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::StoreError;
use super::entry::{RESULT, file_of};
use super::lock::Asked;

/// Age at which what a process left is no one's, if no lock tells.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// A folder that no one else writes to: `.partial/<name>/<k>/`. Removed when dropped.
pub(super) struct Partial {
    folder: PathBuf,
}

impl Partial {
    /// Makes the folder of a result.
    pub fn new(partials: &Path, name: &str) -> Result<Self, StoreError> {
        let of_result = partials.join(name);
        for k in 0_u64.. {
            // Another process may remove the folder above when it is empty.
            let made = fs::create_dir_all(&of_result);
            let folder = of_result.join(k.to_string());
            match made.and_then(|()| fs::create_dir(&folder)) {
                Ok(()) => return Ok(Self { folder }),
                Err(error)
                    if [io::ErrorKind::AlreadyExists, io::ErrorKind::NotFound]
                        .contains(&error.kind())
                        && k < 10_000 => {}
                Err(error) => return Err(StoreError::io("make the folder", &folder)(error)),
            }
        }
        unreachable!("the loop has no end")
    }

    /// Writes a file and waits until it is on the disk.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.folder.join(name);
        File::create_new(&path)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .map_err(StoreError::io("write", &path))
    }

    /// Renames a file to a place under the output folder, where it replaces what is there.
    pub fn replace(self, name: &str, place: &Path) -> Result<(), StoreError> {
        let parent = place.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(StoreError::io("make the folder", parent))?;
        fs::rename(self.folder.join(name), place)
            .map_err(StoreError::io("rename into place", place))?;
        sync(parent)
    }

    /// Puts the whole result in its place, a file or a folder, unless another process
    /// has put its own there.
    pub fn put(self, place: &Path) -> Result<(), StoreError> {
        let parent = place.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(StoreError::io("make the folder", parent))?;
        let put = match file_of(place) == *place {
            true => put_file(&self.folder.join(RESULT), place),
            false => {
                sync(&self.folder)?;
                fs::rename(&self.folder, place)
            }
        };
        match put {
            Ok(()) => sync(parent),
            Err(error) if is_there(&error) => Ok(()),
            Err(error) => Err(StoreError::io("rename into place", place)(error)),
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // What went wrong is told; that this fails too would not add to it.
        let _ = fs::remove_dir_all(&self.folder);
        if let Some(of_result) = self.folder.parent() {
            let _ = fs::remove_dir(of_result); // not while another process is in it
        }
    }
}

/// A link does not replace what is there; where there are no links, a rename does.
fn put_file(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(error) if !is_there(&error) => fs::rename(from, to),
        done => done,
    }
}

/// Another process was faster.
fn is_there(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty
    )
}

/// Waits until a folder's entries are on the disk.
fn sync(folder: &Path) -> Result<(), StoreError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(StoreError::io("sync", folder))
}

/// Removes what was left of a result, by the holder of its lock.
pub(super) fn clear(partials: &Path, name: &str) -> Result<(), StoreError> {
    let left = partials.join(name);
    match fs::remove_dir_all(&left) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io("clear", &left)(error))
        }
        _ => Ok(()),
    }
}

/// Removes what was left of all results: under their lock, or after a day.
pub(super) fn sweep(
    partials: &Path,
    ask: impl Fn(&str) -> Result<Asked, StoreError>,
) -> Result<(), StoreError> {
    let entries = fs::read_dir(partials).map_err(StoreError::io("read", partials))?;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        match ask(&name)? {
            Asked::Got(_lock) => clear(partials, &name)?,
            Asked::Taken => {}
            Asked::None(_) if is_old(&entry.path()) => clear(partials, &name)?,
            Asked::None(_) => {}
        }
    }
    Ok(())
}

/// Whether nothing was written there for a day.
fn is_old(folder: &Path) -> bool {
    let age = |path: &Path| {
        let modified = fs::metadata(path).and_then(|found| found.modified());
        SystemTime::now().duration_since(modified.ok()?).ok()
    };
    let parts = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all = parts.map(|part| part.path()).chain([folder.to_owned()]);
    all.all(|path| age(&path).is_some_and(|age| age > ABANDONED))
}
