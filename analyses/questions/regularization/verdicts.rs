//! The answer in short, the verdicts, and what a reader is warned of.

use rethink::experiment::regularization::{Cell, Regularizer};
use rethink::report::Verdict;
use rethink::statistics::Estimate;
use rethink::treatment::Treatment::TrueLabels;

use super::neither::{self, Alone, named};
use super::{Findings, optimization};
use crate::show::{few_seeds, list, or_unknown};

pub fn verdicts(findings: &Findings) -> Vec<Verdict> {
    vec![neither::verdict(findings), optimization::verdict(findings)]
}

/// The regularizer with the largest gain in test accuracy.
fn largest_gain(findings: &Findings) -> Option<(Cell, Estimate)> {
    let gain = |cell: Cell| Some((cell, findings.grid.cells.gain(&cell)?));
    let gains = findings.regularized(TrueLabels).filter_map(gain);
    gains.max_by(|(_, a), (_, b)| a.value.total_cmp(&b.value))
}

/// From one network to the next of the question, without regularization: what the change of the
/// architecture gains in test accuracy.
pub fn architectures(findings: &Findings) -> Vec<(Cell, Cell)> {
    let plain = |network| Cell {
        network,
        labels: TrueLabels,
        regularizer: Regularizer::None,
    };
    let cells: Vec<Cell> = findings.networks().map(plain).collect();
    let same_images = |cell: &Cell| {
        let pilot = findings.pilot(cell.network);
        pilot.images
    };
    (cells.windows(2))
        .map(|pair| (pair[0], pair[1]))
        .filter(|(from, to)| same_images(from) == same_images(to))
        .collect()
}

pub fn answer(findings: &Findings) -> String {
    let alone = Alone::of(findings);
    let gains = match largest_gain(findings) {
        Some((cell, gain)) => format!(
            "The largest gain in test accuracy on true labels is that of {}: {} points.",
            named(&cell),
            gain.percent()
        ),
        None => "No gain in test accuracy is known for all seeds.".to_owned(),
    };
    let architecture = architectures(findings).into_iter().map(|(from, to)| {
        let gain = findings.grid.cells.accuracy_difference(&to, &from);
        let points = or_unknown(gain.map(Estimate::percent));
        format!("from {} to {} gains {points}", from.network, to.network)
    });
    let architecture: Vec<String> = architecture.collect();
    let beside = match architecture.is_empty() {
        true => String::new(),
        false => format!(
            " Changing the architecture {}.",
            architecture.join(", and ")
        ),
    };
    format!(
        "With one regularizer, networks fitted random labels in {} of {} cases. {gains}{beside} {}",
        alone.fitted(),
        alone.cells.len(),
        findings.tradition.answer(),
    )
}

pub fn warnings(findings: &Findings) -> Vec<String> {
    let mut warnings = Vec::new();
    if !findings.settings.left_out.is_empty() {
        warnings.push(format!(
            "Left out: {}, which are built for images of 28x28 with one or three channels and ten \
             classes.",
            list(&findings.settings.left_out)
        ));
    }
    for piloted in &findings.pilots {
        if !piloted.fixed.fits {
            warnings.push(format!(
                "{} did not fit random labels in every pilot training, so it says nothing of what \
                 regularizers prevent.",
                piloted.fixed.network
            ));
        }
    }
    warnings.extend(few_seeds(&findings.settings.seeds));
    warnings
}
