//! What is measured of a network.

use std::collections::BTreeMap;

use super::block::{Block, Data};
use crate::measure::{Report, Subject, margins};
use crate::solution::Outputs;
use crate::training::score;
use crate::trial::TrialError;
use crate::trial::design::{Cost, Measured};
use crate::trial::moving::Norms;

/// The primary norm.
const PRIMARY: &str = "path-norm-l2";
/// Other norms that have the unit of a margin and are divided by it.
const OTHERS: [&str; 5] = [
    "path-norm-l2-bias",
    "path-norm-l1",
    "path-norm-l1-bias",
    "product-of-frobenius-norms",
    "product-of-spectral-norms",
];
/// The root mean square of the logits on other images, the mean over classes taken out.
const OUTPUTS: &str = "outputs on other images";

/// Measures the network of these parameters; nothing of one without a positive margin on nine
/// examples of ten, or of weights so extreme that they have no norm to speak of.
pub fn of(
    block: &Block<'_>,
    parameters: &[f64],
    cost: Cost,
    data: &Data,
) -> Result<Option<Measured>, TrialError> {
    let [on_train, on_test] =
        [&data.train.split, &data.test].map(|split| block.outputs(parameters, split));
    let measured = if block.layout.is_dense() {
        let layers = crate::measure::layers(&block.weights(parameters))?;
        let subject = Subject::new(layers, None)?.with_outputs(on_train.clone());
        of_subject(&subject, cost, (&on_train, &on_test))?
    } else {
        let path = Norms::of(&block.layout).map(|mut norms| norms.ln_path(parameters).exp());
        path.and_then(|path| measured(path, BTreeMap::new(), cost, (&on_train, &on_test)))
    };
    Ok(measured.map(|mut measured| {
        let on_others = block.outputs(parameters, &block.auxiliary);
        let size = root_mean_square(&on_others);
        if size.is_finite() {
            measured.others.insert(OUTPUTS.to_owned(), size);
        }
        measured
    }))
}

/// The same of layers with their outputs.
pub fn of_subject(
    subject: &Subject,
    cost: Cost,
    outputs: (&Outputs, &Outputs),
) -> Result<Option<Measured>, TrialError> {
    let chosen = |id: &str| id == PRIMARY || OTHERS.contains(&id);
    let report = match Report::of(subject, |card| chosen(card.id)) {
        Ok(report) => report,
        Err(_) => return Ok(None),
    };
    let Some(margins) = &report.margin else {
        return Ok(None);
    };
    let over_margin = |id: &str| margins.over_margin.get(id).copied().flatten();
    let others = OTHERS.iter().filter_map(|&id| Some((id, over_margin(id)?)));
    let others = others.map(|(id, norm)| (format!("{id} / margin"), norm));
    let path = report.network.get(PRIMARY).copied().flatten();
    Ok(path.and_then(|path| measured(path, others.collect(), cost, outputs)))
}

fn measured(
    path_norm: f64,
    others: BTreeMap<String, f64>,
    cost: Cost,
    (on_train, on_test): (&Outputs, &Outputs),
) -> Option<Measured> {
    let margin = margins(on_train).ok()?.tenth_percentile?;
    let (train, test) = (score(on_train), score(on_test));
    let norm = path_norm / margin;
    (margin > 0.0 && norm.is_finite() && norm > 0.0).then(|| Measured {
        cost: cost.of(on_train),
        path_norm,
        norm,
        others,
        margin,
        train_error: train.error,
        test_error: test.error,
        test_loss: test.loss,
    })
}

fn root_mean_square(outputs: &Outputs) -> f64 {
    let rows = outputs.logits.chunks_exact(outputs.classes);
    let squares = rows.map(|row| {
        let each = || row.iter().map(|&f| f64::from(f));
        let mean = each().sum::<f64>() / outputs.classes as f64;
        each().map(|f| (f - mean).powi(2)).sum::<f64>()
    });
    (squares.sum::<f64>() / outputs.logits.len() as f64).sqrt()
}
