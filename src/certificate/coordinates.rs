//! Coordinates of images in which the weights of the first layer are independent.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par, Side};
use rayon::prelude::*;

use super::cosines::cosines;
use super::layer::LayerKind;
use super::{CertificateError, Prior};
use crate::dataset::{ImageShape, Split};
use crate::linalg::decompose_on_one_thread;

/// Size of the smooth part of a prior's weights, and the frequency at which it has fallen to half:
/// half periods over the image. Chosen on MNIST.
const SCALE: f64 = 3.0;
const HALF: f64 = 6.0;
/// Examples whose principal axes are taken.
const EXAMPLES: usize = 2000;
/// Cosines that are turned to principal axes, those of the lowest frequency: more would take minutes
/// and have hardly a share in any image.
const AXES: usize = 1024;
/// Images that are turned at a time: a constant, so that sums do not depend on threads.
const PART: usize = 500;

/// Coordinates z = U A x of images x in which weights v are independent: those of pixels are
/// w = v U A.
///
/// A is fixed before any data: cosines over the image, channel by channel, smaller the higher their
/// frequency, so that under a prior with independent v neighbouring pixels have similar weights. U
/// is orthonormal and may depend on the examples, since the prior does not change with it: its rows
/// are the principal axes of A x. A posterior that is independent there wastes no divergence on
/// directions in which images do not differ. Of images of more than 1,024 numbers, axes are those of
/// the lowest frequencies, and higher ones stay as they are.
#[derive(Debug, Clone)]
pub struct Coordinates {
    /// U A.
    map: Mat<f32>,
    /// U.
    axes: Mat<f32>,
}

impl Coordinates {
    /// Those of images, with the principal axes of the first 2,000 examples.
    ///
    /// ```
    /// use rethink::certificate::{Coordinates, Prior};
    /// use rethink::dataset::Dataset;
    ///
    /// let data = Dataset::load("fashion-mnist-10k", None)?;
    /// let examples = data.train().subset(100, 1)?;
    /// let coordinates = Coordinates::smooth(data.shape(), &examples)?;
    /// let prior = coordinates.prior(&Prior::at_random(&[784, 16, 10], 0.2, 1)?);
    /// let examples = coordinates.of(&examples);
    /// assert_eq!(prior.law().inputs(), examples.features());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Examples of another shape; axes that are not found.
    pub fn smooth(shape: ImageShape, examples: &Split) -> Result<Self, CertificateError> {
        Self::along(shape, examples, AXES)
    }

    /// The same with at most so many cosines turned to principal axes.
    pub(super) fn along(
        shape: ImageShape,
        examples: &Split,
        axes: usize,
    ) -> Result<Self, CertificateError> {
        let (features, plane) = (shape.features(), shape.height * shape.width);
        let refused = || CertificateError::Axes {
            shape,
            features: examples.features(),
        };
        if examples.features() != features {
            return Err(refused());
        }
        let window = cosines([shape.height, shape.width], SCALE, HALF);
        let smooth = Mat::from_fn(features, features, |k, j| match k / plane == j / plane {
            true => window[k % plane * plane + j % plane],
            false => 0.0,
        });
        let few: Vec<usize> = (0..examples.len().min(EXAMPLES)).collect();
        // On one thread each, so that sums do not depend on how many there are.
        decompose_on_one_thread();
        let images = Mat::from_fn(features, few.len(), |j, i| f64::from(examples.image(i)[j]));
        let seen = &smooth * images;
        let turned = largest(&smooth, axes);
        let seen = Mat::from_fn(turned.len(), few.len(), |k, i| seen[(turned[k], i)]);
        let moments = &seen * seen.transpose() * faer::Scale(1.0 / few.len() as f64);
        let found = moments.self_adjoint_eigen(Side::Lower);
        let found = found.map_err(|_| refused())?;
        let mut axes = Mat::identity(features, features);
        for (a, &k) in turned.iter().enumerate() {
            for (b, &j) in turned.iter().enumerate() {
                axes[(k, j)] = found.U()[(b, a)];
            }
        }
        let rounded = |m: &Mat<f64>| Mat::from_fn(features, features, |k, j| m[(k, j)] as f32);
        Ok(Self {
            map: rounded(&(&axes * &smooth)),
            axes: rounded(&axes),
        })
    }

    /// Images in these coordinates.
    pub fn of(&self, images: &Split) -> Split {
        let parts = images.pixels().par_chunks(PART * images.features());
        let parts: Vec<Vec<f32>> = parts.map(|part| product(self.map.as_ref(), part)).collect();
        Split::from_checked(parts.concat(), images.labels().to_vec(), images.features())
    }

    /// A prior on v before U, as one on v: the same law of the weights of pixels.
    ///
    /// ```text
    /// v₀ ↦ v₀ Uᵀ
    /// ```
    pub fn prior(&self, prior: &Prior) -> Prior {
        let mut prior = prior.clone();
        let first = &mut prior.law.layers[0];
        if let LayerKind::Dense { inputs, outputs } = first.kind {
            let weights = &first.mean[..inputs * outputs];
            let turned = product(self.axes.as_ref(), weights);
            first.mean[..inputs * outputs].copy_from_slice(&turned);
        }
        prior
    }
}

/// Places of the largest rows, so many of them at most, ascending.
fn largest(smooth: &Mat<f64>, count: usize) -> Vec<usize> {
    let size = |&k: &usize| smooth.row(k).squared_norm_l2();
    let mut places: Vec<usize> = (0..smooth.nrows()).collect();
    places.sort_by(|a, b| size(b).total_cmp(&size(a)));
    places.truncate(count);
    places.sort_unstable();
    places
}

/// Every row of a row-major matrix, as a column, behind a map.
fn product(map: MatRef<'_, f32>, rows: &[f32]) -> Vec<f32> {
    let (features, count) = (map.ncols(), rows.len() / map.ncols());
    let mut turned = vec![0.0; map.nrows() * count];
    let columns = MatRef::from_column_major_slice(rows, features, count);
    let out = MatMut::from_column_major_slice_mut(&mut turned, map.nrows(), count);
    matmul(out, Accum::Replace, map, columns, 1.0, Par::Seq);
    turned
}
