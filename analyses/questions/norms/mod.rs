//! `rethink norms`: are the networks that fit random labels larger?
//!
//! Pairs of runs, true against random labels, that share everything else. The
//! comparison is that of Neyshabur et al. 2017 (arXiv 1706.08947) and Bartlett
//! et al. 2017 (arXiv 1706.08498).

mod evidence;
mod figures;
mod of_images;
mod ranking;
mod settings;
mod tables;

use rethink::experiment::Study;
use rethink::experiment::measures::{EXAMPLES, MeasuresOfRun};
use rethink::experiment::random_labels::{
    Cell, Compared, Form, MeasuredRun, PairedMeasures, compare, pair,
};
use rethink::experiment::run::StoredRun;
use rethink::measure::{Card, LayerReport, measures};
use rethink::report::{Claim, QuestionReport};
use rethink::statistics::Estimate;

use crate::questions::{Description, Question};
use crate::session::Session;
use of_images::OfImages;
use settings::Settings;

/// The question.
pub struct Norms;

/// The norms compared one by one; all measures are in the ranking.
const NORMS: [&str; 7] = [
    "frobenius-norm",
    "spectral-norm",
    "l21-norm",
    "distance-from-init-frobenius",
    "distance-from-init-spectral",
    "product-of-spectral-norms",
    "path-norm-l2",
];

/// What the runs say.
struct Findings {
    settings: Settings,
    runs: Study<Cell, StoredRun>,
    /// All measures of the same runs.
    measured: PairedMeasures,
    /// Every measure, those that separate best first.
    compared: Vec<Compared>,
    /// The convolutional network; none where the settings say why.
    images: Option<OfImages>,
}

impl Findings {
    /// The largest training set.
    fn largest(&self) -> usize {
        self.settings.sizes.last().copied().unwrap_or(0)
    }

    /// A run at the largest training set: all of them have the same layers and measures.
    fn example(&self) -> Option<&StoredRun> {
        self.runs.outputs(&pair(self.largest())[0]).next()
    }

    /// The norms compared one by one of which the example has values.
    fn norms(&self, has: fn(&StoredRun, &str) -> bool) -> Vec<&'static Card> {
        let Some(run) = self.example() else {
            return Vec::new();
        };
        let cards = measures().map(|measure| measure.card());
        let norms = cards.filter(|card| NORMS.contains(&card.id));
        norms.filter(|card| has(run, card.id)).collect()
    }

    /// The norms that whole networks have.
    fn network_norms(&self) -> Vec<&'static Card> {
        self.norms(|run, id| run.measures.network.contains_key(id))
    }

    /// The norms that layers have.
    fn layer_norms(&self) -> Vec<&'static Card> {
        self.norms(|run, id| (run.measures.layers.iter()).any(|l| l.measures.contains_key(id)))
    }

    /// The layers: how each is called, by its place and its shape from inputs to outputs.
    fn layers(&self) -> Vec<String> {
        let layers = self.example().map(|run| &run.measures.layers);
        let layers = layers.into_iter().flatten().enumerate();
        layers
            .map(|(place, layer)| name_of_layer(place, layer))
            .collect()
    }

    /// A norm of networks with random labels over that with true labels, at the largest
    /// training set.
    fn ratio(&self, norm: &str, form: Form) -> Option<Estimate> {
        let value = |run: &StoredRun| form.value(run, norm);
        self.runs.random_over_true(self.largest(), value)
    }
}

/// How a layer is called: its place, and its shape from inputs to outputs.
fn name_of_layer(place: usize, layer: &LayerReport) -> String {
    let shape = match layer.shape[..] {
        [outputs, inputs] => format!("{inputs} to {outputs}"),
        _ => {
            let lengths: Vec<String> = layer.shape.iter().map(usize::to_string).collect();
            format!("filters {}", lengths.join("×"))
        }
    };
    format!("{} ({shape})", place + 1)
}

impl Question for Norms {
    fn description(&self) -> Description {
        Description {
            id: "norms",
            title: "Norms",
            asks: "Are the solutions SGD finds on random labels larger than on true labels?",
            about: "Trains pairs of networks that share data, initial weights, order of batches \
                    and stopping rule, one on true and one on random labels, at several \
                    training-set sizes, and compares norms, raw and divided by the margin: \
                    ratios, separation, and growth with the size. Ranks all measures of the \
                    registry, and holds their growth against that of the test error. Compares a \
                    convolutional network in the same way at one size.",
            claims: &[Claim::C7],
            example: "rethink norms --seeds 10 --format json",
        }
    }

    fn answer(&self, session: &Session) -> anyhow::Result<QuestionReport> {
        let settings = Settings::of(session);
        let cells = settings.sizes.iter().flat_map(|&size| pair(size));
        let runs = session.trained("norms", cells, &settings.seeds, |&(size, labels), seed| {
            let sizes = (size, settings.test_size);
            session.spec(settings.architecture, labels, sizes, settings.recipe, seed)
        })?;
        let cards: Vec<&'static Card> = (measures().map(|measure| measure.card()))
            .filter(|card| settings.slow_measures || !card.is_slow())
            .collect();
        let measured = measure(session, &runs, &cards)?;
        let largest = settings.sizes.last().copied().unwrap_or(0);
        let findings = Findings {
            images: OfImages::train(session, &settings, &runs, &measured)?,
            compared: compare(&measured, largest, cards),
            runs,
            measured,
            settings,
        };
        Ok(QuestionReport {
            answer: evidence::answer(&findings),
            contributions: vec![evidence::larger_on_random_labels(&findings)],
            figures: figures::figures(&findings)?,
            tables: tables::tables(&findings),
            warnings: evidence::warnings(&findings),
            smaller_than_paper: session.smaller(findings.largest(), ""),
            method: findings.settings.method(session),
            published: vec![
                "Neyshabur et al. 2017 (arXiv 1706.08947) compare norms divided by the margin for \
                 networks trained on subsets of CIFAR-10 with true and random labels, in figures \
                 without tables: their norms are larger for random labels and grow faster with n; \
                 a public replication could not reproduce the random-label part. Bartlett et al. \
                 2017 (arXiv 1706.08498) report that their spectral bound, Lipschitz constants and \
                 excess risk rise together on original and random labels. They are other networks \
                 and data, so no published value stands beside ours."
                    .to_owned(),
            ],
            ..self.report(session)
        })
    }
}

/// The measures of all runs, several at once.
fn measure(
    session: &Session,
    runs: &Study<Cell, StoredRun>,
    cards: &[&Card],
) -> anyhow::Result<PairedMeasures> {
    let runs: Vec<&StoredRun> = runs.cells().flat_map(|cell| runs.outputs(cell)).collect();
    let measures: Vec<String> = cards.iter().map(|card| card.id.to_owned()).collect();
    let spec = |run: &&StoredRun| MeasuresOfRun {
        run: run.id.clone(),
        measures: measures.clone(),
        examples: EXAMPLES,
    };
    let specs: Vec<MeasuresOfRun> = runs.iter().map(spec).collect();
    let measured = session.outputs_saying("norms: all measures of these networks", &specs)?;
    let measured = runs.into_iter().zip(measured).map(|(run, measured)| {
        let cell = (run.spec.data.train_size, run.spec.treatment);
        let test_error = run.test_error();
        let run_measured = MeasuredRun {
            test_error,
            measured,
        };
        (cell, run.spec.seed, run_measured)
    });
    Ok(Study::new(measured))
}
