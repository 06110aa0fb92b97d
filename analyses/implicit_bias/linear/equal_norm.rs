//! What the norm of an interpolant decides at equal training cost: contrasts and
//! slopes of the experiment that the question `interpolation` has.

use rethink::report::number::fixed;
use rethink::report::{Cell, Column, Table};
use rethink::statistics::{Estimate, least_squares, mean, paired_difference};

use crate::interpolation::dose::{DIRECTIONS, DOSES, Direction, Response, values};
use crate::show::{cell_or_missing, percent};

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
    table.note = format!(
        "Within seeds; mean over {} seeds with 95 % interval. Points of test error gained by each doubling \
         of the norm, slope over all doses: {}.",
        responses.len(),
        slopes.join(", ")
    );
    table
}
