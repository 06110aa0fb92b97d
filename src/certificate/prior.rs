//! The law of the weights before any data are seen, or any that errors are counted on.

use rethink_layers::Shape;

use super::CertificateError;
use super::gaussian::{Gaussian, normals};
use super::layer::{ConvolutionShape, Layer, LayerKind};
use crate::dataset::ImageShape;
use crate::random::stream;

/// N(w₀, s² 1), which has not seen the examples that errors are counted on.
#[derive(Debug, Clone, PartialEq)]
pub struct Prior {
    pub(super) law: Gaussian,
    sigma: f64,
}

impl Prior {
    /// Around random weights: w₀ ~ N(0, 1/inputs), biases 0. `widths` are inputs, hidden layers
    /// and classes.
    ///
    /// # Errors
    /// A deviation that is not above 0; fewer than two widths, one that is 0, or one class.
    pub fn at_random(widths: &[usize], sigma: f64, seed: u64) -> Result<Self, CertificateError> {
        if widths.len() < 2 || widths.contains(&0) || widths.last() == Some(&1) {
            let widths = widths.to_vec();
            return Err(CertificateError::Widths { widths });
        }
        let kinds = widths.windows(2).map(|pair| LayerKind::Dense {
            inputs: pair[0],
            outputs: pair[1],
        });
        Self::around_random(kinds, sigma, seed)
    }

    /// Around random weights of a network on images: twice a convolution of 5 × 5 pixels without a
    /// border, ReLU and maxima of 2 × 2, then a dense layer. `filters` are those of the
    /// convolutions, whose windows are smooth ([`LayerKind::Convolution`]); w₀ ~ N(0, 1/inputs) with
    /// the inputs that a sum is over, biases 0.
    ///
    /// ```
    /// use rethink::certificate::Prior;
    /// use rethink::dataset::ImageShape;
    /// let image = ImageShape { channels: 1, height: 28, width: 28 };
    /// let prior = Prior::convolutional(image, [12, 24], 10, 0.2, 1)?;
    /// let numbers: usize = prior.law().layers().iter().map(|layer| layer.mean.len()).sum();
    /// assert_eq!(numbers, 11_386);
    /// # Ok::<(), rethink::certificate::CertificateError>(())
    /// ```
    ///
    /// # Errors
    /// A deviation that is not above 0; images of fewer than 16 × 16 pixels or without a channel,
    /// no filter, or fewer than two classes.
    pub fn convolutional(
        image: ImageShape,
        filters: [usize; 2],
        classes: usize,
        sigma: f64,
        seed: u64,
    ) -> Result<Self, CertificateError> {
        let ImageShape {
            channels,
            height,
            width,
        } = image;
        let mut shape = Shape {
            channels,
            height,
            width,
        };
        let mut kinds = Vec::new();
        for filters in filters {
            if let Some(convolution) = ConvolutionShape::new(shape, filters) {
                kinds.push(LayerKind::Convolution(convolution));
                shape = convolution.maxima();
            }
        }
        if kinds.len() < filters.len() || classes < 2 {
            return Err(CertificateError::Images {
                image,
                filters,
                classes,
            });
        }
        kinds.push(LayerKind::Dense {
            inputs: shape.numbers(),
            outputs: classes,
        });
        Self::around_random(kinds.into_iter(), sigma, seed)
    }

    fn around_random(
        kinds: impl Iterator<Item = LayerKind>,
        sigma: f64,
        seed: u64,
    ) -> Result<Self, CertificateError> {
        check(sigma)?;
        let mut random = stream(seed, "certificate: prior");
        let layers = kinds.map(|kind| {
            let scale = 1.0 / (kind.terms() as f32).sqrt();
            let mut mean = normals(&mut random, kind.weights().iter().product());
            mean.iter_mut().for_each(|w| *w *= scale);
            mean.resize(mean.len() + kind.biases(), 0.0);
            let ln_sigma = vec![sigma.ln() as f32; mean.len()];
            Layer {
                kind,
                mean,
                ln_sigma,
            }
        });
        let layers = layers.collect();
        Ok(Self {
            law: Gaussian { layers },
            sigma,
        })
    }

    /// Around the weights that a training found on other examples than those that errors are
    /// counted on; deviations of `means` do not matter.
    ///
    /// # Errors
    /// A deviation that is not above 0.
    pub fn around(means: &Gaussian, sigma: f64) -> Result<Self, CertificateError> {
        check(sigma)?;
        let mut law = means.clone();
        for layer in &mut law.layers {
            layer.ln_sigma.fill(sigma.ln() as f32);
        }
        Ok(Self { law, sigma })
    }

    /// The law of the weights.
    pub fn law(&self) -> &Gaussian {
        &self.law
    }

    /// s.
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// The divergence of a posterior of the same network from this prior, in nats, summed in f64.
    ///
    /// ```text
    /// KL(Q‖P) = Σ [ ½ ((σ² + (μ − μ₀)²) / s² − 1) − ln(σ/s) ]
    /// ```
    pub fn divergence(&self, posterior: &Gaussian) -> f64 {
        let (ln_s, precision) = (self.sigma.ln(), self.sigma.powi(-2));
        let of = |(own, prior): (&Layer, &Layer)| -> f64 {
            let each = own.mean.iter().zip(&prior.mean).zip(&own.ln_sigma);
            let terms = each.map(|((&m, &m0), &l)| {
                let (apart, l) = (f64::from(m) - f64::from(m0), f64::from(l));
                0.5 * (((2.0 * l).exp() + apart * apart) * precision - 1.0) - (l - ln_s)
            });
            terms.sum()
        };
        posterior.layers.iter().zip(&self.law.layers).map(of).sum()
    }
}

/// Whether it is the deviation of a Gaussian.
pub(super) fn check(sigma: f64) -> Result<(), CertificateError> {
    match sigma > 0.0 && sigma.is_finite() {
        true => Ok(()),
        false => Err(CertificateError::Sigma { sigma }),
    }
}
