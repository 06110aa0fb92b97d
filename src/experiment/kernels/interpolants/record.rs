//! Every number of an interpolant, for a table with one line for each.

use super::{Found, NotFound};
use crate::kernel::{Norm, Range};
use crate::report::Cell;

/// A number in full precision; nothing where there is none.
fn number(value: Option<f64>) -> Cell {
    value.map_or_else(Cell::missing, |value| Cell::number(value, ""))
}

impl Found {
    /// Its settings and numbers, by the names of columns.
    pub fn record(&self) -> Vec<(&'static str, Cell)> {
        let [low, high] = self.test_error_interval;
        let (at_least, least_squares) = match self.norm {
            Norm::Known(_) => (None, None),
            Norm::AtLeast(least) => (Some(least), None),
            Norm::LeastSquares(norm) => (None, Some(norm)),
        };
        let range = |read: fn(&Range) -> f64| number(self.range.as_ref().map(read));
        let seconds = |seconds: f64| number(Some(seconds));
        vec![
            ("kernel", Cell::text(&self.kernel)),
            ("features", Cell::text(&self.features)),
            ("dimension", Cell::count(self.dimension)),
            ("labels", Cell::text(self.labels.to_string())),
            ("train_size", Cell::count(self.train_size)),
            ("test_size", Cell::count(self.test_size)),
            ("seed", Cell::text(self.seed.to_string())),
            ("ridge", number(Some(self.ridge))),
            ("solver", Cell::text(self.solver.to_string())),
            ("precision", Cell::text(self.precision.to_string())),
            ("rank", Cell::count(self.rank)),
            ("iterations", Cell::count(self.iterations)),
            ("train_error", number(Some(self.train_error))),
            ("test_error", Cell::estimate(self.test_error, low, high)),
            ("not_finite", Cell::count(self.not_finite)),
            ("rkhs_norm", number(self.rkhs_norm)),
            ("norm_status", Cell::text(self.norm.status())),
            ("norm_at_least", number(at_least)),
            ("least_squares_norm", number(least_squares)),
            ("distinct_points", Cell::count(self.distinct())),
            ("kernel_rank", range(|r| r.at_threshold.rank as f64)),
            ("rank_threshold", range(|r| r.at_threshold.threshold)),
            ("range_residual", range(|r| r.at_threshold.residual)),
            ("norm_at_threshold", range(|r| r.at_threshold.norm)),
            (
                "kernel_rank_at_ten_times",
                range(|r| r.at_ten_times.rank as f64),
            ),
            (
                "range_residual_at_ten_times",
                range(|r| r.at_ten_times.residual),
            ),
            ("norm_at_ten_times", range(|r| r.at_ten_times.norm)),
            ("relative_residual", number(Some(self.relative_residual))),
            ("condition_estimate", number(Some(self.condition_estimate))),
            ("condition_kind", Cell::text(self.condition_kind.name())),
            ("leave_one_out_error", number(self.leave_one_out_error)),
            ("effective_dimension", number(self.effective_dimension)),
            ("features_seconds", seconds(self.seconds.features)),
            ("gram_seconds", seconds(self.seconds.gram)),
            ("solve_seconds", seconds(self.seconds.solve)),
            ("verify_seconds", seconds(self.seconds.verify)),
            ("predict_seconds", seconds(self.seconds.predict)),
            ("planned_bytes", number(Some(self.planned_bytes as f64))),
            ("peak_bytes", number(self.peak_bytes.map(|b| b as f64))),
        ]
    }
}

impl NotFound {
    /// What was asked for and why it is not there, by the names of columns.
    pub fn record(&self) -> Vec<(&'static str, Cell)> {
        vec![
            ("kernel", Cell::text(&self.kernel)),
            ("labels", Cell::text(self.labels.to_string())),
            ("train_size", Cell::count(self.train_size)),
            ("seed", Cell::text(self.seed.to_string())),
            ("ridge", number(Some(self.ridge))),
            ("error", Cell::text(self.error.to_string())),
        ]
    }
}
