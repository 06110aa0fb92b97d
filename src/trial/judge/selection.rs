//! H1: at the same cost, does SGD end at the smallest norm of all ways?

use super::contrast::{Contrast, Quantity, exponential, limits};
use super::note::{Lacking, Note};
use super::power::{Need, Undecided};
use super::row::{Decision, Hypothesis, Row, Standing};
use super::runs::Runs;
use crate::statistics::{Alternative, Estimate, Kind, bca_of, friedman, sign_flip_of};
use crate::trial::arm::{Arm, Role};

/// H1 by the primary norm and by the second one, from other starts, and the ranks.
pub(super) fn rows(runs: &Runs) -> Vec<Row> {
    vec![
        selection(runs, Quantity::Norm, Standing::Primary, "path norm"),
        selection(runs, Quantity::Spectral, Standing::Shown, "spectral norm"),
        start(runs),
        ranks(runs),
    ]
}

/// An intersection-union test: the norm of every other way must be larger, so the
/// p-value is the largest of theirs, without a correction.
///
/// # Reference
/// Berger 1982, "Multiparameter hypothesis testing and acceptance sampling".
fn selection(runs: &Runs, quantity: Quantity, standing: Standing, norm: &str) -> Row {
    let factor = runs.rules.norm_factor;
    let mut row = Row::new(
        Hypothesis::Selection,
        standing,
        format!("smallest ratio of the {norm} of another way to that of SGD"),
        format!(
            "holds: the norm of every way that is not SGD is larger (largest one-sided p of the paired t tests of the log ratios, after Holm, at most {}) and the smallest ratio is at least {factor}; fails: the 95 % interval of some ratio lies below {factor}",
            runs.rules.level
        ),
    );
    let others = other_ways(runs);
    let Some(reference) = runs.reference().filter(|_| !others.is_empty()) else {
        return row.noted(Note::Lacks(Lacking::OtherWays));
    };
    let contrasts: Vec<(&Arm, Contrast)> = others
        .into_iter()
        .map(|arm| (arm, Contrast::between(runs, arm, reference, quantity)))
        .collect();
    let mut fails = false;
    let (mut p, mut deviation) = (0.0_f64, 0.0_f64);
    for (arm, contrast) in &contrasts {
        p = p.max(contrast.p_value(Alternative::Greater));
        row.notes.extend(contrast.notes());
        if let (None, Some(ratio)) = (&contrast.barred, contrast.ratio()) {
            row.notes.push(ratio_of(arm, reference, ratio));
            fails |= limits(&ratio).1 < factor;
            deviation = deviation.max(contrast.deviation());
        }
    }
    row.p = Some(p);
    let smallest = contrasts
        .iter()
        .filter(|(_, contrast)| contrast.barred.is_none())
        .filter_map(|(arm, contrast)| Some((*arm, contrast, contrast.difference()?)))
        .min_by(|a, b| a.2.value.total_cmp(&b.2.value));
    if contrasts.iter().any(|(_, c)| c.barred.is_some()) {
        row.notes.push(Note::EveryWayCounts);
    }
    let Some((arm, contrast, log)) = smallest else {
        return row;
    };
    let ratio = exponential(log);
    row.label = format!("{norm}, {} / {}", arm.id, reference.id);
    row.effect = Some(ratio);
    row.unit = "×".to_owned();
    row.blocks = contrast.differences.len();
    row.notes.extend(beside(runs, contrast, norm));
    let all = contrasts.iter().all(|(_, c)| c.barred.is_none());
    row.decision = if fails {
        Decision::Fails
    } else if all && ratio.value >= factor && p <= runs.rules.level {
        Decision::Holds
    } else {
        Decision::Undecided
    };
    if all {
        row.need = Some(Need::Effect(
            factor.ln(),
            Undecided {
                have: row.blocks,
                deviation,
                distances: vec![log.value - factor.ln()],
            },
        ));
    }
    row
}

/// The permutation test and the bootstrap, to be read beside t.
fn beside(runs: &Runs, contrast: &Contrast, norm: &str) -> Option<Note> {
    let mut rng = runs.rng(&format!("selection by the {norm}"));
    let effort = runs.effort;
    let flipped = sign_flip_of(
        &contrast.differences,
        Alternative::Greater,
        &mut rng,
        effort.exact_up_to,
        effort.draws,
    );
    let centre = |d: &[&f64]| d.iter().copied().sum::<f64>() / d.len() as f64;
    let resampled = bca_of(
        "a mean log ratio",
        &contrast.differences,
        centre,
        &mut rng,
        effort.draws,
    );
    match (flipped, resampled) {
        (Ok(flipped), Ok(resampled)) => Some(Note::Resampled {
            p: flipped.p_value,
            ratio: exponential(resampled.estimate),
        }),
        _ => None,
    }
}

fn ratio_of(above: &Arm, below: &Arm, ratio: Estimate) -> Note {
    Note::Ratio {
        above: above.id.clone(),
        below: below.id.clone(),
        ratio,
    }
}

/// The ways from the usual start that do not descend the gradient.
fn other_ways<'a>(runs: &Runs<'a>) -> Vec<&'a Arm> {
    runs.arms(|role| {
        matches!(
            role,
            Role::Search
                | Role::Method {
                    descends_the_gradient: false
                }
        )
    })
}

/// Whether the small norm is owed to the start: larger from some other one, with
/// Bonferroni's correction for having looked at several.
fn start(runs: &Runs) -> Row {
    let factor = runs.rules.norm_factor;
    let mut row = Row::new(
        Hypothesis::Start,
        Standing::Deciding,
        "path norm of SGD from other starts",
        format!(
            "holds (conditional on initialization): from some start that is larger, or pretrained on random labels, SGD ends at a norm more than {factor} × the reference's (one-sided t test of the log ratio against ln {factor}, Bonferroni over the starts, at {}); fails: at no start, all 95 % intervals below {factor}",
            runs.rules.level / 2.0
        ),
    );
    let starts = runs.arms(|role| match role {
        Role::Scale { factor } => factor > 1.0,
        Role::Adversarial { .. } => true,
        _ => false,
    });
    let Some(reference) = runs.reference().filter(|_| !starts.is_empty()) else {
        return row.noted(Note::Lacks(Lacking::OtherStarts));
    };
    let (mut smallest_p, mut below) = (1.0_f64, 0);
    for &arm in &starts {
        let contrast = Contrast::between(runs, arm, reference, Quantity::Norm);
        row.notes.extend(contrast.notes());
        if contrast.barred.is_some() {
            continue;
        }
        let Some(ratio) = contrast.ratio() else {
            continue;
        };
        row.notes.push(ratio_of(arm, reference, ratio));
        below += usize::from(limits(&ratio).1 < factor);
        let beyond = Contrast {
            differences: contrast
                .differences
                .iter()
                .map(|d| d - factor.ln())
                .collect(),
            left_out: None,
            barred: None,
        };
        smallest_p = smallest_p.min(beyond.p_value(Alternative::Greater));
        if row.effect.is_none_or(|effect| effect.value < ratio.value) {
            row.label = format!("path norm, {} / {}", arm.id, reference.id);
            row.effect = Some(ratio);
            row.blocks = contrast.differences.len();
            row.need = Some(Need::Effect(
                factor.ln(),
                Undecided {
                    have: row.blocks,
                    deviation: contrast.deviation(),
                    distances: vec![ratio.value.ln() - factor.ln()],
                },
            ));
        }
    }
    row.unit = "×".to_owned();
    let p = (smallest_p * starts.len() as f64).min(1.0);
    row.p = Some(p);
    row.decision = if p <= runs.rules.level / 2.0 {
        Decision::Holds
    } else if below == starts.len() {
        Decision::Fails
    } else {
        Decision::Undecided
    };
    row
}

/// The mean rank of SGD among all ways on the data as they are; exploratory.
fn ranks(runs: &Runs) -> Row {
    let mut row = Row::new(
        Hypothesis::Selection,
        Standing::Descriptive,
        "mean rank of SGD by path norm",
        "shown: 1 is the smallest norm; p of the Friedman test that all ways rank alike",
    );
    let mut arms = runs.natural();
    arms.retain(|arm| runs.censored(arm).is_none());
    let Some(place) = arms.iter().position(|arm| arm.role == Role::Reference) else {
        return row.noted(Note::Lacks(Lacking::Reference));
    };
    let ways = arms.len();
    let ranked: Vec<Vec<f64>> = runs
        .blocks
        .iter()
        .filter_map(|&block| {
            arms.iter()
                .map(|arm| Quantity::Norm.of(runs.solution(arm, block).ok()?))
                .collect()
        })
        .collect();
    match friedman(&ranked) {
        Ok(found) => {
            row.unit = format!("of {ways}");
            row.p = Some(found.test.p_value);
            row.blocks = ranked.len();
            let rank = found.mean_ranks[place];
            row.notes.push(Note::MeanRank {
                rank,
                ways,
                blocks: ranked.len(),
            });
            row.effect = Some(Estimate {
                value: rank,
                kind: Kind::Estimate,
                interval: None,
                samples: ranked.len(),
            });
            row
        }
        Err(error) => row.noted(error),
    }
}
