//! The command line: what can be typed anywhere, how it is refused, and what is printed.

pub mod bar;
pub mod exit;
mod figures;
pub mod numbers;
mod options;
pub mod output;
pub mod place;
pub mod progress;
pub mod signals;
pub mod task;

pub use options::{Budget, Format, Options};
