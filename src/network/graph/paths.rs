//! Sums over the paths of a network.

use rethink_layers::{AveragePooling, Element};

use super::forward::linear;
use super::layout::Layer;
use super::parameters::Parameters;
use super::{Graph, Pass};

impl<T: Element> Graph<T> {
    /// The sum, over all paths to an output, of the products of the parameters on the path; paths
    /// start at inputs and at biases.
    ///
    /// ```text
    /// Σ_paths ∏_{w on path} w
    /// ```
    ///
    /// A maximum counts the paths through all numbers of its window, and a mean over N numbers has
    /// paths of weight N^(−p), p being the power to which the parameters were raised. One forward
    /// pass on an input of ones.
    ///
    /// # Panics
    /// A layer that is no sum over paths: batch norm, local response normalization.
    ///
    /// # Reference
    /// Gonon, Brisebarre, Riccietti, Gribonval 2024, arXiv 2310.01225 (paths of networks with max
    /// pooling; in their code maxima become sums).
    pub fn paths(&self, p: i32) -> T {
        let layout = self.layout();
        let ones = vec![T::from_f64(1.0); layout.features()];
        let mut pass = Pass::new(self);
        pass.begin(std::iter::once(&*ones));
        for (n, node) in layout.nodes().iter().enumerate() {
            let (seen, computed) = pass.split(n);
            let (x, y) = (&seen[node.inputs[0]], computed);
            match (node.layer, &self.layers()[n]) {
                (Layer::MaxPooling(pooling), _) => {
                    let window = pooling.window();
                    AveragePooling::over(window).forward(x.images(), y.images_mut());
                    y.scale(T::from_f64((window.kernel * window.kernel) as f64));
                }
                (Layer::GlobalAverage, _) => {
                    linear(node, seen, y);
                    let pixels = x.images().shape().pixels() as f64;
                    y.scale(T::from_f64(pixels.powi(1 - p)));
                }
                (Layer::Relu, _) => y.clone_from(x), // nothing is negative
                (_, Parameters::Dense(layer)) => layer.forward(x.numbers(), y.numbers_mut(), false),
                (_, Parameters::Convolution(layer)) => {
                    layer.forward(x.images(), y.images_mut(), false);
                }
                (Layer::BatchNorm | Layer::LocalResponse(_), _) => {
                    unreachable!("no sum over paths")
                }
                _ => linear(node, seen, y),
            }
        }
        pass.logits().to_rows(1).into_iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rethink_layers::{Geometry, MaxPooling, Shape};

    use super::*;
    use crate::network::graph::{Extent, Layout};

    /// 3 x 3 pixels, a filter (1, 2; 3, 4) and a bias 5 at 4 places, and what follows of them.
    fn paths(follow: &[Layer], p: i32, bias: f64) -> f64 {
        let shape = Shape {
            channels: 1,
            height: 3,
            width: 3,
        };
        let geometry = Geometry {
            kernel: 2,
            stride: 1,
            padding: 0,
        };
        let mut layout = Layout::new(Extent::Image(shape));
        let outputs = 1;
        let convolution = Layer::Convolution { geometry, outputs };
        let mut value = layout.push(String::new(), convolution, &[0]);
        value = layout.push(String::new(), Layer::Relu, &[value]);
        for &layer in follow {
            value = layout.push(String::new(), layer, &[value]);
        }
        layout.push(String::new(), Layer::Dense { outputs: 1 }, &[value]);
        let mut graph = Graph::<f64>::zeros(Arc::new(layout));
        let power = |x: f64| x.powi(p);
        let layers = graph.layers_mut();
        layers[0].set(&[1.0, 2.0, 3.0, 4.0].map(power), &[power(bias)]);
        let last = layers.len() - 1;
        let inputs = layers[last].shapes().expect("dense")[0][1];
        layers[last].set(&vec![power(7.0); inputs], &[0.0]);
        graph.paths(p)
    }

    #[test]
    fn a_maximum_has_the_paths_of_its_window_and_a_mean_their_share() {
        let maximum = [Layer::MaxPooling(MaxPooling::new(2, 2, 0)), Layer::Flatten];
        // Four places, each with paths from four pixels and from the bias.
        assert_eq!(paths(&[Layer::Flatten], 1, 5.0), 7.0 * 4.0 * 15.0);
        assert_eq!(paths(&maximum, 1, 5.0), 7.0 * 4.0 * 15.0);
        assert_eq!(paths(&maximum, 2, 0.0), 49.0 * 4.0 * 30.0);
        // An edge of weight 1/4 from every place.
        assert_eq!(paths(&[Layer::GlobalAverage], 1, 5.0), 7.0 * 15.0);
        assert_eq!(paths(&[Layer::GlobalAverage], 2, 0.0), 49.0 * 30.0 / 4.0);
        // A padded window of 3 pixels at stride 2 holds the four places once.
        let padded = [Layer::MaxPooling(MaxPooling::new(3, 2, 1)), Layer::Flatten];
        let found = paths(&padded, 1, 5.0);
        assert!((found / (7.0 * 4.0 * 15.0) - 1.0).abs() < 1e-14, "{found}");
    }
}
