//! The answer, and what the norms of interpolants say about claim C7.

use rethink::experiment::kernels::{
    Construction, KERNELS, Ordering, correlations, order, over_bandwidths,
};
use rethink::report::{Claim, Contribution, Direction, Evidence};
use rethink::statistics::Estimate;
use rethink::text::number::significant;

use super::settings::RESIDUAL;
use super::{Findings, growth, representations};
use crate::session::Session;
use crate::show::{few_seeds, or_unknown};

/// A difference in test error, in points, below which directions count as
/// equal.
const MARGIN: f64 = 1.0;

fn effect(findings: &Findings) -> Option<Estimate> {
    findings.equal_norm.effect().map(Estimate::percent)
}

pub fn answer(findings: &Findings) -> String {
    let shown = or_unknown(effect(findings));
    format!(
        "Not by itself: interpolants of the same images with equal norm, 1.41 times the smallest, \
         differ by {shown} points of test error. {}",
        across(findings)
    )
}

pub fn norm_decides(findings: &Findings) -> Contribution {
    let proved = findings.limits.all_as_proved(RESIDUAL);
    let (kept, lost) = findings.limits.separation();
    let effect = effect(findings);
    let interval = effect.and_then(|e| e.interval);
    let differs = interval.is_some_and(|i| i.low > MARGIN || i.high < -MARGIN);
    let equal = interval.is_some_and(|i| i.low > -MARGIN && i.high < MARGIN);
    let direction = match (proved, differs, equal) {
        (true, true, _) | (true, _, true) => Direction::For,
        (false, true, _) => Direction::Against,
        _ => Direction::NeitherWay,
    };
    let exact = |label: &str, value: f64| {
        Evidence::new(label, power(value), "exact up to rounding, all seeds")
    };
    let mut lines = vec![
        exact(
            "largest change outside the span, gradient descent and SGD from zero",
            kept,
        ),
        exact("smallest change outside the span, Adam from zero", lost),
    ];
    lines.extend(Evidence::estimates([
        (
            "test error at equal norm (dose 1), adversarial minus helpful",
            effect,
            "points",
        ),
        (
            "test error, helpful direction at dose 1 minus smallest norm",
            findings.equal_norm.help().map(Estimate::percent),
            "points",
        ),
    ]));
    let kernels = KERNELS.into_iter().filter_map(|kernel| {
        let (size, ratio) = findings.kernels.largest_ratio(kernel)?;
        let label = format!("RKHS norm of {kernel} at n = {size}, random / true labels");
        Some((label, Some(ratio), ""))
    });
    lines.extend(Evidence::estimates(kernels));
    lines.extend(evidence_across(findings));
    let reach = if proved {
        "On a linear model, SGD from zero reaches the interpolant of smallest norm, whatever batch \
         size and momentum"
    } else {
        "On a linear model, not every method that must keep to the span did so as far as its \
         residual allows"
    };
    let decide = if differs {
        "The norm alone does not decide the test error"
    } else if equal {
        "The direction does not change the test error"
    } else {
        "The intervals do not say whether the norm alone decides the test error"
    };
    let part = match (proved, differs) {
        (true, true) => " The first speaks for the claim, the second limits it.",
        _ => "",
    };
    Contribution {
        claim: Claim::C7,
        direction,
        finding: format!(
            "{reach}. {decide}: at equal norm, two directions differ by {} points.{part}",
            or_unknown(effect)
        ),
        rule: format!(
            "Two parts. Reach: gradient descent and SGD from zero change the component outside \
             the span by less than 10⁻¹² and end no farther from the smallest norm than their \
             residual ({}) allows. Decide: at equal norm (dose 1), the 95 % interval of the \
             difference in test error between the adversarial and the helpful direction lies \
             within {MARGIN} point. For: both hold. For, by reach alone: reach holds and that \
             interval lies beyond {MARGIN} point. Against: reach fails and that interval lies \
             beyond {MARGIN} point. Neither way: otherwise. {}",
            power(RESIDUAL),
            representations::RULE
        ),
        evidence: lines,
    }
}

/// What the smallest norm says about two representations, as a sentence.
fn across(findings: &Findings) -> String {
    let name = findings.features.name();
    let Some(order) = order(&findings.interpolants, findings.features) else {
        return format!("Whether it orders pixels and {name} is unknown.");
    };
    let said = match order.ordering {
        Ordering::Reverses => "Across two representations it points the wrong way",
        Ordering::Orders => "It does order two representations",
        Ordering::Undecided => "Whether it orders representations is undecided",
    };
    format!(
        "{said}: on {name} the smallest norm is {} times that on pixels, and the test error differs \
         by {} points.",
        order.ratio,
        order.error_difference.percent(),
    )
}

/// The numbers behind that sentence, and the norms of bad interpolants.
fn evidence_across(findings: &Findings) -> Vec<Evidence> {
    let name = findings.features.name();
    let mut lines = Vec::new();
    if let Some(order) = order(&findings.interpolants, findings.features) {
        lines.extend(Evidence::estimates([
            (
                format!(
                    "smallest norm, {name} / pixels (published for Gabor wavelets on MNIST: 1.77)"
                ),
                Some(order.ratio),
                "",
            ),
            (
                format!("test error, {name} minus pixels (published: MNIST −0.6, CIFAR-10 −29)"),
                Some(order.error_difference.percent()),
                "points",
            ),
        ]));
        lines.push(Evidence::new(
            "seeds whose lower error goes with the larger norm",
            format!(
                "{} of {}, and {} with the smaller norm (p = {:.2})",
                order.reversed, order.seeds, order.ordered, order.p_value
            ),
            "one-sided sign test, exact up to 20 seeds",
        ));
        let (reversed, ordered, all) = over_bandwidths(&findings.interpolants, findings.features);
        lines.push(Evidence::new(
            "bandwidths at which the norm reverses the order of the two",
            format!("{reversed} of {all}, and {ordered} at which it gives the order"),
            "the same rule at each",
        ));
    }
    let taus = correlations(&findings.interpolants).into_iter().map(|c| {
        let label = format!("Kendall's tau of norm and test error over {}", c.over);
        (label, c.tau, "")
    });
    lines.extend(Evidence::estimates(taus));
    let made = [
        Construction::RandomCentres,
        Construction::WrongOnTest,
        Construction::RightOnTest,
    ];
    lines.extend(Evidence::estimates(made.map(|construction| {
        let name = construction.name();
        let label = format!("norm of an interpolant with {name} / smallest norm");
        (label, findings.bad.norm_ratio(construction), "")
    })));
    lines
}

fn power(value: f64) -> String {
    significant(value, 1)
}

pub fn warnings(findings: &Findings, images: usize) -> Vec<String> {
    let mut warnings = Vec::new();
    for limit in &findings.limits.0 {
        if limit.stays_in_span && limit.residual > RESIDUAL {
            warnings.push(format!(
                "{} stopped at a residual of {} after {} epochs, short of {}.",
                limit.method,
                power(limit.residual),
                limit.epochs,
                power(RESIDUAL)
            ));
        }
    }
    if let Some((error, norm)) = findings.models.peaks()
        && (error != images || norm != images)
    {
        warnings.push(format!(
            "Double descent: the test error peaks at N = {error} and the norm at N = {norm}, not \
             at n = {images}."
        ));
    }
    warnings.extend(growth::warnings(&findings.kernels));
    warnings.extend(representations::warnings(&findings.representations));
    warnings.extend(few_seeds(&findings.settings.seeds));
    warnings.sort();
    warnings.dedup();
    warnings
}

pub fn method(findings: &Findings, session: &Session) -> Vec<String> {
    let settings = &findings.settings;
    let (descent, dose) = (settings.descent(session, 0), settings.dose(session, 0));
    let bad = settings.bad_interpolants(session, 0);
    vec![
        format!(
            "Images of {} with raw pixels, mapped to N random Fourier features (Rahimi and Recht \
             2007); linear models in double precision, {} seeds, each with its own images and \
             features; {} test images.",
            session.dataset.name(),
            settings.seeds.len(),
            dose.test,
        ),
        format!(
            "Equal norm: n = {}, N = {}, bandwidth {}, {} one-hot targets. Adversarial and \
             helpful directions are the shortest vectors in the null space of the training \
             features that move the outputs on {} further images to wrong and to true labels. \
             Those images are in no training or test set, so the helpful direction knows more \
             than the training set: the comparison asks what the norm decides, not what a method \
             could find.",
            dose.train, dose.features, dose.bandwidth, findings.classes, dose.auxiliary,
        ),
        format!(
            "Limits: n = {}, N = {}, bandwidth {}, one target of +1 or −1 per image; constant step \
             sizes, stopped at a relative residual of {}. Starts outside the span: a random vector \
             of the null space as long as the smallest norm.",
            descent.train,
            descent.features,
            descent.bandwidth,
            power(descent.residual),
        ),
        representations_method(findings, session),
        format!(
            "Bad interpolants: Gaussian kernel on pixels, the same n and bandwidth as the \
             representations. Random centres: {} noise images per training image, with the mean \
             and variance of all pixels of the training images; least coefficients in double \
             precision. Forced labels: the {} test images, with random or with true labels, are \
             interpolated together with the training images.",
            bad.centres, bad.test,
        ),
    ]
}

fn representations_method(findings: &Findings, session: &Session) -> String {
    let spec = (findings.settings).representations(session, findings.features, 0);
    let formulas: Vec<String> = (findings.representations.cells())
        .filter_map(|representation| {
            let formula = &findings
                .representations
                .outputs(representation)
                .next()?
                .formula;
            Some(format!("{}: {formula}", representation.name()))
        })
        .collect();
    format!(
        "Representations: n = {}, interpolants of smallest RKHS norm with a Gaussian kernel, \
         Cholesky factorization in double precision; the paper uses all images and up to 32,000 \
         filters. {}. Filters of the random convolution are random patches of the training images; \
         no labels enter a representation.",
        spec.train,
        formulas.join("; "),
    )
}
