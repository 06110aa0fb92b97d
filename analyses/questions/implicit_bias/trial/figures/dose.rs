//! Test error against the norm where the norm is set, and where it is not.

use std::cmp::Ordering;

use rethink::report::figure::{Axis, Cloud, Figure, FigureText, Mark, Scatter, ScatterPanel};
use rethink::report::{ReportError, figure::Scale};
use rethink::statistics::{Estimate, Interval};
use rethink::text::number::fixed;
use rethink::trial::{Kind, Outcome, Plan, Stratum};

use super::super::arms::{Runs, at_cost, primary, reference};
use super::{Ranges, by_kind, named, range, titled, within};

pub fn figure(stratum: &Stratum, plan: &Plan, outcomes: &[Outcome]) -> Result<Figure, ReportError> {
    let id = format!("dose-response-{}", stratum.name);
    let arms = at_cost(stratum, plan, outcomes, primary(plan));
    let Some((reference, level)) = reference(&arms).and_then(|r| Some((r, r.error()?))) else {
        return Err(ReportError::NothingToDraw { figure: id });
    };
    let mark = |runs: &Runs| mark(runs, reference, level.value);
    let clouds = |names: &dyn Fn(&Mark) -> bool| {
        let mark = |runs: &Runs| {
            let mark = mark(runs)?;
            let name = if names(&mark) {
                mark.name.clone()
            } else {
                String::new()
            };
            Some(Mark { name, ..mark })
        };
        let mut line: Vec<Mark> = (arms.iter())
            .filter(|runs| matches!(runs.kind(), Kind::Reference | Kind::Dose))
            .filter_map(|runs| {
                // The reference has a mark of its own.
                let named = runs.kind() == Kind::Dose;
                let name = |mark: &Mark| {
                    if named {
                        mark.name.clone()
                    } else {
                        String::new()
                    }
                };
                mark(runs).map(|mark| Mark {
                    name: name(&mark),
                    ..mark
                })
            })
            .collect();
        line.sort_by(|a, b| a.x.partial_cmp(&b.x).unwrap_or(Ordering::Equal));
        let mut clouds = by_kind(&arms, |runs| {
            let shown = runs.kind().natural() || runs.kind() == Kind::Held;
            mark(runs).filter(|_| shown).into_iter().collect()
        });
        clouds.insert(
            0,
            Cloud {
                label: "the reference's solution, norm moved".to_owned(),
                look: Kind::Dose as usize,
                marks: line,
                joined: true,
            },
        );
        clouds
    };
    let panel = |title: &str, range: Option<Ranges>, clouds| ScatterPanel {
        title: Some(title.to_owned()),
        x: Axis {
            label: "Norm φ / reference in the same block".to_owned(),
            scale: Scale::Log,
            range: range.map(|[x, _]| x),
        },
        y: Axis {
            label: "Test error (%)".to_owned(),
            scale: Scale::Linear,
            range: range.map(|[_, y]| y),
        },
        clouds,
        cross: None,
    };
    let all = clouds(&|_| true);
    let near = around(&all);
    // What the second panel shows is named there.
    let outside = |mark: &Mark| near.is_none_or(|near| !within(mark, near));
    let mut panels = vec![panel("All arms", None, clouds(&outside))];
    panels.extend(near.map(|range| panel("Near the moved norms", Some(range), all)));
    let scatter = Scatter {
        columns: panels.len(),
        panels,
        aside: String::new(),
    };
    scatter.draw(FigureText::new(
        id,
        titled("Test error against the norm at equal cost", stratum, plan),
        format!(
            "Training cross-entropy {} nats in all arms. Ratios and differences within {} blocks \
             with 95 % interval; heights add the reference's mean, {} %. Line: the reference's \
             solutions moved to other norms at this cost. If the norm decides, all marks lie on \
             the line.",
            primary(plan),
            plan.blocks.len(),
            fixed(level.value, 2),
        ),
        "A line of test error against the factor by which the norm was moved, and single marks for the arms \
         whose norm was not set.",
    ))
}

/// Where an arm lies relative to the reference, on whose level the error is put.
fn mark(runs: &Runs, reference: &Runs, level: f64) -> Option<Mark> {
    let ratio = runs.norm_ratio(reference)?;
    let difference = runs.error_difference(reference)?;
    let shifted = |x: f64| level + x;
    let error = Estimate {
        value: shifted(difference.value),
        interval: difference
            .interval
            .map(|i| Interval::new(shifted(i.low), shifted(i.high))),
        ..difference
    };
    let mut mark = named(&runs.arm.id, &ratio, &error);
    if runs.kind() == Kind::Reference {
        // By construction at 1 and at its own level.
        (mark.x_interval, mark.y_interval) = (None, None);
    }
    Some(mark)
}

/// The range of the line with some room, if the other marks make it less than half of the figure.
fn around(clouds: &[Cloud]) -> Option<Ranges> {
    let ranges = |clouds: &[Cloud]| {
        let marks = || clouds.iter().flat_map(|cloud| &cloud.marks);
        let x = range(marks().filter_map(|m| Some(m.x?.ln())))?;
        let with_interval = marks().flat_map(|m| {
            let (low, high) = m.y_interval.unwrap_or((m.y, m.y));
            [low, high]
        });
        Some([x, range(with_interval)?])
    };
    let doses = clouds.iter().find(|cloud| cloud.joined)?;
    let [x, y] = ranges(std::slice::from_ref(doses))?;
    let all = ranges(clouds)?;
    let length = |(low, high): (f64, f64)| high - low;
    let small = length(x) < 0.5 * length(all[0]) || length(y) < 0.5 * length(all[1]);
    let room = |(low, high): (f64, f64), least: f64| {
        let room = (0.3 * (high - low)).max(least);
        (low - room, high + room)
    };
    let (low, high) = room(x, 0.1);
    let y = room(y, 0.1);
    small.then_some([(low.exp(), high.exp()), (y.0.max(0.0), y.1)])
}

#[cfg(test)]
mod tests {
    use super::super::super::synthetic;
    use super::*;

    #[test]
    fn an_arm_stands_where_its_pairs_put_it_whatever_the_blocks() {
        let plan = synthetic::plan(4);
        let mut outcomes = synthetic::outcomes(&plan);
        for one in &mut outcomes {
            // Blocks differ by much, the arms within them by exactly a factor of 2 and 1 point.
            let dosed = one.arm == "dose-1.5";
            let block = one.block as f64;
            if let Some(solution) = &mut one.solution {
                solution.norm = (1.0 + block) * if dosed { 2.0 } else { 1.0 };
                solution.test_error = 0.1 + 0.02 * block + if dosed { 0.01 } else { 0.0 };
            }
        }
        // The dose is missing where the error is largest: its level must not move.
        outcomes.retain(|one| one.arm != "dose-1.5" || one.block < 3);
        let arms = at_cost(&plan.strata[0], &plan, &outcomes, primary(&plan));
        let reference = reference(&arms).unwrap();
        let level = reference.error().unwrap().value;
        let dosed = arms.iter().find(|runs| runs.arm.id == "dose-1.5").unwrap();
        let mark = mark(dosed, reference, level).unwrap();
        assert!((mark.x.unwrap() - 2.0).abs() < 1e-12);
        assert!((level - 13.0).abs() < 1e-9 && (mark.y - 14.0).abs() < 1e-9);
        let (low, high) = mark.y_interval.unwrap();
        assert!(high - low < 1e-9);
    }
}
