//! The two floating-point types, and vectors of them.

use std::fmt::Debug;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

use pulp::Simd;

use crate::operation::{self, Operation};

/// `f32` or `f64`, alone and in vectors.
///
/// ```
/// use rethink_layers::Element;
/// fn mean<T: Element>(a: T, b: T) -> f64 {
///     (a + b).to_f64() / 2.0
/// }
/// assert_eq!(mean(1.0_f32, 2.0), 1.5);
/// ```
pub trait Element:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + AddAssign
    + Sub<Output = Self>
    + SubAssign
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Sum
{
    /// So many numbers as a register holds.
    type Vector<S: Simd>: Copy;

    /// The nearest number of this type.
    fn from_f64(x: f64) -> Self;
    /// The same number.
    fn to_f64(self) -> f64;
    /// The same number, if it is an integer from 0 to 255.
    fn to_byte(self) -> u8;
    /// Square root.
    fn root(self) -> Self;
    /// e to the x.
    fn exp(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;

    /// Numbers of a vector.
    fn lanes<S: Simd>() -> usize;
    /// A slice as vectors; what is left of it is left out.
    fn vectors<S: Simd>(x: &[Self]) -> &[Self::Vector<S>];
    /// The same, to change them.
    fn vectors_mut<S: Simd>(x: &mut [Self]) -> &mut [Self::Vector<S>];
    /// A vector of one number.
    fn splat<S: Simd>(simd: S, x: Self) -> Self::Vector<S>;
    /// a + b.
    fn plus<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// a − b.
    fn minus<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// a b.
    fn times<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// a / b.
    fn over<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// Square roots.
    fn roots<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// a b + c, rounded once where the CPU can.
    fn times_plus<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// x where `by` is positive, 0 elsewhere.
    fn where_positive<S: Simd>(simd: S, by: Self::Vector<S>, x: Self::Vector<S>)
    -> Self::Vector<S>;
    /// x where the first number is greater than the second, y elsewhere.
    fn where_greater<S: Simd>(
        simd: S,
        numbers: [Self::Vector<S>; 2],
        x: Self::Vector<S>,
        y: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// x where a is a number, y elsewhere.
    fn where_number<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        x: Self::Vector<S>,
        y: Self::Vector<S>,
    ) -> Self::Vector<S>;

    /// Runs an operation by code that is compiled in this crate, whatever the profile of the
    /// caller.
    #[doc(hidden)]
    fn run(operation: Operation<'_, Self>);
}

macro_rules! element {
    ($float:ident, $vector:ident, $lanes:ident, $of:ident, $of_mut:ident, $splat:ident, $add:ident,
     $sub:ident, $mul:ident, $div:ident, $sqrt:ident, $mul_add:ident, $greater:ident, $equal:ident,
     $select:ident) => {
        impl Element for $float {
            type Vector<S: Simd> = S::$vector;

            #[inline(always)]
            fn from_f64(x: f64) -> Self {
                x as $float
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self.into()
            }
            #[inline(always)]
            fn to_byte(self) -> u8 {
                // The lowest bits of so large a number are an integer: no conversion of each.
                (self + 1.0 / $float::EPSILON).to_bits() as u8
            }
            #[inline(always)]
            fn root(self) -> Self {
                self.sqrt()
            }
            #[inline(always)]
            fn exp(self) -> Self {
                $float::exp(self)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                $float::ln(self)
            }
            #[inline(always)]
            fn lanes<S: Simd>() -> usize {
                S::$lanes
            }
            #[inline(always)]
            fn vectors<S: Simd>(x: &[Self]) -> &[S::$vector] {
                S::$of(x).0
            }
            #[inline(always)]
            fn vectors_mut<S: Simd>(x: &mut [Self]) -> &mut [S::$vector] {
                S::$of_mut(x).0
            }
            #[inline(always)]
            fn splat<S: Simd>(simd: S, x: Self) -> S::$vector {
                simd.$splat(x)
            }
            #[inline(always)]
            fn plus<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$add(a, b)
            }
            #[inline(always)]
            fn minus<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$sub(a, b)
            }
            #[inline(always)]
            fn times<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$mul(a, b)
            }
            #[inline(always)]
            fn over<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$div(a, b)
            }
            #[inline(always)]
            fn roots<S: Simd>(simd: S, a: S::$vector) -> S::$vector {
                simd.$sqrt(a)
            }
            #[inline(always)]
            fn times_plus<S: Simd>(
                simd: S,
                a: S::$vector,
                b: S::$vector,
                c: S::$vector,
            ) -> S::$vector {
                simd.$mul_add(a, b, c)
            }
            #[inline(always)]
            fn where_positive<S: Simd>(simd: S, by: S::$vector, x: S::$vector) -> S::$vector {
                let zero = simd.$splat(0.0);
                simd.$select(simd.$greater(by, zero), x, zero)
            }
            #[inline(always)]
            fn where_greater<S: Simd>(
                simd: S,
                [a, b]: [S::$vector; 2],
                x: S::$vector,
                y: S::$vector,
            ) -> S::$vector {
                simd.$select(simd.$greater(a, b), x, y)
            }
            #[inline(always)]
            fn where_number<S: Simd>(
                simd: S,
                a: S::$vector,
                x: S::$vector,
                y: S::$vector,
            ) -> S::$vector {
                simd.$select(simd.$equal(a, a), x, y)
            }
            fn run(operation: Operation<'_, Self>) {
                operation::run(operation);
            }
        }
    };
}

element!(
    f32,
    f32s,
    F32_LANES,
    as_simd_f32s,
    as_mut_simd_f32s,
    splat_f32s,
    add_f32s,
    sub_f32s,
    mul_f32s,
    div_f32s,
    sqrt_f32s,
    mul_add_e_f32s,
    greater_than_f32s,
    equal_f32s,
    select_f32s
);
element!(
    f64,
    f64s,
    F64_LANES,
    as_simd_f64s,
    as_mut_simd_f64s,
    splat_f64s,
    add_f64s,
    sub_f64s,
    mul_f64s,
    div_f64s,
    sqrt_f64s,
    mul_add_e_f64s,
    greater_than_f64s,
    equal_f64s,
    select_f64s
);
