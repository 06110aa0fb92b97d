//! The figures of one stratum: norm, test error, time, and effects.

mod dose;
mod forest;
mod map;
mod time;
mod within;

#[allow(unused_imports)] // wired by the question
pub use forest::{EffectScale, ForestRow, forest};

use rethink::report::ReportError;
use rethink::report::figure::{Cloud, Figure, Mark};
use rethink::statistics::Estimate;
use rethink::trial::{Outcome, Plan, Stratum};

use super::arms::{Kind, Runs};

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

fn ends(estimate: &Estimate) -> Option<(f64, f64)> {
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

/// Whether axes with these ends show the mark.
fn within(mark: &Mark, [x, y]: Ranges) -> bool {
    let within = |value: f64, (low, high): (f64, f64)| value >= low && value <= high;
    mark.x.is_some_and(|at| within(at, x)) && within(mark.y, y)
}

#[cfg(test)]
mod tests {
    use rethink::trial::End;

    use super::super::synthetic;
    use super::*;

    fn draw(plan: &Plan, outcomes: &[Outcome]) -> Vec<Result<Figure, ReportError>> {
        figures(&plan.strata[0], plan, outcomes)
    }

    fn save(case: &str, figures: Vec<Result<Figure, ReportError>>) {
        if let Ok(folder) = std::env::var("FIGURES") {
            for figure in figures {
                match figure {
                    Ok(figure) => {
                        let folder = std::path::Path::new(&folder).join(case);
                        figure.write(&folder).unwrap();
                    }
                    Err(error) => eprintln!("{case}: {error}"),
                }
            }
        }
    }

    fn rows() -> Vec<ForestRow> {
        let estimate = |value, low, high| {
            Some(Estimate {
                value,
                kind: rethink::statistics::Kind::Estimate,
                interval: Some(rethink::statistics::Interval::new(low, high)),
                samples: 20,
            })
        };
        let row = |label: &str, effect, null, margin, scale, decision: &str| ForestRow {
            label: label.into(),
            effect,
            null,
            margin,
            scale,
            decision: decision.into(),
        };
        let norm = Some((1.0 / 1.1, 1.1));
        let points = Some((-0.5, 0.5));
        use EffectScale::*;
        vec![
            row(
                "H1: norm, search without gradients / SGD on batches of 32",
                estimate(9.1, 8.2, 10.3),
                1.0,
                norm,
                Ratio,
                "larger",
            ),
            row(
                "H1: norm, Adam / SGD",
                estimate(1.6, 1.5, 1.7),
                1.0,
                norm,
                Ratio,
                "larger",
            ),
            row(
                "H2: norm, all examples / 32 per step",
                estimate(0.97, 0.93, 1.01),
                1.0,
                norm,
                Ratio,
                "equivalent",
            ),
            row(
                "H2: norm, 128 / 32 per step",
                None,
                1.0,
                norm,
                Ratio,
                "undecided, needs 34 blocks",
            ),
            row(
                "H2: test error, all examples − 32 per step",
                estimate(0.2, -0.1, 0.48),
                0.0,
                points,
                Points,
                "equivalent",
            ),
            row(
                "H4: test error, adversarial start with the reference's norm − reference",
                estimate(21.0, 19.0, 23.0),
                0.0,
                points,
                Points,
                "different",
            ),
            row(
                "H3: Kendall's tau of norm and test error within blocks",
                estimate(0.42, 0.35, 0.5),
                0.3,
                None,
                Correlation,
                "holds",
            ),
            row(
                "H5: Spearman's rho of norm and hitting time",
                estimate(-0.6, -1.0, -0.1),
                0.5,
                None,
                Correlation,
                "fails",
            ),
        ]
    }

    #[test]
    fn look() {
        let plan = synthetic::plan(20);
        let outcomes = synthetic::outcomes(&plan);
        save("all", draw(&plan, &outcomes));
        save("all", vec![forest("mnist", &rows())]);
        for table in super::super::tables::tables(&plan.strata[0], &plan, &outcomes) {
            println!("{}", table.text(100));
        }
        let plan = synthetic::plan(3);
        let mut outcomes = synthetic::outcomes(&plan);
        save("three", draw(&plan, &outcomes));
        for one in &mut outcomes {
            if one.arm == "search" || one.arm.starts_with("corrupted") {
                one.end = if one.arm == "corrupted-1" {
                    End::Diverged
                } else {
                    End::Limit
                };
                one.evaluations = 5_000_000;
                one.solution = None;
            }
        }
        save("censored", draw(&plan, &outcomes));
        for one in &mut outcomes {
            if let Some(solution) = &mut one.solution {
                solution.norm = if one.arm == "theorem-1" { 1e12 } else { 30.0 };
                solution.test_error = 0.08;
            }
        }
        save("ties", draw(&plan, &outcomes));
        for table in super::super::tables::tables(&plan.strata[0], &plan, &outcomes) {
            println!("{}", table.text(100));
        }
    }
}
