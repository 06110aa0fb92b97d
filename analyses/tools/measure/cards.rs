//! `--explain` and `--list`: what the measures are.

use rethink::measure::{
    Aggregation, BATCH_NORM, Card, Homogeneity, Invariance, Need, find, measures,
};
use rethink::report::{Cell, Column, Table};
use rethink::text::{WIDTH, wrap};
use serde::Serialize;

use crate::cli::Format;

/// The card of that id.
pub fn parse(id: &str) -> Result<&'static Card, String> {
    let measure = find(id).ok_or_else(|| {
        format!(
            "no measure is called '{id}'; closest are {}; --list has all",
            closest(id).join(", ")
        )
    })?;
    Ok(measure.card())
}

/// The three ids that take the fewest edits to reach.
fn closest(id: &str) -> Vec<&'static str> {
    let mut ids: Vec<&'static str> = measures().map(|measure| measure.card().id).collect();
    // A part of an id is closer to it than any other id of about its length.
    ids.sort_by_key(|known| (!known.contains(id), strsim::levenshtein(id, known)));
    ids.truncate(3);
    ids
}

/// What is needed, and the option that gives it.
pub fn need(need: Need) -> &'static str {
    match need {
        Need::Initial => "the weights at initialization (--init)",
        Need::Chain => "fully connected layers that follow each other",
        Need::Outputs => "outputs on the training set (--dataset and --network, or a stored run)",
        Need::Inputs => "the training inputs (--dataset and --network, or a stored run)",
        Need::Curve => "the learning curve (a stored run)",
        Need::Geometry => {
            "image sizes, strides and paddings of convolutions (--image, --convolution)"
        }
        Need::NoiseSearch => "a search for the noise the weights tolerate (--sharpness)",
    }
}

pub fn change(change: Invariance) -> &'static str {
    match change {
        Invariance::UnitPermutation => "reordering hidden units",
        Invariance::LayerRescaling => "rescaling a layer and its successor inversely",
        Invariance::UnitRescaling => "rescaling a unit's incoming and outgoing weights inversely",
    }
}

fn aggregation(aggregation: Aggregation) -> &'static str {
    match aggregation {
        Aggregation::LayersOnly => "none: values of layers only",
        Aggregation::Sum => "sum over the layers",
        Aggregation::RootSumOfSquares => "root of the sum of the layers' squares",
        Aggregation::Product => "product over the layers",
        Aggregation::Mean => "mean over the layers where it is defined",
        Aggregation::WholeNetwork => "defined on the whole network",
    }
}

fn homogeneity(homogeneity: Homogeneity) -> &'static str {
    match homogeneity {
        Homogeneity::Zero => "c⁰: does not change",
        Homogeneity::Layer => "c, like one layer's norm; value / γ^(1/d) is scale-free",
        Homogeneity::Network => "c^d, like the margin; value / γ is scale-free",
        Homogeneity::LayerSquared => "c²; value / γ^(2/d) is scale-free",
        Homogeneity::NetworkSquared => "c^(2d); value / γ² is scale-free",
        Homogeneity::Logarithm => "by nothing: it adds a multiple of log c",
        Homogeneity::None => "by no power of c",
    }
}

/// What is on the card, in the order of reading.
fn fields(card: &Card) -> Vec<(&'static str, String)> {
    let or_none = |parts: Vec<&str>| match parts.is_empty() {
        true => "nothing".to_owned(),
        false => parts.join("; "),
    };
    vec![
        ("group", card.group.name().to_owned()),
        ("kind", card.kind.name().to_owned()),
        (
            "needs beside the weights",
            or_none(card.needs.iter().map(|&n| need(n)).collect()),
        ),
        ("formula", card.formula.to_owned()),
        ("reference", card.reference.to_owned()),
        (
            "value of the network",
            aggregation(card.aggregation).to_owned(),
        ),
        ("unit", card.unit.to_owned()),
        ("normalization", card.normalization.to_owned()),
        ("convolutions", card.convolutions.to_owned()),
        ("biases", card.biases.to_owned()),
        ("batch norm", BATCH_NORM.to_owned()),
        (
            "all weights times c multiply it by",
            homogeneity(card.homogeneity).to_owned(),
        ),
        (
            "does not change under",
            or_none(card.invariant_to.iter().map(|&c| change(c)).collect()),
        ),
        ("known failures", card.known_failures.to_owned()),
    ]
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Explained<'a> {
    schema: &'static str,
    #[serde(flatten)]
    card: &'a Card,
    batch_norm: &'static str,
}

/// One card.
pub fn explain(card: &Card, format: Format) -> anyhow::Result<String> {
    Ok(match format {
        Format::Text => text(card),
        Format::Json => {
            let explained = Explained {
                schema: "rethink/measure-card/1",
                card,
                batch_norm: BATCH_NORM,
            };
            serde_json::to_string_pretty(&explained)? + "\n"
        }
        Format::Csv => {
            let mut table = Table::new(
                "card",
                "",
                vec![Column::text("field"), Column::text("text")],
            );
            let names = [("id", card.id.to_owned()), ("name", card.name.to_owned())];
            let row = |(field, text): (&str, String)| vec![Cell::text(field), Cell::text(text)];
            table.rows = names.into_iter().chain(fields(card)).map(row).collect();
            table.csv()
        }
    })
}

/// The fields under each other, their texts in one column.
fn text(card: &Card) -> String {
    const INDENT: usize = 22;
    let mut text = format!("{} ({})\n", card.name, card.id);
    for (field, words) in fields(card) {
        let heads = wrap(field, INDENT - 2);
        let words = wrap(&words, WIDTH - INDENT);
        for line in 0..heads.len().max(words.len()) {
            let [head, words] = [&heads, &words].map(|lines| lines.get(line).map_or("", |l| l));
            let padding = " ".repeat(INDENT - head.chars().count());
            text += format!("{head}{padding}{words}").trim_end();
            text.push('\n');
        }
    }
    text
}

#[derive(Serialize)]
struct Listed {
    schema: &'static str,
    measures: Vec<&'static Card>,
}

/// All cards: as text with what tells them apart, as JSON with everything.
pub fn list(format: Format) -> anyhow::Result<String> {
    let cards = || measures().map(|measure| measure.card());
    if format == Format::Json {
        let listed = Listed {
            schema: "rethink/measure-list/1",
            measures: cards().collect(),
        };
        return Ok(serde_json::to_string_pretty(&listed)? + "\n");
    }
    let needs = |card: &Card| {
        let words = |need: &Need| serde_json::to_value(need).ok()?.as_str().map(str::to_owned);
        let needs: Vec<String> = card.needs.iter().filter_map(words).collect();
        needs.join(", ")
    };
    let mut table = Table::new(
        "measures",
        "Measures (rethink measure --explain ID prints the definition)",
        ["group", "id", "kind", "needs"].map(Column::text).to_vec(),
    );
    table.rows = cards()
        .map(|card| {
            vec![
                Cell::text(card.group.name()),
                Cell::text(card.id),
                Cell::text(card.kind.name()),
                Cell::text(needs(card)),
            ]
        })
        .collect();
    Ok(match format {
        Format::Csv => table.csv(),
        _ => table.text(WIDTH),
    })
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn a_misspelt_id_is_answered_with_its_neighbours() {
        assert_eq!(closest("frobenius-nrom")[0], "frobenius-norm");
        assert!(
            closest("frobenius")
                .iter()
                .all(|id| id.contains("frobenius"))
        );
        assert_eq!(parse("path-norm-l2").unwrap().id, "path-norm-l2");
    }

    #[test]
    fn every_line_of_a_card_fits() {
        for measure in measures() {
            for line in text(measure.card()).lines() {
                // The hat of R̂ is a character of its own, over the one before it.
                assert!(UnicodeWidthStr::width(line) <= WIDTH, "{line}");
            }
        }
    }
}
