//! Guessing weights until they fit, against SGD (Chiang et al. 2023).

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal, Uniform};
use rayon::prelude::*;

use super::{Basis, Card, Check, Expected, Found, World, WorldError};
use crate::random::stream;
use crate::report::figure::{Axis, Densities, Sample};
use crate::report::{Figure, FigureText};
use crate::statistics::{Estimate, mean, paired_difference};

/// A network small enough that random weights fit its training set now and then.
///
/// ```text
/// f(x) = aᵀ max(Wx, 0),   normalized margin = min_i y_i f(x_i) / (‖W‖_F ‖a‖ max_i ‖x_i‖)
/// ```
///
/// Guess and check draws all weights uniformly in [−1, 1] until the training error is
/// zero and the normalized margin lies in a window. For each such guess SGD is stopped
/// at the first step at which its normalized margin is as large. If both generalize
/// alike, then the volume of weights explains it and the optimizer is not needed to.
///
/// For labels drawn at random the probability that a guess fits is 2⁻ⁿ on average,
/// whatever the network: it realizes exactly one of the 2ⁿ labelings (derived here).
///
/// # Reference
/// Chiang et al. 2023, "Loss landscapes are all you need: neural network generalization
/// can be explained without the implicit bias of gradient descent", ICLR 2023.
pub struct GuessAndCheck;

const INPUTS: usize = 20;
const HIDDEN: usize = 16;
const EXAMPLES: usize = 12;
/// Distance of the class means from the origin, in standard deviations.
const SEPARATION: f64 = 1.5;
/// Training sets: the units of the comparison.
const SETS: usize = 16;
/// Networks of either kind per training set.
const NETWORKS: usize = 12;
/// The window of normalized margins of guesses: among those that fit, its lower end is
/// the upper third.
const WINDOW: (f64, f64) = (0.004, 0.006);
const TEST: usize = 1000;
/// Guesses after which a training set is given up.
const GUESSES: usize = 4_000_000;
const LEARNING_RATE: f64 = 0.01;
const BATCH: usize = 2;
const STEPS: usize = 100_000;

/// Inputs times their labels ±1, row by row, and the labels: two Gaussians with means
/// ±[`SEPARATION`] along one axis.
struct Examples {
    x: Vec<[f64; INPUTS]>,
    y: Vec<f64>,
}

impl Examples {
    /// Half of each class.
    fn draw(rng: &mut ChaCha8Rng, count: usize) -> Self {
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
    fn radius(&self) -> f64 {
        let squares = self.x.iter().map(|x| x.iter().map(|v| v * v).sum::<f64>());
        squares.fold(0.0, f64::max).sqrt()
    }
}

/// a and W, row by row.
#[derive(Clone)]
struct Network {
    w: [[f64; INPUTS]; HIDDEN],
    a: [f64; HIDDEN],
}

impl Network {
    /// All weights uniform in [−first, first] and [−second, second].
    fn draw(rng: &mut ChaCha8Rng, first: &Uniform<f64>, second: &Uniform<f64>) -> Self {
        Self {
            w: std::array::from_fn(|_| std::array::from_fn(|_| first.sample(rng))),
            a: std::array::from_fn(|_| second.sample(rng)),
        }
    }

    fn hidden(&self, x: &[f64; INPUTS]) -> [f64; HIDDEN] {
        std::array::from_fn(|j| {
            let z: f64 = self.w[j].iter().zip(x).map(|(w, x)| w * x).sum();
            z.max(0.0)
        })
    }

    fn output(&self, x: &[f64; INPUTS]) -> f64 {
        self.a.iter().zip(self.hidden(x)).map(|(a, h)| a * h).sum()
    }

    /// The least y f(x), unless it is negative: then none, and as early as possible.
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
        let square = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>();
        (self.w.iter().map(|row| square(row)).sum::<f64>() * square(&self.a)).sqrt()
    }

    fn normalized_margin(&self, examples: &Examples, radius: f64) -> Option<f64> {
        Some(self.margin(examples)? / (self.size() * radius))
    }

    fn accuracy(&self, examples: &Examples) -> f64 {
        let pairs = examples.x.iter().zip(&examples.y);
        let right = pairs.filter(|(x, y)| self.output(x) * **y > 0.0).count();
        right as f64 / examples.y.len() as f64
    }

    /// A step on the mean logistic loss of some examples.
    fn step(&mut self, examples: &Examples, batch: &[usize], rate: f64) {
        let (mut dw, mut da) = ([[0.0; INPUTS]; HIDDEN], [0.0; HIDDEN]);
        for &i in batch {
            let (x, y) = (&examples.x[i], examples.y[i]);
            let hidden = self.hidden(x);
            let output: f64 = self.a.iter().zip(&hidden).map(|(a, h)| a * h).sum();
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

/// What one training set says.
struct Compared {
    guesses: u64,
    fitted: u64,
    /// Normalized margin and test accuracy of each network.
    guessed: Vec<[f64; 2]>,
    trained: Vec<[f64; 2]>,
}

/// Uniform in [−limit, limit].
fn uniform(limit: f64) -> Result<Uniform<f64>, WorldError> {
    let none = |_| WorldError::Guesses {
        accepted: 0,
        guesses: 0,
    };
    Uniform::new_inclusive(-limit, limit).map_err(none)
}

fn compare(seed: u64, set: usize, test: &Examples) -> Result<Compared, WorldError> {
    let stream = |what: &str| stream(seed, &format!("guess and check, {what} {set}"));
    let examples = Examples::draw(&mut stream("training set"), EXAMPLES);
    let radius = examples.radius();
    let unit = uniform(1.0)?;
    let mut rng = stream("guesses");
    let mut compared = Compared {
        guesses: 0,
        fitted: 0,
        guessed: vec![],
        trained: vec![],
    };
    while compared.guessed.len() < NETWORKS && compared.guesses < GUESSES as u64 {
        let network = Network::draw(&mut rng, &unit, &unit);
        compared.guesses += 1;
        if let Some(margin) = network.normalized_margin(&examples, radius) {
            compared.fitted += 1;
            if (WINDOW.0..=WINDOW.1).contains(&margin) {
                compared.guessed.push([margin, network.accuracy(test)]);
            }
        }
    }
    if compared.guessed.len() < NETWORKS {
        return Err(WorldError::Guesses {
            accepted: compared.guessed.len(),
            guesses: GUESSES,
        });
    }
    let mut rng = stream("SGD");
    for &[target, _] in &compared.guessed {
        let (network, margin) = train(&examples, radius, target, &mut rng)?;
        compared.trained.push([margin, network.accuracy(test)]);
    }
    Ok(compared)
}

/// SGD from the usual small uniform weights until the normalized margin is at least
/// `target`; and that margin.
fn train(
    examples: &Examples,
    radius: f64,
    target: f64,
    rng: &mut ChaCha8Rng,
) -> Result<(Network, f64), WorldError> {
    let limits = [INPUTS, HIDDEN].map(|inputs| (inputs as f64).sqrt().recip());
    let mut network = Network::draw(rng, &uniform(limits[0])?, &uniform(limits[1])?);
    let mut order: Vec<usize> = (0..EXAMPLES).collect();
    for _ in 0..STEPS.div_ceil(EXAMPLES / BATCH) {
        order.shuffle(rng);
        for batch in order.chunks(BATCH) {
            let margin = network.normalized_margin(examples, radius);
            if let Some(margin) = margin.filter(|margin| *margin >= target) {
                return Ok((network, margin));
            }
            network.step(examples, batch, LEARNING_RATE);
        }
    }
    Err(WorldError::Margin {
        margin: target,
        steps: STEPS,
    })
}

impl World for GuessAndCheck {
    fn card(&self) -> &'static Card {
        &Card {
            id: "guess-and-check",
            title: "Guessed weights against SGD at the same normalized margin",
            asks: "Does SGD generalize better than weights guessed at random that fit as well?",
            setting: "Two Gaussian classes in 20 dimensions, 12 training examples, a ReLU network \
                      20-16-1 without biases. Guesses uniform in [-1, 1] that fit with a normalized \
                      margin from 0.004 to 0.006; for each, SGD with batches of 2 until its normalized \
                      margin is as large. 12 pairs on each of 16 training sets, which are the units \
                      of the intervals.",
            reference: "Chiang et al. 2023, ICLR",
        }
    }

    fn run(&self, seed: u64) -> Result<Found, WorldError> {
        let test = Examples::draw(&mut stream(seed, "guess and check, test set"), TEST);
        let sets = (0..SETS)
            .into_par_iter()
            .map(|set| compare(seed, set, &test));
        let sets = sets.collect::<Result<Vec<_>, _>>()?;
        let averages = |of: fn(&Compared) -> &[[f64; 2]], which: usize| -> Vec<f64> {
            let average = |set: &Compared| {
                let values = of(set).iter().map(|network| network[which]);
                values.sum::<f64>() / of(set).len() as f64
            };
            sets.iter().map(average).collect()
        };
        let guessed = |which| averages(|set| &set.guessed, which);
        let trained = |which| averages(|set| &set.trained, which);
        let percent = |values: Vec<f64>| -> Vec<f64> { values.iter().map(|v| 100.0 * v).collect() };
        let sum = |f: fn(&Compared) -> u64| sets.iter().map(f).sum::<u64>();
        let (guesses, fitted) = (sum(|set| set.guesses), sum(|set| set.fitted));
        let accuracies = [percent(guessed(1)), percent(trained(1))];
        let difference = paired_difference(&accuracies[1], &accuracies[0])?;
        let rates: Vec<f64> = (sets
            .iter()
            .map(|set| set.fitted as f64 / set.guesses as f64))
        .collect();
        let chance = 0.5f64.powi(EXAMPLES as i32);
        let ratio: Vec<f64> = (trained(0).iter().zip(guessed(0)))
            .map(|(t, g)| t / g)
            .collect();
        let check = |quantity: &str, ours, expected, basis| Check {
            quantity: quantity.to_owned(),
            ours,
            expected,
            basis,
        };
        let above_chance = Expected::AtLeast(50.0);
        let (published, derived) = (Basis::Published, Basis::Derived);
        let checks = vec![
            check(
                "guesses that fit / 2^-12",
                scaled(mean(&rates)?, chance.recip()),
                Expected::AtLeast(1.0),
                derived,
            ),
            check(
                "normalized margin, SGD / guesses",
                mean(&ratio)?,
                Expected::Near {
                    value: 1.0,
                    tolerance: 0.05,
                },
                derived,
            ),
            check(
                "test accuracy of guesses (%)",
                mean(&accuracies[0])?,
                above_chance,
                published,
            ),
            check(
                "test accuracy of SGD (%)",
                mean(&accuracies[1])?,
                above_chance,
                published,
            ),
            check(
                "SGD − guesses, accuracy (points)",
                difference,
                Expected::Near {
                    value: 0.0,
                    tolerance: 3.0,
                },
                published,
            ),
        ];
        let sentence = format!(
            "Of {guesses} guesses {fitted} fit the training set (a fraction of {} on average over \
             training sets); at the same normalized margin SGD is {difference} points better on \
             fresh examples than guesses.",
            mean(&rates)?,
        );
        Ok(Found {
            checks,
            figure: figure(&sets)?,
            sentence,
        })
    }
}

fn scaled(estimate: Estimate, factor: f64) -> Estimate {
    let interval = estimate.interval.map(|mut interval| {
        (interval.low, interval.high) = (factor * interval.low, factor * interval.high);
        interval
    });
    Estimate {
        value: factor * estimate.value,
        interval,
        ..estimate
    }
}

fn figure(sets: &[Compared]) -> Result<Figure, WorldError> {
    let sample = |label: &str, of: fn(&Compared) -> &[[f64; 2]]| Sample {
        label: label.to_owned(),
        values: sets
            .iter()
            .flat_map(of)
            .map(|network| 100.0 * network[1])
            .collect(),
    };
    let densities = Densities {
        axis: Axis::linear("test accuracy (%)"),
        samples: vec![
            sample("guess and check", |set| &set.guessed),
            sample("SGD", |set| &set.trained),
        ],
    };
    Ok(densities.draw(FigureText::new(
        "guess-and-check",
        "Test accuracy at the same normalized margin",
        "Networks 20-16-1 that fit 12 examples with the same normalized margins: found by \
         guessing all weights at random, and by SGD stopped at the same margin; 12 of each on each of 16 \
         training sets.",
        "Two densities of test accuracies, one of guessed networks and one of trained ones.",
    ))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn() -> (Network, Examples) {
        let mut rng = stream(5, "test");
        let unit = uniform(1.0).unwrap();
        let examples = Examples::draw(&mut rng, 4);
        (Network::draw(&mut rng, &unit, &unit), examples)
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
        let unit = uniform(1.0).unwrap();
        let guesses: Vec<_> = (0..50)
            .map(|_| Network::draw(&mut rng, &unit, &unit))
            .collect();
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
