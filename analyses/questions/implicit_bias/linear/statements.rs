//! What linear models say about the hypotheses, in sentences and numbers.

use rethink::experiment::linear::{Direction, EqualNorm, Identity, NormAndTime};
use rethink::report::Evidence;
use rethink::statistics::Estimate;
use rethink::text::number::{fixed, significant, span};

use crate::show::or_unknown;

fn power(value: f64) -> String {
    significant(value, 1)
}

/// One sentence per hypothesis.
pub fn statements(
    identity: &Identity,
    equal_norm: &EqualNorm,
    norms_and_times: &NormAndTime,
) -> Vec<String> {
    let holds = if identity.holds { "holds" } else { "FAILS" };
    let null = if identity.holds {
        "null"
    } else {
        "not shown to be null"
    };
    let same = if identity.same_labels {
        "the same"
    } else {
        "not the same"
    };
    let better = equal_norm.larger_and_better();
    let larger = match (better.first(), better.last()) {
        (Some(first), Some(last)) => format!(
            "norms of {} times the smallest have a lower error than the smallest",
            span(first.hypot(1.0), last.hypot(1.0), |x| fixed(x, 3))
        ),
        _ => "no larger norm has a lower error than the smallest beyond its interval".to_owned(),
    };
    vec![
        format!(
            "The theorem {holds} here: started at zero, gradient descent, SGD of every batch \
             size, momentum and Kaczmarz keep at most a share of {} of the weights outside the \
             span of the training features. They end within {} of the smallest norm, {:.2} of \
             what the residual allows at most (smallest s_min {:.3}). Adam, AdaGrad and sign \
             descent leave the span, with a share of at least {:.2}.",
            power(identity.largest_share),
            power(identity.largest_distance),
            identity.tightest,
            identity.smallest_singular,
            identity.smallest_free_share,
        ),
        format!(
            "H2 on linear models is {null}: the solutions of all batch sizes, with and without \
             momentum, differ by at most {} of their norm and give test images {same} labels.",
            power(identity.spread)
        ),
        format!(
            "H4 on linear models, at equal norm (√2 times the smallest) and training cost: the \
             adversarial direction errs {} points more than the helpful one. Towards true labels \
             of other images, {larger}. Up to that norm Kendall's tau of norm and test error over \
             all directions is {}.",
            or_unknown(equal_norm.effect().map(Estimate::percent)),
            or_unknown(equal_norm.tau(1.0)),
        ),
        format!(
            "H5 on linear models: over labelings of the same images Spearman's rho of steps and \
             norm is {}, within one share of random labels {}. The spectrum of the labels \
             predicts every hitting time to within {} steps. On the same features, the slowest \
             targets with the norm of the true labels take at least {:.1} times as many steps as \
             the fastest: the spectrum decides both norm and steps, and neither decides the \
             other. Given the kernel-target alignment the two correlate by {} (0 if the alignment \
             held all they share).",
            or_unknown(norms_and_times.rho),
            or_unknown(norms_and_times.rho_within),
            norms_and_times.largest_error,
            norms_and_times.freedom,
            or_unknown(norms_and_times.partial),
        ),
    ]
}

/// The numbers, for a verdict.
pub fn evidence(
    identity: &Identity,
    equal_norm: &EqualNorm,
    norms_and_times: &NormAndTime,
) -> Vec<Evidence> {
    let label = |what: &str| format!("linear models: {what}");
    let exact =
        |what, value: String| Evidence::new(label(what), value, "exact up to rounding, all seeds");
    let (share, free) = (identity.largest_share, identity.smallest_free_share);
    let error = norms_and_times.largest_error.to_string();
    let mut lines = vec![
        exact(
            "largest share outside the span, methods under the theorem",
            power(share),
        ),
        exact(
            "smallest share outside the span, Adam, AdaGrad, sign descent",
            power(free),
        ),
        exact(
            "smallest norm these end at, over the smallest there is",
            format!("{:.2}", identity.smallest_free_norm),
        ),
        exact(
            "largest distance of solutions of two batch sizes, over the norm",
            power(identity.spread),
        ),
        exact("largest difference of predicted and measured steps", error),
    ];
    let slope = |direction| equal_norm.slope(direction).map(Estimate::percent);
    let effect = equal_norm.effect().map(Estimate::percent);
    let estimates = [
        (
            "test error, adversarial minus helpful, norm √2 times the smallest",
            effect,
            "points",
        ),
        (
            "test error per doubling of the norm, random",
            slope(Direction::Random),
            "points",
        ),
        (
            "test error per doubling of the norm, adversarial",
            slope(Direction::Adversarial),
            "points",
        ),
        (
            "test error per doubling of the norm, helpful",
            slope(Direction::Helpful),
            "points",
        ),
        (
            "tau of norm and test error, norm up to √2 times the smallest",
            equal_norm.tau(1.0),
            "",
        ),
        (
            "rho of steps and norm, all labelings of a seed",
            norms_and_times.rho,
            "",
        ),
        (
            "the same within one share of random labels",
            norms_and_times.rho_within,
            "",
        ),
        ("R² of ln steps on ln norm", norms_and_times.r_squared, ""),
        (
            "their correlation given the kernel-target alignment",
            norms_and_times.partial,
            "",
        ),
    ];
    let estimates = estimates.map(|(what, value, unit)| (label(what), value, unit));
    lines.extend(Evidence::estimates(estimates));
    lines
}
