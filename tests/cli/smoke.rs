//! The answers at the smallest budget, made once for all tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;

use super::program::{Answer, Place};

/// In the order of the page.
pub const QUESTIONS: [&str; 9] = [
    "randomization",
    "expressivity",
    "regularization",
    "norms",
    "interpolation",
    "rademacher",
    "certificates",
    "stability",
    "implicit-bias",
];

/// Every question answered alone as JSON, in one folder, without a run to begin with, by
/// two threads wherever the tests run.
pub struct Smoke {
    place: Place,
    answers: Vec<(&'static str, Answer)>,
}

/// To be read only: tests that change anything take a [`copy`](Smoke::copy).
pub fn smoke() -> &'static Smoke {
    static SMOKE: LazyLock<Smoke> = LazyLock::new(Smoke::make);
    &SMOKE
}

impl Smoke {
    fn make() -> Self {
        let place = Place::inside(&parent());
        let answer = |id| {
            let line = format!("{id} --budget smoke --format json --quiet --threads 2");
            (id, place.run(&line).with_code(0))
        };
        let answers = QUESTIONS.map(answer).into();
        Self { place, answers }
    }

    /// Names of the questions, and what the program printed for each.
    pub fn answers(&self) -> impl Iterator<Item = (&'static str, &Answer)> {
        self.answers.iter().map(|(id, answer)| (*id, answer))
    }

    pub fn answer(&self, id: &str) -> &Answer {
        let found = self.answers().find(|(name, _)| *name == id);
        found.expect("a question").1
    }

    pub fn json(&self, id: &str) -> Value {
        serde_json::from_str(&self.answer(id).stdout).expect("JSON")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path(name)
    }

    /// A folder in which all questions have been answered.
    pub fn copy(&self) -> Place {
        self.copied(Place::new())
    }

    /// The same for several tests, which is not removed when one of them ends.
    pub fn copy_to_keep(&self) -> Place {
        self.copied(Place::inside(&parent()))
    }

    fn copied(&self, place: Place) -> Place {
        copy(&self.path("out"), &place.path("out"));
        place
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("copied");
        }
    }
}

/// Where the answers are made. Nothing is dropped at the end of a test process, so that
/// its folder stays; the next process removes those that nobody can be reading any more.
fn parent() -> PathBuf {
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR")).join("smoke");
    fs::create_dir_all(&parent).expect("a folder");
    for entry in fs::read_dir(&parent).expect("a folder") {
        let path = entry.expect("an entry").path();
        let written = fs::metadata(&path).and_then(|folder| folder.modified());
        let age = written.ok().and_then(|written| written.elapsed().ok());
        if age.is_some_and(|age| age > Duration::from_secs(3600)) {
            // Another process may be removing it too.
            let _ = fs::remove_dir_all(&path);
        }
    }
    parent
}

/// The rows of a table of a report, each as its cells.
pub fn rows<'a>(report: &'a Value, id: &str) -> Vec<&'a Vec<Value>> {
    let tables = report["tables"].as_array().expect("tables");
    let table = tables.iter().find(|table| table["id"] == id);
    let rows = table.and_then(|table| table["rows"].as_array());
    let rows = rows.unwrap_or_else(|| panic!("no table {id}"));
    rows.iter().filter_map(Value::as_array).collect()
}

/// The number that a cell shows.
pub fn value(cell: &Value) -> f64 {
    let value = cell["number"]["value"].as_f64();
    value.unwrap_or_else(|| panic!("no number in {cell}"))
}
