//! What the words in an answer mean: claims, verdicts, terms, measures, kernels, datasets
//! and kinds of results, by name.
//!
//! Only the terms are written here, in `glossary.txt`; everything else is said by the part
//! of the library that it names.
//!
//! ```
//! use rethink::explain::{entries, find};
//!
//! let all = entries();
//! let found = find(&all, &["path norm l2", "block"])?;
//! let names: Vec<&str> = found.iter().map(|entry| entry.name.as_str()).collect();
//! assert_eq!(names, ["path-norm-l2", "block"]);
//! # Ok::<(), rethink::explain::UnknownName>(())
//! ```

use serde::Serialize;

use crate::dataset::catalogue::ENTRIES;
use crate::kernel::{AnyKernel, KERNELS};
use crate::measure::measures;
use crate::report::{Claim, Outcome};

/// A line for each term and kind of results, under the heading of its kind.
const GLOSSARY: &str = include_str!("glossary.txt");

/// Something with a name, and what there is to say of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// `claim`, `verdict`, `term`, `experiment`, `measure`, `kernel` or `dataset`.
    pub kind: &'static str,
    /// Its name or id.
    pub name: String,
    /// What is said of it, each part with its heading; an empty heading is none.
    pub fields: Vec<(String, String)>,
}

/// A name that nothing has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing here is called `{name}`; closest are {}", closest.join(", "))]
pub struct UnknownName {
    /// What was asked for.
    pub name: String,
    /// The names that take the fewest edits to reach.
    pub closest: Vec<String>,
}

impl Entry {
    fn new<'f>(
        kind: &'static str,
        name: &str,
        fields: impl IntoIterator<Item = (&'f str, String)>,
    ) -> Self {
        let fields = fields.into_iter();
        Self {
            kind,
            name: name.to_owned(),
            fields: fields
                .map(|(field, text)| (field.to_owned(), text))
                .collect(),
        }
    }

    /// Its id, and its name where it has another, as [`plain`] writes them.
    fn names(&self) -> impl Iterator<Item = String> {
        let other = self.fields.iter().filter(|(field, _)| field == "name");
        std::iter::once(plain(&self.name)).chain(other.map(|(_, name)| plain(name)))
    }
}

/// Everything that is explained, by kind.
pub fn entries() -> Vec<Entry> {
    let mut all: Vec<Entry> = Claim::ALL.map(claim).into();
    all.extend(Outcome::ALL.map(|outcome| {
        let meaning = outcome.meaning().to_owned();
        Entry::new("verdict", outcome.word(), [("", meaning)])
    }));
    all.extend(glossary().map(|(kind, name, text)| Entry::new(kind, name, [("", text.into())])));
    all.extend(measures().map(|measure| {
        let card = measure.card();
        let fields = std::iter::once(("name", card.name.to_owned())).chain(card.fields());
        Entry::new("measure", card.id, fields)
    }));
    all.extend(KERNELS.iter().map(|kernel| {
        let example = kernel.examples[0].parse::<AnyKernel>();
        let formula = example.map_or_else(|error| error.to_string(), |k| k.formula().to_owned());
        let fields = [("formula", formula), ("written", kernel.usage.to_owned())];
        Entry::new("kernel", kernel.name, fields)
    }));
    all.extend(ENTRIES.iter().map(|data| {
        let (train, test, classes) = (data.train, data.test, data.classes);
        let size = format!("{train} training and {test} test images of {classes} classes");
        let fields = [("", data.description.to_owned()), ("size", size)];
        Entry::new("dataset", data.name, fields)
    }));
    all
}

fn claim(claim: Claim) -> Entry {
    let said = [
        ("", claim.statement()),
        ("in the words of the review", claim.source()),
    ];
    let said = said
        .into_iter()
        .chain(claim.remark().map(|remark| ("remark", remark)));
    let fields = said.map(|(field, text)| (field, text.to_owned()));
    Entry::new("claim", claim.id(), fields)
}

/// Kind, name and text of every line of the glossary.
fn glossary() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let mut kind = "";
    GLOSSARY.lines().filter_map(move |line| {
        if let Some(heading) = line.strip_prefix('[') {
            kind = heading.trim_end_matches(']');
            return None;
        }
        line.split_once(": ").map(|(name, text)| (kind, name, text))
    })
}

/// A name however it is typed: `Path norm` as `path-norm`.
fn plain(name: &str) -> String {
    name.to_lowercase().replace(['-', '_', ' '], " ")
}

/// What the words together name, or else what each of them names.
///
/// A name is matched whole if anything has it, else as a part of names; case, hyphens and
/// blanks do not matter.
///
/// # Errors
/// [`UnknownName`] for the first word that nothing has in its name.
pub fn find<'e>(
    all: &'e [Entry],
    words: &[impl AsRef<str>],
) -> Result<Vec<&'e Entry>, UnknownName> {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let together = matching(all, &words.join(" "));
    if !together.is_empty() {
        return Ok(together);
    }
    let mut found: Vec<&Entry> = Vec::new();
    for word in words {
        let matching = matching(all, word);
        if matching.is_empty() {
            return Err(unknown(all, word));
        }
        found.extend(matching);
    }
    Ok(found)
}

fn matching<'e>(all: &'e [Entry], name: &str) -> Vec<&'e Entry> {
    let name = plain(name);
    let such = |test: &dyn Fn(&str) -> bool| -> Vec<&'e Entry> {
        let entries = all.iter();
        entries
            .filter(|entry| entry.names().any(|name| test(&name)))
            .collect()
    };
    let whole = such(&|other| other == name);
    if !whole.is_empty() || name.trim().is_empty() {
        return whole;
    }
    let part = such(&|other| other.contains(&name));
    match name.strip_suffix('s') {
        Some(singular) if part.is_empty() => such(&|other| other.contains(singular)),
        _ => part,
    }
}

fn unknown(all: &[Entry], name: &str) -> UnknownName {
    const CLOSEST: usize = 3;
    let mut names: Vec<String> = all.iter().map(|entry| entry.name.clone()).collect();
    names.sort_by_key(|other| strsim::levenshtein(&plain(other), &plain(name)));
    names.truncate(CLOSEST);
    UnknownName {
        name: name.to_owned(),
        closest: names,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn found(words: &[&str]) -> Vec<String> {
        let all = entries();
        let found = find(&all, words).unwrap();
        found.into_iter().map(|entry| entry.name.clone()).collect()
    }

    #[test]
    fn a_whole_name_comes_before_a_part_and_the_words_together_before_each() {
        assert_eq!(found(&["c7"]), ["C7"]);
        assert_eq!(found(&["C7", "Margin"]), ["C7", "margin"]);
        assert_eq!(found(&["path", "norm", "l2"]), ["path-norm-l2"]);
        assert!(found(&["path-norm"]).len() > 1);
        let all = entries();
        for (name, closest) in [("blok", Some("block")), ("", None)] {
            let error = find(&all, &[name]).unwrap_err();
            assert!(closest.is_none_or(|name| error.closest.iter().any(|one| one == name)));
        }
    }

    #[test]
    fn every_kind_of_results_is_explained_and_no_name_twice() {
        let names: Vec<_> = glossary().map(|(kind, name, _)| (kind, name)).collect();
        let once: BTreeSet<_> = names.iter().collect();
        assert_eq!(once.len(), names.len());
        for experiment in crate::experiment::list() {
            assert!(once.contains(&("experiment", experiment.kind().name)));
        }
        let terms = GLOSSARY
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('['));
        assert_eq!(terms.count(), names.len());
    }
}
