//! The divergence of two coins, and its inverse.

/// kl(q ‖ p), in nats, of a coin that shows 1 with probability q from one with probability p.
///
/// ```text
/// kl(q ‖ p) = q ln(q/p) + (1 − q) ln((1 − q)/(1 − p)),   0 ln 0 = 0
/// ```
///
/// Infinite where p is 0 or 1 and q is not.
///
/// ```
/// use rethink::certificate::binary_kl;
/// assert_eq!(binary_kl(0.3, 0.3), 0.0);
/// assert!((binary_kl(0.0, 0.5) - 2f64.ln()).abs() < 1e-15);
/// ```
pub fn binary_kl(q: f64, p: f64) -> f64 {
    let [one, zero] = terms(q, p);
    (one + zero).max(0.0)
}

fn terms(q: f64, p: f64) -> [f64; 2] {
    let term = |a: f64, b: f64| if a <= 0.0 { 0.0 } else { a * (a / b).ln() };
    [term(q, p), term(1.0 - q, 1.0 - p)]
}

/// The largest p with kl(q ‖ p) ≤ c, rounded up: rounding never makes it too small.
///
/// 1 where c is infinite or NaN, or q is NaN: nothing is claimed then.
///
/// ```
/// use rethink::certificate::binary_kl_inverse;
/// // kl(0 ‖ p) = −ln(1 − p).
/// assert!((binary_kl_inverse(0.0, 0.1) - (1.0 - (-0.1f64).exp())).abs() < 1e-12);
/// assert!((binary_kl_inverse(0.5, 2f64.ln()) - 0.93301).abs() < 5e-6);
/// assert_eq!(binary_kl_inverse(0.2, f64::NAN), 1.0);
/// ```
pub fn binary_kl_inverse(q: f64, c: f64) -> f64 {
    if !(q < 1.0 && c < f64::INFINITY) {
        return 1.0;
    }
    let q = q.max(0.0);
    let above = |p: f64| {
        let [one, zero] = terms(q, p);
        // Each term is right to a few units in the last place of itself and of what it multiplies.
        let error = 8.0 * f64::EPSILON * (one.abs() + zero.abs() + (p - q));
        one + zero - error > c
    };
    let (mut low, mut high) = (q, 1.0);
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return high;
        }
        if above(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
}

/// The derivatives of p = kl⁻¹(q, c) by q and by c, from kl(q ‖ p) = c.
///
/// ```text
/// ∂p/∂c = p (1 − p) / (p − q)
/// ∂p/∂q = ∂p/∂c · ln( p (1 − q) / (q (1 − p)) )
/// ```
pub(super) fn inverse_gradient(q: f64, p: f64) -> [f64; 2] {
    let by_c = p * (1.0 - p) / (p - q);
    [by_c * (p * (1.0 - q) / (q * (1.0 - p))).ln(), by_c]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_inverts_and_is_never_too_small() {
        for q in [0.0, 1e-6, 0.01, 0.2, 0.5, 0.9, 0.999] {
            for c in [1e-9, 1e-6, 1e-3, 0.05, 0.5, 3.0] {
                let p = binary_kl_inverse(q, c);
                let found = binary_kl(q, p);
                assert!(p > q && p <= 1.0);
                assert!(p == 1.0 || found >= c, "{q} {c} {p} {found}");
                // Too large by no more than rounding allows: of kl, or of p itself near 1.
                let below = binary_kl(q, p - 16.0 * f64::EPSILON);
                let close = found - c < 1e-9 * c + 1e-14;
                assert!(p == 1.0 || close || below <= c, "{q} {c} {p} {found}");
            }
        }
    }

    #[test]
    fn without_room_nothing_is_added() {
        assert!(binary_kl_inverse(0.25, 0.0) - 0.25 < 1e-7);
        assert_eq!(binary_kl_inverse(1.0, 0.1), 1.0);
        assert_eq!(binary_kl_inverse(f64::NAN, 0.1), 1.0);
        assert_eq!(binary_kl_inverse(0.1, f64::INFINITY), 1.0);
    }

    #[test]
    fn derivatives_are_those_of_differences() {
        let h = 1e-6;
        for (q, c) in [(0.05, 0.1), (0.3, 0.02), (0.7, 0.4)] {
            let at = binary_kl_inverse;
            let [by_q, by_c] = inverse_gradient(q, at(q, c));
            let slope_q = (at(q + h, c) - at(q - h, c)) / (2.0 * h);
            let slope_c = (at(q, c + h) - at(q, c - h)) / (2.0 * h);
            assert!(
                (by_q - slope_q).abs() < 1e-5 * by_q.abs(),
                "{by_q} {slope_q}"
            );
            assert!(
                (by_c - slope_c).abs() < 1e-5 * by_c.abs(),
                "{by_c} {slope_c}"
            );
        }
    }
}
