//! What the file of a network holds beside its layers, and what it lacks.

use rethink::measure::{Direction, Folding, Missing, Moments};
use rethink::report::{Cell, Column, Table};

use rethink::experiment::subjects::Evaluation;

/// What of the file is not measured.
pub fn skipped(found: &Evaluation) -> Table {
    let columns = ["array", "why it is not measured"].map(Column::text);
    let skipped = found.source.skipped.iter();
    Table::new("skipped", "Skipped", columns)
        .with_rows(skipped.map(|s| [&s.name, &s.reason].map(Cell::text).into()))
}

/// Measures without a value, by what they lack.
pub fn missing<'a>(missing: impl IntoIterator<Item = &'a Missing>) -> Table {
    let mut by_reason: Vec<(String, Vec<&str>)> = Vec::new();
    for missing in missing {
        let (reason, id) = (missing.needs(), missing.card.id);
        match by_reason.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, ids)) => ids.push(id),
            None => by_reason.push((reason, vec![id])),
        }
    }
    let rows = by_reason.into_iter();
    Table::new(
        "missing",
        "Not computed",
        ["needs", "measures"].map(Column::text),
    )
    .with_rows(rows.map(|(reason, ids)| vec![reason.into(), ids.join(", ").into()]))
}

/// Batch norms, where they went and what speaks for it.
pub fn folded(found: &Evaluation) -> Table {
    let source = &found.source;
    let heads = ["batch norm", "folded into", "negative running means"];
    let mut columns = Vec::from(heads.map(Column::text));
    if !source.moments.is_empty() {
        columns.extend(["mean on these data", "variance on these data"].map(Column::number));
    }
    let row = |folding: &Folding| {
        let layer = &folding.layer;
        let mut row: Vec<Cell> = vec![
            folding.norm.as_str().into(),
            match folding.direction {
                Direction::LayerBefore => format!("{layer}, before it").into(),
                Direction::LayerAfter => format!("{layer}, after it").into(),
            },
            format!("{} of {}", folding.negative_means, folding.features).into(),
        ];
        if let Some(moments) = source.moments.iter().find(|m| m.norm == folding.norm) {
            let found = [moments.mean_difference, moments.variance_ratio];
            row.extend(found.map(|found| Cell::significant(found, 2)));
        }
        row
    };
    Table::new("folded", "Batch norm", columns)
        .with_rows(source.folded.iter().map(row))
        .with_note(note(&source.moments))
}

fn note(moments: &[Moments]) -> String {
    let mut note = "A negative running mean excludes a ReLU between the layer and the norm, but \
        neither pooling nor another activation."
        .to_owned();
    if !moments.is_empty() {
        note += "\nMedian over features of the distance of the mean from the running mean, in \
            deviations, and of the variance over the running variance: 0 and 1 if order, \
            activation, preprocessing and folding are those of the training.";
    }
    if !moments.iter().all(Moments::agree) {
        note += " THEY ARE NOT: an assumption about this file does not hold.";
    }
    note
}
