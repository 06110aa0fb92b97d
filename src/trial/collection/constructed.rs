//! Interpolants that are written down or solved for.
//!
//! Both have outputs 1 for the label and 0 for the others, so all training margins are
//! 1; [`scale_to_cost`] then brings them to the cost that the other ways are stopped
//! at. Norms over margins do not change with the scale.

use crate::classification::{Errors, margin};
use crate::dataset::Split;
use crate::expressivity::{ExpressivityError, FiniteSample, Precision, interpolate};
use crate::kernel::random_relu_interpolant;
use crate::linalg::SpanError;
use crate::measure::{Layer, MeasureError, Subject, network_logits};

/// Relative distance below the cost asked for that is aimed at, so that another order
/// of the sums of a forward pass does not lift it above.
const BELOW: f64 = 1e-9;

/// Why there is no such interpolant.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PoleError {
    /// Theorem 1's network could not be written down.
    #[error(transparent)]
    Expressivity(#[from] ExpressivityError),
    /// No output weights fit.
    #[error("the random features do not fit all labels: {0}")]
    Features(#[from] SpanError),
    /// The layers do not fit the images or each other.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// A label that is no output of the network.
    #[error(
        "label {label} is none of the network's {classes} outputs; give labels below {classes}"
    )]
    Label {
        /// The label.
        label: u32,
        /// Outputs of the network.
        classes: usize,
    },
    /// A cost that no scale has.
    #[error(
        "no scale of the outputs has a cost of {cost} nats: {wrong} of {examples} training images \
         are misclassified; give a network that fits all of them, and a cost between 0 and {most:.4}"
    )]
    Scale {
        /// The cost asked for.
        cost: f64,
        /// Training images misclassified.
        wrong: usize,
        /// Training images.
        examples: usize,
        /// The cost of outputs that are all 0: ln k.
        most: f64,
    },
}

/// The two-layer network of Theorem 1 through the one-hot labels, in f64: as many
/// hidden units as different images, all on one direction.
///
/// # Errors
/// One image with two labels, a label outside the classes, images that no direction
/// tells apart.
///
/// # Reference
/// Zhang et al. 2017, arXiv 1611.03530, Theorem 1.
pub fn finite_sample(train: &Split, classes: usize, seed: u64) -> Result<Vec<Layer>, PoleError> {
    let sample = FiniteSample::one_hot(train, classes)?;
    Ok(interpolate(&sample, Precision::Double, seed)?.layers(2)?)
}

/// Random ReLU features with output weights of smallest norm through the one-hot
/// labels, in f64; see [`random_relu_interpolant`].
///
/// # Errors
/// Fewer units than images, an image that occurs twice, a label outside the classes.
pub fn random_features(
    train: &Split,
    classes: usize,
    width: usize,
    seed: u64,
) -> Result<Vec<Layer>, PoleError> {
    let mut targets = vec![vec![0.0; train.len()]; classes];
    for (i, &label) in train.labels().iter().enumerate() {
        let column = targets.get_mut(label as usize);
        column.ok_or(PoleError::Label { label, classes })?[i] = 1.0;
    }
    Ok(random_relu_interpolant(train, &targets, width, seed)?)
}

/// Multiplies the last layer by the number at which the mean cross-entropy of the
/// training images is `cost`, and returns that number.
///
/// ```text
/// (1/n) Σ_i ln Σ_c exp(s (f_c(x_i) − f_{y_i}(x_i))) = cost
/// ```
///
/// The left side falls strictly from ln k to 0 as s grows from 0 if all margins are
/// positive, so there is one s; it is found by bisection.
///
/// # Errors
/// Layers that do not fit the images, a label that is no output, a margin that is not
/// positive, a cost outside (0, ln k).
pub fn scale_to_cost(layers: &mut [Layer], train: &Split, cost: f64) -> Result<f64, PoleError> {
    let logits = network_logits(&Subject::new(layers.to_vec(), None)?, train)?;
    let classes = logits.len() / train.len();
    // f_c − f_y of the other classes, row by row.
    let mut above = Vec::with_capacity(logits.len());
    let mut margins = Vec::with_capacity(train.len());
    for (row, &label) in logits.chunks_exact(classes).zip(train.labels()) {
        let own = *(row.get(label as usize)).ok_or(PoleError::Label { label, classes })?;
        let others = row.iter().enumerate();
        let others = others.filter(|&(class, _)| class != label as usize);
        above.extend(others.map(|(_, f)| f - own));
        margins.push(margin(row.iter().copied(), label as usize));
    }
    let rows = || above.chunks_exact((classes - 1).max(1));
    let most = (classes as f64).ln();
    let wrong = margins.into_iter().collect::<Errors>().errors;
    if wrong > 0 || !(0.0..most).contains(&cost) || cost == 0.0 {
        return Err(PoleError::Scale {
            cost,
            wrong,
            examples: train.len(),
            most,
        });
    }
    let cost_at = |scale: f64| {
        let loss = |row: &[f64]| row.iter().map(|u| (scale * u).exp()).sum::<f64>().ln_1p();
        rows().map(loss).sum::<f64>() / train.len() as f64
    };
    let aim = cost * (1.0 - BELOW);
    let (mut low, mut high) = (0.0, 1.0);
    while cost_at(high) > aim {
        (low, high) = (high, 2.0 * high);
    }
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if cost_at(middle) > aim {
            low = middle;
        } else {
            high = middle;
        }
    }
    if let Some(last) = layers.last_mut() {
        let columns = last.weight.col_iter_mut();
        columns.for_each(|column| column.iter_mut().for_each(|w| *w *= high));
        last.bias.iter_mut().flatten().for_each(|b| *b *= high);
    }
    Ok(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Dataset, Preprocessing};
    use crate::measure::find;

    fn images(n: usize) -> Split {
        let data = Dataset::load("fashion-mnist-10k", None).unwrap();
        let train = data.train().subset(n, 1).unwrap();
        Preprocessing::PerImageStandardization.apply(train)
    }

    fn logits(layers: &[Layer], train: &Split) -> Vec<f64> {
        network_logits(&Subject::new(layers.to_vec(), None).unwrap(), train).unwrap()
    }

    /// Path norm over margin: does not change with the scale.
    fn norm(layers: &[Layer], train: &Split) -> f64 {
        let subject = Subject::new(layers.to_vec(), None).unwrap();
        let path = find("path-norm-l2").unwrap().network(&subject).unwrap();
        let row = &logits(layers, train)[..10];
        let label = train.labels()[0] as usize;
        let others = row.iter().enumerate().filter(|&(c, _)| c != label);
        let largest = others.map(|(_, &f)| f).fold(f64::MIN, f64::max);
        path.unwrap().number / (row[label] - largest)
    }

    #[test]
    fn both_fit_one_hot_and_are_scaled_to_the_cost() {
        let train = images(60);
        let constructed = [
            finite_sample(&train, 10, 1).unwrap(),
            random_features(&train, 10, 200, 1).unwrap(),
        ];
        for mut layers in constructed {
            for (row, &y) in logits(&layers, &train).chunks(10).zip(train.labels()) {
                for (c, f) in row.iter().enumerate() {
                    let target = f64::from(u8::from(c == y as usize));
                    assert!((f - target).abs() < 1e-7, "{f} for {target}");
                }
            }
            let before = norm(&layers, &train);
            for cost in [0.1, 0.01] {
                scale_to_cost(&mut layers, &train, cost).unwrap();
                let rows = logits(&layers, &train);
                let losses = rows.chunks(10).zip(train.labels()).map(|(row, &y)| {
                    let own = row[y as usize];
                    row.iter().map(|f| (f - own).exp()).sum::<f64>().ln()
                });
                let reached = losses.sum::<f64>() / 60.0;
                assert!((reached / cost - 1.0).abs() < 3e-9, "{reached}");
            }
            assert!((norm(&layers, &train) / before - 1.0).abs() < 1e-7);
        }
    }

    #[test]
    fn the_scale_of_exact_one_hot_outputs_is_known() {
        // ln(1 + 9 e^{−s}) = 0.01 at s = ln(9 / (e^{0.01} − 1)).
        let train = images(40);
        let mut layers = random_features(&train, 10, 120, 1).unwrap();
        let scale = scale_to_cost(&mut layers, &train, 0.01).unwrap();
        let exact = (9.0 / 0.01_f64.exp_m1()).ln();
        assert!((scale - exact).abs() < 1e-7, "{scale} {exact}");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let train = images(30);
        let error = random_features(&train, 10, 29, 1).unwrap_err().to_string();
        assert!(error.contains("use more features"), "{error}");
        let mut layers = random_features(&train, 10, 60, 1).unwrap();
        let error = scale_to_cost(&mut layers, &train, 3.0)
            .unwrap_err()
            .to_string();
        assert!(error.contains("between 0 and 2.3026"), "{error}");
        let others = Split::new(train.pixels().to_vec(), vec![9; 30], 784).unwrap();
        let error = scale_to_cost(&mut layers, &others, 0.1).unwrap_err();
        assert!(matches!(error, PoleError::Scale { wrong, .. } if wrong > 0));
        let error = finite_sample(&train, 3, 1).unwrap_err().to_string();
        assert!(error.contains("there are 3 classes"), "{error}");
    }
}
