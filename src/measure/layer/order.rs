//! Which layer a batch norm is behind.

use super::arrays::split;
use super::batch_norm::BatchNorm;
use super::{Direction, Layer, LayerKind};

/// What became of a module.
#[derive(Debug)]
pub(super) enum Item {
    Layer(Layer),
    Norm(BatchNorm),
    Skipped,
}

/// What numbered names say of the place between a layer and a norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    /// 3 and 4: no module.
    Nothing,
    /// 3 and 5: a module without arrays, as an activation, pooling or dropout.
    Something,
    /// The names are no numbers.
    Unknown,
}

/// Modules by name, in the order of their arrays.
pub(super) struct Order<'a> {
    names: &'a [String],
    items: &'a [Item],
    sorted: bool,
    /// Norms of such a file go after the layers of their number.
    after_namesakes: bool,
}

impl<'a> Order<'a> {
    /// `sorted` if the order of the items says nothing of the network.
    pub(super) fn new(names: &'a [String], items: &'a [Item], sorted: bool) -> Self {
        let mut order = Self {
            names,
            items,
            sorted,
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

    /// What the numbers of a sequence of modules say of the place between a layer and the
    /// norm behind it.
    pub(super) fn between(&self, layer: usize, norm: usize) -> Between {
        match (index(&self.names[layer]), index(&self.names[norm])) {
            (Some(a), Some(b)) if a.checked_add(1) == Some(b) => Between::Nothing,
            (Some(_), Some(_)) => Between::Something,
            _ => Between::Unknown,
        }
    }

    /// On which side of a norm a layer is, if the order of the items says it.
    pub(super) fn side(&self, layer: usize, norm: usize) -> Option<Direction> {
        match self.sorted {
            true => None,
            false if layer < norm => Some(Direction::LayerBefore),
            false => Some(Direction::LayerAfter),
        }
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
    use super::super::Interpretation;
    use super::super::batch_norm::tests::{of, sorted};

    fn pairs(found: Interpretation) -> Vec<(String, String)> {
        let pair = |folding: super::super::Folding| (folding.norm, folding.layer);
        found.folded.into_iter().map(pair).collect()
    }

    fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(a, b)| (a.to_string(), b.to_string()))
            .collect()
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
        assert_eq!(pairs(of(vgg)), named(&[("f.1", "f.0"), ("f.4", "f.3")]));
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
        assert_eq!(pairs(of(resnet)), named(&expected));
        let pre: &[(&str, &[usize])] = &[
            ("conv1", &[4, 3, 3, 3]),
            ("l.0.bn1", &[4]),
            ("l.0.conv1", &[4, 4, 3, 3]),
            ("l.0.bn2", &[4]),
            ("l.0.conv2", &[4, 4, 3, 3]),
            ("l.1.bn1", &[4]),
            ("l.1.conv1", &[4, 4, 3, 3]),
        ];
        assert_eq!(pairs(of(pre)), named(&[("l.0.bn2", "l.0.conv1")]));
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
        assert_eq!(pairs(sorted(resnet)), named(&expected));
        // Norms that go first, by the block that changes the width.
        let pre: &[(&str, &[usize])] = &[
            ("conv1", &[4, 3, 3, 3]),
            ("l.0.bn1", &[4]),
            ("l.0.bn2", &[8]),
            ("l.0.conv1", &[8, 4, 3, 3]),
            ("l.0.conv2", &[8, 8, 3, 3]),
        ];
        assert_eq!(pairs(sorted(pre)), []);
        // Every width is the same: both readings fit.
        let doubtful: &[(&str, &[usize])] = &[
            ("bn1", &[4]),
            ("bn2", &[4]),
            ("fc1", &[4, 4]),
            ("fc2", &[4, 4]),
        ];
        assert_eq!(pairs(sorted(doubtful)), []);
        assert!(
            sorted(doubtful).skipped[0]
                .reason
                .contains("sorted by name")
        );
        // Flax numbers each kind apart: the norm may be behind Dense_0 or Dense_1.
        let flax: &[(&str, &[usize])] = &[
            ("BatchNorm_0", &[4]),
            ("Dense_0", &[4, 3]),
            ("Dense_1", &[4, 4]),
            ("Dense_2", &[2, 4]),
        ];
        assert_eq!(pairs(sorted(flax)), []);
        let flax: &[(&str, &[usize])] = &[
            ("BatchNorm_0", &[4]),
            ("Dense_0", &[4, 3]),
            ("Dense_1", &[2, 4]),
        ];
        assert_eq!(pairs(sorted(flax)), named(&[("BatchNorm_0", "Dense_0")]));
    }

    #[test]
    fn a_norm_in_doubt_is_not_folded() {
        let reason = |modules: &[(&str, &[usize])]| {
            let found = of(modules);
            assert_eq!(found.folded, []);
            found.skipped[0].reason.clone()
        };
        assert!(reason(&[("0", &[4, 3]), ("2", &[4])]).contains("a module without arrays"));
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
}
