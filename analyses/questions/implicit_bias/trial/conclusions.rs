//! What is concluded, as tables, a figure and the verdict on the claim.

use rethink::report::figure::Figure;
use rethink::report::{Cell, Claim, Column, Evidence, ReportError, Table, Verdict};
use rethink::text::number::significant;
use rethink::trial::{
    Hypothesis, Judgement, Plan, Row, Rules, Standing, Stratum, StratumJudgement,
};

use crate::show::correlation;

use super::figures::{EffectScale, ForestRow, forest};

/// The verdict table of a stratum: the rows that decide, and those beside them.
pub fn rows(judgement: &StratumJudgement) -> Table {
    let mut table = Table::new(
        format!("verdicts-{}", judgement.id),
        format!("{}: hypotheses", judgement.name),
        vec![
            Column::text("hypothesis"),
            Column::text("what is compared"),
            Column::number("effect"),
            Column::number("p"),
            Column::number("Holm"),
            Column::text("decision"),
            Column::number("blocks"),
            Column::number("needed"),
        ],
    );
    table.rows = every_row(judgement).map(row).collect();
    table.note = "Estimates with 95 % intervals over blocks; p in the direction that the claim needs; Holm: \
                  corrected in the family of seven; * in the family of seven, in the verdict, or in a flag beside it; H2 test, H1 start and \
                  search do not enter the verdict. Needed: blocks that would decide the row at the spread observed."
        .to_owned();
    table
}

/// The rows of the primary cost, and what the other costs say of it.
fn every_row(judgement: &StratumJudgement) -> impl Iterator<Item = &Row> {
    let costs = judgement.other_costs.iter().map(|other| &other.order);
    judgement.rows.iter().chain(costs)
}

fn shown(row: &Row) -> bool {
    row.decides() || row.standing == Standing::Shown
}

fn row(row: &Row) -> Vec<Cell> {
    let star = if row.decides() { " *" } else { "" };
    vec![
        Cell::text(format!("{}{star}", row.hypothesis.id())),
        Cell::text(&row.label),
        effect(row),
        p_value(row.p),
        p_value(row.holm),
        Cell::text(if shown(row) { row.decision.word() } else { "" }),
        Cell::count(row.blocks),
        row.blocks_needed.map_or_else(Cell::missing, Cell::count),
    ]
}

fn p_value(p: Option<f64>) -> Cell {
    match p {
        Some(p) if p < 1e-4 => Cell::number(p, "< 0.0001"),
        Some(p) => Cell::number(p, significant(p, 2)),
        None => Cell::missing(),
    }
}

/// With its unit, within what the quantity can be.
fn effect(row: &Row) -> Cell {
    let Some(effect) = row.effect else {
        return Cell::missing();
    };
    let bounded = matches!(
        row.hypothesis,
        Hypothesis::Prediction | Hypothesis::Reachability
    ) && effect.value.abs() <= 1.0;
    match Cell::from(if bounded { correlation(effect) } else { effect }) {
        Cell::Number {
            shown,
            value,
            low,
            high,
        } => Cell::Number {
            shown: format!("{shown} {}", row.unit).trim_end().to_owned(),
            value,
            low,
            high,
        },
        text => text,
    }
}

/// What must be known of the rows.
pub fn notes(judgement: &StratumJudgement) -> Table {
    let columns = ["hypothesis", "what is compared", "to be known"].map(Column::text);
    let mut table = Table::new(
        format!("notes-{}", judgement.id),
        format!("{}: notes on the hypotheses", judgement.name),
        columns.to_vec(),
    );
    table.note =
        "Runs left out are runs that did not end at the cost; estimates with 95 % intervals."
            .to_owned();
    let noted = every_row(judgement).filter(|row| !row.notes.is_empty());
    table.rows = noted
        .map(|row| {
            [row.hypothesis.id(), &row.label, &row.note()]
                .map(Cell::text)
                .to_vec()
        })
        .collect();
    table
}

/// Every other arm against the reference, beside the hypotheses.
pub fn exploratory(judgement: &StratumJudgement) -> Table {
    let title = format!("{}: every way against the reference", judgement.name);
    let id = format!("exploratory-{}", judgement.id);
    Table::of(id, title, &judgement.exploratory)
        .text("arm", |found| found.arm.as_str())
        .text("quantity", |found| found.quantity.as_str())
        .number("effect", |found| found.effect)
        .number("p", |found| p_value(found.p))
        .number("adjusted", |found| p_value(found.adjusted))
        .text("found", |found| if found.found { "yes" } else { "no" })
        .number("blocks", |found| found.blocks)
        .note(
            "Estimates with 95 % intervals over blocks: ratios of norms, differences of the test error. \
             Adjusted: after Benjamini and Hochberg over this table; found: at most 0.05. These rows \
             decide nothing.",
        )
}

/// The rules, in the order of the rows; where margins differ between strata, each.
pub fn rules(judgements: &[StratumJudgement]) -> Table {
    let columns = ["stratum", "hypothesis", "rule"].map(Column::text).to_vec();
    let mut table = Table::new("rules", "What decides, fixed before the runs", columns);
    let mut lines: Vec<(Vec<&str>, &str, &str)> = Vec::new();
    for judgement in judgements {
        for row in every_row(judgement).filter(|row| shown(row)) {
            let (id, rule) = (row.hypothesis.id(), row.rule.as_str());
            match lines.iter_mut().find(|line| (line.1, line.2) == (id, rule)) {
                Some(line) if line.0.contains(&judgement.name.as_str()) => {}
                Some(line) => line.0.push(&judgement.name),
                None => lines.push((vec![&judgement.name], id, rule)),
            }
        }
    }
    table.rows = (lines.into_iter())
        .map(|(strata, id, rule)| {
            let strata = match strata.len() == judgements.len() {
                true => "all".to_owned(),
                false => strata.join(", "),
            };
            vec![Cell::text(strata), Cell::text(id), Cell::text(rule)]
        })
        .collect();
    table.note = "In the order of the hypotheses; the verdict's own rule stands with the verdict."
        .to_owned();
    table
}

/// The effects that decide.
pub fn effects(
    plan: &Plan,
    stratum: &Stratum,
    judgement: &StratumJudgement,
) -> Result<Figure, ReportError> {
    let rows: Vec<ForestRow> = (judgement.rows.iter())
        .filter(|row| row.decides() && row.effect.is_some())
        .filter_map(|row| forest_row(row, &plan.rules, stratum))
        .collect();
    forest(&stratum.name, &stratum.title(), &rows)
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
        (stratum.rows.iter().filter(|row| row.decides())).filter_map(move |row| {
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
