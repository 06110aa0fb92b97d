//! Estimates with intervals, and the tests behind the verdicts.
//!
//! Every reported number is an [`Estimate`]: a value, what kind of statement
//! it makes, and its interval. The unit of replication is the seed; functions
//! that compare two conditions take pairs (or say that they do not).

mod auc;
mod bca;
mod correlation;
mod cox;
mod distribution;
mod drawn;
mod error;
mod estimate;
mod factorial;
mod fieller;
mod fixed_effects;
mod friedman;
mod growth;
mod json_float;
mod mann_whitney;
mod mean;
mod mediation;
mod multiplicity;
mod proportion;
mod quantile;
mod rank;
mod ratio;
mod regression;
mod sign_flip;
mod t_test;
mod tails;
mod test_result;
mod tost;
mod within_block;

pub use auc::auc;
pub(crate) use bca::bca_of;
pub use bca::{Bootstrap, bca};
pub use correlation::{partial_correlation, pearson};
pub use cox::{Hitting, cox};
pub use drawn::{jackknife_of_drawn, mean_of_drawn, median_interval};
pub use error::StatisticsError;
pub use estimate::{Estimate, Interval, Kind, LEVEL};
pub use factorial::{Environment, Granulated, Run, SignErrors, granulated_tau, sign_errors};
pub use fieller::ratio_of_means;
pub use fixed_effects::{fixed_effects_slope, fixed_effects_test};
pub use friedman::{Friedman, friedman};
pub use growth::{GrowthExponents, GrowthPoint, growth_exponents};
pub use mann_whitney::mann_whitney;
pub use mean::{mean, paired_difference};
pub use mediation::{Intervened, Mediation, mediation};
pub use multiplicity::{benjamini_hochberg, holm};
pub use proportion::proportion;
pub use quantile::quantile;
pub(crate) use rank::tau_b;
pub use rank::{kendall_tau_b, spearman_rho};
pub use ratio::{geometric_mean, geometric_mean_ratio};
pub use regression::{LeastSquares, least_squares};
pub use sign_flip::sign_flip;
pub use t_test::{blocks_for_t_power, t_test, t_test_power};
pub use test_result::{Alternative, Method, TestResult};
pub use tost::{Decision, Equivalence, blocks_for_power, equivalence_power, tost};
pub use within_block::{Block, WithinBlock, within_block_tau};
