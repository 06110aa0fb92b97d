//! What papers report: the numbers that stand beside ours.
//!
//! They are rows of two tables, `data/published.csv` and `data/networks.csv`, each with where
//! it is stated. A new one is a line there.

mod networks;
mod values;

pub use networks::{Network, networks};
pub use values::{Quantity, Value, values};

/// The rows of a table inside the program; its tests read every one.
fn rows<T: serde::de::DeserializeOwned>(table: &str) -> Vec<T> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let rows: Result<_, _> = reader.deserialize().collect();
    rows.expect("a table of this crate, read by its tests")
}
