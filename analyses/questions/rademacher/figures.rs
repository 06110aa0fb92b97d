//! Bounds against noise, the complexity profile, and complexity against n.

use rethink::report::ReportError;
use rethink::report::figure::{
    Axis, Curves, Figure, FigureText, Panel, Panels, Point, Reference, Series, Style,
};
use rethink::statistics::{Estimate, mean};

use super::bounded::Bound;
use super::{Findings, subject};
use crate::show::{drawn, point};
use rethink::experiment::rademacher::capacity;
use rethink::experiment::rademacher::kernels::KERNELS;
use rethink::experiment::rademacher::labels::{LABELS, Labels};
use rethink::experiment::rademacher::profile::{NetworkNorm, kernel_complexity};

/// The labelings whose norms are marked on the profile.
const MARKED: [Labels; 3] = [Labels::True, Labels::Noise(20), Labels::Signs];

pub fn figures(findings: &Findings) -> anyhow::Result<Vec<Figure>> {
    Ok(drawn(vec![
        against_noise(findings)?,
        profiles(findings),
        against_size(findings),
    ])?)
}

fn against_noise(findings: &Findings) -> anyhow::Result<Result<Figure, ReportError>> {
    let (architecture, n) = &findings.settings.profiled;
    let network = match Bound::all(findings).contains(&Bound::PathNorm) {
        true => (Bound::PathNorm, "network by path norm (units)"),
        false => (Bound::Registered("golowich-2018"), "network, Golowich 2018"),
    };
    let kernel = Bound::Kernel(KERNELS[0]);
    let mut series = Vec::new();
    for (bound, name) in [network, (kernel, "RKHS norm, gaussian:5")] {
        let (mut upper, mut actual) = (Vec::new(), Vec::new());
        for labels in LABELS {
            let bounded = bound.of(findings, labels)?;
            let x = 100.0 * labels.noise();
            upper.extend(bounded.largest().map(|b| Point::new(x, b)));
            actual.extend(bounded.error.map(|e| point(x, &e)));
        }
        series.push(Series::new(format!("bound, {name}"), upper));
        let name = name.split([' ', ',']).next().unwrap_or_default();
        series.push(Series {
            style: Style::Dashed,
            ..Series::new(format!("error, {name}"), actual)
        });
    }
    let curves = Curves {
        x: Axis::linear("Labels replaced by random signs (%)"),
        y: Axis::log("Error, or upper bound on it"),
        series,
        references: vec![Reference {
            y: 1.0,
            label: "without a norm: 1".to_owned(),
        }],
    };
    Ok(curves.draw(FigureText::new(
        "bounds-against-noise",
        "Bounds on the error and the error, against label noise",
        format!(
            "Upper bounds on the error at the norms that training reached, the largest over seeds or \
             trials, and the mean error on test labels with the same noise. RKHS: interpolants of smallest norm, n = {}, {} seeds. \
             Network: {architecture}, n = {n}, {} trials on the same images. Errors with 95 % t intervals over seeds and trials. The class \
             of all networks has complexity about 1, so its bound is the line at 1 for all labels. \
             Vertical axis logarithmic.",
            findings.kernel_size(),
            findings.settings.seeds.len(),
            findings.settings.trials,
        ),
        "Bounds rise with label noise, in the order of the errors, and lie far above them; most are \
         above 1, where they say nothing.",
    )))
}

fn profiles(findings: &Findings) -> Result<Figure, ReportError> {
    let y = || Axis::linear("Complexity r(B)").range(0.0, 1.0);
    let marks = |at: &dyn Fn(Labels) -> Option<(f64, f64)>| -> Vec<Series> {
        (MARKED.iter())
            .map(|&labels| {
                let points = at(labels).map(|(x, y)| Point::new(x, y));
                Series::new(
                    format!("norm for {} labels", labels.name()),
                    points.into_iter().collect(),
                )
            })
            .collect()
    };
    let norm = NetworkNorm::Registered("path-norm-l2");
    let needed = |labels| findings.needed(norm, labels).map(|e| e.value);
    let complexity = |b| norm.complexity(&findings.fits, &findings.settings.profiled, b);
    let curve = |needed: &dyn Fn(Labels) -> Option<f64>, value: &dyn Fn(f64) -> Option<Point>| {
        let ends = needed(Labels::True).zip(needed(Labels::Signs));
        let grid = ends.map(|(from, to)| grid(from, to));
        grid.into_iter().flatten().filter_map(value).collect()
    };
    let network = curve(&needed, &|b| Some(point(b, &complexity(b)?)));
    let mut series = vec![Series::new("lower bound", network)];
    series.extend(marks(&|labels| {
        let b = needed(labels)?;
        Some((b, complexity(b)?.value))
    }));
    let solved = findings.solved(KERNELS[0], findings.kernel_size());
    let needed = |labels| {
        let needed = findings.kernel_needed(KERNELS[0], findings.kernel_size(), labels);
        needed.map(|e| e.value)
    };
    let lower = curve(&needed, &|b| {
        Some(point(b, &kernel_complexity(&solved, b).lower?))
    });
    let upper = curve(&needed, &|b| {
        Some(Point::new(b, kernel_complexity(&solved, b).upper))
    });
    let mut kernel = vec![
        Series::new("lower bound", lower),
        Series {
            style: Style::Dashed,
            ..Series::new("upper bound", upper)
        },
    ];
    kernel.extend(marks(&|labels| {
        let b = needed(labels)?;
        Some((b, kernel_complexity(&solved, b).lower?.value))
    }));
    let panel = |title: String, x: &str, series| Panel {
        title,
        curves: Curves {
            x: Axis::log(x),
            y: y(),
            series,
            references: vec![],
        },
    };
    let panels = vec![
        panel(
            subject(&findings.settings.profiled),
            "Path norm (l2) B",
            series,
        ),
        panel(
            format!("{}, n = {}", KERNELS[0], findings.kernel_size()),
            "RKHS norm B",
            kernel,
        ),
    ];
    Panels { panels, columns: 2 }.draw(FigureText::new(
        "complexity-profile",
        "Complexity profile: how well functions of norm at most B follow random signs",
        "Mean of (1/n) Σ clip(σᵢ f(xᵢ), −1, 1) over random signs σ. Networks: what training reached, \
         rescaled to norm B, a lower bound with 95 % interval over sign vectors. Kernel: a lower bound \
         by interpolants, with 95 % interval over sign vectors, and the closed form min(1, \
         (B/n)√(tr K)) above. Marks: the norm divided by the margin of functions trained on true \
         labels, on labels of which 20 % are random signs, and on random signs.",
        "Two panels, path norm of networks and RKHS norm: complexity rises from 0 to 1 with the norm; \
         the norm that true labels need lies left of that of random signs.",
    ))
}

/// Norms from a hundredth of `from` to ten times `to`, on a logarithmic grid.
fn grid(from: f64, to: f64) -> Vec<f64> {
    const POINTS: usize = 60;
    let (low, high) = ((from / 100.0).ln(), (to * 10.0).ln());
    (0..POINTS)
        .map(|k| (low + (high - low) * k as f64 / (POINTS - 1) as f64).exp())
        .collect()
}

fn against_size(findings: &Findings) -> Result<Figure, ReportError> {
    let settings = &findings.settings;
    let mut series: Vec<Series> = (settings.architectures.iter())
        .map(|&architecture| {
            let points = settings.sizes.iter().filter_map(|&n| {
                let bound =
                    capacity::lower_bound(&findings.fits(&(architecture.into(), n), Labels::Signs));
                Some(point(n as f64, &bound?))
            });
            Series::new(format!("{architecture} (at least)"), points.collect())
        })
        .collect();
    let ball = |radius: &dyn Fn(usize) -> Option<f64>| -> Vec<Point> {
        let at = |&n: &usize| {
            let complexity = ball(findings, n)?;
            let radius = radius(n)?;
            Some(Point::new(n as f64, radius * complexity.value))
        };
        settings.kernel_sizes.iter().filter_map(at).collect()
    };
    series.push(Series {
        style: Style::Dashed,
        ..Series::new("RKHS ball, B = 10", ball(&|_| Some(10.0)))
    });
    let needed = |n| findings.kernel_needed(KERNELS[0], n, Labels::True);
    series.push(Series {
        style: Style::Dashed,
        ..Series::new(
            "RKHS ball, B of true labels",
            ball(&|n| needed(n).map(|e| e.value)),
        )
    });
    let curves = Curves {
        x: Axis::log("Training images n"),
        y: Axis::linear("Rademacher complexity").range(0.0, 1.0),
        series,
        references: vec![],
    };
    curves.draw(FigureText::new(
        "complexity-by-size",
        "Rademacher complexity against the number of images",
        format!(
            "Networks: the correlation with random signs that training reached, a lower bound on the \
             complexity of the class, with 95 % t interval over {} sign vectors; the maximum is 1. \
             Balls of the {} kernel: exact suprema, mean over {} sign vectors.",
            settings.trials, KERNELS[0], settings.draws
        ),
        "Networks stay at 1, the linear classifier falls once n passes its number of inputs, a ball of \
         fixed norm falls as one over the root of n.",
    ))
}

/// The complexity of the unit ball of the first kernel.
fn ball(findings: &Findings, n: usize) -> Option<Estimate> {
    let solved = findings.solved(KERNELS[0], n);
    let suprema: Vec<f64> = solved.iter().flat_map(|s| &s.suprema).copied().collect();
    mean(&suprema).ok()
}
