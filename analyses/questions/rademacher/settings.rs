//! How much of the question each budget asks.

use rethink::dataset::Preprocessing;
use rethink::experiment::crossed;
use rethink::experiment::rademacher::classes::{self, LocalKernelBall, NormBall};
use rethink::experiment::rademacher::kernels::{self, SignKernel};
use rethink::experiment::rademacher::labels::{LABELS, Labels, Trial};
use rethink::experiment::rademacher::networks::{self, SignNetwork};
use rethink::experiment::rademacher::profile::Trained;
use rethink::network::{Architecture, Zoo};
use rethink::training::Recipe;

use crate::cli::Budget;
use crate::questions::convolutional::built_for;
use crate::questions::randomization::{paper_rate_recipe, small_set_recipe};
use crate::session::Session;
use crate::show::list;

/// What is trained and solved.
pub struct Settings {
    /// The networks whose complexity is bounded from below.
    pub architectures: Vec<Zoo>,
    /// The convolutional one among them, or why there is none.
    pub convolutional: Result<Zoo, String>,
    /// Training-set sizes of the networks, ascending.
    pub sizes: Vec<usize>,
    /// Network and training-set size of the profile and the bounds.
    pub profiled: Trained,
    /// Sign vectors that networks are trained on, and draws of noise.
    pub trials: u64,
    restarts: u64,
    recipe: Recipe,
    /// Training-set sizes of the kernels, ascending.
    pub kernel_sizes: Vec<usize>,
    /// Sign vectors of kernels and classes.
    pub draws: usize,
    /// Images of the classes, one of the sizes of the kernels.
    classes: usize,
    /// Seeds of the images of the kernels; the first one's are the networks'.
    pub seeds: Vec<u64>,
    test: usize,
}

/// The recipe for small sets at a lower rate: at its own, early oscillations leave
/// norms that depend more on the initial weights than on the labels.
fn steady() -> Recipe {
    Recipe {
        learning_rate: 0.02,
        ..small_set_recipe()
    }
}

impl Settings {
    /// The settings of the session's budget, no larger than its data.
    pub fn of(session: &Session) -> Self {
        use Zoo::{AlexNet, Linear, Mlp1x16, Mlp1x64, Mlp1x256, Mlp1x512, Mlp3x512, SmallConv};
        let (train, test) = (session.dataset.train().len(), session.dataset.test().len());
        let within = |sizes: &[usize]| {
            let mut sizes: Vec<usize> = sizes.iter().map(|&n| n.min(train)).collect();
            sizes.dedup();
            sizes
        };
        let seeds = |count| session.options.seeds(count);
        let (chains, convolutional): (&[Zoo], Zoo) = match session.options.budget {
            Budget::Smoke => (&[Linear, Mlp1x16], SmallConv),
            Budget::Quick => (&[Linear, Mlp1x64, Mlp1x256], SmallConv),
            Budget::Paper => (&[Linear, Mlp1x64, Mlp1x512, Mlp3x512], AlexNet),
        };
        let convolutional = built_for(session, convolutional);
        let architectures = chains.iter().chain(&convolutional).copied().collect();
        match session.options.budget {
            Budget::Smoke => Self {
                architectures,
                convolutional,
                sizes: within(&[50, 100]),
                profiled: (Mlp1x16, 100.min(train)),
                trials: 2,
                restarts: 0,
                recipe: steady(),
                kernel_sizes: within(&[50, 100]),
                draws: 50,
                classes: 50.min(train),
                seeds: seeds(2),
                test: test.min(300),
            },
            Budget::Quick => Self {
                architectures,
                convolutional,
                sizes: within(&[100, 300, 1000]),
                profiled: (Mlp1x64, 1000.min(train)),
                trials: 5,
                restarts: 1,
                recipe: steady(),
                kernel_sizes: within(&[250, 500, 1000, 2000]),
                draws: 200,
                classes: 500.min(train),
                seeds: seeds(3),
                test: test.min(1000),
            },
            Budget::Paper => Self {
                architectures,
                convolutional,
                sizes: within(&[100, 300, 1000, 3000, 10_000]),
                profiled: (Mlp1x512, 3000.min(train)),
                trials: 20,
                restarts: 2,
                recipe: paper_rate_recipe(),
                kernel_sizes: within(&[500, 1000, 2000, 5000, 10_000]),
                draws: 1000,
                classes: 2000.min(train),
                seeds: seeds(5),
                test,
            },
        }
    }

    /// Every training: on random signs, by network, size and trial; and those of the
    /// profile, by labels and trial. The long ones first, so that no core waits for one at
    /// the end.
    pub fn networks(&self) -> Vec<((Trained, Labels), u64)> {
        let sizes = |&architecture| self.sizes.iter().map(move |&n| (architecture, n));
        let networks = self.architectures.iter().flat_map(sizes);
        let signs = networks.map(|network| (network, Labels::Signs));
        let profile = LABELS.map(|labels| (self.profiled, labels));
        let trials: Vec<u64> = (0..self.trials).collect();
        let mut trainings = Vec::new();
        for training in crossed(signs.chain(profile), &trials) {
            if !trainings.contains(&training) {
                trainings.push(training);
            }
        }
        let work = |((network, _), _): &((Trained, Labels), u64)| {
            network.1 * Architecture::from(network.0).effort()
        };
        trainings.sort_by_key(|training| std::cmp::Reverse(work(training)));
        trainings
    }

    /// One of the trainings.
    pub fn network(
        &self,
        session: &Session,
        &(((architecture, train), labels), number): &((Trained, Labels), u64),
    ) -> SignNetwork {
        let hidden = architecture.hidden();
        let of_chains = |named| match hidden {
            Some(_) => networks::ids(named),
            None => Vec::new(),
        };
        SignNetwork {
            checksum: session.dataset.checksum().to_owned(),
            architecture: architecture.into(),
            train,
            // The error on random signs is known to be 1/2.
            test: match labels {
                Labels::Signs => 1,
                _ => self.test,
            },
            labels,
            trial: Trial {
                seed: session.options.seed,
                number,
            },
            recipe: self.recipe,
            // A linear training is convex: other initial weights end in the same place.
            restarts: match hidden.as_deref() {
                Some([]) => 0,
                _ => self.restarts,
            },
            preprocessing: Preprocessing::PerImageStandardization,
            norms: of_chains(&networks::NORMS),
            bounds: of_chains(&networks::BOUNDS),
        }
    }

    /// The interpolations of one kernel, size and seed.
    pub fn kernel(
        &self,
        session: &Session,
        (kernel, train): &(String, usize),
        seed: u64,
    ) -> SignKernel {
        SignKernel {
            checksum: session.dataset.checksum().to_owned(),
            kernel: kernel.clone(),
            train: *train,
            test: self.test,
            labelings: LABELS.to_vec(),
            draws: self.draws,
            interpolated: kernels::INTERPOLATED,
            delta: kernels::DELTA,
            seed,
        }
    }

    /// The classes of radius 1.
    pub fn classes(&self, session: &Session) -> Vec<NormBall> {
        let spec = |class: &str| NormBall {
            checksum: session.dataset.checksum().to_owned(),
            class: class.to_owned(),
            train: self.classes,
            draws: self.draws,
            climbs: classes::CLIMBS,
            delta: kernels::DELTA,
            seed: session.options.seed,
        };
        classes::CLASSES.into_iter().map(spec).collect()
    }

    /// The sizes of the local complexities.
    pub fn local_sizes(&self) -> impl Iterator<Item = usize> {
        (self.kernel_sizes.iter().copied()).filter(|&n| n <= self.classes)
    }

    /// A kernel's ball whose local complexity is computed.
    pub fn local(
        &self,
        session: &Session,
        kernel: &str,
        train: usize,
        radius: f64,
    ) -> LocalKernelBall {
        LocalKernelBall {
            checksum: session.dataset.checksum().to_owned(),
            kernel: kernel.to_owned(),
            train,
            radius,
            draws: self.draws,
            delta: kernels::DELTA,
            seed: session.options.seed,
        }
    }

    /// The setting in words.
    pub fn method(&self, session: &Session) -> Vec<String> {
        let (architecture, n) = self.profiled;
        vec![
            format!(
                "Binary problem on {}: classes of even against classes of odd number, labels ±1. \
                 Complexity is R̂ = E sup (1/n) Σ σᵢ f(xᵢ), without absolute value or factor 2 \
                 (Zhang et al. 2017, eq. 1). Its maximum is 1 for outputs ±1, and 1/2 for losses \
                 0 and 1, since a class that fits all labels has E (1/n) #(σᵢ = 1) = 1/2. Either \
                 way the bound on the error is then 1.",
                session.dataset.name()
            ),
            format!(
                "Networks: {}; {} sign vectors, n = {}, all on the images of seed {}, so intervals \
                 over trials cover signs, noise and initial weights, not the choice of images. \
                 {}, batches of 128, learning rate {}, until the mean cross-entropy is at most \
                 0.01 nats or {} epochs are done; while a label is missed, up to {} more \
                 trainings from other initial weights. f is the difference of two outputs; the \
                 other outputs are never a label. r = 1 − 2 · training error of the best is at \
                 most the supremum, so its mean is a lower bound on R̂. A failure to fit is no \
                 evidence of low complexity.",
                list(&self.architectures),
                self.trials,
                list(&self.sizes),
                session.options.seed,
                self.recipe.optimizer,
                self.recipe.learning_rate,
                self.recipe.stopping.max_epochs,
                self.restarts,
            ),
            format!(
                "Profile: {architecture}, n = {n}. The class of norm B has the functions clip(f, \
                 −1, 1), f a network of norm at most B. A network of norm N that fits signs \
                 gives, rescaled, r(B) ≥ (1/n) Σ clip(σᵢ f(xᵢ) B/N), so one training bounds the \
                 whole curve. The norm that fits the labels is norm / margin at equal \
                 cross-entropy; the margin is the 10th percentile."
            ),
            format!(
                "Kernels: on raw pixels, n = {}, {} sets of images, {} sign vectors; exact \
                 suprema. Interpolants of smallest norm have margin 1 on every label.",
                list(&self.kernel_sizes),
                self.seeds.len(),
                self.draws,
            ),
            format!(
                "Bounds hold with probability {} over the training images for all norms at once: \
                 the norm that training found is rounded up to a grid 2^(j/8) fixed in advance, \
                 and index j has the share 1/(2(|j|+1)(|j|+2)) of the confidence (Mohri, \
                 Rostamizadeh, Talwalkar 2018, Theorems 3.3 and 5.8). They bound the error on \
                 labels with the same noise p as in training, which is p/2 + (1 − p) · error on \
                 true labels. For kernels R̂ is replaced by its upper bound (B/n)√(tr K). {}: Σ_j \
                 |a_j| |w̃_j| + |b| of one hidden layer, biases as weights, with R̂ ≤ \
                 (2B/n)√(Σ|x̃ᵢ|²), derived here. Bounds of networks use the 10th percentile of the \
                 margins.",
                1.0 - kernels::DELTA,
                networks::PATH_NORM,
            ),
        ]
    }
}
