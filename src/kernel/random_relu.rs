//! A network whose first layer is random and whose last is the shortest that fits.

use faer::Mat;
use rand_distr::{Distribution, StandardNormal};

use crate::dataset::Split;
use crate::linalg::{RowSpan, SpanError, decompose_on_one_thread};
use crate::measure::Layer;
use crate::random;

/// Two layers without biases, random ReLU features and output weights of smallest
/// norm through the targets:
///
/// ```text
/// φ(x) = max(W₁ x, 0),   W₁ of shape (width, features), entries N(0, 2 / features)
/// W₂ = argmin ‖W₂‖_F  with  W₂ φ(x_i) = y_i  for all i
/// ```
///
/// It is where gradient descent on the squared loss of W₂ alone ends from W₂ = 0, and
/// tends to the least-norm interpolant of the arc-cosine kernel of degree 1 as the
/// width grows. The first units of a wider network are those of a narrower one.
/// `targets` has one column of numbers per output. All is in f64.
///
/// # Errors
/// Fewer units than examples, or features of the examples that are not independent,
/// as of an image that occurs twice.
///
/// # Reference
/// Rahimi, Recht 2008, "Weighted sums of random kitchen sinks"; Cho, Saul 2009,
/// "Kernel methods for deep learning" (the kernel); the variance is that of He et al.
/// 2015, arXiv 1502.01852.
pub fn random_relu_interpolant(
    train: &Split,
    targets: &[Vec<f64>],
    width: usize,
    seed: u64,
) -> Result<Vec<Layer>, SpanError> {
    let (n, d) = (train.len(), train.features());
    let mut rng = random::stream(seed, "random ReLU features");
    let deviation = (2.0 / d as f64).sqrt();
    let directions: Vec<f64> = (0..width * d)
        .map(|_| {
            let z: f64 = StandardNormal.sample(&mut rng);
            deviation * z
        })
        .collect();
    let first = Mat::from_fn(width, d, |unit, input| directions[unit * d + input]);
    let x = Mat::from_fn(d, n, |input, i| f64::from(train.image(i)[input]));
    decompose_on_one_thread();
    let before = &first * &x;
    let features: Vec<f64> = before
        .col_iter()
        .flat_map(|column| column.iter().map(|z| z.max(0.0)).collect::<Vec<_>>())
        .collect();
    let weights = RowSpan::new(&features, n, width)?.min_norm(targets);
    let second = Mat::from_fn(weights.len(), width, |output, unit| weights[output][unit]);
    Ok(vec![
        Layer::linear("0", first, None),
        Layer::linear("1", second, None),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::{Features, Options, Problem, Targets};
    use super::*;
    use crate::measure::{Subject, network_logits};

    fn points(count: usize, seed: u64) -> Split {
        let mut rng = random::stream(seed, "test points");
        let pixels = (0..count * 4)
            .map(|_| StandardNormal.sample(&mut rng))
            .collect();
        Split::new(pixels, vec![0; count], 4).unwrap()
    }

    fn columns(count: usize) -> Vec<Vec<f64>> {
        let value = |c: usize, i: usize| ((7 * i + 3 * c) as f64).sin();
        (0..2)
            .map(|c| (0..count).map(|i| value(c, i)).collect())
            .collect()
    }

    fn outputs(layers: Vec<Layer>, split: &Split) -> Vec<f64> {
        network_logits(&Subject::new(layers, None).unwrap(), split).unwrap()
    }

    #[test]
    fn it_interpolates_and_no_other_fit_is_shorter() {
        let (train, targets) = (points(9, 1), columns(9));
        let layers = random_relu_interpolant(&train, &targets, 40, 1).unwrap();
        for (i, row) in outputs(layers.clone(), &train).chunks(2).enumerate() {
            for (f, target) in row.iter().zip(&targets) {
                assert!((f - target[i]).abs() < 1e-12);
            }
        }
        // The shortest lies in the span of the features: a fit with fewer units, the
        // first of the same, is longer.
        let norm = |layers: &[Layer]| layers[1].weight.norm_l2();
        let narrow = random_relu_interpolant(&train, &targets, 20, 1).unwrap();
        assert_eq!(narrow[0].weight[(19, 3)], layers[0].weight[(19, 3)]);
        assert!(norm(&narrow) > norm(&layers));
    }

    #[test]
    fn a_wide_one_is_the_interpolant_of_the_arc_cosine_kernel() {
        let (train, test, targets) = (points(6, 1), points(8, 2), columns(6));
        let features = |split: &Split| Features::new(split.pixels().to_vec(), 4).unwrap();
        let (x, y) = (
            features(&train),
            Targets::from_columns(targets.clone()).unwrap(),
        );
        let kernel = "arc-cosine-1".parse().unwrap();
        let problem = Problem::new(kernel, &x, &y, 0.0).unwrap();
        let limit = problem.solve(&Options::default(), &mut |_| {}).unwrap();
        let expected = limit.predict(&features(&test)).unwrap();
        let wide = random_relu_interpolant(&train, &targets, 20_000, 1).unwrap();
        for (f, expected) in outputs(wide, &test).iter().zip(expected) {
            assert!((f - expected).abs() < 0.1, "{f} {expected}");
        }
    }

    #[test]
    fn too_few_units_are_refused() {
        let error = random_relu_interpolant(&points(9, 1), &columns(9), 8, 1).unwrap_err();
        assert!(error.to_string().contains("use more features"), "{error}");
    }
}
