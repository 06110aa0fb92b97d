//! The right to compute a result.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::StoreError;
use crate::atomic;

/// How a file is locked; another in tests.
pub(super) type LockCall = fn(&File) -> Result<(), TryLockError>;

/// Held until dropped, or until its process dies.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    /// The open file is the lock.
    _file: File,
}

/// What came of asking for a lock.
#[derive(Debug)]
pub(super) enum Asked {
    Got(Lock),
    /// Another process has it.
    Taken,
    /// The file system has no locks: whoever is first to put a whole result in its
    /// place wins.
    None(std::io::Error),
}

impl Lock {
    /// Asks for the lock that is a file at `path`.
    pub fn ask(path: &Path, call: LockCall) -> Result<Asked, StoreError> {
        loop {
            if let Ok(found) = fs::symlink_metadata(path) {
                atomic::check_regular(&found).map_err(StoreError::io("write", path))?;
            }
            let file = (File::options().create(true).append(true).open(path))
                .map_err(StoreError::io("write", path))?;
            match call(&file) {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(Asked::Taken),
                Err(TryLockError::Error(error)) => return Ok(Asked::None(error)),
            }
            // Its holder may have removed the file between the two calls.
            let locked = file.metadata().map_err(StoreError::io("read", path))?;
            match fs::symlink_metadata(path) {
                Ok(found) if identity(&found) == identity(&locked) => {
                    return Ok(Asked::Got(Self {
                        path: path.to_owned(),
                        _file: file,
                    }));
                }
                _ => {}
            }
        }
    }
}

impl Drop for Lock {
    /// Removes the file, still locked: who waits for it sees that it is another.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path); // an old file is in no one's way
    }
}

/// What tells a file or folder from another one at the same path.
#[cfg(unix)]
pub(super) fn identity(found: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (found.dev(), found.ino())
}

#[cfg(not(unix))]
pub(super) fn identity(found: &fs::Metadata) -> Option<std::time::SystemTime> {
    found.created().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_nothing_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let ask = || Lock::ask(&path, File::try_lock).expect("asked");
        let Asked::Got(lock) = ask() else {
            panic!("not free");
        };
        assert!(matches!(ask(), Asked::Taken));
        drop(lock);
        assert!(!path.exists());
        assert!(matches!(ask(), Asked::Got(_)));
    }

    #[test]
    fn many_threads_hold_it_one_after_the_other() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let folder = tempfile::tempdir().expect("a folder");
        let path = &folder.path().join("lock");
        let (inside, done) = (&AtomicUsize::new(0), &AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(move || {
                    for _ in 0..50 {
                        let Asked::Got(_lock) = Lock::ask(path, File::try_lock).expect("asked")
                        else {
                            continue;
                        };
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        std::thread::yield_now();
                        done.fetch_add(1, Ordering::SeqCst);
                        inside.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!(done.load(Ordering::SeqCst) > 0);
    }
}
