//! What determines a result, where it lives, and who computes it.
//!
//! A [`RunSpec`] determines a run and nothing else does. Its [`RunId`] is a
//! hash of it and names the folder in the [`Store`]. The [`Engine`] computes
//! the runs that are not stored yet, one per core.

mod arrays;
mod engine;
mod error;
mod prepare;
mod provenance;
mod record;
mod spec;
mod store;
mod stored;

pub use arrays::{read_weights, write_weights};
pub use engine::{Engine, Observer};
pub use error::RunError;
pub use prepare::{Prepared, prepare};
pub use provenance::{COMMIT, Provenance, VERSION, cpu_model};
pub use record::{Holds, Records};
pub use spec::{DataSpec, NUMERICS_VERSION, RunId, RunSpec};
pub use store::{Found, Store};
pub use stored::{Share, StoredRun, Summary, Unmeasured};
