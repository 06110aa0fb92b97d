//! The subcommands that answer no question of their own: each does one thing and prints it.

pub mod completions;
pub mod complexity;
pub mod construct;
pub mod data;
pub mod explain;
pub mod interpolate;
pub mod measure;
pub mod report;
pub mod runs;
mod single;
pub mod toy;
pub mod train;
