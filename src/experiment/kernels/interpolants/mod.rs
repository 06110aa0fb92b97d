//! Any interpolants that are asked for: every combination of kernels, sizes, labels, ridges
//! and seeds, checked and planned before the first is found.
//!
//! ```
//! use rethink::dataset::Dataset;
//! use rethink::experiment::kernels::interpolants::{Pool, Request, plan};
//!
//! let pool = Pool::of(&Dataset::load("fashion-mnist-10k", None)?, None)?;
//! let request = Request {
//!     train_sizes: vec![60, 100],
//!     ..Request::new(vec!["gaussian:5".parse()?])
//! };
//! for sample in plan(&request, &pool)? {
//!     let seen = sample.featurize(&pool, &request.solver)?;
//!     for job in &sample.jobs {
//!         let found = seen.solve(job, &mut |_| {})??;
//!         assert_eq!(found.train_error, 0.0);
//!         assert!(found.rkhs_norm.is_some());
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod found;
mod job;
mod kernels;
mod pool;
#[cfg(feature = "cli")]
mod record;
mod remark;
mod solve;

pub use error::InterpolantsError;
pub use found::{Found, NotFound, Seconds};
pub use job::{Job, Request, Sample, plan};
pub use kernels::kernels;
pub use pool::Pool;
pub use remark::{Conflict, Miss, Remark};
pub use solve::Featurized;
