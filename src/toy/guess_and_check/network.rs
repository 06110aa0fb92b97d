//! A network of one hidden layer, and the examples it separates.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::classification::{Errors, margin_of_sign};
use crate::linalg::{dot, squared_norm};

pub const INPUTS: usize = 20;
pub const HIDDEN: usize = 16;
/// Distance of the class means from the origin, in standard deviations.
const SEPARATION: f64 = 1.5;

/// Inputs and labels ±1: two Gaussians with means ±[`SEPARATION`] along one axis.
pub struct Examples {
    pub x: Vec<[f64; INPUTS]>,
    pub y: Vec<f64>,
}

impl Examples {
    /// Half of each class.
    pub fn draw(rng: &mut ChaCha8Rng, count: usize) -> Self {
        let y: Vec<f64> = (0..count)
            .map(|i| if i % 2 == 0 { 1.0 } else { -1.0 })
            .collect();
        let x = y.iter().map(|y| {
            let mut x: [f64; INPUTS] = std::array::from_fn(|_| StandardNormal.sample(rng));
            x[0] += SEPARATION * y;
            x
        });
        Self { x: x.collect(), y }
    }

    /// The largest ‖x_i‖.
    pub fn radius(&self) -> f64 {
        let squares = self.x.iter().map(squared_norm);
        squares.fold(0.0, f64::max).sqrt()
    }
}

/// a and W, row by row.
#[derive(Clone)]
pub struct Network {
    w: [[f64; INPUTS]; HIDDEN],
    a: [f64; HIDDEN],
}

impl Network {
    /// All weights uniform in [−first, first) and [−second, second).
    pub fn draw(rng: &mut ChaCha8Rng, first: f64, second: f64) -> Self {
        let mut uniform = |limit: f64| rng.random_range(-limit..limit);
        Self {
            w: std::array::from_fn(|_| std::array::from_fn(|_| uniform(first))),
            a: std::array::from_fn(|_| uniform(second)),
        }
    }

    fn hidden(&self, x: &[f64; INPUTS]) -> [f64; HIDDEN] {
        std::array::from_fn(|j| dot(&self.w[j], x).max(0.0))
    }

    fn output(&self, x: &[f64; INPUTS]) -> f64 {
        dot(&self.a, &self.hidden(x))
    }

    /// The least y f(x), unless it is not positive: then none, as early as possible.
    fn margin(&self, examples: &Examples) -> Option<f64> {
        let mut least = f64::INFINITY;
        for (x, y) in examples.x.iter().zip(&examples.y) {
            least = least.min(y * self.output(x));
            if least <= 0.0 {
                return None;
            }
        }
        Some(least)
    }

    /// ‖W‖_F ‖a‖.
    fn size(&self) -> f64 {
        (self.w.iter().map(squared_norm).sum::<f64>() * squared_norm(&self.a)).sqrt()
    }

    pub fn normalized_margin(&self, examples: &Examples, radius: f64) -> Option<f64> {
        Some(self.margin(examples)? / (self.size() * radius))
    }

    pub fn accuracy(&self, examples: &Examples) -> f64 {
        let pairs = examples.x.iter().zip(&examples.y);
        let margins = pairs.map(|(x, &y)| margin_of_sign(self.output(x), y > 0.0));
        1.0 - margins.collect::<Errors>().fraction()
    }

    /// A step on the mean logistic loss of some examples.
    pub fn step(&mut self, examples: &Examples, batch: &[usize], rate: f64) {
        let (mut dw, mut da) = ([[0.0; INPUTS]; HIDDEN], [0.0; HIDDEN]);
        for &i in batch {
            let (x, y) = (&examples.x[i], examples.y[i]);
            let hidden = self.hidden(x);
            let output = dot(&self.a, &hidden);
            let outer = -y / (1.0 + (y * output).exp()) / batch.len() as f64;
            for j in 0..HIDDEN {
                da[j] += outer * hidden[j];
                if hidden[j] > 0.0 {
                    let inner = outer * self.a[j];
                    dw[j].iter_mut().zip(x).for_each(|(d, x)| *d += inner * x);
                }
            }
        }
        for j in 0..HIDDEN {
            self.a[j] -= rate * da[j];
            self.w[j]
                .iter_mut()
                .zip(&dw[j])
                .for_each(|(w, d)| *w -= rate * d);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    fn drawn() -> (Network, Examples) {
        let mut rng = stream(5, "test");
        let examples = Examples::draw(&mut rng, 4);
        (Network::draw(&mut rng, 1.0, 1.0), examples)
    }

    #[test]
    fn a_step_goes_down_the_gradient() {
        let (network, examples) = drawn();
        let batch = [0, 1, 2];
        let loss = |n: &Network| -> f64 {
            let one = |&i: &usize| (-examples.y[i] * n.output(&examples.x[i])).exp().ln_1p();
            batch.iter().map(one).sum::<f64>() / 3.0
        };
        let mut stepped = network.clone();
        stepped.step(&examples, &batch, 1.0);
        let differences = |change: &dyn Fn(&mut Network, f64)| {
            let at = |h| {
                let mut moved = network.clone();
                change(&mut moved, h);
                loss(&moved)
            };
            (at(1e-5) - at(-1e-5)) / 2e-5
        };
        for j in 0..HIDDEN {
            let slope = differences(&|n, h| n.a[j] += h);
            assert!((network.a[j] - stepped.a[j] - slope).abs() < 1e-8);
            let slope = differences(&|n, h| n.w[j][j % 3] += h);
            assert!((network.w[j][j % 3] - stepped.w[j][j % 3] - slope).abs() < 1e-8);
        }
    }

    #[test]
    fn the_normalized_margin_does_not_see_the_scale() {
        let (network, mut examples) = drawn();
        examples.y = examples
            .x
            .iter()
            .map(|x| network.output(x).signum())
            .collect();
        let before = network
            .normalized_margin(&examples, examples.radius())
            .unwrap();
        let mut scaled = network.clone();
        scaled.a.iter_mut().for_each(|a| *a *= 7.0);
        scaled.w.iter_mut().flatten().for_each(|w| *w *= 0.3);
        let after = scaled
            .normalized_margin(&examples, examples.radius())
            .unwrap();
        assert!((after / before - 1.0).abs() < 1e-12);
        examples.y[2] *= -1.0;
        assert!(network.margin(&examples).is_none());
    }

    /// Every network realizes one labeling, so that fits add up to one over all.
    #[test]
    fn labelings_share_the_guesses() {
        let (_, mut examples) = drawn();
        let mut rng = stream(6, "test");
        let guesses: Vec<_> = (0..50).map(|_| Network::draw(&mut rng, 1.0, 1.0)).collect();
        let mut fits = 0;
        for labels in 0..16u32 {
            let sign = |i: u32| if labels >> i & 1 == 0 { 1.0 } else { -1.0 };
            examples.y = (0..4).map(sign).collect();
            fits += guesses
                .iter()
                .filter(|n| n.margin(&examples).is_some())
                .count();
        }
        assert_eq!(fits, guesses.len());
    }
}
