//! `rethink norms`: are the networks that fit random labels larger?
//!
//! Pairs of runs, true against random labels, that share everything else. The
//! comparison is that of Neyshabur et al. 2017 (arXiv 1706.08947) and Bartlett
//! et al. 2017 (arXiv 1706.08498).

mod figures;
mod measured;
mod pairs;
mod ranking;
mod settings;
mod tables;
mod verdicts;

use rethink::experiment::Study;
use rethink::experiment::run::StoredRun;
use rethink::report::{Claim, Outcome, QuestionReport};

use crate::questions::{Description, Question};
use crate::session::Session;
use measured::Seen;
use pairs::{Cell, cells, layer_measures, network_measures};
use ranking::Compared;
use settings::Settings;

/// The question.
pub struct Norms;

/// What the runs say.
struct Findings {
    settings: Settings,
    runs: Study<Cell, StoredRun>,
    /// All measures of the same runs.
    measured: Study<Cell, Seen>,
    /// Every measure, those that separate best first.
    compared: Vec<Compared>,
}

impl Findings {
    /// The largest training set.
    fn largest(&self) -> usize {
        self.settings.sizes.last().copied().unwrap_or(0)
    }

    /// A run at the largest training set: all of them have the same layers and measures.
    fn example(&self) -> Option<&StoredRun> {
        self.runs.outputs(&cells(self.largest())[0]).next()
    }

    /// The norms that whole networks have. (id, name)
    fn network_measures(&self) -> Vec<(&'static str, &'static str)> {
        self.example().map(network_measures).unwrap_or_default()
    }

    /// The norms that layers have. (id, name)
    fn layer_measures(&self) -> Vec<(&'static str, &'static str)> {
        self.example().map(layer_measures).unwrap_or_default()
    }

    /// The shapes of the layers.
    fn shapes(&self) -> Vec<&[usize]> {
        let layers = self.example().map(|run| &run.measures.layers);
        let layers = layers.into_iter().flatten();
        layers.map(|layer| layer.shape.as_slice()).collect()
    }
}

impl Question for Norms {
    fn description(&self) -> Description {
        Description {
            id: "norms",
            asks: "Are the solutions SGD finds on random labels larger than on true labels?",
            about: "Trains pairs of networks that share data, initial weights, order of batches and \
                    stopping rule, one on true and one on random labels, at several training-set \
                    sizes, and compares norms, raw and divided by the margin: ratios, separation, \
                    and growth with the size. Ranks all measures of the registry, and holds their \
                    growth against that of the test error. Evidence on claim C7 of the review.",
            example: "rethink norms --seeds 10 --format json",
        }
    }

    /// No published result settles C7.
    fn published(&self) -> &'static [(Claim, Outcome)] {
        &[]
    }

    fn answer(&self, session: &Session) -> anyhow::Result<QuestionReport> {
        let settings = Settings::of(session);
        let specs: Vec<_> = settings
            .sizes
            .iter()
            .flat_map(|&size| cells(size))
            .flat_map(|(size, treatment)| {
                settings
                    .seeds
                    .iter()
                    .map(move |&seed| (size, treatment, seed))
            })
            .map(|(size, treatment, seed)| {
                session.spec(
                    settings.architecture,
                    treatment,
                    (size, settings.test_size),
                    settings.recipe,
                    seed,
                )
            })
            .collect();
        let runs = session.runs("norms", &specs)?;
        let measured = measured::measure(session, &runs, settings.slow_measures)?;
        let keyed = runs.into_iter().map(|run| {
            let (cell, seed) = measured::key(&run);
            (cell, seed, run)
        });
        let largest = settings.sizes.last().copied().unwrap_or(0);
        let findings = Findings {
            compared: ranking::compare(&measured, largest, settings.slow_measures),
            runs: Study::new(keyed),
            measured,
            settings,
        };
        Ok(QuestionReport {
            question: "norms".to_owned(),
            title: "Norms".to_owned(),
            asks: self.description().asks.to_owned(),
            answer: verdicts::answer(&findings),
            verdicts: vec![verdicts::smaller_norms_are_easier(&findings)],
            figures: figures::figures(&findings)?,
            tables: tables::tables(&findings),
            warnings: verdicts::warnings(&findings),
            method: findings.settings.method(session),
            published: vec![
                "Neyshabur et al. 2017 (arXiv 1706.08947) compare norms divided by the margin for \
                 networks trained on subsets of CIFAR-10 with true and random labels, in figures \
                 without tables: their norms are larger for random labels and grow faster with n; a \
                 public replication could not reproduce the random-label part. Bartlett et al. 2017 \
                 (arXiv 1706.08498) report that their spectral bound, Lipschitz constants and excess \
                 risk rise together on original and random labels. They are other networks and \
                 data, so no published value stands beside ours."
                    .to_owned(),
            ],
            setting: session.setting(),
            provenance: session.provenance("norms"),
        })
    }
}
