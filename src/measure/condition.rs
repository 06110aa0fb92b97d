//! A bound on a value of a network or a layer.

use std::fmt;

use super::{Card, Report};

/// A comparison of a value with a number.
#[derive(Debug, Clone)]
pub struct Condition {
    /// The layer; none for the value of the network.
    pub layer: Option<String>,
    /// The measure.
    pub card: &'static Card,
    /// How the value is compared.
    pub relation: Relation,
    /// What it is compared with.
    pub bound: f64,
}

/// How a value lies to a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

impl Relation {
    /// All of them; those whose sign begins with another's come first.
    pub const ALL: [Self; 4] = [Self::AtLeast, Self::AtMost, Self::Above, Self::Below];

    /// Its sign.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }

    /// Whether a value lies so.
    ///
    /// ```
    /// use rethink::measure::Relation;
    /// assert!(Relation::AtLeast.holds(2.0, 2.0) && !Relation::Above.holds(2.0, 2.0));
    /// ```
    pub fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Above => value > bound,
            Self::AtLeast => value >= bound,
            Self::Below => value < bound,
            Self::AtMost => value <= bound,
        }
    }
}

impl Condition {
    /// The value that is compared; none where it is undefined or not in the report.
    pub fn value(&self, report: &Report) -> Option<f64> {
        let values = match &self.layer {
            None => &report.network,
            Some(layer) => &report.layers.iter().find(|l| l.name == *layer)?.measures,
        };
        values.get(self.card.id).copied().flatten()
    }

    /// Whether it holds of this value.
    pub fn holds(&self, value: f64) -> bool {
        self.relation.holds(value, self.bound)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(layer) = &self.layer {
            write!(f, "{layer}:")?;
        }
        write!(
            f,
            "{} {} {}",
            self.card.id,
            self.relation.sign(),
            self.bound
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_itself_is_in_or_out_as_the_sign_says() {
        let holds = |relation: Relation, value| relation.holds(value, 2.0);
        assert!(holds(Relation::Above, 2.5) && !holds(Relation::Above, 2.0));
        assert!(holds(Relation::AtLeast, 2.0) && !holds(Relation::AtLeast, 1.5));
        assert!(holds(Relation::Below, 1.5) && !holds(Relation::Below, 2.0));
        assert!(holds(Relation::AtMost, 2.0) && !holds(Relation::AtMost, 2.5));
    }
}
