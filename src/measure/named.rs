//! Measures and groups of them, by the names that are typed.

use std::str::FromStr;

use super::{Card, Group, find, measures};

/// An id that no measure has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no measure is called '{id}'; closest are {}; --list has all", closest.join(", "))]
pub struct UnknownMeasure {
    /// What was given.
    pub id: String,
    /// The three ids that take the fewest edits to reach.
    pub closest: Vec<&'static str>,
}

/// Measures by id, by group, or all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Selection {
    /// Every measure.
    All,
    /// Those of a group.
    Group(Group),
    /// A single one.
    One(&'static Card),
}

impl Selection {
    /// Whether a measure is among them.
    ///
    /// ```
    /// use rethink::measure::{Selection, named};
    /// let norms: Selection = "norms".parse()?;
    /// assert!(norms.has(named("frobenius-norm")?) && !norms.has(named("alpha")?));
    /// # Ok::<(), rethink::measure::UnknownMeasure>(())
    /// ```
    pub fn has(&self, card: &Card) -> bool {
        match self {
            Self::All => true,
            Self::Group(group) => card.group == *group,
            Self::One(one) => card.id == one.id,
        }
    }
}

impl FromStr for Selection {
    type Err = UnknownMeasure;

    fn from_str(text: &str) -> Result<Self, UnknownMeasure> {
        match Group::ALL.into_iter().find(|group| group.name() == text) {
            Some(group) => Ok(Self::Group(group)),
            None if text == "all" => Ok(Self::All),
            None => named(text).map(Self::One),
        }
    }
}

/// The card of the measure with this id.
///
/// # Errors
/// [`UnknownMeasure`] has the ids that are closest.
pub fn named(id: &str) -> Result<&'static Card, UnknownMeasure> {
    match find(id) {
        Some(measure) => Ok(measure.card()),
        None => Err(UnknownMeasure {
            id: id.to_owned(),
            closest: closest(id),
        }),
    }
}

fn closest(id: &str) -> Vec<&'static str> {
    let mut ids: Vec<&'static str> = measures().map(|measure| measure.card().id).collect();
    // A part of an id is closer to it than any other id of about its length.
    ids.sort_by_key(|known| (!known.contains(id), strsim::levenshtein(id, known)));
    ids.truncate(3);
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_id_is_answered_with_its_neighbours() {
        let neighbours = |id| named(id).unwrap_err().closest;
        assert_eq!(neighbours("frobenius-nrom")[0], "frobenius-norm");
        let parts = neighbours("frobenius");
        assert!(parts.iter().all(|id| id.contains("frobenius")));
        assert_eq!(named("path-norm-l2").unwrap().id, "path-norm-l2");
    }

    #[test]
    fn groups_are_told_from_measures() {
        for group in Group::ALL {
            assert_eq!(group.name().parse(), Ok(Selection::Group(group)));
        }
        assert_eq!("all".parse(), Ok(Selection::All));
        assert!(matches!("alpha".parse(), Ok(Selection::One(card)) if card.id == "alpha"));
        assert!("alpa".parse::<Selection>().is_err());
    }
}
