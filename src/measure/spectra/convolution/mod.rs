//! The spectral norm of a convolution as the linear map it is.

mod circular;
mod exact;
mod geometry;

use rayon::prelude::*;

pub use geometry::{Geometry, GeometryError};

use super::SCALE_FREE;
use crate::measure::card::{Card, Homogeneity, Invariance, Kind, Need};
use crate::measure::{Layer, LayerKind, Measure, MeasureError, Subject, Value};

/// Numbers in an input or output image up to which a convolution is applied.
const LARGEST_IMAGE: usize = 1 << 24;

/// A kernel of shape (out, in, height, width) as the matrix (out, in · height · width),
/// with its geometry and the size of its output.
struct Convolution<'a> {
    weight: faer::MatRef<'a, f64>,
    outputs: usize,
    inputs: usize,
    kernel: [usize; 2],
    geometry: Geometry,
    windows: [usize; 2],
}

impl<'a> Convolution<'a> {
    /// `None` if the layer is none, no window fits, or an image is too large.
    fn new(layer: &'a Layer, geometry: Geometry) -> Option<Self> {
        let [outputs, inputs, height, width] = layer.shape[..] else {
            return None;
        };
        let kernel = [height, width];
        let shape = (outputs, inputs.checked_mul(height)?.checked_mul(width)?);
        if layer.kind != LayerKind::Convolution || layer.weight.shape() != shape {
            return None;
        }
        let mut windows = [0; 2];
        for axis in 0..2 {
            let padded =
                geometry.image[axis].checked_add(geometry.padding[axis].checked_mul(2)?)?;
            let room = padded.checked_sub(kernel[axis])?;
            windows[axis] = room.checked_div(geometry.stride[axis])? + 1;
        }
        let image = |channels: usize, size: [usize; 2]| {
            let numbers = channels.checked_mul(size[0])?.checked_mul(size[1])?;
            (1..=LARGEST_IMAGE).contains(&numbers).then_some(numbers)
        };
        image(inputs, geometry.image)?;
        image(outputs, windows)?;
        Some(Self {
            weight: layer.weight.as_ref(),
            outputs,
            inputs,
            kernel,
            geometry,
            windows,
        })
    }

    /// The weights from input channel `c` at row a and column b of the kernel.
    fn column(&self, c: usize, [a, b]: [usize; 2]) -> usize {
        (c * self.kernel[0] + a) * self.kernel[1] + b
    }
}

/// A value for each layer: NaN where it is no convolution of known geometry.
fn per_convolution(
    subject: &Subject,
    value: impl Fn(&Convolution) -> Result<Value, crate::linalg::NoConvergence> + Sync,
) -> Result<Option<Vec<Value>>, MeasureError> {
    let Some(geometries) = subject.geometries() else {
        return Ok(None);
    };
    let of_layer = |layer: &Layer| {
        let geometry = geometries.get(&layer.name);
        let convolution = geometry.and_then(|&geometry| Convolution::new(layer, geometry));
        match convolution {
            Some(convolution) if layer.weight.is_all_finite() => {
                value(&convolution).map_err(|_| MeasureError::NoConvergence {
                    layer: layer.name.clone(),
                })
            }
            _ => Ok(f64::NAN.into()),
        }
    };
    let values: Result<_, _> = subject.layers().par_iter().map(of_layer).collect();
    values.map(Some)
}

/// What both cards share.
const CONVOLUTION: Card = Card {
    kind: Kind::LowerBound,
    needs: &[Need::Geometry],
    unit: "weight",
    homogeneity: Homogeneity::Layer,
    invariant_to: &[Invariance::UnitPermutation],
    ..SCALE_FREE
};

/// Spectral norm of the convolution of images without border.
pub struct ConvSpectralNormCircular;

impl Measure for ConvSpectralNormCircular {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "conv-spectral-norm-circular",
            name: "Convolution norm (circular)",
            formula: "max over frequencies ω of the image of σ_max(Ŵ(ω)), Ŵ(ω) = Σ_a W[:, :, a] \
                      e^{−2πi ω·a}, shape (out, in)",
            reference: "Sedghi, Gupta, Long 2019, arXiv 1805.10408, Theorem 6",
            normalization: "none; with more than 32 channels at both sides each σ_max is found \
                            by Lanczos iteration, never above the truth, and the interval's \
                            upper end holds for 95 % of random starts",
            convolutions: "stride 1 and circular padding at the true image size, whatever the \
                           layer's padding is; none with a stride, whose norm can be far below it",
            known_failures: "a slight overestimate with zero padding",
            ..CONVOLUTION
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        per_convolution(subject, |convolution| match convolution.geometry.stride {
            [1, 1] => circular::norm(convolution),
            _ => Ok(f64::NAN.into()),
        })
    }
}

/// Spectral norm of the convolution as the network computes it.
pub struct ConvSpectralNormExact;

impl Measure for ConvSpectralNormExact {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "conv-spectral-norm-exact",
            name: "Convolution norm (exact)",
            formula: "max ‖conv(x)‖ / ‖x‖ over images x, by Lanczos iteration on convᵀ conv",
            reference: "Golub, Van Loan 2013, Matrix Computations, section 10.1; Kuczyński, \
                        Woźniakowski 1992, SIAM J. Matrix Anal. Appl. 13(4) (the interval)",
            normalization: "the value is ‖conv(v)‖ of a unit v, so a lower bound; the residual \
                            ‖convᵀ conv v − σ² v‖/σ² shows that some singular value squared is \
                            within this part of σ², not that it is the largest; the interval's \
                            upper end holds for 95 % of random starts",
            convolutions: "the true stride, zero padding and image size; without dilation and \
                           groups",
            known_failures: "depends on the image size; the interval is far wider than the \
                             error usually is",
            ..CONVOLUTION
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        per_convolution(subject, exact::norm)
    }
}

#[cfg(test)]
mod tests;
