//! Norms against n, margins, and layers.

use anyhow::Context;
use rethink::experiment::random_labels::{Form, LABELINGS};
use rethink::experiment::run::{Share, StoredRun};
use rethink::measure::margins;
use rethink::report::ReportError;
use rethink::report::figure::{
    Axis, Curves, Densities, Dots, Figure, FigureText, Group, Panel, Panels, Point, Sample, Series,
};

use super::of_images::OfImages;
use super::{Findings, ranking};
use crate::show::drawn;

pub fn figures(findings: &Findings) -> anyhow::Result<Vec<Figure>> {
    let margins = margin_samples(findings)?;
    let mut figures = vec![
        norms_by_size(findings, Form::Raw),
        norms_by_size(findings, Form::OverMargin),
        ranking::figure(
            &findings.compared,
            &findings.measured,
            &findings.settings.sizes,
        ),
        margin_densities(findings, margins),
        layers(findings),
    ];
    figures.extend(findings.images.as_ref().map(OfImages::figure));
    Ok(drawn(figures)?)
}

fn norms_by_size(findings: &Findings, form: Form) -> Result<Figure, ReportError> {
    let (id, title, what, unit) = match form {
        Form::Raw => ("norms", "Norms against training-set size", "Norms", "Norm"),
        _ => (
            "norms-over-margin",
            "Norms divided by the margin, against training-set size",
            "Norms divided by the margin",
            "Norm / margin",
        ),
    };
    let series = |norm: &str, (labels, name)| {
        let at = |&size: &usize| {
            let value = |run: &StoredRun| form.value(run, norm);
            let mean = findings.runs.geometric_mean(&(size, labels), value)?;
            Some(Point::estimate(size as f64, &mean))
        };
        let points = findings.settings.sizes.iter().filter_map(at);
        Series::new(name, points.collect())
    };
    let panels = findings.network_norms().into_iter().map(|norm| {
        let series = LABELINGS.map(|labels| series(norm.id, labels)).into();
        let curves = Curves::new(Axis::log("Training images n"), Axis::log(unit), series);
        Panel::new(norm.name, curves)
    });
    let panels = Panels {
        panels: panels.collect(),
        columns: 3,
    };
    panels.draw(FigureText::new(
        id,
        title,
        format!(
            "{what} of the whole network at a training cross-entropy of at most 0.01 nats. \
             Geometric mean over {} seeds with 95 % interval.",
            findings.settings.seeds.len()
        ),
        "One panel per norm; in each, a line for true labels and a line for random labels against \
         the number of training images.",
    ))
}

/// The training margins of all seeds, for true and for random labels.
fn margin_samples(findings: &Findings) -> anyhow::Result<Vec<Sample>> {
    let sample = |(labels, name)| -> anyhow::Result<Sample> {
        let mut values = Vec::new();
        for run in findings.runs.outputs(&(findings.largest(), labels)) {
            let outputs = run.outputs(Share::Train)?;
            let margins = margins(&outputs).with_context(|| format!("run {}", run.id))?;
            values.extend(margins.values.into_iter().filter(|m| m.is_finite()));
        }
        let label = format!("{name} labels");
        Ok(Sample { label, values })
    };
    LABELINGS.into_iter().map(sample).collect()
}

fn margin_densities(findings: &Findings, samples: Vec<Sample>) -> Result<Figure, ReportError> {
    let densities = Densities {
        axis: Axis::linear("Training margin (logits)"),
        samples,
    };
    densities.draw(FigureText::new(
        "margins",
        "Margins on the training set",
        format!(
            "Signed margins of all {} training images and all seeds, not divided by any norm.",
            findings.largest()
        ),
        "Two densities of training margins, one for true and one for random labels, with a line at \
         zero.",
    ))
}

fn layers(findings: &Findings) -> Result<Figure, ReportError> {
    let largest = findings.largest();
    let layers = findings.layers();
    let groups = findings.layer_norms().into_iter().map(|norm| {
        let ratio = |layer| {
            let value = |run: &StoredRun| Form::Raw.of_layer(run, layer, norm.id);
            findings.runs.random_over_true(largest, value)
        };
        Group::new(norm.name, (0..layers.len()).map(ratio))
    });
    let dots = Dots {
        margin: None,
        axis: Axis::log("Norm of the layer, random / true labels"),
        groups: groups.collect(),
        series: layers.iter().map(|name| format!("layer {name}")).collect(),
    };
    dots.draw(FigureText::new(
        "layers",
        "Which layers grow",
        format!(
            "Norm of each layer, random / true labels, at n = {largest}. Geometric mean over {} \
             seeds with 95 % interval.",
            findings.settings.seeds.len()
        ),
        "For each norm, one dot with interval per layer: the ratio of its value with random labels \
         to that with true labels.",
    ))
}
