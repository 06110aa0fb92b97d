//! Norms against n, margins, and layers.

use anyhow::Context;
use rethink::measure::margins;
use rethink::report::ReportError;
use rethink::report::figure::{
    Axis, Curves, Densities, Dot, Dots, Figure, FigureText, Group, Panel, Panels, Point, Sample,
    Series,
};
use rethink::run::{Share, StoredRun};

use super::pairs::{Form, Pairs, geometric_mean, layer_measures, network_measures, value};
use super::tables::{layer_name, layer_value};
use super::{Findings, ranking};
use crate::show::{drawn, point};

pub fn figures(findings: &Findings) -> anyhow::Result<Vec<Figure>> {
    let margins = margin_samples(findings.largest())?;
    Ok(drawn(vec![
        norms_by_size(findings, Form::Raw),
        norms_by_size(findings, Form::OverMargin),
        ranking::figure(
            &findings.compared,
            &findings.measured,
            findings.settings.seeds.len(),
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
    let panels = network_measures(&findings.largest().clean[0])
        .into_iter()
        .map(|(id, name)| {
            let series = |side: fn(&Pairs) -> &[StoredRun]| -> Vec<Point> {
                let at = |pairs| {
                    let mean = geometric_mean(side(pairs), |run| value(run, id, form))?;
                    Some(point(pairs.size as f64, &mean))
                };
                findings.by_size.iter().filter_map(at).collect()
            };
            Panel {
                title: name.to_owned(),
                curves: Curves {
                    x: Axis::log("Training images n"),
                    y: Axis::log(unit),
                    series: vec![
                        Series::new("true", series(|pairs| &pairs.clean)),
                        Series::new("random", series(|pairs| &pairs.random)),
                    ],
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
fn margin_samples(largest: &Pairs) -> anyhow::Result<Vec<Sample>> {
    let sample = |label: &str, runs: &[StoredRun]| -> anyhow::Result<Sample> {
        let mut values = Vec::new();
        for run in runs {
            let outputs = run.outputs(Share::Train)?;
            let margins = margins(&outputs).with_context(|| format!("run {}", run.id))?;
            values.extend(margins.values.into_iter().filter(|m| m.is_finite()));
        }
        Ok(Sample {
            label: label.to_owned(),
            values,
        })
    };
    Ok(vec![
        sample("true labels", &largest.clean)?,
        sample("random labels", &largest.random)?,
    ])
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
            largest.size
        ),
        "Two densities of training margins, one for true and one for random labels, with a line at \
         zero.",
    ))
}

fn layers(findings: &Findings) -> Result<Figure, ReportError> {
    let largest = findings.largest();
    let shapes: Vec<&[usize]> = (largest.clean[0].measures.layers.iter())
        .map(|layer| layer.shape.as_slice())
        .collect();
    let groups = layer_measures(&largest.clean[0])
        .into_iter()
        .map(|(id, name)| Group {
            label: name.to_owned(),
            dots: (0..shapes.len())
                .map(|layer| {
                    let ratio = largest.ratio(|run| layer_value(run, layer, id))?;
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
            largest.size,
            findings.settings.seeds.len()
        ),
        "For each norm, one dot with interval per layer: the ratio of its value with random labels \
         to that with true labels.",
    ))
}
