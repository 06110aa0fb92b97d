//! From pixels to the network's input.

use serde::{Deserialize, Serialize};

use super::Split;

/// How the network's input is made from pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preprocessing {
    /// Each image to mean 0 and variance 1 over all its N numbers, channels together:
    ///
    /// ```text
    /// x  ->  (x - mean(x)) / max(std(x), 1 / sqrt(N))
    /// ```
    ///
    /// with the population standard deviation. The floor keeps an image of one
    /// colour at 0.
    ///
    /// # Reference
    ///
    /// TensorFlow's `per_image_standardization`; under its older name
    /// `per_image_whitening` in Zhang et al. 2017, arXiv 1611.03530, appendix A.
    #[default]
    PerImageStandardization,
    /// The pixels as they are.
    UnitInterval,
}

impl Preprocessing {
    /// Makes the network's input, shape (n, features), from the pixels of a split.
    ///
    /// ```
    /// use rethink::dataset::{Preprocessing, Split};
    /// let split = Split::new(vec![0.0, 1.0], vec![0], 2)?;
    /// let input = Preprocessing::PerImageStandardization.apply(split);
    /// assert_eq!(input.pixels(), [-1.0 / 0.5_f32.sqrt() / 2.0, 1.0 / 0.5_f32.sqrt() / 2.0]);
    /// # Ok::<(), rethink::dataset::DatasetError>(())
    /// ```
    pub fn apply(self, mut split: Split) -> Split {
        match self {
            Self::PerImageStandardization => split.for_each_image(|_, image| standardize(image)),
            Self::UnitInterval => {}
        }
        split
    }
}

fn standardize(image: &mut [f32]) {
    let n = image.len() as f64;
    let mean = image.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
    let variance = image
        .iter()
        .map(|&x| (f64::from(x) - mean).powi(2))
        .sum::<f64>()
        / n;
    let scale = variance.sqrt().max(1.0 / n.sqrt());
    for x in image {
        *x = ((f64::from(*x) - mean) / scale) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standardized(pixels: Vec<f32>, features: usize) -> Split {
        let labels = vec![0; pixels.len() / features];
        let split = Split::new(pixels, labels, features).unwrap();
        Preprocessing::PerImageStandardization.apply(split)
    }

    #[test]
    fn an_arithmetic_sequence_has_known_mean_and_deviation() {
        // 0..n has mean (n - 1) / 2 and variance (n^2 - 1) / 12; scaled by 1 / n both scale along.
        let n = 48;
        let pixels = (0..n).map(|i| i as f32 / n as f32).collect();
        let mean = (n as f64 - 1.0) / 2.0;
        let std = ((n as f64).powi(2) - 1.0).sqrt() / 12.0_f64.sqrt();
        for (i, &x) in standardized(pixels, n).pixels().iter().enumerate() {
            assert!((f64::from(x) - (i as f64 - mean) / std).abs() < 1e-6);
        }
    }

    #[test]
    fn an_image_of_one_colour_becomes_zero() {
        assert!(
            standardized(vec![0.7; 12], 12)
                .pixels()
                .iter()
                .all(|x| x.abs() < 1e-6)
        );
    }

    #[test]
    fn a_faint_image_is_divided_by_the_floor() {
        // std = 0.01 is below 1 / sqrt(4) = 0.5.
        let input = standardized(vec![0.51, 0.49, 0.51, 0.49], 4);
        for (x, expected) in input.pixels().iter().zip([0.02, -0.02, 0.02, -0.02]) {
            assert!((x - expected).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn each_image_has_its_own_mean_and_brightness_does_not_matter() {
        let input = standardized(vec![0.0, 1.0, 0.5, 0.1, 0.3, 0.8, 0.55, 0.35], 4);
        for i in 0..2 {
            let image = input.image(i);
            let mean: f32 = image.iter().sum::<f32>() / 4.0;
            assert!(mean.abs() < 1e-6);
        }
        assert_ne!(input.image(0), input.image(1));
    }

    #[test]
    fn the_unit_interval_changes_nothing_and_names_are_kebab_case() {
        let split = Split::new(vec![0.1, 0.9], vec![0], 2).unwrap();
        assert_eq!(Preprocessing::UnitInterval.apply(split.clone()), split);
        let json = serde_json::to_string(&Preprocessing::PerImageStandardization).unwrap();
        assert_eq!(json, "\"per-image-standardization\"");
    }
}
