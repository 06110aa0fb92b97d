//! What Zhang et al. 2017 report, arXiv 1611.03530.

use rethink::network::Zoo;
use rethink::published::{Quantity, values};

use super::order::OfImages;
use super::{FIGURE_1A, Findings, name};

/// The published number of this network, on CIFAR-10.
pub fn value(findings: &Findings, quantity: Quantity, labels: &str) -> Option<f64> {
    let network = findings.settings.architecture.to_string();
    let mut published = values(quantity, &network, labels);
    published.next().map(|published| published.value)
}

/// The published number at corruption level p.
pub fn at_level(findings: &Findings, quantity: Quantity, p: f64) -> Option<f64> {
    match p {
        0.0 => value(findings, quantity, "true-labels"),
        p => value(findings, quantity, &format!("corrupted-labels:{p}")),
    }
}

/// What a reader has to know of the published values.
pub fn notes(findings: &Findings) -> Vec<String> {
    let settings = &findings.settings;
    let mut notes = vec![
        "Published accuracies: Zhang et al. 2017 (arXiv 1611.03530), Table 1, CIFAR-10, n = \
         50,000, no explicit regularization, one run each. Published curves over p: Figures 1b \
         and 1c, MLP 1x512 on CIFAR-10, read off the figure. The dataset is another one: compare \
         shapes and orders, not values."
            .to_owned(),
        "The paper's order of difficulty (Figure 1a, Inception on CIFAR-10): true labels, \
         shuffled pixels, Gaussian pixels, random pixels, random labels. Random labels took 3.1 \
         times the steps of true labels to a loss of 0.01, read off the figure."
            .to_owned(),
    ];
    notes.extend(our_order(findings));
    notes.extend(findings.images.as_ref().map(OfImages::against_figure_1a));
    if settings.architecture != Zoo::Mlp1x512 {
        notes.push(format!(
            "The paper has no {}, so no published value stands beside ours.",
            settings.architecture
        ));
    }
    notes
}

/// The treatments in the order of the steps they took here.
fn our_order(findings: &Findings) -> Option<String> {
    let mut order: Vec<(f64, String)> = (FIGURE_1A.iter())
        .map(|treatment| Some((findings.runs.steps(treatment)?.value, name(*treatment))))
        .collect::<Option<_>>()?;
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let order: Vec<String> = (order.into_iter())
        .map(|(steps, name)| format!("{name} ({steps:.0} steps)"))
        .collect();
    Some(format!(
        "The order of {} here: {}. A fully connected network treats all pixels alike, so \
         shuffling them changes nothing for it. Where noise images come before real ones, it differs from the \
         paper's. {} images of independent noise with {} numbers each are nearly orthogonal, so \
         even a linear function fits any labels on them while n is not much larger than the \
         number of inputs. The paper has n = 50,000 and 2,352 inputs.",
        findings.settings.architecture,
        order.join(", "),
        findings.settings.train_size,
        findings.features,
    ))
}
