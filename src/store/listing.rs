//! What is asked of a list of results.

use std::path::Path;

use rayon::prelude::*;
use serde_json::Value;

use super::entry::{Entry, file_of};
use super::{Listed, Listing, State, StoreError};

impl Listing {
    /// How many results are in a state.
    pub fn count(&self, state: State) -> usize {
        self.results.iter().filter(|l| l.state == state).count()
    }

    /// The one current result whose id begins so, among those that are accepted; `out` is
    /// the folder listed.
    ///
    /// # Errors
    /// No such result, or several.
    pub fn the_one(
        &self,
        out: &Path,
        id: &str,
        accept: impl Fn(&Listed) -> bool,
    ) -> Result<&Listed, StoreError> {
        let found: Vec<&Listed> = (self.results.iter())
            .filter(|l| l.id.starts_with(id) && l.state == State::Current && accept(l))
            .collect();
        match found[..] {
            [one] => Ok(one),
            [] => Err(StoreError::NoResult {
                id: id.to_owned(),
                out: out.to_owned(),
            }),
            _ => Err(StoreError::SeveralResults {
                id: id.to_owned(),
                count: found.len(),
            }),
        }
    }

    /// Reads every result that is of this version or cannot be read, and every file beside
    /// it, and compares all checksums: how many were read, and what is wrong with which.
    pub fn verify(&self, out: &Path) -> (usize, Vec<(&Listed, StoreError)>) {
        let read: Vec<&Listed> = (self.results.iter())
            .filter(|l| matches!(l.state, State::Current | State::Damaged))
            .collect();
        let damaged = read
            .par_iter()
            .filter_map(|l| Some((*l, l.verify(out).err()?)));
        (read.len(), damaged.collect())
    }

    /// What there is, what is not used, and what is begun, in a line.
    pub fn totals(&self) -> String {
        let parts = [
            (State::Current, "current"),
            (State::OtherVersion, "of another version, left in place"),
            (State::Damaged, "damaged"),
            (State::SetAside, "set aside because they were damaged"),
        ];
        let counts = parts.map(|(state, words)| (self.count(state), words));
        let there = counts.iter().filter(|(count, _)| *count > 0);
        let there: Vec<String> = there
            .map(|(count, words)| format!("{count} {words}"))
            .collect();
        let stored = match there.is_empty() {
            true => "Nothing is stored.".to_owned(),
            false => format!("Results: {}.", there.join("; ")),
        };
        match self.unfinished {
            0 => stored,
            1 => format!("{stored} 1 unfinished training goes on when it is asked for again."),
            many => {
                format!("{stored} {many} unfinished trainings go on when they are asked for again.")
            }
        }
    }
}

impl Listed {
    /// Reads the result and every file beside it, and compares all checksums; `out` is the
    /// folder listed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify(&self, out: &Path) -> Result<(), StoreError> {
        let place = out.join(&self.place);
        let entry = Entry::<Value, Value>::read(&place)?;
        if entry.id.as_str() != self.id {
            return Err(StoreError::damaged(
                &file_of(&place),
                "its name is not its id",
            ));
        }
        entry.verify(&place)
    }
}

#[cfg(test)]
mod tests {
    use super::super::index::tests::add;
    use super::*;

    #[test]
    fn a_result_is_found_by_the_beginning_of_its_id() {
        let out = tempfile::tempdir().unwrap();
        let out = out.path();
        assert_eq!(Listing::of(out).unwrap().totals(), "Nothing is stored.");
        (0..17).for_each(|spec| add(out, spec));
        let listing = Listing::of(out).unwrap();
        assert_eq!(listing.totals(), "Results: 17 current.");
        let wanted = &listing.results[3];
        assert_eq!(listing.the_one(out, &wanted.id, |_| true).unwrap(), wanted);
        let none = listing.the_one(out, "zzz", |_| true).unwrap_err();
        assert!(matches!(none, StoreError::NoResult { id, .. } if id == "zzz"));
        // Seventeen ids have sixteen first digits at most.
        let first = |l: &Listed| l.id.chars().next().unwrap().to_string();
        let several = (listing.results.iter())
            .filter_map(|l| listing.the_one(out, &first(l), |_| true).err())
            .next();
        assert!(matches!(
            several,
            Some(StoreError::SeveralResults { count: 2.., .. })
        ));
        assert!(listing.the_one(out, "", |l| l.id == wanted.id).is_ok());
    }

    #[test]
    fn what_is_damaged_is_counted_and_named() {
        let out = tempfile::tempdir().unwrap();
        let out = out.path();
        add(out, 1);
        add(out, 2);
        let listing = Listing::of(out).unwrap();
        assert_eq!(listing.verify(out).1.len(), 0);
        std::fs::write(out.join(&listing.results[0].place), "{").unwrap();
        let (read, damaged) = listing.verify(out);
        assert_eq!((read, damaged.len()), (2, 1));
        assert_eq!(damaged[0].0, &listing.results[0]);
        let counted = Listing::of(out).unwrap().totals();
        assert_eq!(counted, "Results: 1 current; 1 damaged.");
    }
}
