//! Runs the program in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// A training that takes a moment.
pub const TINY: &str = "train --architecture linear --train-size 100 --test-size 50 --max-epochs 2";

/// An empty folder to work in; runs go to `out` in it.
pub struct Place(TempDir);

/// What the program printed, and its exit code.
pub struct Answer {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// A new folder below this one.
    pub fn inside(parent: &Path) -> Self {
        Self(tempfile::tempdir_in(parent).expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The program with the arguments of a line, split at blanks, in this
    /// folder.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rethink"));
        command
            .args(line.split_whitespace())
            .current_dir(self.0.path())
            .env_remove("RETHINK_DATA")
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, line: &str) -> Answer {
        let output = assert_cmd::Command::from_std(self.command(line))
            .output()
            .expect("the program starts");
        Answer::of(&output, line)
    }

    /// Starts the program and does not wait for it.
    pub fn start(&self, line: &str) -> Child {
        self.command(line)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts")
    }

    /// The complete runs, by folder.
    pub fn runs(&self) -> Vec<PathBuf> {
        self.folders(|name| !name.contains('.'))
    }

    /// Folders of runs whose name is accepted, sorted.
    pub fn folders(&self, accept: impl Fn(&str) -> bool) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path("out/runs")) else {
            return Vec::new();
        };
        let mut folders: Vec<PathBuf> = entries
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| accept(name(path)))
            .collect();
        folders.sort();
        folders
    }

    /// The only run there is.
    pub fn the_run(&self) -> PathBuf {
        let runs = self.runs();
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs.into_iter().next().expect("one run")
    }
}

/// The last part of a path.
pub fn name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .expect("a name in ASCII")
}

impl Answer {
    /// The answer of a process that ended by itself and did not panic.
    pub fn of(output: &Output, line: &str) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert!(!stderr.contains("panicked"), "rethink {line}: {stderr}");
        Self {
            code: output.status.code().expect("ended by itself"),
            stdout,
            stderr,
        }
    }

    /// The answer, when the exit code is this one.
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.stderr);
        self
    }

    /// Standard output of a success.
    pub fn printed(self) -> String {
        self.with_code(0).stdout
    }

    /// Checks that this is a refusal: nothing on standard output and one line
    /// on standard error, which has all these words.
    pub fn refuses(self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{}", self.stderr);
        assert_eq!(self.stdout, "");
        let line = self.stderr.trim_end();
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(line.starts_with("rethink: "), "{line}");
        for word in words {
            assert!(line.contains(word), "no '{word}' in: {line}");
        }
        // A cause that is told twice is a sign of a broken chain of errors.
        let parts: Vec<&str> = line.split(": ").collect();
        for (k, part) in parts.iter().enumerate() {
            assert!(!parts[..k].contains(part), "'{part}' twice in: {line}");
        }
    }
}
