//! What is done to the training data: Zhang et al. label and input randomizations.
//!
//! # Reference
//!
//! Zhang, Bengio, Hardt, Recht, Vinyals 2017, *Understanding deep learning requires
//! rethinking generalization*, arXiv 1611.03530, section 2.1.

use std::fmt;
use std::str::FromStr;

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::dataset::{ImageShape, MOST_CLASSES, Split, permutation};
use crate::random::stream;

/// An experimental condition: what is done to the data before training.
///
/// Written as `true-labels`, `corrupted-labels:0.3`, `random-labels`,
/// `shuffled-pixels`, `random-pixels`, `gaussian-pixels`.
///
/// ```
/// use rethink::treatment::Treatment;
/// let treatment: Treatment = "corrupted-labels:0.3".parse()?;
/// assert_eq!(treatment, Treatment::CorruptedLabels { probability: 0.3 });
/// assert_eq!(treatment.to_string(), "corrupted-labels:0.3");
/// # Ok::<(), rethink::treatment::TreatmentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Treatment {
    /// The data as they are.
    TrueLabels,
    /// Each training label is, independently with the given probability, replaced
    /// by a class drawn uniformly (which may be the true one).
    CorruptedLabels {
        /// Probability of replacement, in [0, 1].
        probability: f64,
    },
    /// Every training label is replaced by a class drawn uniformly.
    RandomLabels,
    /// One random permutation of the pixel positions, the same for all training and
    /// test images. The channels of a pixel move together.
    ShuffledPixels,
    /// A random permutation of the pixel positions for each training image,
    /// independent of the others. The channels of a pixel move together.
    RandomPixels,
    /// Every pixel of the training images is drawn from one Gaussian, with the mean
    /// and variance of all pixels (and channels) of the training images given.
    /// Labels are kept. Pixels may leave [0, 1].
    GaussianPixels,
}

/// What a treatment did to the training labels, counted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Corruption {
    /// Fraction of training labels replaced by a drawn class.
    pub replaced: f64,
    /// Fraction of training labels that now differ from the true ones. A draw can
    /// hit the true class: (1 - 1 / classes) of `replaced` is expected.
    pub differing: f64,
}

/// Data after a treatment.
#[derive(Debug, Clone, PartialEq)]
pub struct Treated {
    /// What to train on.
    pub train: Split,
    /// What to test on.
    pub test: Split,
    /// What happened to the training labels.
    pub corruption: Corruption,
}

/// Why a treatment could not be read or applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TreatmentError {
    /// No treatment of that name.
    #[error(
        "there is no treatment `{given}`: give true-labels, corrupted-labels:P, random-labels, shuffled-pixels, random-pixels or gaussian-pixels"
    )]
    Unknown {
        /// What was given.
        given: String,
    },
    /// A probability outside [0, 1].
    #[error("corrupted-labels has the probability {value}: give a number from 0 to 1")]
    Probability {
        /// What was given.
        value: String,
    },
    /// Not a usable number of classes.
    #[error("labels cannot be drawn from {classes} classes: give 1 to {MOST_CLASSES}")]
    Classes {
        /// What was given.
        classes: usize,
    },
    /// Images that do not have the shape given.
    #[error(
        "an image has {features} numbers, but the shape is {shape}: give the shape of the images"
    )]
    Shape {
        /// Numbers per image.
        features: usize,
        /// The shape given.
        shape: ImageShape,
    },
}

impl Treatment {
    /// Checks the treatment's parameters.
    ///
    /// # Errors
    ///
    /// When the probability is not in [0, 1].
    pub fn check(&self) -> Result<(), TreatmentError> {
        match *self {
            Self::CorruptedLabels { probability } => check_probability(probability),
            _ => Ok(()),
        }
    }

    /// Applies the treatment to the training images and labels; `shuffled-pixels`
    /// permutes the test images too, every other treatment leaves the test set as
    /// it is.
    ///
    /// What happens to training image i depends only on `seed`, on i and (Gaussian
    /// pixels) on the mean and variance of `train`, not on the number of images. So
    /// nested training sets get nested label corruptions. Each image has one
    /// uniform number u and one replacement label; its label is replaced when u is
    /// below the probability. So a larger probability replaces the labels that a
    /// smaller one does, by the same classes, and more: comparisons across
    /// probabilities have less variance. `random-labels` is probability 1.
    ///
    /// # Errors
    ///
    /// When the probability is not in [0, 1], `classes` is not in 1..=[`MOST_CLASSES`], or the
    /// images do not have `shape`.
    pub fn apply(
        &self,
        train: &Split,
        test: &Split,
        classes: usize,
        shape: ImageShape,
        seed: u64,
    ) -> Result<Treated, TreatmentError> {
        for split in [train, test] {
            if split.features() != shape.features() {
                return Err(TreatmentError::Shape {
                    features: split.features(),
                    shape,
                });
            }
        }
        let mut treated = Treated {
            train: train.clone(),
            test: test.clone(),
            corruption: Corruption {
                replaced: 0.0,
                differing: 0.0,
            },
        };
        match *self {
            Self::TrueLabels => {}
            Self::CorruptedLabels { probability } => {
                treated.corruption = corrupt(&mut treated.train, probability, classes, seed)?;
            }
            Self::RandomLabels => {
                treated.corruption = corrupt(&mut treated.train, 1.0, classes, seed)?;
            }
            Self::ShuffledPixels => {
                let order = permutation(
                    shape.height * shape.width,
                    seed,
                    "treatment: pixel order of all images",
                );
                treated
                    .train
                    .for_each_image(|_, image| permute(image, &order));
                treated
                    .test
                    .for_each_image(|_, image| permute(image, &order));
            }
            Self::RandomPixels => treated.train.for_each_image(|i, image| {
                let purpose = format!("treatment: pixel order of image {i}");
                permute(
                    image,
                    &permutation(shape.height * shape.width, seed, &purpose),
                );
            }),
            Self::GaussianPixels => {
                let (mean, deviation) = moments(train.pixels());
                treated.train.for_each_image(|i, image| {
                    let mut random =
                        stream(seed, &format!("treatment: Gaussian pixels of image {i}"));
                    image.fill_with(|| {
                        let z: f64 = StandardNormal.sample(&mut random);
                        (mean + deviation * z) as f32
                    });
                });
            }
        }
        Ok(treated)
    }
}

fn corrupt(
    train: &mut Split,
    probability: f64,
    classes: usize,
    seed: u64,
) -> Result<Corruption, TreatmentError> {
    check_probability(probability)?;
    if !(1..=MOST_CLASSES).contains(&classes) {
        return Err(TreatmentError::Classes { classes });
    }
    let mut uniform = stream(seed, "treatment: which labels are replaced");
    let mut replacement = stream(seed, "treatment: replacement labels");
    let (mut replaced, mut differing) = (0_usize, 0_usize);
    for label in train.labels_mut() {
        // Both draws are made for every image, so that those of image i are the i-th.
        let u: f64 = uniform.random();
        let drawn = random_class(&mut replacement, classes);
        if u < probability {
            replaced += 1;
            differing += usize::from(*label != drawn);
            *label = drawn;
        }
    }
    let n = train.len() as f64;
    Ok(Corruption {
        replaced: replaced as f64 / n,
        differing: differing as f64 / n,
    })
}

fn check_probability(probability: f64) -> Result<(), TreatmentError> {
    if (0.0..=1.0).contains(&probability) {
        Ok(())
    } else {
        Err(TreatmentError::Probability {
            value: probability.to_string(),
        })
    }
}

fn random_class(random: &mut impl Rng, classes: usize) -> u32 {
    random.random_range(0..classes) as u32
}

/// Moves pixel `order[j]` of each channel to position j.
fn permute(image: &mut [f32], order: &[usize]) {
    let original = image.to_vec();
    for (channel, source) in image
        .chunks_exact_mut(order.len())
        .zip(original.chunks_exact(order.len()))
    {
        for (pixel, &from) in channel.iter_mut().zip(order) {
            *pixel = source[from];
        }
    }
}

/// Mean and population standard deviation of the pixels.
fn moments(pixels: &[f32]) -> (f64, f64) {
    let n = pixels.len() as f64;
    let mean = pixels.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
    let variance = pixels
        .iter()
        .map(|&x| (f64::from(x) - mean).powi(2))
        .sum::<f64>()
        / n;
    (mean, variance.sqrt())
}

impl fmt::Display for Treatment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TrueLabels => "true-labels",
            Self::CorruptedLabels { probability } => {
                return write!(f, "corrupted-labels:{probability}");
            }
            Self::RandomLabels => "random-labels",
            Self::ShuffledPixels => "shuffled-pixels",
            Self::RandomPixels => "random-pixels",
            Self::GaussianPixels => "gaussian-pixels",
        })
    }
}

impl Treatment {
    /// In words: `random labels`.
    ///
    /// ```
    /// use rethink::treatment::Treatment;
    /// assert_eq!(Treatment::RandomLabels.words(), "random labels");
    /// let noisy = Treatment::CorruptedLabels { probability: 0.3 };
    /// assert_eq!(noisy.words(), "corrupted labels (p = 0.3)");
    /// ```
    pub fn words(&self) -> String {
        match self {
            Self::CorruptedLabels { probability } => {
                format!("corrupted labels (p = {probability})")
            }
            other => other.to_string().replace('-', " "),
        }
    }
}

impl FromStr for Treatment {
    type Err = TreatmentError;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        if let Some(value) = given.strip_prefix("corrupted-labels:") {
            let probability = value.parse().map_err(|_| TreatmentError::Probability {
                value: format!("`{value}`"),
            })?;
            check_probability(probability)?;
            return Ok(Self::CorruptedLabels { probability });
        }
        Ok(match given {
            "true-labels" => Self::TrueLabels,
            "random-labels" => Self::RandomLabels,
            "shuffled-pixels" => Self::ShuffledPixels,
            "random-pixels" => Self::RandomPixels,
            "gaussian-pixels" => Self::GaussianPixels,
            _ => {
                return Err(TreatmentError::Unknown {
                    given: given.to_string(),
                });
            }
        })
    }
}

#[cfg(test)]
mod tests;
