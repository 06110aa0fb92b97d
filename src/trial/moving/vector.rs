//! Vectors of parameters.

/// The inner product.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    crate::linalg::dot(a, b)
}

/// The Euclidean length.
pub fn length(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// a + s b, in place.
pub fn add(a: &mut [f64], s: f64, b: &[f64]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a += s * b;
    }
}

/// s a, in place.
pub fn scale(a: &mut [f64], s: f64) {
    for a in a {
        *a *= s;
    }
}

/// The largest absolute value; infinite where one is not a number.
pub fn largest(a: impl IntoIterator<Item = f64>) -> f64 {
    let larger = |top: f64, x: f64| match x.is_nan() {
        true => f64::INFINITY,
        false => top.max(x.abs()),
    };
    a.into_iter().fold(0.0, larger)
}
