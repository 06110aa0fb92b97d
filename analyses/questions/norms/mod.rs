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

use rethink::report::{Claim, Outcome, QuestionReport};
use rethink::treatment::Treatment;

use crate::questions::{Description, Question};
use crate::session::Session;
use measured::MeasuredPairs;
use pairs::Pairs;
use ranking::Compared;
use settings::Settings;

/// The question.
pub struct Norms;

/// What the runs say.
struct Findings {
    settings: Settings,
    /// One set of pairs per training-set size, smallest first.
    by_size: Vec<Pairs>,
    /// All measures of the same runs.
    measured: Vec<MeasuredPairs>,
    /// Every measure, those that separate best first.
    compared: Vec<Compared>,
}

impl Findings {
    /// The pairs at the largest training set.
    fn largest(&self) -> &Pairs {
        &self.by_size[self.by_size.len() - 1]
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
            .flat_map(|&size| {
                [Treatment::TrueLabels, Treatment::RandomLabels].map(|treatment| (size, treatment))
            })
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
        let by_size = pairs::group(&runs, settings.seeds.len());
        let measured = measured::measure(session, &by_size, settings.slow_measures)?;
        let findings = Findings {
            compared: ranking::compare(&measured, settings.slow_measures),
            by_size,
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
