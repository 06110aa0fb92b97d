//! What the norm of an interpolant decides at equal training cost: contrasts and
//! slopes of the experiment that the question `interpolation` has.

use rethink::report::{Cell, Column, Table};
use rethink::statistics::{Estimate, kendall_tau_b, least_squares, mean, paired_difference};
use rethink::text::number::fixed;

use crate::questions::interpolation::dose::values;
use crate::show::{cell_or_missing, correlation, percent};
use rethink::experiment::linear::{DIRECTIONS, DOSES, Direction, Response};

/// Test error of one direction minus that of another at a dose, in points.
fn difference(
    responses: &[Response],
    (left, right): ((Direction, usize), (Direction, usize)),
) -> Option<Estimate> {
    let left = values(responses, left.0, left.1)?;
    let right = values(responses, right.0, right.1)?;
    paired_difference(&left, &right).ok().map(percent)
}

/// Test error gained by each doubling of the norm in a direction, in points: the
/// slope over all doses within each seed, then the mean over seeds.
pub fn slope(responses: &[Response], direction: Direction) -> Option<Estimate> {
    let doublings: Vec<f64> = DOSES.iter().map(|dose| dose.hypot(1.0).log2()).collect();
    let slopes: Option<Vec<f64>> = (responses.iter())
        .map(|response| {
            let (_, errors) = (response.test_errors.iter()).find(|(d, _)| *d == direction)?;
            let columns = [vec![1.0; DOSES.len()], doublings.clone()];
            let fit = least_squares(&columns, errors).ok()?;
            Some(fit.coefficients[1].value)
        })
        .collect();
    mean(&slopes?).ok().map(percent)
}

/// Kendall's tau-b of norm and test error over the interpolants of one seed, all
/// directions together, up to a dose; the mean over seeds.
pub fn tau(responses: &[Response], largest_dose: f64) -> Option<Estimate> {
    let taus: Option<Vec<f64>> = (responses.iter())
        .map(|response| {
            let (mut norms, mut errors) = (Vec::new(), Vec::new());
            for (direction, (_, of_direction)) in response.test_errors.iter().enumerate() {
                // At the dose 0 all directions are the same interpolant.
                let skipped = usize::from(direction > 0);
                let doses = DOSES.iter().zip(of_direction).skip(skipped);
                for (dose, error) in doses.take_while(|(dose, _)| **dose <= largest_dose) {
                    norms.push(dose.hypot(1.0));
                    errors.push(*error);
                }
            }
            kendall_tau_b(&norms, &errors)
                .ok()
                .map(|test| test.statistic)
        })
        .collect();
    mean(&taus?).ok().map(correlation)
}

/// The doses at which the helpful direction has a larger norm and, with all of its
/// 95 % interval, a lower error than the smallest norm.
pub fn larger_and_better(responses: &[Response]) -> Vec<f64> {
    (1..DOSES.len())
        .filter(|&dose| {
            let pair = ((Direction::Helpful, dose), (Direction::Helpful, 0));
            let interval = difference(responses, pair).and_then(|d| d.interval);
            interval.is_some_and(|i| i.high < 0.0)
        })
        .map(|dose| DOSES[dose])
        .collect()
}

/// Contrasts at each dose.
pub fn table(responses: &[Response]) -> Table {
    let mut table = Table::new(
        "equal-norm-contrasts",
        "Differences in test error at equal norm and equal training cost",
        vec![
            Column::number("norm / smallest"),
            Column::number("adversarial − helpful").unit("points"),
            Column::number("random − smallest").unit("points"),
            Column::number("helpful − smallest").unit("points"),
        ],
    );
    for (place, dose) in DOSES.iter().enumerate().skip(1) {
        let from_least = |direction: Direction| ((direction, place), (direction, 0));
        let pairs = [
            ((Direction::Adversarial, place), (Direction::Helpful, place)),
            from_least(Direction::Random),
            from_least(Direction::Helpful),
        ];
        let cells = pairs.map(|pair| cell_or_missing(difference(responses, pair).as_ref()));
        let norm = Cell::number(dose.hypot(1.0), fixed(dose.hypot(1.0), 3));
        table
            .rows
            .push(std::iter::once(norm).chain(cells).collect());
    }
    let slopes: Vec<String> = (DIRECTIONS.into_iter())
        .filter_map(|d| Some(format!("{} {}", d.name(), slope(responses, d)?)))
        .collect();
    let tau = |dose| tau(responses, dose).map_or_else(|| "unknown".to_owned(), |t| t.to_string());
    table.note = format!(
        "Within seeds; mean over {} seeds with 95 % interval. Points of test error gained by each doubling \
         of the norm, slope over all doses: {}. Kendall's tau of norm and test error over all directions: \
         {} up to √2 times the smallest norm, {} over all doses, of which the large ones order \
         themselves.",
        responses.len(),
        slopes.join(", "),
        tau(1.0),
        tau(f64::INFINITY),
    );
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Errors that depend on the norm alone, but for a shift of each direction.
    fn response(shift: [f64; 3]) -> Response {
        let errors = |shift: f64| -> Vec<f64> {
            let doubled = DOSES.iter().map(|dose| dose.hypot(1.0).log2());
            doubled.map(|d| 0.2 + 0.1 * d + shift * d).collect()
        };
        Response {
            smallest_norm: 1.0,
            largest_training_deviation: 0.0,
            largest_norm_deviation: 0.0,
            test_errors: (DIRECTIONS.into_iter().zip(shift))
                .map(|(direction, shift)| (direction, errors(shift)))
                .collect(),
        }
    }

    #[test]
    fn a_slope_per_doubling_is_found() {
        let slope = slope(&[response([0.0, 0.05, -0.15])], Direction::Helpful);
        assert!((slope.unwrap().value + 5.0).abs() < 1e-9);
    }

    #[test]
    fn only_where_the_norm_decides_does_it_order_all() {
        // Equal norms tie in the norm and, here, in the error.
        let norm_decides = tau(&[response([0.0; 3])], 1.0).unwrap().value;
        let direction_decides = tau(&[response([0.0, 0.2, -0.2])], 1.0).unwrap().value;
        assert!((norm_decides - 1.0).abs() < 1e-12);
        assert!(direction_decides < 0.6);
    }

    #[test]
    fn a_larger_norm_with_a_lower_error_is_found() {
        let [a, b, c] = [-0.2, -0.21, -0.19].map(|shift| response([0.0, 0.0, shift]));
        assert_eq!(larger_and_better(&[a, b, c]), DOSES[1..]);
        let same = response([0.0; 3]);
        assert!(larger_and_better(&[same.clone(), same.clone(), same]).is_empty());
    }
}
