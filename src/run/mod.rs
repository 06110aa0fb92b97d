//! Trainings: what determines one, what it leaves, and who computes it.
//!
//! A [`RunSpec`] determines a run and nothing else does. The [`Engine`] computes the
//! runs that the [`Store`](crate::store::Store) does not hold yet, one per core.

mod engine;
mod error;
mod outputs;
mod prepare;
mod spec;
mod stored;

pub use engine::{Engine, Observer, Silent};
pub use error::RunError;
pub use prepare::{Prepared, prepare};
pub use spec::{DataSpec, RunId, RunSpec};
pub use stored::{Share, StoredRun, Summary};
