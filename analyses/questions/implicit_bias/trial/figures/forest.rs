//! The norm of every method over that of SGD.

use rethink::report::ReportError;
use rethink::report::figure::{
    Axis, Dot, Dots, Figure, FigureText, Forest, ForestPanel, ForestRow, Group,
};
use rethink::text::number::significant;
use rethink::trial::described::Network;
use rethink::trial::design::{Plan, Rate};

use super::super::Shown;
use super::{FARTHEST, beyond, ends, found, setting};

/// Methods that are not found by local descent from the usual start, and those that are, with
/// the words of a caption.
const KINDS: [(bool, &str, &str); 2] = [
    (
        false,
        "norms-of-methods",
        "Not found by local descent from the usual start",
    ),
    (
        true,
        "norms-of-local-methods",
        "Local descent from the usual start",
    ),
];

/// One figure of two panels where there is one stratum, else a figure of each kind in which
/// the strata stand side by side.
pub fn figures(plan: &Plan, strata: &[Shown<'_>]) -> Vec<Result<Figure, ReportError>> {
    let axis = axis(plan, strata);
    match strata {
        [shown] => vec![one(plan, shown, &axis)],
        _ => {
            let kinds = KINDS.into_iter();
            kinds
                .filter_map(|kind| several(plan, strata, &axis, kind))
                .collect()
        }
    }
}

/// Whether a network was found at the fast rate: by local descent from the usual start, or not.
fn fast(network: &Network) -> Option<bool> {
    let (method, rate) = found(network)?;
    (rate == Rate::Fast).then(|| method.is_local())
}

/// Networks at the fast rate whose norm has room on the axis.
fn shown_of<'a>(shown: &'a Shown<'_>, local: bool) -> impl Iterator<Item = &'a Network> {
    let near = |one: &Network| one.norm_ratio.is_some_and(|ratio| ratio.value <= FARTHEST);
    let networks = shown.networks.iter();
    networks.filter(move |one| near(one) && fast(one) == Some(local))
}

/// One axis for all, on which a wide interval ends at the edge.
fn axis(plan: &Plan, strata: &[Shown<'_>]) -> Axis {
    let factor = plan.thresholds.norm_factor;
    let kinds = strata
        .iter()
        .flat_map(|shown| [shown_of(shown, false), shown_of(shown, true)]);
    let reach = kinds.flatten().filter_map(|one| {
        let ratio = one.norm_ratio?;
        Some(ends(&ratio).unwrap_or((ratio.value, ratio.value)))
    });
    let (low, high) = reach.fold((1.0 / factor, factor), |(l, h), (low, high)| {
        (l.min(low.max(0.1)), h.max(high.min(2.0 * FARTHEST)))
    });
    Axis::log("Norm / SGD's").range(0.93 * low, 1.07 * high)
}

fn text(plan: &Plan, id: &str, title: &str, far: &str, alt: &str) -> FigureText {
    let caption = format!(
        "{}, fast rates, 95 % intervals. Norm: l2 path norm over the 10th percentile of the \
         training margins, geometric mean of the ratio within blocks. Shaded: within a factor \
         of {}.{far}",
        setting(plan),
        plan.thresholds.norm_factor,
    );
    FigureText::new(id, title, caption, alt)
}

fn one(plan: &Plan, shown: &Shown<'_>, axis: &Axis) -> Result<Figure, ReportError> {
    let factor = plan.thresholds.norm_factor;
    let panels = KINDS.into_iter().filter_map(|(local, _, what)| {
        let rows = shown_of(shown, local).filter_map(|one| {
            let ratio = one.norm_ratio?;
            Some(ForestRow {
                label: one.name.clone(),
                value: ratio.value,
                interval: ends(&ratio),
                null: 1.0,
                margin: Some((1.0 / factor, factor)),
                decision: significant(ratio.value, 3),
            })
        });
        let rows: Vec<ForestRow> = rows.collect();
        (!rows.is_empty()).then(|| ForestPanel {
            title: what.to_owned(),
            axis: axis.clone(),
            rows,
        })
    });
    let panels = panels.collect();
    let fast = shown.networks.iter().filter(|one| fast(one).is_some());
    Forest { panels }.draw(text(
        plan,
        KINDS[0].1,
        "Norm of every method over that of SGD at the same training cost",
        &beyond(fast),
        "A line for every method with the ratio of its norm to that of SGD: first those that are \
         not found by local descent from the usual start, then those that are.",
    ))
}

/// A line for every method, on it a mark for every stratum.
fn several(
    plan: &Plan,
    strata: &[Shown<'_>],
    axis: &Axis,
    (local, id, what): (bool, &str, &str),
) -> Option<Result<Figure, ReportError>> {
    let mut names: Vec<&str> = Vec::new();
    for one in strata.iter().flat_map(|shown| shown_of(shown, local)) {
        if !names.contains(&one.name.as_str()) {
            names.push(&one.name);
        }
    }
    let groups = names.iter().map(|name| {
        let dots = strata.iter().map(|shown| {
            let one = shown_of(shown, local).find(|one| one.name == *name)?;
            Some(Dot::from(one.norm_ratio?))
        });
        Group::new(*name, dots)
    });
    let factor = plan.thresholds.norm_factor;
    let dots = Dots {
        axis: axis.clone(),
        series: strata.iter().map(|shown| shown.stratum.title()).collect(),
        groups: groups.collect(),
        margin: Some((1.0 / factor, factor)),
    };
    let all = strata.iter().flat_map(|shown| &shown.networks);
    let far = beyond(all.filter(|one| fast(one) == Some(local)));
    let far = format!("{far} An interval that reaches the edge of the figure goes on beyond it.");
    let text = text(
        plan,
        id,
        &format!("{what}: norm over that of SGD at the same training cost"),
        &far,
        "A line for every method and on it a mark for every setting: the ratio of its norm to \
         that of SGD.",
    );
    (!names.is_empty()).then(|| dots.draw(text))
}
