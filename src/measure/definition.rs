//! What is on a card, in words.

use super::{Aggregation, BATCH_NORM, Card, Homogeneity, Invariance, Movement, Need};

impl Need {
    /// What is needed, and the option that gives it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Initial => "the weights at initialization (--init)",
            Self::Chain => "fully connected layers that follow each other",
            Self::Network => {
                "layers whose wiring is known (--dataset and --network, or a stored run)"
            }
            Self::PiecewiseLinear => {
                "layers whose wiring is known (--dataset and --network, or a stored run), without \
                 local response normalization"
            }
            Self::Outputs => {
                "outputs on the training set (--dataset and --network, or a stored run)"
            }
            Self::Inputs => "the training inputs (--dataset and --network, or a stored run)",
            Self::Curve => "the learning curve (a stored run)",
            Self::Geometry => {
                "image sizes, strides and paddings of convolutions (--image, --convolution)"
            }
            Self::NoiseSearch => "a search for the noise the weights tolerate (--sharpness)",
        }
    }

    /// The same in a few words, with the option that gives it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Initial => "the initial weights (--init)",
            Self::Chain => self.words(),
            Self::Network => "the wiring (--dataset and --network)",
            Self::PiecewiseLinear => "a network without local response normalization",
            Self::Outputs | Self::Inputs => "data (--dataset and --network)",
            Self::Curve => "a learning curve (stored runs have one)",
            Self::Geometry => "image sizes (--image)",
            Self::NoiseSearch => "a search (--sharpness)",
        }
    }
}

impl Invariance {
    /// The change of the weights.
    pub fn words(self) -> &'static str {
        match self {
            Self::UnitPermutation => "reordering hidden units",
            Self::LayerRescaling => "rescaling a layer and its successor inversely",
            Self::UnitRescaling => "rescaling a unit's incoming and outgoing weights inversely",
        }
    }
}

impl Movement {
    /// What was found, beside what the card claims.
    pub fn finding(&self) -> &'static str {
        match self.claimed_invariant {
            true if self.contradicts() => {
                "CONTRADICTS the card, which claims that it does not move"
            }
            true => "moved within its interval, as sampling may",
            false if self.unclaimed() => "did not move here; the card does not claim that",
            false => "moved, as the card says",
        }
    }
}

impl Aggregation {
    /// What the value of the network is.
    pub fn words(self) -> &'static str {
        match self {
            Self::LayersOnly => "none: values of layers only",
            Self::Sum => "sum over the layers",
            Self::RootSumOfSquares => "root of the sum of the layers' squares",
            Self::Product => "product over the layers",
            Self::Mean => "mean over the layers where it is defined",
            Self::WholeNetwork => "defined on the whole network",
        }
    }
}

impl Homogeneity {
    /// What all weights times c multiply the value by.
    pub fn words(self) -> &'static str {
        match self {
            Self::Zero => "c⁰: does not change",
            Self::Layer => "c, like one layer's norm; value / γ^(1/d) is scale-free",
            Self::Network => "c^d, like the margin; value / γ is scale-free",
            Self::LayerSquared => "c²; value / γ^(2/d) is scale-free",
            Self::NetworkSquared => "c^(2d); value / γ² is scale-free",
            Self::Logarithm => "by nothing: it adds a multiple of log c",
            Self::None => "by no power of c",
        }
    }
}

impl Card {
    /// What is on the card, by field, in the order of reading; id and name not.
    ///
    /// ```
    /// let card = rethink::measure::named("frobenius-norm")?;
    /// let fields = card.fields();
    /// assert!(fields.contains(&("group", "norms".into())));
    /// # Ok::<(), rethink::measure::UnknownMeasure>(())
    /// ```
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let needs = or_nothing(self.needs.iter().map(|need| need.words()));
        let changes = or_nothing(self.invariant_to.iter().map(|change| change.words()));
        let fields: [(&str, &str); 14] = [
            ("group", self.group.name()),
            ("kind", self.kind.name()),
            ("needs beside the weights", &needs),
            ("formula", self.formula),
            ("reference", self.reference),
            ("value of the network", self.aggregation.words()),
            ("unit", self.unit),
            ("normalization", self.normalization),
            ("convolutions", self.convolutions),
            ("biases", self.biases),
            ("batch norm", BATCH_NORM),
            (
                "all weights times c multiply it by",
                self.homogeneity.words(),
            ),
            ("does not change under", &changes),
            ("known failures", self.known_failures),
        ];
        fields.map(|(field, text)| (field, text.to_owned())).into()
    }
}

fn or_nothing(parts: impl Iterator<Item = &'static str>) -> String {
    let parts: Vec<&str> = parts.collect();
    match parts.is_empty() {
        true => "nothing".to_owned(),
        false => parts.join("; "),
    }
}

#[cfg(test)]
mod tests {
    use crate::measure::measures;

    #[test]
    fn every_card_has_every_field() {
        for card in measures().map(|measure| measure.card()) {
            for (field, text) in card.fields() {
                assert!(!text.is_empty(), "{}: {field}", card.id);
            }
        }
    }
}
