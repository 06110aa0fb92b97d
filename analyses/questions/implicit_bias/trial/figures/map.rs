//! Every way to the cost by the norm and the test error to which it leads.

use rethink::report::ReportError;
use rethink::report::figure::{
    Axis, Cloud, Figure, FigureText, Mark, Scale, Scatter, ScatterPanel,
};
use rethink::trial::{Kind, Outcome, Plan, Stratum};

use super::super::arms::{Runs, at_cost, primary, reference};
use super::{Ranges, by_kind, named, range, titled, within};

/// The second panel shows arms whose norm and error are within these factors of the reference's.
const NEAR: (f64, f64) = (3.0, 1.6);
/// Room beyond what it shows, as a factor.
const ROOM: f64 = 1.05;
/// So many marks there are a crowd.
const CROWD: usize = 6;

pub fn figure(stratum: &Stratum, plan: &Plan, outcomes: &[Outcome]) -> Result<Figure, ReportError> {
    let arms = at_cost(stratum, plan, outcomes, primary(plan));
    let clouds = |names: &dyn Fn(&Mark) -> bool| {
        by_kind(&arms, |runs| {
            // Norms grow with the number of examples whatever else happens: one number only.
            if runs.kind() == Kind::Growth {
                return Vec::new();
            }
            let mut mark = mark(runs);
            if let Some(mark) = mark.as_mut().filter(|mark| !names(mark)) {
                mark.name.clear();
            }
            mark.into_iter().collect()
        })
    };
    let all = clouds(&|_| true);
    let near = reference(&arms)
        .and_then(mark)
        .and_then(|it| around(&it, &all));
    let panel = |title: Option<&str>, range: Option<Ranges>, clouds| ScatterPanel {
        title: title.map(str::to_owned),
        x: Axis {
            label: "Norm φ".to_owned(),
            scale: Scale::Log,
            range: range.map(|[x, _]| x),
        },
        y: Axis {
            label: "Test error (%)".to_owned(),
            scale: Scale::Log,
            range: range.map(|[_, y]| y),
        },
        clouds,
        cross: None,
    };
    let panels = match near {
        // What the second panel shows is named there.
        Some(range) => vec![
            panel(Some("All arms"), None, clouds(&|mark| !within(mark, range))),
            panel(Some("Near the reference"), Some(range), all),
        ],
        None => vec![panel(None, None, all)],
    };
    let scatter = Scatter {
        columns: panels.len(),
        panels,
        aside: String::new(),
    };
    scatter.draw(FigureText::new(
        format!("interpolants-{}", stratum.name),
        titled(
            "Norm and test error of all arms at equal cost",
            stratum,
            plan,
        ),
        format!(
            "Geometric mean of φ and mean test error at a training cross-entropy of {} nats, with \
             95 % interval over at most {} blocks. Constructed networks may have another \
             architecture.",
            primary(plan),
            plan.blocks.len()
        ),
        "Named marks, one per arm, by norm and by test error on logarithmic axes.",
    ))
}

fn mark(runs: &Runs) -> Option<Mark> {
    Some(named(&runs.arm.id, &runs.norm()?, &runs.error()?))
}

/// The range of the marks around the reference, if they are a crowd and not all.
fn around(reference: &Mark, clouds: &[Cloud]) -> Option<Ranges> {
    let of = |value: f64, factor: f64| (value / factor, value * factor);
    let near = [of(reference.x?, NEAR.0), of(reference.y, NEAR.1)];
    let marks = clouds.iter().flat_map(|cloud| &cloud.marks);
    let (inside, outside): (Vec<_>, Vec<_>) = marks.partition(|mark| within(mark, near));
    if inside.len() < CROWD || outside.is_empty() || reference.y <= 0.0 {
        return None;
    }
    let whole = |value: f64, interval: Option<(f64, f64)>| {
        let (low, high) = interval.unwrap_or((value, value));
        [low, high]
    };
    let span = |values: &dyn Fn(&Mark) -> Option<[f64; 2]>, (lowest, highest): (f64, f64)| {
        let all = inside.iter().filter_map(|mark| values(mark)).flatten();
        let (low, high) = range(all.map(|value| value.clamp(lowest, highest)))?;
        Some((low / ROOM, high * ROOM))
    };
    Some([
        span(&|mark| Some(whole(mark.x?, mark.x_interval)), near[0])?,
        span(&|mark| Some(whole(mark.y, mark.y_interval)), near[1])?,
    ])
}
