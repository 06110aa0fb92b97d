//! Contrasts between interpolants of equal norm and equal training cost.

use rethink::experiment::linear::{DIRECTIONS, DOSES, Direction, EqualNorm};
use rethink::report::{Cell, Column, Table};
use rethink::text::number::fixed;

use crate::show::{cell_or_missing, percent};

/// Contrasts at each dose.
pub fn table(equal_norm: &EqualNorm, seeds: usize) -> Table {
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
        let cells = pairs.map(|(left, right)| {
            cell_or_missing(equal_norm.difference(left, right).map(percent).as_ref())
        });
        let norm = Cell::number(dose.hypot(1.0), fixed(dose.hypot(1.0), 3));
        table
            .rows
            .push(std::iter::once(norm).chain(cells).collect());
    }
    let slopes: Vec<String> = (DIRECTIONS.into_iter())
        .filter_map(|d| {
            Some(format!(
                "{} {}",
                d.name(),
                equal_norm.slope(d).map(percent)?
            ))
        })
        .collect();
    let tau =
        |dose| (equal_norm.tau(dose)).map_or_else(|| "unknown".to_owned(), |tau| tau.to_string());
    table.note = format!(
        "Within seeds; mean over {} seeds with 95 % interval. Points of test error gained by each doubling \
         of the norm, slope over all doses: {}. Kendall's tau of norm and test error over all directions: \
         {} up to √2 times the smallest norm, {} over all doses, of which the large ones order \
         themselves.",
        seeds,
        slopes.join(", "),
        tau(1.0),
        tau(f64::INFINITY),
    );
    table
}
