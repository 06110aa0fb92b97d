//! Why a measure has no value.

use std::fmt;

use super::{Card, LayerKind, MeasureError, Need, Subject};

/// Something that a measure needs and a subject does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// The layers are no chain, or no network of the kind needed.
    Wiring {
        /// What the measure needs.
        need: Need,
        /// Why they are none, in a sentence.
        reason: String,
    },
    /// What would have to be given.
    Given(Need),
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wiring { reason, .. } => reason,
            Self::Given(need) => need.words(),
        })
    }
}

/// A measure without a value, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Missing {
    /// The measure.
    pub card: &'static Card,
    /// What it lacks; nothing if it is of layers of another kind.
    pub lacks: Vec<Lack>,
}

impl Missing {
    /// Why a subject has no value of a measure.
    pub fn of(card: &'static Card, subject: &Subject) -> Self {
        let lacks = lacks(card, subject);
        Self { card, lacks }
    }

    /// What the measure needs, in words.
    pub fn needs(&self) -> String {
        match &self.lacks[..] {
            [] => "layers of another kind".to_owned(),
            lacks => {
                let lacks: Vec<String> = lacks.iter().map(Lack::to_string).collect();
                lacks.join("; ")
            }
        }
    }
}

/// How many measures have no value, and what all of them lack, in a clause.
pub fn summary<'a>(missing: impl IntoIterator<Item = &'a Missing>) -> String {
    let (mut count, mut needs) = (0, Vec::new());
    for one in missing {
        count += 1;
        let given = one.lacks.iter().map(|lack| match lack {
            Lack::Wiring { need, .. } => need.remedy(),
            Lack::Given(need) => need.remedy(),
        });
        let of_others = one.lacks.is_empty().then_some("layers of another kind");
        let new = given.chain(of_others);
        new.for_each(|need| match needs.contains(&need) {
            true => {}
            false => needs.push(need),
        });
    }
    let plural = if count == 1 { "" } else { "s" };
    let they = if count == 1 { "it needs" } else { "they need" };
    format!(
        "{count} measure{plural} not computed: {they} {}",
        needs.join(", ")
    )
}

/// What is lacking of the wiring, if something is.
fn wiring(need: Need, found: Result<(), MeasureError>) -> Option<Lack> {
    let reason = found.err()?.to_string();
    Some(Lack::Wiring { need, reason })
}

fn lacks(card: &Card, subject: &Subject) -> Vec<Lack> {
    let unmet = |&need: &Need| {
        let met = match need {
            Need::Chain => return wiring(need, subject.check_chain()),
            Need::Network => return wiring(need, subject.layout().map(|_| ())),
            Need::PiecewiseLinear => return wiring(need, subject.check_piecewise_linear()),
            Need::Initial => subject.initial().is_some(),
            Need::Outputs => subject.outputs().is_some(),
            Need::Inputs => subject.inputs().is_some(),
            Need::Curve => subject.curve().is_some(),
            // Without a convolution there is nothing that could be given.
            Need::Geometry => {
                let mut layers = subject.layers().iter();
                let convolution = layers.any(|layer| layer.kind == LayerKind::Convolution);
                !convolution || subject.geometries().is_some()
            }
            Need::NoiseSearch => true,
        };
        (!met).then_some(Lack::Given(need))
    };
    card.needs.iter().filter_map(unmet).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{layers, named};
    use crate::solution::Weight;

    #[test]
    fn what_is_lacking_is_told_in_words() {
        let weight = Weight {
            name: "0.weight".into(),
            shape: vec![1, 2],
            values: vec![3.0, 4.0],
        };
        let subject =
            || Subject::new(layers(std::slice::from_ref(&weight)).unwrap(), None).unwrap();
        let missing = |id| Missing::of(named(id).unwrap(), &subject());
        let distance = missing("distance-from-init-frobenius");
        assert_eq!(distance.lacks, [Lack::Given(Need::Initial)]);
        assert_eq!(distance.needs(), Need::Initial.words());
        assert_eq!(missing("frobenius-norm").needs(), "layers of another kind");
        // An image size would be of no use to a network without convolutions.
        let operator = missing("conv-spectral-norm-exact");
        assert_eq!(operator.lacks, []);
        let both = [distance.clone(), distance, operator];
        assert_eq!(
            summary(&both),
            "3 measures not computed: they need the initial weights (--init), layers of another kind"
        );
        let broken = subject().with_no_chain("\"a\" is not read".to_owned());
        let path = Missing::of(named("path-norm-l2").unwrap(), &broken);
        assert!(matches!(&path.lacks[..], [Lack::Wiring { .. }]));
        assert!(path.needs().contains("\"a\""));
    }
}
