//! The pilot: trainings on other seeds that fix sizes, rates, strengths and epochs.

use rethink::experiment::Study;
use rethink::experiment::regularization::{Pilot, Regularizer, Strengths, fastest, least};
use rethink::experiment::run::StoredRun;
use rethink::network::Zoo;
use rethink::report::Table;
use rethink::report::table::Cell;
use rethink::training::Target;
use rethink::treatment::Treatment::{self, RandomLabels, TrueLabels};

use super::Findings;
use super::plan::Plan;
use super::settings::{CROP, EARLY_STOPPING, ROTATION, Settings, TARGET};
use crate::session::Session;

/// A learning rate that was tried on random labels without regularization, with a number of
/// training images.
type Tried = (usize, f64);

/// A strength that was tried on true labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Strength {
    pub regularizer: Regularizer,
    pub value: f64,
}

/// What the pilot of a network tried and fixed.
pub struct Piloted {
    pub tried: Study<Tried, StoredRun>,
    pub strengths: Study<Strength, StoredRun>,
    pub fixed: Pilot,
}

impl Piloted {
    pub fn train(session: &Session, settings: &Settings, plan: &Plan) -> anyhow::Result<Self> {
        let Plan { network, .. } = *plan;
        let seeds = settings.pilot_seeds();
        let most = settings.most_epochs;
        let spec = |network: Zoo, labels: Treatment, images, recipe, seed| {
            session.spec(network, labels, (images, settings.test_size), recipe, seed)
        };
        let title = format!("regularization: pilot of {network}");

        let mut tried = Study::new([]);
        let mut chosen = None;
        for &images in &settings.images {
            let cells = plan.rates.iter().map(|&rate| (images, rate));
            let of_size = session.trained(&title, cells, &seeds, |&(images, rate), seed| {
                let recipe = settings.recipe(rate, Target::ZeroError, most);
                spec(network, RandomLabels, images, recipe, seed)
            })?;
            chosen = fastest(&of_size);
            tried.extend(of_size);
            if chosen.is_some() {
                break;
            }
        }
        let smallest = settings.images.last().copied().unwrap_or(0);
        let (images, rate) = chosen.unwrap_or((smallest, plan.rates[0]));
        let on_true = session.trained(&title, [()], &seeds, |(), seed| {
            let target = Target::CrossEntropy { at_most: TARGET };
            let recipe = settings.recipe(rate, target, most);
            spec(network, TrueLabels, images, recipe, seed)
        })?;

        let strength = |regularizer| move |&value: &f64| Strength { regularizer, value };
        let decays = settings.weight_decays.iter();
        let drops = settings.dropouts.iter();
        let values = (decays.map(strength(Regularizer::WeightDecay)))
            .chain(drops.map(strength(Regularizer::Dropout)))
            .filter(|one| plan.regularizers.contains(&one.regularizer));
        let strengths = session.trained(&title, values, &seeds, |one, seed| {
            let mut recipe = settings.recipe(rate, Target::Epochs, most);
            let strengths = with(one.value, one.value);
            recipe.regularization = one.regularizer.with(&strengths);
            recipe.regularization.early_stopping = Some(EARLY_STOPPING);
            spec(network, TrueLabels, images, recipe, seed)
        })?;
        let best = |regularizer, default: f64| {
            let cells = (strengths.cells()).filter(|one| one.regularizer == regularizer);
            let error = |one: &Strength| strengths.mean(one, StoredRun::held_out_error);
            let errors = cells.map(|one| (one.value, error(one).map(|error| error.value)));
            least(errors).unwrap_or(default)
        };
        let fixed = Pilot {
            network,
            images,
            learning_rate: rate,
            fits: chosen.is_some(),
            epochs_true: on_true.median_epochs(&()).unwrap_or(most),
            epochs_random: tried.median_epochs(&(images, rate)).unwrap_or(most),
            strengths: with(
                best(Regularizer::WeightDecay, settings.weight_decays[0]),
                best(Regularizer::Dropout, settings.dropouts[0]),
            ),
        };
        Ok(Self {
            tried,
            strengths,
            fixed,
        })
    }
}

/// The pilot of a network that had one.
pub fn of_network<'a>(pilots: impl IntoIterator<Item = &'a Pilot>, network: Zoo) -> &'a Pilot {
    let found = pilots.into_iter().find(|pilot| pilot.network == network);
    found.expect("every network had a pilot")
}

impl Settings {
    /// What stands for a pilot before there is one.
    pub fn provisional(&self, plan: &Plan) -> Pilot {
        Pilot {
            network: plan.network,
            images: self.images[0],
            learning_rate: plan.rates[0],
            fits: true,
            epochs_true: self.most_epochs,
            epochs_random: self.most_epochs,
            strengths: with(self.weight_decays[0], self.dropouts[0]),
        }
    }
}

fn with(weight_decay: f64, dropout: f64) -> Strengths {
    Strengths {
        weight_decay,
        dropout,
        crop: CROP,
        rotation: ROTATION,
        early_stopping: EARLY_STOPPING,
    }
}

/// What the pilot tried, and what it fixed.
pub fn table(findings: &Findings) -> Table {
    let rows = findings.pilots.iter().flat_map(|piloted| {
        let rates = piloted
            .tried
            .cells()
            .map(move |&cell| Row::Rate(piloted, cell));
        let strengths = piloted.strengths.cells();
        rates.chain(strengths.map(move |&cell| Row::Strength(piloted, cell)))
    });
    let fixed: Vec<String> = findings
        .pilots
        .iter()
        .map(|piloted| in_words(&piloted.fixed))
        .collect();
    Table::of("pilot", "What the pilot tried and chose", rows)
        .text("network", |row| row.piloted().fixed.network.name())
        .text("labels", |row| match row {
            Row::Rate(..) => "random",
            Row::Strength(..) => "true",
        })
        .text("what", |row| match row {
            Row::Rate(_, (images, _)) => format!("learning rate, n = {images}"),
            Row::Strength(_, one) => one.regularizer.name().to_owned(),
        })
        .number("value", |row| match row {
            Row::Rate(_, (_, rate)) => Cell::significant(*rate, 2),
            Row::Strength(_, one) => Cell::significant(one.value, 2),
        })
        .number("fitted", |row| match row {
            Row::Rate(piloted, cell) => {
                let (reached, all) = piloted.tried.reached(cell);
                Some(format!("{reached} of {all}"))
            }
            Row::Strength(..) => None,
        })
        .unit("seeds")
        .number("updates to fit", |row| match row {
            Row::Rate(piloted, cell) => piloted.tried.steps(cell),
            Row::Strength(..) => None,
        })
        .percent("held-out error", |row| match row {
            Row::Rate(..) => None,
            Row::Strength(piloted, one) => {
                (piloted.strengths).fraction(one, StoredRun::held_out_error)
            }
        })
        .text("chosen", |row| if row.chosen() { "yes" } else { "" })
        .note(format!(
            "Learning rate and number of images: the largest training set, and on it the rate with \
             the fewest updates, for which every training on random labels gets to zero training \
             error. Strengths: the least error on a fifth of the training images that is held \
             out, at its best epoch, on true labels. Fixed: {}.",
            fixed.join("; ")
        ))
}

/// A line of the table.
enum Row<'a> {
    Rate(&'a Piloted, Tried),
    Strength(&'a Piloted, Strength),
}

impl<'a> Row<'a> {
    fn piloted(&self) -> &'a Piloted {
        match self {
            Self::Rate(piloted, _) | Self::Strength(piloted, _) => piloted,
        }
    }

    fn chosen(&self) -> bool {
        let fixed = self.piloted().fixed;
        match self {
            Self::Rate(_, chosen) => *chosen == (fixed.images, fixed.learning_rate),
            Self::Strength(_, one) => match one.regularizer {
                Regularizer::Dropout => one.value == fixed.strengths.dropout,
                _ => one.value == fixed.strengths.weight_decay,
            },
        }
    }
}

fn in_words(pilot: &Pilot) -> String {
    format!(
        "{}, {} images, {} epochs of true labels, at most {} of random labels",
        pilot.network,
        pilot.images,
        pilot.epochs(),
        pilot.limit()
    )
}
