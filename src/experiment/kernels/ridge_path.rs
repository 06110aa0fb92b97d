//! Kernel ridge regression beside the interpolant, on several labelings of the same images.
//!
//! Ridge regression is where explicit regularization is classical: the ridge decides between
//! passing through every label and having a small norm.

use serde::{Deserialize, Serialize};

use super::super::{Context, Experiment, ExperimentError};
use super::labelings::Labelings;
use crate::dataset::Dataset;
use crate::kernel::{AnyKernel, Features, Norm, Options, Problem};
use crate::store::{Holds, Kind};
use crate::treatment::Treatment;

/// Fraction of labels replaced by a uniform class where labels are noisy; with ten classes 18 %
/// of the labels then differ from the truth.
pub const RIDGE_NOISE: f64 = 0.2;

/// The ridges of a path, added to the diagonal of a kernel matrix whose diagonal is 1: the
/// interpolant, and half decades around 1.
pub const RIDGE_PATH: [f64; 14] = [
    0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0,
];

/// The fits of one kernel with every ridge, to every labeling of one draw of images.
///
/// ```text
/// f = argmin Σ_i (f(x_i) − y_i)² + λ ‖f‖²,   f(x) = Σ_i α_i k(x_i, x),   (K + λ I) α = y
/// ```
///
/// λ is not multiplied by n, and λ = 0 is the interpolant of smallest norm. Some further
/// training images are held out of every fit. Their labels are corrupted like those of the
/// training images, since that is what someone has who chooses λ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RidgePath {
    /// Checksum of the dataset.
    pub checksum: String,
    /// The kernel, as it is written on the command line.
    pub kernel: String,
    /// Training images.
    pub train: usize,
    /// Further images of the training set that no fit sees.
    pub held_out: usize,
    /// Test images.
    pub test: usize,
    /// What the images are labelled with, in turn; of a treatment only the labels are taken.
    pub labelings: Vec<Treatment>,
    /// Every λ, ascending; 0 is the interpolant.
    pub ridges: Vec<f64>,
    /// Seed of the images and of everything drawn.
    pub seed: u64,
}

/// The fits to one labeling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelledPath {
    /// What the images are labelled with.
    pub labels: Treatment,
    /// One per ridge, in their order.
    pub fits: Vec<RidgeFit>,
}

/// The fit of one ridge to one labeling.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RidgeFit {
    /// λ.
    pub ridge: f64,
    /// Fraction of training images that get another label than they were given.
    pub train_error: f64,
    /// The same of the images that were held out.
    pub held_out_error: f64,
    /// Error on test images with true labels.
    pub test_error: f64,
    /// Root of the sum over classes of the squared RKHS norms, one-hot targets.
    pub norm: Norm,
}

impl Experiment for RidgePath {
    const KIND: Kind = Kind {
        name: "ridge-path",
        holds: Holds::Numbers,
    };
    type Output = Vec<LabelledPath>;

    fn run(&self, context: &mut Context<'_>) -> Result<Vec<LabelledPath>, ExperimentError> {
        solve(self, context.dataset(&self.checksum)?)
    }
}

/// One factorization per ridge serves all labelings. At the sizes of the questions it takes less
/// time than the kernel values at the test images, and far less than an eigendecomposition; and
/// every fit passes the checks of the solver.
fn solve(spec: &RidgePath, dataset: &Dataset) -> Result<Vec<LabelledPath>, ExperimentError> {
    let (classes, shape) = (dataset.classes(), dataset.shape());
    let drawn = (dataset.train()).subset(spec.train + spec.held_out, spec.seed)?;
    let test = dataset.test().subset(spec.test, 0)?;
    let dimension = drawn.features();
    let (train, held_out) = drawn.pixels().split_at(spec.train * dimension);
    let train = Features::new(train.to_vec(), dimension)?;
    let unseen = Features::new([held_out, test.pixels()].concat(), dimension)?;
    let (mut given, mut given_held_out) = (Vec::new(), Vec::new());
    for labeling in &spec.labelings {
        let treated = labeling.apply(&drawn, &test, classes, shape, spec.seed)?;
        let (train, held_out) = treated.train.labels().split_at(spec.train);
        given.push(train.to_vec());
        given_held_out.push(held_out.to_vec());
    }
    let labelings = Labelings {
        classes,
        labels: given,
    };
    let targets = labelings.targets()?;
    let kernel: AnyKernel = spec.kernel.parse()?;
    let options = Options::of_a_result(train.len());
    let mut paths: Vec<LabelledPath> = (spec.labelings.iter())
        .map(|&labels| LabelledPath {
            labels,
            fits: Vec::new(),
        })
        .collect();
    for &ridge in &spec.ridges {
        let problem = Problem::new(kernel.clone(), &train, &targets, ridge)?;
        let fit = problem.solve(&options, &mut |_| {})?;
        let (on_train, elsewhere) = (fit.fitted(), fit.predict(&unseen)?);
        let outputs = classes * spec.labelings.len();
        let (on_held_out, on_test) = elsewhere.split_at(spec.held_out * outputs);
        for (place, path) in paths.iter_mut().enumerate() {
            path.fits.push(RidgeFit {
                ridge,
                train_error: labelings.error(&on_train, place, &labelings.labels[place]),
                held_out_error: labelings.error(on_held_out, place, &given_held_out[place]),
                test_error: labelings.error(on_test, place, test.labels()),
                norm: labelings.norm(&fit.class_norms, place),
            });
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, DVector, SymmetricEigen};

    use super::*;
    use crate::experiment::kernels::{KERNELS, LABELS, LabelledInterpolants};
    use crate::experiment::tests::{dataset, pin};
    use crate::kernel::Targets;

    fn spec(train: usize, ridges: &[f64]) -> RidgePath {
        RidgePath {
            checksum: dataset().checksum().to_owned(),
            kernel: KERNELS[0].to_owned(),
            train,
            held_out: 10,
            test: 30,
            labelings: vec![
                Treatment::TrueLabels,
                Treatment::CorruptedLabels {
                    probability: RIDGE_NOISE,
                },
                Treatment::RandomLabels,
            ],
            ridges: ridges.to_vec(),
            seed: 1,
        }
    }

    fn run(spec: &RidgePath) -> Vec<LabelledPath> {
        solve(spec, dataset()).expect("a spec that can be run")
    }

    fn norm(fit: &RidgeFit) -> f64 {
        fit.norm.known().expect("a norm that is known")
    }

    #[test]
    fn pins() {
        pin("ridge-path", &spec(20, &RIDGE_PATH));
    }

    /// The labels of the training images do not depend on those that are held out.
    #[test]
    fn without_a_ridge_it_is_the_interpolant_and_a_small_one_comes_close() {
        for kernel in KERNELS {
            let path = RidgePath {
                kernel: kernel.to_owned(),
                ..spec(40, &[0.0, 1e-9])
            };
            let interpolants = LabelledInterpolants {
                checksum: path.checksum.clone(),
                kernel: path.kernel.clone(),
                train: path.train,
                test: path.test,
                labelings: LABELS.to_vec(),
                noise: RIDGE_NOISE,
                seed: path.seed,
            };
            let mut context = Context::without_store(dataset());
            let solved = interpolants.run(&mut context).expect("interpolants");
            for (path, interpolant) in run(&path).iter().zip(&solved.interpolants) {
                let [none, small] = path.fits[..] else {
                    panic!("two ridges")
                };
                assert_eq!(none.norm, interpolant.norm);
                assert_eq!(none.test_error, interpolant.test_error);
                assert_eq!(none.train_error, 0.0);
                assert!((norm(&small) / norm(&none) - 1.0).abs() < 1e-6);
                let errors = |fit: RidgeFit| [fit.train_error, fit.held_out_error, fit.test_error];
                assert_eq!(errors(small), errors(none));
            }
        }
    }

    /// k(x, x) = 1, so α = 1 / (1 + λ) in the class of the label.
    #[test]
    fn one_image_has_a_closed_form() {
        for path in run(&spec(1, &[0.0, 0.5, 3.0])) {
            for fit in path.fits {
                assert!((norm(&fit) - 1.0 / (1.0 + fit.ridge)).abs() < 1e-12);
                assert_eq!(fit.train_error, 0.0);
            }
        }
    }

    /// With K = Q Λ Qᵀ and q = Qᵀ y the norm is √(Σ q² μ / (μ + λ)²).
    #[test]
    fn norms_and_training_errors_are_those_of_the_eigendecomposition() {
        let spec = spec(25, &[0.0, 0.01, 1.0, 30.0]);
        let images = dataset().train().subset(35, 1).unwrap();
        let value = |i: usize, j: usize| -> f64 {
            let pairs = images.image(i).iter().zip(images.image(j));
            let squares = pairs.map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2));
            (-squares.sum::<f64>() / 50.0).exp()
        };
        let eigen = SymmetricEigen::new(DMatrix::from_fn(25, 25, value));
        for path in run(&spec) {
            let treated = (path.labels)
                .apply(&images, dataset().test(), 10, dataset().shape(), 1)
                .unwrap();
            let labels = &treated.train.labels()[..25];
            let targets = Targets::one_hot(labels, 10).unwrap();
            for fit in &path.fits {
                let (mut square, mut outputs) = (0.0, vec![0.0; 250]);
                for (class, column) in targets.columns().iter().enumerate() {
                    let mut along = eigen
                        .eigenvectors
                        .tr_mul(&DVector::from_column_slice(column));
                    for (q, mu) in along.iter_mut().zip(eigen.eigenvalues.iter()) {
                        square += *q * *q * mu / (mu + fit.ridge).powi(2);
                        *q *= mu / (mu + fit.ridge);
                    }
                    let fitted = &eigen.eigenvectors * along;
                    (0..25).for_each(|i| outputs[10 * i + class] = fitted[i]);
                }
                assert!((norm(fit) / square.sqrt() - 1.0).abs() < 1e-9);
                let alone = Labelings {
                    classes: 10,
                    labels: vec![labels.to_vec()],
                };
                assert_eq!(fit.train_error, alone.error(&outputs, 0, labels));
            }
        }
    }

    /// A larger ridge has a smaller norm and a worse fit, and in the end neither.
    #[test]
    fn norm_and_fit_fall_with_the_ridge() {
        let ridges = [&RIDGE_PATH[..], &[1e9]].concat();
        for path in run(&spec(30, &ridges)) {
            let falls = |pair: &[RidgeFit]| norm(&pair[1]) < norm(&pair[0]);
            assert!(path.fits.windows(2).all(falls));
            assert!(norm(&path.fits[ridges.len() - 1]) < 1e-6);
        }
        let images = dataset().train().subset(30, 1).unwrap();
        let (train, targets) = (
            Features::pixels(&images),
            Targets::one_hot(images.labels(), 10).unwrap(),
        );
        let residual = |&ridge: &f64| -> f64 {
            let problem = Problem::new(KERNELS[1].parse().unwrap(), &train, &targets, ridge);
            let fit = problem.unwrap();
            let fit = fit.solve(&Options::of_a_result(30), &mut |_| {}).unwrap();
            let pairs = fit.fitted().into_iter().enumerate();
            let squares = pairs.map(|(at, f)| (f - targets.columns()[at % 10][at / 10]).powi(2));
            squares.sum()
        };
        let residuals: Vec<f64> = ridges.iter().map(residual).collect();
        assert!(residuals.is_sorted() && residuals[0] < 1e-20);
    }
}
