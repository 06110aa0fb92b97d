//! What is said of an interpolant's norm, or that there is none.

use rethink::experiment::kernels::interpolants::{Found, NotFound};
use rethink::kernel::{Equal, Factored, Norm, Precision, Range};
use rethink::report::Cell;
use rethink::text::number::{fixed, significant};

/// The norm in a table: a number only where it is known.
pub fn cell(norm: Norm) -> Cell {
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

/// The word for it where a machine reads it.
pub fn status(norm: Norm) -> &'static str {
    match norm {
        Norm::Known(_) => "known",
        Norm::AtLeast(_) => "not-determined",
        Norm::LeastSquares(_) => "no-interpolant",
    }
}

/// The answer, where one interpolant was asked for.
pub fn answer(e: &Found) -> String {
    let (kernel, n) = (&e.kernel, fixed(e.train_size as f64, 0));
    let error = fixed(100.0 * e.test_error, 2);
    let through = format!("{kernel} through {n} images with labels {}", e.labels);
    match e.norm {
        Norm::Known(norm) => format!(
            "{through}: test error {error} %, RKHS norm {}.",
            significant(norm, 4)
        ),
        Norm::AtLeast(least) => format!(
            "{through}: test error {error} %, RKHS norm {}.",
            undetermined(least, e.precision)
        ),
        Norm::LeastSquares(_) => format!(
            "No function of the {kernel} kernel passes through {n} images with labels {}; the \
             least-squares fit has training error {} % and test error {error} %.",
            e.labels,
            fixed(100.0 * e.train_error, 2)
        ),
    }
}

fn undetermined(least: f64, precision: Precision) -> String {
    match least > 0.0 {
        true => format!(
            "not determined in this precision ({precision}), at least {}",
            significant(least, 4)
        ),
        false => format!("not determined in this precision ({precision})"),
    }
}

/// What a reader must know of the interpolant in this place, counted from 1, of which
/// the leave-one-out error may have been asked for.
pub fn warnings(place: usize, e: &Found, asked_to_leave_out: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(equal) = e.merged {
        warnings.push(format!(
            "no. {place}: {} of {} images equal an earlier one with the same label (training images {} \
             and {}) and count once: n = {} distinct images.",
            equal.count,
            fixed(e.train_size as f64, 0),
            equal.first,
            equal.second,
            fixed((e.train_size - equal.count) as f64, 0)
        ));
    }
    match (e.norm, &e.range) {
        (Norm::LeastSquares(norm), range) => {
            warnings.push(format!(
                "no. {place}: there is no interpolant; {}. What is shown is the least-squares fit of \
                 smallest norm, {}: training error {} %, residual {:.1e}.",
                no_interpolant(e.conflict, range.as_ref()),
                significant(norm, 4),
                fixed(100.0 * e.train_error, 2),
                e.relative_residual
            ));
        }
        (Norm::AtLeast(least), range) => {
            let singular = range.as_ref().map_or_else(String::new, |range| {
                format!(
                    "; the kernel matrix has numerical rank {} of {}",
                    range.at_threshold.rank,
                    distinct(e)
                )
            });
            warnings.push(format!(
                "no. {place}: the RKHS norm is {}: training error {} %, residual {:.1e}{singular}.",
                undetermined(least, e.precision),
                fixed(100.0 * e.train_error, 2),
                e.relative_residual
            ));
        }
        (Norm::Known(_), _) if e.ridge == 0.0 && e.train_error > 0.0 => warnings.push(format!(
            "no. {place} does not pass through all labels: training error {} %, residual {:.1e}.",
            fixed(100.0 * e.train_error, 2),
            e.relative_residual
        )),
        _ => {}
    }
    if asked_to_leave_out && e.leave_one_out_error.is_none() {
        warnings.push(format!(
            "no. {place}: there is no leave-one-out error, because the kernel matrix is singular in \
             this precision."
        ));
    }
    warnings
}

fn no_interpolant(conflict: Option<Equal>, range: Option<&Range>) -> String {
    match (conflict, range) {
        (Some(equal), _) => format!(
            "training images {} and {} are equal in single precision but their labels differ ({} such in all)",
            equal.first, equal.second, equal.count
        ),
        (None, Some(range)) => format!(
            "the labels lie outside the range of the kernel matrix, which has rank {}: \
             ‖(I − P)y‖ / ‖y‖ = {:.1e}",
            range.at_threshold.rank, range.at_threshold.residual
        ),
        (None, None) => "the kernel matrix is singular".to_owned(),
    }
}

/// Points that were solved for.
pub fn distinct(e: &Found) -> usize {
    e.train_size - e.merged.map_or(0, |equal| equal.count)
}

/// What the pivots are of.
pub fn factored(range: &Range) -> &'static str {
    match range.of {
        Factored::Features => "features",
        Factored::KernelMatrix => "kernel matrix",
    }
}

/// An interpolant that could not be found.
pub fn failure(f: &NotFound) -> String {
    let ridge = match f.ridge {
        0.0 => String::new(),
        ridge => format!(", ridge {ridge}"),
    };
    format!(
        "Not found: {}, n = {}, labels {}{ridge}, seed {}: {}.",
        f.kernel,
        fixed(f.train_size as f64, 0),
        f.labels,
        f.seed,
        f.error
    )
}
