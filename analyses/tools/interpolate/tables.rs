//! The interpolants as tables: two for people, one with everything.

use rethink::experiment::kernels::interpolants::NotFound;
use rethink::kernel::{ConditionKind, Norm, Range};
use rethink::report::{Cell, Column, Table};

use super::{Entry, told};

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
            told::cell(e.norm),
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
                Cell::text(told::factored(range)),
                Cell::significant(projection.threshold, 2),
                Cell::count(projection.rank),
                Cell::count(told::distinct(e)),
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
    type Read = fn(&Entry) -> Cell;
    fn number(value: Option<f64>) -> Cell {
        value.map_or_else(Cell::missing, |value| Cell::number(value, ""))
    }
    fn of_range(e: &Entry, read: fn(&Range) -> f64) -> Cell {
        number(e.range.as_ref().map(read))
    }
    let columns: [(&str, Read); 41] = [
        ("kernel", |e| Cell::text(&e.kernel)),
        ("features", |e| Cell::text(&e.features)),
        ("dimension", |e| Cell::count(e.dimension)),
        ("labels", |e| Cell::text(e.labels.to_string())),
        ("train_size", |e| Cell::count(e.train_size)),
        ("test_size", |e| Cell::count(e.test_size)),
        ("seed", |e| Cell::text(e.seed.to_string())),
        ("ridge", |e| number(Some(e.ridge))),
        ("solver", |e| Cell::text(e.solver.to_string())),
        ("precision", |e| Cell::text(e.precision.to_string())),
        ("rank", |e| Cell::count(e.rank)),
        ("iterations", |e| Cell::count(e.iterations)),
        ("train_error", |e| number(Some(e.train_error))),
        ("test_error", |e| {
            let [low, high] = e.test_error_interval;
            Cell::estimate(e.test_error, low, high)
        }),
        ("not_finite", |e| Cell::count(e.not_finite)),
        ("rkhs_norm", |e| number(e.rkhs_norm)),
        ("norm_status", |e| Cell::text(told::status(e.norm))),
        ("norm_at_least", |e| {
            number(match e.norm {
                Norm::AtLeast(least) => Some(least),
                _ => None,
            })
        }),
        ("least_squares_norm", |e| {
            number(match e.norm {
                Norm::LeastSquares(norm) => Some(norm),
                _ => None,
            })
        }),
        ("distinct_points", |e| Cell::count(told::distinct(e))),
        ("kernel_rank", |e| {
            of_range(e, |r| r.at_threshold.rank as f64)
        }),
        ("rank_threshold", |e| {
            of_range(e, |r| r.at_threshold.threshold)
        }),
        ("range_residual", |e| {
            of_range(e, |r| r.at_threshold.residual)
        }),
        ("norm_at_threshold", |e| {
            of_range(e, |r| r.at_threshold.norm)
        }),
        ("kernel_rank_at_ten_times", |e| {
            of_range(e, |r| r.at_ten_times.rank as f64)
        }),
        ("range_residual_at_ten_times", |e| {
            of_range(e, |r| r.at_ten_times.residual)
        }),
        ("norm_at_ten_times", |e| {
            of_range(e, |r| r.at_ten_times.norm)
        }),
        ("relative_residual", |e| number(Some(e.relative_residual))),
        ("condition_estimate", |e| number(Some(e.condition_estimate))),
        ("condition_kind", |e| {
            Cell::text(match e.condition_kind {
                ConditionKind::OneNorm => "one-norm",
                ConditionKind::Preconditioned => "preconditioned",
                ConditionKind::Pivots => "pivots",
            })
        }),
        ("leave_one_out_error", |e| number(e.leave_one_out_error)),
        ("effective_dimension", |e| number(e.effective_dimension)),
        ("features_seconds", |e| number(Some(e.seconds.features))),
        ("gram_seconds", |e| number(Some(e.seconds.gram))),
        ("solve_seconds", |e| number(Some(e.seconds.solve))),
        ("verify_seconds", |e| number(Some(e.seconds.verify))),
        ("predict_seconds", |e| number(Some(e.seconds.predict))),
        ("planned_bytes", |e| number(Some(e.planned_bytes as f64))),
        ("peak_bytes", |e| number(e.peak_bytes.map(|b| b as f64))),
        ("published_test_error", |e| {
            let values = e.published.iter().map(|p| p.test_error.to_string());
            Cell::text(values.collect::<Vec<_>>().join(" "))
        }),
        ("error", |_| Cell::text("")),
    ];
    let names = columns.iter().map(|(name, _)| Column::number(*name));
    let mut table = Table::new("interpolants", "", names.collect());
    let row = |e: &Entry| columns.iter().map(|(_, read)| read(e)).collect();
    table.rows = entries.iter().map(row).collect();
    for f in failed {
        let cells = columns.iter().map(|(name, _)| match *name {
            "kernel" => Cell::text(&f.kernel),
            "labels" => Cell::text(f.labels.to_string()),
            "train_size" => Cell::count(f.train_size),
            "seed" => Cell::text(f.seed.to_string()),
            "ridge" => number(Some(f.ridge)),
            "error" => Cell::text(f.error.to_string()),
            _ => Cell::text(""),
        });
        table.rows.push(cells.collect());
    }
    table
}
