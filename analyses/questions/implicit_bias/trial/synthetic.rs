//! Made-up outcomes of a whole trial, for the tests of what shows them.

use std::collections::BTreeMap;

use rethink::network::{Architecture, Zoo};
use rethink::trial::design::{
    Cell, Cells, Change, Cost, End, Measured, Moved, Outcome, Plan, Stratum, Thresholds,
};
use rethink::trial::rules;

/// A plan of strata with these names, with every network of the design.
pub fn plan(blocks: u64, strata: &[&str]) -> Plan {
    let architecture = Zoo::Mlp1x32;
    let model = Architecture::from(architecture).build(784, 10);
    let layout = model.expect("a network").layout().clone();
    let Cells { cells, left_out } = Cells::of(architecture, &layout, 200);
    let stratum = |name: &&str| Stratum {
        name: (*name).to_owned(),
        dataset: (*name).to_owned(),
        label: None,
        checksum: String::new(),
        train_size: 200,
        test_size: 10_000,
        auxiliary: 1000,
        architecture,
        limit: 1000,
        pilot: vec![],
        shell_rate: 0.1,
        cells: cells.clone(),
        left_out: left_out.clone(),
    };
    Plan {
        numerics: 1,
        rules: rules::SOURCES.to_owned(),
        blocks: (0..blocks).collect(),
        pilot_blocks: vec![],
        costs: vec![Cost::cross_entropy(0.01), Cost::cross_entropy(0.1)],
        thresholds: Thresholds::default(),
        strata: strata.iter().map(stratum).collect(),
        left_out: vec![],
    }
}

/// An outcome for every network, block and cost: norms spread over a decade, errors that follow
/// them.
pub fn outcomes(plan: &Plan) -> Vec<Outcome> {
    let mut all = Vec::new();
    for (at, stratum) in plan.strata.iter().enumerate() {
        for (place, &cell) in stratum.cells.iter().enumerate() {
            for (&block, &cost) in plan
                .blocks
                .iter()
                .flat_map(|b| plan.costs.iter().map(move |c| (b, c)))
            {
                let shaken = ((place * 37 + block as usize * 11 + at * 5) % 17) as f64 / 17.0;
                let factor = match cell {
                    Cell::Changed {
                        change: Change::Dose { factor },
                        ..
                    } => factor,
                    Cell::Changed { .. } => 1.0,
                    Cell::Shell { factor } => factor,
                    Cell::Found { .. } => 10.0_f64.powf((place % 7) as f64 / 7.0),
                };
                let norm = factor * (1.0 + 0.1 * block as f64) * (1.0 + 0.05 * shaken);
                let moved = matches!(cell, Cell::Changed { .. }).then_some(Moved {
                    loss_change: 1e-4,
                    logit_change: 1e-3,
                    miss: 1e-4,
                    left: 0.5,
                    length: 0.1 + 0.1 * (place % 9) as f64,
                    steps: 20,
                });
                all.push(Outcome {
                    stratum: stratum.name.clone(),
                    block,
                    cell,
                    cost,
                    end: End::Reached,
                    evaluations: 200 * (20 + place as u64),
                    updates: 100,
                    network: Some(Measured {
                        cost: 0.99 * cost.value,
                        path_norm: norm,
                        norm: 2.0 * norm,
                        others: BTreeMap::from([("outputs on other images".to_owned(), norm)]),
                        margin: 0.5,
                        train_error: 0.0,
                        test_error: 0.2 + 0.03 * factor.ln() + 0.01 * shaken,
                        test_loss: 1.0,
                    }),
                    moved,
                });
            }
        }
    }
    all
}
