//! Examples with targets: one split of a dataset, and the shape of its images.

use std::fmt;

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::DatasetError;
use crate::random::stream;

/// Shape of one image.
///
/// ```
/// use rethink::dataset::ImageShape;
/// let shape = ImageShape { channels: 3, height: 28, width: 28 };
/// assert_eq!((shape.to_string(), shape.features()), ("3x28x28".to_string(), 2352));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageShape {
    /// Number of colour channels.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl ImageShape {
    /// Numbers per image: channels x height x width.
    pub fn features(&self) -> usize {
        self.channels * self.height * self.width
    }
}

impl fmt::Display for ImageShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.channels, self.height, self.width)
    }
}

/// Images and what they are to be mapped to: classes (`u32`, the default) or real numbers
/// (`f32`).
///
/// Pixels are finite, of any range: those of the catalogue are in [0, 1].
#[derive(Debug, Clone, PartialEq)]
pub struct Split<T = u32> {
    pixels: Vec<f32>,
    targets: Vec<T>,
    features: usize,
    /// Numbers per target: 1 for classes.
    outputs: usize,
}

impl Split {
    /// Puts a split together from pixels, row-major of shape (n, `features`),
    /// channel after channel within an image, and n labels.
    ///
    /// # Errors
    ///
    /// When there is no image, the lengths disagree, or a pixel is not finite.
    pub fn new(pixels: Vec<f32>, labels: Vec<u32>, features: usize) -> Result<Self, DatasetError> {
        check_lengths(pixels.len(), labels.len(), features)?;
        check_finite(&pixels, features)?;
        Ok(Self::from_checked(pixels, labels, features))
    }

    /// A split that a caller in this crate built to be right: same length rules,
    /// checked only in debug builds.
    pub(crate) fn from_checked(pixels: Vec<f32>, labels: Vec<u32>, features: usize) -> Self {
        debug_assert_eq!(labels.len() * features, pixels.len());
        Self {
            pixels,
            targets: labels,
            features,
            outputs: 1,
        }
    }

    /// Labels, one per image.
    pub fn labels(&self) -> &[u32] {
        &self.targets
    }

    pub(crate) fn labels_mut(&mut self) -> &mut [u32] {
        &mut self.targets
    }

    /// Checks what a dataset asks of its splits, and turns -0 into +0.
    pub(super) fn check(
        &mut self,
        name: &str,
        part: &'static str,
        shape: ImageShape,
        classes: usize,
    ) -> Result<(), DatasetError> {
        self.check_pixels(name, part, shape)?;
        let wrong = |&label: &u32| label as usize >= classes;
        match self.targets.iter().position(wrong) {
            Some(image) => Err(DatasetError::Label {
                name: name.to_string(),
                part,
                image,
                label: self.targets[image],
                classes,
            }),
            None => Ok(()),
        }
    }
}

impl Split<f32> {
    /// Puts a split together from pixels, row-major of shape (n, `features`), and real
    /// targets, row-major of shape (n, `outputs`).
    ///
    /// ```
    /// use rethink::dataset::Split;
    /// let split = Split::real(vec![0.0, 1.0], 1, vec![0.5, -2.0], 1)?;
    /// assert_eq!((split.len(), split.target(1)), (2, &[-2.0][..]));
    /// # Ok::<(), rethink::dataset::DatasetError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When there is no image or no target, the lengths disagree, or a number is not finite.
    pub fn real(
        pixels: Vec<f32>,
        features: usize,
        targets: Vec<f32>,
        outputs: usize,
    ) -> Result<Self, DatasetError> {
        let examples = targets.len().checked_div(outputs).unwrap_or(0);
        if examples * outputs != targets.len() {
            return Err(DatasetError::TargetLength {
                numbers: targets.len(),
                outputs,
            });
        }
        check_lengths(pixels.len(), examples, features)?;
        check_finite(&pixels, features)?;
        if let Some(index) = targets.iter().position(|target| !target.is_finite()) {
            return Err(DatasetError::TargetNotFinite {
                image: index / outputs,
                value: targets[index],
            });
        }
        Ok(Self {
            pixels,
            targets,
            features,
            outputs,
        })
    }

    /// All targets, row-major, shape (n, outputs).
    pub fn targets(&self) -> &[f32] {
        &self.targets
    }

    /// Target of image `i`.
    ///
    /// # Panics
    ///
    /// When `i` is not below [`len`](Self::len).
    pub fn target(&self, i: usize) -> &[f32] {
        &self.targets[i * self.outputs..(i + 1) * self.outputs]
    }

    /// Numbers per target.
    pub fn outputs(&self) -> usize {
        self.outputs
    }
}

impl<T: Copy> Split<T> {
    /// Number of images.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.targets.len() / self.outputs
    }

    /// Numbers per image.
    pub fn features(&self) -> usize {
        self.features
    }

    /// All pixels, row-major, shape (n, features).
    pub fn pixels(&self) -> &[f32] {
        &self.pixels
    }

    /// Pixels of image `i`, channel after channel.
    ///
    /// # Panics
    ///
    /// When `i` is not below [`len`](Self::len).
    pub fn image(&self, i: usize) -> &[f32] {
        &self.pixels[i * self.features..(i + 1) * self.features]
    }

    /// `n` of the images, drawn without replacement; class counts are those of
    /// the draw.
    ///
    /// The subset is the first `n` images of one random permutation that `seed`
    /// and the length of this split determine. So subsets of one seed are nested:
    /// the subset of size n is the beginning of every larger one.
    ///
    /// # Errors
    ///
    /// When `n` is 0 or larger than [`len`](Self::len).
    ///
    /// # Reference
    ///
    /// Norms of interpolants of growing training sets are compared in Belkin, Ma,
    /// Mandal 2018, arXiv 1802.01396; on nested sets the minimum norm cannot fall.
    pub fn subset(&self, n: usize, seed: u64) -> Result<Self, DatasetError> {
        Ok(self.gather(&self.subset_indices(n, seed)?))
    }

    /// Which images [`subset`](Self::subset) draws, in the order drawn.
    ///
    /// # Errors
    ///
    /// When `n` is 0 or larger than [`len`](Self::len).
    pub fn subset_indices(&self, n: usize, seed: u64) -> Result<Vec<usize>, DatasetError> {
        self.check_size(n)?;
        let mut order = permutation(self.len(), seed, "dataset: subset");
        order.truncate(n);
        Ok(order)
    }

    /// Whether [`subset`](Self::subset) can draw `n` images.
    ///
    /// # Errors
    ///
    /// When `n` is 0 or larger than [`len`](Self::len).
    pub fn check_size(&self, n: usize) -> Result<(), DatasetError> {
        if n == 0 || n > self.len() {
            return Err(DatasetError::SubsetSize { n, len: self.len() });
        }
        Ok(())
    }

    /// The images of the given indices, in that order.
    ///
    /// # Panics
    ///
    /// When an index is not below [`len`](Self::len).
    pub fn gather(&self, indices: &[usize]) -> Self {
        let mut pixels = Vec::with_capacity(indices.len() * self.features);
        for &i in indices {
            pixels.extend_from_slice(self.image(i));
        }
        let mut targets = Vec::with_capacity(indices.len() * self.outputs);
        for &i in indices {
            targets.extend_from_slice(&self.targets[i * self.outputs..(i + 1) * self.outputs]);
        }
        Self {
            pixels,
            targets,
            ..*self
        }
    }

    /// Changes every image in place, given its index and its pixels.
    pub(crate) fn for_each_image(&mut self, mut change: impl FnMut(usize, &mut [f32])) {
        let images = self.pixels.chunks_exact_mut(self.features);
        images.enumerate().for_each(|(i, image)| change(i, image));
    }

    /// Checks that images have this shape and finite pixels, and turns -0 into +0.
    pub(super) fn check_pixels(
        &mut self,
        name: &str,
        part: &'static str,
        shape: ImageShape,
    ) -> Result<(), DatasetError> {
        if self.features != shape.features() {
            return Err(DatasetError::Features {
                name: name.to_string(),
                part,
                features: self.features,
                shape,
            });
        }
        check_finite(&self.pixels, self.features)?;
        for pixel in &mut self.pixels {
            *pixel += 0.0;
        }
        Ok(())
    }
}

fn check_lengths(pixels: usize, labels: usize, features: usize) -> Result<(), DatasetError> {
    match labels.checked_mul(features) == Some(pixels) && labels > 0 && features > 0 {
        true => Ok(()),
        false => Err(DatasetError::SplitLength {
            pixels,
            labels,
            features,
        }),
    }
}

fn check_finite(pixels: &[f32], features: usize) -> Result<(), DatasetError> {
    match pixels.iter().position(|pixel| !pixel.is_finite()) {
        Some(index) => Err(DatasetError::NotFinite {
            image: index / features,
            value: pixels[index],
        }),
        None => Ok(()),
    }
}

/// The random permutation of 0..n of a seed and a purpose.
pub(crate) fn permutation(n: usize, seed: u64, purpose: &str) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut stream(seed, purpose));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Image i has the pixels (i, i + 0.5) and the label i mod 7.
    fn numbered(n: usize) -> Split {
        let pixels = (0..n).flat_map(|i| [i as f32, i as f32 + 0.5]).collect();
        let labels = (0..n).map(|i| (i % 7) as u32).collect();
        Split::new(pixels, labels, 2).unwrap()
    }

    #[test]
    fn lengths_that_disagree_and_values_that_are_not_finite_are_refused() {
        assert!(Split::new(vec![], vec![], 2).is_err());
        assert!(Split::new(vec![0.0; 3], vec![0, 0], 2).is_err());
        assert!(Split::new(vec![], vec![0], 0).is_err());
        let error = Split::new(vec![0.0, 1.0, f32::NAN, 0.0], vec![0, 0], 2).unwrap_err();
        assert!(
            matches!(error, DatasetError::NotFinite { image: 1, .. }),
            "{error}"
        );
    }

    #[test]
    fn real_targets_stay_with_their_images() {
        let pixels = (0..20).map(|i| i as f32).collect();
        let targets = (0..20).map(|i| -(i as f32)).collect();
        let all = Split::real(pixels, 2, targets, 2).unwrap();
        let subset = all.subset(4, 1).unwrap();
        for i in 0..4 {
            let negated: Vec<f32> = subset.image(i).iter().map(|x| -x).collect();
            assert_eq!(subset.target(i), negated);
        }
        for (targets, outputs) in [(vec![], 1), (vec![1.0; 3], 2), (vec![1.0; 2], 0)] {
            Split::real(vec![0.0; 2], 1, targets, outputs).unwrap_err();
        }
        let error = Split::real(vec![0.0; 2], 1, vec![0.0, f32::INFINITY], 1).unwrap_err();
        assert!(error.to_string().contains("image 1"), "{error}");
    }

    #[test]
    fn a_subset_of_all_is_a_permutation() {
        let all = numbered(100);
        let subset = all.subset(100, 3).unwrap();
        assert_ne!(subset, all);
        let mut pixels = subset.pixels().to_vec();
        pixels.sort_by(f32::total_cmp);
        assert_eq!(pixels, all.pixels());
    }

    #[test]
    fn the_images_of_a_subset_come_first_equally_often() {
        // The first image of 2000 subsets of size 1 from 10: expected 200 each, standard deviation 13.4.
        let all = numbered(10);
        let mut counts = [0_i32; 10];
        for seed in 0..2000 {
            counts[all.subset(1, seed).unwrap().pixels()[0] as usize] += 1;
        }
        assert!(
            counts.iter().all(|count| (count - 200).abs() < 70),
            "{counts:?}"
        );
    }

    #[test]
    fn a_subset_of_none_or_too_many_is_refused_naming_both_numbers() {
        for n in [0, 11] {
            let message = numbered(10).subset(n, 0).unwrap_err().to_string();
            assert!(
                message.contains(&n.to_string()) && message.contains("10"),
                "{message}"
            );
        }
    }

    proptest! {
        #[test]
        fn subsets_are_nested_and_keep_pixels_with_labels(seed: u64, n in 1_usize..50, more in 0_usize..50) {
            let all = numbered(100);
            let small = all.subset(n, seed).unwrap();
            let large = all.subset(n + more, seed).unwrap();
            prop_assert_eq!(small.labels(), &large.labels()[..n]);
            prop_assert_eq!(small.pixels(), &large.pixels()[..2 * n]);
            for i in 0..n {
                let source = small.image(i)[0];
                prop_assert_eq!(small.image(i)[1], source + 0.5);
                prop_assert_eq!(small.labels()[i], (source as usize % 7) as u32);
            }
        }
    }
}
