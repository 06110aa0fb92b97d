//! Changes beside bounds, distances over steps, memorization scores.

use rethink::experiment::random_labels::LABELINGS;
use rethink::experiment::stability::{MemorizationScores, One, ReplacedStudy, largest_change};
use rethink::report::ReportError;
use rethink::report::figure::{
    Axis, Curves, Dot, Dots, Figure, FigureText, Group, Panel, Panels, Point, Series,
};
use rethink::statistics::{Estimate, mean};
use rethink::treatment::Treatment;

use super::Findings;
use super::settings::RIDGES;
use super::tables_of_bounds::{convex, convex_after};

pub fn figures(findings: &Findings) -> Vec<Result<Figure, ReportError>> {
    vec![changes(findings), distances(findings), scores(findings)]
}

/// The mean and the largest changes of one learner, by labeling and then the bound.
fn rows(
    name: &str,
    average: impl Fn(Treatment) -> Option<Estimate>,
    largest: impl Fn(Treatment) -> f64,
    bound: Option<f64>,
) -> [Group; 2] {
    let means = LABELINGS.map(|(labels, _)| average(labels));
    let largest = LABELINGS.map(|(labels, _)| Some(Dot::from(largest(labels))));
    let bound = bound.map(Dot::from);
    [
        Group::new(format!("{name}: mean"), means.into_iter().chain([None])),
        Group::new(
            format!("{name}: largest"),
            largest.into_iter().chain([bound]),
        ),
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
            Some(match loss {
                2 => estimate,
                _ => estimate.fraction(),
            })
        };
        let largest = |labels| largest_change(study, labels, |one| one.changes[loss].largest);
        groups.extend(rows(name, average, largest, bound));
    }
    let removed = &findings.removed;
    for ridge in RIDGES {
        let average = |labels| {
            let mean = removed.geometric_mean(&(ridge, labels), |m| Some(m.mean));
            mean.map(Estimate::fraction)
        };
        let largest = |labels| removed.largest((ridge, labels));
        let name = format!("kernel ridge, λ n = {ridge}");
        groups.extend(rows(
            &name,
            average,
            largest,
            Some(removed.uniform_bound(ridge)),
        ));
    }
    let dots = Dots {
        margin: None,
        axis: Axis::log("Change of the loss when one example is replaced or removed"),
        series: vec!["true labels".into(), "random labels".into(), "bound".into()],
        groups,
    };
    dots.draw(FigureText::new(
        "changes",
        "What one example changes, measured and allowed",
        format!(
            "One of n = {} examples replaced (ridge: removed), {} seeds. Mean: hypothesis \
             stability, geometric mean with 95 % interval. Largest: a lower bound on uniform \
             stability. Bounds: Hardt et al. 2016 (softmax), Bousquet and Elisseeff 2002 (ridge); \
             none here applies to the ReLU network. Losses differ, so compare within a learner.",
            findings.settings.train,
            findings.settings.seeds.len()
        ),
        "For each learner a row of mean changes, which differ between true and random labels, and \
         a row of largest changes, with the bound where there is one.",
    ))
}

fn distances(findings: &Findings) -> Result<Figure, ReportError> {
    let series = |study: &ReplacedStudy, (labels, name): (Treatment, &str)| {
        let base = study.outputs(&labels).next().map(|seed| &seed.base);
        let steps = base.into_iter().flat_map(|base| &base.steps);
        let points = steps.enumerate().skip(1).filter_map(|(k, &step)| {
            let distance = |one: &One| one.distances.get(k).copied().unwrap_or(f64::NAN);
            let mean = study.geometric_mean(&labels, |seed| Some(seed.mean(distance)));
            Some(Point::estimate(step as f64, &mean?))
        });
        Series::new(format!("{name} labels"), points.collect())
    };
    let plot = |title: &str, study: &ReplacedStudy, bound: Option<Series>| {
        let labelings = LABELINGS.map(|labeling| series(study, labeling));
        let series = labelings.into_iter().chain(bound).collect();
        let (x, y) = (
            Axis::log("Parameter updates"),
            Axis::log("Distance of the weights"),
        );
        Panel::new(title, Curves::new(x, y, series))
    };
    let first = findings.linear.outputs(&LABELINGS[0].0).next();
    let steps: &[usize] = first.map_or(&[], |seed| &seed.base.steps);
    let per_epoch = steps.get(1).copied().unwrap_or(1).max(1);
    let bound = steps.iter().skip(1).map(|&step| {
        let bound = convex_after(findings, step / per_epoch)?;
        Some(Point::new(step as f64, bound.distance))
    });
    let bound: Option<Vec<Point>> = bound.collect();
    let bound = bound.map(|points| Series::new("bound (convex only)", points).dashed());
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
            "Two trainings that differ in one example. Geometric mean over {} seeds with 95 % \
             interval. Bound: Hardt et al. 2016, proof of Theorem 3.8, for every order of \
             batches.",
            findings.settings.seeds.len()
        ),
        "Two panels of curves that rise with the steps on logarithmic axes; in the panel of \
         softmax regression both lie below the bound.",
    ))
}

fn scores(findings: &Findings) -> Result<Figure, ReportError> {
    let curve = |scores: &MemorizationScores| {
        let points = (0..=20).filter_map(|k| {
            let threshold = f64::from(k) / 20.0;
            // Scores are ratios of counts: half a step of the rounding below.
            let share = scores.at_least(threshold - 1e-9)?;
            Some(Point::estimate(threshold, &share.fraction()))
        });
        points.collect()
    };
    let groups = findings.memorized.groups();
    let series = groups.map(|(group, scores)| Series::new(group.name(), curve(scores)));
    let curves = Curves::new(
        Axis::linear("Memorization score"),
        Axis::linear("Fraction of examples with at least this score").range(0.0, 1.0),
        series.collect(),
    );
    let fitted = findings.memorized.groups().filter_map(|(_, scores)| {
        let shown: Vec<f64> = scores.0.iter().map(|seed| seed.shown).collect();
        Some(mean(&shown).ok()?.value)
    });
    curves.draw(FigureText::new(
        "memorization-scores",
        "Which examples are memorized",
        format!(
            "How much likelier a network is right on an example when trained with it, from {} \
             networks per seed and labeling (n = {}). Bands: 95 % interval over {} seeds. \
             Networks are right on at least {:.1} % of the examples they are trained on.",
            findings.settings.networks,
            findings.settings.train,
            findings.settings.seeds.len(),
            (1000.0 * fitted.fold(1.0, f64::min)).floor() / 10.0
        ),
        "Curves that start at one: those of random and of wrong labels stay near one until the \
         largest scores, those of true labels fall at once.",
    ))
}
