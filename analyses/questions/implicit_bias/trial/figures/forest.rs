//! The norm of every method over that of SGD.

use rethink::report::ReportError;
use rethink::report::figure::{Axis, Figure, FigureText, Forest, ForestPanel, ForestRow};
use rethink::text::number::significant;
use rethink::trial::described::Network;
use rethink::trial::design::{Plan, Rate};

use super::super::Shown;
use super::{FARTHEST, beyond, ends, found, setting};

pub fn figure(plan: &Plan, strata: &[Shown<'_>]) -> Result<Figure, ReportError> {
    let factor = plan.thresholds.norm_factor;
    let near = |one: &&Network| one.norm_ratio.is_some_and(|ratio| ratio.value <= FARTHEST);
    let all = || strata.iter().flat_map(|shown| &shown.networks);
    let of_methods = || all().filter(|one| found(one).is_some());
    let reach = of_methods().filter(near).filter_map(|one| {
        let ratio = one.norm_ratio?;
        let (low, high) = ends(&ratio).unwrap_or((ratio.value, ratio.value));
        Some((low, high))
    });
    // One axis for all panels, on which a wide interval ends in an arrow.
    let (low, high) = reach.fold((1.0 / factor, factor), |(l, h), (low, high)| {
        (l.min(low.max(0.1)), h.max(high.min(2.0 * FARTHEST)))
    });
    let axis = || Axis::log("Norm / SGD's").range(0.93 * low, 1.07 * high);
    let mut panels = Vec::new();
    for shown in strata {
        for (local, what) in [
            (false, "Not found by local descent from the usual start"),
            (true, "Local descent from the usual start"),
        ] {
            let rows = shown.networks.iter().filter(near).filter_map(|one| {
                let (method, rate) = found(one)?;
                let ratio = one.norm_ratio?;
                (method.is_local() == local && rate == Rate::Fast).then(|| ForestRow {
                    label: one.name.clone(),
                    value: ratio.value,
                    interval: ends(&ratio),
                    null: 1.0,
                    margin: Some((1.0 / factor, factor)),
                    decision: significant(ratio.value, 3),
                })
            });
            let title = match strata.len() {
                1 => what.to_owned(),
                _ => format!("{}: {}", shown.stratum.title(), what.to_lowercase()),
            };
            let rows: Vec<ForestRow> = rows.collect();
            if !rows.is_empty() {
                panels.push(ForestPanel {
                    title,
                    axis: axis(),
                    rows,
                });
            }
        }
    }
    let text = FigureText::new(
        "norms-of-methods",
        "Norm of every method over that of SGD at the same training cost",
        format!(
            "{}, fast rates, 95 % intervals. Norm: l2 path norm over the 10th percentile of the \
             training margins, geometric mean of the ratio within blocks. Shaded: within a factor \
             of {factor}.{}",
            setting(plan),
            beyond(
                of_methods().filter(|one| found(one).is_some_and(|(_, rate)| rate == Rate::Fast))
            )
        ),
        "A line for every method with the ratio of its norm to that of SGD: first those that are \
         not found by local descent from the usual start, then those that are.",
    );
    Forest { panels }.draw(text)
}
