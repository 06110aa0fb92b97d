//! What the norm of an interpolant decides at equal training cost: contrasts and slopes
//! of test errors over directions and doses.

use super::super::Study;
use super::dose_response::{DIRECTIONS, DOSES, Direction, Response};
use crate::statistics::{Estimate, kendall_tau_b, least_squares, mean};

/// The test errors of interpolants: by direction, place of the dose in [`DOSES`], and seed.
#[derive(Debug, Clone, PartialEq)]
pub struct EqualNorm(Study<(Direction, usize), f64>);

/// A direction and the place of a dose.
type At = (Direction, usize);

fn itself(error: &f64) -> Option<f64> {
    Some(*error)
}

impl EqualNorm {
    /// The test errors of the responses of these seeds.
    pub fn of(seeds: &[u64], responses: &[Response]) -> Self {
        let errors = |response: &Response| -> Vec<(At, f64)> {
            let directions = response.test_errors.iter();
            let errors = directions.flat_map(|(direction, errors)| {
                let places = errors.iter().enumerate();
                places.map(|(place, &error)| ((*direction, place), error))
            });
            errors.collect()
        };
        let of_seeds = seeds.iter().zip(responses);
        Self(Study::new(of_seeds.flat_map(|(&seed, response)| {
            let errors = errors(response).into_iter();
            errors.map(move |(at, error)| (at, seed, error))
        })))
    }

    /// The test error of a direction at a dose: mean over seeds.
    pub fn error(&self, at: At) -> Option<Estimate> {
        Some(self.0.mean(&at, itself)?.within(0.0, 1.0))
    }

    /// Test error at `left` minus that at `right`, within seeds.
    pub fn difference(&self, left: At, right: At) -> Option<Estimate> {
        self.0.difference(&left, &right, itself)
    }

    /// Test error of the adversarial minus that of the helpful direction at the dose 1,
    /// where the added norm equals the smallest one.
    pub fn effect(&self) -> Option<Estimate> {
        let dose = DOSES.iter().position(|&d| d == 1.0)?;
        self.difference((Direction::Adversarial, dose), (Direction::Helpful, dose))
    }

    /// Test error of the helpful direction at the dose 1 minus that of the smallest norm.
    pub fn help(&self) -> Option<Estimate> {
        let dose = DOSES.iter().position(|&d| d == 1.0)?;
        self.difference((Direction::Helpful, dose), (Direction::Helpful, 0))
    }

    /// Test error gained by each doubling of the norm in a direction: the slope over all
    /// doses within each seed, then the mean over seeds.
    pub fn slope(&self, direction: Direction) -> Option<Estimate> {
        let doublings: Vec<f64> = DOSES.iter().map(|dose| dose.hypot(1.0).log2()).collect();
        let columns = [vec![1.0; DOSES.len()], doublings];
        let of_seed = |&seed: &u64| -> Option<f64> {
            let errors =
                (0..DOSES.len()).map(|place| self.0.at(&(direction, place), seed).copied());
            let fit = least_squares(&columns, &errors.collect::<Option<Vec<f64>>>()?).ok()?;
            Some(fit.coefficients[1].value)
        };
        let slopes: Option<Vec<f64>> = self.0.seeds().iter().map(of_seed).collect();
        mean(&slopes?).ok()
    }

    /// Kendall's tau-b of norm and test error over the interpolants of one seed, all
    /// directions together, up to a dose; the mean over seeds.
    pub fn tau(&self, largest_dose: f64) -> Option<Estimate> {
        let of_seed = |&seed: &u64| -> Option<f64> {
            let (mut norms, mut errors) = (Vec::new(), Vec::new());
            for (number, direction) in DIRECTIONS.into_iter().enumerate() {
                // At the dose 0 all directions are the same interpolant.
                let doses = DOSES.iter().enumerate().skip(usize::from(number > 0));
                for (place, dose) in doses.take_while(|(_, dose)| **dose <= largest_dose) {
                    norms.push(dose.hypot(1.0));
                    errors.push(*self.0.at(&(direction, place), seed)?);
                }
            }
            Some(kendall_tau_b(&norms, &errors).ok()?.statistic)
        };
        let taus: Option<Vec<f64>> = self.0.seeds().iter().map(of_seed).collect();
        Some(mean(&taus?).ok()?.within(-1.0, 1.0))
    }

    /// The doses at which the helpful direction has a larger norm and, with all of its
    /// 95 % interval, a lower error than the smallest norm.
    pub fn larger_and_better(&self) -> Vec<f64> {
        (1..DOSES.len())
            .filter(|&dose| {
                let gained = self.difference((Direction::Helpful, dose), (Direction::Helpful, 0));
                let interval = gained.and_then(|d| d.interval);
                interval.is_some_and(|i| i.high < 0.0)
            })
            .map(|dose| DOSES[dose])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seeds whose errors depend on the norm alone, but for a shift of each direction.
    fn equal_norm(shifts: &[[f64; 3]]) -> EqualNorm {
        let errors = |shift: f64| -> Vec<f64> {
            let doubled = DOSES.iter().map(|dose| dose.hypot(1.0).log2());
            doubled.map(|d| 0.2 + 0.1 * d + shift * d).collect()
        };
        let response = |shift: &[f64; 3]| Response {
            smallest_norm: 1.0,
            largest_training_deviation: 0.0,
            largest_norm_deviation: 0.0,
            test_errors: (DIRECTIONS.into_iter().zip(shift))
                .map(|(direction, &shift)| (direction, errors(shift)))
                .collect(),
        };
        let seeds: Vec<u64> = (1..=shifts.len() as u64).collect();
        EqualNorm::of(&seeds, &shifts.iter().map(response).collect::<Vec<_>>())
    }

    #[test]
    fn a_slope_per_doubling_is_found() {
        let slope = equal_norm(&[[0.0, 0.05, -0.15]]).slope(Direction::Helpful);
        assert!((slope.unwrap().value + 0.05).abs() < 1e-11);
    }

    /// At the dose 1 the norm is √2 times the smallest: half a doubling.
    #[test]
    fn contrasts_are_those_of_the_shifts() {
        let found = equal_norm(&[[0.0, 0.2, -0.2], [0.0, 0.3, -0.1]]);
        assert!((found.effect().unwrap().value - 0.2).abs() < 1e-12);
        assert!((found.help().unwrap().value + 0.025).abs() < 1e-12);
        assert_eq!(found.error((Direction::Random, 0)).unwrap().value, 0.2);
    }

    #[test]
    fn only_where_the_norm_decides_does_it_order_all() {
        // Equal norms tie in the norm and, here, in the error.
        let norm_decides = equal_norm(&[[0.0; 3]]).tau(1.0).unwrap().value;
        let direction_decides = equal_norm(&[[0.0, 0.2, -0.2]]).tau(1.0).unwrap().value;
        assert!((norm_decides - 1.0).abs() < 1e-12);
        assert!(direction_decides < 0.6);
    }

    #[test]
    fn a_larger_norm_with_a_lower_error_is_found() {
        let better = equal_norm(&[-0.2, -0.21, -0.19].map(|shift| [0.0, 0.0, shift]));
        assert_eq!(better.larger_and_better(), DOSES[1..]);
        assert!(equal_norm(&[[0.0; 3]; 3]).larger_and_better().is_empty());
    }
}
