//! What a network computes.

use super::differentiable::{batches, check_size};
use super::error::MeasureError;
use super::subject::Subject;
use crate::dataset::Split;
use crate::solution::Outputs;

/// Share of the differences between outputs that rounding to f32 may change.
const LOST: f64 = 1e-3;

/// The outputs of a network on these inputs, computed in f64 and rounded to f32, and the labels of
/// the inputs. Of fully connected layers that follow each other:
///
/// ```text
/// f(x) = W_d relu(W_{d−1} … relu(W_1 x + b_1) … + b_{d−1}) + b_d
/// ```
///
/// # Errors
/// Layers whose wiring is not known, inputs of another length than the network
/// takes, or outputs that have too much in common for the rounding to leave their
/// differences.
///
/// ```
/// use rethink::dataset::Split;
/// use rethink::measure::{Subject, layers, network_outputs};
/// use rethink::solution::Weight;
/// let weight = |name: &str, values: Vec<f32>| Weight { name: name.into(), shape: vec![1, 1], values };
/// let network = layers(&[weight("0.weight", vec![-2.0]), weight("1.weight", vec![3.0])])?;
/// let inputs = Split::new(vec![-1.0, 1.0], vec![0, 0], 1)?;
/// let outputs = network_outputs(&Subject::new(network, None)?, &inputs)?;
/// assert_eq!(outputs.logits, [6.0, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn network_outputs(subject: &Subject, inputs: &Split) -> Result<Outputs, MeasureError> {
    let logits = network_logits(subject, inputs)?;
    let classes = logits.len() / inputs.len();
    check_rounding(&logits, classes)?;
    Ok(Outputs {
        classes,
        logits: logits.into_iter().map(|value| value as f32).collect(),
        labels: inputs.labels().to_vec(),
    })
}

/// Refuses outputs of which f32 loses a thousandth of what tells them apart.
fn check_rounding(logits: &[f64], classes: usize) -> Result<(), MeasureError> {
    for (sample, row) in logits.chunks(classes.max(1)).enumerate() {
        let low = row.iter().copied().fold(f64::INFINITY, f64::min);
        let high = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let largest = low.abs().max(high.abs());
        let rounding = largest * f64::from(f32::EPSILON) / 2.0;
        if high > low && rounding > LOST * (high - low) {
            return Err(MeasureError::CommonOutput {
                sample,
                largest,
                spread: high - low,
            });
        }
    }
    Ok(())
}

/// The same outputs before they are rounded to f32, shape (inputs, outputs),
/// row-major.
///
/// # Errors
/// As [`network_outputs`].
pub fn network_logits(subject: &Subject, inputs: &Split) -> Result<Vec<f64>, MeasureError> {
    let network = subject.network::<f64>()?;
    check_size(&network, inputs)?;
    let of_batch = |(inputs, _): (Vec<f64>, _)| {
        let pass = network.forward(&inputs);
        pass.logits().to_rows(pass.examples())
    };
    Ok(batches(&network, inputs).flat_map(of_batch).collect())
}

#[cfg(test)]
mod tests {
    use faer::Mat;

    use super::*;
    use crate::measure::Layer;

    fn layer(name: &str, rows: [[f64; 2]; 2], bias: [f64; 2]) -> Layer {
        let weight = Mat::from_fn(2, 2, |i, j| rows[i][j]);
        Layer::linear(name, weight, Some(bias.to_vec()))
    }

    #[test]
    fn a_small_network_by_hand() {
        let subject = Subject::new(
            vec![
                layer("0", [[1.0, -1.0], [2.0, 0.0]], [0.0, 1.0]),
                layer("1", [[1.0, 1.0], [0.0, -1.0]], [0.5, 0.0]),
            ],
            None,
        )
        .unwrap();
        // x = (1, 2): hidden relu(-1, 3) = (0, 3); outputs (3.5, -3).
        // x = (3, 1): hidden (2, 7); outputs (9.5, -7).
        let inputs = Split::new(vec![1.0, 2.0, 3.0, 1.0], vec![1, 0], 2).unwrap();
        let outputs = network_outputs(&subject, &inputs).unwrap();
        assert_eq!(outputs.logits, [3.5, -3.0, 9.5, -7.0]);
        assert_eq!((outputs.classes, outputs.labels), (2, vec![1, 0]));
    }

    #[test]
    fn a_deviation_below_single_precision_is_seen_before_rounding() {
        let deviation = 2f64.powi(-36); // 1.5e-11
        let weight = Mat::from_fn(1, 1, |_, _| 1.0 + deviation);
        let subject = Subject::new(vec![Layer::linear("0", weight, None)], None).unwrap();
        let inputs = Split::new(vec![1.0], vec![0], 1).unwrap();
        assert_eq!(
            network_logits(&subject, &inputs).unwrap(),
            [1.0 + deviation]
        );
        assert_eq!(network_outputs(&subject, &inputs).unwrap().logits, [1.0]);
    }

    /// Single precision would make the margin 0.
    #[test]
    fn outputs_that_rounding_makes_equal_are_refused() {
        let inputs = Split::new(vec![1.0, 2.0], vec![1], 2).unwrap();
        let of = |common: f64| {
            let only = layer("0", [[1.0, -1.0], [2.0, 0.0]], [common; 2]);
            network_outputs(&Subject::new(vec![only], None).unwrap(), &inputs)
        };
        assert_eq!(of(100.0).unwrap().logits, [99.0, 102.0]);
        let error = of(3e8).unwrap_err();
        assert!(matches!(
            error,
            MeasureError::CommonOutput { sample: 0, .. }
        ));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let first = layer("0", [[1.0; 2]; 2], [0.0; 2]);
        let inputs = Split::new(vec![0.0; 3], vec![0], 3).unwrap();
        let subject = Subject::new(vec![first.clone()], None).unwrap();
        let error = network_outputs(&subject, &inputs).unwrap_err().to_string();
        assert!(
            error.contains("3 features") && error.contains("takes 2"),
            "{error}"
        );
        let odd = Layer::linear("1", Mat::zeros(2, 5), None);
        let subject = Subject::new(vec![first, odd], None).unwrap();
        let error = network_outputs(&subject, &inputs).unwrap_err();
        assert!(matches!(error, MeasureError::NotAChain { .. }));
    }
}
