//! Files appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Writes `content` to `path`: to a temporary name beside it, synced, then renamed.
///
/// A reader sees the old file or the new one, never a part; several writers of one file
/// leave the content of one of them. The folder is made if it is missing. Of a symbolic
/// link the file it points to is replaced; what is no file, such as `/dev/null`, is written
/// to in place.
///
/// # Errors
/// A folder that cannot be made or written to, or a full disk; the old file stays.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("new/answer.txt");
/// rethink::atomic::write(&path, b"42")?;
/// assert_eq!(std::fs::read(&path)?, b"42");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return fs::write(path, content);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (mut file, temporary) = create_beside(folder, &name)?;
    let written = (file.write_all(content))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to report; the leftover is hidden and harmless.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// The bytes of a file. Anything else of that name is refused before it is opened: a pipe
/// would never end, and a link may lead anywhere.
///
/// # Errors
/// A file that cannot be read, or is none.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    check_regular(&fs::symlink_metadata(path)?)?;
    fs::read(path)
}

/// Replaces a file that is this program's own: what stands in its place and is no file,
/// such as a link or a folder, is set aside.
///
/// # Errors
/// As [`write()`], or what cannot be renamed.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
        set_aside(path)?;
    }
    write(path, content)
}

/// Renames what is damaged to `<name>.damaged-<k>`, and returns the new path.
///
/// # Errors
/// What cannot be renamed.
pub fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let free = |path: &PathBuf| fs::symlink_metadata(path).is_err();
    let mut names = (0_u64..).map(|k| path.with_file_name(format!("{name}.damaged-{k}")));
    let to = names.find(free).unwrap_or_else(|| path.to_owned());
    fs::rename(path, &to)?;
    Ok(to)
}

/// Whether it is a file; an error says what it is.
pub(crate) fn check_regular(found: &fs::Metadata) -> io::Result<()> {
    let what = match (found.is_file(), found.is_dir(), found.is_symlink()) {
        (true, ..) => return Ok(()),
        (_, true, _) => "a folder",
        (_, _, true) => "a link",
        _ => "a pipe, a socket or a device",
    };
    Err(io::Error::other(format!("it is {what}")))
}

/// A new file under a name that no one else uses: other threads write the same file, and
/// so may a process with the same number on another machine.
fn create_beside(folder: &Path, name: &str) -> io::Result<(File, PathBuf)> {
    let start: String = name.chars().take(40).collect(); // a longer name might not fit
    let process = std::process::id();
    let mut attempt = 0_u64;
    loop {
        let path = folder.join(format!(".{start}.{process}-{attempt}.partial"));
        match File::create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => attempt += 1,
            made => return Ok((made?, path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_a_file_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/report.json");
        write(&path, b"old").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        write(&file, b"").unwrap();
        assert!(write(&file.join("below.svg"), b"").is_err());
        assert!(write(folder.path(), b"").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn threads_that_write_one_file_leave_one_of_their_contents() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("é".repeat(120));
        std::thread::scope(|scope| {
            for thread in 0..8_u8 {
                scope.spawn(move || (0..5).for_each(|_| write(path, &[thread; 999]).unwrap()));
            }
        });
        let content = fs::read(path).unwrap();
        assert_eq!(content, [content[0]; 999]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_file_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        for k in 0..2 {
            fs::create_dir(&path).unwrap();
            assert!(read(&path).unwrap_err().to_string().contains("a folder"));
            replace(&path, b"new").unwrap();
            assert_eq!(read(&path).unwrap(), b"new");
            assert!(
                folder
                    .path()
                    .join(format!("report.json.damaged-{k}"))
                    .is_dir()
            );
            fs::remove_file(&path).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_devices_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        write(&file, b"old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, b"new").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        write(Path::new("/dev/null"), b"x").unwrap();
    }
}
