//! The path norm of a network with one hidden layer.

use crate::measure::Layer;

/// Σ_j |a_j| |w̃_j|₂ + |b| of f(x) = Σ_j a_j relu(w̃_j · x̃) + b, with x̃ = (x, 1) and w̃_j
/// the weights and bias of a hidden unit: its group path norm, the smallest product of
/// layer norms over all rescalings of units.
///
/// The constant b is the unit whose weights are zero but for a bias of 1, so networks of
/// path norm at most B are those of [`ReluBall`](super::ReluBall) on the points x̃.
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
}
