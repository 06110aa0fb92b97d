//! Norms of the units' weight norms, L_{p,q}, all in one implementation.

use faer::Mat;
use rayon::prelude::*;

use super::largest;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind};
use crate::measure::{Layer, Measure, MeasureError, Subject, Value};

/// The l_q norm, over output units, of the l_p norms of their incoming weights.
///
/// ```text
/// ‖W‖_{p,q} = (Σ_i (Σ_j |W_ij|^p)^{q/p})^{1/q},   q = ∞: max_i
/// ```
///
/// Rows of W are output units. Summing over columns instead is the frequent
/// mistake: Bartlett et al. write ‖Aᵀ‖_{2,1} with norms over columns of Aᵀ, which
/// are rows of A.
pub struct GroupNorm {
    p: i32,
    q: f64,
    card: &'static Card,
}

/// Sum of the units' Euclidean weight norms.
pub const L21_NORM: GroupNorm = GroupNorm {
    p: 2,
    q: 1.0,
    card: &Card {
        id: "l21-norm",
        name: "(2,1) norm",
        formula: "‖Wᵀ‖_{2,1} = Σ_i √(Σ_j W_ij²), i over output units; network: Σ_l",
        reference: "Bartlett, Foster, Telgarsky 2017, arXiv 1706.08498, Theorem 1.1",
        aggregation: Aggregation::Sum,
        homogeneity: Homogeneity::Layer,
        invariant_to: &[Invariance::UnitPermutation],
        known_failures: "grows with the width for random weights; changes under rescalings \
                         that leave the function unchanged",
        ..PRODUCT
    },
};

/// The largest l1 norm of a unit's weights; over the layers the product.
pub const L1_INFINITY_NORM: GroupNorm = GroupNorm {
    p: 1,
    q: f64::INFINITY,
    card: &Card {
        id: "l1-infinity-norm",
        name: "(1,∞) norm",
        formula: "‖W‖_{1,∞} = max_i Σ_j |W_ij|, i over output units; network: ∏_l",
        reference: "Bartlett, Mendelson 2002, JMLR 3, section 4.2; Neyshabur, Tomioka, Srebro \
                    2015, arXiv 1503.00036 (per-unit l1); product as network value",
        known_failures: "one unit per layer decides; the product is a Lipschitz constant for \
                         the largest input change, and as loose as one; changes when one unit \
                         is rescaled",
        ..PRODUCT
    },
};

/// The largest Euclidean norm of a unit's weights; over the layers the product.
pub const L2_INFINITY_NORM: GroupNorm = GroupNorm {
    p: 2,
    q: f64::INFINITY,
    card: &Card {
        id: "l2-infinity-norm",
        name: "(2,∞) norm",
        formula: "‖W‖_{2,∞} = max_i √(Σ_j W_ij²), i over output units; network: ∏_l",
        reference: "Neyshabur, Tomioka, Srebro 2015, arXiv 1503.00036 (p = 2, q = ∞: max-norm \
                    per unit)",
        known_failures: "one unit per layer decides; changes when one unit is rescaled",
        ..PRODUCT
    },
};

/// ‖W‖_{3,1.5}; over the layers the product.
pub const L3_1_5_NORM: GroupNorm = GroupNorm {
    p: 3,
    q: 1.5,
    card: &Card {
        id: "l3-1.5-norm",
        name: "(3,1.5) norm",
        formula: "‖W‖_{3,1.5} = (Σ_i (Σ_j |W_ij|³)^{1/2})^{2/3}, i over output units; network: ∏_l",
        reference: "Neyshabur, Tomioka, Srebro 2015, arXiv 1503.00036 (γ_{p,q} with 1/p + 1/q = \
                    1, where the capacity does not depend on the width)",
        known_failures: "q = p* removes the width from the bound, not from the norm of random \
                         weights; changes when one unit is rescaled",
        ..PRODUCT
    },
};

/// What the norms whose network value is a product share.
const PRODUCT: Card = Card {
    id: "",
    name: "",
    group: Group::Norms,
    kind: Kind::Exact,
    needs: &[],
    formula: "",
    reference: "",
    aggregation: Aggregation::Product,
    unit: "weight; network: product of weights, one per layer",
    normalization: "none",
    convolutions: "the matrix (out, in · height · width)",
    biases: "not counted",
    homogeneity: Homogeneity::Network,
    invariant_to: &[Invariance::UnitPermutation, Invariance::LayerRescaling],
    known_failures: "",
};

impl Measure for GroupNorm {
    fn card(&self) -> &'static Card {
        self.card
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let norm = |layer: &Layer| group_norm(&layer.weight, self.p, self.q).into();
        Ok(Some(subject.layers().par_iter().map(norm).collect()))
    }
}

/// ‖W‖_{p,q}, rows being groups; q may be infinite.
pub fn group_norm(weight: &Mat<f64>, p: i32, q: f64) -> f64 {
    // A power that is known when compiled is a product, and the loop vectorizes.
    let sums = match p {
        1 => sums_of_rows(weight, |w| w),
        2 => sums_of_rows(weight, |w| w * w),
        3 => sums_of_rows(weight, |w| w * w * w),
        _ => sums_of_rows(weight, |w| w.powi(p)),
    };
    let norms = sums.into_iter().map(|sum| match p {
        1 => sum,
        2 => sum.sqrt(),
        _ => sum.powf(f64::from(p).recip()),
    });
    if q == f64::INFINITY {
        largest(norms)
    } else if q == 1.0 {
        norms.sum()
    } else {
        norms.map(|norm| norm.powf(q)).sum::<f64>().powf(q.recip())
    }
}

/// Σ_j f(|W_ij|) for every row, column by column, the order in which the matrix is
/// stored.
fn sums_of_rows(weight: &Mat<f64>, f: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut sums = vec![0.0; weight.nrows()];
    for column in weight.col_iter() {
        if let Some(column) = column.try_as_col_major() {
            for (sum, w) in sums.iter_mut().zip(column.as_slice()) {
                *sum += f(w.abs());
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows (3, 4), (0, 0) and (0, -1).
    fn weight() -> Mat<f64> {
        faer::mat![[3.0, 4.0], [0.0, 0.0], [0.0, -1.0]]
    }

    #[test]
    fn rows_are_grouped_not_columns() {
        // Columns would give 3 + √17, 5, √17 and so on.
        assert_eq!(group_norm(&weight(), 2, 1.0), 6.0);
        assert_eq!(group_norm(&weight(), 1, f64::INFINITY), 7.0);
        assert_eq!(group_norm(&weight(), 2, f64::INFINITY), 5.0);
        let expected = (91_f64.sqrt() + 1.0).powf(2.0 / 3.0);
        assert!((group_norm(&weight(), 3, 1.5) / expected - 1.0).abs() < 1e-14);
    }

    #[test]
    fn p_equal_to_q_is_the_norm_of_all_entries() {
        let frobenius = weight().norm_l2();
        assert!((group_norm(&weight(), 2, 2.0) / frobenius - 1.0).abs() < 1e-14);
        assert_eq!(group_norm(&weight(), 1, 1.0), 8.0);
    }

    #[test]
    fn networks_multiply() {
        let layers = vec![
            Layer::linear("0", weight(), None),
            Layer::linear("1", faer::mat![[1.0, -2.0, 2.0]], None),
        ];
        let subject = Subject::new(layers, None).unwrap();
        let of = |measure: GroupNorm| measure.network(&subject).unwrap().unwrap().number;
        assert_eq!(of(L21_NORM), 9.0);
        assert_eq!(of(L1_INFINITY_NORM), 35.0);
        assert_eq!(of(L2_INFINITY_NORM), 15.0);
    }

    #[test]
    fn a_nan_is_not_lost_in_a_maximum() {
        let weight = faer::mat![[1.0], [f64::NAN], [2.0]];
        assert!(group_norm(&weight, 1, f64::INFINITY).is_nan());
    }
}
