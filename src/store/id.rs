//! How results are named, and which versions of the program they depend on.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::digest;
use crate::measure::MEASURES_VERSION;

/// Version of the numerics: raised whenever a change of the code changes the
/// numbers a spec leads to, so that old results are not taken for new ones. What is
/// measured of a trained network has a version of its own, [`MEASURES_VERSION`].
pub const NUMERICS_VERSION: u32 = 4;

/// Version of the files of the store.
const LAYOUT_VERSION: u32 = 1;

/// What a result holds, and so the versions it depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Values of measures, among other numbers: [`MEASURES_VERSION`] counts too.
    Measures,
    /// Other numbers only.
    Numbers,
}

/// A kind of result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Its name, which is that of a folder.
    pub name: &'static str,
    /// Which versions its results depend on.
    pub holds: Holds,
}

impl Kind {
    /// Trainings, which have a folder of their own.
    pub const RUN: Self = Self {
        name: "run",
        holds: Holds::Numbers,
    };

    /// A result as those that used it name it: `<kind>/<id>`.
    ///
    /// ```
    /// use rethink::store::{Kind, ResultId};
    /// let id = ResultId::of(Kind::RUN, "spec");
    /// assert_eq!(Kind::RUN.result(&id), format!("run/{id}"));
    /// ```
    pub fn result(self, id: &ResultId) -> String {
        format!("{}/{id}", self.name)
    }

    /// Where its results are, under the output folder.
    pub(super) fn folder(self) -> PathBuf {
        folder_of(self.name)
    }

    /// The versions of this program.
    pub(super) fn versions(self) -> Versions {
        Versions {
            layout: LAYOUT_VERSION,
            numerics: NUMERICS_VERSION,
            measures: (self.holds == Holds::Measures).then_some(MEASURES_VERSION),
        }
    }
}

/// Where the results of the kind of this name are, under the output folder.
pub(super) fn folder_of(kind: &str) -> PathBuf {
    match kind == Kind::RUN.name {
        true => PathBuf::from("runs"),
        false => PathBuf::from("records").join(kind),
    }
}

/// The versions of the program that a result depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    layout: u32,
    /// [`NUMERICS_VERSION`].
    pub numerics: u32,
    /// [`MEASURES_VERSION`], if it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measures: Option<u32>,
}

impl Versions {
    /// Whether they are those of this program.
    pub fn are_current(self) -> bool {
        let measures = self.measures.unwrap_or(MEASURES_VERSION);
        (self.layout, self.numerics, measures)
            == (LAYOUT_VERSION, NUMERICS_VERSION, MEASURES_VERSION)
    }
}

/// Name of a result: the first 16 hexadecimal digits of the SHA-256 of its kind, the
/// versions it depends on, and its spec.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResultId(String);

impl ResultId {
    /// The name of what a spec determines.
    ///
    /// ```
    /// use rethink::store::{Holds, Kind, ResultId};
    /// let kind = Kind { name: "sum", holds: Holds::Numbers };
    /// assert_eq!(ResultId::of(kind, &[1, 2]), ResultId::of(kind, &vec![1, 2]));
    /// assert_ne!(ResultId::of(kind, &[1, 2]), ResultId::of(kind, &[2, 1]));
    /// ```
    ///
    /// # Panics
    /// Of a spec that is no plain data: with a number that is not finite, for example.
    pub fn of<S: Serialize + ?Sized>(kind: Kind, spec: &S) -> Self {
        Self::under(kind.name, kind.versions(), spec)
    }

    pub(super) fn under<S: Serialize + ?Sized>(kind: &str, versions: Versions, spec: &S) -> Self {
        let canonical = serde_json::to_string(&(kind, versions, spec));
        Self(digest::name_of(&canonical.expect(
            "a spec has only strings, finite numbers and their lists",
        )))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So that results of the versions before are not taken for current ones.
    #[test]
    fn each_version_and_the_kind_change_the_name() {
        let kind = Kind {
            name: "test",
            holds: Holds::Measures,
        };
        let versions = kind.versions();
        let name = |versions| ResultId::under(kind.name, versions, "spec");
        let mut others = [versions; 3];
        others[0].layout += 1;
        others[1].numerics += 1;
        others[2].measures = Some(MEASURES_VERSION + 1);
        for other in others {
            assert_ne!(name(other), name(versions));
        }
        for other in [
            Kind {
                name: "tes",
                ..kind
            },
            Kind {
                holds: Holds::Numbers,
                ..kind
            },
        ] {
            assert_ne!(ResultId::of(other, "spec"), ResultId::of(kind, "spec"));
        }
    }
}
