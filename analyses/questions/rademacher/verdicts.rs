//! The answer, and what norm-aware complexity can say about claim C7.

use rethink::report::{Claim, Evidence, Outcome, Verdict};
use rethink::statistics::{Estimate, geometric_mean_ratio};
use rethink::text::number::significant;

use super::bounded::Bound;
use super::{Findings, subject};
use crate::show::{UNEQUAL_COST, at_least, at_most, evidence, few_seeds};
use rethink::experiment::rademacher::capacity;
use rethink::experiment::rademacher::kernels::{DELTA, KERNELS, Solved};
use rethink::experiment::rademacher::labels::{LABELS, Labels};
use rethink::experiment::rademacher::networks::Fitted;
use rethink::experiment::rademacher::profile::{NetworkNorm, kernel_complexity};

/// The norm of networks that decides: the l2 path norm of Neyshabur et al.
const DECIDING: NetworkNorm = NetworkNorm::Registered("path-norm-l2");

/// The smallest noise, and the labels without.
const FIRST_NOISE: Labels = Labels::Noise(10);

/// Names of the two norms that decide.
fn deciding() -> [(String, bool); 2] {
    [
        (format!("RKHS norm ({})", KERNELS[0]), true),
        ("path norm (l2) / margin".to_owned(), false),
    ]
}

/// Norm that one labeling needs over the norm that another one needs, within seeds or
/// trials.
fn ratio(findings: &Findings, kernel: bool, above: Labels, below: Labels) -> Option<Estimate> {
    if !kernel {
        let [above, below] =
            [above, below].map(|labels| (findings.settings.profiled.clone(), labels));
        let needed = |fitted: &Fitted| DECIDING.over_margin(fitted);
        return findings.fits.ratio(&above, &below, needed);
    }
    let cell = (KERNELS[0].to_owned(), findings.kernel_size());
    let needed = |labels| {
        findings
            .kernels
            .values(&cell, |solved| solved.needed(labels))
    };
    geometric_mean_ratio(&needed(above)?, &needed(below)?).ok()
}

/// Whether the bound of the kernel says something in every seed.
fn informative(findings: &Findings, labels: Labels) -> anyhow::Result<bool> {
    let bounded = Bound::Kernel(KERNELS[0]).of(findings, labels)?;
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
    for (name, kernel) in deciding() {
        for (above, below) in [
            (FIRST_NOISE, Labels::True),
            (Labels::Signs, FIRST_NOISE),
            (Labels::Signs, Labels::True),
        ] {
            let ratio = ratio(findings, kernel, above, below);
            let interval = ratio.and_then(|r| r.interval);
            ordered &= interval.is_some_and(|i| i.low > 1.0);
            reversed |= below == Labels::True
                && above == Labels::Signs
                && interval.is_some_and(|i| i.high < 1.0);
            if let Some(ratio) = ratio {
                let label = format!("{name}, {} / {} labels", above.name(), below.name());
                lines.push(evidence(label, &ratio, ""));
            }
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
    let settings = &findings.settings;
    let class = without_norm(findings).map_or_else(
        || "unknown".to_owned(),
        |bound| format!("at least {}", at_least(bound, 3)),
    );
    let order = match ordering(findings) {
        Ordering { ordered: true, .. } => "puts true, noisy and random labels in this order",
        Ordering { reversed: true, .. } => "does not put random labels above true ones",
        _ => "does not decide the order of true, noisy and random labels",
    };
    let says = match &informative_at(findings)?[..] {
        [] => "its bound on the error is vacuous for all labels".to_owned(),
        names => format!(
            "its bound on the error says something for {} labels only",
            names.join(", ")
        ),
    };
    Ok(format!(
        "Without a norm, complexity is {class} of at most 1 ({}), whatever the labels; the norm {order}, \
         but {says} (kernels, n = {}).",
        subject(&settings.profiled),
        findings.kernel_size()
    ))
}

/// What is certain of the complexity of the profiled networks.
fn without_norm(findings: &Findings) -> Option<f64> {
    let profiled = &findings.settings.profiled;
    capacity::certified(&findings.fits(profiled, Labels::Signs), profiled.1)
}

pub fn norms_explain(findings: &Findings) -> anyhow::Result<Verdict> {
    let Ordering {
        ordered,
        reversed,
        mut lines,
    } = ordering(findings);
    let (at_true, at_noise) = (
        informative(findings, Labels::True)?,
        informative(findings, FIRST_NOISE)?,
    );
    let outcome = match (ordered, reversed) {
        (true, _) if at_true => Outcome::PartlySupported,
        (_, true) => Outcome::Contradicted,
        _ => Outcome::Inconclusive,
    };
    let n = findings.kernel_size();
    for bound in [Bound::Kernel(KERNELS[0]), Bound::PathNorm] {
        if !Bound::all(findings).contains(&bound) {
            continue;
        }
        for labels in [Labels::True, FIRST_NOISE, Labels::Signs] {
            let bounded = bound.of(findings, labels)?;
            let Some((upper, error)) = bounded.largest().zip(bounded.error) else {
                continue;
            };
            let size = bound.size(findings);
            lines.push(Evidence {
                label: format!(
                    "{}, n = {size}, {} labels: error at most",
                    bound.name(),
                    labels.name()
                ),
                value: format!("≤ {}; error {error}", at_most(upper, 3)),
                kind: format!(
                    "largest upper bound, each with probability {}; estimate with 95 % interval",
                    1.0 - DELTA
                ),
            });
        }
    }
    if let Some(bound) = without_norm(findings) {
        lines.push(Evidence {
            label: format!(
                "complexity without a norm, {}",
                subject(&findings.settings.profiled)
            ),
            value: format!("≥ {} of at most 1", at_least(bound, 3)),
            kind: "lower bound with 95 % confidence".into(),
        });
    }
    let left = findings
        .needed(DECIDING, Labels::True)
        .and_then(|b| DECIDING.complexity(&findings.fits, &findings.settings.profiled, b.value));
    if let Some(left) = left {
        let mut line = evidence(
            "complexity at the path norm (l2) of true labels, networks",
            &left,
            "",
        );
        line.kind = "lower bound, with 95 % interval".into();
        lines.push(line);
    }
    if let Some(b) = findings.kernel_needed(KERNELS[0], n, Labels::True) {
        let solved = findings.solved(KERNELS[0], n);
        let left = kernel_complexity(&solved, b.value);
        if let Some(lower) = left.lower {
            lines.push(Evidence {
                label: format!("complexity at the RKHS norm of true labels, n = {n}"),
                value: format!("{lower}; ≤ {}", at_most(left.upper, 3)),
                kind: "mean over sign vectors that bounds from below, with 95 % interval; upper bound \
                       in closed form"
                    .into(),
            });
        }
    }
    let order = match (ordered, reversed) {
        (true, _) => "The norm that labels need rises from true over noisy to random labels",
        (_, true) => "Random labels do not need a larger norm than true ones",
        _ => "The intervals do not decide the order of the norms",
    };
    let says = match (at_true, at_noise) {
        (true, true) => "and the bound at that norm says something on true and on noisy labels",
        (true, false) => {
            "but the bound at that norm says something on true labels only and nothing from the first \
             noise on"
        }
        _ => "but the bound at that norm is vacuous even on true labels",
    };
    Ok(Verdict {
        claim: Claim::C7,
        outcome,
        finding: format!(
            "{order}, {says}. Whether SGD reaches smaller norms more easily is not tested here."
        ),
        rule: format!(
            "The claim says that SGD reaches models of smaller norm more easily at the same cost, and \
             that this is why they generalize. What is reached, among models of the same cost, is not \
             tested here, so supported is no outcome; whether norms could explain generalization is. \
             Order: for {} and {}, every 95 % interval of the ratio of norms, 10 % noise / true, random \
             / 10 % noise and random / true labels, lies above 1. Size: the bound on the error by the \
             RKHS norm at n = {n} is below 1 in every seed on true labels. Partly supported when both \
             hold, contradicted when an interval of random / true lies below 1, otherwise inconclusive. \
             Networks are trained on one set of images: their intervals cover signs, noise and initial \
             weights. Noisy labels are other data, so even both parts are evidence, no proof.",
            deciding()[0].0,
            deciding()[1].0,
        ),
        evidence: lines,
    })
}

pub fn warnings(findings: &Findings) -> Vec<String> {
    let mut warnings = Vec::new();
    for labels in LABELS {
        let fits = findings.fits(&findings.settings.profiled, labels);
        let short = fits.iter().filter(|f| !f.stop.reached_target()).count();
        if short > 0 {
            warnings.push(format!(
                "{}: {short} of {} trainings on {} labels did not reach the cross-entropy of the \
                 others; {UNEQUAL_COST}.",
                subject(&findings.settings.profiled),
                fits.len(),
                labels.name()
            ));
        }
    }
    let kernels = || (findings.kernels.cells()).flat_map(|cell| findings.kernels.outputs(cell));
    let residuals = kernels().map(|s| s.relative_residual);
    let residual = residuals.fold(0.0, f64::max);
    if residual > 1e-6 {
        warnings.push(format!(
            "A kernel interpolant has a relative residual of {}.",
            significant(residual, 1)
        ));
    }
    let unknown = |s: &&Solved| s.interpolants.iter().any(|f| f.norm.is_none());
    let missing = kernels().filter(unknown).count();
    if missing > 0 {
        warnings.push(format!(
            "{missing} kernel interpolants do not exist, or their norm is not determined in double \
             precision; bounds by them are left out."
        ));
    }
    warnings.extend(few_seeds(&findings.settings.seeds));
    warnings
}
