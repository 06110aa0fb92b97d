//! What is said of an interpolant beside its numbers.

use std::fmt;

use super::{Found, NotFound};
use crate::kernel::{Equal, Norm, Options, Precision, Range};
use crate::text::number::{fixed, significant};

/// What a reader must know of an interpolant. Its words are those of a sentence of their
/// own.
#[derive(Debug, Clone, PartialEq)]
pub enum Remark {
    /// Images equal an earlier one with the same label, and count once.
    Merged {
        /// Which ones.
        equal: Equal,
        /// Training images, with those that count once.
        images: usize,
    },
    /// No function passes through the labels.
    NoInterpolant {
        /// Why.
        why: Conflict,
        /// Norm of the least-squares fit.
        norm: f64,
        /// How near it comes.
        miss: Miss,
    },
    /// The norm is not determined in this precision.
    Undetermined {
        /// What it is at least; 0 where nothing is known.
        least: f64,
        /// Precision of the kernel matrix.
        precision: Precision,
        /// How near the function comes to the labels.
        miss: Miss,
        /// Numerical rank of a singular kernel matrix, and its side.
        rank: Option<(usize, usize)>,
    },
    /// The function misses labels although there is no ridge.
    MissesLabels(Miss),
    /// The leave-one-out error was asked for, and the kernel matrix is singular.
    NoLeaveOneOut,
    /// Outputs on so many images are not finite.
    NotFinite(usize),
}

/// How near a function comes to the labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Miss {
    /// Fraction of the training images misclassified.
    pub train_error: f64,
    /// ‖(K + λI)α − y‖ / ‖y‖.
    pub residual: f64,
}

/// Why no function passes through the labels.
#[derive(Debug, Clone, PartialEq)]
pub enum Conflict {
    /// Equal images have different labels.
    Labels(Equal),
    /// The labels lie outside the range of the kernel matrix.
    Range {
        /// Its rank.
        rank: usize,
        /// ‖(I − P)y‖ / ‖y‖, P the projection onto it.
        residual: f64,
    },
    /// The kernel matrix is singular; no more is known.
    Singular,
}

impl Conflict {
    fn of(equal: Option<Equal>, range: Option<&Range>) -> Self {
        match (equal, range) {
            (Some(equal), _) => Self::Labels(equal),
            (None, Some(range)) => Self::Range {
                rank: range.at_threshold.rank,
                residual: range.at_threshold.residual,
            },
            (None, None) => Self::Singular,
        }
    }
}

impl Found {
    /// What a reader must know of it; `asked` is what the solver was told.
    pub fn remarks(&self, asked: &Options) -> Vec<Remark> {
        let miss = Miss {
            train_error: self.train_error,
            residual: self.relative_residual,
        };
        let merged = self.merged.map(|equal| Remark::Merged {
            equal,
            images: self.train_size,
        });
        let range = self.range.as_ref();
        let of_norm = match self.norm {
            Norm::LeastSquares(norm) => Some(Remark::NoInterpolant {
                why: Conflict::of(self.conflict, range),
                norm,
                miss,
            }),
            Norm::AtLeast(least) => Some(Remark::Undetermined {
                least,
                precision: self.precision,
                miss,
                rank: range.map(|range| (range.at_threshold.rank, self.distinct())),
            }),
            Norm::Known(_) if self.ridge == 0.0 && self.train_error > 0.0 => {
                Some(Remark::MissesLabels(miss))
            }
            Norm::Known(_) => None,
        };
        let left_out = asked.leave_one_out && self.leave_one_out_error.is_none();
        [
            merged,
            of_norm,
            left_out.then_some(Remark::NoLeaveOneOut),
            (self.not_finite > 0).then_some(Remark::NotFinite(self.not_finite)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The errors and the norm in a sentence.
    pub fn sentence(&self) -> String {
        let (kernel, n) = (&self.kernel, fixed(self.train_size as f64, 0));
        let error = fixed(100.0 * self.test_error, 2);
        let through = format!("{kernel} through {n} images with labels {}", self.labels);
        match self.norm {
            Norm::Known(norm) => format!(
                "{through}: test error {error} %, RKHS norm {}.",
                significant(norm, 4)
            ),
            Norm::AtLeast(least) => format!(
                "{through}: test error {error} %, RKHS norm {}.",
                undetermined(least, self.precision)
            ),
            Norm::LeastSquares(_) => format!(
                "No function of the {kernel} kernel passes through {n} images with labels {}; the \
                 least-squares fit has training error {} % and test error {error} %.",
                self.labels,
                fixed(100.0 * self.train_error, 2)
            ),
        }
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

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |count: usize| fixed(count as f64, 0);
        match self {
            Self::Merged { equal, images } => write!(
                f,
                "{} of {} images equal an earlier one with the same label (training images {} and \
                 {}) and count once: n = {} distinct images.",
                equal.count,
                whole(*images),
                equal.first,
                equal.second,
                whole(images - equal.count)
            ),
            Self::NoInterpolant { why, norm, miss } => write!(
                f,
                "there is no interpolant; {why}. What is shown is the least-squares fit of smallest \
                 norm, {}: {miss}.",
                significant(*norm, 4)
            ),
            Self::Undetermined {
                least,
                precision,
                miss,
                rank,
            } => {
                let norm = undetermined(*least, *precision);
                write!(f, "the RKHS norm is {norm}: {miss}")?;
                if let Some((rank, n)) = rank {
                    write!(f, "; the kernel matrix has numerical rank {rank} of {n}")?;
                }
                f.write_str(".")
            }
            Self::MissesLabels(miss) => {
                write!(f, "the function does not pass through all labels: {miss}.")
            }
            Self::NoLeaveOneOut => f.write_str(
                "there is no leave-one-out error, because the kernel matrix is singular in this \
                 precision.",
            ),
            Self::NotFinite(images) => write!(
                f,
                "outputs are not finite on {images} images: they count as errors."
            ),
        }
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = fixed(100.0 * self.train_error, 2);
        write!(
            f,
            "training error {error} %, residual {:.1e}",
            self.residual
        )
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Labels(equal) => write!(
                f,
                "training images {} and {} are equal in single precision but their labels differ \
                 ({} such in all)",
                equal.first, equal.second, equal.count
            ),
            Self::Range { rank, residual } => write!(
                f,
                "the labels lie outside the range of the kernel matrix, which has rank {rank}: \
                 ‖(I − P)y‖ / ‖y‖ = {residual:.1e}"
            ),
            Self::Singular => f.write_str("the kernel matrix is singular"),
        }
    }
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = fixed(self.train_size as f64, 0);
        write!(
            f,
            "Not found: {}, n = {n}, labels {}",
            self.kernel, self.labels
        )?;
        if self.ridge > 0.0 {
            write!(f, ", ridge {}", self.ridge)?;
        }
        write!(f, ", seed {}: {}.", self.seed, self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::kernels::interpolants::{Pool, Request, plan};
    use crate::experiment::tests::dataset;

    const EQUAL: Equal = Equal {
        first: 3,
        second: 8,
        count: 2,
    };
    const MISS: Miss = Miss {
        train_error: 0.125,
        residual: 0.5,
    };

    /// The words of remarks are tested here and nowhere else.
    #[test]
    fn every_remark_has_its_numbers() {
        let no_interpolant = |why| Remark::NoInterpolant {
            why,
            norm: 2.0,
            miss: MISS,
        };
        let undetermined = |least, rank| Remark::Undetermined {
            least,
            precision: Precision::F32,
            miss: MISS,
            rank,
        };
        let range = Conflict::Range {
            rank: 7,
            residual: 0.25,
        };
        let merged = Remark::Merged {
            equal: EQUAL,
            images: 10,
        };
        for (remark, words) in [
            (merged, &["2 of 10", "images 3 and 8", "n = 8"][..]),
            (
                no_interpolant(Conflict::Labels(EQUAL)),
                &[
                    "no interpolant",
                    "3 and 8",
                    "labels differ",
                    "2.000",
                    "12.50 %",
                ],
            ),
            (no_interpolant(range), &["rank 7", "2.5e-1"]),
            (no_interpolant(Conflict::Singular), &["is singular"]),
            (
                undetermined(4.0, None),
                &["(f32), at least 4.000: ", "5.0e-1."],
            ),
            (
                undetermined(0.0, Some((7, 9))),
                &["(f32): ", "rank 7 of 9."],
            ),
            (Remark::MissesLabels(MISS), &["not pass through all labels"]),
            (Remark::NoLeaveOneOut, &["leave-one-out error"]),
            (Remark::NotFinite(5), &["not finite on 5 images"]),
        ] {
            let told = remark.to_string();
            assert!(told.ends_with('.'), "{told}");
            for word in words {
                assert!(told.contains(word), "{word}: {told}");
            }
        }
    }

    #[test]
    fn a_plain_interpolant_needs_no_remark() {
        let pool = Pool::of(dataset(), None).unwrap();
        let request = Request {
            train_sizes: vec![20],
            ..Request::new(vec!["gaussian:5".parse().unwrap()])
        };
        let sample = plan(&request, &pool).unwrap().remove(0);
        let seen = sample.featurize(&pool, &request.solver).unwrap();
        let mut found = seen.solve(&sample.jobs[0], &mut |_| {}).unwrap().unwrap();
        assert_eq!(found.remarks(&request.solver), []);
        assert!(found.sentence().starts_with("gaussian:5 through 20 images"));
        found.norm = Norm::AtLeast(1.0);
        let asked = Options {
            leave_one_out: true,
            ..request.solver.clone()
        };
        let [norm, left_out] = &found.remarks(&asked)[..] else {
            panic!("two remarks");
        };
        assert!(matches!(
            norm,
            Remark::Undetermined {
                least: 1.0,
                rank: None,
                ..
            }
        ));
        assert_eq!(*left_out, Remark::NoLeaveOneOut);
        found.norm = Norm::LeastSquares(1.0);
        found.conflict = Some(EQUAL);
        let first = found.remarks(&request.solver).remove(0);
        assert!(matches!(
            first,
            Remark::NoInterpolant {
                why: Conflict::Labels(_),
                ..
            }
        ));
        assert!(found.sentence().starts_with("No function"));
    }
}
