//! `rethink`: a laboratory for the question why over-parametrized networks
//! that can memorize random labels still generalize.
//!
//! The modules follow the data. A [`dataset`] is loaded and a subset drawn; a [`treatment`]
//! randomizes its labels or pixels; a [`network`] of the zoo is fitted to it by [`training`]
//! to a stated cost, which leaves a [`solution`], judged by the rule of [`classification`];
//! [`checkpoint`] reads the weights of a network trained elsewhere; [`measure`] computes
//! norms and margins of either; [`kernel`] finds the functions of smallest norm through the
//! same labels. [`complexity`] asks how well whole classes of functions follow random signs,
//! [`stability`] what one example changes, and [`expressivity`] writes down networks that fit
//! any labels. A [`toy`] problem is so small that its outcome is known.
//!
//! An [`experiment`] puts these together: everything that determines it is in its spec. The
//! [`store`] keeps each result under a hash of the spec, [`sealed`] with its checksum and with
//! its [`provenance`]. [`statistics`]
//! turns the numbers of several seeds into estimates with intervals; a [`trial`] compares
//! algorithms at one training cost; [`report`] makes figures, tables, verdicts and the page,
//! whose words [`explain`] defines.
//! Under all of them are [`linalg`], [`text`], and [`random`], from which every random number
//! comes.
//!
//! ```
//! use rethink::dataset::{Dataset, Preprocessing};
//! use rethink::measure::measure_all;
//! use rethink::network::{Architecture, Zoo};
//! use rethink::training::{Recipe, Task, Tested, fit};
//! use rethink::treatment::Treatment;
//!
//! let data = Dataset::load("fashion-mnist-10k", None)?;
//! let train = data.train().subset(50, 1)?;
//! let test = data.test().subset(100, 0)?;
//! let treated = Treatment::RandomLabels.apply(&train, &test, data.classes(), data.shape(), 1)?;
//! let standardize = |split| Preprocessing::PerImageStandardization.apply(split);
//! let (train, test) = (standardize(treated.train), standardize(treated.test));
//! let recipe = Recipe { learning_rate: 0.05, decay: 1.0, ..Recipe::default() };
//! let task = Task {
//!     architecture: &Architecture::Zoo(Zoo::Mlp1x16),
//!     recipe: &recipe,
//!     classes: data.classes(),
//!     train: &train,
//!     test: &test,
//!     tested: Tested::EveryEpoch,
//!     held_out: None,
//!     shape: None,
//!     seed: 1,
//! };
//! let solution = fit(&task, &mut |_| {})?;
//! let measures = measure_all(&solution.trained, Some(&solution.initial), Some(&solution.train))?;
//! assert!(solution.stop.reached_target());
//! assert!(measures.network["path-norm-l2"].is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// The rooms from below: one uses rooms of the groups above it, and of no other.

mod archive;
pub mod atomic;
mod digest;
pub mod provenance;
pub mod random;
pub mod solution;
pub mod text;

pub mod checkpoint;
pub mod classification;
pub mod dataset;
pub mod linalg;
pub mod sealed;

pub mod network;
pub mod statistics;
pub mod treatment;

pub mod certificate;
pub mod report;

pub mod measure;

pub mod expressivity;
pub mod store;
#[cfg(feature = "cli")]
pub mod toy;
pub mod training;

pub mod kernel;
pub mod stability;

pub mod complexity;
#[cfg(feature = "cli")]
pub mod published;
pub mod trial;

pub mod experiment;

pub mod explain;

// Tests of the program read the pins with the same file, under the library's name.
#[cfg(test)]
extern crate self as rethink;
