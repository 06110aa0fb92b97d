//! Which treatments are harder to fit for a convolutional network, and whether that is the order
//! of the paper's Figure 1a.

use rethink::experiment::run::StoredRun;
use rethink::experiment::{Pair, Study};
use rethink::published::{Quantity, values};
use rethink::report::{Cell, Table};
use rethink::statistics::Estimate;
use rethink::treatment::Treatment::{self, RandomLabels, ShuffledPixels, TrueLabels};

use super::settings::Settings;
use super::{FIGURE_1A, Findings, name};
use crate::questions::convolutional::Convolutional;
use crate::session::Session;
use crate::show::or_unknown;

/// The network of Figure 1a.
const PUBLISHED: &str = "small-inception-bn";

/// A convolutional network on the treatments of Figure 1a.
pub struct OfImages {
    pub network: Convolutional,
    pub runs: Study<Treatment, StoredRun>,
}

impl OfImages {
    /// Trains it, where there is one.
    pub fn train(session: &Session, settings: &Settings) -> anyhow::Result<Option<Self>> {
        let Ok(network) = settings.convolutional.clone() else {
            return Ok(None);
        };
        let title = "randomization: convolutional network";
        let runs = session.trained(title, FIGURE_1A, &settings.seeds, |&treatment, seed| {
            network.spec(session, treatment, seed)
        })?;
        Ok(Some(Self { network, runs }))
    }

    /// Steps to the target relative to true labels, within seeds.
    pub fn relative_steps(&self, treatment: Treatment) -> Option<Estimate> {
        self.runs.relative_steps(&treatment, &TrueLabels)
    }

    /// Every pair of treatments, the easier one by Figure 1a first.
    fn pairs(&self) -> Vec<Pair<Treatment>> {
        self.runs.steps_in_order(&FIGURE_1A)
    }

    /// What random labels and shuffled pixels cost it, and how far the order is that of the figure.
    pub fn answer(&self) -> String {
        let steps = |treatment| or_unknown(self.relative_steps(treatment));
        let pairs = self.pairs();
        let count = |holds| pairs.iter().filter(|pair| pair.holds() == holds).count();
        format!(
            "The convolutional network {} (n = {}) takes {} times the updates of true labels on \
             random labels, and {} times on shuffled pixels. Of {} pairs of treatments, {} have \
             the order of Figure 1a there, {} the other order, and {} are not decided.",
            self.network.architecture,
            self.network.train_size,
            steps(RandomLabels),
            steps(ShuffledPixels),
            pairs.len(),
            count(Some(true)),
            count(Some(false)),
            count(None),
        )
    }

    /// Which pairs have the order of Figure 1a here, and which do not.
    pub fn against_figure_1a(&self) -> String {
        let pairs = self.pairs();
        let those = |holds: Option<bool>| {
            let those = pairs.iter().filter(|pair| pair.holds() == holds);
            let words: Vec<String> = those
                .map(|pair| {
                    let (first, later) = (name(pair.first), name(pair.later));
                    let ratio = pair.ratio.map_or("unknown".to_owned(), |r| r.to_string());
                    format!("{later} / {first} {ratio}")
                })
                .collect();
            match words.len() {
                0 => "none".to_owned(),
                count => format!("{count} of {}: {}", pairs.len(), words.join(", ")),
            }
        };
        format!(
            "The convolutional network here, {}, in ratios of steps within seeds. In the order of \
             Figure 1a: {}. In the other order: {}. Not decided: {}.",
            self.network.subject(),
            those(Some(true)),
            those(Some(false)),
            those(None),
        )
    }
}

/// The published steps relative to true labels, by Figure 1a.
pub fn published(treatment: Treatment) -> Option<f64> {
    let labels = treatment.to_string();
    let mut published = values(Quantity::RelativeSteps, PUBLISHED, &labels);
    published.next().map(|published| published.value)
}

/// The steps, and the order of the treatments.
pub fn tables(findings: &Findings, images: &OfImages) -> [Table; 2] {
    [steps(findings, images), order(images)]
}

fn steps(findings: &Findings, images: &OfImages) -> Table {
    let (runs, network) = (&images.runs, &images.network);
    let title = format!(
        "Steps to fit of a convolutional network, {}",
        network.subject()
    );
    let of_mlp = format!("relative, {}", findings.settings.subject());
    Table::of("steps-of-images", title, FIGURE_1A)
        .text("treatment", |&treatment| name(treatment))
        .number("steps to fit", |t| runs.steps(t))
        .number("relative", |&t| images.relative_steps(t))
        .number("published relative", |&t| {
            published(t).map(|steps| Cell::fixed(steps, 2))
        })
        .number(of_mlp, |&t| findings.relative_steps(t))
        .percent("training accuracy", |t| runs.train_accuracy(t))
        .number("reached", |t| {
            let (reached, all) = runs.reached(t);
            format!("{reached} of {all}")
        })
        .note(
            "Steps: mean over seeds with 95 % interval, counted in whole epochs. Relative: to true \
             labels, geometric mean within seeds. Published: Inception on CIFAR-10, n = 50,000, \
             one run each, read off Figure 1a.",
        )
}

fn order(images: &OfImages) -> Table {
    let published = |pair: &Pair<Treatment>| {
        let ratio = published(pair.later)? / published(pair.first)?;
        Some(Cell::fixed(ratio, 2))
    };
    let title = format!(
        "Treatments in the order of Figure 1a, pair by pair, {}",
        images.network.subject()
    );
    Table::of("order-of-images", title, images.pairs())
        .text("easier in Figure 1a", |pair| name(pair.first))
        .text("harder in Figure 1a", |pair| name(pair.later))
        .number("steps, harder / easier", |pair| pair.ratio)
        .number("published", published)
        .text("order of Figure 1a", |pair| match pair.holds() {
            Some(true) => "holds",
            Some(false) => "reversed",
            None => "not decided",
        })
        .note(
            "Ratio of steps within a seed, geometric mean with 95 % interval, not adjusted for \
             the number of pairs. Holds: the interval lies above 1; reversed: below 1. Published: \
             Inception on CIFAR-10, n = 50,000, one run each, read off Figure 1a.",
        )
}
