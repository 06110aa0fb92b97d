//! Networks trained on the signs of a binary problem.

use std::collections::BTreeMap;

use crate::classification::{Errors, margin_of_sign};
use crate::complexity::{
    FunctionClass, MarginBound, ReluBall, Search, Weights, margin_bound, network_path_norm,
};
use crate::dataset::{Dataset, Preprocessing, Split};
use crate::kernel::Features;
use crate::measure::{self, MeasureError, Subject, layers};
use crate::network::Architecture;
use crate::random::seed_of;
use crate::solution::{Outputs, Solution, StopReason, Weight};
use crate::statistics::quantile;
use crate::store::{Holds, Kind};
use crate::training::{Recipe, Task, Tested, fit};
use serde::{Deserialize, Serialize};

use super::super::{Context, Experiment, ExperimentError};
use super::kernels::DELTA;
use super::labels::{Labels, Trial, binary, relabelled, sign};

/// Name of Σ_j |a_j| |w̃_j|₂ + |b|, which the registry does not have.
pub const PATH_NORM: &str = "path norm (units)";

/// Norms that scale like the outputs: divided by the margin they do not change when
/// weights are rescaled. (id, name)
pub const NORMS: [(&str, &str); 4] = [
    ("path-norm-l2", "path norm (l2)"),
    ("path-norm-l1", "path norm (l1)"),
    ("product-of-frobenius-norms", "product of Frobenius norms"),
    ("product-of-spectral-norms", "product of spectral norms"),
];

/// Margin bounds of the registry. (id, name)
pub const BOUNDS: [(&str, &str); 4] = [
    ("golowich-2018", "Golowich 2018"),
    ("neyshabur-2015", "Neyshabur 2015"),
    ("bartlett-mendelson-2002", "l1, Bartlett-Mendelson 2002"),
    ("bartlett-2017", "Bartlett 2017"),
];

/// The ids of norms or bounds.
pub fn ids(named: &[(&str, &str)]) -> Vec<String> {
    named.iter().map(|(id, _)| (*id).to_owned()).collect()
}

/// A network trained on the labels of a binary problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignNetwork {
    /// Checksum of the dataset.
    pub checksum: String,
    /// The network.
    pub architecture: Architecture,
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
    /// What the images are labelled with.
    pub labels: Labels,
    /// Which draw of the labels.
    pub trial: Trial,
    /// How it is trained.
    pub recipe: Recipe,
    /// Trainings from other initial weights, until one fits all labels.
    pub restarts: u64,
    /// How images are preprocessed.
    pub preprocessing: Preprocessing,
    /// Ids of the norms that are measured, of chains of dense layers alone.
    pub norms: Vec<String>,
    /// Ids of the bounds, of chains of dense layers alone.
    pub bounds: Vec<String>,
}

/// The best of the trainings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// (1/n) Σ σᵢ h(xᵢ), the largest along the training; a tie counts as −1.
    pub correlation: f64,
    /// Error on test images with true labels.
    pub test_error: f64,
    /// Steps until no training label was missed.
    pub steps_to_zero_error: Option<usize>,
    /// Why training ended.
    pub stop: StopReason,
    /// Norms of f by id.
    pub norms: BTreeMap<String, f64>,
    /// Margin bounds on the error by id, where they are defined.
    pub bounds: BTreeMap<String, f64>,
    /// Σ_j |a_j| |w̃_j|₂ + |b| of a network with one hidden layer.
    pub path_norm: Option<f64>,
    /// Bound on the complexity of the networks with path norm 1 on these images.
    pub path_complexity: f64,
    /// σᵢ f(xᵢ), ascending.
    pub margins: Vec<f32>,
}

impl Fitted {
    /// The 10th percentile of the margins, if it is positive.
    pub fn margin(&self) -> Option<f64> {
        let margins: Vec<f64> = self.margins.iter().map(|&m| f64::from(m)).collect();
        quantile(&margins, 0.1).ok().filter(|margin| *margin > 0.0)
    }

    /// Fraction of margins below the 10th percentile.
    pub fn below_margin(&self) -> Option<f64> {
        let margin = self.margin()?;
        let below = self.margins.iter().filter(|m| f64::from(**m) < margin);
        Some(below.count() as f64 / self.margins.len() as f64)
    }

    /// The bound on the error by the path norm over units, where there is a margin.
    ///
    /// # Errors
    /// A sample too small for a bound.
    pub fn path_bound(&self) -> Result<Option<MarginBound>, ExperimentError> {
        let (Some(norm), Some(margin), Some(below)) =
            (self.path_norm, self.margin(), self.below_margin())
        else {
            return Ok(None);
        };
        let n = self.margins.len();
        let bound = margin_bound(below, norm / margin, self.path_complexity, n, DELTA)?;
        Ok(Some(bound))
    }
}

impl Experiment for SignNetwork {
    const KIND: Kind = Kind {
        name: "rademacher-network",
        holds: Holds::Measures,
    };
    type Output = Fitted;

    fn run(&self, context: &mut Context<'_>) -> Result<Fitted, ExperimentError> {
        train(self, context.dataset(&self.checksum)?)
    }
}

/// Trains until all labels are fitted or no restart is left; the training with the
/// largest correlation.
fn train(spec: &SignNetwork, dataset: &Dataset) -> Result<Fitted, ExperimentError> {
    let inputs = spec.preprocessing;
    let images = binary(&dataset.train().subset(spec.train, spec.trial.seed)?)?;
    let labels = (spec.labels).apply(&images, dataset.shape(), spec.trial)?;
    let train = inputs.apply(relabelled(&images, labels)?);
    let test = inputs.apply(binary(&dataset.test().subset(spec.test, 0)?)?);
    let mut best: Option<Fitted> = None;
    for attempt in 0..=spec.restarts {
        let task = Task {
            architecture: &spec.architecture,
            recipe: &spec.recipe,
            // The other outputs are never a label; f = z₁ − z₀ does not have them.
            classes: dataset.classes(),
            train: &train,
            test: &test,
            tested: Tested::AtTheEnd,
            held_out: None,
            shape: None,
            seed: seed_of(
                spec.trial.seed,
                &format!("network {}, attempt {attempt}", spec.trial.number),
            ),
        };
        let fitted = fitted(spec, &fit(&task, &mut |_| {})?, &train)?;
        let done = fitted.correlation == 1.0;
        if best
            .as_ref()
            .is_none_or(|b| fitted.correlation > b.correlation)
        {
            best = Some(fitted);
        }
        if done {
            break;
        }
    }
    Ok(best.expect("the loop runs once at least"))
}

/// What is kept of a training.
fn fitted(
    spec: &SignNetwork,
    solution: &Solution,
    train: &Split,
) -> Result<Fitted, ExperimentError> {
    let of_signs = |outputs: &Outputs| -> Vec<f32> {
        let rows = outputs.logits.chunks_exact(outputs.classes);
        (rows.zip(&outputs.labels))
            .map(|(row, &label)| {
                let f = f64::from(row[1] - row[0]);
                margin_of_sign(f, sign(label) > 0.0) as f32
            })
            .collect()
    };
    let error = |margins: &[f32]| {
        let margins = margins.iter().map(|&m| f64::from(m));
        margins.collect::<Errors>().fraction()
    };
    let mut margins = of_signs(&solution.train);
    let last = error(&margins);
    let along = (solution.curve.iter().skip(1)).map(|point| point.train_error);
    margins.sort_by(f32::total_cmp);
    let (norms, bounds, path_norm) = match spec.architecture.hidden() {
        Some(_) => norms_and_bounds(spec, solution, train)?,
        None => Default::default(),
    };
    Ok(Fitted {
        correlation: 1.0 - 2.0 * along.fold(last, f64::min),
        test_error: error(&of_signs(&solution.test)),
        steps_to_zero_error: (solution.curve.iter())
            .find(|point| point.epoch > 0 && point.train_error == 0.0)
            .map(|point| point.step),
        stop: solution.stop,
        path_norm,
        path_complexity: path_complexity(train)?,
        norms,
        bounds,
        margins,
    })
}

/// Norms of f and bounds on its error by id, and its path norm over units.
type NormsAndBounds = (BTreeMap<String, f64>, BTreeMap<String, f64>, Option<f64>);

fn norms_and_bounds(
    spec: &SignNetwork,
    solution: &Solution,
    train: &Split,
) -> Result<NormsAndBounds, ExperimentError> {
    let one = with_outputs(&solution.trained, &[1.0]);
    let subject = Subject::new(layers(&one)?, None)?;
    let mut norms = BTreeMap::new();
    for id in &spec.norms {
        if let Some(value) = value(id, &subject)? {
            norms.insert(id.clone(), value);
        }
    }
    let two = |weights: &[Weight]| with_outputs(weights, &[-0.5, 0.5]);
    let rows = solution.train.logits.chunks_exact(solution.train.classes);
    let outputs = Outputs {
        classes: 2,
        logits: (rows.map(|row| (row[1] - row[0]) / 2.0))
            .flat_map(|half| [-half, half])
            .collect(),
        labels: solution.train.labels.clone(),
    };
    let initial = layers(&two(&solution.initial))?;
    let bounded = Subject::new(layers(&two(&solution.trained))?, Some(initial))?
        .with_inputs(train.clone())
        .with_outputs(outputs);
    let mut bounds = BTreeMap::new();
    for id in &spec.bounds {
        if let Some(value) = value(id, &bounded)? {
            bounds.insert(id.clone(), value);
        }
    }
    Ok((norms, bounds, network_path_norm(subject.layers())))
}

/// A bound on the complexity of the networks with path norm 1, whose biases are the
/// weights of one more input that is always 1.
fn path_complexity(train: &Split) -> Result<f64, ExperimentError> {
    let images = train.pixels().chunks_exact(train.features());
    let augmented = images.flat_map(|image| image.iter().copied().chain([1.0]));
    let points = Features::new(augmented.collect(), train.features() + 1)?;
    let ball = ReluBall::new(&points, 1.0, Search::default())?;
    Ok(ball.sandwich(Weights::Rademacher).upper)
}

/// A measure of the registry, where it is defined.
fn value(id: &str, subject: &Subject) -> Result<Option<f64>, MeasureError> {
    let Some(measure) = measure::find(id) else {
        return Ok(None);
    };
    let value = measure.network(subject)?.map(|value| value.number);
    Ok(value.filter(|value| value.is_finite()))
}

/// The network with the outputs c · (z₁ − z₀) for each factor c, instead of its own.
fn with_outputs(weights: &[Weight], factors: &[f32]) -> Vec<Weight> {
    let last = weights.iter().rfind(|w| w.name.ends_with("weight"));
    let prefix = last.map_or("", |w| w.name.trim_end_matches("weight"));
    let change = |array: &Weight| {
        if array.name.rsplit_once('.').map_or("", |(layer, _)| layer)
            != prefix.trim_end_matches('.')
        {
            return array.clone();
        }
        let length = array.values.len() / array.shape[0];
        let (first, second) = array.values.split_at(length);
        let difference = second.iter().zip(first).map(|(b, a)| b - a);
        let difference: Vec<f32> = difference.collect();
        let mut shape = array.shape.clone();
        shape[0] = factors.len();
        Weight {
            name: array.name.clone(),
            shape,
            values: (factors.iter())
                .flat_map(|c| difference.iter().map(move |d| c * d))
                .collect(),
        }
    };
    weights.iter().map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::tests::{dataset, pin};
    use crate::measure::network_outputs;
    use crate::network::Zoo;
    use crate::training::{Stopping, Target};

    fn array(name: &str, shape: &[usize], values: &[f32]) -> Weight {
        Weight {
            name: name.to_owned(),
            shape: shape.to_vec(),
            values: values.to_vec(),
        }
    }

    #[test]
    fn one_output_is_the_difference_of_two_logits() {
        let weights = [
            array("0.0.weight", &[2, 1], &[1.0, -2.0]),
            array("0.0.bias", &[2], &[0.5, 3.0]),
            array("1.weight", &[3, 2], &[1.0, 2.0, 4.0, -3.0, 9.0, 9.0]),
            array("1.bias", &[3], &[0.25, 1.0, 7.0]),
        ];
        let scalar = with_outputs(&weights, &[1.0]);
        assert_eq!(scalar[0], weights[0]);
        assert_eq!(scalar[2], array("1.weight", &[1, 2], &[3.0, -5.0]));
        assert_eq!(scalar[3], array("1.bias", &[1], &[0.75]));
        let pair = with_outputs(&weights, &[-0.5, 0.5]);
        assert_eq!(pair[2], array("1.weight", &[2, 2], &[-1.5, 2.5, 1.5, -2.5]));
        let x = Split::new(vec![1.0], vec![0], 1).expect("an image");
        let logits = |weights: &[Weight]| {
            let subject = Subject::new(layers(weights).expect("layers"), None);
            let outputs = network_outputs(&subject.expect("a network"), &x);
            outputs.expect("outputs").logits
        };
        let all = logits(&weights);
        assert_eq!(logits(&scalar), [all[1] - all[0]]);
    }

    /// One that is trained again, and one that has a margin and so bounds.
    #[test]
    fn pins() {
        for (name, labels, epochs) in [
            ("rademacher-network-restarted", Labels::Noise(20), 4),
            ("rademacher-network-fitted", Labels::True, 15),
        ] {
            let spec = tiny(labels, epochs);
            pin(name, &spec);
        }
    }

    /// A network of images learns signs too; what is measured of dense layers it does not have.
    #[test]
    fn a_convolutional_network_has_a_correlation_and_no_norms() {
        let spec = SignNetwork {
            architecture: Zoo::AllConv.into(),
            train: 10,
            ..tiny(Labels::Signs, 20)
        };
        pin("rademacher-network-of-images", &spec);
        let fitted = train(&spec, dataset()).expect("trained");
        let wrong = fitted.margins.iter().filter(|&&m| m <= 0.0).count();
        assert!(fitted.correlation >= 1.0 - 0.2 * wrong as f64);
        assert_eq!(fitted.margins.len(), 10);
        assert!(fitted.norms.is_empty() && fitted.path_norm.is_none());
    }

    fn tiny(labels: Labels, max_epochs: usize) -> SignNetwork {
        let stopping = Stopping {
            target: Target::Epochs,
            max_epochs,
        };
        SignNetwork {
            checksum: dataset().checksum().to_owned(),
            architecture: Zoo::Mlp1x16.into(),
            train: 20,
            test: 30,
            labels,
            trial: Trial { seed: 1, number: 1 },
            recipe: Recipe {
                stopping,
                ..Recipe::default()
            },
            restarts: 1,
            preprocessing: Preprocessing::PerImageStandardization,
            norms: ids(&NORMS),
            bounds: ids(&BOUNDS),
        }
    }
}
