//! Kernel ridge regression without one example, as the question asks for it.

use rethink::dataset::Preprocessing;
use rethink::experiment::Study;
use rethink::experiment::stability::{Removals, RidgeStability};
use rethink::stability::bounds::ridge_regression;
use rethink::treatment::Treatment;

use super::LABELINGS;
use super::settings::{BANDWIDTH, RIDGES, Settings};
use crate::session::Session;

/// By ridge and labeling.
pub type Removed = Study<(f64, Treatment), RidgeStability>;

/// The bound on a change of the loss at one ridge, whatever the labels:
/// that of Bousquet and Elisseeff, who take 2 for the slope of the loss at the removed
/// example, times half the slope where outputs outside [0, 1] make it larger.
pub fn bound(removed: &Removed, ridge: f64) -> f64 {
    let cells = LABELINGS.map(|(labels, _)| (ridge, labels));
    let slopes = cells.iter().flat_map(|cell| removed.outputs(cell));
    let slope = slopes.map(|m| m.admissibility).fold(2.0, f64::max);
    ridge_regression(1.0, ridge) * slope / 2.0
}

/// The largest change of the loss over seeds.
pub fn largest(removed: &Removed, cell: (f64, Treatment)) -> f64 {
    let changes = removed.outputs(&cell).map(|m| m.largest);
    changes.fold(0.0, f64::max)
}

/// Computes what is missing.
pub fn measure(session: &Session, settings: &Settings) -> anyhow::Result<Removed> {
    let specs: Vec<Removals> = (LABELINGS.into_iter())
        .flat_map(|(labels, _)| settings.seeds.iter().map(move |&seed| (labels, seed)))
        .map(|(labels, seed)| Removals {
            checksum: session.dataset.checksum().to_owned(),
            labels,
            train: settings.train,
            compared: settings.compared,
            preprocessing: Preprocessing::UnitInterval,
            bandwidth: BANDWIDTH,
            ridges: RIDGES.to_vec(),
            seed,
        })
        .collect();
    let measured = session.outputs_of(&specs)?;
    let removed = Study::of(&specs, measured, |spec| (spec.labels, spec.seed));
    Ok(removed.split(|&labels, of_ridges| {
        let ridges = RIDGES.into_iter().zip(of_ridges.clone());
        ridges.map(move |(ridge, measured)| ((ridge, labels), measured))
    }))
}
