//! The interpolants as tables: two for people, one with everything.

use rethink::experiment::kernels::interpolants::NotFound;
use rethink::kernel::{ConditionKind, Norm};
use rethink::report::{Cell, Column, Table};
use rethink::text::number::significant;

use super::Entry;

/// Errors and norms.
pub fn results(entries: &[Entry]) -> Table {
    let hundredths = |fraction: f64| Cell::fixed(100.0 * fraction, 2);
    let published = |e: &Entry| {
        let errors = e.published.iter().map(|p| percent(p.test_error));
        let errors = errors.collect::<Vec<_>>().join(", ");
        if errors.is_empty() {
            "–".to_owned()
        } else {
            errors
        }
    };
    let mut table = Table::of("interpolants", "Error and norm", (1..).zip(entries))
        .number("no.", |&(place, _): &(usize, _)| place)
        .text("kernel", |(_, e)| e.kernel.as_str())
        .number("n", |(_, e)| e.train_size)
        .text("labels", |(_, e)| e.labels.to_string())
        .number("ridge", |(_, e)| Cell::number(e.ridge, e.ridge.to_string()))
        .number("seed", |(_, e)| {
            Cell::number(e.seed as f64, e.seed.to_string())
        })
        .number("train", |(_, e)| hundredths(e.train_error))
        .unit("%")
        .number("test", |(_, e)| {
            let [low, high] = e.test_error_interval.map(|x| 100.0 * x);
            Cell::estimate(100.0 * e.test_error, low, high)
        })
        .unit("%")
        .number("RKHS norm", |(_, e)| norm(e.norm))
        .text("published", |(_, e)| published(e));
    let left_out = entries.iter().any(|e| e.leave_one_out_error.is_some());
    if left_out {
        let dimension = |x| Cell::significant(x, 4);
        table = table
            .number("leave one out", |(_, e)| {
                e.leave_one_out_error.map(hundredths)
            })
            .unit("%")
            .number("effective dimension", |(_, e)| {
                e.effective_dimension.map(dimension)
            });
    }
    let mut note = "Train: exact. Test: estimate, with the 95 % Wilson interval for the test images as a \
                    sample; the labels of the test images are the true ones. Published: test error in %. RKHS norm √Σ_c α_cᵀKα_c: \
                    root of the sum of squares over classes, targets 0 and 1 (one-hot), to 1 %: where \
                    the residual r = y − (K + λI)α is above the tolerance, or rᵀα or rounding may be \
                    more than 1 % of αᵀKα, it is not determined, and the interpolant's is at least \
                    yᵀα / √(αᵀKα)."
        .to_owned();
    if left_out {
        note += " Leave one out: exact, on the training labels as given; no estimate of the test \
                 error where images of the training set resemble each other more than test \
                 images. Effective dimension tr K(K + λI)⁻¹: exact up to rounding.";
    }
    table.note(note)
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
    let ranges = (1_usize..).zip(entries).filter_map(|(place, e)| {
        let range = e.range.as_ref()?;
        Some([&range.at_threshold, &range.at_ten_times].map(|kept| (place, e, range.of, kept)))
    });
    let ranges: Vec<_> = ranges.flatten().collect();
    (!ranges.is_empty()).then(|| {
        let title = "Singular kernel matrices: rank, and where the labels lie";
        Table::of("ranges", title, ranges)
            .number("no.", |row| row.0)
            .text("pivots of the", |row| row.2.words())
            .number("threshold", |row| Cell::significant(row.3.threshold, 2))
            .number("rank", |row| row.3.rank)
            .number("of n", |row| row.1.distinct())
            .number("outside the range", |row| Cell::significant(row.3.residual, 2))
            .number("√(yᵀK⁺y)", |row| Cell::significant(row.3.norm, 4))
            .text("which is the norm of", |row| match row.1.norm {
                Norm::Known(_) => "the interpolant",
                Norm::LeastSquares(_) | Norm::AtLeast(_) => "the least-squares fit",
            })
            .note(
                "Pivots above the threshold times the largest are kept: first those above rounding, \
                 then those above ten times as much; how far the two differ is how far the norm \
                 hangs on the threshold. Outside the range: ‖(I − P)y‖ / ‖y‖, P the projection onto \
                 the range. An interpolant exists if and only if the labels lie in the range; what is outside by no more \
                 than --tolerance counts as rounding.",
            )
    })
}

/// How it was computed.
pub fn computation(entries: &[Entry]) -> Table {
    let gigabytes = |bytes: u64| Cell::fixed(bytes as f64 / 1e9, 2);
    let table = Table::of("computation", "How it was computed", (1..).zip(entries))
        .number("no.", |&(place, _): &(usize, _)| place)
        .text("solver", |(_, e)| match e.rank {
            0 => format!("{}, {}", e.solver, e.precision),
            rank => format!("{}, {}, rank {rank}", e.solver, e.precision),
        })
        .number("steps", |(_, e)| e.iterations)
        .number("residual", |(_, e)| {
            Cell::significant(e.relative_residual, 2)
        })
        .number("condition", |(_, e)| {
            Cell::significant(e.condition_estimate, 2)
        })
        .number("fit", |(_, e)| {
            Cell::fixed(e.seconds.gram + e.seconds.solve, 2)
        })
        .unit("s")
        .number("predict", |(_, e)| Cell::fixed(e.seconds.predict, 2))
        .unit("s")
        .number("planned", |(_, e)| gigabytes(e.planned_bytes))
        .unit("GB")
        .number("peak", |(_, e)| e.peak_bytes.map(gigabytes))
        .unit("GB");
    let used = |kind| entries.iter().any(|e| e.condition_kind == kind);
    let mut note =
        "Residual ‖(K + λI)α − y‖ / ‖y‖: exact, against K computed again in f64.".to_owned();
    if used(ConditionKind::OneNorm) {
        note += " Condition after Cholesky: estimate from below in the 1-norm, of K + λI; \
                       steps are refinements.";
    }
    if used(ConditionKind::Preconditioned) {
        note += " Steps of conjugate gradients: passes over K; condition: lower bound, of the preconditioned matrix.";
    }
    if used(ConditionKind::Pivots) {
        note += " Condition after pivots: largest over smallest kept pivot of K, a lower bound on the range.";
    }
    note += " Fit: kernel matrix and solution. Planned: solver and features. Peak: of the whole process so far, with the data.";
    table.note(note)
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
