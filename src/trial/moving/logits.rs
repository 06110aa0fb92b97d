//! Solves J Σ Jᵀ c = b in the space of all training logits, for chains of dense layers.

use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Llt;
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::{Accum, Mat, Par, Side};

use super::gram;
use crate::network::graph::{Graph, Pass};

/// The diagonal that is added, of the mean one. Directions in which the logits hardly move are
/// not solved for: with less of it conjugate gradients do not end where two images are alike, and
/// what is missed is taken back by the next step.
const RIDGE: f64 = 1e-4;
/// Iterations after which conjugate gradients give up.
const ITERATIONS: usize = 300;

/// The system of a chain at one point.
///
/// ```text
/// J Σ Jᵀ u = Σ_l σ_l² ((H_l H_lᵀ + 1) Δ_l) pushed forward,   Δ_l = u sent back to layer l
/// ```
pub struct LogitSystem {
    variances: Vec<f32>,
    /// What every layer but the first sees, shape (n, width).
    hidden: Vec<Mat<f32>>,
    /// Weights of every layer but the first, shape (outputs, inputs).
    weights: Vec<Mat<f32>>,
}

impl LogitSystem {
    /// The system at the parameters of a chain, whose pass this is.
    pub fn at(graph: &Graph<f32>, pass: &Pass<f32>, variances: Option<&[f64]>) -> Self {
        let n = pass.examples();
        let (mut hidden, mut weights) = (Vec::new(), Vec::new());
        for (place, layer) in graph.layers().iter().enumerate().skip(1) {
            let Some([shape, _]) = layer.shapes() else {
                continue;
            };
            let seen = graph.layout().nodes()[place].inputs[0];
            let rows = pass.value(seen).to_rows(n);
            hidden.push(matrix(&rows, n, shape[1]));
            let numbers = crate::network::graph::to_vector(std::slice::from_ref(layer));
            weights.push(matrix(&numbers[..shape[0] * shape[1]], shape[0], shape[1]));
        }
        let layers = weights.len() + 1;
        let variances = match variances {
            Some(variances) => variances.iter().map(|&v| v as f32).collect(),
            None => vec![1.0; layers],
        };
        Self {
            variances,
            hidden,
            weights,
        }
    }

    /// J Σ Jᵀ u, shape (n, classes).
    pub fn times(&self, inputs: &Mat<f32>, u: &Mat<f32>) -> Mat<f32> {
        let mut deltas = vec![u.clone()];
        for (weights, hidden) in self.weights.iter().zip(&self.hidden).rev() {
            let mut below = gram::product(deltas[deltas.len() - 1].as_ref(), weights.as_ref());
            keep_active(&mut below, hidden);
            deltas.push(below);
        }
        deltas.reverse();
        let mut forward = gram::product(inputs.as_ref(), deltas[0].as_ref());
        scale(&mut forward, self.variances[0]);
        for (l, (weights, hidden)) in self.weights.iter().zip(&self.hidden).enumerate() {
            keep_active(&mut forward, hidden);
            let delta = &deltas[l + 1];
            let by_weights = gram::product(hidden.transpose(), delta.as_ref());
            let mut next = gram::product(hidden.as_ref(), by_weights.as_ref());
            for (column, delta) in next.col_iter_mut().zip(delta.col_iter()) {
                let sum: f32 = delta.iter().sum();
                column.iter_mut().for_each(|x| *x += sum);
            }
            scale(&mut next, self.variances[l + 1]);
            let (a, w) = (forward.as_ref(), weights.transpose());
            matmul(next.as_mut(), Accum::Add, a, w, 1.0, Par::Seq);
            forward = next;
        }
        forward
    }

    /// The Gram matrices of what the layers before the last one see, times the share of units that
    /// are active for both examples: their part of J Σ Jᵀ, of a mean class.
    fn before_last(&self, inputs: &Mat<f32>) -> Mat<f32> {
        let n = inputs.nrows();
        let mut sum = Mat::<f32>::zeros(n, n);
        let mut overlap = Mat::from_fn(n, n, |_, _| 1.0_f32);
        let mut gain = 1.0;
        for (l, hidden) in self.hidden.iter().enumerate().rev() {
            multiply(&mut overlap, &active_in_both(hidden));
            let mut part = match l {
                0 => inputs.clone(),
                _ => gram::with_constant(self.hidden[l - 1].as_ref()),
            };
            multiply(&mut part, &overlap);
            add(&mut sum, self.variances[l] * gain, &part);
            if l > 0 {
                let weights = &self.weights[l - 1];
                gain *= weights.squared_norm_l2() / weights.nrows() as f32;
            }
        }
        sum
    }
}

/// The inverse of the last layer's part and a mean of the parts of the others.
///
/// ```text
/// J Σ Jᵀ ≈ A ⊗ 1 + B ⊗ C,   C = W Wᵀ = Q S Qᵀ,   B = L Lᵀ,   L⁻¹ [h 1] = P D Rᵀ
/// (A + s B)⁻¹ = L⁻ᵀ (1 − P D² (s + D²)⁻¹ Pᵀ) L⁻¹ / s,   a column of u Q with its s each
/// ```
///
/// W the weights of the last layer, A = h hᵀ + 1, B the Gram matrices of what the layers before it
/// see times the share of units that are active for both examples. A has the rank of the width.
pub struct Preconditioner {
    /// Of B.
    factor: Llt<f32>,
    /// P and D².
    range: Mat<f32>,
    squares: Vec<f32>,
    rotation: Mat<f32>,
    /// s.
    spectrum: Vec<f32>,
    /// Mean of the diagonal of J Σ Jᵀ.
    diagonal: f64,
}

impl Preconditioner {
    /// None where a factorization fails.
    pub fn new(system: &LogitSystem, inputs: &Mat<f32>) -> Option<Self> {
        crate::linalg::decompose_on_one_thread();
        let last = system.hidden.last()?;
        let (n, width) = last.shape();
        let deviation = system.variances.last()?.sqrt();
        let last_seen = Mat::from_fn(n, width + 1, |i, j| {
            deviation * if j < width { last[(i, j)] } else { 1.0 }
        });
        let weights = system.weights.last()?;
        let c = gram::product(weights.as_ref(), weights.transpose());
        let mut b = system.before_last(inputs);
        let classes = c.nrows() as f64;
        let trace = |m: &Mat<f32>| -> f64 { (0..m.nrows()).map(|i| f64::from(m[(i, i)])).sum() };
        let of_last = f64::from(last_seen.squared_norm_l2());
        let diagonal = (of_last * classes + trace(&c) * trace(&b)) / (n as f64 * classes);
        let ridge = (1e-5 * trace(&b) / n as f64) as f32;
        (0..n).for_each(|i| b[(i, i)] += ridge);
        let factor = b.llt(Side::Lower).ok()?;
        let mut range = last_seen;
        solve_lower_triangular_in_place(factor.L(), range.as_mut(), Par::Seq);
        let range = range.thin_svd().ok()?;
        let squares = range.S().column_vector().iter().map(|d| d * d).collect();
        let eigen = c.self_adjoint_eigen(Side::Lower).ok()?;
        let values: Vec<f32> = eigen.S().column_vector().iter().copied().collect();
        let top = values.iter().copied().fold(0.0, f32::max);
        Some(Self {
            range: range.U().to_owned(),
            squares,
            factor,
            rotation: eigen.U().to_owned(),
            spectrum: values.iter().map(|s| s.max(0.0) + 1e-4 * top).collect(),
            diagonal,
        })
    }

    fn times(&self, u: &Mat<f32>) -> Mat<f32> {
        let mut turned = gram::product(u.as_ref(), self.rotation.as_ref());
        solve_lower_triangular_in_place(self.factor.L(), turned.as_mut(), Par::Seq);
        let mut inside = gram::product(self.range.transpose(), turned.as_ref());
        for (column, s) in inside.col_iter_mut().zip(&self.spectrum) {
            let each = column.iter_mut().zip(&self.squares);
            each.for_each(|(x, square)| *x *= square / (s + square));
        }
        let (p, inside) = (self.range.as_ref(), inside.as_ref());
        matmul(turned.as_mut(), Accum::Add, p, inside, -1.0, Par::Seq);
        for (column, s) in turned.col_iter_mut().zip(&self.spectrum) {
            column.iter_mut().for_each(|x| *x /= s);
        }
        let upper = self.factor.L().transpose();
        solve_upper_triangular_in_place(upper, turned.as_mut(), Par::Seq);
        gram::product(turned.as_ref(), self.rotation.transpose())
    }

    /// c with |J Σ Jᵀ c − b| at most `tolerance` in every logit, by conjugate gradients.
    ///
    /// # Reference
    /// Golub, Van Loan 2013, "Matrix computations", algorithm 11.5.1.
    pub fn solve(
        &self,
        system: &LogitSystem,
        inputs: &Mat<f32>,
        b: &Mat<f32>,
        tolerance: f64,
    ) -> Mat<f32> {
        let ridge = (RIDGE * self.diagonal) as f32;
        let mut c = Mat::<f32>::zeros(b.nrows(), b.ncols());
        let mut r = b.clone();
        let mut z = self.times(&r);
        let mut p = z.clone();
        let mut rz = inner(&r, &z);
        for _ in 0..ITERATIONS {
            if f64::from(r.norm_max()) <= tolerance {
                break;
            }
            let mut q = system.times(inputs, &p);
            add(&mut q, ridge, &p);
            let step = rz / inner(&p, &q);
            if !step.is_finite() {
                break;
            }
            add(&mut c, step as f32, &p);
            add(&mut r, -step as f32, &q);
            z = self.times(&r);
            let next = inner(&r, &z);
            let keep = (next / rz) as f32;
            for (p, z) in p.col_iter_mut().zip(z.col_iter()) {
                p.iter_mut()
                    .zip(z.iter())
                    .for_each(|(p, z)| *p = z + keep * *p);
            }
            rz = next;
        }
        c
    }
}

fn matrix(rows: &[f32], n: usize, columns: usize) -> Mat<f32> {
    Mat::from_fn(n, columns, |i, j| rows[i * columns + j])
}

/// Sets to 0 what belongs to units that are not active.
fn keep_active(values: &mut Mat<f32>, units: &Mat<f32>) {
    for (values, units) in values.col_iter_mut().zip(units.col_iter()) {
        for (value, unit) in values.iter_mut().zip(units.iter()) {
            if *unit <= 0.0 {
                *value = 0.0;
            }
        }
    }
}

/// The share of units that are active for both of two examples.
fn active_in_both(units: &Mat<f32>) -> Mat<f32> {
    let (n, width) = units.shape();
    let active = Mat::from_fn(n, width, |i, j| f32::from(u8::from(units[(i, j)] > 0.0)));
    let mut both = gram::product(active.as_ref(), active.transpose());
    scale(&mut both, 1.0 / width as f32);
    both
}

/// a ∘ b, in place.
fn multiply(a: &mut Mat<f32>, b: &Mat<f32>) {
    for (a, b) in a.col_iter_mut().zip(b.col_iter()) {
        a.iter_mut().zip(b.iter()).for_each(|(a, b)| *a *= b);
    }
}

fn scale(m: &mut Mat<f32>, by: f32) {
    for column in m.col_iter_mut() {
        column.iter_mut().for_each(|x| *x *= by);
    }
}

fn add(a: &mut Mat<f32>, s: f32, b: &Mat<f32>) {
    for (a, b) in a.col_iter_mut().zip(b.col_iter()) {
        a.iter_mut().zip(b.iter()).for_each(|(a, b)| *a += s * b);
    }
}

fn inner(a: &Mat<f32>, b: &Mat<f32>) -> f64 {
    let columns = a.col_iter().zip(b.col_iter());
    let each = columns.flat_map(|(a, b)| a.iter().zip(b.iter()));
    each.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}
