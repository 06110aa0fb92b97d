//! The same comparison for a convolutional network, beside the fully connected one on as many
//! images.

use rethink::experiment::Study;
use rethink::experiment::random_labels::{
    Both, Cell, Compared, Form, MeasuredRun, PairedMeasures, both, compare, pair,
    product_of_operator_norms,
};
use rethink::experiment::run::StoredRun;
use rethink::measure::{Card, measures};
use rethink::network::Zoo;
use rethink::report::figure::{Axis, Dots, Figure, FigureText, Group};
use rethink::report::{Evidence, ReportError, Table};
use rethink::statistics::Estimate;

use super::settings::Settings;
use super::{NORMS, evidence};
use crate::questions::convolutional::Convolutional;
use crate::session::Session;
use crate::show::or_unknown;

/// Pairs of a convolutional network, and the pairs they stand beside.
pub struct OfImages {
    pub network: Convolutional,
    pub runs: Study<Cell, StoredRun>,
    /// Its measures that need no data, those that separate best first.
    compared: Vec<Compared>,
    /// The fully connected network.
    mlp: Zoo,
    /// Measures of it, on as many images.
    of_mlp: Vec<Compared>,
    /// Ratios of its norms, on as many images.
    ratios_of_mlp: Vec<(&'static str, [Option<Estimate>; 2])>,
}

/// The forms of the tables and of the figure.
const FORMS: [Form; 2] = [Form::Raw, Form::OverMargin];

impl OfImages {
    /// Trains it, where there is one.
    pub fn train(
        session: &Session,
        settings: &Settings,
        mlp: &Study<Cell, StoredRun>,
        measured: &PairedMeasures,
    ) -> anyhow::Result<Option<Self>> {
        let Ok(network) = settings.convolutional.clone() else {
            return Ok(None);
        };
        let (title, size) = ("norms: convolutional network", network.train_size);
        let runs = session.trained(title, pair(size), &settings.seeds, |&(_, labels), seed| {
            network.spec(session, labels, seed)
        })?;
        let without_data = runs.split(|&cell, run| {
            let measured = run.measures.clone().into();
            let test_error = run.test_error();
            [(
                cell,
                MeasuredRun {
                    test_error,
                    measured,
                },
            )]
        });
        let cards = || measures().map(|measure| measure.card());
        let ratio = |id: &'static str| {
            let ratio = |form: Form| mlp.random_over_true(size, |run| form.value(run, id));
            (id, FORMS.map(ratio))
        };
        Ok(Some(Self {
            compared: compare(&without_data, size, cards()),
            of_mlp: compare(measured, size, cards()),
            ratios_of_mlp: NORMS.into_iter().map(ratio).collect(),
            mlp: settings.architecture,
            network,
            runs,
        }))
    }

    /// Random / true labels of the convolutional network.
    fn ratio(&self, value: impl Fn(&StoredRun) -> Option<f64>) -> Option<Estimate> {
        self.runs.random_over_true(self.network.train_size, value)
    }

    /// A norm of the registry over the margin.
    fn over_margin(&self, id: &str) -> Option<Estimate> {
        self.ratio(|run| Form::OverMargin.value(run, id))
    }

    /// The norms of networks that are compared one by one, in both forms: of the convolutional
    /// network, then of the fully connected one.
    fn norms(&self) -> Vec<Norm> {
        let norms = self.ratios_of_mlp.iter().filter_map(|&(id, of_mlp)| {
            let name = card(id)?.name;
            let ratios = FORMS.map(|form| self.ratio(|run| form.value(run, id)));
            (ratios[0].is_some()).then_some(Norm {
                name,
                ratios,
                of_mlp,
            })
        });
        // Of dense layers, it is the product of spectral norms.
        let of_mlp = self
            .ratios_of_mlp
            .iter()
            .find(|(id, _)| *id == "product-of-spectral-norms");
        let operators = Norm {
            name: "Product of operator norms",
            ratios: [
                self.ratio(|run| product_of_operator_norms(&run.measures)),
                self.ratio(operators_over_margin),
            ],
            of_mlp: of_mlp.map_or([None; 2], |(_, ratios)| *ratios),
        };
        norms.chain([operators]).collect()
    }

    /// The measures that both networks have.
    fn both(&self) -> Vec<Both<'_>> {
        both(&self.compared, &self.of_mlp)
    }

    /// What the norms that decide for the other network are here, in a sentence.
    pub fn answer(&self) -> String {
        let shown = evidence::PRIMARY.map(|(id, name)| {
            let ratio = or_unknown(self.over_margin(id));
            format!("{ratio} times the {name}")
        });
        let [agree, against, open] = self.agreement();
        format!(
            "The convolutional network {} at n = {} has {} on random labels. Of {} measures that \
             both networks have there, random labels move {agree} to the same side, {against} to \
             opposite sides; {open} are not decided.",
            self.network.architecture,
            self.network.train_size,
            shown.join(" and "),
            agree + against + open,
        )
    }

    /// How many measures agree, disagree, and are not decided.
    fn agreement(&self) -> [usize; 3] {
        let both = self.both();
        let count = |agree| both.iter().filter(|both| both.agree() == agree).count();
        [Some(true), Some(false), None].map(count)
    }

    /// The norms that decide for the other network; here they decide nothing.
    pub fn evidence(&self) -> impl Iterator<Item = Evidence> + '_ {
        let of = |(id, name): (&str, &str)| {
            let subject = self.network.subject();
            let label = format!("{name}, random / true, {subject}, not part of the rule");
            (label, self.over_margin(id), "")
        };
        Evidence::estimates(evidence::PRIMARY.map(of))
    }

    pub fn tables(&self) -> Vec<Table> {
        vec![self.ratios(), self.measures(), self.layers()]
    }

    fn ratios(&self) -> Table {
        let (network, mlp) = (self.network.architecture, self.mlp);
        let title = format!(
            "A convolutional and a fully connected network: random over true labels at n = {}",
            self.network.train_size
        );
        Table::of("ratios-of-images", title, self.norms())
            .text("norm of the network", |norm| norm.name)
            .number(format!("ratio, {network}"), |norm| norm.ratios[0])
            .number(format!("over margin, {network}"), |norm| norm.ratios[1])
            .number(format!("ratio, {mlp}"), |norm| norm.of_mlp[0])
            .number(format!("over margin, {mlp}"), |norm| norm.of_mlp[1])
            .note(
                "Random / true within a pair, geometric mean with 95 % interval. A convolution is \
                 the matrix with one row per output channel, but for the product of operator \
                 norms, where it is the operator on images; of dense layers that is the product \
                 of spectral norms. Path norms are sums over the paths of the whole network.",
            )
    }

    fn measures(&self) -> Table {
        let (network, mlp) = (self.network.architecture, self.mlp);
        let title = format!(
            "Measures of both networks at n = {}",
            self.network.train_size
        );
        Table::of("measures-of-images", title, self.both())
            .text("measure", |both| both.first.card.name)
            .number(format!("AUC, {network}"), |both| both.first.auc)
            .number(format!("ratio, {network}"), |both| both.first.ratio)
            .number(format!("AUC, {mlp}"), |both| both.second.auc)
            .number(format!("ratio, {mlp}"), |both| both.second.ratio)
            .text("same side", |both| match both.agree() {
                Some(true) => "yes",
                Some(false) => "no",
                None => "not decided",
            })
            .note(
                "Those of weights, spectra and margins that are positive and no logarithms; those \
                 of training images are measured of the fully connected network alone. Sorted as \
                 the ranking is, by the convolutional network. Same side: both intervals of the \
                 ratio lie above 1, or both below; not decided: one reaches 1. Intervals are 95 \
                 %, not adjusted for the number of measures.",
            )
    }

    fn layers(&self) -> Table {
        let first = self.runs.outputs(&pair(self.network.train_size)[0]).next();
        let layers = first.into_iter().flat_map(|run| &run.measures.layers);
        let rows = layers.enumerate().flat_map(|(place, layer)| {
            let name = super::name_of_layer(place, layer);
            let norms = LAYER_NORMS.into_iter().filter_map(card);
            let measured = |norm: &&Card| layer.measures.get(norm.id).copied().flatten();
            let norms: Vec<&Card> = norms.filter(|norm| measured(norm).is_some()).collect();
            (norms.into_iter()).map(move |norm| (place, name.clone(), norm))
        });
        let ratio = |form: Form, (place, _, norm): &(usize, String, &Card)| {
            self.ratio(|run| form.of_layer(run, *place, norm.id))
        };
        let title = format!("Layer by layer, {}", self.network.subject());
        Table::of("layers-of-images", title, rows)
            .text("layer", |(_, layer, _)| layer.clone())
            .text("norm", |(_, _, norm)| norm.name)
            .number("ratio", |row| ratio(Form::Raw, row))
            .number("ratio, over margin", |row| ratio(Form::OverMargin, row))
            .note(
                "Random / true within a pair, geometric mean with 95 % interval. The margin is \
                 that of the whole network. The exact norm of a convolution is that of the \
                 operator on images with zeros around them.",
            )
    }

    /// Norms over the margin of both networks.
    pub fn figure(&self) -> Result<Figure, ReportError> {
        let groups = self
            .norms()
            .into_iter()
            .map(|norm| Group::new(norm.name, [norm.ratios[1], norm.of_mlp[1]]));
        let dots = Dots {
            margin: None,
            axis: Axis::log("Norm / margin, random / true labels"),
            series: vec![self.network.architecture.to_string(), self.mlp.to_string()],
            groups: groups.collect(),
        };
        dots.draw(FigureText::new(
            "norms-of-images",
            "Norms of a convolutional and a fully connected network",
            format!(
                "Norm over margin with random labels, over that with true labels, at n = {}. \
                 Geometric mean over {} seeds with 95 % interval.",
                self.network.train_size,
                self.runs.seeds().len(),
            ),
            "For each norm two dots with intervals: the ratio for the convolutional and for the \
             fully connected network.",
        ))
    }
}

/// A norm of networks: random over true labels, raw and over the margin.
struct Norm {
    name: &'static str,
    ratios: [Option<Estimate>; 2],
    of_mlp: [Option<Estimate>; 2],
}

/// Norms of layers.
const LAYER_NORMS: [&str; 4] = [
    "frobenius-norm",
    "spectral-norm",
    "conv-spectral-norm-exact",
    "distance-from-init-frobenius",
];

fn card(id: &str) -> Option<&'static Card> {
    measures()
        .map(|measure| measure.card())
        .find(|card| card.id == id)
}

fn operators_over_margin(run: &StoredRun) -> Option<f64> {
    let margin = run.measures.margin.as_ref()?.tenth_percentile?;
    (margin > 0.0).then_some(product_of_operator_norms(&run.measures)? / margin)
}
