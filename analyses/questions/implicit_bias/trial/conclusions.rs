//! What is concluded, as tables, a figure and the verdict on the claim.

use rethink::report::figure::{Figure, ForestRow};
use rethink::report::{Cell, Claim, Evidence, ReportError, Rows, Table, Verdict};
use rethink::text::number::significant;
use rethink::trial::{
    Hypothesis, Judgement, Plan, Row, Rules, Standing, Stratum, StratumJudgement,
};

use crate::show::correlation;

use super::figures::{EffectScale, ends, forest, titled};

/// The hypotheses: the rows that decide.
pub fn hypotheses(judgement: &StratumJudgement) -> Table {
    let rows = every_row(judgement).filter(|row| row.decides());
    rows_of("verdicts", "hypotheses", judgement, rows).note(
        "Effects with 95 % interval over blocks. p: in the direction that the claim needs; Holm: \
         corrected over the seven primary tests. H1 start, H2 test and search do not enter the \
         verdict. Needed: blocks that would decide the row at the observed spread.",
    )
}

/// The rows that decide nothing.
pub fn descriptions(judgement: &StratumJudgement) -> Table {
    let rows = every_row(judgement).filter(|row| !row.decides());
    rows_of("descriptions", "measured beside", judgement, rows).note(
        "Columns as in the table of the hypotheses. These rows do not enter the verdict; a \
         decision follows the row's own rule.",
    )
}

fn rows_of<'j>(
    id: &str,
    title: &str,
    judgement: &StratumJudgement,
    rows: impl Iterator<Item = &'j Row>,
) -> Rows<&'j Row> {
    let title = format!("{}: {title}", judgement.name);
    Table::of(format!("{id}-{}", judgement.id), title, rows)
        .text("hypothesis", |row| row.hypothesis.id())
        .text("what is compared", |row| row.label.as_str())
        .number("effect", |row| effect(row))
        .text("decision", |row| match has_a_rule(row) {
            true => row.decision.word(),
            false => "",
        })
        .number("p", |row| p_value(row.p))
        .number("Holm", |row| p_value(row.holm))
        .number("blocks", |row| row.blocks)
        .number("needed", |row| row.blocks_needed)
}

/// The rows of the primary cost, and what the other costs say of it.
fn every_row(judgement: &StratumJudgement) -> impl Iterator<Item = &Row> {
    let costs = judgement.other_costs.iter().map(|other| &other.order);
    judgement.rows.iter().chain(costs)
}

fn has_a_rule(row: &Row) -> bool {
    row.decides() || row.standing == Standing::Shown
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
    let id = format!("notes-{}", judgement.id);
    let title = format!("{}: notes on the hypotheses", judgement.name);
    let noted = every_row(judgement).filter(|row| !row.notes.is_empty());
    Table::of(id, title, noted)
        .text("hypothesis", |row| row.hypothesis.id())
        .text("what is compared", |row| row.label.as_str())
        .text("to be known", |row| row.note())
        .note("Runs left out did not reach the cost. Intervals are 95 %.")
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
            "Ratios of norms, differences of the test error, with 95 % interval over blocks. \
             Adjusted: p after Benjamini and Hochberg over this table; found: at most 0.05. These \
             rows decide nothing.",
        )
}

/// The rules, in the order of the rows; where margins differ between strata, each.
pub fn rules(judgements: &[StratumJudgement]) -> Table {
    let mut lines: Vec<(Vec<&str>, Hypothesis, &str)> = Vec::new();
    for judgement in judgements {
        for row in every_row(judgement).filter(|row| has_a_rule(row)) {
            let (about, rule) = (row.hypothesis, row.rule.as_str());
            match lines
                .iter_mut()
                .find(|line| (line.1, line.2) == (about, rule))
            {
                Some(line) if line.0.contains(&judgement.name.as_str()) => {}
                Some(line) => line.0.push(&judgement.name),
                None => lines.push((vec![&judgement.name], about, rule)),
            }
        }
    }
    Table::of("rules", "What decides, fixed before the runs", lines)
        .text("stratum", |(strata, ..)| {
            match strata.len() == judgements.len() {
                true => "all".to_owned(),
                false => strata.join("; "),
            }
        })
        .text("hypothesis", |(_, about, _)| {
            format!("{}: {}", about.id(), about.says())
        })
        .text("rule", |(.., rule)| *rule)
        .note("The rule of the verdict stands with the verdict.")
}

/// The effects that decide.
pub fn effects(
    plan: &Plan,
    stratum: &Stratum,
    judgement: &StratumJudgement,
) -> Result<Figure, ReportError> {
    let rows: Vec<(EffectScale, ForestRow)> = (judgement.rows.iter())
        .filter(|row| row.decides())
        .filter_map(|row| forest_row(row, &plan.rules, stratum))
        .collect();
    let title = titled("Effects and their thresholds", stratum, plan);
    forest(&stratum.name, &title, &rows)
}

fn forest_row(row: &Row, rules: &Rules, stratum: &Stratum) -> Option<(EffectScale, ForestRow)> {
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
    let row = ForestRow {
        label: format!("{}: {}", row.hypothesis.id(), row.label),
        value: row.effect?.value,
        interval: row.effect.as_ref().and_then(ends),
        null,
        margin,
        decision: row.decision.word().to_owned(),
    };
    Some((scale, row))
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
                value: format!("{effect} {}", row.unit).trim_end().to_owned() + &holm,
                kind: "estimate, 95 % interval".into(),
            })
        })
    });
    Verdict {
        claim: Claim::C7,
        outcome: judgement.outcome,
        finding: judgement.finding.clone(),
        rule: "In each stratum, the first line that applies. Contradicted: H1 (SGD ends at the \
               smallest norm by a clear margin) or H5 (larger norms take longer to reach) fails. \
               Inconclusive: one of them is undecided. Partly supported, the norm a marker and not \
               the cause: H3 (the norm predicts the test error) or H4 (setting it moves the test \
               error) fails. Inconclusive: one of them is undecided. Partly supported, a bias of \
               gradient descent and not of stochasticity: H2 (smaller batches end at smaller \
               norms) fails. Inconclusive: it is undecided. Otherwise supported."
            .to_owned(),
        evidence: evidence.collect(),
    }
}
