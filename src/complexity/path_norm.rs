//! The path norm of a network with one hidden layer, and the complexity it bounds.

use crate::dataset::Split;
use crate::measure::Layer;

/// Σ_j |a_j| |w̃_j|₂ + |b| of f(x) = Σ_j a_j relu(w̃_j · x̃) + b, with x̃ = (x, 1) and w̃_j
/// the weights and bias of a hidden unit: its group path norm, the smallest product of
/// layer norms over all rescalings of units.
///
/// `None` unless the layers are two, the last with one output.
///
/// # Reference
/// Neyshabur, Tomioka, Srebro 2015, arXiv 1503.00036, section 4 (two layers, without
/// biases).
pub fn network_path_norm(layers: &[Layer]) -> Option<f64> {
    let [hidden, last] = layers else { return None };
    if last.outputs() != 1 {
        return None;
    }
    let bias = |layer: &Layer, j: usize| layer.bias.as_ref().map_or(0.0, |b| b[j]);
    let units = (0..hidden.outputs()).map(|j| {
        let weights = hidden.weight.row(j).squared_norm_l2();
        last.weight[(0, j)].abs() * (weights + bias(hidden, j).powi(2)).sqrt()
    });
    Some(units.sum::<f64>() + bias(last, 0).abs())
}

/// Bounds the empirical Rademacher complexity of the networks with path norm at most 1.
///
/// ```text
/// R̂ = (1/n) E sup_{|w| ≤ 1} |Σᵢ σᵢ relu(w · x̃ᵢ)| ≤ (2/n) √(Σᵢ |x̃ᵢ|²)
/// ```
///
/// One unit attains the supremum, the constant b being the unit whose weights are zero
/// but for a bias of 1. The absolute value costs the 2, then relu is contracted.
///
/// # Reference
/// Derived here; Bartlett, Mendelson 2002, Theorem 18 and Lemma 22 have the steps.
pub fn path_ball_bound(inputs: &Split) -> f64 {
    let images = inputs.pixels().chunks_exact(inputs.features());
    let squares = images.map(|image| {
        let square = image.iter().map(|&x| f64::from(x).powi(2));
        1.0 + square.sum::<f64>()
    });
    2.0 * squares.sum::<f64>().sqrt() / inputs.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(hidden: [f64; 2], bias: f64, last: f64) -> Vec<Layer> {
        vec![
            Layer::linear(
                "0",
                faer::mat![[hidden[0], hidden[1]], [0.0, 0.0]],
                Some(vec![bias, -2.0]),
            ),
            Layer::linear("1", faer::mat![[last, 0.5]], Some(vec![-7.0])),
        ]
    }

    #[test]
    fn it_can_be_counted_by_hand_and_does_not_change_when_a_unit_is_rescaled() {
        // 2 · |(2, 3, 6)| + 0.5 · |(0, 0, −2)| + |−7|
        let norm = network_path_norm(&network([2.0, 3.0], 6.0, -2.0)).unwrap();
        assert_eq!(norm, 2.0 * 7.0 + 1.0 + 7.0);
        let rescaled = network_path_norm(&network([8.0, 12.0], 24.0, -0.5)).unwrap();
        assert_eq!(rescaled, norm);
    }

    #[test]
    fn other_depths_and_several_outputs_have_none() {
        let layers = network([1.0, 1.0], 0.0, 1.0);
        assert_eq!(network_path_norm(&layers[..1]), None);
        let two = vec![layers[0].clone(), layers[0].clone()];
        assert_eq!(network_path_norm(&two), None);
    }

    /// On two points all signs and a fine grid of units are tried.
    #[test]
    fn no_unit_does_better_than_the_bound() {
        let inputs = Split::new(vec![0.5, -2.0], vec![0, 0], 1).unwrap();
        let mut complexity = 0.0;
        for signs in [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]] {
            let best = (0..3600).map(|k| {
                let (w, b) = (f64::from(k) / 3600.0 * std::f64::consts::TAU).sin_cos();
                let unit = |x: f64| (w * x + b).max(0.0);
                ((signs[0] * unit(0.5) + signs[1] * unit(-2.0)) / 2.0).abs()
            });
            complexity += best.fold(0.0, f64::max) / 4.0;
        }
        let bound = path_ball_bound(&inputs);
        assert!(
            complexity <= bound && complexity > bound / 4.0,
            "{complexity} {bound}"
        );
    }
}
