//! Trainings that are stored whole: what determines one, what it leaves, and many of them
//! at once.
//!
//! A [`RunSpec`] determines a run and nothing else does; it is an
//! [`Experiment`](super::Experiment) whose weights, curve and outputs are kept as files. The
//! [`Engine`] computes the runs that the [`Store`](crate::store::Store) does not hold yet,
//! one per core.

mod engine;
mod measured;
mod outputs;
mod prepare;
mod spec;
mod stored;

pub use engine::{Engine, Observer, Silent};
pub use measured::MeasuredRun;
pub use prepare::{Prepared, prepare};
pub use spec::{DataSpec, RunId, RunSpec};
pub use stored::{Share, StoredRun, Summary};
