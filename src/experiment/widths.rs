//! Networks of several widths trained to the same cost: whether more parameters than the labels
//! need cost test error.

use super::Study;
use super::random_labels::Form;
use super::run::StoredRun;
use crate::network::{Architecture, Description, Layer};
use crate::statistics::{Estimate, least_squares, mean, spearman_rho};
use crate::treatment::Treatment;

/// Units of the hidden layer, and what the training images are labelled with.
pub type WidthCell = (usize, Treatment);

/// One network of one seed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WidthRun {
    /// Number of weights and biases.
    pub parameters: usize,
    /// Whether it was trained to the cost that was asked for.
    pub reached: bool,
    /// Error on the training images with the labels given, a fraction.
    pub train_error: Option<f64>,
    /// Error on test images with true labels, a fraction.
    pub test_error: Option<f64>,
    /// Frobenius norm of all weights.
    pub frobenius_norm: Option<f64>,
    /// Path norm over the margin, unchanged when weights are rescaled between layers or all
    /// multiplied by a constant; none without a positive margin.
    pub path_norm: Option<f64>,
}

impl WidthRun {
    /// What is asked of a stored run.
    pub fn of(run: &StoredRun) -> Self {
        Self {
            parameters: run.summary.parameters,
            reached: run.summary.stop.reached_target(),
            train_error: run.train_error(),
            test_error: run.test_error(),
            frobenius_norm: Form::Raw.value(run, "frobenius-norm"),
            path_norm: Form::ScaleFree.value(run, "path-norm-l2"),
        }
    }
}

/// The networks of every width and labeling, by seed.
pub type WidthStudy = Study<WidthCell, WidthRun>;

/// A number of one network.
pub type Number = fn(&WidthRun) -> Option<f64>;

/// The network of one hidden layer with so many units.
pub fn one_hidden_layer(units: usize) -> Architecture {
    let layers = vec![Layer::Dense { units }];
    Description { layers }.into()
}

impl WidthStudy {
    /// What was asked of stored runs.
    pub fn of_runs(runs: &Study<WidthCell, StoredRun>) -> Self {
        runs.split(|&cell, run| [(cell, WidthRun::of(run))])
    }

    /// Weights and biases of a network.
    pub fn parameters(&self, cell: &WidthCell) -> Option<usize> {
        self.outputs(cell).next().map(|run| run.parameters)
    }

    /// How many networks of a cell were trained to the cost, and of how many.
    pub fn reached_cost(&self, cell: &WidthCell) -> (usize, usize) {
        let reached = self.outputs(cell).filter(|run| run.reached);
        (reached.count(), self.outputs(cell).count())
    }

    /// The cells of one labeling, narrowest first.
    pub fn of_labels(&self, labels: Treatment) -> Vec<WidthCell> {
        let cells = self.cells().copied();
        let mut cells: Vec<WidthCell> = cells.filter(|cell| cell.1 == labels).collect();
        cells.sort_by_key(|&(units, _)| units);
        cells
    }

    /// Those that were trained to the cost with every seed: what is compared at equal cost. The
    /// first is the interpolation threshold, to within the step between widths.
    pub fn at_cost(&self, labels: Treatment) -> Vec<WidthCell> {
        let mut cells = self.of_labels(labels);
        cells.retain(|cell| {
            let (reached, all) = self.reached_cost(cell);
            reached == all
        });
        cells
    }

    /// The narrowest and the widest network at the cost, and the test error of the second minus
    /// that of the first within seeds; none of fewer than two.
    pub fn widest_minus_narrowest(
        &self,
        labels: Treatment,
    ) -> Option<(WidthCell, WidthCell, Estimate)> {
        let cells = self.at_cost(labels);
        let (&narrowest, &widest) = (cells.first()?, cells.last()?);
        if narrowest == widest {
            return None;
        }
        let difference = self.difference(&widest, &narrowest, |run| run.test_error)?;
        Some((narrowest, widest, difference))
    }

    /// The change of the test error for ten times as many parameters, over the networks at the
    /// cost: least squares on log₁₀ p within each seed, mean over seeds.
    pub fn error_per_decade(&self, labels: Treatment) -> Option<Estimate> {
        self.within_seeds(labels, |logarithms, errors| {
            let ones = vec![1.0; errors.len()];
            let fit = least_squares(&[ones, logarithms.to_vec()], errors).ok()?;
            Some(fit.coefficients[1].value)
        })
    }

    /// Rank correlation of test error and number of parameters over the networks at the cost:
    /// Spearman's within each seed, mean over seeds.
    pub fn rank_correlation(&self, labels: Treatment) -> Option<Estimate> {
        let rho = |logarithms: &[f64], errors: &[f64]| spearman_rho(logarithms, errors).ok();
        Some(self.within_seeds(labels, rho)?.within(-1.0, 1.0))
    }

    /// A statistic of log₁₀ p and test error within each seed: mean over seeds.
    fn within_seeds(
        &self,
        labels: Treatment,
        statistic: impl Fn(&[f64], &[f64]) -> Option<f64>,
    ) -> Option<Estimate> {
        let cells = self.at_cost(labels);
        let logarithm = |cell| Some((self.parameters(cell)? as f64).log10());
        let logarithms: Vec<f64> = cells.iter().map(logarithm).collect::<Option<_>>()?;
        let of_seed = |&seed: &u64| {
            let error = |cell| self.at(cell, seed)?.test_error;
            let errors: Vec<f64> = cells.iter().map(error).collect::<Option<_>>()?;
            statistic(&logarithms, &errors)
        };
        let values: Vec<f64> = self.seeds().iter().map(of_seed).collect::<Option<_>>()?;
        mean(&values).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Zoo;
    use Treatment::{RandomLabels, TrueLabels};

    fn run(parameters: usize, reached: bool, test_error: f64) -> WidthRun {
        WidthRun {
            parameters,
            reached,
            train_error: Some(0.0),
            test_error: Some(test_error),
            frobenius_norm: Some(1.0),
            path_norm: Some(1.0),
        }
    }

    /// Test error falls by a tenth per decade; the narrowest misses the cost with one seed, and
    /// would turn the order.
    #[test]
    fn only_networks_at_the_cost_are_compared() {
        let outputs = [1, 2].into_iter().flat_map(|seed| {
            let level = seed as f64 / 10.0;
            let cell = |units| (units, TrueLabels);
            [
                (cell(512), seed, run(10_000, true, level)),
                (cell(8), seed, run(100, true, level + 0.2)),
                (cell(16), seed, run(1000, true, level + 0.1)),
                (cell(2), seed, run(10, seed == 1, 0.0)),
                ((2, RandomLabels), seed, run(10, true, 0.9)),
            ]
        });
        let study = WidthStudy::new(outputs);
        let cells = study.of_labels(TrueLabels);
        let widths = [2, 8, 16, 512];
        assert_eq!(cells, widths.map(|units| (units, TrueLabels)));
        assert_eq!(study.reached_cost(&cells[0]), (1, 2));
        assert_eq!(study.at_cost(TrueLabels), cells[1..]);
        let (narrowest, widest, difference) = study.widest_minus_narrowest(TrueLabels).unwrap();
        assert_eq!((narrowest, widest), (cells[1], cells[3]));
        assert!((difference.value + 0.2).abs() < 1e-12);
        let slope = study.error_per_decade(TrueLabels).unwrap();
        assert!((slope.value + 0.1).abs() < 1e-12);
        let correlation = study.rank_correlation(TrueLabels).unwrap();
        assert!((correlation.value + 1.0).abs() < 1e-12);
        // One width alone is compared with nothing.
        assert!(study.widest_minus_narrowest(RandomLabels).is_none());
        assert!(study.error_per_decade(RandomLabels).is_none());
        assert!(study.rank_correlation(RandomLabels).is_none());
    }

    #[test]
    fn a_width_with_a_name_is_that_network() {
        assert_eq!(one_hidden_layer(16), Zoo::Mlp1x16.into());
        assert_eq!(one_hidden_layer(24).hidden(), Some(vec![24]));
    }
}
