//! Norm and test error of the runs of a block, relative to their mean.

use rethink::report::ReportError;
use rethink::report::figure::{Axis, Figure, FigureText, Mark, Scatter, ScatterPanel};
use rethink::trial::{Kind, Outcome, Plan, Stratum};

use super::super::arms::{Runs, at_cost, primary};
use super::{by_kind, titled};

/// Mean of the logarithm of the norm and of the test error of a block.
struct Centre {
    log_norm: f64,
    error: f64,
}

pub fn figure(stratum: &Stratum, plan: &Plan, outcomes: &[Outcome]) -> Result<Figure, ReportError> {
    let arms = at_cost(stratum, plan, outcomes, primary(plan));
    let panel = |title: &str, shows: fn(Kind) -> bool| {
        let shown: Vec<&Runs> = arms.iter().filter(|runs| shows(runs.kind())).collect();
        ScatterPanel {
            title: Some(title.to_owned()),
            x: Axis::log("Norm φ / geometric mean of the block"),
            y: Axis::linear("Test error − mean of the block (points)"),
            clouds: by_kind(&arms, |runs| match shows(runs.kind()) {
                true => marks(runs, &shown),
                false => Vec::new(),
            }),
            cross: Some((1.0, 0.0)),
        }
    };
    let mut panels = vec![
        panel("Gradient steps, usual start", usual),
        panel("All that find their norm", Kind::natural),
        panel("Norms that are set as well", Kind::compares),
    ];
    panels.retain(|panel| panel.clouds.iter().any(|cloud| !cloud.marks.is_empty()));
    let scatter = Scatter {
        panels,
        columns: 3,
        aside: String::new(),
    };
    scatter.draw(FigureText::new(
        format!("within-blocks-{}", stratum.name),
        titled("Norm and test error within blocks", stratum, plan),
        format!(
            "Each run relative to the mean of its block over the runs in the panel, {} blocks, \
             training cross-entropy {} nats. Runs that did not reach the cost have no mark.",
            plan.blocks.len(),
            primary(plan)
        ),
        "Three clouds of marks around the means of their blocks, of ever more kinds of arms, with a marker for \
         every kind.",
    ))
}

/// Arms that differ in how a gradient becomes a step, and in nothing else.
fn usual(kind: Kind) -> bool {
    matches!(kind, Kind::Reference | Kind::Batch | Kind::Method)
}

fn marks(runs: &Runs, shown: &[&Runs]) -> Vec<Mark> {
    let mark = |(block, measured): (u64, &rethink::trial::Measured)| {
        let centre = Centre::of(block, shown)?;
        let log_ratio = exact_zero(measured.norm.ln() - centre.log_norm);
        let points = exact_zero(100.0 * (measured.test_error - centre.error));
        Some(Mark::new(log_ratio.exp(), points))
    };
    runs.solutions().into_iter().filter_map(mark).collect()
}

/// A difference that is only rounding error is none; an axis would magnify it.
fn exact_zero(difference: f64) -> f64 {
    if difference.abs() < 1e-9 {
        0.0
    } else {
        difference
    }
}

impl Centre {
    /// None in a block of fewer than two runs, which has nothing to compare.
    fn of(block: u64, shown: &[&Runs]) -> Option<Self> {
        let solutions = shown
            .iter()
            .filter_map(|runs| runs.solutions().remove(&block));
        let all: Vec<_> = solutions.collect();
        let n = all.len() as f64;
        (all.len() > 1).then(|| Self {
            log_norm: all.iter().map(|m| m.norm.ln()).sum::<f64>() / n,
            error: all.iter().map(|m| m.test_error).sum::<f64>() / n,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::synthetic;
    use super::*;

    #[test]
    fn the_marks_of_a_block_have_mean_zero() {
        let plan = synthetic::plan(1);
        let outcomes = synthetic::outcomes(&plan);
        let arms = at_cost(&plan.strata[0], &plan, &outcomes, primary(&plan));
        let shown: Vec<&Runs> = arms.iter().filter(|runs| runs.kind().natural()).collect();
        let all: Vec<Mark> = shown.iter().flat_map(|runs| marks(runs, &shown)).collect();
        assert!(all.len() > 10);
        let logs: f64 = all.iter().filter_map(|mark| Some(mark.x?.ln())).sum();
        let points: f64 = all.iter().map(|mark| mark.y).sum();
        assert!(logs.abs() < 1e-9 && points.abs() < 1e-9);
        // A run without another one in its block has nothing to be compared with.
        assert!(marks(shown[0], &shown[..1]).is_empty());
    }
}
