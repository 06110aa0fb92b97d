//! A bound on a value of a network or a layer.

use std::fmt;
use std::str::FromStr;

use super::{Aggregation, Card, Layer, Report, UnknownMeasure, named};

/// A comparison of a value with a number, written `ID>VALUE`, or `LAYER:ID>VALUE` of a
/// layer's value.
///
/// ```
/// use rethink::measure::{Condition, Relation};
/// let condition: Condition = "fc.1:spectral-norm>=2".parse()?;
/// assert_eq!(condition.layer.as_deref(), Some("fc.1"));
/// assert_eq!((condition.relation, condition.bound), (Relation::AtLeast, 2.0));
/// # Ok::<(), rethink::measure::ConditionError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
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

/// A condition that cannot be, or cannot be checked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConditionError {
    /// No value, sign and number.
    #[error("give ID or LAYER:ID, one of > < >= <=, and a number: 'alpha>6'")]
    Form {
        /// What was given.
        text: String,
    },
    /// A bound that is no finite number.
    #[error("'{bound}' is not a number to compare with")]
    Bound {
        /// What was given.
        bound: String,
    },
    /// An id that no measure has.
    #[error("{0}")]
    Measure(#[from] UnknownMeasure),
    /// The network's value of a measure that has none.
    #[error("{id} has values of layers only: name one, as in 'LAYER:{id}>1'")]
    OfLayers {
        /// The measure.
        id: &'static str,
    },
    /// A layer's value of a measure that has none.
    #[error("{id} has no values of layers: leave the layer out")]
    OfNetwork {
        /// The measure.
        id: &'static str,
    },
    /// A layer that the network does not have.
    #[error("--fail-if names the layer '{layer}', which is not there")]
    NoLayer {
        /// The layer named.
        layer: String,
    },
}

/// Why a network does not pass a check that a condition must not hold.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Failure {
    /// There is no number to compare, and no number is no pass.
    #[error("{condition} cannot be decided: the value is undefined")]
    Undefined {
        /// The condition.
        condition: Condition,
    },
    /// The condition holds.
    #[error("{condition} holds: it is {value}")]
    Holds {
        /// The condition.
        condition: Condition,
        /// The value that is compared.
        value: f64,
    },
}

impl Condition {
    /// That the layer it names is there.
    ///
    /// # Errors
    /// [`ConditionError::NoLayer`] if it is not.
    pub fn check(&self, layers: &[Layer]) -> Result<(), ConditionError> {
        match &self.layer {
            Some(layer) if !layers.iter().any(|known| known.name == *layer) => {
                Err(ConditionError::NoLayer {
                    layer: layer.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Why a network does not pass the check that this must not hold, if it does not.
    pub fn failure(&self, report: &Report) -> Option<Failure> {
        let condition = self.clone();
        match self.value(report) {
            None => Some(Failure::Undefined { condition }),
            Some(value) if self.holds(value) => Some(Failure::Holds { condition, value }),
            Some(_) => None,
        }
    }

    /// The value that is compared; none where it is undefined or not in the report.
    pub fn value(&self, report: &Report) -> Option<f64> {
        match &self.layer {
            None => report.value(self.card.id),
            Some(layer) => report.layer(layer)?.value(self.card.id),
        }
    }

    /// Whether it holds of this value.
    pub fn holds(&self, value: f64) -> bool {
        self.relation.holds(value, self.bound)
    }
}

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let split = (Relation::ALL.iter())
            .find_map(|&relation| Some((text.split_once(relation.sign())?, relation)));
        let Some(((value, bound), relation)) = split else {
            let text = text.to_owned();
            return Err(ConditionError::Form { text });
        };
        let number: Option<f64> = bound.trim().parse().ok();
        let Some(bound) = number.filter(|number| number.is_finite()) else {
            let bound = bound.trim().to_owned();
            return Err(ConditionError::Bound { bound });
        };
        // Names of layers may hold a colon, ids do not.
        let (layer, id) = match value.rsplit_once(':') {
            Some((layer, id)) => (Some(layer.to_owned()), id),
            None => (None, value),
        };
        let card = named(id.trim())?;
        let id = card.id;
        match (&layer, card.aggregation) {
            (None, Aggregation::LayersOnly) => Err(ConditionError::OfLayers { id }),
            (Some(_), Aggregation::WholeNetwork) => Err(ConditionError::OfNetwork { id }),
            _ => Ok(Condition {
                layer,
                card,
                relation,
                bound,
            }),
        }
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

    #[test]
    fn signs_layers_and_numbers_are_read() {
        for (text, shown) in [
            ("frobenius-norm>1", "frobenius-norm > 1"),
            ("frobenius-norm <= 1e3", "frobenius-norm <= 1000"),
            (
                "model:fc.1:spectral-norm>=-2.5",
                "model:fc.1:spectral-norm >= -2.5",
            ),
            (":spectral-norm<2", ":spectral-norm < 2"),
        ] {
            assert_eq!(text.parse::<Condition>().unwrap().to_string(), shown);
        }
        for (text, word) in [
            ("frobenius-norm", "one of > < >= <="),
            ("frobenius-norm>big", "'big'"),
            ("frobenius-norm>inf", "'inf'"),
            ("frobenius-norn>1", "frobenius-norm"),
            ("spectral-norm>1", "layers only"),
            ("0:path-norm-l2>1", "no values of layers"),
        ] {
            let error = text.parse::<Condition>().unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn a_check_fails_if_the_condition_holds_or_there_is_no_number() {
        let mut report = Report::default();
        report.network.insert("frobenius-norm".into(), Some(5.0));
        report.network.insert("path-norm-l2".into(), None);
        let failure = |text: &str| text.parse::<Condition>().unwrap().failure(&report);
        assert_eq!(failure("frobenius-norm>5"), None);
        let held = failure("frobenius-norm>=5").unwrap();
        assert!(matches!(held, Failure::Holds { value: 5.0, .. }));
        assert_eq!(held.to_string(), "frobenius-norm >= 5 holds: it is 5");
        let undefined = failure("path-norm-l2<1").unwrap();
        assert!(matches!(undefined, Failure::Undefined { .. }));
        let of_layer: Condition = "fc9:spectral-norm>1".parse().unwrap();
        assert!(
            of_layer
                .check(&[])
                .unwrap_err()
                .to_string()
                .contains("'fc9'")
        );
    }
}
