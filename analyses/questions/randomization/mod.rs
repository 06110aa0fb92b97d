//! `rethink randomization`: what happens when labels or pixels are randomized?
//!
//! After section 2 and Figure 1 of Zhang et al. 2017, arXiv 1611.03530.

mod as_good;
mod figures;
mod order;
mod published;
mod same_updates;
mod settings;
mod tables;
mod verdicts;

use rethink::experiment::Study;
use rethink::experiment::run::StoredRun;
use rethink::report::{Claim, Outcome, QuestionReport};
use rethink::statistics::Estimate;
use rethink::treatment::Treatment;

use crate::questions::{Description, Question};
use crate::session::Session;
use order::OfImages;
use same_updates::SameUpdates;
use settings::Settings;

pub use settings::{paper_rate_recipe, small_set_recipe};

/// The question.
pub struct Randomization;

/// The six treatments, in the order of the paper's Figure 1a.
const TREATMENTS: [Treatment; 6] = [
    Treatment::TrueLabels,
    Treatment::ShuffledPixels,
    Treatment::GaussianPixels,
    Treatment::RandomPixels,
    Treatment::RandomLabels,
    HALF_CORRUPTED,
];
/// Those of the figure, from easy to hard according to it.
const FIGURE_1A: [Treatment; 5] = {
    let [a, b, c, d, e, _] = TREATMENTS;
    [a, b, c, d, e]
};
const HALF_CORRUPTED: Treatment = Treatment::CorruptedLabels { probability: 0.5 };

/// What the runs say.
struct Findings {
    settings: Settings,
    /// The error of guessing.
    chance: f64,
    /// Numbers per image.
    features: usize,
    runs: Study<Treatment, StoredRun>,
    same_updates: SameUpdates,
    /// The treatment of each corruption level, from 0 to 1.
    sweep: Vec<(f64, Treatment)>,
    /// The convolutional network; none where the settings say why.
    images: Option<OfImages>,
}

impl Findings {
    /// Steps to the target relative to true labels, within seeds.
    fn relative_steps(&self, treatment: Treatment) -> Option<Estimate> {
        let clean = Treatment::TrueLabels;
        self.runs.relative_steps(&treatment, &clean)
    }
}

/// The treatment of a corruption level; its ends are the treatments that the
/// paper names, so that their runs are shared.
fn corrupted(probability: f64) -> Treatment {
    if probability == 0.0 {
        Treatment::TrueLabels
    } else if probability == 1.0 {
        Treatment::RandomLabels
    } else {
        Treatment::CorruptedLabels { probability }
    }
}

/// The name of a treatment in tables and figures.
fn name(treatment: Treatment) -> String {
    match treatment {
        Treatment::TrueLabels => "true labels".into(),
        Treatment::CorruptedLabels { probability } => {
            format!("labels corrupted, p = {probability}")
        }
        Treatment::RandomLabels => "random labels".into(),
        Treatment::ShuffledPixels => "shuffled pixels".into(),
        Treatment::RandomPixels => "random pixels".into(),
        Treatment::GaussianPixels => "Gaussian pixels".into(),
    }
}

impl Question for Randomization {
    fn description(&self) -> Description {
        Description {
            id: "randomization",
            title: "Randomization",
            asks: "Does a network fit random labels, and at what cost?",
            about: "Trains the same network on true labels, labels corrupted with probability p, \
                    random labels, shuffled, random and Gaussian pixels, over several seeds, and \
                    compares training and test error and the steps it takes to fit, after Figure \
                    1 of Zhang et al. 2017. Trains a convolutional network too, for the order of \
                    difficulty. Compares training accuracy on true and random labels after the \
                    same number of updates.",
            claims: &[Claim::C1, Claim::C6],
            example: "rethink randomization --budget smoke",
        }
    }

    /// C6: training accuracies differ by less than a point at the end of training (Table 1),
    /// and random labels take 3.1 times the updates (Figure 1a).
    fn published(&self) -> &'static [(Claim, Outcome)] {
        &[
            (Claim::C1, Outcome::Contradicted),
            (Claim::C6, Outcome::PartlySupported),
        ]
    }

    fn answer(&self, session: &Session) -> anyhow::Result<QuestionReport> {
        let settings = Settings::of(session);
        let sweep: Vec<_> = (settings.levels().into_iter())
            .map(|p| (p, corrupted(p)))
            .collect();
        let mut treatments = TREATMENTS.to_vec();
        for &(_, treatment) in &sweep {
            if !treatments.contains(&treatment) {
                treatments.push(treatment);
            }
        }
        let (title, seeds) = ("randomization", &settings.seeds);
        let runs = session.trained(title, treatments, seeds, |&treatment, seed| {
            let sizes = (settings.train_size, settings.test_size);
            session.spec(
                settings.architecture,
                treatment,
                sizes,
                settings.recipe,
                seed,
            )
        })?;
        let findings = Findings {
            chance: session.chance(),
            features: session.dataset.shape().features(),
            runs,
            same_updates: SameUpdates::train(session, &settings)?,
            images: OfImages::train(session, &settings)?,
            sweep,
            settings,
        };
        Ok(QuestionReport {
            answer: verdicts::answer(&findings),
            verdicts: verdicts::verdicts(&findings),
            figures: figures::figures(&findings)?,
            tables: tables::tables(&findings),
            warnings: verdicts::warnings(&findings),
            smaller_than_paper: findings.settings.smaller(session),
            method: findings.settings.method(session),
            published: published::notes(&findings),
            ..self.report(session)
        })
    }
}
