//! `rethink expressivity`: what can be represented, and what SGD reaches of it.
//!
//! After section 4 and appendix C of Zhang et al. 2017, arXiv 1611.03530.

mod counts;
mod figures;
mod memorization;
mod norms;
mod settings;
mod tables;
mod verdicts;

use rethink::experiment::expressivity::{Deep, DeepNetworks, Norms, Theorem1Fit, Theorem1Network};
use rethink::report::{Claim, Outcome, QuestionReport};
use rethink::run::StoredRun;
use rethink::treatment::Treatment;

use crate::questions::{Description, Question};
use crate::session::Session;
use counts::{Counted, Published};
use memorization::Cell;
use settings::Settings;

/// The question.
pub struct Expressivity;

/// What images are labelled with, and the word for it.
const LABELS: [(Treatment, &str); 2] = [
    (Treatment::TrueLabels, "true"),
    (Treatment::RandomLabels, "random"),
];

/// What the experiments say.
struct Findings {
    settings: Settings,
    classes: usize,
    features: usize,
    /// Theorem 1 on random labels, by size, one per seed.
    ladder: Vec<(usize, Vec<Theorem1Fit>)>,
    /// One per kind of labels, in the order of [`LABELS`].
    pairs: Vec<Pair>,
    deep: Vec<Deep>,
    cells: Vec<Cell>,
    zoo: Vec<Counted>,
    published: Vec<Published>,
}

/// Theorem 1's networks and trained ones on the same images and labels, by seed.
struct Pair {
    labels: &'static str,
    constructed: Vec<Theorem1Fit>,
    trained: Vec<Trained>,
}

/// What SGD found.
struct Trained {
    norms: Norms,
    test_error: f64,
}

impl Question for Expressivity {
    fn description(&self) -> Description {
        Description {
            id: "expressivity",
            asks: "What can a network represent, and does SGD get there?",
            about: "Writes down the network of Theorem 1 of Zhang et al. 2017, which fits any labels on \
                    n images with 2n + d numbers, and compares it with what SGD finds on the same \
                    images; finds the narrowest network that SGD makes memorize random labels; and \
                    counts parameters against training images, for the networks here and for \
                    published ones. Decides claims C2 and C3 of the review.",
            example: "rethink expressivity --budget smoke",
        }
    }

    /// C3: Theorem 1, and the training errors on random labels in Table 1.
    fn published(&self) -> &'static [(Claim, Outcome)] {
        &[(Claim::C3, Outcome::Supported)]
    }

    fn answer(&self, session: &Session) -> anyhow::Result<QuestionReport> {
        let settings = Settings::of(session);
        session.say("expressivity: networks of Theorem 1");
        let ladder = ladder(session, &settings)?;
        let deep = deep(session, &settings)?;
        let (pairs, mut runs) = pairs(session, &settings)?;
        let specs = memorization::specs(session, &settings);
        let memorizing = session.runs("expressivity: memorizing", &specs)?;
        let cells = memorization::cells(&memorizing, settings.seeds.len());
        runs.extend(memorizing);
        let dataset = &session.dataset;
        let (classes, features) = (dataset.classes(), dataset.shape().features());
        let findings = Findings {
            zoo: counts::zoo(dataset.train().len(), features, classes)?,
            published: counts::published()?,
            settings,
            classes,
            features,
            ladder,
            pairs,
            deep,
            cells,
        };
        Ok(QuestionReport {
            question: "expressivity".to_owned(),
            title: "Expressivity".to_owned(),
            asks: self.description().asks.to_owned(),
            answer: verdicts::answer(&findings),
            verdicts: verdicts::verdicts(&findings, session),
            figures: figures::figures(&findings)?,
            tables: tables::tables(&findings, session),
            warnings: verdicts::warnings(&findings),
            method: verdicts::method(&findings, session),
            published: verdicts::published(),
            setting: session.setting(),
            provenance: session.provenance("expressivity"),
        })
    }
}

/// Theorem 1 on these images: read from the records, or built.
fn constructed(
    session: &Session,
    settings: &Settings,
    treatment: Treatment,
    train: usize,
) -> anyhow::Result<Vec<Theorem1Fit>> {
    session.parallel(&settings.seeds, |&seed| {
        session.output_of(&spec(session, settings, treatment, train, seed))
    })
}

fn spec(
    session: &Session,
    settings: &Settings,
    treatment: Treatment,
    train: usize,
    seed: u64,
) -> Theorem1Network {
    Theorem1Network {
        data: session.data((train, settings.test_size)),
        treatment,
        seed,
    }
}

/// Theorem 1 on random labels, for every size.
fn ladder(
    session: &Session,
    settings: &Settings,
) -> anyhow::Result<Vec<(usize, Vec<Theorem1Fit>)>> {
    (settings.sizes.iter())
        .map(|&size| {
            let found = constructed(session, settings, Treatment::RandomLabels, size)?;
            Ok((size, found))
        })
        .collect()
}

/// The network of the first seed at every depth.
fn deep(session: &Session, settings: &Settings) -> anyhow::Result<Vec<Deep>> {
    let (treatment, size) = (Treatment::RandomLabels, settings.train_size);
    session.output_of(&DeepNetworks {
        network: spec(session, settings, treatment, size, session.options.seed),
        depths: settings.depths.to_vec(),
    })
}

/// Theorem 1 beside SGD, for true and random labels.
fn pairs(session: &Session, settings: &Settings) -> anyhow::Result<(Vec<Pair>, Vec<StoredRun>)> {
    let specs: Vec<_> = (LABELS.iter())
        .flat_map(|&(treatment, _)| {
            settings.seeds.iter().map(move |&seed| {
                let sizes = (settings.train_size, settings.test_size);
                let recipe = settings.comparing();
                session.spec(settings.compared, treatment, sizes, recipe, seed)
            })
        })
        .collect();
    let runs = session.runs("expressivity: SGD on the same images", &specs)?;
    let mut pairs = Vec::new();
    for ((treatment, labels), runs) in LABELS.into_iter().zip(runs.chunks(settings.seeds.len())) {
        pairs.push(Pair {
            labels,
            constructed: constructed(session, settings, treatment, settings.train_size)?,
            trained: runs.iter().map(trained).collect::<anyhow::Result<_>>()?,
        });
    }
    Ok((pairs, runs))
}

fn trained(run: &StoredRun) -> anyhow::Result<Trained> {
    let outputs = run.outputs(rethink::run::Share::Train)?;
    let layers = rethink::measure::layers(&run.trained()?)?;
    Ok(Trained {
        norms: Norms::of(layers, &outputs)?,
        test_error: run.test_error().unwrap_or(f64::NAN),
    })
}
