//! `--fail-if`: a bound on a value, for use in pipelines.

use std::fmt;
use std::str::FromStr;

use rethink::measure::{Aggregation, Card, Report};

use super::cards;
use crate::cli::exit::UsageError;

/// A comparison that must not hold.
#[derive(Debug, Clone)]
pub struct Condition {
    /// The layer; none for the value of the network.
    layer: Option<String>,
    pub card: &'static Card,
    relation: Relation,
    bound: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Relation {
    Above,
    AtLeast,
    Below,
    AtMost,
}

/// Longer signs first: `>` is the beginning of `>=`.
const SIGNS: [(&str, Relation); 4] = [
    (">=", Relation::AtLeast),
    ("<=", Relation::AtMost),
    (">", Relation::Above),
    ("<", Relation::Below),
];

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let split = SIGNS
            .iter()
            .find_map(|&(sign, relation)| Some((text.split_once(sign)?, relation)));
        let Some(((value, bound), relation)) = split else {
            return Err(
                "give ID or LAYER:ID, one of > < >= <=, and a number: 'alpha>6'".to_owned(),
            );
        };
        let number: Option<f64> = bound.trim().parse().ok();
        let Some(bound) = number.filter(|number| number.is_finite()) else {
            return Err(format!(
                "'{}' is not a number to compare with",
                bound.trim()
            ));
        };
        // Names of layers may hold a colon, ids do not.
        let (layer, id) = match value.rsplit_once(':') {
            Some((layer, id)) => (Some(layer.to_owned()), id),
            None => (None, value),
        };
        let card = cards::parse(id.trim())?;
        match (&layer, card.aggregation) {
            (None, Aggregation::LayersOnly) => Err(format!(
                "{id} has values of layers only: name one, as in 'LAYER:{id}>1'"
            )),
            (Some(_), Aggregation::WholeNetwork) => {
                Err(format!("{id} has no values of layers: leave the layer out"))
            }
            _ => Ok(Self {
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
        let layer = self.layer.iter().map(|layer| format!("{layer}:"));
        let sign = SIGNS
            .iter()
            .find(|(_, relation)| *relation == self.relation);
        let sign = sign.map_or("", |(sign, _)| sign);
        let layer = layer.collect::<String>();
        write!(f, "{layer}{} {sign} {}", self.card.id, self.bound)
    }
}

impl Condition {
    /// Refuses a layer that is not there, before anything is computed.
    pub fn check<'a>(&self, mut layers: impl Iterator<Item = &'a str>) -> Result<(), UsageError> {
        match &self.layer {
            Some(layer) if !layers.any(|name| name == layer) => Err(UsageError(format!(
                "--fail-if names the layer '{layer}', which is not there"
            ))),
            _ => Ok(()),
        }
    }

    /// Why the check fails, if it does: the condition holds, or there is no
    /// number to compare.
    pub fn failure(&self, report: &Report) -> Option<String> {
        let value = match &self.layer {
            None => report.network.get(self.card.id).copied(),
            Some(layer) => {
                let layer = report.layers.iter().find(|l| l.name == *layer);
                layer.and_then(|layer| layer.measures.get(self.card.id).copied())
            }
        };
        match value.flatten() {
            None => Some(format!("{self} cannot be decided: the value is undefined")),
            Some(value) if self.holds(value) => Some(format!("{self} holds: it is {value}")),
            Some(_) => None,
        }
    }

    fn holds(&self, value: f64) -> bool {
        match self.relation {
            Relation::Above => value > self.bound,
            Relation::AtLeast => value >= self.bound,
            Relation::Below => value < self.bound,
            Relation::AtMost => value <= self.bound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(text: &str) -> Condition {
        text.parse().unwrap()
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
            assert_eq!(condition(text).to_string(), shown);
        }
        for (text, word) in [
            ("frobenius-norm", "one of > < >= <="),
            ("frobenius-norm>big", "'big'"),
            ("frobenius-norm>inf", "'inf'"),
            ("frobenius-norn>1", "frobenius-norm"),
            ("spectral-norm>1", "layers only"),
            ("0:path-norm-l2>1", "no values of layers"),
        ] {
            let error = text.parse::<Condition>().unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn the_bound_itself_is_in_or_out_as_the_sign_says() {
        let holds = |sign: &str, value| condition(&format!("frobenius-norm{sign}2")).holds(value);
        assert!(holds(">", 2.5) && !holds(">", 2.0));
        assert!(holds(">=", 2.0) && !holds(">=", 1.5));
        assert!(holds("<", 1.5) && !holds("<", 2.0));
        assert!(holds("<=", 2.0) && !holds("<=", 2.5));
    }
}
