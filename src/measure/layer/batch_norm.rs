//! Batch norm, and how it becomes part of the layer before it.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};
use rand_distr::{Distribution, StandardNormal};

use super::arrays::{Module, split};
use super::{Layer, LayerKind};
use crate::checkpoint::natural;
use crate::random::stream;
use crate::solution::Weight;

/// Inputs that a folded layer is compared on.
const INPUTS: usize = 8;

/// x ↦ γ (x − μ) / √(σ² + ε) + β, in evaluation.
#[derive(Debug)]
pub(super) struct BatchNorm {
    scale: Vec<f64>,
    shift: Vec<f64>,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl BatchNorm {
    /// The batch norm of a module with running mean and variance. γ is 1 and β is 0
    /// where the module has none.
    pub(super) fn new(module: &Module<'_>) -> Result<Self, String> {
        let (Some(mean), Some(variance)) = (module.mean, module.variance) else {
            return Err("its running mean or variance is missing".to_owned());
        };
        let features = mean.values.len();
        let vector = |array: &Weight| {
            let fits = array.shape == [features];
            let values = || array.values.iter().copied().map(f64::from).collect();
            fits.then(values).ok_or_else(|| {
                format!(
                    "\"{}\" has shape {:?}, not ({features})",
                    array.name, array.shape
                )
            })
        };
        let or = |array: Option<&Weight>, value| array.map_or(Ok(vec![value; features]), vector);
        Ok(Self {
            scale: or(module.weight.map(|(array, _)| array), 1.0)?,
            shift: or(module.bias, 0.0)?,
            mean: vector(mean)?,
            variance: vector(variance)?,
        })
    }

    pub(super) fn features(&self) -> usize {
        self.mean.len()
    }

    /// Makes the norm part of the layer before it:
    ///
    /// ```text
    /// W' = W γ / √(σ² + ε)      b' = (b − μ) γ / √(σ² + ε) + β
    /// ```
    ///
    /// Gives the largest difference between an output of layer and norm and of the
    /// folded layer on random inputs, over the largest output. Rows of W that are
    /// windows of an image are as good as others: a convolution is linear in each.
    pub(super) fn fold(&self, layer: &mut Layer, epsilon: f64) -> Result<f64, String> {
        let deviations: Vec<f64> = self.variance.iter().map(|v| (v + epsilon).sqrt()).collect();
        if let Some(feature) = deviations.iter().position(|d| !(*d > 0.0)) {
            let variance = self.variance[feature];
            return Err(format!(
                "σ² + ε is not positive: σ² = {variance} of feature {feature}"
            ));
        }
        let mut random = stream(0, "inputs to compare folded batch norm on");
        let inputs = Mat::from_fn(layer.inputs(), INPUTS, |_, _| {
            StandardNormal.sample(&mut random)
        });
        let mut before = outputs(layer, &inputs);
        for j in 0..INPUTS {
            for i in 0..self.features() {
                let standardized = (before[(i, j)] - self.mean[i]) / deviations[i];
                before[(i, j)] = standardized * self.scale[i] + self.shift[i];
            }
        }

        let factors: Vec<f64> = std::iter::zip(&self.scale, &deviations)
            .map(|(scale, deviation)| scale / deviation)
            .collect();
        for j in 0..layer.inputs() {
            for (i, factor) in factors.iter().enumerate() {
                layer.weight[(i, j)] *= factor;
            }
        }
        let bias = |i: usize| layer.bias.as_ref().map_or(0.0, |bias| bias[i]);
        let folded = |i: usize| (bias(i) - self.mean[i]) * factors[i] + self.shift[i];
        layer.bias = Some((0..self.features()).map(folded).collect());

        let difference = &before - outputs(layer, &inputs);
        let largest = before.norm_max();
        Ok(if largest > 0.0 {
            difference.norm_max() / largest
        } else {
            difference.norm_max()
        })
    }
}

/// W x + b, one column per input.
fn outputs(layer: &Layer, inputs: &Mat<f64>) -> Mat<f64> {
    let bias = |i: usize| layer.bias.as_ref().map_or(0.0, |bias| bias[i]);
    let mut outputs = Mat::from_fn(layer.outputs(), INPUTS, |i, _| bias(i));
    let (out, weight) = (outputs.as_mut(), layer.weight.as_ref());
    matmul(out, Accum::Add, weight, inputs.as_ref(), 1.0, Par::Seq);
    outputs
}

/// What became of a module.
#[derive(Debug)]
pub(super) enum Item {
    Layer(Layer),
    Norm(BatchNorm),
    Skipped,
}

/// Modules by name, in the order of their arrays.
pub(super) struct Order<'a> {
    names: &'a [String],
    items: &'a [Item],
    /// The order is the alphabet's, and says nothing of the network.
    sorted: bool,
    /// Norms of such a file go after the layers of their number.
    after_namesakes: bool,
}

impl<'a> Order<'a> {
    pub(super) fn new(names: &'a [String], items: &'a [Item]) -> Self {
        let mut order = Self {
            names,
            items,
            sorted: names.is_sorted() || names.is_sorted_by_key(|name| natural(name)),
            after_namesakes: false,
        };
        order.after_namesakes = order.norms_go_after();
        order
    }

    /// The layer that a norm is directly behind, or why it is not known.
    pub(super) fn layer_before(&self, norm: usize) -> Result<usize, String> {
        let name = &*self.names[norm];
        if self.sorted && index(name).is_none() {
            return self.namesake(norm);
        }
        let Some(before) = norm.checked_sub(1) else {
            return Err("nothing comes before it".to_owned());
        };
        let other = &*self.names[before];
        let Item::Layer(layer) = &self.items[before] else {
            return Err(format!("\"{other}\" before it is no layer"));
        };
        if split(name).0 != split(other).0 {
            return Err(format!("\"{other}\" before it belongs to another block"));
        }
        self.check_features(norm, layer)?;
        if let (Some(a), Some(b)) = (index(other), index(name))
            && a.checked_add(1) != Some(b)
        {
            return Err(format!(
                "something without arrays is between \"{other}\" and it"
            ));
        }
        // conv1, conv2, bn1: the order of definition is not that of use.
        let earlier = self.namesakes(norm).find(|&layer| layer < before);
        if let Some(earlier) = earlier
            && number(name) != number(other)
        {
            let earlier = &self.names[earlier];
            return Err(format!(
                "it may be behind \"{earlier}\" or behind \"{other}\""
            ));
        }
        Ok(before)
    }

    fn check_features(&self, norm: usize, layer: &Layer) -> Result<(), String> {
        let (outputs, features) = (layer.outputs(), self.features(norm));
        if layer.kind == LayerKind::Embedding || outputs != features {
            return Err(format!(
                "it has {features} features, \"{}\" before it {outputs} outputs",
                layer.name
            ));
        }
        Ok(())
    }

    fn features(&self, norm: usize) -> usize {
        match &self.items[norm] {
            Item::Norm(norm) => norm.features(),
            _ => 0,
        }
    }

    /// Layers of the same block and number, as conv1 for bn1.
    fn namesakes(&self, norm: usize) -> impl Iterator<Item = usize> {
        let name = &*self.names[norm];
        (0..self.items.len()).filter(move |&other| {
            let layer = matches!(self.items[other], Item::Layer(_));
            let other = &*self.names[other];
            layer && split(name).0 == split(other).0 && number(name) == number(other)
        })
    }

    /// The only namesake with as many outputs as the norm has features.
    fn namesake(&self, norm: usize) -> Result<usize, String> {
        const SORTED: &str = "the arrays are sorted by name, and names do not tell which layer \
            it is behind; a file in the order of the network does (a .pt has it)";
        if self.after_namesakes {
            self.only_namesake(norm).ok_or_else(|| SORTED.to_owned())
        } else {
            Err(SORTED.to_owned())
        }
    }

    fn only_namesake(&self, norm: usize) -> Option<usize> {
        let mut fitting = self.namesakes(norm).filter(|&other| {
            matches!(&self.items[other], Item::Layer(layer) if layer.outputs() == self.features(norm))
        });
        fitting.next().filter(|_| fitting.next().is_none())
    }

    /// Whether the shapes say that bn1 is behind conv1 and not before it: every
    /// norm has a namesake with as many outputs, and not every one as many inputs.
    fn norms_go_after(&self) -> bool {
        let norms = |&norm: &usize| {
            matches!(self.items[norm], Item::Norm(_)) && index(&self.names[norm]).is_none()
        };
        let mut evidence = false;
        for norm in (0..self.items.len()).filter(norms) {
            let Some(Item::Layer(layer)) = self.only_namesake(norm).map(|at| &self.items[at])
            else {
                return false;
            };
            evidence |= layer.shape[1] != self.features(norm);
        }
        evidence
    }
}

/// The number at the end of the last part of a name.
fn number(name: &str) -> Option<u64> {
    let digits = name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    name[digits..].parse().ok()
}

/// The last part of a name that is an index, as in a sequence of modules.
fn index(name: &str) -> Option<u64> {
    split(name).1.parse().ok()
}
