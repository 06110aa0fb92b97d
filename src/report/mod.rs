//! Figures, tables, verdicts and the page that holds them.
//!
//! A question ends in a [`QuestionReport`]: a one-sentence answer, a
//! [`Verdict`] per claim, tables and figures, and the
//! provenance of every number. A report is a pure function of stored runs, so
//! everything here can be redrawn without training.
//!
//! ```text
//! QuestionReport --write--> out/reports/<question>/{report.json, *.csv, *.svg}
//!                --text---> the terminal
//!                --json---> stdout, schema "rethink/<question>/3"
//! stored reports --page---> out/index.html, one self-contained file
//! ```
//!
//! The page is written with `maud`: its templates are checked by the compiler
//! and escape every interpolated string unless it is marked as markup, which
//! happens only for our own style sheet and SVG.

mod error;
pub mod figure;
pub mod page;
pub mod question;
pub mod table;
pub mod text;
pub mod verdict;

pub use error::ReportError;
pub use figure::{Figure, FigureText};
pub use question::{QuestionReport, Setting};
pub use table::{Cell, Column, Table};
pub use verdict::{Claim, Evidence, Outcome, Verdict};
