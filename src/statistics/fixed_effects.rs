//! A slope common to all blocks, each with its own level.

use super::distribution::student_t_critical;
use super::error::{StatisticsError, check_blocks};
use super::estimate::{Estimate, Interval, Kind, LEVEL};
use super::rank::check_sample;
use super::test_result::{Alternative, Method, TestResult};
use super::within_block::Block;
use crate::linalg::{dot, squared_norm};

/// Fewer blocks that vary x hardly determine the variance between them.
const FEWEST: usize = 3;

/// The slope of y on x with a level per block, and its interval robust to any
/// dependence and unequal variance within blocks.
///
/// ```text
/// y_bi = α_b + β x_bi + ε_bi,   x̃, ỹ: minus the means of their block
/// β = Σ x̃ỹ / S,   S = Σ x̃²,   h_b = Σ_{i∈b} x̃² / S
/// V = Σ_b (Σ_{i∈b} x̃ e)² / (1 − h_b) / S²,   e = ỹ − βx̃
/// β ± t₀.₉₇₅(ν) √V,   1/ν = Σ_bc [(h_b δ_bc − h_b h_c)² / ((1 − h_b)(1 − h_c))]
/// ```
///
/// This is CR2, the bias-reduced cluster-robust variance of Bell and McCaffrey,
/// with their degrees of freedom; its general matrices have this closed form
/// for one slope (derived here: (I − H)^{-1/2} acts on x̃_b as 1/√(1 − h_b),
/// and level columns are orthogonal to x̃). In balanced designs ν is the number
/// of blocks − 1; it is smaller if few blocks carry the variation of x.
/// `samples` counts the blocks that vary x: others say nothing of the slope.
///
/// # Errors
/// Fewer than three blocks that vary x; or, naming the block, x and y of
/// different length, no runs, or a value that is not finite.
///
/// # Reference
/// Bell and McCaffrey 2002, "Bias reduction in standard errors for linear
/// regression with multi-stage samples"; Pustejovsky and Tipton 2018, arXiv
/// 1601.01981 (fixed effects).
pub fn fixed_effects_slope(blocks: &[Block]) -> Result<Estimate, StatisticsError> {
    let slope = slope(blocks)?;
    let half = student_t_critical(LEVEL, slope.degrees_of_freedom) * slope.error;
    Ok(Estimate {
        value: slope.value,
        kind: Kind::Estimate,
        interval: Some(Interval::new(slope.value - half, slope.value + half)),
        samples: slope.blocks,
    })
}

/// The test that the slope of [`fixed_effects_slope`] is zero: β/√V against Student's
/// t(ν). The two-sided p is below 0.05 exactly when the interval excludes zero.
///
/// # Errors
/// As for [`fixed_effects_slope`]; or V is zero.
pub fn fixed_effects_test(
    blocks: &[Block],
    alternative: Alternative,
) -> Result<TestResult, StatisticsError> {
    let slope = slope(blocks)?;
    if slope.error <= 0.0 {
        return Err(StatisticsError::NoSpread {
            statistic: "a test of a slope",
            value: slope.value,
        });
    }
    let statistic = slope.value / slope.error;
    Ok(TestResult {
        statistic,
        p_value: alternative.student_t(statistic, slope.degrees_of_freedom),
        method: Method::StudentT,
        samples: slope.blocks,
    })
}

struct Slope {
    value: f64,
    /// √V.
    error: f64,
    degrees_of_freedom: f64,
    /// Those that vary x.
    blocks: usize,
}

fn slope(blocks: &[Block]) -> Result<Slope, StatisticsError> {
    let mut centred = Vec::new();
    for (block, Block { x, y }) in blocks.iter().enumerate() {
        check_sample("a slope", x, y, 1).map_err(|error| StatisticsError::InBlock {
            block,
            error: Box::new(error),
        })?;
        if x.iter().any(|v| *v != x[0]) {
            centred.push((deviations(x), deviations(y)));
        }
    }
    check_blocks(
        "a slope with a level per block (counting blocks that vary x)",
        centred.len(),
        FEWEST,
    )?;
    let total: f64 = centred.iter().map(|(x, _)| squared_norm(x)).sum();
    let slope = centred.iter().map(|(x, y)| dot(x, y)).sum::<f64>() / total;
    let shares: Vec<f64> = centred
        .iter()
        .map(|(x, _)| squared_norm(x) / total)
        .collect();
    let variance = centred
        .iter()
        .zip(&shares)
        .map(|((x, y), h)| (dot(x, y) - slope * squared_norm(x)).powi(2) / (1.0 - h))
        .sum::<f64>()
        / (total * total);
    Ok(Slope {
        value: slope,
        error: variance.sqrt(),
        degrees_of_freedom: degrees_of_freedom(&shares),
        blocks: centred.len(),
    })
}

fn degrees_of_freedom(shares: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (b, h) in shares.iter().enumerate() {
        for (c, k) in shares.iter().enumerate() {
            let diagonal = if b == c { *h } else { 0.0 };
            sum += (diagonal - h * k).powi(2) / ((1.0 - h) * (1.0 - k));
        }
    }
    1.0 / sum
}

fn deviations(values: &[f64]) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|v| v - mean).collect()
}

#[cfg(test)]
mod tests {
    use super::super::mean::mean;
    use super::super::regression::least_squares;
    use super::*;
    use crate::random::stream;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// A dose-response in every block with a slope and an error scale of its
    /// own; the mean slope is 0.5. Later blocks have wider doses if `uneven`.
    fn blocks(count: usize, uneven: bool, rng: &mut ChaCha8Rng) -> Vec<Block> {
        let mut draw = || -> f64 { StandardNormal.sample(rng) };
        let mut block = |b: usize| {
            let (level, slope) = (5.0 * draw(), 0.5 + 0.3 * draw());
            let width = if uneven { 1.0 + b as f64 / 4.0 } else { 1.0 };
            let x: Vec<f64> = (0..5).map(|i| width * f64::from(i)).collect();
            let y = x.iter().map(|x| level + slope * x + 0.5 * draw()).collect();
            Block { x, y }
        };
        (0..count).map(&mut block).collect()
    }

    /// With equal doses, β is the mean of the slopes of the blocks, and CR2
    /// their t interval.
    #[test]
    fn balanced_blocks_give_the_t_interval_of_their_slopes() {
        let all = blocks(7, false, &mut stream(1, "balanced"));
        let slopes: Vec<f64> = all
            .iter()
            .map(|b| {
                let columns = [vec![1.0; b.x.len()], b.x.clone()];
                least_squares(&columns, &b.y).unwrap().coefficients[1].value
            })
            .collect();
        let (found, expected) = (fixed_effects_slope(&all).unwrap(), mean(&slopes).unwrap());
        let (f, e) = (found.interval.unwrap(), expected.interval.unwrap());
        assert!((found.value - expected.value).abs() < 1e-12);
        assert!((f.low - e.low).abs() < 1e-11 && (f.high - e.high).abs() < 1e-11);
    }

    #[test]
    fn blocks_without_variation_of_x_say_nothing() {
        let mut all = blocks(4, true, &mut stream(2, "constant"));
        let before = fixed_effects_slope(&all).unwrap();
        all.push(Block {
            x: vec![1.0; 3],
            y: vec![0.0, 5.0, 9.0],
        });
        assert_eq!(fixed_effects_slope(&all).unwrap(), before);
        all.drain(..2);
        let error = fixed_effects_slope(&all).unwrap_err();
        assert!(matches!(
            error,
            StatisticsError::TooFewBlocks { blocks: 2, .. }
        ));
        all[1].y[0] = f64::INFINITY;
        let error = fixed_effects_slope(&all).unwrap_err().to_string();
        assert!(error.starts_with("block 1: y[0] is inf"), "{error}");
        all[1].y.pop();
        assert!(fixed_effects_slope(&all).is_err());
    }

    #[test]
    fn the_interval_covers_the_slope_although_blocks_differ() {
        let mut rng = stream(3, "coverage of the slope");
        for (count, uneven) in [(6, false), (12, true)] {
            let covered = (0..2000)
                .filter(|_| {
                    let slope = fixed_effects_slope(&blocks(count, uneven, &mut rng)).unwrap();
                    slope.interval.unwrap().contains(0.5)
                })
                .count();
            assert!(
                (1860..=1940).contains(&covered),
                "{count} blocks: {covered} of 2000"
            );
        }
    }
}
