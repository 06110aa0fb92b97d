//! Results that are not trainings: one JSON file each, under a hash of what
//! determines it.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{NUMERICS_VERSION, RunError};
use crate::measure::MEASURES_VERSION;
use crate::{atomic, digest};

/// The folder of all records.
#[derive(Debug, Clone)]
pub struct Records {
    root: PathBuf,
}

/// What a result holds, and so the versions it depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Values of measures, among other numbers: [`MEASURES_VERSION`] counts too.
    Measures,
    /// Other numbers only.
    Numbers,
}

impl Holds {
    fn versions(self) -> Versions {
        Versions {
            numerics: NUMERICS_VERSION,
            measures: (self == Self::Measures).then_some(MEASURES_VERSION),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Versions {
    numerics: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    measures: Option<u32>,
}

impl Versions {
    /// The name of the record of a spec.
    fn name_of<S: Serialize>(self, spec: &S) -> String {
        let canonical = match self.measures {
            None => serde_json::to_string(&(self.numerics, spec)),
            Some(measures) => serde_json::to_string(&(self.numerics, measures, spec)),
        };
        digest::name_of(&canonical.expect("a spec has only strings and finite numbers"))
    }
}

#[derive(Serialize, Deserialize)]
struct Record<S, R> {
    #[serde(flatten)]
    versions: Versions,
    spec: S,
    result: R,
}

impl Records {
    /// The records under an output folder.
    pub fn new(out: &Path) -> Self {
        Self {
            root: out.join("records"),
        }
    }

    /// The result that `spec` determines: read, or computed and stored.
    ///
    /// `kind` names the folder. The weights that were measured are not kept, so a
    /// result that holds measures is computed anew when their version changes. A file that cannot be read as the record of
    /// this spec, because it is damaged or of another version, is computed
    /// again and replaced.
    ///
    /// # Errors
    /// What `compute` returns, or a file that cannot be written.
    pub fn find_or_compute<S, R, E>(
        &self,
        kind: &str,
        holds: Holds,
        spec: &S,
        compute: impl FnOnce() -> Result<R, E>,
    ) -> Result<R, E>
    where
        S: Serialize + DeserializeOwned + PartialEq,
        R: Serialize + DeserializeOwned,
        E: From<RunError>,
    {
        let versions = holds.versions();
        let id = versions.name_of(spec);
        let path = self.root.join(kind).join(format!("{id}.json"));
        if let Some(result) = read(&path, versions, spec) {
            return Ok(result);
        }
        let record = Record {
            versions,
            spec,
            result: compute()?,
        };
        let text = serde_json::to_string_pretty(&record).expect("plain data with string keys");
        atomic::write(&path, text.as_bytes()).map_err(RunError::io("write", &path))?;
        Ok(record.result)
    }
}

fn read<S, R>(path: &Path, versions: Versions, spec: &S) -> Option<R>
where
    S: DeserializeOwned + PartialEq,
    R: DeserializeOwned,
{
    let bytes = std::fs::read(path).ok()?;
    let record: Record<S, R> = serde_json::from_slice(&bytes).ok()?;
    (record.versions == versions && record.spec == *spec).then_some(record.result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(records: &Records, spec: &str, value: u32) -> Result<u32, RunError> {
        records.find_or_compute("test", Holds::Numbers, &spec.to_owned(), || Ok(value))
    }

    #[test]
    fn a_result_is_computed_once_and_again_when_its_file_is_damaged() {
        let folder = tempfile::tempdir().expect("a folder");
        let records = Records::new(folder.path());
        assert_eq!(lookup(&records, "a", 1).expect("computed"), 1);
        assert_eq!(lookup(&records, "a", 2).expect("read"), 1);
        assert_eq!(lookup(&records, "b", 3).expect("another"), 3);
        for entry in std::fs::read_dir(folder.path().join("records/test")).expect("the folder") {
            std::fs::write(entry.expect("a file").path(), "{").expect("cut short");
        }
        assert_eq!(lookup(&records, "a", 4).expect("computed again"), 4);
    }

    /// A record that depends on the measures has another name than one that does not,
    /// so those of the first versions of the program are not found.
    #[test]
    fn a_result_with_measures_is_known_by_their_version() {
        let folder = tempfile::tempdir().expect("a folder");
        let records = Records::new(folder.path());
        let lookup = |holds, value: u32| {
            records.find_or_compute::<_, _, RunError>("test", holds, &1, || Ok(value))
        };
        assert_eq!(lookup(Holds::Numbers, 1).expect("computed"), 1);
        assert_eq!(lookup(Holds::Measures, 2).expect("computed"), 2);
        assert_eq!(lookup(Holds::Measures, 3).expect("read"), 2);
        let current = Holds::Measures.versions();
        let later = Versions {
            measures: Some(MEASURES_VERSION + 1),
            ..current
        };
        assert_ne!(later.name_of(&1), current.name_of(&1));
        let name = format!("records/test/{}.json", current.name_of(&1));
        let path = folder.path().join(name);
        assert_eq!(read::<i32, u32>(&path, current, &1), Some(2));
        assert_eq!(read::<i32, u32>(&path, later, &1), None);
    }

    #[test]
    fn an_error_is_not_stored() {
        let folder = tempfile::tempdir().expect("a folder");
        let records = Records::new(folder.path());
        let failed: Result<u32, RunError> =
            records.find_or_compute("test", Holds::Numbers, &1, || {
                Err(RunError::damaged(Path::new("x"), "y"))
            });
        assert!(failed.is_err());
        assert_eq!(
            records
                .find_or_compute::<_, _, RunError>("test", Holds::Numbers, &1, || Ok(5))
                .expect("5"),
            5
        );
    }
}
