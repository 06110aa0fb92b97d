//! The three panels of the paper's Figure 1, and what claim C6 is decided by.

use rethink::experiment::run::StoredRun;
use rethink::experiment::{Study, thinned};
use rethink::published::Quantity;
use rethink::report::ReportError;
use rethink::report::figure::{Axis, Curves, Dot, Dots, Figure, FigureText, Group, Point, Series};
use rethink::statistics::{Estimate, geometric_mean};
use rethink::text::number::fixed;
use rethink::treatment::Treatment;

use super::as_good::MARGIN;
use super::order::{self, OfImages};
use super::same_updates::Moment;
use super::{FIGURE_1A, Findings, TREATMENTS, name, published};
use crate::show::{drawn, points};

pub fn figures(findings: &Findings) -> Result<Vec<Figure>, ReportError> {
    let mut figures = vec![
        loss_of_mlp(findings),
        difference(findings),
        relative_time(findings),
        test_error(findings),
    ];
    if let Some(images) = &findings.images {
        figures.push(loss_of_images(images));
        figures.push(steps_of_images(findings, images));
    }
    drawn(figures)
}

fn loss_of_mlp(findings: &Findings) -> Result<Figure, ReportError> {
    let title = "Training loss by treatment";
    loss_curves("loss", title, "", &findings.runs, &TREATMENTS)
}

fn loss_of_images(images: &OfImages) -> Result<Figure, ReportError> {
    let subject = format!("{}. ", images.network.subject());
    let title = "Training loss by treatment, convolutional network";
    loss_curves("loss-of-images", title, &subject, &images.runs, &FIGURE_1A)
}

fn loss_curves(
    id: &str,
    title: &str,
    subject: &str,
    runs: &Study<Treatment, StoredRun>,
    treatments: &[Treatment],
) -> Result<Figure, ReportError> {
    let series = treatments.iter().map(|&treatment| {
        let along = runs.along(&treatment, |point| Some(point.train_loss), geometric_mean);
        Series::new(name(treatment), points(&along))
    });
    let x = Axis::linear("Parameter updates");
    let y = Axis::log("Training cross-entropy (nats)");
    let curves = Curves::new(x, y, series.collect()).reference(0.01, "target 0.01");
    curves.draw(FigureText::new(
        id,
        title,
        format!(
            "{subject}Cross-entropy on the training set. Geometric mean over {} seeds with 95 % interval; \
             stopped runs keep their last loss. After Zhang et al. 2017, Figure 1a.",
            runs.seeds().len()
        ),
        "Training cross-entropy against parameter updates, one curve per treatment, all falling to \
         the target of 0.01 nats.",
    ))
}

/// Relative steps of both networks beside those of Figure 1a.
fn steps_of_images(findings: &Findings, images: &OfImages) -> Result<Figure, ReportError> {
    let relative = FIGURE_1A
        .into_iter()
        .filter(|&t| t != Treatment::TrueLabels);
    let groups = relative.map(|treatment| {
        let estimates = [
            images.relative_steps(treatment).map(Dot::from),
            findings.relative_steps(treatment).map(Dot::from),
            order::published(treatment).map(Dot::from),
        ];
        Group::new(name(treatment), estimates)
    });
    let dots = Dots {
        margin: None,
        axis: Axis::log("Steps to fit, relative to true labels"),
        series: vec![
            images.network.subject(),
            findings.settings.subject(),
            "published, Inception".to_owned(),
        ],
        groups: groups.collect(),
    };
    dots.draw(FigureText::new(
        "relative-steps",
        "Which treatments are harder than true labels",
        format!(
            "Updates to a training cross-entropy of 0.01 nats over those for true labels. Geometric mean over {} seeds with 95 % interval. Published: CIFAR-10, n = 50,000, one \
             run each, read off Zhang et al. 2017, Figure 1a.",
            findings.settings.seeds.len(),
        ),
        "For each treatment three dots: the steps to fit relative to true labels of a \
         convolutional and a fully connected network here, and of the paper's network.",
    ))
}

/// What claim C6 is decided by.
fn difference(findings: &Findings) -> Result<Figure, ReportError> {
    let compared = findings.same_updates.compared.as_ref();
    let point = |at: Moment| {
        let difference = compared?.difference(at)?;
        Some(Point::estimate(at.updates as f64, &difference))
    };
    let curve = compared.into_iter().flat_map(|compared| {
        let epochs = thinned(compared.trained());
        epochs.into_iter().map(|epochs| compared.moment(epochs))
    });
    let mut series = vec![Series::new("difference", curve.filter_map(point).collect())];
    let moments = compared.iter().flat_map(|compared| compared.decisive());
    let fitted = ["true labels fitted", "1.5 × random labels fitted"];
    series.extend(moments.zip(fitted).map(|(at, fitted)| {
        let label = format!("{} updates: {fitted}", fixed(at.updates as f64, 0));
        Series::new(label, point(at).into_iter().collect())
    }));
    let x = Axis::linear("Parameter updates");
    let y = Axis::linear("Training accuracy, true minus random labels (points)");
    let curves = Curves::new(x, y, series).reference(MARGIN, "margin, 1 point");
    curves.draw(FigureText::new(
        "same-updates",
        "Training accuracy after the same updates",
        format!(
            "Paired difference, without a stop at a target. Mean over {} seeds with 95 % \
             interval. Marks: the updates that true labels need to zero training error, and 1.5 \
             times those that random labels need; medians of pilot seeds.",
            findings.settings.seeds.len()
        ),
        "Difference in training accuracy between true and random labels against parameter \
         updates: it rises from zero and falls back to it.",
    ))
}

fn relative_time(findings: &Findings) -> Result<Figure, ReportError> {
    let steps = |treatment| findings.relative_steps(treatment);
    let curves = Curves::new(
        Axis::linear("Label corruption probability p"),
        Axis::linear("Steps to fit, relative to p = 0"),
        with_published(findings, steps, Quantity::RelativeSteps),
    );
    curves.draw(FigureText::new(
        "time-to-fit",
        "Time to fit grows by a constant factor",
        "Updates to a training cross-entropy of 0.01 nats over those for true labels. Geometric \
         mean over seeds with 95 % interval. After Zhang et al. 2017, Figure 1b.",
        "Relative steps to fit against the corruption probability, rising from 1 at p = 0.",
    ))
}

fn test_error(findings: &Findings) -> Result<Figure, ReportError> {
    let error = |treatment| findings.runs.test_error(&treatment);
    let curves = Curves::new(
        Axis::linear("Label corruption probability p"),
        Axis::linear("Test error"),
        with_published(findings, error, Quantity::TestError),
    );
    let curves = curves.reference(findings.chance, "guessing");
    curves.draw(FigureText::new(
        "test-error",
        "Test error against label corruption",
        "Error on clean test images. Mean over seeds with 95 % interval. After Zhang et al. 2017, \
         Figure 1c.",
        "Test error against the corruption probability, rising to the error of guessing at p = 1.",
    ))
}

/// A number against the corruption level, beside the published values where there are any.
fn with_published(
    findings: &Findings,
    ours: impl Fn(Treatment) -> Option<Estimate>,
    quantity: Quantity,
) -> Vec<Series> {
    let levels = || findings.sweep.iter().copied();
    let ours = levels().filter_map(|(p, treatment)| Some(Point::estimate(p, &ours(treatment)?)));
    let published: Vec<Point> = levels()
        .filter_map(|(p, _)| {
            let value = published::at_level(findings, quantity, p)?;
            Some(Point::new(p, value))
        })
        .collect();
    let mut series = vec![Series::new("this run", ours.collect())];
    if !published.is_empty() {
        series.push(Series::published("published, CIFAR-10", published));
    }
    series
}
