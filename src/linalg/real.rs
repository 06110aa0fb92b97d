//! The two floating-point types, with elementary functions that vectorize.
//!
//! The standard library's `exp` and `acos` are calls, one element at a time.
//! These are branch-free polynomials that LLVM turns into vector code for
//! whatever instructions the caller was compiled for; `linalg::vectorized` compiles a
//! loop for the widest the CPU has.

use faer::traits::RealField;

/// `f32` or `f64`.
///
/// ```
/// use rethink::linalg::Real;
/// fn hypotenuse<T: Real>(a: T, b: T) -> T {
///     (a * a + b * b).root()
/// }
/// assert_eq!(hypotenuse(3.0_f32, 4.0), 5.0);
/// assert_eq!(hypotenuse(3.0_f64, 4.0), 5.0);
/// ```
pub trait Real: RealField + Copy + Send + Sync + std::fmt::Debug {
    /// Name of the precision, `f32` or `f64`.
    const NAME: &'static str;
    /// Distance from 1 to the next larger number.
    const EPSILON: f64;

    /// The nearest number of this type.
    fn from_f64(x: f64) -> Self;
    /// The same number.
    fn to_f64(self) -> f64;
    /// e to the x. Relative error below 2 ulp where the result is a normal
    /// number; smaller results are replaced by about the smallest normal one.
    fn exponential(self) -> Self;
    /// The angle in [0, π] with this cosine, for x in [-1, 1]. Error below 2 ulp
    /// of the result, and below 1 ulp of π/2.
    fn arc_cosine(self) -> Self;
    /// Square root.
    fn root(self) -> Self;
}

/// The larger of two numbers, as one instruction.
#[inline(always)]
pub(crate) fn maximum<T: Real>(a: T, b: T) -> T {
    if a > b { a } else { b }
}

/// The smaller of two numbers, as one instruction.
#[inline(always)]
pub(crate) fn minimum<T: Real>(a: T, b: T) -> T {
    if a < b { a } else { b }
}

/// acos by the rational approximation of fdlibm (Sun Microsystems 1993,
/// `e_acos.c`), both branches evaluated and one selected.
#[inline(always)]
fn arc_cosine<T: Real>(x: T) -> T {
    let c = T::from_f64;
    let one = c(1.0);
    let size = maximum(x, c(0.0) - x);
    let near = size > c(0.5);
    let half = (one - size) * c(0.5);
    let z = if near { maximum(half, c(0.0)) } else { x * x };
    let p = z
        * (c(0.16666666666666666)
            + z * (c(-0.3255658186224009)
                + z * (c(0.20121253213486293)
                    + z * (c(-0.04005553450067941)
                        + z * (c(0.0007915349942898145) + z * c(3.479331075960212e-05))))));
    let q = one
        + z * (c(-2.403394911734414)
            + z * (c(2.0209457602335057)
                + z * (c(-0.6882839716054533) + z * c(0.07703815055590194))));
    let ratio = p / q;
    // asin of s: s + s R(s²), with s = √z near the ends and x elsewhere.
    let s = z.root();
    let end = c(2.0) * (s + s * ratio);
    let pi = c(std::f64::consts::PI);
    let ends = if x < c(0.0) { pi - end } else { end };
    let middle = c(std::f64::consts::FRAC_PI_2) - (x + x * ratio);
    if near { ends } else { middle }
}

impl Real for f32 {
    const NAME: &'static str = "f32";
    const EPSILON: f64 = f32::EPSILON as f64;

    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    /// Range reduction by multiples of ln 2 and the polynomial of Cephes `expf`
    /// (Moshier 1989).
    #[inline(always)]
    fn exponential(self) -> f32 {
        // Adding 1.5 2^23 rounds to an integer and leaves it in the low bits.
        const ROUND: f32 = 12_582_912.0;
        let x = minimum(maximum(self, -87.0), 88.0);
        let t = x * std::f32::consts::LOG2_E + ROUND;
        let k = t - ROUND;
        let r = (x - k * 0.693_359_4) + k * 2.121_944_4e-4;
        let p = 1.987_569_1e-4;
        let p = p * r + 1.398_199_9e-3;
        let p = p * r + 8.333_452e-3;
        let p = p * r + 4.166_579_6e-2;
        let p = p * r + 1.666_666_5e-1;
        let p = p * r + 0.5;
        let y = p * (r * r) + r + 1.0;
        y * f32::from_bits(t.to_bits().wrapping_add(127) << 23)
    }
    #[inline(always)]
    fn arc_cosine(self) -> f32 {
        arc_cosine(self)
    }
    #[inline(always)]
    fn root(self) -> f32 {
        f32::sqrt(self)
    }
}

impl Real for f64 {
    const NAME: &'static str = "f64";
    const EPSILON: f64 = f64::EPSILON;

    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    /// Range reduction by multiples of ln 2 and the Taylor polynomial of degree
    /// 13, whose remainder at ln 2 / 2 is 4e-18.
    #[inline(always)]
    fn exponential(self) -> f64 {
        const ROUND: f64 = 6_755_399_441_055_744.0;
        let x = minimum(maximum(self, -708.0), 709.0);
        let t = x * std::f64::consts::LOG2_E + ROUND;
        let k = t - ROUND;
        let r = (x - k * 0.6931471803691238) - k * 1.9082149292705877e-10;
        let p = 1.0 / 6_227_020_800.0;
        let p = p * r + 1.0 / 479_001_600.0;
        let p = p * r + 1.0 / 39_916_800.0;
        let p = p * r + 1.0 / 3_628_800.0;
        let p = p * r + 1.0 / 362_880.0;
        let p = p * r + 1.0 / 40_320.0;
        let p = p * r + 1.0 / 5_040.0;
        let p = p * r + 1.0 / 720.0;
        let p = p * r + 1.0 / 120.0;
        let p = p * r + 1.0 / 24.0;
        let p = p * r + 1.0 / 6.0;
        let p = p * r + 0.5;
        let y = p * (r * r) + r + 1.0;
        y * f64::from_bits(t.to_bits().wrapping_add(1023) << 52)
    }
    #[inline(always)]
    fn arc_cosine(self) -> f64 {
        arc_cosine(self)
    }
    #[inline(always)]
    fn root(self) -> f64 {
        f64::sqrt(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worst distance from the std function evaluated in f64, in ulp of T.
    fn worst_ulp<T: Real>(
        from: f64,
        to: f64,
        ours: impl Fn(T) -> T,
        exact: impl Fn(f64) -> f64,
    ) -> f64 {
        (0..200_000)
            .map(|i| T::from_f64(from + (to - from) * f64::from(i) / 199_999.0))
            .map(|x| {
                let truth = exact(x.to_f64());
                let ulp = T::EPSILON * 2_f64.powf(truth.abs().log2().floor());
                (ours(x).to_f64() - truth).abs() / ulp
            })
            .fold(0.0, f64::max)
    }

    #[test]
    fn exp_is_within_two_ulp_of_the_standard_library() {
        let single = worst_ulp::<f32>(-87.0, 0.0, Real::exponential, f64::exp);
        let double = worst_ulp::<f64>(-700.0, 0.0, Real::exponential, f64::exp);
        assert!(single < 2.0, "f32: {single} ulp");
        assert!(double < 2.0, "f64: {double} ulp");
        assert_eq!(0.0_f32.exponential(), 1.0);
        assert_eq!(0.0_f64.exponential(), 1.0);
    }

    #[test]
    fn exp_of_very_negative_numbers_is_negligible() {
        assert!(f32::exponential(-1e30) < 2e-38);
        assert!(f64::exponential(-1e300) < 1e-300);
    }

    #[test]
    fn acos_is_within_three_ulp_of_the_standard_library() {
        let double = worst_ulp::<f64>(-1.0, 0.999_999, Real::arc_cosine, f64::acos);
        let single = worst_ulp::<f32>(-1.0, 0.999, Real::arc_cosine, f64::acos);
        assert!(double < 3.0, "f64: {double} ulp");
        assert!(single < 3.0, "f32: {single} ulp");
        assert_eq!(1.0_f64.arc_cosine(), 0.0);
        assert_eq!((-1.0_f64).arc_cosine(), std::f64::consts::PI);
    }
}
