//! `rethink randomization`: what happens when labels or pixels are randomized?
//!
//! After section 2 and Figure 1 of Zhang et al. 2017, arXiv 1611.03530.

mod condition;
mod figures;
mod published;
mod settings;
mod tables;
mod verdicts;

use rethink::report::{Claim, Outcome, QuestionReport};
use rethink::treatment::Treatment;

use crate::questions::{Description, Question};
use crate::session::Session;
use condition::{Condition, group};
use settings::Settings;

pub use settings::small_set_recipe;

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
const HALF_CORRUPTED: Treatment = Treatment::CorruptedLabels { probability: 0.5 };

/// What the runs say, condition by condition.
struct Findings {
    settings: Settings,
    classes: usize,
    /// Numbers per image.
    features: usize,
    treatments: Vec<Condition>,
    /// One condition per corruption level, from 0 to 1.
    sweep: Vec<(f64, Condition)>,
}

impl Findings {
    fn true_labels(&self) -> &Condition {
        &self.treatments[0]
    }

    fn random_labels(&self) -> &Condition {
        self.treatments
            .iter()
            .find(|c| c.treatment == Treatment::RandomLabels)
            .unwrap_or(&self.treatments[0])
    }

    /// The error of guessing.
    fn chance(&self) -> f64 {
        1.0 - 1.0 / self.classes as f64
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

impl Question for Randomization {
    fn description(&self) -> Description {
        Description {
            id: "randomization",
            asks: "Does a network fit random labels, and at what cost?",
            about: "Trains the same network on true labels, labels corrupted with probability p, \
                    random labels, shuffled, random and Gaussian pixels, over several seeds, and \
                    compares training and test error and the steps it takes to fit, after Figure 1 \
                    of Zhang et al. 2017. Decides claims C1 and C6 of the review.",
            example: "rethink randomization --budget smoke",
        }
    }

    fn published(&self) -> &'static [(Claim, Outcome)] {
        &[
            (Claim::C1, Outcome::Contradicted),
            (Claim::C6, Outcome::Supported),
        ]
    }

    fn answer(&self, session: &Session) -> anyhow::Result<QuestionReport> {
        let settings = Settings::of(session);
        let levels = settings.levels();
        let wanted: Vec<Treatment> = TREATMENTS
            .into_iter()
            .chain(levels.iter().map(|&p| corrupted(p)))
            .collect();
        let specs: Vec<_> = wanted
            .iter()
            .flat_map(|&treatment| settings.seeds.iter().map(move |&seed| (treatment, seed)))
            .map(|(treatment, seed)| {
                session.spec(
                    settings.architecture,
                    treatment,
                    (settings.train_size, settings.test_size),
                    settings.recipe,
                    seed,
                )
            })
            .collect();
        let runs = session.runs("randomization", &specs)?;
        let conditions = group(&runs, settings.seeds.len());
        let (treatments, sweep) = conditions.split_at(TREATMENTS.len());
        let findings = Findings {
            classes: session.dataset.classes(),
            features: session.dataset.shape().features(),
            treatments: treatments.to_vec(),
            sweep: levels.into_iter().zip(sweep.iter().cloned()).collect(),
            settings,
        };
        Ok(QuestionReport {
            question: "randomization".to_owned(),
            title: "Randomization".to_owned(),
            asks: self.description().asks.to_owned(),
            answer: verdicts::answer(&findings),
            verdicts: verdicts::verdicts(&findings)?,
            figures: figures::figures(&findings)?,
            tables: tables::tables(&findings),
            warnings: verdicts::warnings(&findings),
            method: findings.settings.method(session),
            published: published::notes(&findings),
            setting: session.setting(),
            provenance: session.provenance("randomization"),
        })
    }
}
