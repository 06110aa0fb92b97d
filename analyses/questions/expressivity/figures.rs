//! The figures.

use rethink::report::ReportError;
use rethink::report::figure::{Axis, Curves, Dots, Figure, FigureText, Group, Point, Series};

use super::{Findings, LABELINGS, ORIGINS, QUANTITIES};
use crate::show::drawn;

pub fn figures(findings: &Findings) -> Result<Vec<Figure>, ReportError> {
    drawn(vec![
        memorization(findings),
        norms(findings),
        ratios(findings),
    ])
}

fn memorization(findings: &Findings) -> Result<Figure, ReportError> {
    let (k, d) = (findings.classes, findings.features);
    let line = |label: String, count: &dyn Fn(usize) -> usize| {
        let at = |&n: &usize| Point::new(n as f64, count(n) as f64);
        let points = findings.settings.sizes.iter().map(at);
        Series::new(label, points.collect()).dashed()
    };
    let found = findings.ladder.thresholds().into_iter().filter_map(|t| {
        let fits = t.fits?.parameters as f64;
        let low = t.fails.map_or(fits, |rung| rung.parameters as f64);
        Some(Point::interval(t.size as f64, fits, low, fits))
    });
    let curves = Curves::new(
        Axis::log("Training images n, random labels"),
        Axis::log("Parameters p"),
        vec![
            Series::new("narrowest network that SGD fits", found.collect()),
            line("Theorem 1, one output: 2n + d".to_owned(), &|n| 2 * n + d),
            line(format!("Theorem 1, K = {k} outputs: n(K + 1) + d"), &|n| {
                (k + 1) * n + d
            }),
            line("p = n".to_owned(), &|n| n),
        ],
    );
    curves.draw(FigureText::new(
        "memorization",
        "How many parameters memorizing takes",
        format!(
            "Smallest network of one hidden layer from which on SGD fits random labels in all {} \
             seeds; bars reach down to the largest that failed. Dashed: parameters of Theorem 1's \
             network, and p = n.",
            findings.settings.seeds.len()
        ),
        "Parameters against training images on logarithmic axes: the narrowest network that SGD \
         fits, the two counts of Theorem 1, and the line p = n.",
    ))
}

fn norms(findings: &Findings) -> Result<Figure, ReportError> {
    let cells = || {
        LABELINGS
            .into_iter()
            .flat_map(|(labels, name)| ORIGINS.map(|(origin, who)| ((labels, origin), name, who)))
    };
    let groups = QUANTITIES.map(|(name, number)| {
        Group::new(name, cells().map(|(cell, ..)| findings.norm(cell, number)))
    });
    let dots = Dots {
        margin: None,
        axis: Axis::log("Norm / margin"),
        series: cells()
            .map(|(_, labels, who)| format!("{who}, {labels} labels"))
            .collect(),
        groups: groups.into(),
    };
    dots.draw(FigureText::new(
        "representable-reachable",
        "Representable is not reachable",
        format!(
            "Norm over margin of networks that fit the same {} images: Theorem 1's, and {} \
             trained by SGD. Geometric mean over {} seeds with 95 % interval.",
            findings.settings.train_size,
            findings.settings.compared,
            findings.settings.seeds.len()
        ),
        "For each norm, dots for Theorem 1 and for SGD, with true and random labels: those of \
         Theorem 1 are orders of magnitude larger.",
    ))
}

fn ratios(findings: &Findings) -> Result<Figure, ReportError> {
    let mut networks: Vec<_> = findings.published.iter().collect();
    networks.sort_by(|a, b| b.ratio().total_cmp(&a.ratio()));
    let groups = networks.iter().map(|network| {
        let label = match &network.unit[..] {
            "images" => network.name.clone(),
            unit => format!("{} ({unit})", network.name),
        };
        Group::new(label, [Some(network.ratio())])
    });
    let dots = Dots {
        margin: None,
        axis: Axis::log("Parameters per training example, p / n"),
        series: vec!["as published".to_owned()],
        groups: groups.collect(),
    };
    dots.draw(FigureText::new(
        "parameters-per-example",
        "Parameters per training example in published networks",
        "Per image, unless words or tokens are named. Convolutional networks from two lists, and \
         examples of other kinds; sources in the table.",
        "One dot per published network, from 112 parameters per image for VGG19 down to 0.05 per \
         token for a language model.",
    ))
}
