//! A one-layer convolution network with random filters, pooled.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par, Side};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use super::{FeatureMap, Features, KernelError, check_shape, map_images};
use crate::dataset::{ImageShape, Split};
use crate::random::stream;

/// Where the filters come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filters {
    /// Patches of the given images, normalized, whitened, of length 1.
    Patches,
    /// Gaussian vectors of length 1.
    Gaussian,
}

/// Largest number of filters.
pub const LARGEST_BANK: usize = 32_000;

/// Patches whose second moments are measured for whitening.
const SAMPLE: usize = 20_000;

/// Added to the variance of a patch: 10 in units of pixels from 0 to 255.
const VARIANCE_FLOOR: f32 = 10.0 / (255.0 * 255.0);

/// Added to the eigenvalues of the covariance of normalized patches.
const WHITENING_FLOOR: f64 = 0.1;

/// Coates-Ng network: every patch is normalized (its mean subtracted, divided by
/// its standard deviation), whitened by ZCA, multiplied with N filters, and both
/// signs are thresholded and summed over the four quadrants of the image:
///
/// ```text
/// feature(j, ±, q) = mean over patches p in q of max(0, ±<f_j, p> - threshold)
/// ```
///
/// 8 N features per image.
///
/// # Reference
///
/// Coates, Ng 2012, "Learning feature representations with k-means"; Zhang et al.
/// 2017, arXiv 1611.03530, section 5, use 32,000 filters; their 2021 edition says
/// that the filters are random instead of k-means centres.
#[derive(Debug, Clone)]
pub struct RandomConvolution {
    shape: ImageShape,
    side: usize,
    threshold: f32,
    /// (filters, patch), applied to normalized patches: whitening is folded in.
    filters: Mat<f32>,
}

impl RandomConvolution {
    /// Draws `count` filters of `side` x `side` pixels; `images` give the whitening
    /// and, for [`Filters::Patches`], the filters.
    ///
    /// # Errors
    ///
    /// When the images do not have the shape, the number of filters is not in
    /// 1..=32,000, the side is not in 2..=image side / 2, or the threshold is
    /// negative or not finite.
    pub fn new(
        images: &Split,
        shape: ImageShape,
        count: usize,
        side: usize,
        threshold: f32,
        source: Filters,
        seed: u64,
    ) -> Result<Self, KernelError> {
        check_shape(images, shape)?;
        let wrong = |parameter, value: String, expected| {
            Err(KernelError::Parameter {
                owner: "random-convolution",
                parameter,
                value,
                expected,
            })
        };
        if !(1..=LARGEST_BANK).contains(&count) {
            return wrong("filters", count.to_string(), "a number from 1 to 32,000");
        }
        if side < 2 || side > shape.height.min(shape.width) / 2 {
            return wrong(
                "side",
                side.to_string(),
                "a number from 2 to half the side of an image",
            );
        }
        if !(threshold >= 0.0 && threshold.is_finite()) {
            return wrong("threshold", threshold.to_string(), "a number from 0");
        }
        let size = shape.channels * side * side;
        let mut rng = stream(seed, "random convolution: patches");
        let mut draw = |count: usize| -> Mat<f64> {
            let mut patch = vec![0.0; size];
            let mut patches = Mat::zeros(size, count);
            for column in patches.col_iter_mut() {
                let image = images.image(rng.random_range(0..images.len()));
                let y = rng.random_range(0..=shape.height - side);
                let x = rng.random_range(0..=shape.width - side);
                normalized_patch(image, shape, side, y, x, &mut patch);
                column
                    .iter_mut()
                    .zip(&patch)
                    .for_each(|(c, &p)| *c = f64::from(p));
            }
            patches
        };
        let sample = draw(SAMPLE);
        let whitening = whitening(&sample)?;
        let mut raw = match source {
            Filters::Patches => &whitening * draw(count),
            Filters::Gaussian => {
                let mut rng = stream(seed, "random convolution: gaussian filters");
                Mat::from_fn(size, count, |_, _| StandardNormal.sample(&mut rng))
            }
        };
        for column in raw.col_iter_mut() {
            let norm = column.norm_l2().max(1e-12);
            column.iter_mut().for_each(|x| *x /= norm);
        }
        // <f, W p> = <W f, p>, W being symmetric.
        let folded = raw.transpose() * &whitening;
        let filters = Mat::from_fn(count, size, |i, j| folded[(i, j)] as f32);
        Ok(Self {
            shape,
            side,
            threshold,
            filters,
        })
    }
}

/// Copies a patch, subtracts its mean and divides by its standard deviation.
fn normalized_patch(
    image: &[f32],
    shape: ImageShape,
    side: usize,
    y: usize,
    x: usize,
    patch: &mut [f32],
) {
    let rows = (0..shape.channels).flat_map(|c| (0..side).map(move |r| (c, r)));
    for ((c, r), to) in rows.zip(patch.chunks_mut(side)) {
        let from = (c * shape.height + y + r) * shape.width + x;
        to.copy_from_slice(&image[from..from + side]);
    }
    let size = patch.len() as f32;
    let mean = patch.iter().sum::<f32>() / size;
    let variance = patch.iter().map(|p| (p - mean) * (p - mean)).sum::<f32>() / size;
    let scale = 1.0 / (variance + VARIANCE_FLOOR).sqrt();
    patch.iter_mut().for_each(|p| *p = (*p - mean) * scale);
}

/// ZCA: (C + floor I)^(-1/2), C the second moments of the columns.
fn whitening(patches: &Mat<f64>) -> Result<Mat<f64>, KernelError> {
    let count = patches.ncols() as f64;
    let covariance = patches * patches.transpose() * faer::Scale(1.0 / count);
    // Patches are normalized and finite, so this does not fail for finite images.
    let decomposition =
        covariance
            .self_adjoint_eigen(Side::Lower)
            .map_err(|_| KernelError::Parameter {
                owner: "random-convolution",
                parameter: "a patch covariance",
                value: "without eigenvalues".to_string(),
                expected: "images of moderate size",
            })?;
    let (vectors, values) = (decomposition.U(), decomposition.S());
    let scaled = Mat::from_fn(vectors.nrows(), vectors.ncols(), |i, j| {
        vectors[(i, j)] / (values[j].max(0.0) + WHITENING_FLOOR).sqrt()
    });
    Ok(scaled * vectors.transpose())
}

impl FeatureMap for RandomConvolution {
    fn name(&self) -> &'static str {
        "random-convolution"
    }
    fn formula(&self) -> String {
        format!(
            "mean over quadrants of max(0, ±<f, patch> - {}), {} filters of {2}x{2}",
            self.threshold,
            self.filters.nrows(),
            self.side
        )
    }
    fn dimension(&self) -> usize {
        8 * self.filters.nrows()
    }
    fn apply(&self, images: &Split, threads: usize) -> Result<Features, KernelError> {
        check_shape(images, self.shape)?;
        let (rows, columns) = (
            self.shape.height - self.side + 1,
            self.shape.width - self.side + 1,
        );
        let (size, count) = (self.filters.ncols(), self.filters.nrows());
        let scratch = || {
            (
                vec![0.0_f32; size * rows * columns],
                Mat::<f32>::zeros(count, rows * columns),
            )
        };
        map_images(
            images,
            self.dimension(),
            threads,
            scratch,
            |scratch, image, features| {
                let (patches, responses) = scratch;
                for (position, patch) in patches.chunks_mut(size).enumerate() {
                    let (y, x) = (position / columns, position % columns);
                    normalized_patch(image, self.shape, self.side, y, x, patch);
                }
                matmul(
                    responses.as_mut(),
                    Accum::Replace,
                    self.filters.as_ref(),
                    MatRef::from_column_major_slice(patches, size, rows * columns),
                    1.0,
                    Par::Seq,
                );
                for (position, column) in responses.col_iter().enumerate() {
                    let (y, x) = (position / columns, position % columns);
                    let (bottom, right) = (2 * y >= rows, 2 * x >= columns);
                    let high = if bottom {
                        rows - rows.div_ceil(2)
                    } else {
                        rows.div_ceil(2)
                    };
                    let wide = if right {
                        columns - columns.div_ceil(2)
                    } else {
                        columns.div_ceil(2)
                    };
                    let weight = 1.0 / (high * wide) as f32;
                    let quadrant = 2 * usize::from(bottom) + usize::from(right);
                    let at = quadrant * 2 * count;
                    let (plus, minus) = features[at..at + 2 * count].split_at_mut(count);
                    for ((response, plus), minus) in column.iter().zip(plus).zip(minus) {
                        *plus += weight * (response - self.threshold).max(0.0);
                        *minus += weight * (-response - self.threshold).max(0.0);
                    }
                }
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: ImageShape = ImageShape {
        channels: 2,
        height: 9,
        width: 8,
    };

    fn images(n: usize) -> Split {
        let mut rng = stream(1, "images");
        let pixels = (0..n * 144).map(|_| rng.random_range(0.0..1.0)).collect();
        Split::new(pixels, vec![0; n], 144).unwrap()
    }

    #[test]
    fn features_equal_the_definition() {
        let images = images(3);
        for source in [Filters::Patches, Filters::Gaussian] {
            let map = RandomConvolution::new(&images, SHAPE, 5, 3, 0.25, source, 1).unwrap();
            let features = map.apply(&images, 2).unwrap();
            assert_eq!(features.dimension(), 40);
            let mut patch = vec![0.0; 18];
            for (image, filter, quadrant) in [(0, 0, 0), (1, 3, 1), (2, 4, 2), (2, 2, 3)] {
                let mut sums = [0.0, 0.0];
                let mut count = 0.0;
                for y in 0..7 {
                    for x in 0..6 {
                        if 2 * usize::from(y >= 4) + usize::from(x >= 3) != quadrant {
                            continue;
                        }
                        normalized_patch(images.image(image), SHAPE, 3, y, x, &mut patch);
                        let response: f32 =
                            (0..18).map(|i| map.filters[(filter, i)] * patch[i]).sum();
                        sums[0] += (response - 0.25).max(0.0);
                        sums[1] += (-response - 0.25).max(0.0);
                        count += 1.0;
                    }
                }
                for (sign, sum) in sums.iter().enumerate() {
                    let found = features.row(image)[quadrant * 10 + sign * 5 + filter];
                    assert!((found - sum / count).abs() < 1e-5, "{found}");
                }
            }
        }
    }

    #[test]
    fn whitened_patches_have_the_identity_as_second_moment_without_the_floor() {
        let mut rng = stream(2, "whitening");
        let patches = Mat::from_fn(4, 500, |i, _| {
            let z: f64 = StandardNormal.sample(&mut rng);
            100.0 * (i + 1) as f64 * z
        });
        let white = whitening(&patches).unwrap() * &patches;
        let moments = &white * white.transpose() * faer::Scale(1.0 / 500.0);
        for i in 0..4 {
            for j in 0..4 {
                let expected = f64::from(u8::from(i == j));
                assert!((moments[(i, j)] - expected).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let images = images(2);
        let make = |count, side, threshold| {
            RandomConvolution::new(&images, SHAPE, count, side, threshold, Filters::Patches, 0)
        };
        assert!(make(0, 3, 0.0).is_err());
        assert!(make(32_001, 3, 0.0).is_err());
        assert!(make(5, 1, 0.0).is_err());
        assert!(make(5, 5, 0.0).is_err());
        assert!(make(5, 3, f32::NAN).is_err());
        assert!(make(5, 3, 0.0).is_ok());
    }
}
