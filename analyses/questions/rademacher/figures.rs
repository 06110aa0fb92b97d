//! Bounds against noise, the complexity profile, and complexity against n.

use rethink::experiment::rademacher::bounded::Bound;
use rethink::experiment::rademacher::capacity;
use rethink::experiment::rademacher::kernels::KERNELS;
use rethink::experiment::rademacher::labels::{LABELS, Labels};
use rethink::experiment::rademacher::profile::{NetworkNorm, kernel_complexity};
use rethink::report::ReportError;
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Panel, Panels, Point, Series};

use super::{Findings, subject};
use crate::show::drawn;

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
    let problem = &findings.problem;
    let (architecture, n) = problem.profiled;
    let network = match problem.bounds().contains(&Bound::PathNorm) {
        true => (Bound::PathNorm, "network by path norm (units)"),
        false => (Bound::Registered("golowich-2018"), "network, Golowich 2018"),
    };
    let kernel = Bound::Kernel(KERNELS[0]);
    let mut series = Vec::new();
    for (bound, name) in [network, (kernel, "RKHS norm, gaussian:5")] {
        let (mut upper, mut actual) = (Vec::new(), Vec::new());
        for labels in LABELS {
            let bounded = bound.of(problem, labels)?;
            let x = 100.0 * labels.noise();
            upper.extend(bounded.largest().map(|b| Point::new(x, b)));
            actual.extend(bounded.error.map(|e| Point::estimate(x, &e)));
        }
        series.push(Series::new(format!("bound, {name}"), upper));
        let name = name.split([' ', ',']).next().unwrap_or_default();
        series.push(Series::new(format!("error, {name}"), actual).dashed());
    }
    let x = Axis::linear("Labels replaced by random signs (%)");
    let y = Axis::log("Error, or upper bound on it");
    let curves = Curves::new(x, y, series).reference(1.0, "without a norm bound: 1");
    Ok(curves.draw(FigureText::new(
        "bounds-against-noise",
        "Bounds on the error and the error, against label noise",
        format!(
            "Largest bound on the error at the norms that training reached, and mean error on \
             equally noisy test labels with 95 % interval, over {} seeds (RKHS, n = {}) or {} \
             trials on the same images ({architecture}, n = {n}). Without a norm bound complexity \
             is about 1, so the bound is 1.",
            findings.settings.seeds.len(),
            problem.kernel_size,
            findings.settings.trials,
        ),
        "Bounds rise with label noise, in the order of the errors, and lie far above them; most \
         are above 1, where they say nothing.",
    )))
}

/// What is drawn of one profile: the complexity at a norm, and the norm that labels need.
struct Profile<'p> {
    lower: &'p dyn Fn(f64) -> Option<Point>,
    upper: Option<&'p dyn Fn(f64) -> Option<Point>>,
    needed: &'p dyn Fn(Labels) -> Option<f64>,
}

impl Profile<'_> {
    /// The bounds over a grid of norms, and the norms that are marked.
    fn series(&self) -> Vec<Series> {
        let ends = (self.needed)(Labels::True).zip((self.needed)(Labels::Signs));
        let grid = ends.map_or(vec![], |(from, to)| grid(from, to));
        let curve = |bound: &dyn Fn(f64) -> Option<Point>| {
            grid.iter()
                .filter_map(|&b| bound(b))
                .collect::<Vec<Point>>()
        };
        let mut series = vec![Series::new("lower bound", curve(self.lower))];
        if let Some(upper) = self.upper {
            series.push(Series::new("upper bound", curve(upper)).dashed());
        }
        series.extend(MARKED.map(|labels| {
            let mark = (self.needed)(labels).and_then(self.lower);
            let mark = mark.map(|point| Point::new(point.x, point.y));
            let name = format!("norm for {} labels", labels.name());
            Series::new(name, mark.into_iter().collect())
        }));
        series
    }
}

fn profiles(findings: &Findings) -> Result<Figure, ReportError> {
    let problem = &findings.problem;
    let norm = NetworkNorm::Registered("path-norm-l2");
    let network = Profile {
        lower: &|b| {
            let complexity = norm.complexity(&problem.fits, problem.profiled, b)?;
            Some(Point::estimate(b, &complexity))
        },
        upper: None,
        needed: &|labels| problem.needed(norm, labels).map(|e| e.value),
    };
    let (name, n) = (KERNELS[0], problem.kernel_size);
    let solved = problem.solved(name, n);
    let kernel = Profile {
        lower: &|b| Some(Point::estimate(b, &kernel_complexity(&solved, b).lower?)),
        upper: Some(&|b| Some(Point::new(b, kernel_complexity(&solved, b).upper))),
        needed: &|labels| problem.kernel_needed(name, n, labels).map(|e| e.value),
    };
    let panel = |title: String, x: &str, profile: Profile| {
        let y = Axis::linear("Complexity r(B)").range(0.0, 1.0);
        Panel::new(title, Curves::new(Axis::log(x), y, profile.series()))
    };
    let panels = vec![
        panel(subject(problem.profiled), "Path norm (l2) B", network),
        panel(format!("{name}, n = {n}"), "RKHS norm B", kernel),
    ];
    Panels { panels, columns: 2 }.draw(FigureText::new(
        "complexity-profile",
        "Complexity profile: how well functions of norm at most B follow random signs",
        "r(B) = E sup (1/n) Σ clip(σᵢ f(xᵢ), −1, 1). Lower bounds, with 95 % interval over sign \
         vectors, by rescaled trained networks (left) and interpolants (right); dashed: upper \
         bound of the kernel. Marks: norm / margin on true labels, on 20 % random signs, and on \
         random signs.",
        "Two panels, path norm of networks and RKHS norm: complexity rises from 0 to 1 with the \
         norm; the norm that true labels need lies left of that of random signs.",
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
    let (settings, problem) = (&findings.settings, &findings.problem);
    let network = |&architecture| {
        let points = settings.sizes.iter().filter_map(|&n| {
            let bound = capacity::lower_bound(&problem.fits((architecture, n), Labels::Signs));
            Some(Point::estimate(n as f64, &bound?))
        });
        Series::new(format!("{architecture} (at least)"), points.collect())
    };
    let ball = |label: &str, radius: &dyn Fn(usize) -> Option<f64>| {
        let points = settings.kernel_sizes.iter().filter_map(|&n| {
            let complexity = problem.unit_ball(KERNELS[0], n)?;
            Some(Point::new(n as f64, radius(n)? * complexity.value))
        });
        Series::new(label, points.collect()).dashed()
    };
    let needed = |n| problem.kernel_needed(KERNELS[0], n, Labels::True);
    let balls = [
        ball("RKHS ball, B = 10", &|_| Some(10.0)),
        ball("RKHS ball, B of true labels", &|n| {
            needed(n).map(|e| e.value)
        }),
    ];
    let curves = Curves::new(
        Axis::log("Training images n"),
        Axis::linear("Rademacher complexity").range(0.0, 1.0),
        (settings.architectures.iter().map(network))
            .chain(balls)
            .collect(),
    );
    curves.draw(FigureText::new(
        "complexity-by-size",
        "Rademacher complexity against the number of images",
        format!(
            "Networks: correlation with random signs that training reached, a lower bound, with \
             95 % interval over {} sign vectors. Balls of the {} kernel: exact suprema, mean over \
             {} sign vectors.",
            settings.trials, KERNELS[0], settings.draws
        ),
        "Networks with hidden layers stay at 1, the linear classifier falls once n passes its number of inputs, a \
         ball of fixed norm falls as one over the root of n.",
    ))
}
