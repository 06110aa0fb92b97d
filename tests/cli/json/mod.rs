//! The JSON that other programs read, declared again: a field that is added,
//! lost or renamed fails here.

mod datasets;
mod reports;
mod training;
