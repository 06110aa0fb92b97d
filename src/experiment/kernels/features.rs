//! What a kernel sees of an image.

use crate::dataset::{ImageShape, Split};
use crate::kernel::{FeatureMap, Filters, Gabor, KernelError, Pixels, RandomConvolution};
use serde::{Deserialize, Serialize};

/// Pixels of a random filter's side, and the threshold of its responses: those
/// of Coates and Ng 2012.
const FILTER_SIDE: usize = 6;
const THRESHOLD: f32 = 0.25;

/// The filters of the random convolution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RandomFilters {
    /// How many.
    pub count: usize,
    /// Pixels of a filter's side.
    pub side: usize,
    /// What is taken from every response.
    pub threshold: f32,
}

impl RandomFilters {
    /// So many, as Coates and Ng 2012 have them.
    pub fn of_coates_and_ng(count: usize) -> Self {
        Self {
            count,
            side: FILTER_SIDE,
            threshold: THRESHOLD,
        }
    }
}

/// What a kernel sees of an image. Nothing in it is learned from labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Representation {
    /// The pixels, as given
    Pixels,
    /// Pooled Gabor magnitudes
    Gabor,
    /// Coates-Ng network with random filters
    RandomConvolution,
}

/// Every one.
pub const REPRESENTATIONS: [Representation; 3] = [
    Representation::Pixels,
    Representation::Gabor,
    Representation::RandomConvolution,
];

impl Representation {
    /// Its name, for a reader.
    pub fn name(self) -> &'static str {
        match self {
            Representation::Pixels => "pixels",
            Representation::Gabor => "Gabor wavelets",
            Representation::RandomConvolution => "random convolution",
        }
    }

    /// What Zhang et al. put before the kernel for images of this shape.
    pub fn of_the_paper(shape: ImageShape) -> Self {
        if shape.channels == 1 {
            Representation::Gabor
        } else {
            Representation::RandomConvolution
        }
    }

    /// The map from images to features; `images`, the training images, are asked
    /// for by the random convolution only, whose filters are patches of them.
    pub fn map(
        self,
        shape: ImageShape,
        filters: RandomFilters,
        images: impl FnOnce() -> Split,
        seed: u64,
    ) -> Result<Box<dyn FeatureMap>, KernelError> {
        Ok(match self {
            Representation::Pixels => Box::new(Pixels { shape }),
            Representation::Gabor => Box::new(Gabor::standard(shape)?),
            Representation::RandomConvolution => Box::new(RandomConvolution::new(
                &images(),
                shape,
                filters.count,
                filters.side,
                filters.threshold,
                Filters::Patches,
                seed,
            )?),
        })
    }
}
