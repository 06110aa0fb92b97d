//! Changes beside bounds, distances over steps, memorization scores.

use rethink::experiment::stability::{One, ReplacedStudy, largest_change};
use rethink::report::ReportError;
use rethink::report::figure::{
    Axis, Curves, Dot, Dots, Figure, FigureText, Group, Panel, Panels, Point, Series, Style,
};
use rethink::statistics::{Estimate, mean};
use rethink::treatment::Treatment;

use super::memorization::Memorized;
use super::settings::RIDGES;
use super::tables_of_bounds::{convex, convex_after};
use super::{Findings, LABELINGS, ridge};
use crate::show::{fraction, point};

pub fn figures(findings: &Findings) -> Vec<Result<Figure, ReportError>> {
    vec![changes(findings), distances(findings), scores(findings)]
}

fn dot(estimate: &Estimate) -> Dot {
    Dot {
        value: estimate.value,
        interval: estimate.interval.map(|i| (i.low, i.high)),
    }
}

fn alone(value: f64) -> Option<Dot> {
    Some(Dot {
        value,
        interval: None,
    })
}

/// The mean and the largest changes of one learner, by labeling and then the bound.
fn rows(
    name: &str,
    average: impl Fn(Treatment) -> Option<Dot>,
    most: impl Fn(Treatment) -> Option<Dot>,
    bound: Option<f64>,
) -> [Group; 2] {
    let [of_true, of_random] = LABELINGS.map(|(labels, _)| labels);
    [
        Group {
            label: format!("{name}: mean"),
            dots: vec![average(of_true), average(of_random), None],
        },
        Group {
            label: format!("{name}: largest"),
            dots: vec![most(of_true), most(of_random), bound.and_then(alone)],
        },
    ]
}

fn changes(findings: &Findings) -> Result<Figure, ReportError> {
    let mut groups = Vec::new();
    let convex = convex(findings).map(|bound| bound.stability);
    let arms = [
        ("network, 0/1 loss", &findings.network, 0, None),
        ("network, ramp loss", &findings.network, 1, None),
        ("softmax, cross-entropy (nats)", &findings.linear, 2, convex),
    ];
    for (name, study, loss, bound) in arms {
        let average = |labels: Treatment| {
            let mean = |one: &One| one.changes[loss].mean;
            let estimate = study.geometric_mean(&labels, |seed| Some(seed.mean(mean)));
            let estimate = estimate.filter(|e| e.value > 0.0)?;
            // Cross-entropy is not bounded.
            let bounded = loss != 2;
            Some(dot(&if bounded {
                fraction(estimate)
            } else {
                estimate
            }))
        };
        let most = |labels: Treatment| {
            alone(largest_change(study, labels, |one| {
                one.changes[loss].largest
            }))
        };
        groups.extend(rows(name, average, most, bound));
    }
    for ridge in RIDGES {
        let average = |labels: Treatment| {
            let mean = (findings.ridge).geometric_mean(&(ridge, labels), |m| Some(m.mean));
            mean.map(fraction).as_ref().map(dot)
        };
        let most = |labels: Treatment| alone(ridge::largest(&findings.ridge, (ridge, labels)));
        let bound = ridge::bound(&findings.ridge, ridge);
        let name = format!("kernel ridge, λ n = {ridge}");
        groups.extend(rows(&name, average, most, Some(bound)));
    }
    let dots = Dots {
        axis: Axis::log("Change of the loss when one example is replaced or removed"),
        series: vec!["true labels".into(), "random labels".into(), "bound".into()],
        groups,
    };
    dots.draw(FigureText::new(
        "changes",
        "What one example changes, measured and allowed",
        format!(
            "n = {}, {} seeds. Mean: hypothesis stability, geometric mean over seeds with 95 % interval. \
             Largest: over seeds, examples and test points, a lower bound of uniform stability. Bounds do \
             not see the labels: Hardt et al. 2016, Theorem 3.8, for softmax regression, Bousquet and \
             Elisseeff 2002 for kernel ridge regression; no theorem here applies to the ReLU network. \
             Losses differ: compare within a learner.",
            findings.settings.train,
            findings.settings.seeds.len()
        ),
        "For each learner a row of mean changes, which differ between true and random labels, and a row of \
         largest changes, with the bound where there is one.",
    ))
}

fn distances(findings: &Findings) -> Result<Figure, ReportError> {
    let series = |study: &ReplacedStudy, (labels, name): (Treatment, &str)| {
        let base = study.outputs(&labels).next().map(|seed| &seed.base);
        let steps = base.into_iter().flat_map(|base| &base.steps);
        let points = steps.enumerate().skip(1).filter_map(|(k, &step)| {
            let distance = |one: &One| one.distances.get(k).copied().unwrap_or(f64::NAN);
            let mean = study.geometric_mean(&labels, |seed| Some(seed.mean(distance)));
            Some(point(step as f64, &mean?))
        });
        Series::new(format!("{name} labels"), points.collect())
    };
    let plot = |title: &str, study: &ReplacedStudy, bound: Option<Series>| {
        let labelings = LABELINGS.map(|labeling| series(study, labeling));
        Panel {
            title: title.to_owned(),
            curves: Curves {
                x: Axis::log("Steps"),
                y: Axis::log("Distance of the weights"),
                series: labelings.into_iter().chain(bound).collect(),
                references: vec![],
            },
        }
    };
    let first = findings.linear.outputs(&LABELINGS[0].0).next();
    let steps: &[usize] = first.map_or(&[], |seed| &seed.base.steps);
    let per_epoch = steps.get(1).copied().unwrap_or(1).max(1);
    let bound = steps.iter().skip(1).map(|&step| {
        let bound = convex_after(findings, step / per_epoch)?;
        Some(Point::new(step as f64, bound.distance))
    });
    let bound = bound.collect::<Option<Vec<Point>>>().map(|points| Series {
        style: Style::Dashed,
        ..Series::new("bound (convex only)", points)
    });
    let panels = Panels {
        panels: vec![
            plot("Network", &findings.network, None),
            plot("Softmax regression", &findings.linear, bound),
        ],
        columns: 2,
    };
    panels.draw(FigureText::new(
        "distances",
        "Distance of the weights when one example is replaced",
        format!(
            "Both trainings have the same initial weights and order of batches; at step 0 the distance is 0. \
             Mean over the replacements of a seed, geometric mean over {} seeds with 95 % interval. Bound: \
             Hardt et al. 2016, proof of Theorem 3.8, 2 L Σ η / n, for every order of batches.",
            findings.settings.seeds.len()
        ),
        "Two panels of curves that rise with the steps on logarithmic axes; in the panel of softmax \
         regression both lie below the bound.",
    ))
}

fn scores(findings: &Findings) -> Result<Figure, ReportError> {
    let curve = |memorized: &Memorized| {
        let points = (0..=20).filter_map(|k| {
            let threshold = f64::from(k) / 20.0;
            // Scores are ratios of counts: half a step of the rounding below.
            let share = memorized.scores.at_least(threshold - 1e-9)?;
            Some(point(threshold, &fraction(share)))
        });
        Series::new(memorized.group.name(), points.collect())
    };
    let curves = Curves {
        x: Axis::linear("Memorization score"),
        y: Axis::linear("Fraction of examples with at least this score").range(0.0, 1.0),
        series: findings.memorized.iter().map(curve).collect(),
        references: vec![],
    };
    let scores = |m: &Memorized| mean(&m.scores.0.iter().map(|s| s.shown).collect::<Vec<_>>()).ok();
    let fitted = findings
        .memorized
        .iter()
        .filter_map(scores)
        .map(|e| e.value);
    curves.draw(FigureText::new(
        "memorization-scores",
        "Which examples are memorized",
        format!(
            "Feldman and Zhang's score: how much likelier a network gets an example right when it is trained \
             with it. {} networks per seed and labeling on random 70 % subsets of n = {}; bands: 95 % \
             intervals over {} seeds. Networks get at least {:.1} % of the examples they are shown right, \
             whatever the labels.",
            findings.settings.networks,
            findings.settings.train,
            findings.settings.seeds.len(),
            (1000.0 * fitted.fold(1.0, f64::min)).floor() / 10.0
        ),
        "Curves that start at one: those of random and of wrong labels stay near one until the largest \
         scores, those of true labels fall at once.",
    ))
}
