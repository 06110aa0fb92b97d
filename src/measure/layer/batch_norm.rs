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
        if let Some(feature) = deviations.iter().position(|d| d.is_nan() || *d <= 0.0) {
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
        let name = &layer.name;
        if layer.kind == LayerKind::Embedding {
            Err(format!("\"{name}\" before it is an embedding"))
        } else if outputs != features {
            Err(format!(
                "it has {features} features, \"{name}\" before it {outputs} outputs"
            ))
        } else {
            Ok(())
        }
    }

    fn features(&self, norm: usize) -> usize {
        match &self.items[norm] {
            Item::Norm(norm) => norm.features(),
            _ => 0,
        }
    }

    /// Layers of the same block and number, as conv1 for bn1.
    fn namesakes(&self, norm: usize) -> impl Iterator<Item = usize> {
        let layers = |&at: &usize| matches!(self.items[at], Item::Layer(_));
        let siblings = self.siblings(norm).filter(layers);
        siblings.filter(move |&at| self.share_number(norm, at))
    }

    /// Modules of the same block.
    fn siblings(&self, of: usize) -> impl Iterator<Item = usize> {
        let parent = split(&self.names[of]).0;
        (0..self.items.len()).filter(move |&at| split(&self.names[at]).0 == parent)
    }

    fn share_number(&self, a: usize, b: usize) -> bool {
        number(&self.names[a]) == number(&self.names[b])
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

    /// None too if layers of that block and kind have no norm of their number, other
    /// than a last linear one: Dense_1 may then be before BatchNorm_0.
    fn only_namesake(&self, norm: usize) -> Option<usize> {
        let mut fitting = self.namesakes(norm).filter_map(|at| match &self.items[at] {
            Item::Layer(layer) if layer.outputs() == self.features(norm) => Some((at, layer.kind)),
            _ => None,
        });
        let (namesake, kind) = fitting.next()?;
        let alone = self.siblings(norm).filter(|&at| {
            let same = matches!(&self.items[at], Item::Layer(layer) if layer.kind == kind);
            let norm_of = |&at: &usize| matches!(self.items[at], Item::Norm(_));
            same && !self
                .siblings(at)
                .filter(norm_of)
                .any(|norm| self.share_number(norm, at))
        });
        let alone: Vec<Option<u64>> = alone.map(|at| number(&self.names[at])).collect();
        let last = kind == LayerKind::Linear && alone.len() == 1 && {
            let mut numbers = self.siblings(norm).map(|at| number(&self.names[at]));
            numbers.all(|number| number <= alone[0])
        };
        (fitting.next().is_none() && (alone.is_empty() || last)).then_some(namesake)
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

#[cfg(test)]
mod tests {
    use super::super::interpret::{BATCH_NORM_EPSILON, Interpretation, interpret};
    use super::*;

    /// Layers of (outputs, inputs) and norms of features, which are drawn.
    fn network(modules: &[(&str, &[usize])]) -> Vec<Weight> {
        let mut random = stream(1, "test network");
        let mut arrays = Vec::new();
        for (name, shape) in modules {
            let parts: &[&str] = match shape.len() {
                1 => &["weight", "bias", "running_mean", "running_var"],
                _ => &["weight"],
            };
            for part in parts {
                let normal = |_| -> f32 { StandardNormal.sample(&mut random) };
                let values = (0..shape.iter().product::<usize>()).map(normal);
                arrays.push(Weight {
                    name: format!("{name}.{part}"),
                    shape: shape.to_vec(),
                    values: match *part {
                        "running_var" => values.map(|value| value * value).collect(),
                        _ => values.collect(),
                    },
                });
            }
        }
        arrays
    }

    fn of(modules: &[(&str, &[usize])]) -> Interpretation {
        interpret(&network(modules), BATCH_NORM_EPSILON).unwrap()
    }

    fn pairs(modules: &[(&str, &[usize])]) -> Vec<(String, String)> {
        let pair = |folding: super::super::Folding| (folding.norm, folding.layer);
        of(modules).folded.into_iter().map(pair).collect()
    }

    fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(a, b)| (a.to_string(), b.to_string()))
            .collect()
    }

    #[test]
    fn a_folded_norm_leaves_the_function() {
        let found = of(&[
            ("0", &[40, 30]),
            ("1", &[40]),
            ("3", &[6, 4, 3, 3]),
            ("4", &[6]),
        ]);
        assert_eq!((found.folded.len(), found.skipped.len()), (2, 0));
        for folding in &found.folded {
            assert!(folding.difference < 1e-13, "{folding:?}");
        }
        assert!(found.layers.iter().all(|layer| layer.bias.is_some()));
    }

    #[test]
    fn the_norm_follows_its_layer_in_the_order_of_the_network() {
        // VGG, ResNet and pre-activation ResNet as PyTorch orders them.
        let vgg: &[(&str, &[usize])] = &[
            ("f.0", &[4, 3, 3, 3]),
            ("f.1", &[4]),
            ("f.3", &[4, 4, 3, 3]),
            ("f.4", &[4]),
        ];
        assert_eq!(pairs(vgg), named(&[("f.1", "f.0"), ("f.4", "f.3")]));
        let resnet: &[(&str, &[usize])] = &[
            ("conv1", &[4, 3, 3, 3]),
            ("bn1", &[4]),
            ("l.0.conv1", &[4, 4, 3, 3]),
            ("l.0.bn1", &[4]),
            ("l.0.conv2", &[4, 4, 3, 3]),
            ("l.0.bn2", &[4]),
            ("fc", &[2, 4]),
        ];
        let expected = [
            ("bn1", "conv1"),
            ("l.0.bn1", "l.0.conv1"),
            ("l.0.bn2", "l.0.conv2"),
        ];
        assert_eq!(pairs(resnet), named(&expected));
        let pre: &[(&str, &[usize])] = &[
            ("conv1", &[4, 3, 3, 3]),
            ("l.0.bn1", &[4]),
            ("l.0.conv1", &[4, 4, 3, 3]),
            ("l.0.bn2", &[4]),
            ("l.0.conv2", &[4, 4, 3, 3]),
            ("l.1.bn1", &[4]),
            ("l.1.conv1", &[4, 4, 3, 3]),
        ];
        assert_eq!(pairs(pre), named(&[("l.0.bn2", "l.0.conv1")]));
    }

    #[test]
    fn a_file_sorted_by_name_is_read_by_its_shapes() {
        let square: &[usize] = &[4, 4, 3, 3];
        let resnet: &[(&str, &[usize])] = &[
            ("bn1", &[4]),
            ("conv1", &[4, 3, 3, 3]),
            ("fc", &[2, 4]),
            ("l.0.bn1", &[4]),
            ("l.0.bn2", &[4]),
            ("l.0.conv1", square),
            ("l.0.conv2", square),
        ];
        let expected = [
            ("bn1", "conv1"),
            ("l.0.bn1", "l.0.conv1"),
            ("l.0.bn2", "l.0.conv2"),
        ];
        assert_eq!(pairs(resnet), named(&expected));
        // Norms that go first, by the block that changes the width.
        let pre: &[(&str, &[usize])] = &[
            ("conv1", &[4, 3, 3, 3]),
            ("l.0.bn1", &[4]),
            ("l.0.bn2", &[8]),
            ("l.0.conv1", &[8, 4, 3, 3]),
            ("l.0.conv2", &[8, 8, 3, 3]),
        ];
        assert_eq!(pairs(pre), []);
        // Every width is the same: both readings fit.
        let doubtful: &[(&str, &[usize])] = &[
            ("bn1", &[4]),
            ("bn2", &[4]),
            ("fc1", &[4, 4]),
            ("fc2", &[4, 4]),
        ];
        assert_eq!(pairs(doubtful), []);
        assert!(of(doubtful).skipped[0].reason.contains("sorted by name"));
        // Flax numbers each kind apart: the norm may be behind Dense_0 or Dense_1.
        let flax: &[(&str, &[usize])] = &[
            ("BatchNorm_0", &[4]),
            ("Dense_0", &[4, 3]),
            ("Dense_1", &[4, 4]),
            ("Dense_2", &[2, 4]),
        ];
        assert_eq!(pairs(flax), []);
        let flax: &[(&str, &[usize])] = &[
            ("BatchNorm_0", &[4]),
            ("Dense_0", &[4, 3]),
            ("Dense_1", &[2, 4]),
        ];
        assert_eq!(pairs(flax), named(&[("BatchNorm_0", "Dense_0")]));
    }

    #[test]
    fn a_norm_in_doubt_is_not_folded() {
        let reason = |modules: &[(&str, &[usize])]| {
            let found = of(modules);
            assert_eq!(found.folded, []);
            found.skipped[0].reason.clone()
        };
        assert!(reason(&[("0", &[4, 3]), ("2", &[4])]).contains("something without arrays"));
        assert!(reason(&[("z", &[4, 3]), ("a", &[5])]).contains("5 features, \"z\" before it 4"));
        assert!(reason(&[("0", &[4])]).contains("nothing comes before it"));
        assert!(reason(&[("z.0", &[4, 3]), ("a.1", &[4])]).contains("another block"));
        let defined_apart: &[(&str, &[usize])] = &[
            ("conv1", &[4, 3, 3, 3]),
            ("conv2", &[4, 4, 3, 3]),
            ("bn1", &[4]),
        ];
        assert!(reason(defined_apart).contains("behind \"conv1\" or behind \"conv2\""));
        assert!(reason(&[("wte", &[4, 4]), ("a", &[4])]).contains("is an embedding"));
    }

    #[test]
    fn variances_that_have_no_root_are_refused() {
        let mut arrays = network(&[("0", &[4, 3]), ("1", &[4])]);
        arrays[4].values[2] = -1.0;
        let found = interpret(&arrays, BATCH_NORM_EPSILON).unwrap();
        assert!(
            found.skipped[0].reason.contains("σ² = -1 of feature 2"),
            "{:?}",
            found.skipped
        );
    }

    #[test]
    fn a_norm_without_scale_and_shift_standardizes() {
        let mut arrays = network(&[("0", &[4, 3]), ("1", &[4])]);
        arrays.retain(|array| !["1.weight", "1.bias"].contains(&&*array.name));
        let found = interpret(&arrays, 0.25).unwrap();
        let (mean, variance) = (
            f64::from(arrays[1].values[3]),
            f64::from(arrays[2].values[3]),
        );
        let layer = &found.layers[0];
        let expected = -mean / (variance + 0.25).sqrt();
        assert!((layer.bias.as_ref().unwrap()[3] - expected).abs() < 1e-14);
        let expected = f64::from(arrays[0].values[3 * 3 + 1]) / (variance + 0.25).sqrt();
        assert!((layer.weight[(3, 1)] - expected).abs() < 1e-14);
    }
}
