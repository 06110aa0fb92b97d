//! What may be said of an RKHS norm that was computed in floating point.

use serde::{Deserialize, Serialize};

use crate::linalg::{dot, squared_norm};

/// Share of αᵀKα that the residual, and rounding, may change.
const SHARE: f64 = 0.01;

/// What is known of an RKHS norm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Norm {
    /// √(αᵀKα), to about half a percent.
    Known(f64),
    /// Not determined in this precision. The function of smallest norm through
    /// the targets has at least this; 0 where nothing is known.
    AtLeast(f64),
    /// No function passes through the targets; that of the least-squares fit.
    LeastSquares(f64),
}

impl Norm {
    /// The norm of the function asked for, if it is known.
    pub fn known(self) -> Option<f64> {
        match self {
            Self::Known(norm) => Some(norm),
            _ => None,
        }
    }

    /// What is known, in a word for machines.
    pub fn status(self) -> &'static str {
        match self {
            Self::Known(_) => "known",
            Self::AtLeast(_) => "not-determined",
            Self::LeastSquares(_) => "no-interpolant",
        }
    }

    /// Root of the sum of squares, of which the least certain part decides what
    /// is known.
    ///
    /// ```
    /// use rethink::kernel::Norm::{AtLeast, Known, LeastSquares};
    /// use rethink::kernel::Norm;
    /// assert_eq!(Norm::total(&[Known(3.0), Known(4.0)]), Known(5.0));
    /// assert_eq!(Norm::total(&[Known(3.0), AtLeast(4.0)]), AtLeast(5.0));
    /// // Where one column has no interpolant, all have none.
    /// assert_eq!(Norm::total(&[AtLeast(3.0), LeastSquares(4.0)]), LeastSquares(5.0));
    /// ```
    pub fn total(norms: &[Self]) -> Self {
        let value = |norm: &Self| match *norm {
            Self::Known(x) | Self::AtLeast(x) | Self::LeastSquares(x) => x,
        };
        let total = norms.iter().map(|n| value(n) * value(n)).sum::<f64>();
        let root = total.sqrt();
        if norms.iter().any(|n| matches!(n, Self::LeastSquares(_))) {
            Self::LeastSquares(root)
        } else if norms.iter().any(|n| matches!(n, Self::AtLeast(_))) {
            Self::AtLeast(root)
        } else {
            Self::Known(root)
        }
    }
}

/// αᵀKα of one column of coefficients, with what it is judged by. K α and the
/// residual r = y - (K + λ I) α are computed afresh in f64.
pub(super) struct Form {
    /// αᵀKα.
    pub square: f64,
    /// yᵀα.
    pub along_targets: f64,
    /// rᵀα.
    pub along_residual: f64,
    /// ‖r‖ / ‖y‖.
    pub residual: f64,
    /// What rounding in the precision of the matrix may change: n u ‖K‖₁ ‖α‖².
    pub rounding: f64,
    /// The same in f64, in which `square` was computed.
    pub rounding_of_check: f64,
}

impl Form {
    /// With y = K α + r and y in the range of K,
    ///
    /// ```text
    /// yᵀK⁺y = αᵀKα + 2 rᵀα + rᵀK⁺r = max over β of 2 yᵀβ - βᵀKβ
    /// ```
    ///
    /// so α gives a lower bound whatever it is; the largest among its multiples is
    /// (yᵀα)² / αᵀKα, here with what rounding may have taken from αᵀKα. It gives
    /// the norm where the residual is within the tolerance and neither rᵀα nor
    /// rounding is more than 1 % of αᵀKα. The last term is not computed: of a small
    /// residual that lies along the smallest eigenvalues nothing is seen here.
    ///
    /// A ridge's fit has a smaller norm than the interpolant, so the bound says
    /// nothing of it.
    pub fn norm(&self, tolerance: f64, ridge: f64) -> Norm {
        let share = SHARE * self.square;
        // A ridge so large that αᵀKα is below the range of f64.
        let vanished = self.square == 0.0 && self.along_targets != 0.0;
        // No norm is known to 1 % from a residual of more, whatever is tolerated.
        if self.residual <= tolerance.min(SHARE)
            && self.along_residual.abs() <= share
            && self.rounding <= share
            && !vanished
        {
            return Norm::Known(self.square.sqrt());
        }
        let lower = self.along_targets / (self.square + self.rounding_of_check).sqrt();
        Norm::AtLeast(if ridge == 0.0 && lower > 0.0 {
            lower
        } else {
            0.0
        })
    }
}

/// √(aᵀKa), the norm of Σ_i a_i k(x_i, ·), if rounding in f64 leaves it
/// determined to half a percent: n u ‖K‖₁ ‖a‖² ≤ 1 % of aᵀKa.
///
/// Shapes: `a` and `products` = K a, (n).
pub fn expansion_norm(a: &[f64], products: &[f64], one_norm: f64) -> Option<f64> {
    let square = dot(a, products);
    let rounding = rounding(a, one_norm, f64::EPSILON / 2.0);
    (rounding <= SHARE * square).then(|| square.sqrt())
}

/// n u ‖K‖₁ ‖a‖².
pub(super) fn rounding(a: &[f64], one_norm: f64, unit: f64) -> f64 {
    a.len() as f64 * unit * one_norm * squared_norm(a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        Form {
            square: 4.0,
            along_targets: 4.0,
            along_residual: 0.0,
            residual: 1e-9,
            rounding: 1e-6,
            rounding_of_check: 0.0,
        }
    }

    #[test]
    fn each_condition_decides_whether_the_norm_is_known() {
        assert_eq!(form().norm(1e-4, 0.0), Norm::Known(2.0));
        let spoilt: [fn(&mut Form); 4] = [
            |f| f.residual = 1e-3,
            |f| f.along_residual = -0.05,
            |f| f.rounding = 0.05,
            |f| f.residual = f64::NAN,
        ];
        for spoil in spoilt {
            let mut form = form();
            spoil(&mut form);
            assert_eq!(form.norm(1e-4, 0.0), Norm::AtLeast(2.0));
            assert_eq!(form.norm(1e-4, 0.1), Norm::AtLeast(0.0));
        }
    }

    #[test]
    fn a_form_that_rounding_made_negative_has_no_root() {
        let form = Form {
            square: -1e-3,
            along_targets: -1.0,
            ..form()
        };
        assert_eq!(form.norm(1e-4, 0.0), Norm::AtLeast(0.0));
        // The functions of 1 and 1 + 1e-17 are one in f64.
        assert_eq!(expansion_norm(&[1.0, -1.0], &[0.0, 0.0], 2.0), None);
        assert_eq!(expansion_norm(&[1.0, 0.0], &[4.0, 0.0], 2.0), Some(2.0));
    }

    #[test]
    fn a_form_below_the_range_of_f64_is_not_zero() {
        let form = Form {
            square: 0.0,
            along_targets: 1e-300,
            rounding: 0.0,
            residual: 0.0,
            ..form()
        };
        assert_eq!(form.norm(1e-4, 1e300), Norm::AtLeast(0.0));
    }

    /// A zero column is interpolated by zero.
    #[test]
    fn zero_has_norm_zero() {
        let form = Form {
            square: 0.0,
            along_targets: 0.0,
            rounding: 0.0,
            residual: 0.0,
            ..form()
        };
        assert_eq!(form.norm(1e-4, 0.0), Norm::Known(0.0));
    }
}
