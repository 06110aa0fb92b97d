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

use rethink::experiment::Study;
use rethink::experiment::expressivity::{Deep, DeepNetworks, Norms, Theorem1Fit, Theorem1Network};
use rethink::experiment::run::StoredRun;
use rethink::report::{Claim, Outcome, QuestionReport};
use rethink::statistics::Estimate;
use rethink::treatment::Treatment;

use crate::questions::{Description, Question};
use crate::session::Session;
use crate::show::fraction;
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
    /// Theorem 1's networks, by labels and number of images.
    theorem1: Study<(Treatment, usize), Theorem1Fit>,
    /// Networks on the same images, by labels and what they are due to.
    compared: Study<(Treatment, Origin), Compared>,
    deep: Vec<Deep>,
    cells: Vec<Cell>,
    zoo: Vec<Counted>,
    published: Vec<Published>,
}

/// What a network that fits the images is due to.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Origin {
    Theorem1,
    Sgd,
}

const ORIGINS: [(Origin, &str); 2] = [(Origin::Theorem1, "Theorem 1"), (Origin::Sgd, "SGD")];

/// What networks on the same images are compared in.
struct Compared {
    norms: Norms,
    test_error: f64,
}

impl Findings {
    /// A number of the networks of Theorem 1 over that of SGD's, within seeds; none where
    /// one is not positive.
    fn ratio(&self, labels: Treatment, number: fn(&Norms) -> f64) -> Option<Estimate> {
        let [constructed, trained] = ORIGINS.map(|(origin, _)| (labels, origin));
        (self.compared).ratio(&constructed, &trained, |network| {
            Some(number(&network.norms))
        })
    }

    /// The test error of networks of one labeling and origin.
    fn test_error(&self, cell: (Treatment, Origin)) -> Option<Estimate> {
        let mean = self
            .compared
            .mean(&cell, |network| Some(network.test_error));
        mean.map(fraction)
    }
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
        let theorem1 = theorem1(session, &settings)?;
        let deep = deep(session, &settings)?;
        let compared = compared(session, &settings, &theorem1)?;
        let specs = memorization::specs(session, &settings);
        let memorizing = session.runs("expressivity: memorizing", &specs)?;
        let cells = memorization::cells(&memorizing, settings.seeds.len());
        let dataset = &session.dataset;
        let (classes, features) = (dataset.classes(), dataset.shape().features());
        let findings = Findings {
            zoo: counts::zoo(dataset.train().len(), features, classes)?,
            published: counts::published()?,
            settings,
            classes,
            features,
            theorem1,
            compared,
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

/// Theorem 1 on random labels at every size, and on all labels of the images that SGD is
/// compared on.
fn theorem1(
    session: &Session,
    settings: &Settings,
) -> anyhow::Result<Study<(Treatment, usize), Theorem1Fit>> {
    let ladder = settings
        .sizes
        .iter()
        .map(|&size| (Treatment::RandomLabels, size));
    let compared = LABELS.map(|(labels, _)| (labels, settings.train_size));
    let specs: Vec<Theorem1Network> = ladder
        .chain(compared)
        .flat_map(|cell| settings.seeds.iter().map(move |&seed| (cell, seed)))
        .map(|((treatment, size), seed)| spec(session, settings, treatment, size, seed))
        .collect();
    let fits = session.outputs_of(&specs)?;
    Ok(Study::of(&specs, fits, |spec| {
        ((spec.treatment, spec.data.train_size), spec.seed)
    }))
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
fn compared(
    session: &Session,
    settings: &Settings,
    theorem1: &Study<(Treatment, usize), Theorem1Fit>,
) -> anyhow::Result<Study<(Treatment, Origin), Compared>> {
    let cells = || {
        let labels = LABELS.into_iter().map(|(labels, _)| labels);
        labels.flat_map(|labels| settings.seeds.iter().map(move |&seed| (labels, seed)))
    };
    let specs: Vec<_> = cells()
        .map(|(treatment, seed)| {
            let sizes = (settings.train_size, settings.test_size);
            let recipe = settings.comparing();
            session.spec(settings.compared, treatment, sizes, recipe, seed)
        })
        .collect();
    let runs = session.runs("expressivity: SGD on the same images", &specs)?;
    let mut networks = Vec::new();
    for run in &runs {
        let labels = run.spec.treatment;
        networks.push(((labels, Origin::Sgd), run.spec.seed, trained(run)?));
    }
    networks.extend(cells().filter_map(|(labels, seed)| {
        let fit = theorem1.at(&(labels, settings.train_size), seed)?;
        let network = Compared {
            norms: fit.norms.clone(),
            test_error: fit.test_error,
        };
        Some(((labels, Origin::Theorem1), seed, network))
    }));
    Ok(Study::new(networks))
}

fn trained(run: &StoredRun) -> anyhow::Result<Compared> {
    let outputs = run.outputs(rethink::experiment::run::Share::Train)?;
    let layers = rethink::measure::layers(&run.trained()?)?;
    Ok(Compared {
        norms: Norms::of(layers, &outputs)?,
        test_error: run.test_error().unwrap_or(f64::NAN),
    })
}
