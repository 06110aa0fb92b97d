//! `rethink expressivity`: what can be represented, and what SGD reaches of it.
//!
//! After section 4 and appendix C of Zhang et al. 2017, arXiv 1611.03530.

mod figures;
mod settings;
mod tables;
mod verdicts;

use rethink::experiment::Study;
use rethink::experiment::expressivity::{Counted, Deep, DeepNetworks, Ladder, Norms, Theorem1Fit};
use rethink::experiment::random_labels::LABELINGS;
use rethink::experiment::run::{Share, StoredRun};
use rethink::published::{Network, networks};
use rethink::report::{Claim, Outcome, QuestionReport};
use rethink::statistics::Estimate;
use rethink::treatment::Treatment;

use crate::questions::{Description, Question};
use crate::session::Session;
use settings::Settings;

/// The question.
pub struct Expressivity;

/// What the experiments say.
struct Findings {
    settings: Settings,
    classes: usize,
    features: usize,
    /// The error of guessing.
    chance: f64,
    /// Theorem 1's networks, by labels and number of images.
    theorem1: Study<(Treatment, usize), Theorem1Fit>,
    /// Networks on the same images, by labels and what they are due to.
    compared: Study<(Treatment, Origin), Compared>,
    deep: Vec<Deep>,
    ladder: Ladder,
    zoo: Vec<Counted>,
    published: Vec<Network>,
}

/// What a network that fits the images is due to.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Origin {
    Theorem1,
    Sgd,
}

const ORIGINS: [(Origin, &str); 2] = [(Origin::Theorem1, "Theorem 1"), (Origin::Sgd, "SGD")];

/// A norm in which they are compared: its name, and how it is read.
type Quantity = (&'static str, fn(&Norms) -> f64);

/// The norms in which they are compared. All of them grow like the output, so over the
/// margin they are free of scale.
const QUANTITIES: [Quantity; 3] = [
    ("path norm (l1) / margin", |n| n.path_l1 / n.margin),
    ("path norm (l2) / margin", |n| n.path_l2 / n.margin),
    ("Σ ‖w_in‖‖w_out‖ / margin", |n| {
        n.balanced / n.margin
    }),
];

/// What networks on the same images are compared in.
struct Compared {
    norms: Norms,
    test_error: f64,
}

impl Findings {
    /// A number of the networks of one labeling and origin: geometric mean over seeds.
    fn norm(&self, cell: (Treatment, Origin), number: fn(&Norms) -> f64) -> Option<Estimate> {
        (self.compared).geometric_mean(&cell, |network| Some(number(&network.norms)))
    }

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
        (self.compared).fraction(&cell, |network| Some(network.test_error))
    }
}

impl Question for Expressivity {
    fn description(&self) -> Description {
        Description {
            id: "expressivity",
            title: "Expressivity",
            asks: "What can a network represent, and does SGD get there?",
            about: "Writes down the network of Theorem 1 of Zhang et al. 2017, which fits any \
                    labels on n images with 2n + d numbers, and compares it with what SGD finds \
                    on the same images; finds the narrowest network that SGD makes memorize \
                    random labels; and counts parameters against training images, for the \
                    networks here and for published ones.",
            claims: &[Claim::C2, Claim::C3],
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
        let memorized = (Treatment::RandomLabels, settings.train_size);
        let deep = session.output_of(&DeepNetworks {
            network: settings.theorem1(session, memorized, session.options.seed),
            depths: settings.depths.to_vec(),
        })?;
        let compared = compared(session, &settings, &theorem1)?;
        let ladder = ladder(session, &settings)?;
        let dataset = &session.dataset;
        let (classes, features) = (dataset.classes(), dataset.shape().features());
        let findings = Findings {
            zoo: Counted::zoo(dataset.train().len(), features, classes)?,
            published: networks(),
            settings,
            classes,
            features,
            chance: session.chance(),
            theorem1,
            compared,
            deep,
            ladder,
        };
        Ok(QuestionReport {
            answer: verdicts::answer(&findings),
            verdicts: verdicts::verdicts(&findings, session)?,
            figures: figures::figures(&findings)?,
            tables: tables::tables(&findings, session),
            warnings: verdicts::warnings(&findings),
            smaller_than_paper: session.smaller(
                findings.settings.largest(),
                ", and only networks of one hidden layer are trained",
            ),
            method: verdicts::method(&findings, session),
            published: verdicts::published(),
            ..self.report(session)
        })
    }
}

/// Theorem 1 on random labels at every size, and on all labels of the images that SGD is
/// compared on.
fn theorem1(
    session: &Session,
    settings: &Settings,
) -> anyhow::Result<Study<(Treatment, usize), Theorem1Fit>> {
    let sizes = settings.sizes.iter();
    let ladder = sizes.map(|&size| (Treatment::RandomLabels, size));
    let compared = LABELINGS.map(|(labels, _)| (labels, settings.train_size));
    session.study(ladder.chain(compared), &settings.seeds, |&cell, seed| {
        settings.theorem1(session, cell, seed)
    })
}

/// Theorem 1 beside SGD, for true and random labels.
fn compared(
    session: &Session,
    settings: &Settings,
    theorem1: &Study<(Treatment, usize), Theorem1Fit>,
) -> anyhow::Result<Study<(Treatment, Origin), Compared>> {
    let labelings = LABELINGS.map(|(labels, _)| labels);
    let title = "expressivity: SGD on the same images";
    let runs = session.trained(title, labelings, &settings.seeds, |&labels, seed| {
        let sizes = (settings.train_size, settings.test_size);
        let recipe = settings.comparing();
        session.spec(settings.compared, labels, sizes, recipe, seed)
    })?;
    let mut networks = Vec::new();
    for labels in labelings {
        for run in runs.outputs(&labels) {
            networks.push(((labels, Origin::Sgd), run.spec.seed, trained(run)?));
        }
        networks.extend(settings.seeds.iter().filter_map(|&seed| {
            let fit = theorem1.at(&(labels, settings.train_size), seed)?;
            let network = Compared {
                norms: fit.norms.clone(),
                test_error: fit.test_error,
            };
            Some(((labels, Origin::Theorem1), seed, network))
        }));
    }
    Ok(Study::new(networks))
}

fn trained(run: &StoredRun) -> anyhow::Result<Compared> {
    let outputs = run.outputs(Share::Train)?;
    let layers = rethink::measure::layers(&run.trained()?)?;
    Ok(Compared {
        norms: Norms::of(layers, &outputs)?,
        test_error: run.test_error().unwrap_or(f64::NAN),
    })
}

/// Test images of the ladder's runs, which are not what they are about.
const TEST: usize = 100;

/// Every size and width on random labels.
fn ladder(session: &Session, settings: &Settings) -> anyhow::Result<Ladder> {
    let test = TEST.min(session.dataset.test().len());
    let widths = |&size| settings.widths.iter().map(move |&width| (size, width));
    let rungs = settings.sizes.iter().flat_map(widths);
    let (title, seeds) = ("expressivity: memorizing", &settings.seeds);
    session.trained(title, rungs, seeds, |&(size, width), seed| {
        let recipe = settings.memorizing(size);
        session.spec(width, Treatment::RandomLabels, (size, test), recipe, seed)
    })
}
