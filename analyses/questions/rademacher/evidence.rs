//! The answer, and what norm-aware complexity can say about claim C7.

use rethink::experiment::rademacher::bounded::{Bound, Problem};
use rethink::experiment::rademacher::capacity;
use rethink::experiment::rademacher::kernels::{DELTA, KERNELS, Solved};
use rethink::experiment::rademacher::labels::{LABELS, Labels};
use rethink::experiment::rademacher::profile::{NetworkNorm, Trained, kernel_complexity};
use rethink::report::{Claim, Contribution, Direction, Evidence};
use rethink::statistics::Estimate;
use rethink::text::number::significant;

use super::{Findings, subject};
use crate::show::{UNEQUAL_COST, at_least, at_most, few_seeds, or_unknown};

/// The norm of networks that decides: the l2 path norm of Neyshabur et al.
const PATH_NORM: NetworkNorm = NetworkNorm::Registered("path-norm-l2");

/// The smallest noise, and the labels without.
const FIRST_NOISE: Labels = Labels::Noise(10);

/// The norms that decide.
#[derive(Clone, Copy)]
enum Deciding {
    /// Of the first kernel.
    Rkhs,
    /// Of networks.
    PathNorm,
}

impl Deciding {
    fn name(self) -> String {
        match self {
            Self::Rkhs => format!("RKHS norm ({})", KERNELS[0]),
            Self::PathNorm => "path norm (l2) / margin".to_owned(),
        }
    }

    /// Norm that one labeling needs over the norm that another one needs, within seeds or
    /// trials.
    fn ratio(self, problem: &Problem, above: Labels, below: Labels) -> Option<Estimate> {
        match self {
            Self::Rkhs => problem.kernel_ratio(KERNELS[0], above, below),
            Self::PathNorm => problem.ratio(PATH_NORM, above, below),
        }
    }
}

/// Whether the bound of the kernel says something in every seed.
fn informative(findings: &Findings, labels: Labels) -> anyhow::Result<bool> {
    let bounded = Bound::Kernel(KERNELS[0]).of(&findings.problem, labels)?;
    Ok(!bounded.bounds.is_empty() && bounded.vacuous() == 0)
}

struct Ordering {
    /// Every interval of true < 10 % noise < random excludes 1.
    ordered: bool,
    /// An interval of random / true lies below 1.
    reversed: bool,
    lines: Vec<Evidence>,
}

fn ordering(findings: &Findings) -> Ordering {
    let (mut ordered, mut reversed, mut lines) = (true, false, Vec::new());
    for norm in [Deciding::Rkhs, Deciding::PathNorm] {
        for (above, below) in [
            (FIRST_NOISE, Labels::True),
            (Labels::Signs, FIRST_NOISE),
            (Labels::Signs, Labels::True),
        ] {
            let ratio = norm.ratio(&findings.problem, above, below);
            let interval = ratio.and_then(|r| r.interval);
            ordered &= interval.is_some_and(|i| i.low > 1.0);
            reversed |= below == Labels::True
                && above == Labels::Signs
                && interval.is_some_and(|i| i.high < 1.0);
            let (name, above, below) = (norm.name(), above.name(), below.name());
            let label = format!("{name}, {above} / {below} labels");
            lines.extend(Evidence::estimates([(label, ratio, "")]));
        }
    }
    Ordering {
        ordered,
        reversed,
        lines,
    }
}

/// Labelings at which the bound of the kernel is informative in every seed.
fn informative_at(findings: &Findings) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for labels in LABELS {
        if informative(findings, labels)? {
            names.push(labels.name());
        }
    }
    Ok(names)
}

pub fn answer(findings: &Findings) -> anyhow::Result<String> {
    let certified = without_norm(findings, findings.problem.profiled);
    let of_images = of_images(findings).map_or_else(String::new, |(network, bound)| {
        format!(
            " For a convolutional network ({}) it is at least {}.",
            subject(network),
            at_least(bound, 3)
        )
    });
    let class = or_unknown(certified.map(|bound| format!("at least {}", at_least(bound, 3))));
    let order = match ordering(findings) {
        Ordering { ordered: true, .. } => "orders true, noisy and random labels",
        Ordering { reversed: true, .. } => "is not larger for random than for true labels",
        _ => "does not decide the order of true, noisy and random labels",
    };
    let says = match &informative_at(findings)?[..] {
        [] => "its bound on the error is vacuous for all of them".to_owned(),
        names => format!(
            "its bound on the error is informative for {} labels only",
            names.join(", ")
        ),
    };
    let sizes = [Deciding::Rkhs, Deciding::PathNorm].map(|norm| {
        let ratio = norm.ratio(&findings.problem, Labels::Signs, Labels::True);
        format!("{} for the {}", or_unknown(ratio), norm.name())
    });
    Ok(format!(
        "Without a norm bound, complexity is {class} out of at most 1 ({}), whatever the labels.{of_images} \
         The norm {order} (random / true: {}), but {says} (kernels, n = {}).",
        subject(findings.problem.profiled),
        sizes.join(", "),
        findings.problem.kernel_size
    ))
}

/// What is certain of the complexity of a network.
fn without_norm(findings: &Findings, network: Trained) -> Option<f64> {
    let fits = findings.problem.fits(network, Labels::Signs);
    capacity::certified(&fits, network.1)
}

/// What is certain of the complexity of the convolutional network at the largest size, where
/// there is one.
fn of_images(findings: &Findings) -> Option<(Trained, f64)> {
    let network = *findings.settings.convolutional.as_ref().ok()?;
    let network = (network, *findings.settings.sizes.last()?);
    Some((network, without_norm(findings, network)?))
}

pub fn norms_explain(findings: &Findings) -> anyhow::Result<Contribution> {
    let Ordering {
        ordered,
        reversed,
        mut lines,
    } = ordering(findings);
    let (at_true, at_noise) = (
        informative(findings, Labels::True)?,
        informative(findings, FIRST_NOISE)?,
    );
    let direction = match (ordered, reversed) {
        (true, _) if at_true => Direction::For,
        (_, true) => Direction::Against,
        _ => Direction::NeitherWay,
    };
    let (problem, n) = (&findings.problem, findings.problem.kernel_size);
    for bound in [Bound::Kernel(KERNELS[0]), Bound::PathNorm] {
        if !problem.bounds().contains(&bound) {
            continue;
        }
        for labels in [Labels::True, FIRST_NOISE, Labels::Signs] {
            let bounded = bound.of(problem, labels)?;
            let Some((upper, error)) = bounded.largest().zip(bounded.error) else {
                continue;
            };
            let (name, size, labels) = (bound.name(), bound.size(problem), labels.name());
            lines.push(Evidence::new(
                format!("bound on the error, {name}, n = {size}, {labels} labels"),
                format!("≤ {}; measured error {error}", at_most(upper, 3)),
                format!(
                    "largest upper bound, each with probability {}; error: estimate with 95 % \
                     interval",
                    1.0 - DELTA
                ),
            ));
        }
    }
    let profiled = without_norm(findings, problem.profiled).map(|b| (problem.profiled, b));
    lines.extend(
        profiled
            .into_iter()
            .chain(of_images(findings))
            .map(|(network, bound)| {
                Evidence::new(
                    format!("complexity without a norm bound, {}", subject(network)),
                    format!("≥ {} of at most 1", at_least(bound, 3)),
                    "lower bound with 95 % confidence",
                )
            }),
    );
    let left = problem
        .needed(PATH_NORM, Labels::True)
        .and_then(|b| PATH_NORM.complexity(&problem.fits, problem.profiled, b.value));
    lines.extend(left.map(|left| {
        Evidence::new(
            "complexity of networks at the path norm (l2) of true labels",
            left.to_string(),
            "lower bound, with 95 % interval",
        )
    }));
    if let Some(b) = problem.kernel_needed(KERNELS[0], n, Labels::True) {
        let left = kernel_complexity(&problem.solved(KERNELS[0], n), b.value);
        lines.extend(left.lower.map(|lower| {
            Evidence::new(
                format!("complexity at the RKHS norm of true labels, n = {n}"),
                format!("{lower}; ≤ {}", at_most(left.upper, 3)),
                "lower bound, mean over sign vectors with 95 % interval; upper bound in closed \
                 form",
            )
        }));
    }
    let order = match (ordered, reversed) {
        (true, _) => "The norm that fits the labels grows from true over noisy to random labels",
        (_, true) => "Random labels do not need a larger norm than true ones",
        _ => "The intervals do not decide the order of the norms that fit the labels",
    };
    let says = match (at_true, at_noise) {
        (true, true) => {
            "The bound on the error by the RKHS norm is informative on true and on noisy labels"
        }
        (true, false) => {
            "The bound on the error by the RKHS norm is informative on true labels only"
        }
        _ => "The bound on the error by the RKHS norm is vacuous even on true labels",
    };
    Ok(Contribution {
        claim: Claim::C7,
        direction,
        finding: format!(
            "{order}. {says}. Whether SGD reaches smaller norms more easily is not tested here."
        ),
        rule: format!(
            "Two parts. Order: for {} and {}, every 95 % interval of the norm ratios 10 % noise / \
             true, random / 10 % noise and random / true labels lies above 1. Size: the bound on \
             the error by the RKHS norm at n = {n} is below 1 in every seed on true labels. For: \
             both hold. Against: an interval of random / true lies below 1. Neither way: \
             otherwise. Only whether norms could explain generalization is tested, not whether \
             SGD reaches smaller norms more easily at the same cost. All networks share one set \
             of images, so that their intervals cover signs, noise and initial weights only. \
             Noisy labels are other data, so that both parts together are no proof.",
            Deciding::Rkhs.name(),
            Deciding::PathNorm.name(),
        ),
        evidence: lines,
    })
}

pub fn warnings(findings: &Findings) -> Vec<String> {
    let mut warnings = Vec::new();
    for labels in LABELS {
        let fits = findings.problem.fits(findings.problem.profiled, labels);
        let short = fits.iter().filter(|f| !f.stop.reached_target()).count();
        if short > 0 {
            warnings.push(format!(
                "{}: {short} of {} trainings on {} labels did not reach the cross-entropy of the \
                 others; {UNEQUAL_COST}.",
                subject(findings.problem.profiled),
                fits.len(),
                labels.name()
            ));
        }
    }
    let kernels = &findings.problem.kernels;
    let solved = || kernels.cells().flat_map(|cell| kernels.outputs(cell));
    let residuals = solved().map(|s| s.relative_residual);
    let residual = residuals.fold(0.0, f64::max);
    if residual > 1e-6 {
        warnings.push(format!(
            "A kernel interpolant has a relative residual of {}.",
            significant(residual, 1)
        ));
    }
    let unknown = |s: &&Solved| s.interpolants.iter().any(|f| f.norm.is_none());
    let missing = solved().filter(unknown).count();
    if missing > 0 {
        warnings.push(format!(
            "{missing} kernel interpolants do not exist, or double precision does not determine \
             their norm; their bounds are left out."
        ));
    }
    warnings.extend(findings.settings.convolutional.as_ref().err().cloned());
    warnings.extend(few_seeds(&findings.settings.seeds));
    warnings
}
