//! Norms against n, margins, and layers.

use anyhow::Context;
use rethink::experiment::run::{Share, StoredRun};
use rethink::measure::margins;
use rethink::report::ReportError;
use rethink::report::figure::{
    Axis, Curves, Densities, Dot, Dots, Figure, FigureText, Group, Panel, Panels, Point, Sample,
    Series,
};

use super::pairs::{Form, LABELINGS, ratio, value};
use super::tables::{layer_name, layer_value};
use super::{Findings, ranking};
use crate::show::{drawn, point};

pub fn figures(findings: &Findings) -> anyhow::Result<Vec<Figure>> {
    let margins = margin_samples(findings)?;
    Ok(drawn(vec![
        norms_by_size(findings, Form::Raw),
        norms_by_size(findings, Form::OverMargin),
        ranking::figure(
            &findings.compared,
            &findings.measured,
            &findings.settings.sizes,
        ),
        margin_densities(findings, margins),
        layers(findings),
    ])?)
}

fn norms_by_size(findings: &Findings, form: Form) -> Result<Figure, ReportError> {
    let (id, title, what, unit) = match form {
        Form::Raw => ("norms", "Norms against training-set size", "norm", "Norm"),
        _ => (
            "norms-over-margin",
            "Norms divided by the margin, against training-set size",
            "norm divided by the margin",
            "Norm / margin",
        ),
    };
    let panels = findings
        .network_measures()
        .into_iter()
        .map(|(id, name)| {
            let series = |(labels, name)| {
                let at = |&size: &usize| -> Option<Point> {
                    let number = |run: &StoredRun| value(run, id, form);
                    let mean = findings.runs.geometric_mean(&(size, labels), number)?;
                    Some(point(size as f64, &mean))
                };
                let points = findings.settings.sizes.iter().filter_map(at);
                Series::new(name, points.collect())
            };
            Panel {
                title: name.to_owned(),
                curves: Curves {
                    x: Axis::log("Training images n"),
                    y: Axis::log(unit),
                    series: LABELINGS.map(series).into(),
                    references: vec![],
                },
            }
        })
        .collect();
    let text = FigureText::new(
        id,
        title,
        format!(
            "Each {what} of the whole network for true and for random labels: geometric mean over \
             {} seeds with 95 % interval; both axes logarithmic. All networks have a training \
             cross-entropy of at most 0.01 nats.",
            findings.settings.seeds.len()
        ),
        "One panel per norm; in each, a line for true labels and a line for random labels against \
         the number of training images.",
    );
    Panels { panels, columns: 3 }.draw(text)
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
        Ok(Sample {
            label: format!("{name} labels"),
            values,
        })
    };
    LABELINGS.into_iter().map(sample).collect()
}

fn margin_densities(findings: &Findings, samples: Vec<Sample>) -> Result<Figure, ReportError> {
    let largest = findings.largest();
    let densities = Densities {
        axis: Axis::linear("Training margin (logits)"),
        samples,
    };
    densities.draw(FigureText::new(
        "margins",
        "Margins on the training set",
        format!(
            "Distribution of the signed margins of all {} training images, all seeds together. The \
             networks have the same mean cross-entropy; the margin is not divided by any norm.",
            largest
        ),
        "Two densities of training margins, one for true and one for random labels, with a line at \
         zero.",
    ))
}

fn layers(findings: &Findings) -> Result<Figure, ReportError> {
    let largest = findings.largest();
    let shapes = findings.shapes();
    let groups = findings
        .layer_measures()
        .into_iter()
        .map(|(id, name)| Group {
            label: name.to_owned(),
            dots: (0..shapes.len())
                .map(|layer| {
                    let ratio = ratio(&findings.runs, largest, |run| layer_value(run, layer, id))?;
                    Some(Dot {
                        value: ratio.value,
                        interval: ratio.interval.map(|i| (i.low, i.high)),
                    })
                })
                .collect(),
        })
        .collect();
    let dots = Dots {
        axis: Axis::log("Random / true labels"),
        series: (shapes.iter().enumerate())
            .map(|(index, &shape)| format!("layer {}", layer_name(index, shape)))
            .collect(),
        groups,
    };
    dots.draw(FigureText::new(
        "layers",
        "Which layers grow",
        format!(
            "Norm of each layer with random labels relative to true labels at n = {}: geometric mean \
             of the ratio within a pair over {} seeds, with 95 % interval. 1 means no difference.",
            largest,
            findings.settings.seeds.len()
        ),
        "For each norm, one dot with interval per layer: the ratio of its value with random labels \
         to that with true labels.",
    ))
}
