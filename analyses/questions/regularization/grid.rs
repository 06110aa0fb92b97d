//! The trainings that are compared: every regularizer, on true and on random labels.

use anyhow::Context;
use rethink::experiment::Study;
use rethink::experiment::regularization::{Cell, Coefficient, Pilot, Regularizer};
use rethink::experiment::run::{RunSpec, StoredRun};
use rethink::training::{Target, Tested};
use rethink::treatment::Treatment::{RandomLabels, TrueLabels};

use super::neither::named;
use super::pilot::of_network;
use super::plan::Plan;
use super::settings::Settings;
use crate::session::Session;

/// The runs of the paper's Tables 1 and 4, and those of every coefficient of weight decay.
pub struct Grid {
    pub cells: Study<Cell, StoredRun>,
    pub coefficients: Study<Coefficient, StoredRun>,
}

impl Grid {
    pub fn train(session: &Session, settings: &Settings, pilots: &[Pilot]) -> anyhow::Result<Self> {
        let run = |cell: &Cell, seed| {
            let pilot = of_network(pilots, cell.network);
            spec(session, settings, pilot, cell, seed)
        };
        let title = "regularization: true and random labels";
        let cells = session.trained(title, cells(&settings.plans), &settings.seeds, run)?;
        let decaying = (settings.plans.iter())
            .filter(|plan| plan.regularizers.contains(&Regularizer::WeightDecay));
        let coefficients = decaying.flat_map(|plan| {
            let strengths = [0.0]
                .into_iter()
                .chain(settings.weight_decays.iter().copied());
            strengths.map(|weight_decay| Coefficient {
                network: plan.network,
                weight_decay,
            })
        });
        let title = "regularization: weight decay";
        let coefficients = session.trained(title, coefficients, &settings.seeds, |one, seed| {
            let plain = Cell {
                network: one.network,
                labels: TrueLabels,
                regularizer: Regularizer::None,
            };
            let mut spec = run(&plain, seed);
            spec.recipe.regularization.weight_decay = one.weight_decay;
            spec
        })?;
        Ok(Self {
            cells,
            coefficients,
        })
    }
}

/// Refuses a training that could not be run, before any is.
pub fn check(session: &Session, settings: &Settings) -> anyhow::Result<()> {
    for plan in &settings.plans {
        let pilot = settings.provisional(plan);
        for cell in cells(std::slice::from_ref(plan)) {
            let spec = spec(session, settings, &pilot, &cell, 0);
            spec.check(&session.dataset).with_context(|| named(&cell))?;
        }
    }
    Ok(())
}

/// Every network and regularizer with true labels, and with random labels all but those that do not
/// let a network fit its labels by themselves: early stopping, and pairs.
pub fn cells(plans: &[Plan]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for labels in [RandomLabels, TrueLabels] {
        let asked = |one: &&Regularizer| labels == TrueLabels || on_random_labels(**one);
        for plan in plans {
            cells.extend(
                plan.regularizers
                    .iter()
                    .filter(asked)
                    .map(|&regularizer| Cell {
                        network: plan.network,
                        labels,
                        regularizer,
                    }),
            );
        }
    }
    cells
}

/// Whether a network with this regularizer is trained on random labels.
pub fn on_random_labels(regularizer: Regularizer) -> bool {
    let alone = matches!(regularizer, Regularizer::None | Regularizer::All);
    alone || regularizer.is_single()
}

/// True labels for a fixed number of updates, random labels until they are fitted.
fn spec(session: &Session, settings: &Settings, pilot: &Pilot, cell: &Cell, seed: u64) -> RunSpec {
    let (target, epochs) = match cell.labels {
        RandomLabels => (Target::ZeroError, pilot.limit()),
        _ => (Target::Epochs, pilot.epochs()),
    };
    let mut recipe = settings.recipe(pilot.learning_rate, target, epochs);
    recipe.decay = settings.decay_of(cell.labels, cell.regularizer);
    recipe.regularization = cell.regularizer.with(&pilot.strengths);
    let sizes = (pilot.images, settings.test_size);
    RunSpec {
        // Figure 2a is a curve of test accuracy on true labels.
        tested: match cell.labels {
            TrueLabels => Tested::EveryEpoch,
            _ => Tested::AtTheEnd,
        },
        ..session.spec(cell.network, cell.labels, sizes, recipe, seed)
    }
}
