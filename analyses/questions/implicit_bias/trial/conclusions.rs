//! What is concluded: the verdict, the parts of the claim, every row.

use rethink::report::{Cell, Claim, Evidence, Rows, Table, Verdict};
use rethink::trial::frozen::p_value;
use rethink::trial::rules::{Judgement, Part, PartJudgement, Row, Standing, StratumJudgement};

use super::Shown;

/// Rows of all strata, with the stratum's name where there are several.
pub fn by_stratum<'a, T>(
    id: &str,
    title: &str,
    strata: &'a [Shown<'a>],
    rows: impl Fn(&'a Shown<'a>) -> Vec<T>,
) -> Rows<(&'a Shown<'a>, T)> {
    let all = strata
        .iter()
        .flat_map(|shown| rows(shown).into_iter().map(move |row| (shown, row)));
    let table = Table::of(id, title, all);
    match strata {
        [_] => table,
        _ => table.text("data and network", |(shown, _)| shown.stratum.title()),
    }
}

/// The parts of the claim, by part and then by stratum.
pub fn parts(strata: &[Shown<'_>]) -> Table {
    let of_part = |part: Part| {
        let strata = strata.iter();
        strata.filter_map(move |shown| Some((shown, shown.judged.part(part)?)))
    };
    let lines: Vec<(&Shown, &PartJudgement)> = Part::ALL.into_iter().flat_map(of_part).collect();
    let table = Table::of("parts", "The parts of the claim", lines)
        .text("part", |(_, judged)| judged.part.id())
        .text("what it says", |(_, judged)| judged.part.statement());
    let table = match strata {
        [_] => table,
        _ => table.text("data and network", |(shown, _)| shown.stratum.title()),
    };
    table
        .text("measured", |(_, judged)| {
            judged
                .headline()
                .map_or("–".to_owned(), |row| row.label.clone())
        })
        .number("effect", |(_, judged)| {
            judged.headline().map_or_else(Cell::missing, effect)
        })
        .text("decision", |(_, judged)| judged.decision.word())
        .number("p, holds", |(_, judged)| p(Some(judged.holds.corrected)))
        .number("p, fails", |(_, judged)| p(Some(judged.fails.corrected)))
        .note(
            "Effect of the one comparison that stands for the part, with 95 % interval over \
             blocks; for S1 and S5 that which says least for it. p: of all that the rule asks, \
             that the part holds and that it fails, after Holm over all parts, both directions \
             and all data. A part is decided by p at most 0.05 and by intervals that exclude the \
             thresholds.",
        )
}

/// Every comparison of every part.
pub fn rows(strata: &[Shown<'_>]) -> Table {
    by_stratum(
        "comparisons",
        "Every comparison of the parts",
        strata,
        |shown| shown.judged.rows().collect::<Vec<(Part, &Row)>>(),
    )
    .text("part", |(_, (part, _))| part.id())
    .text("what is compared", |(_, (_, row))| row.label.as_str())
    .number("effect", |(_, (_, row))| effect(row))
    .text("asked", |(_, (_, row))| match row.standing {
        Standing::Asked => "yes",
        Standing::Shown => "no",
    })
    .number("p, holds", |(_, (_, row))| p(row.p_holds))
    .number("p, fails", |(_, (_, row))| p(row.p_fails))
    .number("blocks", |(_, (_, row))| row.blocks)
    .text("interval", |(_, (_, row))| {
        row.limits.map_or("", |limits| limits.words())
    })
    .text("to be known", |(_, (_, row))| row.note())
    .note(format!(
        "Effects with 95 % interval over blocks. p-values of single comparisons are not \
         corrected; the table of the parts has the corrected ones. Asked: whether the rule of the \
         part uses it.{}",
        notes(strata)
    ))
}

/// What must be known of the parts, as sentences.
fn notes(strata: &[Shown<'_>]) -> String {
    let noted = strata.iter().flat_map(|shown| {
        let parts = shown.judged.parts.iter();
        let noted = parts.filter(|judged| !judged.notes.is_empty());
        noted.map(move |judged| match strata.len() {
            1 => format!(" {}: {}.", judged.part, judged.note()),
            _ => format!(
                " {}, {}: {}.",
                shown.stratum.title(),
                judged.part,
                judged.note()
            ),
        })
    });
    noted.collect()
}

/// A p-value; a dash where there is none.
pub fn p(p: Option<f64>) -> Cell {
    p.map_or_else(Cell::missing, |p| Cell::number(p, p_value(p)))
}

/// With its unit.
pub fn effect(row: &Row) -> Cell {
    let Some(effect) = row.effect else {
        return Cell::missing();
    };
    match Cell::from(effect) {
        Cell::Number {
            value, low, high, ..
        } => Cell::Number {
            shown: row.number(),
            value,
            low,
            high,
        },
        text => text,
    }
}

/// The rules, once where all strata have the same.
pub fn rules(strata: &[Shown<'_>]) -> Table {
    let mut lines: Vec<(Part, &str)> = Vec::new();
    for judged in strata.iter().flat_map(|shown| &shown.judged.parts) {
        if !lines.contains(&(judged.part, &judged.rule)) {
            lines.push((judged.part, &judged.rule));
        }
    }
    Table::of("rules", "What decides, fixed before the runs", lines)
        .text("part", |(part, _)| part.id())
        .text("what it says", |(part, _)| part.statement())
        .text("rule", |(_, rule)| *rule)
        .note("The rule of the verdict stands with the verdict.")
}

/// The verdict on the claim.
pub fn verdict(judgement: &Judgement) -> Verdict {
    let several = judgement.strata.len() > 1;
    let strata = judgement.strata.iter();
    let evidence = strata.flat_map(|stratum| {
        let parts = stratum.parts.iter();
        parts.filter_map(move |judged| evidence(stratum, judged, several))
    });
    Verdict {
        claim: Claim::C7,
        outcome: judgement.verdict,
        finding: judgement.finding.join(" "),
        rule: "The first line that applies. Inconclusive: S1 or S4 holds on some data and fails on \
               others. Contradicted: S1 (gradient training from a small start ends at a small \
               norm) or S4 (a smaller norm gives a smaller test error) fails. Supported: S1 to S5 \
               hold. Partly supported: S1 and S4 hold, and S2 (the noise of small batches makes the \
               norm small), S3 (a small norm is reached with less work) or S5 (the norm accounts \
               for what separates SGD's networks from those that err more) fails. Otherwise \
               inconclusive. A part holds or fails if it does so on all data that were asked."
            .to_owned(),
        evidence: evidence.collect(),
    }
}

fn evidence(stratum: &StratumJudgement, judged: &PartJudgement, several: bool) -> Option<Evidence> {
    let row = judged.headline()?;
    let place = match several {
        true => format!("{}: ", stratum.title),
        false => String::new(),
    };
    let (part, decision) = (judged.part, judged.decision);
    let (direction, tested) = match judged.holds.corrected <= judged.fails.corrected {
        true => ("that it holds", judged.holds),
        false => ("that it fails", judged.fails),
    };
    let p = match p_value(tested.corrected) {
        small if small.starts_with('<') => small,
        p => format!("= {p}"),
    };
    Some(Evidence {
        label: format!("{place}{part} ({decision}), {}", row.label),
        value: format!("{}; p {p} {direction}", row.number()),
        kind: "estimate, 95 % interval".into(),
    })
}
