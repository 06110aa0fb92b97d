//! Parameters of the layer, and their gradient.

use crate::Element;
use crate::images::{CHANNELS, Line};

use super::moments::Normalizer;

/// γ and β of all channels, or numbers of that shape: their gradient, a direction. Channels that
/// fill up the last line are 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Scales<T> {
    /// γ.
    pub gamma: Vec<Line<T>>,
    /// β.
    pub beta: Vec<Line<T>>,
}

impl<T: Element> Scales<T> {
    /// The numbers γ and β, one for each channel.
    pub fn new(gamma: &[T], beta: &[T]) -> Self {
        let [gamma, beta] = [gamma, beta].map(lines);
        Self { gamma, beta }
    }

    /// Zeros for so many blocks of channels.
    pub(super) fn zeros(blocks: usize) -> Self {
        let gamma = vec![Line::zero(); blocks];
        let beta = gamma.clone();
        Self { gamma, beta }
    }
}

/// Lines of the numbers of all channels.
pub fn lines<T: Element>(numbers: &[T]) -> Vec<Line<T>> {
    let mut lines = vec![Line::zero(); numbers.len().div_ceil(CHANNELS)];
    for (line, numbers) in lines.iter_mut().zip(numbers.chunks(CHANNELS)) {
        line.0[..numbers.len()].copy_from_slice(numbers);
    }
    lines
}

/// The gradient by γ and β, of which that by the inputs is made in training.
#[derive(Debug, Clone)]
pub struct BatchNormGradient {
    /// Σ g x̂ and Σ g.
    pub scales: Scales<f64>,
    pub(super) count: f64,
}

impl BatchNormGradient {
    /// Adds the gradient of the other part of a batch.
    pub fn add(&mut self, other: &Self) {
        let gamma = self.scales.gamma.iter_mut().zip(&other.scales.gamma);
        let beta = self.scales.beta.iter_mut().zip(&other.scales.beta);
        for (sums, more) in gamma.chain(beta) {
            for (sum, more) in sums.0.iter_mut().zip(more.0) {
                *sum += more;
            }
        }
        self.count += other.count;
    }

    /// Σ g / N, and Σ g x̂ / N by what x − μ is multiplied with for x̂.
    pub(super) fn means<T: Element>(&self, by: &Normalizer<T>) -> Vec<[Line<T>; 2]> {
        let sums = self.scales.gamma.iter().zip(&self.scales.beta);
        let mut means = vec![[Line::zero(); 2]; by.inverse.len()];
        for (([mean, slope], inverse), (gamma, beta)) in means.iter_mut().zip(&by.inverse).zip(sums)
        {
            for l in 0..CHANNELS {
                mean.0[l] = T::from_f64(beta.0[l] / self.count);
                slope.0[l] = T::from_f64(gamma.0[l] / self.count) * inverse.0[l];
            }
        }
        means
    }
}
