//! Feature maps: from images to explicit features.

mod gabor;
mod random_convolution;

use std::fmt;

pub use gabor::Gabor;
pub use random_convolution::{Filters, RandomConvolution};

use super::{Features, KernelError};
use crate::dataset::{ImageShape, Split};

/// A map from images to features, fixed before it sees the images it maps.
pub trait FeatureMap: fmt::Debug + Send + Sync {
    /// Name.
    fn name(&self) -> &'static str;
    /// The map, in one line.
    fn formula(&self) -> String;
    /// Numbers per image.
    fn dimension(&self) -> usize;
    /// The features of every image.
    ///
    /// # Errors
    ///
    /// When the images do not have the shape the map was made for.
    fn apply(&self, images: &Split, threads: usize) -> Result<Features, KernelError>;
}

/// The pixels as they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pixels {
    /// Shape of an image.
    pub shape: ImageShape,
}

impl FeatureMap for Pixels {
    fn name(&self) -> &'static str {
        "pixels"
    }
    fn formula(&self) -> String {
        "x".to_string()
    }
    fn dimension(&self) -> usize {
        self.shape.features()
    }
    fn apply(&self, images: &Split, _: usize) -> Result<Features, KernelError> {
        check_shape(images, self.shape)?;
        Ok(Features::pixels(images))
    }
}

fn check_shape(images: &Split, shape: ImageShape) -> Result<(), KernelError> {
    if images.features() == shape.features() {
        return Ok(());
    }
    Err(KernelError::Length {
        what: "an image",
        given: images.features(),
        expected: shape.features(),
    })
}

/// Maps the images one by one: `work(scratch, image, features)`, on all threads.
fn map_images<S>(
    images: &Split,
    dimension: usize,
    threads: usize,
    scratch: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &[f32], &mut [f32]) + Sync,
) -> Result<Features, KernelError> {
    use crate::linalg::{next, parallel};
    let mut values = vec![0.0; images.len() * dimension];
    let chunk = 64;
    let pixels = images.pixels().chunks(chunk * images.features());
    let list = std::sync::Mutex::new(values.chunks_mut(chunk * dimension).zip(pixels));
    parallel(threads, |_| {
        let mut scratch = scratch();
        while let Some((features, pixels)) = next(&list) {
            let images = pixels.chunks(images.features());
            for (features, image) in features.chunks_mut(dimension).zip(images) {
                work(&mut scratch, image, features);
            }
        }
    });
    Features::new(values, dimension)
}
