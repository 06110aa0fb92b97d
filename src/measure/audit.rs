//! What changes of the weights that leave a network's function unchanged do to
//! the measures.

use faer::Mat;
use rand_distr::{Distribution, StandardNormal};
use serde::Serialize;

use super::card::{Card, Invariance, Kind, Need};
use super::error::MeasureError;
use super::layer::{Layer, LayerKind};
use super::report::Report;
use super::subject::Subject;
use crate::random::stream;

/// Inputs on which the function is compared.
const INPUTS: usize = 64;

/// What one change did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Audit {
    /// The change.
    pub change: Invariance,
    /// Largest difference between the outputs of the two networks on Gaussian
    /// inputs, relative to the largest output; `None` where the function cannot
    /// be computed, as without the geometry of convolutions.
    pub function_difference: Option<f64>,
    /// What it did to each measure.
    pub movements: Vec<Movement>,
}

/// What a change did to one measure.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Movement {
    /// The measure.
    pub id: String,
    /// The network's value before and after; without one, the values of the
    /// layer that moved most.
    pub before: Option<f64>,
    /// After the change.
    pub after: Option<f64>,
    /// The layer, for a measure without a value of the network.
    pub layer: Option<String>,
    /// |after − before| / max(|before|, |after|); `None` if only one is finite.
    pub relative_change: Option<f64>,
    /// Whether that is more than rounding, or than where an iteration ends.
    pub moved: bool,
    /// Whether the value has a 95 % interval and stays in it: then sampling alone may
    /// have moved it.
    pub within_interval: bool,
    /// Whether the card claims that the measure does not move.
    pub claimed_invariant: bool,
}

impl Movement {
    /// Whether the finding contradicts the card: the measure moved, by more than
    /// sampling explains, under a change that the card says it is invariant to.
    pub fn contradicts(&self) -> bool {
        self.claimed_invariant && self.moved && !self.within_interval
    }

    /// Whether it did not move, and the card does not claim that: by chance, or
    /// because the card claims too little.
    pub fn unclaimed(&self) -> bool {
        !self.claimed_invariant && !self.moved
    }
}

/// Applies every change of [`Invariance::ALL`] to all hidden layers at once and
/// evaluates the measures that are wanted before and after it.
///
/// ```text
/// W_l ← D W_l,   b_l ← D b_l,   W_{l+1} ← W_{l+1} D⁻¹
/// ```
///
/// with D a permutation, a multiple of the identity, or a positive diagonal
/// matrix. Factors are powers of two, so that the change itself rounds nothing.
/// The initial weights, if they are known, are changed in the same way. A unit of
/// a convolution is an output channel; where a fully connected layer follows,
/// the channel's columns in it stand together.
///
/// # Errors
/// [`MeasureError::NotAChain`] where the layers do not follow each other, or
/// there is no hidden layer; whatever the measures themselves report.
pub fn audit(
    subject: &Subject,
    wanted: impl Fn(&Card) -> bool,
) -> Result<Vec<Audit>, MeasureError> {
    blocks(subject.layers())?;
    let before = Report::of(subject, &wanted)?;
    let one = |&change: &Invariance| {
        let layers = apply(change, subject.layers())?;
        let initial = subject
            .initial()
            .map(|layers| apply(change, layers))
            .transpose()?;
        let changed = subject.with_layers(layers, initial)?;
        Ok(Audit {
            change,
            function_difference: function_difference(subject, &changed),
            movements: movements(change, &before, &Report::of(&changed, &wanted)?),
        })
    };
    Invariance::ALL.iter().map(one).collect()
}

/// Columns per unit of the layer before, for every layer but the first.
fn blocks(layers: &[Layer]) -> Result<Vec<usize>, MeasureError> {
    let refuse = |reason: String| Err(MeasureError::NotAChain { reason });
    if layers.len() < 2 {
        return refuse("there is no hidden layer".to_owned());
    }
    if let Some(table) = layers.iter().find(|l| l.kind == LayerKind::Embedding) {
        return refuse(format!("\"{}\" is an embedding", table.name));
    }
    let mut blocks = Vec::new();
    for pair in layers.windows(2) {
        let [layer, next] = pair else { continue };
        let units = layer.outputs();
        let follows = match (layer.kind, next.kind) {
            (_, LayerKind::Convolution) => next.shape.get(1) == Some(&units),
            (LayerKind::Linear, _) => next.inputs() == units,
            (_, _) => next.inputs().is_multiple_of(units),
        };
        if !follows {
            return refuse(format!(
                "\"{}\" has {units} outputs, but \"{}\" after it has shape {:?}",
                layer.name, next.name, next.shape
            ));
        }
        blocks.push(next.inputs() / units);
    }
    Ok(blocks)
}

/// The network after the change.
fn apply(change: Invariance, layers: &[Layer]) -> Result<Vec<Layer>, MeasureError> {
    let blocks = blocks(layers)?;
    let mut layers = layers.to_vec();
    for (l, &block) in blocks.iter().enumerate() {
        let units = layers[l].outputs();
        if change == Invariance::UnitPermutation {
            let from = |i: usize| units - 1 - i;
            permute(&mut layers[l], from);
            let next = &mut layers[l + 1].weight;
            *next = Mat::from_fn(next.nrows(), next.ncols(), |i, j| {
                next[(i, from(j / block) * block + j % block)]
            });
            continue;
        }
        for unit in 0..units {
            let factor = factor(change, l, unit);
            let layer = &mut layers[l];
            layer
                .weight
                .row_mut(unit)
                .iter_mut()
                .for_each(|w| *w *= factor);
            if let Some(bias) = &mut layer.bias {
                bias[unit] *= factor;
            }
            let next = &mut layers[l + 1].weight;
            for column in unit * block..(unit + 1) * block {
                next.col_mut(column).iter_mut().for_each(|w| *w /= factor);
            }
        }
    }
    Ok(layers)
}

fn permute(layer: &mut Layer, from: impl Fn(usize) -> usize) {
    let old = &layer.weight;
    layer.weight = Mat::from_fn(old.nrows(), old.ncols(), |i, j| old[(from(i), j)]);
    if let Some(bias) = &mut layer.bias {
        *bias = (0..bias.len()).map(|i| bias[from(i)]).collect();
    }
}

/// What a unit's incoming weights are multiplied with. Neighbouring layers have
/// different factors, so that those between two hidden layers move as well.
fn factor(change: Invariance, layer: usize, unit: usize) -> f64 {
    match change {
        Invariance::UnitPermutation => 1.0,
        Invariance::LayerRescaling => [2.0, 8.0][layer % 2],
        Invariance::UnitRescaling => [4.0, 0.5, 2.0][(layer + unit) % 3],
    }
}

/// How far apart the outputs of two networks are.
fn function_difference(before: &Subject, after: &Subject) -> Option<f64> {
    let (before, after) = (before.network::<f64>().ok()?, after.network::<f64>().ok()?);
    let mut rng = stream(0, "audit inputs");
    let inputs = INPUTS * before.features();
    let inputs: Vec<f64> = (0..inputs)
        .map(|_| StandardNormal.sample(&mut rng))
        .collect();
    let [a, b] = [before, after].map(|network| network.logits(&network.forward(&inputs)));
    let largest = a.norm_max();
    let difference = (&a - &b).norm_max();
    (largest > 0.0 && difference.is_finite()).then(|| difference / largest)
}

fn movements(change: Invariance, before: &Report, after: &Report) -> Vec<Movement> {
    let cards = super::measures().map(|measure| measure.card());
    cards
        .filter_map(|card| movement(card, change, before, after))
        .collect()
}

/// `None` for a measure that was not evaluated.
fn movement(card: &Card, change: Invariance, before: &Report, after: &Report) -> Option<Movement> {
    let (layer, a, b) = match (before.network.get(card.id), after.network.get(card.id)) {
        (Some(&a), Some(&b)) => (None, a, b),
        _ => most_moved(card.id, before, after)?,
    };
    let details = match &layer {
        None => before.details.get(card.id),
        Some(name) => (before.layers.iter().find(|l| l.name == *name))
            .and_then(|layer| layer.details.get(card.id)),
    };
    let interval = details.and_then(|details| details.interval);
    let relative_change = relative(a, b);
    let tolerance = match card.kind {
        // Its random draws are dealt out to the weights in their order.
        Kind::UpperBound if card.needs.contains(&Need::NoiseSearch) => 1e-2,
        // Fits and searches end where their iteration does.
        Kind::Estimate | Kind::LowerBound => 1e-6,
        Kind::Exact | Kind::UpperBound => 1e-9,
    };
    Some(Movement {
        id: card.id.to_owned(),
        before: a,
        after: b,
        layer,
        relative_change,
        moved: relative_change.is_none_or(|change| change > tolerance),
        within_interval: matches!(
            (b, interval),
            (Some(b), Some([Some(low), Some(high)])) if low <= b && b <= high
        ),
        claimed_invariant: card.invariant_to.contains(&change),
    })
}

type Pair = (Option<String>, Option<f64>, Option<f64>);

/// The layer whose value moved most, if the measure has values of layers.
fn most_moved(id: &str, before: &Report, after: &Report) -> Option<Pair> {
    let pair = |(a, b): (&super::LayerReport, &super::LayerReport)| {
        let (x, y) = (*a.measures.get(id)?, *b.measures.get(id)?);
        Some((Some(a.name.clone()), x, y))
    };
    let distance = |(_, a, b): &Pair| relative(*a, *b).unwrap_or(f64::INFINITY);
    let pairs = before.layers.iter().zip(&after.layers).filter_map(pair);
    pairs.max_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// `None` if one of them is undefined and the other is not.
fn relative(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (None, None) => Some(0.0),
        (Some(a), Some(b)) if a == b => Some(0.0),
        (Some(a), Some(b)) => Some((a - b).abs() / a.abs().max(b.abs())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaussian(name: &str, kind: LayerKind, shape: &[usize], seed: u64) -> Layer {
        let mut rng = stream(seed, "audit test");
        let columns = shape[1..].iter().product();
        let weight = Mat::from_fn(shape[0], columns, |_, _| StandardNormal.sample(&mut rng));
        let bias = (0..shape[0]).map(|_| StandardNormal.sample(&mut rng));
        Layer {
            kind,
            shape: shape.to_vec(),
            ..Layer::linear(name, weight, Some(bias.collect()))
        }
    }

    fn mlp() -> Subject {
        let layer = |(l, shape): (usize, &[usize; 2])| {
            gaussian(&l.to_string(), LayerKind::Linear, shape, l as u64)
        };
        let shapes = [[5, 4], [6, 5], [3, 6]];
        Subject::new(shapes.iter().enumerate().map(layer).collect(), None).unwrap()
    }

    #[test]
    fn the_function_stays_and_what_moves_is_what_the_cards_say() {
        let audits = audit(&mlp(), |_| true).unwrap();
        assert_eq!(audits.len(), Invariance::ALL.len());
        for audit in &audits {
            assert!(audit.function_difference.unwrap() < 1e-12, "{audit:?}");
            assert!(
                !audit.movements.iter().any(Movement::contradicts),
                "{audit:?}"
            );
        }
        let find = |change: Invariance, id: &str| {
            let audit = audits.iter().find(|a| a.change == change).unwrap();
            audit.movements.iter().find(|m| m.id == id).unwrap().clone()
        };
        assert!(find(Invariance::LayerRescaling, "frobenius-norm").moved);
        assert!(!find(Invariance::LayerRescaling, "path-norm-l2").moved);
        assert!(!find(Invariance::UnitPermutation, "frobenius-norm").moved);
        // W₁ 2, W₂ 8/2, W₃ 1/8.
        let spectral = find(Invariance::LayerRescaling, "spectral-norm");
        assert_eq!(spectral.layer.as_deref(), Some("2"));
        assert!((spectral.relative_change.unwrap() - 7.0 / 8.0).abs() < 1e-9);
    }

    /// A finding against the card must be seen: the test of the audit itself.
    #[test]
    fn a_movement_against_the_card_is_flagged() {
        let report = |value| {
            let mut report = Report::of(&mlp(), |_| false).unwrap();
            report.network.insert("path-norm-l2".into(), value);
            report
        };
        let (a, b) = (report(Some(1.0)), report(Some(1.5)));
        let change = Invariance::UnitPermutation;
        let [movement] = &movements(change, &a, &b)[..] else {
            panic!("one measure");
        };
        assert!(movement.moved && movement.contradicts());
        // Within the interval of a sampled value nothing is contradicted.
        let mut sampled = a.clone();
        let details = crate::measure::Details {
            interval: Some([Some(0.5), Some(2.0)]),
            ..Default::default()
        };
        sampled.details.insert("path-norm-l2".into(), details);
        assert!(!movements(change, &sampled, &b)[0].contradicts());
        assert!(movements(change, &a, &report(None))[0].moved);
        assert!(!movements(change, &report(None), &report(None))[0].moved);
    }

    /// A channel's columns after a flatten stand together: with one pixel per
    /// channel, convolutions are matrices, and the function can be compared.
    #[test]
    fn channels_of_convolutions_are_units() {
        let conv = |name: &str, shape: &[usize]| gaussian(name, LayerKind::Convolution, shape, 9);
        let layers = vec![
            conv("0", &[4, 2, 3, 3]),
            conv("1", &[6, 4, 1, 2]),
            gaussian("2", LayerKind::Linear, &[3, 12], 1),
        ];
        assert_eq!(blocks(&layers).unwrap(), [2, 2]);
        // The response of a channel whose input channels are constant images is the
        // sum over the window: summing each block gives a chain with the same function.
        let summed = |layers: &[Layer]| -> Vec<Layer> {
            let sum = |(l, layer): (usize, &Layer)| {
                let block = if l == 0 { 9 } else { 2 };
                let columns = layer.inputs() / block;
                let weight = Mat::from_fn(layer.outputs(), columns, |i, j| {
                    (j * block..(j + 1) * block)
                        .map(|k| layer.weight[(i, k)])
                        .sum()
                });
                Layer::linear(l.to_string(), weight, layer.bias.clone())
            };
            layers.iter().enumerate().map(sum).collect()
        };
        let subject = |layers: &[Layer]| Subject::new(summed(layers), None).unwrap();
        for &change in Invariance::ALL {
            let changed = apply(change, &layers).unwrap();
            let difference = function_difference(&subject(&layers), &subject(&changed));
            assert!(difference.unwrap() < 1e-12, "{change:?}");
            assert_ne!(changed[0].weight, layers[0].weight);
        }
    }

    #[test]
    fn what_is_no_chain_says_why() {
        let refused = |layers: Vec<Layer>| {
            let subject = Subject::new(layers, None).unwrap();
            audit(&subject, |_| true).unwrap_err().to_string()
        };
        let linear = |shape| gaussian("0", LayerKind::Linear, shape, 0);
        let conv = |shape| gaussian("1", LayerKind::Convolution, shape, 0);
        assert!(refused(vec![linear(&[2, 3])]).contains("no hidden layer"));
        let grouped = refused(vec![conv(&[4, 4, 3, 3]), conv(&[4, 1, 3, 3])]);
        assert!(grouped.contains("has 4 outputs") && grouped.contains("[4, 1, 3, 3]"));
        assert!(refused(vec![linear(&[2, 3]), linear(&[2, 4])]).contains("[2, 4]"));
        let table = gaussian("emb", LayerKind::Embedding, &[5, 2], 0);
        assert!(refused(vec![table, linear(&[2, 2])]).contains("\"emb\" is an embedding"));
    }
}
