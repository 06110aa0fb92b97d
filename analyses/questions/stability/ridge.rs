//! Kernel ridge regression without one example, as the question asks for it.

use rethink::dataset::Preprocessing;
use rethink::experiment::stability::{Removals, RidgeStability};
use rethink::stability::bounds::ridge_regression;
use rethink::treatment::Treatment;

use super::LABELINGS;
use super::settings::{BANDWIDTH, RIDGES, Settings};
use crate::session::Session;

/// One ridge and labeling, per seed.
pub struct Row {
    pub ridge: f64,
    pub labels: Treatment,
    pub seeds: Vec<RidgeStability>,
}

/// The bound on a change of the loss for rows of one ridge, whatever their labels:
/// that of Bousquet and Elisseeff, who take 2 for the slope of the loss at the removed
/// example, times half the slope where outputs outside [0, 1] make it larger.
pub fn bound(rows: &[Row]) -> f64 {
    let slopes = rows.iter().flat_map(|row| &row.seeds);
    let slope = slopes.map(|m| m.admissibility).fold(2.0, f64::max);
    ridge_regression(1.0, rows[0].ridge) * slope / 2.0
}

/// Computes what is missing.
pub fn measure(session: &Session, settings: &Settings) -> anyhow::Result<Vec<Row>> {
    let specs: Vec<Removals> = (LABELINGS.into_iter())
        .flat_map(|labels| settings.seeds.iter().map(move |&seed| (labels, seed)))
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
    let mut rows = Vec::new();
    for (which, ridge) in RIDGES.into_iter().enumerate() {
        for (labels, seeds) in LABELINGS
            .into_iter()
            .zip(measured.chunks(settings.seeds.len()))
        {
            rows.push(Row {
                ridge,
                labels,
                seeds: seeds.iter().map(|ridges| ridges[which]).collect(),
            });
        }
    }
    Ok(rows)
}
