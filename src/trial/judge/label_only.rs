//! The null predictor: the name of the way, without any norm.

use super::note::Note;
use super::prediction::point;
use super::row::{Hypothesis, Row, Standing};
use super::runs::Runs;
use crate::statistics::{Estimate, Kind};
use crate::trial::arm::Arm;

/// What ln φ adds to the name of the arm, each block predicted from the others.
///
/// ```text
/// y: test error minus the mean of its block,   x: the same of ln φ
/// name:         ŷ = mean y of the arm in the other blocks
/// name and φ:   ŷ + β (x − mean x of the arm),   β from the other blocks
/// R² = 1 − Σ (y − ŷ)² / Σ y²
/// ```
pub(super) fn row(runs: &Runs, arms: &[&Arm]) -> Row {
    let mut row = Row::new(
        Hypothesis::Prediction,
        Standing::Descriptive,
        "R² that ln φ adds to the name of the way",
        "shown: each block predicted from the others; a norm that adds nothing knows no more than which way was taken",
    );
    let mut kept = arms.to_vec();
    kept.retain(|arm| runs.censored(arm).is_none());
    let complete: Vec<Vec<(f64, f64)>> = runs
        .blocks
        .iter()
        .filter_map(|&block| kept.iter().map(|arm| point(runs, arm, block)).collect())
        .collect();
    row.blocks = complete.len();
    match (kept.len() > 1)
        .then(|| cross_validated(&complete))
        .flatten()
    {
        Some((name, both)) => {
            row.effect = Some(Estimate {
                value: both - name,
                kind: Kind::Estimate,
                interval: None,
                samples: complete.len(),
            });
            row.noted(Note::Explained {
                name,
                both,
                blocks: complete.len(),
            })
        }
        None => row.noted(Note::NothingVaries),
    }
}

/// R² out of block of the name alone, and with ln φ; `blocks[b][arm]` = (x, y).
fn cross_validated(blocks: &[Vec<(f64, f64)>]) -> Option<(f64, f64)> {
    let centred: Vec<Vec<(f64, f64)>> = blocks.iter().map(|block| minus_mean(block)).collect();
    if centred.len() < 3 {
        return None;
    }
    let (mut name, mut both, mut total) = (0.0, 0.0, 0.0);
    for (left_out, block) in centred.iter().enumerate() {
        let others: Vec<&Vec<(f64, f64)>> = (0..centred.len())
            .filter(|&b| b != left_out)
            .map(|b| &centred[b])
            .collect();
        let means: Vec<(f64, f64)> = (0..block.len())
            .map(|arm| mean_point(others.iter().map(|other| other[arm])))
            .collect();
        let (mut products, mut squares) = (0.0, 0.0);
        for other in &others {
            for (point, mean) in other.iter().zip(&means) {
                products += (point.0 - mean.0) * (point.1 - mean.1);
                squares += (point.0 - mean.0).powi(2);
            }
        }
        let slope = if squares > 0.0 {
            products / squares
        } else {
            0.0
        };
        for (&(x, y), mean) in block.iter().zip(&means) {
            name += (y - mean.1).powi(2);
            both += (y - mean.1 - slope * (x - mean.0)).powi(2);
            total += y * y;
        }
    }
    (total > 0.0).then_some((1.0 - name / total, 1.0 - both / total))
}

fn minus_mean(block: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mean = mean_point(block.iter().copied());
    block.iter().map(|p| (p.0 - mean.0, p.1 - mean.1)).collect()
}

fn mean_point(points: impl ExactSizeIterator<Item = (f64, f64)>) -> (f64, f64) {
    let n = points.len() as f64;
    let sum = points.fold((0.0, 0.0), |sum, p| (sum.0 + p.0, sum.1 + p.1));
    (sum.0 / n, sum.1 / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_norm_adds_what_the_name_does_not_know() {
        // y = 2 x exactly, x varying within arms: the name alone cannot follow.
        let causal: Vec<Vec<(f64, f64)>> = [0.3, -0.2, 0.1, -0.4]
            .iter()
            .map(|d| [1.0 + d, 2.0 - d, 3.5].map(|x| (x, 2.0 * x)).to_vec())
            .collect();
        let (name, both) = cross_validated(&causal).unwrap();
        assert!(name < 0.99 && (both - 1.0).abs() < 1e-12, "{name} {both}");
        // y a function of the arm alone: nothing to add.
        let label: Vec<Vec<(f64, f64)>> = [0.3, -0.2, 0.1, -0.4]
            .iter()
            .map(|d| vec![(1.0 + d, 5.0), (2.0 - d, 7.0), (3.5, 9.0)])
            .collect();
        let (name, both) = cross_validated(&label).unwrap();
        assert!((name - 1.0).abs() < 1e-12 && (both - name).abs() < 1e-12);
        assert_eq!(cross_validated(&label[..2]), None);
        assert_eq!(cross_validated(&vec![vec![(1.0, 1.0); 2]; 4]), None);
    }
}
