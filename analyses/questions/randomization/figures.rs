//! The three panels of the paper's Figure 1.

use rethink::report::ReportError;
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Point, Reference, Series};

use super::condition::Condition;
use super::{Findings, published};
use crate::show::{drawn, geometric_mean, point};

pub fn figures(findings: &Findings) -> Result<Vec<Figure>, ReportError> {
    drawn(vec![
        loss_curves(findings),
        relative_time(findings),
        test_error(findings),
    ])
}

fn loss_curves(findings: &Findings) -> Result<Figure, ReportError> {
    let series = findings
        .treatments
        .iter()
        .map(|condition| Series::new(condition.name(), mean_curve(condition)))
        .collect();
    let curves = Curves {
        x: Axis::linear("Parameter updates"),
        y: Axis::log("Training cross-entropy (nats)"),
        series,
        references: vec![Reference {
            y: 0.01,
            label: "target 0.01".into(),
        }],
    };
    curves.draw(FigureText::new(
        "loss",
        "Training loss by treatment",
        format!(
            "Geometric mean over {} seeds of the full-training-set cross-entropy, with 95 % \
             interval. A run that has stopped counts with its last loss. After Figure 1a of Zhang \
             et al. 2017.",
            findings.settings.seeds.len()
        ),
        "Training cross-entropy against parameter updates, one curve per treatment, all falling to \
         the target of 0.01 nats.",
    ))
}

/// At most this many points per curve: more would not be told apart.
const POINTS: usize = 60;

/// Geometric mean loss over seeds, from the first epoch to the last any seed
/// needed.
fn mean_curve(condition: &Condition) -> Vec<Point> {
    let longest = condition.runs.iter().map(|run| run.curve.len()).max();
    let epochs = longest.unwrap_or(0).saturating_sub(1);
    let stride = epochs.div_ceil(POINTS).max(1);
    let mut shown: Vec<usize> = (0..=epochs).step_by(stride).collect();
    if shown.last() != Some(&epochs) {
        shown.push(epochs);
    }
    shown
        .into_iter()
        .filter_map(|epoch| {
            let at = |run: &rethink::experiment::run::StoredRun| {
                run.curve.get(epoch).or(run.curve.last()).copied()
            };
            let points: Vec<_> = condition.runs.iter().filter_map(at).collect();
            let step = points.iter().map(|p| p.step).max()?;
            let losses: Vec<f64> = points.iter().map(|p| p.train_loss).collect();
            Some(point(step as f64, &geometric_mean(&losses)?))
        })
        .collect()
}

fn relative_time(findings: &Findings) -> Result<Figure, ReportError> {
    let base = findings.true_labels();
    let ours = (findings.sweep.iter())
        .filter_map(|(p, condition)| Some(point(*p, &condition.relative_steps(base)?)))
        .collect();
    let curves = Curves {
        x: Axis::linear("Label corruption probability p"),
        y: Axis::linear("Steps to fit, relative to p = 0"),
        series: with_published(findings, ours, &published::RELATIVE_TIME),
        references: vec![],
    };
    curves.draw(FigureText::new(
        "time-to-fit",
        "Time to fit grows by a constant factor",
        "Updates until the training cross-entropy is at most 0.01 nats, relative to true labels \
         within each seed: geometric mean with 95 % interval. After Figure 1b of Zhang et al. 2017.",
        "Relative steps to fit against the corruption probability, rising from 1 at p = 0.",
    ))
}

fn test_error(findings: &Findings) -> Result<Figure, ReportError> {
    let ours = (findings.sweep.iter())
        .filter_map(|(p, condition)| Some(point(*p, &condition.test_error()?)))
        .collect();
    let curves = Curves {
        x: Axis::linear("Label corruption probability p"),
        y: Axis::linear("Test error"),
        series: with_published(findings, ours, &published::TEST_ERROR),
        references: vec![Reference {
            y: findings.chance(),
            label: "guessing".into(),
        }],
    };
    curves.draw(FigureText::new(
        "test-error",
        "Test error against label corruption",
        "Error on clean test images of networks that fit their training labels: mean over seeds \
         with 95 % interval. After Figure 1c of Zhang et al. 2017.",
        "Test error against the corruption probability, rising to the error of guessing at p = 1.",
    ))
}

fn with_published(findings: &Findings, ours: Vec<Point>, values: &[f64; 11]) -> Vec<Series> {
    let architecture = findings.settings.architecture;
    let published: Vec<Point> = (findings.sweep.iter())
        .filter_map(|(p, _)| {
            let value = published::at_level(values, architecture, *p)?;
            Some(Point::new(*p, value))
        })
        .collect();
    let mut series = vec![Series::new("this run", ours)];
    if !published.is_empty() {
        series.push(Series::published("published, CIFAR-10", published));
    }
    series
}
