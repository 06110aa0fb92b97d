//! Results that are not trainings: one JSON file each, under a hash of what
//! determines it.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{NUMERICS_VERSION, RunError};
use crate::{atomic, digest};

/// The folder of all records.
#[derive(Debug, Clone)]
pub struct Records {
    root: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Record<S, R> {
    numerics: u32,
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
    /// `kind` names the folder. A file that cannot be read as the record of
    /// this spec, because it is damaged or of another version, is computed
    /// again and replaced.
    ///
    /// # Errors
    /// What `compute` returns, or a file that cannot be written.
    pub fn find_or_compute<S, R, E>(
        &self,
        kind: &str,
        spec: &S,
        compute: impl FnOnce() -> Result<R, E>,
    ) -> Result<R, E>
    where
        S: Serialize + DeserializeOwned + PartialEq,
        R: Serialize + DeserializeOwned,
        E: From<RunError>,
    {
        let canonical = serde_json::to_string(&(NUMERICS_VERSION, spec))
            .expect("a spec has only strings and finite numbers");
        let id = digest::name_of(&canonical);
        let path = self.root.join(kind).join(format!("{id}.json"));
        if let Some(result) = read(&path, spec) {
            return Ok(result);
        }
        let record = Record {
            numerics: NUMERICS_VERSION,
            spec,
            result: compute()?,
        };
        let text = serde_json::to_string_pretty(&record).expect("plain data with string keys");
        atomic::write(&path, text.as_bytes()).map_err(RunError::io("write", &path))?;
        Ok(record.result)
    }
}

fn read<S, R>(path: &Path, spec: &S) -> Option<R>
where
    S: DeserializeOwned + PartialEq,
    R: DeserializeOwned,
{
    let bytes = std::fs::read(path).ok()?;
    let record: Record<S, R> = serde_json::from_slice(&bytes).ok()?;
    (record.numerics == NUMERICS_VERSION && record.spec == *spec).then_some(record.result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(records: &Records, spec: &str, value: u32) -> Result<u32, RunError> {
        records.find_or_compute("test", &spec.to_owned(), || Ok(value))
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

    #[test]
    fn an_error_is_not_stored() {
        let folder = tempfile::tempdir().expect("a folder");
        let records = Records::new(folder.path());
        let failed: Result<u32, RunError> =
            records.find_or_compute("test", &1, || Err(RunError::damaged(Path::new("x"), "y")));
        assert!(failed.is_err());
        assert_eq!(
            records
                .find_or_compute::<_, _, RunError>("test", &1, || Ok(5))
                .expect("5"),
            5
        );
    }
}
