//! What is concluded, as tables, a figure and the verdict on the claim.

use rethink::report::figure::Figure;
use rethink::report::number::significant;
use rethink::report::{Cell, Claim, Column, Evidence, ReportError, Table, Verdict};
use rethink::trial::{
    Hypothesis, Judgement, Plan, Row, Rules, Standing, Stratum, StratumJudgement,
};

use super::figures::{EffectScale, ForestRow, forest};

/// The verdict table of a stratum: the rows that decide, and those beside them.
pub fn rows(judgement: &StratumJudgement) -> Table {
    let mut table = Table::new(
        format!("verdicts-{}", judgement.name),
        format!("{}: hypotheses", judgement.name),
        vec![
            Column::text("hypothesis"),
            Column::text("what is compared"),
            Column::number("effect"),
            Column::text("unit"),
            Column::number("p"),
            Column::number("Holm"),
            Column::text("decision"),
            Column::number("blocks"),
            Column::number("needed"),
        ],
    );
    table.rows = judgement.rows.iter().map(row).collect();
    let notes: Vec<String> = (judgement.rows.iter())
        .filter(|row| !row.note.is_empty() && shown(row))
        .map(|row| format!("{}: {}.", row.hypothesis.id(), row.note))
        .collect();
    table.note = format!(
        "Estimates with 95 % intervals over blocks; p in the direction that the claim needs; Holm: \
         corrected in the family of seven; * decides by itself or with others. Needed: blocks that would decide the row at the \
         spread observed. {}",
        notes.join(" ")
    );
    table
}

fn shown(row: &Row) -> bool {
    matches!(
        row.standing,
        Standing::Primary | Standing::Deciding | Standing::Shown
    )
}

fn row(row: &Row) -> Vec<Cell> {
    let star = match row.standing {
        Standing::Primary | Standing::Deciding => " *",
        _ => "",
    };
    let p = |p: Option<f64>| match p {
        Some(p) if p < 1e-4 => Cell::number(p, "< 0.0001"),
        Some(p) => Cell::number(p, significant(p, 2)),
        None => Cell::missing(),
    };
    vec![
        Cell::text(format!("{}{star}", row.hypothesis.id())),
        Cell::text(&row.label),
        effect(row),
        Cell::text(unit(row)),
        p(row.p),
        p(row.holm),
        Cell::text(if shown(row) { row.decision.word() } else { "" }),
        Cell::count(row.blocks),
        row.blocks_needed.map_or_else(Cell::missing, Cell::count),
    ]
}

fn unit(row: &Row) -> &str {
    &row.unit
}

fn effect(row: &Row) -> Cell {
    crate::show::cell_or_missing(row.effect.as_ref())
}

/// The rules, in the order of the rows.
pub fn rules(judgement: &StratumJudgement) -> Table {
    let columns = ["hypothesis", "rule"].map(Column::text).to_vec();
    let mut table = Table::new("rules", "What decides, fixed before the runs", columns);
    for row in judgement.rows.iter().filter(|row| shown(row)) {
        let line = vec![Cell::text(row.hypothesis.id()), Cell::text(&row.rule)];
        if !table.rows.contains(&line) {
            table.rows.push(line);
        }
    }
    table
}

/// The effects of the rows with a rule.
pub fn effects(
    plan: &Plan,
    stratum: &Stratum,
    judgement: &StratumJudgement,
) -> Result<Figure, ReportError> {
    let rows: Vec<ForestRow> = (judgement.rows.iter())
        .filter(|row| shown(row) && row.effect.is_some())
        .filter_map(|row| forest_row(row, &plan.rules, stratum))
        .collect();
    forest(&stratum.name, &rows)
}

fn forest_row(row: &Row, rules: &Rules, stratum: &Stratum) -> Option<ForestRow> {
    let points = 100.0 * stratum.error_margin;
    let factor = (1.0 / rules.norm_factor, rules.norm_factor);
    let (scale, null, margin) = match row.hypothesis {
        Hypothesis::Selection | Hypothesis::Start => {
            (EffectScale::Ratio, 1.0, Some((1.0, rules.norm_factor)))
        }
        Hypothesis::StochasticNorm => (EffectScale::Ratio, 1.0, Some(factor)),
        Hypothesis::StochasticTest | Hypothesis::Match | Hypothesis::Volume => {
            (EffectScale::Points, 0.0, Some((-points, points)))
        }
        Hypothesis::Slope => (EffectScale::Points, 0.0, None),
        Hypothesis::Prediction => (EffectScale::Correlation, rules.tau, None),
        Hypothesis::Mediation => (EffectScale::Correlation, rules.mediated, None),
        Hypothesis::Reachability => (EffectScale::Correlation, rules.rho, None),
        Hypothesis::Memorization | Hypothesis::Cost => return None,
    };
    Some(ForestRow {
        label: format!("{}: {}", row.hypothesis.id(), row.label),
        effect: row.effect,
        null,
        margin,
        scale,
        decision: row.decision.word().to_owned(),
    })
}

/// The verdict on the claim.
pub fn verdict(judgement: &Judgement) -> Verdict {
    let several = judgement.strata.len() > 1;
    let evidence = judgement.strata.iter().flat_map(|stratum| {
        let decides = |row: &&Row| matches!(row.standing, Standing::Primary | Standing::Deciding);
        (stratum.rows.iter().filter(decides)).filter_map(move |row| {
            let effect = row.effect.as_ref()?;
            let place = if several {
                format!("{}: ", stratum.name)
            } else {
                String::new()
            };
            let holm = row.holm.map_or_else(String::new, |p| {
                format!(
                    ", Holm p {}",
                    match p < 1e-4 {
                        true => "< 0.0001".to_owned(),
                        false => format!("= {}", significant(p, 2)),
                    }
                )
            });
            Some(Evidence {
                label: format!(
                    "{place}{} ({}), {}",
                    row.hypothesis.id(),
                    row.decision.word(),
                    row.label
                ),
                value: format!("{effect} {}{holm}", row.unit).trim().to_owned(),
                kind: "estimate".into(),
            })
        })
    });
    Verdict {
        claim: Claim::C7,
        outcome: judgement.outcome,
        finding: judgement.finding.clone(),
        rule: "In every stratum, the first that applies: H1 (SGD ends at the smallest norm) or H5 (larger \
               norms take longer) fails: not supported; one of them undecided: inconclusive; H3 (the norm \
               predicts the test error) or H4 (setting it moves the test error) fails: a marker, not the \
               cause; one of them undecided: inconclusive; H2 (small batches, smaller norms) fails: a bias \
               of gradient descent, not of stochasticity; undecided: inconclusive; else supported."
            .to_owned(),
        evidence: evidence.collect(),
    }
}
