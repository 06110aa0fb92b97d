//! The time to the cost against the norm there.

use rethink::report::ReportError;
use rethink::report::figure::{Axis, Cloud, Figure, FigureText, Mark, Scatter, ScatterPanel};
use rethink::trial::{Arm, End, Kind, Outcome, Plan, Role, Stratum};

use super::super::arms::{Runs, at_cost, primary};
use super::{by_kind, titled};

/// Looks of the corrupted labelings: those of the kinds that this figure does not show.
const LOOKS: [usize; 5] = [
    Kind::Memorizing as usize,
    Kind::Growth as usize,
    Kind::Pole as usize,
    Kind::Dose as usize,
    Kind::Held as usize,
];

/// The look of true labels, which no kind of arm has.
const TRUE_LABELS: usize = 11;

/// A number of updates, or of evaluations per image.
type Time = fn(&Outcome, &Arm) -> f64;

pub fn figure(stratum: &Stratum, plan: &Plan, outcomes: &[Outcome]) -> Result<Figure, ReportError> {
    let arms = at_cost(stratum, plan, outcomes, primary(plan));
    let epochs: Time = |one, arm| one.evaluations as f64 / arm.train_size as f64;
    let updates: Time = |one, _| one.updates as f64;
    let panel = |title: &str, time: &str, clouds| ScatterPanel {
        title: Some(title.to_owned()),
        x: Axis::log("Norm φ when the cost is reached"),
        y: Axis::log(time),
        clouds,
        cross: None,
    };
    let per_image = "Evaluations per image";
    let natural = |time: Time| {
        by_kind(&arms, |runs| match runs.kind().natural() {
            true => marks(runs, time),
            false => Vec::new(),
        })
    };
    let mut panels = vec![panel(
        "True and random labels",
        per_image,
        labelings(&arms, epochs),
    )];
    panels.push(panel("Ways, true labels", per_image, natural(epochs)));
    panels.push(panel("Ways, true labels", "Updates", natural(updates)));
    // A plan may lack labelings, or no run of them may have ended at the cost.
    panels.retain(|panel| {
        let marks = panel.clouds.iter().flat_map(|cloud| &cloud.marks);
        marks.into_iter().any(|mark| mark.x.is_some())
    });
    let scatter = Scatter {
        columns: 3,
        panels,
        aside: "no φ".to_owned(),
    };
    scatter.draw(FigureText::new(
        format!("hitting-times-{}", stratum.name),
        titled("Time to the cost against the norm", stratum, plan),
        format!(
            "First time at a training cross-entropy of {} nats without pretraining, one mark per \
             run, {} blocks. One evaluation per image is an epoch. Hollow (no φ): ended before \
             the cost, so the time is a lower bound.{}",
            primary(plan),
            plan.blocks.len(),
            censored(&arms)
        ),
        "Panels of marks on logarithmic axes: time to the cost against the norm, for labels of which a growing \
         share is random, and for different ways to true labels.",
    ))
}

fn labelings(arms: &[Runs], time: Time) -> Vec<Cloud> {
    let mut looks = LOOKS.into_iter().chain(Kind::Pole as usize + 1..);
    // True labels at the learning rate of the random ones compare better.
    let same_rate = |runs: &Runs| runs.arm.role == Role::Memorizing { corrupted: 0.0 };
    let own_truth = arms.iter().any(same_rate);
    let cloud = |runs: &Runs| {
        let (label, look) = match runs.arm.role {
            Role::Reference if own_truth => return None,
            Role::Memorizing { corrupted: 0.0 } => ("true labels".to_owned(), TRUE_LABELS),
            Role::Reference => (Kind::Reference.name().to_owned(), Kind::Reference as usize),
            Role::Memorizing { corrupted } => (
                format!("{} % random labels", 100.0 * corrupted),
                looks.next()?,
            ),
            _ => return None,
        };
        Some(Cloud {
            label,
            look,
            marks: marks(runs, time),
            joined: false,
        })
    };
    arms.iter().filter_map(cloud).collect()
}

fn marks(runs: &Runs, time: Time) -> Vec<Mark> {
    let solutions = runs.solutions();
    let mark = |(block, one): (&u64, &&Outcome)| match one.end {
        End::Reached => {
            let norm = solutions.get(block)?.norm;
            Some(Mark::new(norm, time(one, runs.arm)))
        }
        End::Limit | End::Diverged => Some(Mark {
            x: None,
            open: true,
            ..Mark::new(0.0, time(one, runs.arm))
        }),
        End::NoStart => None,
    };
    runs.by_block.iter().filter_map(mark).collect()
}

/// How many runs of which arms did not reach the cost.
fn censored(arms: &[Runs]) -> String {
    let count = |runs: &Runs| {
        let shown = runs.kind().natural() || runs.kind() == Kind::Memorizing;
        let censored = runs.ended(End::Limit) + runs.ended(End::Diverged);
        let (arm, all) = (&runs.arm.id, runs.by_block.len());
        (shown && censored > 0).then(|| format!("{arm} {censored} of {all}"))
    };
    let counts: Vec<String> = arms.iter().filter_map(count).collect();
    match counts.is_empty() {
        true => " All runs reached the cost.".to_owned(),
        false => format!(" These runs: {}.", counts.join(", ")),
    }
}
