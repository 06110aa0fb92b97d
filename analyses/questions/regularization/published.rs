//! What Zhang et al. 2017 report, arXiv 1611.03530.

use rethink::experiment::regularization::{Cell, Regularizer};
use rethink::network::Zoo;
use rethink::published::{Regularized, regularized};

use super::Findings;

/// The network of the paper that stands beside one of ours: the same, or the one in whose place
/// ours is.
pub fn counterpart(network: Zoo) -> Zoo {
    match network {
        Zoo::SmallConv => Zoo::Inception,
        Zoo::SmallConvBn => Zoo::InceptionBn,
        same => same,
    }
}

/// The paper's line for a network of the paper, labels and regularizer.
pub fn line(network: Zoo, cell: &Cell) -> Option<&'static Regularized> {
    use Regularizer::{Crop, CropAndWeightDecay, FlipsAndRotation, None, WeightDecay};
    let with = match cell.regularizer {
        None => [false, false, false],
        WeightDecay => [true, false, false],
        Crop => [false, true, false],
        CropAndWeightDecay => [true, true, false],
        FlipsAndRotation => [false, false, true],
        _ => return Option::None,
    };
    let mut lines = regularized();
    lines.find(|one| {
        one.network == network.name()
            && one.labels == cell.labels.to_string()
            && [one.weight_decay, one.crop, one.flips_and_rotation] == with
    })
}

/// The paper's gain in test accuracy of a regularizer on true labels, in points.
pub fn gain(network: Zoo, cell: &Cell) -> Option<f64> {
    let accuracy = |cell: &Cell| line(network, cell)?.test_accuracy;
    Some(100.0 * (accuracy(cell)? - accuracy(&cell.plain())?))
}

/// The paper's test accuracy of one cell's counterpart minus that of another's, in points.
pub fn difference(cell: &Cell, minus: &Cell) -> Option<f64> {
    let accuracy = |cell: &Cell| line(counterpart(cell.network), cell)?.test_accuracy;
    Some(100.0 * (accuracy(cell)? - accuracy(minus)?))
}

/// What a reader has to know of the published values.
pub fn notes(findings: &Findings) -> Vec<String> {
    let replaced: Vec<String> = (findings.networks())
        .filter(|&network| counterpart(network) != network)
        .map(|network| format!("{network} beside {}", counterpart(network)))
        .collect();
    let mut notes = vec![
        "Published: Zhang et al. 2017 (arXiv 1611.03530), Tables 1 and 4, CIFAR-10, n = 50,000, \
         one training each, so that differences of about 2 points are within what its own tables \
         and figures differ by. The coefficient of its weight decay is not stated. Random labels \
         with crops or with flips and rotation were trained at a learning rate that falls by \
         0.999 instead of 0.95 per epoch, and their accuracy is the average over changed images; \
         ours is on the images as they are. The small AlexNet with weight decay failed to \
         converge on random labels. The tables have no dropout."
            .to_owned(),
    ];
    if !replaced.is_empty() {
        notes.push(format!(
            "Our small networks stand beside the paper's: {}. They are other networks on other \
             data: compare signs and orders, not values.",
            replaced.join(", ")
        ));
    }
    notes.push(
        "Krizhevsky, Sutskever and Hinton 2012 report, without a number, that a weight decay of \
         0.0005 reduces the training error of their network on ImageNet."
            .to_owned(),
    );
    notes
}

#[cfg(test)]
mod tests {
    use rethink::treatment::Treatment::{RandomLabels, TrueLabels};

    use super::*;

    #[test]
    fn lines_are_found_by_what_differs() {
        let cell = |labels, regularizer| Cell {
            network: Zoo::SmallConvBn,
            labels,
            regularizer,
        };
        let crop = cell(TrueLabels, Regularizer::Crop);
        let gain = gain(counterpart(crop.network), &crop).expect("in Table 1");
        assert!((gain - 3.56).abs() < 1e-9, "89.31 - 85.75 is {gain}");
        let turned = cell(RandomLabels, Regularizer::FlipsAndRotation);
        let accuracy = line(Zoo::InceptionBn, &turned).map(|line| line.training_accuracy);
        assert_eq!(accuracy, Some(0.9928));
        assert!(line(Zoo::AlexNet, &cell(RandomLabels, Regularizer::WeightDecay)).is_none());
        assert!(line(Zoo::InceptionBn, &cell(TrueLabels, Regularizer::Dropout)).is_none());
    }
}
