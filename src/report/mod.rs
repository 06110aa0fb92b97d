//! Figures, tables, verdicts and the page that holds them.
//!
//! A question ends in a [`QuestionReport`]: a one-sentence answer, a [`Verdict`] per claim
//! that it decides, a [`Contribution`] per claim that another question decides, tables and
//! figures, and the provenance of every number. A report is a pure function of stored runs, so
//! everything here can be redrawn without training.
//!
//! ```text
//! QuestionReport --write--> out/reports/<question>/{report.json, *.csv, *.svg}
//!                --text---> the terminal
//!                --json---> stdout, schema "rethink/<question>/5"
//! stored reports --page---> out/index.html, one self-contained file
//! ```
//!
//! The page is written with `maud`: its templates are checked by the compiler
//! and escape every interpolated string unless it is marked as markup, which
//! happens only for our own style sheet and SVG.
//!
//! Without the feature `cli` there are verdicts and contributions, and nothing else.

pub mod contribution;
#[cfg(feature = "cli")]
mod error;
#[cfg(feature = "cli")]
pub mod figure;
#[cfg(feature = "cli")]
pub mod page;
#[cfg(feature = "cli")]
pub mod question;
#[cfg(feature = "cli")]
mod records;
#[cfg(feature = "cli")]
pub mod table;
#[cfg(feature = "cli")]
pub mod text;
pub mod verdict;

pub use contribution::{Contribution, Direction};
#[cfg(feature = "cli")]
pub use error::ReportError;
#[cfg(feature = "cli")]
pub use figure::{Figure, FigureText};
#[cfg(feature = "cli")]
pub use question::{QuestionReport, Setting};
#[cfg(feature = "cli")]
pub use records::Records;
#[cfg(feature = "cli")]
pub use table::{Cell, Column, Rows, Table};
#[cfg(feature = "cli")]
pub use text::Layout;
pub use verdict::{Claim, Evidence, Outcome, Verdict};
