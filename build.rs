//! Tells the program which commit it is built from, and the hash of the rules of the trial.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

/// The rules of the trial, and in them the list of what else they compute with.
const RULES: &str = "src/trial/rules";
const LIST: &str = "src/trial/rules/sources.txt";
/// Below [`RULES`], what tests alone use.
const TESTS: &str = "tests";

/// What git answers in one line; nothing where there is no git or no repository.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success()).then(|| text.trim().to_owned())
}

/// Every Rust file of a folder and of those in it, tests left out.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder of the rules") {
        let path = entry.expect("an entry of it").path();
        if path.is_dir() {
            if !path.ends_with(TESTS) {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The first 16 digits of the SHA-256 over name, length and content of every file, by name.
fn rules() -> String {
    let list = fs::read_to_string(LIST).expect("the list of sources of the rules");
    let mut files: Vec<PathBuf> = list.lines().map(PathBuf::from).collect();
    sources(Path::new(RULES), &mut files);
    let mut files: Vec<(String, PathBuf)> = files
        .into_iter()
        .map(|path| (path.to_string_lossy().replace('\\', "/"), path))
        .collect();
    files.sort();
    files.dedup();
    let mut hash = Sha256::new();
    for (name, path) in files {
        println!("cargo:rerun-if-changed={name}");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        // A checkout may end lines with a carriage return too.
        let text = text.replace("\r\n", "\n");
        hash.update(format!("{name}\n{}\n", text.len()));
        hash.update(text);
    }
    let digits = hash.finalize();
    digits[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn main() {
    let commit = git(&["rev-parse", "--short=12", "HEAD"]);
    let commit = commit.unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=RETHINK_COMMIT={commit}");
    println!("cargo:rustc-env=RETHINK_RULES={}", rules());
    println!("cargo:rerun-if-changed={RULES}");
    println!("cargo:rerun-if-changed={LIST}");
    // In a further worktree it is not below .git, which is a file there; to watch a file
    // that does not exist is to compile everything each time.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo:rerun-if-changed={log}");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
