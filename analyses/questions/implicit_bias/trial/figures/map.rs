//! Norm and test error of every method.

use rethink::report::ReportError;
use rethink::report::figure::{Axis, Cloud, Figure, FigureText, Mark, Scatter, ScatterPanel};
use rethink::trial::described::Network;
use rethink::trial::design::{Method, Plan, Rate};

use super::super::Shown;
use super::{FARTHEST, beyond, found, setting};

/// What methods have in common, and a look of their own.
const KINDS: [&str; 5] = [
    "SGD",
    "local descent, usual start",
    "other starts",
    "samples of the volume",
    "searched or constructed",
];

fn kind(method: Method) -> usize {
    match method {
        Method::REFERENCE => 0,
        Method::Scaled { .. } | Method::Adversarial { .. } => 2,
        Method::Volume { .. } => 3,
        _ if method.is_local() => 1,
        _ => 4,
    }
}

pub fn figure(plan: &Plan, strata: &[Shown<'_>]) -> Result<Figure, ReportError> {
    let panels = strata.iter().map(|shown| {
        let clouds = KINDS.iter().enumerate().map(|(look, label)| Cloud {
            label: (*label).to_owned(),
            look,
            marks: (shown.networks.iter())
                .filter_map(|one| place(one, look))
                .collect(),
            joined: false,
        });
        ScatterPanel {
            title: (strata.len() > 1).then(|| shown.stratum.title()),
            x: Axis::log("Norm / SGD's"),
            y: Axis::linear("Test error (%)"),
            clouds: clouds.collect(),
            cross: None,
        }
    });
    let scatter = Scatter {
        panels: panels.collect(),
        // Names of methods have room in one plot alone.
        tagged: strata.len() == 1,
        columns: 2,
        aside: String::new(),
    };
    let all = strata.iter().flat_map(|shown| &shown.networks);
    let fast = all.filter(|one| found(one).is_some_and(|(_, rate)| rate == Rate::Fast));
    scatter.draw(FigureText::new(
        "map",
        "Norm and test error of every method at the same training cost",
        format!(
            "Means over {}, fast rates. Norm: l2 path norm over the 10th percentile of the \
             training margins, over that of SGD in the same block.{}",
            setting(plan),
            beyond(fast)
        ),
        "A mark for every method: its norm relative to that of SGD, and its test error.",
    ))
}

fn place(network: &Network, of: usize) -> Option<Mark> {
    let (method, rate) = found(network)?;
    if kind(method) != of || rate == Rate::Gentle {
        return None;
    }
    let error = network.error?.value;
    let ratio = match method {
        Method::REFERENCE => 1.0,
        _ => network.norm_ratio?.value,
    };
    (ratio <= FARTHEST).then(|| Mark {
        name: network.name.clone(),
        ..Mark::new(ratio, error)
    })
}
