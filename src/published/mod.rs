//! What papers report: the numbers that stand beside ours.
//!
//! They are rows of three tables, `data/published.csv`, `data/regularized.csv` and
//! `data/networks.csv`, each with where it is stated. A new one is a line there.

mod networks;
mod regularized;
mod values;

pub use networks::{Network, networks};
pub use regularized::{Regularized, regularized};
pub use values::{Quantity, Value, values};

/// The rows of a table inside the program; its tests read every one.
fn rows<T: serde::de::DeserializeOwned>(table: &str) -> Vec<T> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let rows: Result<_, _> = reader.deserialize().collect();
    rows.expect("a table of this crate, read by its tests")
}
