//! The figures of one stratum: norm, test error, time, and effects.

mod dose;
mod forest;
mod map;
mod time;
mod within;

pub use forest::{EffectScale, forest};

use rethink::report::ReportError;
use rethink::report::figure::{Cloud, Figure, Mark};
use rethink::statistics::Estimate;
use rethink::trial::{Kind, Outcome, Plan, Stratum};

use super::arms::Runs;

/// The figures that show the runs themselves; that of the effects is [`forest`].
pub fn figures(
    stratum: &Stratum,
    plan: &Plan,
    outcomes: &[Outcome],
) -> Vec<Result<Figure, ReportError>> {
    vec![
        dose::figure(stratum, plan, outcomes),
        within::figure(stratum, plan, outcomes),
        time::figure(stratum, plan, outcomes),
        map::figure(stratum, plan, outcomes),
    ]
}

/// One cloud per kind of arm, alike in all figures.
fn by_kind(arms: &[Runs], marks: impl Fn(&Runs) -> Vec<Mark>) -> Vec<Cloud> {
    let cloud = |kind: Kind| Cloud {
        label: kind.name().to_owned(),
        look: kind as usize,
        marks: (arms.iter().filter(|runs| runs.kind() == kind))
            .flat_map(&marks)
            .collect(),
        joined: false,
    };
    Kind::ALL.map(cloud).into()
}

/// A title, with the stratum where there are several.
pub fn titled(title: &str, stratum: &Stratum, plan: &Plan) -> String {
    match plan.strata.len() {
        1 => title.to_owned(),
        _ => format!("{title}, {}", stratum.title()),
    }
}

/// The ends of its interval.
pub fn ends(estimate: &Estimate) -> Option<(f64, f64)> {
    estimate.interval.map(|i| (i.low, i.high))
}

/// A named mark with both intervals.
fn named(name: &str, x: &Estimate, y: &Estimate) -> Mark {
    Mark {
        x_interval: ends(x),
        y_interval: ends(y),
        name: name.to_owned(),
        ..Mark::new(x.value, y.value)
    }
}

/// Ends of the horizontal and of the vertical axis.
type Ranges = [(f64, f64); 2];

/// The smallest and the largest value.
fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |range, v| match range {
        None => Some((v, v)),
        Some((low, high)) => Some((v.min(low), v.max(high))),
    })
}

/// Whether axes with these ends show the mark.
fn within(mark: &Mark, [x, y]: Ranges) -> bool {
    let within = |value: f64, (low, high): (f64, f64)| value >= low && value <= high;
    mark.x.is_some_and(|at| within(at, x)) && within(mark.y, y)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rethink::trial::End;

    use super::super::synthetic;
    use super::*;

    fn draw(plan: &Plan, outcomes: &[Outcome]) -> Vec<Result<Figure, ReportError>> {
        figures(&plan.strata[0], plan, outcomes)
    }

    fn drawn(plan: &Plan, outcomes: &[Outcome]) -> Vec<Figure> {
        let figures = draw(plan, outcomes).into_iter();
        figures.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn a_trial_of_few_or_many_blocks_has_four_figures() {
        for blocks in [1, 3, 20] {
            let plan = synthetic::plan(blocks);
            let figures = drawn(&plan, &synthetic::outcomes(&plan));
            let ids: BTreeSet<&str> = figures.iter().map(|figure| figure.id.as_str()).collect();
            assert_eq!(ids.len(), 4);
            for figure in &figures {
                assert!(roxmltree::Document::parse(&figure.svg).is_ok());
            }
        }
    }

    #[test]
    fn other_strata_other_blocks_and_other_costs_change_nothing() {
        let plan = synthetic::plan(3);
        let outcomes = synthetic::outcomes(&plan);
        let other = |change: fn(&mut Outcome)| {
            let mut others = outcomes.clone();
            for one in &mut others {
                if let Some(solution) = &mut one.solution {
                    solution.norm *= 7.0;
                }
                change(one);
            }
            others
        };
        let mut more = other(|one| one.stratum = "fashion-1000-mlp-1x64".into());
        more.extend(outcomes.clone());
        more.extend(other(|one| one.block += 1000));
        more.extend(other(|one| one.cost *= 2.0));
        assert_eq!(drawn(&plan, &more), drawn(&plan, &outcomes));
    }

    #[test]
    fn without_solutions_there_is_nothing_to_draw() {
        let plan = synthetic::plan(3);
        let mut outcomes = synthetic::outcomes(&plan);
        for one in &mut outcomes {
            (one.end, one.solution) = (End::Limit, None);
        }
        for outcomes in [outcomes, Vec::new()] {
            for figure in draw(&plan, &outcomes) {
                assert!(
                    matches!(figure, Err(ReportError::NothingToDraw { .. })),
                    "{figure:?}"
                );
            }
        }
    }

    #[test]
    fn an_arm_that_never_reached_the_cost_is_counted_and_stands_apart() {
        let plan = synthetic::plan(3);
        let mut outcomes = synthetic::outcomes(&plan);
        let [.., times, _] = &drawn(&plan, &outcomes)[..] else {
            panic!();
        };
        assert!(!times.caption.contains("search"));
        for one in outcomes.iter_mut().filter(|one| one.arm == "search") {
            (one.end, one.solution) = (End::Diverged, None);
        }
        let [.., times, _] = &drawn(&plan, &outcomes)[..] else {
            panic!();
        };
        assert!(times.caption.contains("search 3 of 3"), "{}", times.caption);
        assert!(times.svg.contains("no φ"));
    }
}
