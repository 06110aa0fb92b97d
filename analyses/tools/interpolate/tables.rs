//! The interpolants as tables: two for people, one with everything.

use rethink::experiment::kernels::interpolants::NotFound;
use rethink::kernel::{ConditionKind, Norm};
use rethink::report::{Cell, Column, Table};
use rethink::text::number::significant;

use super::Entry;

fn optional(value: Option<f64>, cell: impl Fn(f64) -> Cell) -> Cell {
    value.map_or_else(Cell::missing, cell)
}

/// Errors and norms.
pub fn results(entries: &[Entry]) -> Table {
    let left_out = entries.iter().any(|e| e.leave_one_out_error.is_some());
    let mut columns = vec![
        Column::number("no."),
        Column::text("kernel"),
        Column::number("n"),
        Column::text("labels"),
        Column::number("ridge"),
        Column::number("seed"),
        Column::number("train").unit("%"),
        Column::number("test").unit("%"),
        Column::number("RKHS norm"),
        Column::text("published"),
    ];
    if left_out {
        columns.push(Column::number("leave one out").unit("%"));
        columns.push(Column::number("effective dimension"));
    }
    let mut table = Table::new("interpolants", "Error and norm", columns);
    for (place, e) in entries.iter().enumerate() {
        let [low, high] = e.test_error_interval.map(|x| 100.0 * x);
        let published = e.published.iter().map(|p| percent(p.test_error));
        let mut row = vec![
            Cell::count(place + 1),
            Cell::text(&e.kernel),
            Cell::count(e.train_size),
            Cell::text(e.labels.to_string()),
            Cell::number(e.ridge, e.ridge.to_string()),
            Cell::number(e.seed as f64, e.seed.to_string()),
            Cell::fixed(100.0 * e.train_error, 2),
            Cell::estimate(100.0 * e.test_error, low, high),
            norm(e.norm),
            Cell::text(match published.collect::<Vec<_>>().join(", ") {
                none if none.is_empty() => "–".to_owned(),
                some => some,
            }),
        ];
        if left_out {
            row.push(optional(e.leave_one_out_error, |x| {
                Cell::fixed(100.0 * x, 2)
            }));
            row.push(optional(e.effective_dimension, |x| Cell::significant(x, 4)));
        }
        table.rows.push(row);
    }
    table.note = "Train: exact. Test: estimate, with the 95 % Wilson interval for the test images as a \
                  sample; the labels of the test images are the true ones. Published: test error in %. RKHS norm √Σ_c α_cᵀKα_c: \
                  root of the sum of squares over classes, targets 0 and 1 (one-hot), to 1 %: where \
                  the residual r = y − (K + λI)α is above the tolerance, or rᵀα or rounding may be \
                  more than 1 % of αᵀKα, it is not determined, and the interpolant's is at least \
                  yᵀα / √(αᵀKα)."
        .to_owned();
    if left_out {
        table.note += " Leave one out: exact, on the training labels as given; no estimate of the test \
                       error where images of the training set resemble each other more than test \
                       images. Effective dimension tr K(K + λI)⁻¹: exact up to rounding.";
    }
    table
}

/// A number only where it is known.
fn norm(norm: Norm) -> Cell {
    match norm {
        Norm::Known(norm) => Cell::significant(norm, 4),
        Norm::AtLeast(least) if least > 0.0 => Cell::number(
            f64::NAN,
            format!("≥ {}, not determined", significant(least, 4)),
        ),
        Norm::AtLeast(_) => Cell::number(f64::NAN, "not determined"),
        Norm::LeastSquares(_) => Cell::number(f64::NAN, "no interpolant"),
    }
}

fn percent(fraction: f64) -> String {
    format!("{}", (fraction * 1e6).round() / 1e4)
}

/// Rank of the kernel matrices that have no Cholesky factor, and where the labels
/// lie.
pub fn ranges(entries: &[Entry]) -> Option<Table> {
    let mut table = Table::new(
        "ranges",
        "Singular kernel matrices: rank, and where the labels lie",
        vec![
            Column::number("no."),
            Column::text("pivots of the"),
            Column::number("threshold"),
            Column::number("rank"),
            Column::number("of n"),
            Column::number("outside the range"),
            Column::number("√(yᵀK⁺y)"),
            Column::text("which is the norm of"),
        ],
    );
    for (place, e) in entries.iter().enumerate() {
        let Some(range) = &e.range else {
            continue;
        };
        for projection in [&range.at_threshold, &range.at_ten_times] {
            table.rows.push(vec![
                Cell::count(place + 1),
                Cell::text(range.of.words()),
                Cell::significant(projection.threshold, 2),
                Cell::count(projection.rank),
                Cell::count(e.distinct()),
                Cell::significant(projection.residual, 2),
                Cell::significant(projection.norm, 4),
                Cell::text(match e.norm {
                    Norm::Known(_) => "the interpolant",
                    Norm::LeastSquares(_) | Norm::AtLeast(_) => "the least-squares fit",
                }),
            ]);
        }
    }
    table.note = "Pivots above the threshold times the largest are kept: first those above rounding, \
                  then those above ten times as much; how far the two differ is how far the norm \
                  hangs on the threshold. Outside the range: ‖(I − P)y‖ / ‖y‖, P the projection onto \
                  the range. An interpolant exists if and only if the labels lie in the range; what is outside by no more \
                  than --tolerance counts as rounding."
        .to_owned();
    (!table.rows.is_empty()).then_some(table)
}

/// How it was computed.
pub fn computation(entries: &[Entry]) -> Table {
    let mut table = Table::new(
        "computation",
        "How it was computed",
        vec![
            Column::number("no."),
            Column::text("solver"),
            Column::number("steps"),
            Column::number("residual"),
            Column::number("condition"),
            Column::number("fit").unit("s"),
            Column::number("predict").unit("s"),
            Column::number("planned").unit("GB"),
            Column::number("peak").unit("GB"),
        ],
    );
    let gigabytes = |bytes: u64| Cell::fixed(bytes as f64 / 1e9, 2);
    for (place, e) in entries.iter().enumerate() {
        table.rows.push(vec![
            Cell::count(place + 1),
            Cell::text(match e.rank {
                0 => format!("{}, {}", e.solver, e.precision),
                rank => format!("{}, {}, rank {rank}", e.solver, e.precision),
            }),
            Cell::count(e.iterations),
            Cell::significant(e.relative_residual, 2),
            Cell::significant(e.condition_estimate, 2),
            Cell::fixed(e.seconds.gram + e.seconds.solve, 2),
            Cell::fixed(e.seconds.predict, 2),
            gigabytes(e.planned_bytes),
            e.peak_bytes.map_or_else(Cell::missing, gigabytes),
        ]);
    }
    let used = |kind| entries.iter().any(|e| e.condition_kind == kind);
    table.note =
        "Residual ‖(K + λI)α − y‖ / ‖y‖: exact, against K computed again in f64.".to_owned();
    if used(ConditionKind::OneNorm) {
        table.note += " Condition after Cholesky: estimate from below in the 1-norm, of K + λI; \
                       steps are refinements.";
    }
    if used(ConditionKind::Preconditioned) {
        table.note += " Steps of conjugate gradients: passes over K; condition: lower bound, of the preconditioned matrix.";
    }
    if used(ConditionKind::Pivots) {
        table.note += " Condition after pivots: largest over smallest kept pivot of K, a lower bound on the range.";
    }
    table.note += " Fit: kernel matrix and solution. Planned: solver and features. Peak: of the whole process so far, with the data.";
    table
}

/// Every number, one line per interpolant, for `--format csv`; one that could not
/// be found has its error in the last column.
pub fn everything(entries: &[Entry], failed: &[NotFound]) -> Table {
    let records: Vec<Vec<(&str, Cell)>> = entries.iter().map(record).collect();
    let names: Vec<&str> = (records.iter().take(1).flatten())
        .map(|(name, _)| *name)
        .collect();
    let columns: Vec<Column> = names.iter().map(|name| Column::number(*name)).collect();
    let failed = failed.iter().map(|failed| {
        let known = failed.record();
        let of = |name: &&str| known.iter().find(|(known, _)| known == name);
        let cells = names.iter().map(of);
        cells
            .map(|cell| cell.map_or("".into(), |(_, cell)| cell.clone()))
            .collect()
    });
    let found = records.iter().map(|record| {
        let cells = record.iter().map(|(_, cell)| cell.clone());
        cells.collect()
    });
    Table::new("interpolants", "", columns)
        .with_rows(found)
        .with_rows(failed)
}

/// The numbers of an interpolant, what was published of it, and no error.
fn record(e: &Entry) -> Vec<(&'static str, Cell)> {
    let published = e.published.iter().map(|p| p.test_error.to_string());
    let published = published.collect::<Vec<_>>().join(" ");
    let more = [
        ("published_test_error", published.into()),
        ("error", "".into()),
    ];
    e.found.record().into_iter().chain(more).collect()
}
