//! Guessing weights until they fit, against SGD (Chiang et al. 2023).

mod network;

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use network::{Examples, HIDDEN, INPUTS, Network};

use super::{Basis, Card, Check, Expected, Outcome, Toy, ToyError};
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
/// Guess and check draws all weights uniformly in [−1, 1) until the training error is
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

const EXAMPLES: usize = 12;
/// Training sets: the units of the comparison.
const SETS: usize = 16;
/// Networks of either kind per training set.
const NETWORKS: usize = 8;
/// The window of normalized margins of guesses: about 70 % of those that fit have a
/// smaller one than its lower end.
const WINDOW: (f64, f64) = (0.004, 0.006);
const TEST: usize = 1000;
/// Guesses after which a training set is given up.
const GUESSES: usize = 4_000_000;
const LEARNING_RATE: f64 = 0.002;
const BATCH: usize = 2;
/// Steps after which SGD is given up.
const STEPS: usize = 50_000;

/// What one training set says.
struct Compared {
    guesses: u64,
    fitted: u64,
    /// Normalized margin and test accuracy of each network, in pairs.
    guessed: Vec<[f64; 2]>,
    trained: Vec<[f64; 2]>,
    /// Guesses whose margin SGD did not reach; they are in no pair.
    unreached: usize,
}

fn compare(seed: u64, set: usize, test: &Examples) -> Result<Compared, ToyError> {
    let stream = |what: &str| stream(seed, &format!("guess and check, {what} {set}"));
    let examples = Examples::draw(&mut stream("training set"), EXAMPLES);
    let radius = examples.radius();
    let mut rng = stream("guesses");
    let mut compared = Compared {
        guesses: 0,
        fitted: 0,
        guessed: vec![],
        trained: vec![],
        unreached: 0,
    };
    while compared.guessed.len() < NETWORKS && compared.guesses < GUESSES as u64 {
        let network = Network::draw(&mut rng, 1.0, 1.0);
        compared.guesses += 1;
        if let Some(margin) = network.normalized_margin(&examples, radius) {
            compared.fitted += 1;
            if (WINDOW.0..=WINDOW.1).contains(&margin) {
                compared.guessed.push([margin, network.accuracy(test)]);
            }
        }
    }
    if compared.guessed.len() < NETWORKS {
        return Err(ToyError::Guesses {
            accepted: compared.guessed.len(),
            guesses: GUESSES,
        });
    }
    let mut rng = stream("SGD");
    for guess in std::mem::take(&mut compared.guessed) {
        match train(&examples, radius, guess[0], &mut rng) {
            Some((network, margin)) => {
                compared.guessed.push(guess);
                compared.trained.push([margin, network.accuracy(test)]);
            }
            None => compared.unreached += 1,
        }
    }
    Ok(compared)
}

/// SGD from the usual small uniform weights until the normalized margin is at least
/// `target`; and that margin. None if it is not within [`STEPS`].
fn train(
    examples: &Examples,
    radius: f64,
    target: f64,
    rng: &mut ChaCha8Rng,
) -> Option<(Network, f64)> {
    let limits = [INPUTS, HIDDEN].map(|inputs| (inputs as f64).sqrt().recip());
    let mut network = Network::draw(rng, limits[0], limits[1]);
    let mut order: Vec<usize> = (0..EXAMPLES).collect();
    for _ in 0..STEPS.div_ceil(EXAMPLES / BATCH) {
        order.shuffle(rng);
        for batch in order.chunks(BATCH) {
            let margin = network.normalized_margin(examples, radius);
            if let Some(margin) = margin.filter(|margin| *margin >= target) {
                return Some((network, margin));
            }
            network.step(examples, batch, LEARNING_RATE);
        }
    }
    None
}

impl Toy for GuessAndCheck {
    fn card(&self) -> &'static Card {
        &Card {
            id: "guess-and-check",
            title: "Guessed weights against SGD at the same normalized margin",
            asks: "Does SGD generalize better than weights guessed at random that fit as well?",
            setting: "Two Gaussian classes in 20 dimensions, 12 training examples, a ReLU network \
                      20-16-1 without biases. Guesses uniform in [-1, 1] that fit with a normalized \
                      margin from 0.004 to 0.006; for each, SGD with batches of 2 until its normalized \
                      margin is as large. 8 pairs on each of 16 training sets, which are the units \
                      of the intervals.",
            reference: "Chiang et al. 2023, ICLR",
        }
    }

    fn run(&self, seed: u64) -> Result<Outcome, ToyError> {
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
            let paired = sets.iter().filter(|set| !set.trained.is_empty());
            paired.map(average).collect()
        };
        let guessed = |which| averages(|set| &set.guessed, which);
        let trained = |which| averages(|set| &set.trained, which);
        let percent = |values: Vec<f64>| -> Vec<f64> { values.iter().map(|v| 100.0 * v).collect() };
        let sum = |f: fn(&Compared) -> u64| sets.iter().map(f).sum::<u64>();
        let (guesses, fitted) = (sum(|set| set.guesses), sum(|set| set.fitted));
        let unreached: usize = sets.iter().map(|set| set.unreached).sum();
        let accuracies = [percent(guessed(1)), percent(trained(1))];
        let difference = paired_difference(&accuracies[1], &accuracies[0])?;
        // Guessing ends with one that fits: without the last the estimate has no bias.
        let rate = |set: &Compared| (set.fitted - 1) as f64 / (set.guesses - 1) as f64;
        let rates: Vec<f64> = sets.iter().map(rate).collect();
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
             fresh examples than guesses. SGD did not reach the margin of {unreached} of {} guesses, \
             which are not compared.",
            mean(&rates)?,
            SETS * NETWORKS,
        );
        Ok(Outcome {
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

fn figure(sets: &[Compared]) -> Result<Figure, ToyError> {
    let sample = |label: &str, of: fn(&Compared) -> &[[f64; 2]]| Sample {
        label: label.to_owned(),
        values: sets
            .iter()
            .flat_map(of)
            .map(|network| 100.0 * network[1])
            .collect(),
    };
    let densities = Densities {
        axis: Axis::linear("test accuracy (%)").range(35.0, 100.0),
        samples: vec![
            sample("guess and check", |set| &set.guessed),
            sample("SGD", |set| &set.trained),
        ],
    };
    Ok(densities.draw(FigureText::new(
        "guess-and-check",
        "Test accuracy at the same normalized margin",
        "Networks 20-16-1 that fit 12 examples with the same normalized margins: found by \
         guessing all weights at random, and by SGD stopped at the same margin; 8 of each on each of 16 \
         training sets.",
        "Two densities of test accuracies, one of guessed networks and one of trained ones.",
    ))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_have_the_same_margin_and_what_has_none_is_counted() {
        let test = Examples::draw(&mut stream(1, "test"), 100);
        let set = compare(1, 0, &test).unwrap();
        assert_eq!(set.guessed.len(), set.trained.len());
        assert_eq!(set.trained.len() + set.unreached, NETWORKS);
        assert!(set.fitted >= NETWORKS as u64 && set.guesses > set.fitted);
        for (guess, trained) in set.guessed.iter().zip(&set.trained) {
            assert!((WINDOW.0..=WINDOW.1).contains(&guess[0]));
            assert!((1.0..1.2).contains(&(trained[0] / guess[0])));
        }
    }
}
