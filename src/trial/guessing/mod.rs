//! How often random weights fit a labeling of a few images, and with what norm.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::classification::{Errors, margin_of_sign};
use crate::dataset::Split;
use crate::linalg::{RowSpan, SpanError, dot_wide as dot, vectorized};
use crate::random;
use crate::statistics::{Estimate, StatisticsError, least_squares, mean, proportion};

/// Images that can be guessed: a chance labeling is fitted once in 2ⁿ guesses.
pub const MOST_IMAGES: usize = 16;
/// Fits of a labeling from which on its probability enters the slope: a standard error
/// of its logarithm of at most 0.3.
const ENOUGH: u64 = 10;

/// How guesses are made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guessing {
    /// Hidden units.
    pub hidden: usize,
    /// Networks drawn; none is drawn until something happens, so the share that fits is
    /// a proportion.
    pub guesses: u64,
    /// Of the networks that fit a labeling the first so many are measured.
    pub measured: usize,
}

/// What guessing said of one labeling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guessed {
    /// Probability with which a label was replaced by a fair coin.
    pub corrupted: f64,
    /// Labels that differ from the true ones.
    pub differing: usize,
    /// Guesses that fit all labels.
    pub accepted: u64,
    /// Their share, with Wilson's interval.
    pub probability: Estimate,
    /// The first of them, measured.
    pub networks: Vec<Accepted>,
}

/// A guess that fits all labels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    /// min_i y_i f(x_i) / (‖W‖_F ‖a‖ max_i ‖x_i‖).
    pub margin: f64,
    /// l2 path norm over the smallest margin: √(Σ_j a_j² ‖w_j‖²) / min_i y_i f(x_i).
    pub norm: f64,
    /// Fraction of the test images misclassified by the true labels.
    pub test_error: f64,
}

/// Why nothing can be guessed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GuessingError {
    /// Images that are too many to be fitted by chance, or too few.
    #[error("{images} images cannot be fitted by guessing; give from 2 to {MOST_IMAGES}")]
    Images {
        /// Images given.
        images: usize,
    },
    /// A label other than 0 and 1.
    #[error("label {label} is neither 0 nor 1; give images of two classes, as `two_classes` does")]
    Label {
        /// The label.
        label: u32,
    },
    /// A class that no image has.
    #[error("no image has label {class}; give classes of the data")]
    EmptyClass {
        /// The class.
        class: u32,
    },
    /// Images that are not independent.
    #[error(transparent)]
    Dependent(#[from] SpanError),
    /// No guesses, or too few points for a slope.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
}

/// The images of two classes, as labels 0 and 1.
///
/// # Errors
/// A class without images.
pub fn two_classes(split: &Split, classes: [u32; 2]) -> Result<Split, GuessingError> {
    let mut chosen = Vec::new();
    let mut labels = Vec::new();
    for (i, label) in split.labels().iter().enumerate() {
        if let Some(class) = classes.iter().position(|class| class == label) {
            chosen.push(i);
            labels.push(class as u32);
        }
    }
    if let Some(missing) = (0..2).find(|class| !labels.contains(class)) {
        let class = classes[missing as usize];
        return Err(GuessingError::EmptyClass { class });
    }
    let pixels = split.gather(&chosen).pixels().to_vec();
    Ok(Split::from_checked(pixels, labels, split.features()))
}

/// Draws networks of one hidden layer without biases and counts, for each labeling of
/// the images, those that fit all of it.
///
/// ```text
/// f(x) = Σ_j a_j max(⟨w_j, x⟩, 0),   all weights He: N(0, 2 / fan-in)
/// ```
///
/// The sign of f is the label, 1 above 0. The difference of two outputs of a network
/// of the zoo is such a network up to scale, on which neither fit nor norm depends.
///
/// A labeling is the labels of `train` with each one replaced by a fair coin with the
/// probability of its entry in `corrupted`. All labelings are asked of the same
/// guesses: a guess has one pattern of signs, so the probabilities of all 2ⁿ labelings
/// sum to 1 (ties aside) and a labeling of fair coins is fitted with probability 2⁻ⁿ
/// on average, whatever the network.
///
/// What a guess does to the images depends on the part of each w_j in their span alone,
/// n numbers, which are drawn; the rest of w_j, independent of it and orthogonal to all
/// images, is drawn only if the guess fits (derived here). So a guess costs as much as
/// one of n inputs.
///
/// # Errors
/// Images that are too many or not independent, labels other than 0 and 1, no guesses.
///
/// # Reference
/// Chiang et al. 2023, "Loss landscapes are all you need", ICLR 2023 (guess and check).
pub fn guess(
    train: &Split,
    test: &Split,
    corrupted: &[f64],
    guessing: Guessing,
    seed: u64,
) -> Result<Vec<Guessed>, GuessingError> {
    let n = train.len();
    if !(2..=MOST_IMAGES).contains(&n) {
        return Err(GuessingError::Images { images: n });
    }
    let mut labels = train.labels().iter().chain(test.labels());
    if let Some(&label) = labels.find(|&&label| label > 1) {
        return Err(GuessingError::Label { label });
    }
    let problem = Problem::new(train)?;
    let truth = pattern(train.labels().iter().map(|&label| label == 1));
    let labelings: Vec<u32> = (corrupted.iter().enumerate())
        .map(|(index, &probability)| {
            let mut rng = random::stream(seed, &format!("guessing: labeling {index}"));
            pattern((0..n).map(|i| {
                if rng.random::<f64>() < probability {
                    rng.random()
                } else {
                    truth >> i & 1 == 1
                }
            }))
        })
        .collect();
    let mut accepted = vec![0; labelings.len()];
    let mut networks = vec![Vec::new(); labelings.len()];
    let mut rng = random::stream(seed, "guessing: guesses");
    let mut guess = Guess::new(n, guessing.hidden);
    for number in 0..guessing.guesses {
        guess.draw(&problem, &mut rng);
        let Some(signs) = guess.signs() else { continue };
        let mut measured = None;
        for (index, _) in labelings.iter().enumerate().filter(|&(_, &l)| l == signs) {
            accepted[index] += 1;
            if networks[index].len() < guessing.measured {
                let measure = || {
                    let purpose = format!("guessing: rest of guess {number}");
                    guess.measure(&problem, test, &mut random::stream(seed, &purpose))
                };
                networks[index].push(*measured.get_or_insert_with(measure));
            }
        }
    }
    let found = corrupted.iter().zip(labelings).zip(accepted).zip(networks);
    found
        .map(|(((&corrupted, labeling), accepted), networks)| {
            Ok(Guessed {
                corrupted,
                differing: (labeling ^ truth).count_ones() as usize,
                accepted,
                probability: proportion(accepted, guessing.guesses)?,
                networks,
            })
        })
        .collect()
}

/// The slope of the logarithm of the probability on the mean logarithm of the norm over
/// labelings: a least-squares line within each training set, then the mean of the
/// slopes with its t interval over the sets.
///
/// Labelings that fewer than 10 guesses fit are left out; that leaves out the hardest,
/// so a negative slope is, if anything, too flat. Sets with fewer than three labelings
/// left have no slope. The second number is that of labelings left out.
///
/// # Errors
/// No set with a slope.
pub fn slope(sets: &[Vec<Guessed>]) -> Result<(Estimate, usize), StatisticsError> {
    let mut slopes = Vec::new();
    let mut left_out = 0;
    for set in sets {
        let (mut norms, mut probabilities) = (vec![], vec![]);
        for labeling in set {
            if labeling.accepted < ENOUGH || labeling.networks.is_empty() {
                left_out += 1;
                continue;
            }
            let logarithms = labeling.networks.iter().map(|network| network.norm.ln());
            let norm = logarithms.sum::<f64>() / labeling.networks.len() as f64;
            // The same labeling drawn twice is one point.
            if !norms.contains(&norm) {
                norms.push(norm);
                probabilities.push(labeling.probability.value.ln());
            }
        }
        if norms.len() >= 3 {
            let ones = vec![1.0; norms.len()];
            slopes.push(least_squares(&[ones, norms], &probabilities)?.coefficients[1].value);
        }
    }
    Ok((mean(&slopes)?, left_out))
}

/// Bit i is the label of image i.
fn pattern(labels: impl Iterator<Item = bool>) -> u32 {
    let bits = labels.enumerate();
    bits.map(|(i, label)| u32::from(label) << i).sum()
}

/// The images in an orthonormal basis of their span.
struct Problem {
    span: RowSpan,
    /// One vector per dimension of the span.
    basis: Vec<Vec<f64>>,
    /// ⟨x_i, q_j⟩, row-major, shape (n, n).
    coordinates: Vec<f64>,
    radius: f64,
}

impl Problem {
    fn new(train: &Split) -> Result<Self, SpanError> {
        let pixels: Vec<f64> = train.pixels().iter().map(|&x| x.into()).collect();
        let span = RowSpan::new(&pixels, train.len(), train.features())?;
        let basis = span.basis();
        let images = || pixels.chunks_exact(train.features());
        let squares = images().map(|x| dot(x, x));
        Ok(Self {
            radius: squares.fold(0.0, f64::max).sqrt(),
            coordinates: (images())
                .flat_map(|x| basis.iter().map(|q| dot(x, q)).collect::<Vec<_>>())
                .collect(),
            span,
            basis,
        })
    }
}

/// A network by what it does to the span.
struct Guess {
    /// w_j in the basis, in units of the deviation √(2/d); shape (hidden, n).
    inside: Vec<f64>,
    /// a, in units of √(2 / hidden).
    output: Vec<f64>,
    /// f(x_i).
    values: Vec<f64>,
}

impl Guess {
    fn new(n: usize, hidden: usize) -> Self {
        Self {
            inside: vec![0.0; hidden * n],
            output: vec![0.0; hidden],
            values: vec![0.0; n],
        }
    }

    fn draw(&mut self, problem: &Problem, rng: &mut impl Rng) {
        let n = self.values.len();
        let numbers = self.inside.iter_mut().chain(&mut self.output);
        numbers.for_each(|number| *number = StandardNormal.sample(rng));
        self.values.fill(0.0);
        for (w, a) in self.inside.chunks_exact(n).zip(&self.output) {
            let images = problem.coordinates.chunks_exact(n);
            for (value, x) in self.values.iter_mut().zip(images) {
                *value += a * dot(w, x).max(0.0);
            }
        }
    }

    /// The labeling it fits; none if an output is 0.
    fn signs(&self) -> Option<u32> {
        let zero = self.values.contains(&0.0);
        (!zero).then(|| pattern(self.values.iter().map(|&f| f > 0.0)))
    }

    /// Draws what the images do not see, and measures the whole network. The units of
    /// the weights cancel.
    fn measure(&self, problem: &Problem, test: &Split, rng: &mut impl Rng) -> Accepted {
        let (n, d) = (self.values.len(), test.features());
        let units: Vec<Vec<f64>> = (self.inside.chunks_exact(n))
            .map(|inside| {
                let whole: Vec<f64> = (0..d).map(|_| StandardNormal.sample(rng)).collect();
                let mut w = problem.span.null_component(&whole);
                for (q, along) in problem.basis.iter().zip(inside) {
                    w.iter_mut().zip(q).for_each(|(w, q)| *w += along * q);
                }
                w
            })
            .collect();
        let mut margins = Vec::with_capacity(test.len());
        vectorized(
            #[inline(always)]
            || {
                for (i, &label) in test.labels().iter().enumerate() {
                    let x: Vec<f64> = test.image(i).iter().map(|&x| f64::from(x)).collect();
                    let outputs = units.iter().zip(&self.output);
                    let f: f64 = outputs.map(|(w, a)| a * dot(w, &x).max(0.0)).sum();
                    margins.push(margin_of_sign(f, label == 1));
                }
            },
        );
        let least = self
            .values
            .iter()
            .fold(f64::INFINITY, |m, f| m.min(f.abs()));
        let squares: Vec<f64> = units.iter().map(|w| dot(w, w)).collect();
        let paths = squares.iter().zip(&self.output).map(|(w, a)| w * a * a);
        let size = (squares.iter().sum::<f64>() * dot(&self.output, &self.output)).sqrt();
        Accepted {
            margin: least / (size * problem.radius),
            norm: paths.sum::<f64>().sqrt() / least,
            test_error: margins.into_iter().collect::<Errors>().fraction(),
        }
    }
}

#[cfg(test)]
mod tests;
