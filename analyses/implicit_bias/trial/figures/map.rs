//! Every way to the cost by the norm and the test error to which it leads.

use rethink::report::ReportError;
use rethink::report::figure::{Axis, Figure, FigureText, Scatter, ScatterPanel};
use rethink::trial::{Outcome, Plan, Stratum};

use super::super::arms::{Kind, at_cost, primary};
use super::{by_kind, named};

pub fn figure(stratum: &Stratum, plan: &Plan, outcomes: &[Outcome]) -> Result<Figure, ReportError> {
    let arms = at_cost(stratum, plan, outcomes, primary(plan));
    let clouds = by_kind(&arms, |runs| {
        // Norms grow with the number of examples whatever else happens: one number only.
        if runs.kind() == Kind::Growth {
            return Vec::new();
        }
        let mark = || Some(named(&runs.arm.id, &runs.norm()?, &runs.error()?));
        mark().into_iter().collect()
    });
    let scatter = Scatter {
        panels: vec![ScatterPanel {
            title: None,
            x: Axis::log("Norm φ: l2 path norm / 10th percentile of the training margins"),
            y: Axis::log("Test error (%)"),
            clouds,
            cross: None,
        }],
        columns: 1,
        aside: String::new(),
    };
    scatter.draw(FigureText::new(
        format!("interpolants-{}", stratum.name),
        format!("Solutions of one cost: norm and test error, {}", stratum.name),
        format!(
            "A mark per arm: geometric mean of the norm and mean test error over the blocks (at most {}) in which it \
             reached a training cross-entropy of {} nats, with 95 % t intervals; n = {}, both axes logarithmic. Constructed solutions \
             interpolate and need not have the reference's network.",
            plan.blocks.len(),
            primary(plan),
            stratum.train_size
        ),
        "Named marks, one per arm, by norm and by test error on logarithmic axes.",
    ))
}
