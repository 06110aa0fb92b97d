//! Interpolants that generalize badly on purpose, beside the one of smallest
//! norm: same images, same kernel, training error zero.
//!
//! Zhang et al. 2017, section 5, name two: a Gaussian kernel with centres at
//! random points, and random labels forced on the test images. Both have a norm
//! larger than the smallest. So has one that is made to be right on the test
//! images, which the same factorization gives.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::super::linear::{Draw, draw};
use super::super::{Context, Experiment, ExperimentError, Study};
use super::labelings::Labelings;
use super::representation::median_distance;
use crate::dataset::{Dataset, Split};
use crate::kernel::{
    AnyKernel, Features, Gaussian, Norm, Options, Problem, Targets, classify_error, expansion_norm,
    least_norm, outputs,
};
use crate::random::{seed_of, stream};
use crate::statistics::Estimate;
use crate::store::{Holds, Kind};
use crate::treatment::Treatment;

/// Interpolants of the same images with one kernel, made in several ways.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BadInterpolants {
    /// Checksum of the dataset.
    pub checksum: String,
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
    /// In units of the median distance between training images.
    pub bandwidth: f64,
    /// Training images between which distances are measured.
    pub distances: usize,
    /// Random centres per training image.
    pub centres: usize,
    /// Seed of the images and of everything drawn.
    pub seed: u64,
}

/// How an interpolant is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Construction {
    /// The function of smallest norm through the training images.
    SmallestNorm,
    /// A sum of kernels at Gaussian noise images, of least coefficients.
    RandomCentres,
    /// The function of smallest norm through the training images and, with
    /// random labels, the test images.
    WrongOnTest,
    /// The same with the true labels of the test images.
    RightOnTest,
    /// The function of smallest norm through training images with random labels.
    RandomLabels,
}

/// Every one.
pub const CONSTRUCTIONS: [Construction; 5] = [
    Construction::SmallestNorm,
    Construction::RandomCentres,
    Construction::WrongOnTest,
    Construction::RightOnTest,
    Construction::RandomLabels,
];

impl Construction {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Construction::SmallestNorm => "smallest norm",
            Construction::RandomCentres => "random centres",
            Construction::WrongOnTest => "random labels forced on the test images",
            Construction::RightOnTest => "true labels forced on the test images",
            Construction::RandomLabels => "smallest norm, random training labels",
        }
    }
}

/// One interpolant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BadInterpolant {
    /// How it is made.
    pub construction: Construction,
    /// Root of the sum over classes of the squared RKHS norms, one-hot targets.
    pub norm: Norm,
    /// Fraction of training images that get another label than they were given.
    pub train_error: f64,
    /// Fraction of test images that get another label than their own.
    pub test_error: f64,
    /// Largest `|f(x) − y|` on a training image.
    pub deviation: f64,
}

/// The interpolants of all seeds, by how they are made.
pub type BadInterpolantStudy = Study<Construction, BadInterpolant>;

impl BadInterpolantStudy {
    /// The RKHS norm: geometric mean over seeds.
    pub fn norm(&self, construction: Construction) -> Option<Estimate> {
        self.geometric_mean(&construction, |found| found.norm.known())
    }

    /// The norm over that of the interpolant of smallest norm, within seeds.
    pub fn norm_ratio(&self, construction: Construction) -> Option<Estimate> {
        let smallest = Construction::SmallestNorm;
        self.ratio(&construction, &smallest, |found| found.norm.known())
    }
}

impl Experiment for BadInterpolants {
    const KIND: Kind = Kind {
        name: "bad-interpolants",
        holds: Holds::Numbers,
    };
    type Output = Vec<BadInterpolant>;

    fn run(&self, context: &mut Context<'_>) -> Result<Vec<BadInterpolant>, ExperimentError> {
        interpolants(self, context.dataset(&self.checksum)?)
    }
}

fn interpolants(
    spec: &BadInterpolants,
    dataset: &Dataset,
) -> Result<Vec<BadInterpolant>, ExperimentError> {
    let (classes, shape) = (dataset.classes(), dataset.shape());
    let draw = &draw(dataset, (spec.train, 0, spec.test), spec.seed)?;
    let train = Features::pixels(&draw.train);
    let distance = median_distance(&train, spec.distances)?;
    let kernel = AnyKernel::new(Gaussian::new(spec.bandwidth * distance)?);
    let treated =
        Treatment::RandomLabels.apply(&draw.train, &draw.test, classes, shape, spec.seed)?;
    let of_train = Labelings {
        classes,
        labels: vec![
            draw.train.labels().to_vec(),
            treated.train.labels().to_vec(),
        ],
    };
    let mut found = through(
        &kernel,
        &draw.train,
        &of_train,
        draw,
        [Construction::SmallestNorm, Construction::RandomLabels],
    )?;
    let both = joined(&draw.train, &draw.test)?;
    let mut rng = stream(spec.seed, "bad interpolants: labels of the test images");
    let random = (0..draw.test.len()).map(|_| rng.random_range(0..classes) as u32);
    let wrong = draw.train.labels().iter().copied().chain(random);
    let of_both = Labelings {
        classes,
        labels: vec![wrong.collect(), both.labels().to_vec()],
    };
    found.extend(through(
        &kernel,
        &both,
        &of_both,
        draw,
        [Construction::WrongOnTest, Construction::RightOnTest],
    )?);
    // Noise images with the mean and variance of all pixels of the training images.
    let mut centres = Vec::new();
    for part in 0..spec.centres as u64 {
        let seed = seed_of(spec.seed, &format!("random centres {part}"));
        let noise =
            Treatment::GaussianPixels.apply(&draw.train, &draw.test, classes, shape, seed)?;
        centres.extend_from_slice(noise.train.pixels());
    }
    let centres = Features::new(centres, draw.train.features())?;
    found.push(on_centres(&kernel, &centres, draw, classes)?);
    Ok(found)
}

/// The images of two splits.
fn joined(first: &Split, second: &Split) -> Result<Split, ExperimentError> {
    Ok(Split::new(
        [first.pixels(), second.pixels()].concat(),
        [first.labels(), second.labels()].concat(),
        first.features(),
    )?)
}

/// The functions of smallest norm through images, of which the training images
/// come first, one per labeling.
fn through(
    kernel: &AnyKernel,
    images: &Split,
    labelings: &Labelings,
    draw: &Draw,
    constructions: [Construction; 2],
) -> Result<Vec<BadInterpolant>, ExperimentError> {
    let points = Features::pixels(images);
    let targets = labelings.targets()?;
    let options = Options::of_a_result(points.len());
    let interpolant =
        Problem::new(kernel.clone(), &points, &targets, 0.0)?.solve(&options, &mut |_| {})?;
    let on_train = interpolant.predict(&Features::pixels(&draw.train))?;
    let on_test = interpolant.predict(&Features::pixels(&draw.test))?;
    let (classes, width) = (labelings.classes, targets.classes());
    let found = constructions
        .into_iter()
        .enumerate()
        .map(|(place, construction)| {
            let columns = (targets.columns().iter().enumerate()).skip(place * classes);
            let deviation = (columns.take(classes))
                .flat_map(|(c, column)| {
                    let rows = on_train.chunks(width);
                    rows.zip(column).map(move |(row, y)| (row[c] - y).abs())
                })
                .fold(0.0, f64::max);
            let given = &labelings.labels[place][..draw.train.len()];
            BadInterpolant {
                construction,
                norm: labelings.norm(&interpolant.class_norms, place),
                train_error: labelings.error(&on_train, place, given),
                test_error: labelings.error(&on_test, place, draw.test.labels()),
                deviation,
            }
        });
    Ok(found.collect())
}

/// `f = Σ_j a_j k(c_j, ·)` with the shortest a for which f is the one-hot label
/// on every training image; `‖f‖² = aᵀ K a` with K over the centres.
fn on_centres(
    kernel: &AnyKernel,
    centres: &Features,
    draw: &Draw,
    classes: usize,
) -> Result<BadInterpolant, ExperimentError> {
    let train = gram(kernel, &Features::pixels(&draw.train), centres);
    let test = gram(kernel, &Features::pixels(&draw.test), centres);
    let targets = Targets::one_hot(draw.train.labels(), classes)?;
    let count = centres.len();
    let fit = least_norm(&train, draw.train.len(), count, targets.columns())?;
    let own = gram(kernel, centres, centres);
    let column_sum = |column: &[f64]| column.iter().map(|k| k.abs()).sum::<f64>();
    let one_norm = own.chunks(count).map(column_sum).fold(0.0, f64::max);
    let norms: Vec<Norm> = (outputs(&own, count, &fit.weights).iter().zip(&fit.weights))
        .map(|(k, a)| expansion_norm(a, k, one_norm).map_or(Norm::AtLeast(0.0), Norm::Known))
        .collect();
    let on_train = outputs(&train, count, &fit.weights);
    let deviation = (on_train.iter().zip(targets.columns()))
        .flat_map(|(f, y)| f.iter().zip(y))
        .map(|(f, y)| (f - y).abs())
        .fold(0.0, f64::max);
    let error =
        |features: &[f64], labels: &[u32]| classify_error(features, count, &fit.weights, labels);
    Ok(BadInterpolant {
        construction: Construction::RandomCentres,
        norm: Norm::total(&norms),
        train_error: error(&train, draw.train.labels()),
        test_error: error(&test, draw.test.labels()),
        deviation,
    })
}

/// k(x, c), shape (points, centres), row-major, in double precision.
fn gram(kernel: &AnyKernel, points: &Features, centres: &Features) -> Vec<f64> {
    let wide = |row: &[f32]| -> Vec<f64> { row.iter().map(|&x| f64::from(x)).collect() };
    let square = |row: &[f32]| -> f64 { row.iter().map(|&x| f64::from(x) * f64::from(x)).sum() };
    let weights: Vec<Vec<f64>> = (0..points.len()).map(|i| wide(points.row(i))).collect();
    let squares: Vec<f64> = (0..centres.len()).map(|j| square(centres.row(j))).collect();
    // One column of inner products with all centres per point.
    let mut products = outputs(&wide(centres.values()), centres.dimension(), &weights);
    for (i, products) in products.iter_mut().enumerate() {
        kernel.map_f64(products, &squares, square(points.row(i)));
    }
    products.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::tests::{dataset, pin};

    fn images(count: usize, purpose: &str) -> Split {
        let mut rng = stream(1, purpose);
        let pixels = (0..count * 9).map(|_| rng.random_range(0.0..1.0)).collect();
        let labels = (0..count).map(|i| (i % 3) as u32).collect();
        Split::new(pixels, labels, 9).unwrap()
    }

    fn drawn() -> Draw {
        Draw {
            train: images(20, "train"),
            auxiliary: None,
            test: images(15, "test"),
        }
    }

    fn known(found: &BadInterpolant) -> f64 {
        found.norm.known().unwrap()
    }

    fn kernel() -> AnyKernel {
        "gaussian:0.5".parse().unwrap()
    }

    #[test]
    fn through_more_images_the_norm_is_larger_and_the_error_is_what_was_forced() {
        let draw = drawn();
        let labels = draw.train.labels().to_vec();
        let one = Labelings {
            classes: 3,
            labels: vec![labels.clone(), labels.clone()],
        };
        let smallest = through(
            &kernel(),
            &draw.train,
            &one,
            &draw,
            [Construction::SmallestNorm, Construction::RandomLabels],
        )
        .unwrap();
        let both = joined(&draw.train, &draw.test).unwrap();
        // Wrong on the first six test images.
        let mut wrong = both.labels().to_vec();
        wrong[20..26]
            .iter_mut()
            .for_each(|label| *label = (*label + 1) % 3);
        let two = Labelings {
            classes: 3,
            labels: vec![wrong, both.labels().to_vec()],
        };
        let forced = through(
            &kernel(),
            &both,
            &two,
            &draw,
            [Construction::WrongOnTest, Construction::RightOnTest],
        )
        .unwrap();
        assert_eq!(
            (forced[0].test_error, forced[1].test_error),
            (6.0 / 15.0, 0.0)
        );
        for found in smallest.iter().chain(&forced) {
            assert!(found.deviation < 1e-10 && found.train_error == 0.0);
            assert!(known(found) >= known(&smallest[0]) * (1.0 - 1e-12));
        }
    }

    #[test]
    fn with_the_training_images_as_centres_the_function_is_the_one_of_smallest_norm() {
        let draw = drawn();
        let labels = draw.train.labels().to_vec();
        let labelings = Labelings {
            classes: 3,
            labels: vec![labels.clone(), labels],
        };
        let smallest = through(
            &kernel(),
            &draw.train,
            &labelings,
            &draw,
            [Construction::SmallestNorm, Construction::RandomLabels],
        )
        .unwrap();
        let own = Features::pixels(&draw.train);
        let same = on_centres(&kernel(), &own, &draw, 3).unwrap();
        assert!((known(&same) / known(&smallest[0]) - 1.0).abs() < 1e-9);
        assert_eq!(same.test_error, smallest[0].test_error);

        let noise = Features::pixels(&images(60, "centres"));
        let random = on_centres(&kernel(), &noise, &draw, 3).unwrap();
        assert!(random.deviation < 1e-9 && random.train_error == 0.0);
        assert!(known(&random) > known(&smallest[0]));
    }

    #[test]
    fn pins() {
        let spec = BadInterpolants {
            checksum: dataset().checksum().to_owned(),
            train: 20,
            test: 20,
            bandwidth: 0.5,
            distances: 300,
            centres: 2,
            seed: 1,
        };
        pin("bad-interpolants", &spec);
    }
}
