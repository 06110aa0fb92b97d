//! Kernels against closed forms, sampling and positive semidefiniteness.

use faer::{Mat, Side};
use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::linalg::{dot, squared_norm};

fn all() -> Vec<AnyKernel> {
    let examples = KERNELS.iter().flat_map(|entry| entry.examples);
    examples.map(|text| text.parse().unwrap()).collect()
}

fn points(n: usize, d: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut rng = crate::random::stream(seed, "kernel tests");
    (0..n)
        .map(|_| (0..d).map(|_| StandardNormal.sample(&mut rng)).collect())
        .collect()
}

fn between(kernel: &dyn Kernel, x: &[f64], y: &[f64]) -> f64 {
    kernel.value(dot(x, y), squared_norm(x), squared_norm(y))
}

fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} is not {b}");
}

#[test]
fn every_line_of_the_registry_is_read_and_written_back() {
    for entry in KERNELS {
        assert!(!entry.examples.is_empty(), "{}", entry.name);
        for text in entry.examples {
            let kernel: AnyKernel = text.parse().unwrap();
            assert_eq!(kernel.to_string(), *text);
            assert_eq!(kernel.name(), entry.name);
            assert_eq!(text.matches(':').count(), entry.usage.matches(':').count());
            assert!(!kernel.formula().is_empty());
        }
    }
}

#[test]
fn every_kernel_is_symmetric() {
    let points = points(6, 3, 9);
    for kernel in all() {
        for x in &points {
            for y in &points {
                close(between(&*kernel, x, y), between(&*kernel, y, x), 1e-14);
            }
        }
    }
}

#[test]
fn bad_text_is_refused_in_one_line() {
    for text in [
        "",
        "gauss:5",
        "gaussian",
        "gaussian:0",
        "gaussian:-1",
        "gaussian:nan",
        "gaussian:inf",
        "gaussian:5:6",
        "laplacian:0",
        "laplacian:x",
        "polynomial:0",
        "polynomial:2.5",
        "ntk:0",
        "nngp:-1",
        "linear:1",
    ] {
        let error = text.parse::<AnyKernel>().unwrap_err();
        assert_eq!(error.to_string().lines().count(), 1, "{text}");
    }
}

#[test]
fn gram_matrices_are_positive_semidefinite() {
    let x = points(40, 5, 1);
    for kernel in all() {
        let k = Mat::from_fn(40, 40, |i, j| between(&*kernel, &x[i], &x[j]));
        let values = k.self_adjoint_eigenvalues(Side::Lower).unwrap();
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(0.0, f64::max);
        assert!(least > -1e-12 * most, "{kernel}: {least}");
    }
}

#[test]
fn the_diagonal_agrees_with_the_formula() {
    for kernel in all() {
        for x in points(5, 7, 2) {
            let xx = squared_norm(&x);
            // acos near 1 turns a rounding of 1e-16 into 1e-8.
            close(
                kernel.diagonal(xx),
                kernel.value(xx, xx, xx),
                1e-6 * xx.max(1.0),
            );
        }
    }
}

#[test]
fn both_precisions_map_blocks_as_the_formula_does() {
    let x = points(150, 4, 3);
    let y = &points(1, 4, 4)[0];
    let xx: Vec<f64> = x.iter().map(squared_norm).collect();
    let products: Vec<f64> = x.iter().map(|x| dot(x, y)).collect();
    for kernel in all() {
        let mut double = products.clone();
        kernel.map_f64(&mut double, &xx, squared_norm(y));
        let narrow = |v: &[f64]| v.iter().map(|&v| v as f32).collect::<Vec<f32>>();
        let mut single = narrow(&products);
        kernel.map_f32(&mut single, &narrow(&xx), squared_norm(y) as f32);
        for i in 0..150 {
            let exact = between(&*kernel, &x[i], y);
            close(double[i], exact, 1e-13 * exact.abs().max(1.0));
            close(f64::from(single[i]), exact, 2e-5 * exact.abs().max(1.0));
        }
    }
}

#[test]
fn distances_give_the_exponential_kernels() {
    let x = points(2, 9, 5);
    let squared: f64 = x[0].iter().zip(&x[1]).map(|(a, b)| (a - b) * (a - b)).sum();
    let (gaussian, laplacian) = (Gaussian::new(3.0).unwrap(), Laplacian::new(3.0).unwrap());
    close(
        between(&gaussian, &x[0], &x[1]),
        (-squared / 18.0).exp(),
        1e-14,
    );
    close(
        between(&laplacian, &x[0], &x[1]),
        (-squared.sqrt() / 3.0).exp(),
        1e-14,
    );
    // Rounding can make xx + yy - 2 xy negative.
    assert_eq!(Kernel::value(&gaussian, 1.0 + 1e-9, 1.0, 1.0), 1.0);
}

/// At u = 1, 0 and -1: κ₀ = 1, 1/2, 0 and κ₁ = 1, 1/π, 0.
#[test]
fn angular_kernels_have_their_closed_forms() {
    let pi = std::f64::consts::PI;
    let at = |kernel: &str, u: f64| {
        let kernel: AnyKernel = kernel.parse().unwrap();
        kernel.value(6.0 * u, 4.0, 9.0)
    };
    for (u, zero, one) in [(1.0, 1.0, 1.0), (0.0, 0.5, 1.0 / pi), (-1.0, 0.0, 0.0)] {
        close(at("arc-cosine-0", u), zero, 1e-7);
        close(at("arc-cosine-1", u), 6.0 * one, 1e-7);
        close(at("nngp:1", u), 6.0 * one, 1e-7);
        close(at("ntk:1", u), 6.0 * (u * zero + one), 1e-7);
    }
    // Depth 2 at u = 0: Σ¹ = 1/π, Σ² = κ₁(1/π), Θ² = Θ¹ κ₀(Σ¹) + Σ², Θ¹ = 1/π.
    let s = 1.0 / pi;
    let zero = 1.0 - s.acos() / pi;
    let one = s * zero + (1.0 - s * s).sqrt() / pi;
    close(at("nngp:2", 0.0), 6.0 * one, 1e-12);
    close(at("ntk:2", 0.0), 6.0 * (s * zero + one), 1e-12);
    close(at("ntk:3", 1.0), 6.0 * 4.0, 1e-6);
}

#[test]
fn a_zero_vector_is_allowed() {
    for kernel in all() {
        assert!(kernel.value(0.0, 0.0, 3.0).is_finite(), "{kernel}");
        assert!(kernel.diagonal(0.0).is_finite(), "{kernel}");
    }
}

/// The tangent kernel of one hidden layer is the expectation, over w ~ N(0, I), of
/// the inner product of gradients: for f = √(2/m) Σ a_j max(w_j x, 0), the outer
/// weights give 2 max(wx, 0) max(wy, 0) and the inner ones 2 1(wx > 0) 1(wy > 0) xy.
#[test]
fn the_tangent_kernel_is_the_mean_over_random_features() {
    let x = points(2, 6, 6);
    let draws = 400_000;
    let (mut sum, mut squares) = (0.0, 0.0);
    for w in points(draws, 6, 7) {
        let (a, b) = (dot(&w, &x[0]), dot(&w, &x[1]));
        let inner = if a > 0.0 && b > 0.0 {
            dot(&x[0], &x[1])
        } else {
            0.0
        };
        let value = 2.0 * (a.max(0.0) * b.max(0.0) + inner);
        sum += value;
        squares += value * value;
    }
    let mean = sum / draws as f64;
    let error = ((squares / draws as f64 - mean * mean) / draws as f64).sqrt();
    let ntk = NeuralTangent::new(1).unwrap();
    // Five standard errors: a fixed seed, so this is no matter of luck.
    close(between(&ntk, &x[0], &x[1]), mean, 5.0 * error);
    assert!(error < 0.01 * mean.abs());
}
