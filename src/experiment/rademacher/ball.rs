//! How complex the ball of a kernel is on some images.

use crate::complexity::{Complexity, Draws, Gram, KernelBall, complexity};
use crate::dataset::Dataset;
use crate::experiment::ExperimentError;
use crate::kernel::{AnyKernel, Features, KernelError, Precision, default_memory_limit};

/// Images above which the kernel matrix is single precision in any case.
const MOST_IN_DOUBLE: usize = 10_000;

/// The ball ‖f‖ ≤ B of a kernel, on pixels as given.
#[derive(Debug, Clone)]
pub struct Ball {
    /// The kernel.
    pub kernel: AnyKernel,
    /// B.
    pub radius: f64,
    /// Training images, drawn with the seed.
    pub images: usize,
    /// Sign vectors.
    pub draws: usize,
    /// The certified interval fails with at most this probability.
    pub delta: f64,
    /// Seed of the images and signs.
    pub seed: u64,
}

/// What is known of a ball.
#[derive(Debug, Clone)]
pub struct BallComplexity {
    /// Its empirical Rademacher complexity.
    pub complexity: Complexity,
    /// tr K.
    pub trace: f64,
    /// ‖K‖_F.
    pub frobenius: f64,
}

impl Ball {
    /// The complexity of the ball, in the highest precision that half of the memory holds.
    ///
    /// ```
    /// use rethink::dataset::Dataset;
    /// use rethink::experiment::rademacher::ball::Ball;
    ///
    /// let ball = Ball {
    ///     kernel: "gaussian:5".parse()?,
    ///     radius: 1.0,
    ///     images: 50,
    ///     draws: 20,
    ///     delta: 0.05,
    ///     seed: 1,
    /// };
    /// let found = ball.complexity(&Dataset::load("fashion-mnist-10k", None)?, 1)?;
    /// assert!(found.complexity.value.value <= found.complexity.sandwich.upper);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// More images than there are or than fit in memory, or numbers that are no radius,
    /// number of draws or probability.
    pub fn complexity(
        &self,
        dataset: &Dataset,
        threads: usize,
    ) -> Result<BallComplexity, ExperimentError> {
        let n = self.images;
        dataset.train().check_size(n)?;
        let precision = fits(n)?;
        let x = Features::pixels(&dataset.train().subset(n, self.seed)?);
        let gram = Gram::new(&*self.kernel, &x, precision, threads)?;
        let draws = Draws::signs(n, self.draws, self.seed)?;
        let ball = KernelBall::new(&gram, self.radius)?;
        Ok(BallComplexity {
            complexity: complexity(&ball, &draws, self.delta, threads)?,
            trace: gram.trace(),
            frobenius: gram.frobenius(),
        })
    }
}

/// The precision in which the triangle of the kernel matrix fits in memory.
fn fits(n: usize) -> Result<Precision, KernelError> {
    // Panels of the triangle hold a little more than n²/2 numbers.
    let numbers = (n as u64 + 512) * n as u64 / 2;
    let limit = default_memory_limit();
    match (8 * numbers <= limit / 2, 4 * numbers <= limit / 2) {
        (true, _) if n <= MOST_IN_DOUBLE => Ok(Precision::F64),
        (_, true) => Ok(Precision::F32),
        _ => Err(KernelError::Memory {
            what: format!("the kernel matrix of {n} images"),
            bytes: 4 * numbers,
            limit: limit / 2,
            alternative: "give a smaller --train-size".to_owned(),
        }),
    }
}
