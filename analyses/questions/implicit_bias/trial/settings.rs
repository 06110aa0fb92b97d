//! How much of the trial each budget asks.

use rethink::network::Zoo;
use rethink::trial::design::Cost;

use super::super::args::Args;
use crate::cli::Budget;
use crate::cli::exit::UsageError;
use crate::session::Session;

/// What the paper budget is judged on.
pub const PAPER_DATASETS: [&str; 2] = ["mnist", "fashion-mnist"];

/// Pilot seeds lie this far above the blocks' seeds.
const PILOT: u64 = 1 << 32;

/// Training costs; the first is primary.
const COSTS: [Cost; 2] = [Cost::cross_entropy(0.01), Cost::cross_entropy(0.1)];

/// Shells on which their learning rate is chosen, as factors of SGD's norm.
pub const PILOT_SHELLS: [f64; 3] = [0.5, 1.0, 2.0];

/// What is run.
pub struct Settings {
    /// Seeds.
    pub blocks: Vec<u64>,
    /// Seeds of the pilot, none of them a block.
    pub pilot_blocks: Vec<u64>,
    /// Training costs; the first is primary.
    pub costs: Vec<Cost>,
    /// The datasets, as they were asked for.
    pub datasets: Vec<String>,
    /// Training images and network.
    pub sizes: Vec<(usize, Zoo)>,
    /// Test images at most.
    pub test: usize,
    /// Other images, whose labels some directions know.
    pub auxiliary: usize,
    /// Evaluations per training image after which a training is given up.
    pub limit: u64,
    /// Learning rates the pilot tries for a batch of 32, the likeliest first.
    pub rates: Vec<f64>,
    /// Strata of the design that are not run, and why.
    pub left_out: Vec<String>,
}

impl Settings {
    /// The settings of the budget, changed as asked for.
    pub fn of(session: &Session, args: &Args) -> anyhow::Result<Self> {
        use Zoo::{Mlp1x16, Mlp1x32, Mlp1x512, Mlp2x64};
        let options = &session.options;
        let (blocks, pilots, sizes) = match options.budget {
            Budget::Smoke => (3, 1, vec![(40, Mlp1x16)]),
            Budget::Quick => (10, 2, vec![(200, Mlp1x32)]),
            Budget::Paper => (
                20,
                5,
                vec![
                    (200, Mlp1x32),
                    (1000, Mlp1x32),
                    (200, Mlp1x512),
                    (200, Mlp2x64),
                ],
            ),
        };
        let (test, auxiliary, limit) = match options.budget {
            Budget::Smoke => (200, 100, 2000),
            Budget::Quick => (10_000, 1000, 2000),
            Budget::Paper => (10_000, 1000, 4000),
        };
        let rates = match options.budget {
            Budget::Smoke => vec![0.1],
            Budget::Quick | Budget::Paper => vec![0.1, 0.3, 0.03],
        };
        let paper = options.budget == Budget::Paper;
        let datasets = match (&args.datasets, &options.dataset) {
            (Some(datasets), _) => datasets.clone(),
            (None, None) if paper => PAPER_DATASETS.map(str::to_owned).to_vec(),
            _ => vec![options.dataset().to_owned()],
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
        let whole = args.train_size.is_none() && args.architecture.is_none();
        let sizes = match (args.train_size, args.architecture) {
            (None, None) => sizes,
            (None, Some(architecture)) => {
                let mut all: Vec<usize> = sizes.iter().map(|(n, _)| *n).collect();
                all.dedup();
                all.into_iter().map(|n| (n, architecture)).collect()
            }
            (Some(n), Some(architecture)) => vec![(n, architecture)],
            (Some(n), None) => {
                let planned: Vec<_> = sizes.iter().copied().filter(|s| s.0 == n).collect();
                match planned.is_empty() {
                    true => vec![(n, sizes[0].1)],
                    false => planned,
                }
            }
        };
        let mut left_out = Vec::new();
        if paper && whole {
            left_out.push(
                "n = 5000, 128 hidden units at n = 1000 and the small convolutional network are \
                 left out: with them the run would take longer than two hours on two cores."
                    .to_owned(),
            );
        }
        Ok(Self {
            pilot_blocks: (0..pilots).map(|k| options.seed + PILOT + k).collect(),
            blocks,
            costs: COSTS.to_vec(),
            datasets,
            sizes,
            test,
            auxiliary,
            limit,
            rates,
            left_out,
        })
    }
}
