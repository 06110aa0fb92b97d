//! The trial of the claim that SGD generalizes because small norms are easier to
//! reach: its figures and tables.
// wired by the question
#![allow(dead_code)]

mod arms;
mod figures;
#[cfg(test)]
mod synthetic;
mod tables;
