//! The empirical neural tangent kernel, and alignment of kernels.

use faer::{Mat, MatRef};

use super::examples::Model;
use crate::network::chain::add_product;

/// The empirical neural tangent kernel between the examples, averaged over the
/// logits, shape (n, n).
///
/// ```text
/// Θ_ij = (1/C) Σ_k ⟨∇_w f_k(x_i), ∇_w f_k(x_j)⟩
///      = (1/C) Σ_k Σ_l ⟨δ_l^k(x_i), δ_l^k(x_j)⟩ (⟨a_{l−1}(x_i), a_{l−1}(x_j)⟩ + 1)
/// ```
///
/// The 1 belongs to the bias.
///
/// # Reference
/// Jacot, Gabriel, Hongler 2018, arXiv 1806.07572.
pub fn tangent_kernel(model: &Model) -> Mat<f64> {
    let network = &model.network;
    let pass = network.forward(model.all());
    let (classes, n) = (pass.logits.nrows(), model.len());
    let gram = |x: MatRef<'_, f64>| {
        let mut gram = Mat::zeros(n, n);
        add_product(&mut gram, x.transpose(), x);
        gram
    };
    let mut per_layer: Vec<Mat<f64>> = vec![Mat::zeros(n, n); network.spans().len()];
    for class in 0..classes {
        let one = |k, _| if k == class { 1.0 } else { 0.0 };
        let deltas = network.backward(&pass, Mat::from_fn(classes, n, one));
        for (sum, delta) in per_layer.iter_mut().zip(&deltas) {
            *sum += gram(delta.as_ref());
        }
    }
    let mut kernel = Mat::<f64>::zeros(n, n);
    for ((span, deltas), input) in network.spans().iter().zip(&per_layer).zip(&pass.inputs) {
        let inner = gram(input.as_ref());
        let bias = if span.has_bias() { 1.0 } else { 0.0 };
        for j in 0..n {
            for i in 0..n {
                kernel[(i, j)] += deltas[(i, j)] * (inner[(i, j)] + bias) / classes as f64;
            }
        }
    }
    kernel
}

/// H K H with H = I − 11ᵀ/n: the kernel of the centred features.
///
/// Zero where all of it is below what rounding leaves of a constant kernel.
pub fn centred(kernel: &Mat<f64>) -> Mat<f64> {
    let n = kernel.nrows();
    let means: Vec<f64> = (0..n).map(|j| kernel.col(j).sum() / n as f64).collect();
    let mean = means.iter().sum::<f64>() / n as f64;
    let centred = Mat::from_fn(n, n, |i, j| kernel[(i, j)] - means[i] - means[j] + mean);
    let noise = n as f64 * f64::EPSILON * kernel.norm_max();
    match centred.norm_max() <= noise {
        true => Mat::zeros(n, n),
        false => centred,
    }
}

/// ⟨K, L⟩_F / (‖K‖_F ‖L‖_F); not a number where one of them is 0.
pub fn cosine(k: &Mat<f64>, l: &Mat<f64>) -> f64 {
    let columns = k.as_ref().col_iter().zip(l.as_ref().col_iter());
    let product = |(a, b): (faer::ColRef<'_, f64>, faer::ColRef<'_, f64>)| -> f64 {
        a.iter().zip(b.iter()).map(|(a, b)| a * b).sum()
    };
    columns.map(product).sum::<f64>() / (k.norm_l2() * l.norm_l2())
}
