//! How much of the trial each budget asks.

use rethink::network::Zoo;

use super::super::args::Args;
use super::ways::Extent;
use crate::cli::Budget;
use crate::cli::exit::UsageError;
use crate::session::Session;

/// The most training images on which search without gradients is tried.
const MOST_SEARCHED: usize = 1000;

/// What the paper budget is judged on.
pub const PAPER_DATASETS: [&str; 2] = ["mnist", "fashion-mnist"];

/// Pilot seeds lie this far above the blocks' seeds.
const PILOT: u64 = 1 << 32;

/// What is run.
pub struct Settings {
    /// Seeds.
    pub blocks: Vec<u64>,
    /// Seeds of the pilot, none of them a block.
    pub pilot_blocks: Vec<u64>,
    /// Mean training cross-entropies, falling.
    pub costs: Vec<f64>,
    /// The datasets, as they were asked for.
    pub datasets: Vec<String>,
    /// Training images and network.
    pub sizes: Vec<(usize, Zoo)>,
    /// Test images at most.
    pub test: usize,
    /// Evaluations per training image after which a run is given up.
    pub limit: u64,
    /// Learning rates the pilot tries for a batch of 32, the likeliest first.
    pub rates: Vec<f64>,
    /// Whether batch sizes are also tried at other rules for the learning rate.
    pub conventions: bool,
}

impl Settings {
    /// The settings of the budget, changed as asked for.
    pub fn of(session: &Session, args: &Args) -> anyhow::Result<Self> {
        use Zoo::{Mlp1x16, Mlp1x32, Mlp1x64, Mlp1x512};
        let options = &session.options;
        let (blocks, pilots, sizes, test, limit) = match options.budget {
            Budget::Smoke => (3, 1, vec![(40, Mlp1x16)], 200, 500),
            Budget::Quick => (10, 2, vec![(200, Mlp1x32)], 10_000, 1000),
            Budget::Paper => (
                20,
                2,
                vec![(300, Mlp1x32), (1000, Mlp1x64), (5000, Mlp1x512)],
                10_000,
                3000,
            ),
        };
        let datasets = match (&args.datasets, &options.dataset, options.budget) {
            (Some(datasets), ..) => datasets.clone(),
            (None, Some(_), _) | (None, None, Budget::Smoke | Budget::Quick) => {
                vec![options.dataset().to_owned()]
            }
            (None, None, Budget::Paper) => PAPER_DATASETS.map(str::to_owned).to_vec(),
        };
        let blocks = options.seeds(blocks);
        if blocks.len() < 3 {
            return Err(UsageError(format!(
                "--seeds {} gives as many blocks, and nothing can be said of fewer than 3: give \
                 --seeds 3 or more",
                blocks.len()
            ))
            .into());
        }
        let rates = match options.budget {
            Budget::Smoke => vec![0.1],
            Budget::Quick => vec![0.1, 0.3, 0.03],
            Budget::Paper => vec![0.1, 0.3, 0.03, 1.0, 0.01],
        };
        let own = sizes[0].1;
        let sizes = match args.train_size {
            None => sizes,
            Some(n) => {
                let planned = sizes.iter().find(|(size, _)| *size == n);
                vec![(n, planned.map_or(own, |(_, architecture)| *architecture))]
            }
        };
        let chosen = |(n, own)| (n, args.architecture.unwrap_or(own));
        let sizes: Vec<(usize, Zoo)> = sizes.into_iter().map(chosen).collect();
        if let Some((_, deep)) = sizes.iter().find(|(_, a)| !a.has_one_hidden_layer()) {
            return Err(UsageError(format!(
                "the trial is for networks of one hidden layer, not for {deep}: give --architecture \
                 mlp-1x16 to mlp-1x2048"
            ))
            .into());
        }
        Ok(Self {
            pilot_blocks: (0..pilots).map(|k| options.seed + PILOT + k).collect(),
            blocks,
            costs: vec![0.1, 0.01],
            datasets,
            sizes,
            test,
            limit,
            rates,
            conventions: options.budget == Budget::Paper,
        })
    }

    /// What is in a stratum of n training images.
    pub fn extent(&self, n: usize) -> Extent {
        Extent {
            n,
            search: n <= MOST_SEARCHED,
            conventions: self.conventions,
            features: 4 * n,
        }
    }
}
