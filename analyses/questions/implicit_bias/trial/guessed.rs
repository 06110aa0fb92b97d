//! How often guesses fit, beside the trial: reachability without any optimizer.

use rethink::dataset::Preprocessing;
use rethink::experiment;
use rethink::report::{Cell, Evidence, Table};
use rethink::statistics::{Estimate, geometric_mean, mean};
use rethink::trial::guessing::{Accepted, Guessed, Guessing, slope};

use crate::cli::Budget;
use crate::session::Session;

/// The classes told apart: the first two.
const CLASSES: [u32; 2] = [0, 1];

/// Probabilities that a label is a fair coin.
const CORRUPTED: [f64; 4] = [0.0, 0.25, 0.5, 1.0];

/// Guesses on several training sets.
pub struct Guesses {
    images: usize,
    guessing: Guessing,
    sets: Vec<Vec<Guessed>>,
}

/// Guesses, or reads what is on record.
pub fn measure(session: &Session) -> anyhow::Result<Guesses> {
    let (images, guesses, sets) = match session.options.budget {
        Budget::Smoke => (6, 20_000, 3),
        Budget::Quick => (8, 200_000, 8),
        Budget::Paper => (12, 20_000_000, 16),
    };
    session.say("implicit-bias: guesses that fit");
    let seeds: Vec<u64> = (0..sets).map(|set| session.options.seed + set).collect();
    let guessing = Guessing {
        hidden: 16,
        guesses,
        measured: 20,
    };
    let sets = session.of_seeds(&seeds, |seed| experiment::Guesses {
        checksum: session.dataset.checksum().to_owned(),
        images,
        test: 1000.min(session.dataset.test().len()),
        classes: CLASSES,
        preprocessing: Preprocessing::PerImageStandardization,
        corrupted: CORRUPTED.to_vec(),
        guessing,
        seed,
    })?;
    Ok(Guesses {
        images,
        guessing,
        sets,
    })
}

impl Guesses {
    fn slope(&self) -> Option<(Estimate, usize)> {
        slope(&self.sets).ok()
    }

    pub fn evidence(&self) -> Option<Evidence> {
        let (slope, _) = self.slope()?;
        let label = "guesses: ln of the probability of a fit per ln of the norm";
        Some(Evidence::estimate(label, &slope, ""))
    }

    pub fn statement(&self) -> String {
        self.slope().map_or_else(
            || "Guesses: too few labelings are fitted for a slope.".to_owned(),
            |(slope, _)| {
                format!(
                    "Guesses: over labelings of the same {} images, the probability that random \
                     weights fit scales with the norm of those that do, with exponent {slope}.",
                    self.images
                )
            },
        )
    }

    pub fn table(&self) -> Table {
        let title = format!(
            "Random weights that fit {} images of two classes",
            self.images
        );
        let rows = CORRUPTED.into_iter().enumerate();
        let labelings = |index: usize| self.sets.iter().map(move |set| &set[index]);
        let fitted = |index| labelings(index).filter(|guessed| !guessed.networks.is_empty());
        let each = |index, of: fn(&Guessed) -> f64| fitted(index).map(of).collect::<Vec<f64>>();
        let left_out = self.slope().map_or(0, |(_, left_out)| left_out);
        Table::of("guesses", title, rows)
            .number("P(coin)", |&(_, coin)| Cell::number(coin, coin.to_string()))
            .number("labels wrong", |&(index, _)| {
                let wrong = labelings(index).map(|guessed| guessed.differing as f64);
                mean(&wrong.collect::<Vec<f64>>()).ok()
            })
            .number("P(fit)", |&(index, _)| {
                geometric_mean(&each(index, |guessed| guessed.probability.value)).ok()
            })
            .number("norm φ", |&(index, _)| {
                let norm = |guessed: &Guessed| mean_of(guessed, |one| one.norm.ln()).exp();
                geometric_mean(&each(index, norm)).ok()
            })
            .number("test error", |&(index, _)| {
                let error = |guessed: &Guessed| 100.0 * mean_of(guessed, |one| one.test_error);
                mean(&each(index, error)).ok()
            })
            .unit("%")
            .text("sets fitted", |&(index, _)| {
                format!("{} of {}", fitted(index).count(), self.sets.len())
            })
            .note(format!(
                "{} guesses per set, networks of {} hidden units without biases. With probability \
                 P(coin) a label is a fair coin. Norm: l2 path norm over the smallest margin, of \
                 the first {} guesses that fit. Over the sets that any guess fits, with 95 % \
                 interval: geometric mean (probabilities, norms) or mean (errors). The slope \
                 leaves out {left_out} labelings that fewer than 10 guesses fit.",
                self.guessing.guesses, self.guessing.hidden, self.guessing.measured
            ))
    }
}

fn mean_of(guessed: &Guessed, of: fn(&Accepted) -> f64) -> f64 {
    guessed.networks.iter().map(of).sum::<f64>() / guessed.networks.len() as f64
}
