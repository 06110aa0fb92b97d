//! The figures: the norm moved, norms of all methods, work on shells, the map.

mod curve;
mod forest;
mod map;
mod work;

use rethink::report::ReportError;
use rethink::report::figure::{Axis, Figure, Mark};
use rethink::statistics::Estimate;
use rethink::treatment::Treatment;
use rethink::trial::described::Network;
use rethink::trial::design::{Cell, Method, Plan, Rate};

use super::Shown;

/// Norms above so many times that of SGD are named instead of drawn: an axis for them would
/// have no room for the others.
const FARTHEST: f64 = 30.0;

pub fn figures(plan: &Plan, strata: &[Shown<'_>]) -> Vec<Result<Figure, ReportError>> {
    let mut figures = curve::figures(plan, strata);
    figures.extend(forest::figures(plan, strata));
    figures.push(work::figure(plan, strata));
    figures.push(map::figure(plan, strata));
    figures
}

/// The method and rate of a network found on true labels.
fn found(network: &Network) -> Option<(Method, Rate)> {
    match network.cell {
        Cell::Found {
            method,
            rate,
            labels: Treatment::TrueLabels,
        } => Some((method, rate)),
        _ => None,
    }
}

/// The ends of its interval.
fn ends(estimate: &Estimate) -> Option<(f64, f64)> {
    estimate.interval.map(|i| (i.low, i.high))
}

/// A mark at estimates, with both intervals.
fn mark(name: &str, x: &Estimate, y: &Estimate) -> Mark {
    Mark {
        x_interval: ends(x),
        y_interval: ends(y),
        name: name.to_owned(),
        ..Mark::new(x.value, y.value)
    }
}

/// The axis of the difference that all figures share.
fn difference() -> Axis {
    Axis::linear("Test error − SGD's (points)")
}

/// `10 blocks`, and the cost.
fn setting(plan: &Plan) -> String {
    format!("{} blocks, {}", plan.blocks.len(), plan.costs[0])
}

/// Networks whose norm has no room on the axis, as a sentence.
fn beyond<'a>(networks: impl Iterator<Item = &'a Network>) -> String {
    let far = networks.filter_map(|one| {
        let ratio = one.norm_ratio.filter(|ratio| ratio.value > FARTHEST)?;
        Some(format!("{} ({} times)", one.name, ratio))
    });
    let far: Vec<String> = far.collect();
    match far.is_empty() {
        true => String::new(),
        false => format!(" Beyond the axis: {}.", far.join(", ")),
    }
}
