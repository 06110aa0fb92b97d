//! What is measured, with what several measures share computed once.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use faer::Mat;
use rethink_layers::Element;

use super::differentiable::Shared;
use super::error::MeasureError;
use super::layer::{self, Layer, LayerKind};
use super::network::Network;
use super::spectra::{Geometry, Tail, tails};
use super::spectrum::{singular_values_of, spectral_norms_of};
use crate::dataset::Split;
use crate::linalg::{NoConvergence, Real};
use crate::network::graph::{self, Layout};
use crate::solution::{CurvePoint, Outputs};

/// A trained network and what is known of it: the same network at
/// initialization, its training inputs, outputs and learning curve.
///
/// What several measures share is computed when first asked for and kept.
#[derive(Debug)]
pub struct Subject {
    layers: Vec<Layer>,
    initial: Option<Vec<Layer>>,
    differences: Option<Vec<Mat<f64>>>,
    chain: Result<(), String>,
    wiring: Option<Arc<Layout>>,
    inputs: Option<Split>,
    examples: Option<usize>,
    outputs: Option<Outputs>,
    curve: Option<Vec<CurvePoint>>,
    geometries: Option<BTreeMap<String, Geometry>>,
    singular_values: OnceCell<Result<Vec<Vec<f64>>, MeasureError>>,
    spectral_norms: OnceCell<Vec<f64>>,
    tails: OnceCell<Vec<Option<Tail>>>,
    difference_spectral_norms: OnceCell<Result<Vec<f64>, MeasureError>>,
    shared: Shared,
}

impl Subject {
    /// A network to measure, with its initial state if known.
    ///
    /// # Errors
    /// No layers, or an initial network with other layers.
    pub fn new(layers: Vec<Layer>, initial: Option<Vec<Layer>>) -> Result<Self, MeasureError> {
        if layers.is_empty() {
            return Err(MeasureError::NoLayers);
        }
        let differences = initial
            .as_ref()
            .map(|initial| differences(&layers, initial))
            .transpose()?;
        Ok(Self {
            chain: chain(&layers),
            wiring: None,
            layers,
            initial,
            differences,
            inputs: None,
            examples: None,
            outputs: None,
            curve: None,
            geometries: None,
            singular_values: OnceCell::new(),
            spectral_norms: OnceCell::new(),
            tails: OnceCell::new(),
            difference_spectral_norms: OnceCell::new(),
            shared: Shared::default(),
        })
    }

    /// The same with the training inputs as the network sees them, and the labels
    /// it was trained on.
    pub fn with_inputs(self, inputs: Split) -> Self {
        Self {
            inputs: Some(inputs),
            shared: Shared::default(),
            ..self
        }
    }

    /// The same, but measures that are means over the training inputs use at most so
    /// many of them, drawn by a fixed seed; their values are then estimates.
    pub fn with_examples(self, examples: usize) -> Self {
        Self {
            examples: Some(examples),
            shared: Shared::default(),
            ..self
        }
    }

    /// The same with the outputs on the training set.
    pub fn with_outputs(self, outputs: Outputs) -> Self {
        Self {
            outputs: Some(outputs),
            ..self
        }
    }

    /// The same with the learning curve.
    pub fn with_curve(self, curve: Vec<CurvePoint>) -> Self {
        Self {
            curve: Some(curve),
            ..self
        }
    }

    /// Other weights with what else is known of this network.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn with_layers(
        &self,
        layers: Vec<Layer>,
        initial: Option<Vec<Layer>>,
    ) -> Result<Self, MeasureError> {
        Ok(Self {
            inputs: self.inputs.clone(),
            examples: self.examples,
            outputs: self.outputs.clone(),
            curve: self.curve.clone(),
            geometries: self.geometries.clone(),
            chain: self.chain.clone(),
            wiring: self.wiring.clone(),
            ..Self::new(layers, initial)?
        })
    }

    /// The same, of which it is known that its layers are no chain.
    pub fn with_no_chain(self, why: String) -> Self {
        Self {
            chain: Err(why),
            ..self
        }
    }

    /// The same with the wiring of its layers, into which batch norm has been folded. It tells
    /// where the convolutions are applied.
    pub(crate) fn with_wiring(self, layout: &Layout) -> Self {
        let layout = layout.folded();
        let geometry = |node: &graph::Node| {
            let graph::Layer::Convolution { geometry, .. } = node.layer else {
                return None;
            };
            let graph::Extent::Image(image) = layout.extent(node.inputs[0]) else {
                return None;
            };
            let geometry = Geometry {
                image: [image.height, image.width],
                stride: [geometry.stride; 2],
                padding: [geometry.padding; 2],
            };
            Some((node.name.clone(), geometry))
        };
        Self {
            geometries: Some(layout.nodes().iter().filter_map(geometry).collect()),
            wiring: Some(Arc::new(layout)),
            ..self
        }
    }

    /// The same with the geometry of its convolutions, by the names of the layers.
    pub fn with_geometries(self, geometries: BTreeMap<String, Geometry>) -> Self {
        Self {
            geometries: Some(geometries),
            ..self
        }
    }

    /// The geometry of the convolutions, by the names of their layers, if known.
    pub fn geometries(&self) -> Option<&BTreeMap<String, Geometry>> {
        self.geometries.as_ref()
    }

    /// Whether the layers are fully connected and follow each other in the order
    /// they are in. With ReLU between them they are then a network.
    pub fn is_chain(&self) -> bool {
        self.chain.is_ok()
    }

    /// Refuses layers that are no chain.
    ///
    /// # Errors
    /// Why they are none.
    pub fn check_chain(&self) -> Result<(), MeasureError> {
        let reason = |reason: &String| MeasureError::NotAChain {
            reason: reason.clone(),
        };
        self.chain.as_ref().map_err(reason).copied()
    }

    /// The layers with their wiring: that of a network of the zoo, or of a chain.
    ///
    /// # Errors
    /// Why it is not known.
    pub(crate) fn layout(&self) -> Result<Arc<Layout>, MeasureError> {
        if let Some(layout) = &self.wiring {
            return Ok(Arc::clone(layout));
        }
        self.check_chain()?;
        Ok(Arc::new(layer::chain(&self.layers)))
    }

    /// Refuses networks with local response normalization.
    ///
    /// # Errors
    /// As [`layout`](Self::layout), or the name of such a layer.
    pub(crate) fn check_piecewise_linear(&self) -> Result<(), MeasureError> {
        let layout = self.layout()?;
        let curved = |node: &&graph::Node| matches!(node.layer, graph::Layer::LocalResponse(_));
        match layout.nodes().iter().find(curved) {
            Some(node) => Err(MeasureError::NotPiecewiseLinear {
                layer: node.name.clone(),
            }),
            None => Ok(()),
        }
    }

    /// The network.
    ///
    /// # Errors
    /// As [`layout`](Self::layout).
    pub(crate) fn network<T: Real + Element>(&self) -> Result<Network<T>, MeasureError> {
        Ok(Network::new(self.layout()?, &self.layers))
    }

    /// The network at initialization, if it is known.
    pub(super) fn initial_network(&self) -> Option<Network<f64>> {
        let layout = self.layout().ok()?;
        Some(Network::new(layout, self.initial()?))
    }

    /// The layers at initialization, if known.
    pub fn initial(&self) -> Option<&[Layer]> {
        self.initial.as_deref()
    }

    /// Training inputs and labels, if known.
    pub fn inputs(&self) -> Option<&Split> {
        self.inputs.as_ref()
    }

    /// The most examples that a mean over the training inputs uses; all if `None`.
    pub fn examples(&self) -> Option<usize> {
        self.examples
    }

    /// How many training inputs such a mean is estimated from; none where it uses all.
    pub fn sampled(&self) -> Option<usize> {
        let all = self.inputs.as_ref()?.len();
        self.examples.filter(|&used| used < all)
    }

    /// Outputs on the training set, if known.
    pub fn outputs(&self) -> Option<&Outputs> {
        self.outputs.as_ref()
    }

    /// The learning curve, if known.
    pub fn curve(&self) -> Option<&[CurvePoint]> {
        self.curve.as_deref()
    }

    /// The layers, first to last.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// W − W⁰ for every layer, if the initial network is known.
    pub fn differences(&self) -> Option<&[Mat<f64>]> {
        self.differences.as_deref()
    }

    /// The singular values of every layer's W, in descending order.
    ///
    /// Of a layer whose smaller side is above [`LARGEST_SIDE`](super::LARGEST_SIDE)
    /// only the first. NaN in a layer with a weight that is not finite.
    ///
    /// # Errors
    /// An eigenvalue iteration that does not converge.
    pub fn singular_values(&self) -> Result<&[Vec<f64>], MeasureError> {
        let compute = || {
            let matrices: Vec<_> = self.layers.iter().map(|l| l.weight.as_ref()).collect();
            self.named(singular_values_of(&matrices))
        };
        self.singular_values
            .get_or_init(compute)
            .as_deref()
            .map_err(Clone::clone)
    }

    /// What measures that need the inputs share.
    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// ‖W‖₂ for every layer.
    ///
    /// # Errors
    /// An eigenvalue iteration that does not converge.
    pub fn spectral_norms(&self) -> Result<&[f64], MeasureError> {
        let values = self.singular_values()?;
        let first = |values: &Vec<f64>| values.first().copied().unwrap_or(0.0);
        Ok(self
            .spectral_norms
            .get_or_init(|| values.iter().map(first).collect()))
    }

    /// The power law of every layer's largest eigenvalues, where there is one.
    pub(super) fn tails(&self) -> Result<&[Option<Tail>], MeasureError> {
        let values = self.singular_values()?;
        let compute = || {
            let shape = |layer: &Layer| [layer.outputs(), layer.inputs()];
            let matrices = values.iter().zip(&self.layers);
            tails(
                &matrices
                    .map(|(v, l)| (&v[..], shape(l)))
                    .collect::<Vec<_>>(),
            )
        };
        Ok(self.tails.get_or_init(compute))
    }

    /// ‖W − W⁰‖₂ for every layer, if the initial network is known.
    ///
    /// # Errors
    /// An eigenvalue iteration that does not converge.
    pub fn difference_spectral_norms(&self) -> Result<Option<&[f64]>, MeasureError> {
        let Some(differences) = &self.differences else {
            return Ok(None);
        };
        let compute = || {
            let matrices: Vec<_> = differences.iter().map(Mat::as_ref).collect();
            self.named(spectral_norms_of(&matrices))
        };
        let norms = self.difference_spectral_norms.get_or_init(compute);
        norms.as_deref().map(Some).map_err(Clone::clone)
    }

    /// The values of all layers, or the error with the name of its layer.
    fn named<T>(&self, values: Vec<Result<T, NoConvergence>>) -> Result<Vec<T>, MeasureError> {
        let name = |(layer, value): (&Layer, Result<T, NoConvergence>)| {
            value.map_err(|_| MeasureError::NoConvergence {
                layer: layer.name.clone(),
            })
        };
        self.layers.iter().zip(values).map(name).collect()
    }
}

/// Why layers in the order of the network are no chain of fully connected ones.
fn chain(layers: &[Layer]) -> Result<(), String> {
    if let Some(other) = layers.iter().find(|l| l.kind != LayerKind::Linear) {
        return Err(format!("\"{}\" is not fully connected", other.name));
    }
    let breaks = |pair: &&[Layer]| pair[1].inputs() != pair[0].outputs();
    match layers.windows(2).find(breaks) {
        Some(pair) => Err(format!(
            "\"{}\" does not take what \"{}\" puts out",
            pair[1].name, pair[0].name
        )),
        None => Ok(()),
    }
}

fn differences(layers: &[Layer], initial: &[Layer]) -> Result<Vec<Mat<f64>>, MeasureError> {
    let describe = |layers: &[Layer]| {
        let one = |l: &Layer| format!("\"{}\" [{}, {}]", l.name, l.outputs(), l.inputs());
        layers.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let (trained, initial_layers) = (describe(layers), describe(initial));
    if trained != initial_layers {
        return Err(MeasureError::InitialDiffers {
            initial: initial_layers,
            trained,
        });
    }
    let difference = |(layer, initial): (&Layer, &Layer)| &layer.weight - &initial.weight;
    Ok(layers.iter().zip(initial).map(difference).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(name: &str, rows: usize, columns: usize) -> Layer {
        Layer::linear(name, Mat::identity(rows, columns), None)
    }

    #[test]
    fn an_initial_network_with_other_layers_is_refused() {
        let trained = vec![layer("0", 2, 3)];
        for initial in [vec![], vec![layer("0", 2, 4)], vec![layer("1", 2, 3)]] {
            let error = Subject::new(trained.clone(), Some(initial)).unwrap_err();
            assert!(matches!(error, MeasureError::InitialDiffers { .. }));
            assert!(error.to_string().contains("\"0\" [2, 3]"), "{error}");
        }
    }

    #[test]
    fn without_an_initial_network_there_are_no_differences() {
        let subject = Subject::new(vec![layer("0", 2, 3)], None).unwrap();
        assert!(subject.differences().is_none());
        assert_eq!(subject.difference_spectral_norms(), Ok(None));
        assert_eq!(subject.spectral_norms().unwrap().len(), 1);
    }
}
