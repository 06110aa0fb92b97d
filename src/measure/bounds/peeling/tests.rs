//! Every step of the proof by simulation, at few and many classes.

use rand::RngExt;

use super::*;
use crate::linalg::{dot, norm};
use crate::random::stream;
use crate::statistics::mean;

const CLASSES: [usize; 2] = [10, 100];

/// ±1.
fn signs(n: usize, rng: &mut impl RngExt) -> Vec<f64> {
    let sign = |_| if rng.random_bool(0.5) { 1.0 } else { -1.0 };
    (0..n).map(sign).collect()
}

/// Points (x, y) in the plane, on a line through 0 or in all directions.
fn points(n: usize, on_a_line: bool) -> Vec<[f64; 2]> {
    let mut rng = stream(1, "points");
    let point = |_| match on_a_line {
        true => [1.0, 0.0],
        false => [rng.random_range(-1.0..1.0), rng.random_range(-1.0..1.0)],
    };
    (0..n).map(point).collect()
}

/// sup_u |Σ_i ε_i relu(u·x_i)| over ‖u‖_p ≤ 1 by a grid of directions: one hidden
/// layer, whose largest output is that of its best unit for either norm.
fn one_layer(x: &[[f64; 2]], epsilon: &[f64], p: i32) -> f64 {
    let value = |k: usize| {
        let (sin, cos) = (k as f64 * std::f64::consts::TAU / 72.0).sin_cos();
        let norm = match p {
            1 => sin.abs() + cos.abs(),
            _ => 1.0,
        };
        let outputs = x.iter().map(|x| (x[0] * cos + x[1] * sin).max(0.0) / norm);
        outputs.zip(epsilon).map(|(h, e)| h * e).sum::<f64>().abs()
    };
    (0..72).map(value).fold(0.0, f64::max)
}

/// sup ‖Σ_i ε_i x_i‖_*: no hidden layer.
fn no_layer(x: &[[f64; 2]], epsilon: &[f64], p: i32) -> f64 {
    let sum = |j: usize| x.iter().zip(epsilon).map(|(x, e)| x[j] * e).sum::<f64>();
    match p {
        1 => sum(0).abs().max(sum(1).abs()),
        _ => sum(0).hypot(sum(1)),
    }
}

/// The bounds of E max_k Z_k and E Z² hold, and are not far off.
#[test]
fn suprema_of_networks_that_are_known_are_below_their_bounds() {
    let (m, draws) = (24, 3000);
    for on_a_line in [true, false] {
        let x = points(m, on_a_line);
        let frobenius = norm(x.iter().flatten());
        let largest = x.iter().flatten().fold(0.0_f64, |m, x| m.max(x.abs()));
        for (depth, p) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
            let mut rng = stream(depth, "signs");
            let z: Vec<f64> = (0..draws)
                .map(|_| match depth {
                    1 => no_layer(&x, &signs(m, &mut rng), p),
                    _ => one_layer(&x, &signs(m, &mut rng), p),
                })
                .collect();
            let (theorems, unit) = match p {
                1 => (
                    &[Theorem::BartlettMendelson][..],
                    largest * (m as f64).sqrt(),
                ),
                _ => (&[Theorem::Neyshabur, Theorem::Golowich][..], frobenius),
            };
            for k in CLASSES {
                let groups = z.chunks_exact(k);
                let maxima: Vec<f64> = groups
                    .map(|z| z.iter().fold(0.0, |m, z| z.max(m)))
                    .collect();
                let maximum = mean(&maxima).unwrap().value;
                let square = mean(&z.iter().map(|z| z * z).collect::<Vec<_>>())
                    .unwrap()
                    .value;
                for theorem in theorems {
                    let bound = theorem.suprema(depth as f64, k as f64, 2.0);
                    let maximum = maximum / (unit * bound.largest);
                    // Without layers E Z² is ‖X‖_F², which a sample of it may exceed.
                    let root = square.sqrt() / (unit * bound.root_mean_square);
                    assert!((0.1..1.0).contains(&maximum), "{depth} {p} {k}: {maximum}");
                    assert!((0.1..1.03).contains(&root), "{depth} {p} {k}: {root}");
                }
            }
        }
    }
}

/// With all images the same, Z_k = |Σ_i ε_ik| for every depth. The bounds of E Z, which
/// would do for one output, are below the maximum over 100.
#[test]
fn a_bound_of_one_output_does_not_hold_for_the_largest_of_many() {
    let (m, k, draws) = (24, 100, 300);
    let mut rng = stream(1, "one direction");
    let mut z = || signs(m, &mut rng).iter().sum::<f64>().abs() / (m as f64).sqrt();
    let maximum = |_| (0..k).map(|_| z()).fold(0.0, f64::max);
    let maxima: Vec<f64> = (0..draws).map(maximum).collect();
    let maximum = mean(&maxima).unwrap().value;
    for theorem in [
        Theorem::BartlettMendelson,
        Theorem::Neyshabur,
        Theorem::Golowich,
    ] {
        let at = |k: usize| theorem.suprema(1.0, k as f64, 1.0).largest;
        assert!(at(1) < maximum && maximum < at(k), "{maximum}");
    }
}

/// The last layer's supremum: all weight on the best row, or spread like the sums.
#[test]
fn the_limits_of_all_rows_together_have_these_suprema() {
    let mut rng = stream(1, "rows");
    for k in CLASSES {
        let sums: Vec<f64> = (0..k).map(|_| rng.random_range(-1.0..1.0)).collect();
        let largest = sums.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        let root = norm(&sums);
        let value = |w: &[f64]| dot(w, &sums);
        for _ in 0..1000 {
            let w: Vec<f64> = (0..k).map(|_| rng.random_range(-1.0..1.0)).collect();
            let sum = w.iter().map(|w| w.abs()).sum::<f64>();
            let square = norm(&w);
            assert!(value(&w) <= sum * largest && value(&w) <= square * root);
        }
        let best: Vec<f64> = (sums.iter())
            .map(|v| if v.abs() == largest { v.signum() } else { 0.0 })
            .collect();
        assert!((value(&best) / largest - 1.0).abs() < 1e-12);
        assert!((value(&sums) / root - root).abs() < 1e-12);
    }
}

/// Maurer's contraction with the ramp loss of margins, exactly over all signs of the
/// losses: E sup Σ_i ε_i ramp(f(x_i)) ≤ (2/γ) E sup Σ_ik ε_ik f_k(x_i).
#[test]
fn the_ramp_loss_contracts_the_sums_over_outputs() {
    let (m, functions, gamma) = (8, 30, 0.5);
    for k in CLASSES {
        let mut rng = stream(k as u64, "functions");
        let mut logits =
            || -> Vec<f64> { (0..m * k).map(|_| rng.random_range(-1.0..1.0)).collect() };
        let class: Vec<Vec<f64>> = (0..functions).map(|_| logits()).collect();
        let ramp = |f: &[f64]| {
            let other = f[1..].iter().fold(f64::NEG_INFINITY, |m, &z| m.max(z));
            (1.0 - (f[0] - other) / gamma).clamp(0.0, 1.0)
        };
        let losses = class.iter().map(|f| f.chunks(k).map(ramp).collect());
        let losses: Vec<Vec<f64>> = losses.collect();
        let sup = |class: &[Vec<f64>], epsilon: &[f64]| {
            let value = |f: &Vec<f64>| dot(f, epsilon);
            class.iter().map(value).fold(f64::NEG_INFINITY, f64::max)
        };
        let of_bits = |bits: usize| {
            let sign = |i| if bits >> i & 1 == 1 { 1.0 } else { -1.0 };
            sup(&losses, &(0..m).map(sign).collect::<Vec<_>>())
        };
        let left = (0..1 << m).map(of_bits).sum::<f64>() / f64::from(1 << m);
        let mut rng = stream(k as u64, "signs of outputs");
        let draws: Vec<f64> = (0..400)
            .map(|_| sup(&class, &signs(m * k, &mut rng)))
            .collect();
        let right = mean(&draws).unwrap().interval.unwrap().low;
        assert!(left < 2.0 / gamma * right, "{k}: {left} {right}");
    }
}
