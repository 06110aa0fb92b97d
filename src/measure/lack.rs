//! Why a measure has no value.

use super::{Card, Need, Subject};

/// Something that a measure needs and a subject does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// The layers are no chain.
    Chain {
        /// Why, in a sentence.
        reason: String,
    },
    /// What would have to be given.
    Given(Need),
}

/// What a measure without a value lacks; of layers of another kind nothing.
pub fn lacks(card: &Card, subject: &Subject) -> Vec<Lack> {
    let unmet = |&need: &Need| {
        let met = match need {
            Need::Chain => {
                let error = subject.check_chain().err()?;
                let reason = error.to_string();
                return Some(Lack::Chain { reason });
            }
            Need::Initial => subject.initial().is_some(),
            Need::Outputs => subject.outputs().is_some(),
            Need::Inputs => subject.inputs().is_some(),
            Need::Curve => subject.curve().is_some(),
            Need::Geometry => subject.geometries().is_some(),
            Need::NoiseSearch => true,
        };
        (!met).then_some(Lack::Given(need))
    };
    card.needs.iter().filter_map(unmet).collect()
}
