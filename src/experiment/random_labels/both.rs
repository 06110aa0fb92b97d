//! What two kinds of networks say of a measure.

use super::Compared;
use crate::measure::{LayerKind, Report};

/// A measure that networks of two kinds have, compared between labels for either.
#[derive(Debug, Clone, Copy)]
pub struct Both<'c> {
    /// Of the networks of one kind.
    pub first: &'c Compared,
    /// Of the other.
    pub second: &'c Compared,
}

impl Both<'_> {
    /// Whether random labels move it to the same side for both; none where an interval of
    /// random / true labels reaches 1.
    pub fn agree(&self) -> Option<bool> {
        let [first, second] = [self.first, self.second].map(|of| of.ratio?.side_of(1.0));
        Some(first? == second?)
    }
}

/// The measures that have a ratio of random to true labels for both, in the order of the first;
/// without the number of parameters, which no labels change.
pub fn both<'c>(first: &'c [Compared], second: &'c [Compared]) -> Vec<Both<'c>> {
    let pair = |first: &'c Compared| {
        let mut others = second.iter();
        let second = others.find(|other| other.card.id == first.card.id)?;
        (first.ratio.is_some() && second.ratio.is_some()).then_some(Both { first, second })
    };
    let measures = first.iter().filter(|one| one.card.id != "parameter-count");
    measures.filter_map(pair).collect()
}

/// The product over the layers of their norms as operators: of a convolution as it acts on
/// images, of a dense layer the largest singular value. It bounds the Lipschitz constant of a
/// network of convolutions, dense layers and ReLU. None where a layer has none.
pub fn product_of_operator_norms(report: &Report) -> Option<f64> {
    let norms = report.layers.iter().map(|layer| {
        let id = match layer.kind {
            LayerKind::Convolution => "conv-spectral-norm-exact",
            LayerKind::Linear | LayerKind::Embedding => "spectral-norm",
        };
        *layer.measures.get(id)?
    });
    norms.product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Study;
    use crate::experiment::measures::Measured;
    use crate::experiment::random_labels::{MeasuredRun, compare, pair};
    use crate::measure::{LayerReport, Values, measures};

    /// Networks whose measures are these multiples of the seed with random labels, and the
    /// seed with true ones.
    fn compared(multiples: &[(&str, [f64; 3])]) -> Vec<Compared> {
        let runs = pair(10).into_iter().enumerate().flat_map(|(random, cell)| {
            (0..3_usize).map(move |seed| {
                let level = (seed + 1) as f64;
                let value = |multiple: &[f64; 3]| match random {
                    0 => level,
                    _ => level * multiple[seed],
                };
                let network: Values = (multiples.iter())
                    .map(|(id, multiple)| ((*id).to_owned(), Some(value(multiple))))
                    .collect();
                let measured = Measured {
                    network,
                    kinds: Default::default(),
                    vacuous: Default::default(),
                };
                let test_error = None;
                (
                    cell,
                    seed as u64,
                    MeasuredRun {
                        test_error,
                        measured,
                    },
                )
            })
        });
        let cards = measures().map(|measure| measure.card());
        compare(&Study::new(runs.collect::<Vec<_>>()), 10, cards)
    }

    #[test]
    fn networks_agree_where_both_intervals_are_on_one_side() {
        let first = compared(&[
            ("path-norm-l2", [2.0; 3]),
            ("frobenius-norm", [2.0; 3]),
            ("margin-median", [0.5; 3]),
            ("l21-norm", [2.0; 3]),
        ]);
        let second = compared(&[
            ("path-norm-l2", [3.0; 3]),
            ("frobenius-norm", [0.5; 3]),
            ("margin-median", [0.9, 1.0, 1.1]),
        ]);
        let found = both(&first, &second);
        let agree = |id| {
            let measure = found.iter().find(|both| both.first.card.id == id);
            measure.map(Both::agree)
        };
        assert_eq!(agree("path-norm-l2"), Some(Some(true)));
        assert_eq!(agree("frobenius-norm"), Some(Some(false)));
        assert_eq!(agree("margin-median"), Some(None));
        assert_eq!(agree("l21-norm"), None);
    }

    #[test]
    fn the_norm_of_a_convolution_is_that_of_its_operator() {
        let layer = |kind, values: &[(&str, f64)]| LayerReport {
            name: String::new(),
            kind,
            shape: Vec::new(),
            measures: (values.iter())
                .map(|&(id, value)| (id.to_owned(), Some(value)))
                .collect(),
            details: Default::default(),
        };
        let [matrix, operator] = ["spectral-norm", "conv-spectral-norm-exact"];
        let mut report = Report {
            layers: vec![
                layer(LayerKind::Convolution, &[(matrix, 2.0), (operator, 5.0)]),
                layer(LayerKind::Linear, &[(matrix, 3.0)]),
            ],
            ..Report::default()
        };
        assert_eq!(product_of_operator_norms(&report), Some(15.0));
        report.layers[0].measures.remove(operator);
        assert_eq!(product_of_operator_norms(&report), None);
    }
}
