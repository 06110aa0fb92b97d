//! The trial: the plan, the runs, what follows.

mod arms;
mod beside;
mod conclusions;
mod figures;
mod guessed;
mod runs;
mod settings;
#[cfg(test)]
mod synthetic;
mod tables;
mod told;
mod ways;

use std::process::ExitCode;

use rethink::provenance::Provenance;
use rethink::report::{QuestionReport, Setting};
use rethink::trial::{Outcome, Plan, archive, judge};

use super::args::Args;
use crate::cli::exit::{self, UsageError};
use crate::cli::output;
use crate::cli::place;
use crate::session::Session;
use crate::show::drawn;
use beside::Beside;
use runs::Data;
pub use settings::PAPER_DATASETS;
use settings::Settings;

/// Prints the plan as it would be frozen now.
pub fn print_plan(session: &Session, args: &Args) -> anyhow::Result<ExitCode> {
    let settings = Settings::of(session, args)?;
    let data = Data::load(session, &settings)?;
    let plan = runs::plan(session, &settings, &data)?;
    output::print(told::plan(&plan, session.options.format)?)?;
    Ok(exit::DONE.into())
}

/// Runs the trial, or reads one that was run, and says what follows.
pub fn answer(session: &Session, args: &Args, asks: &str) -> anyhow::Result<QuestionReport> {
    if let Some(folder) = &args.from {
        let folder = &archive::find(folder)?;
        let (plan, outcomes) = archive::read(folder)?;
        let mut provenance = session.provenance("implicit-bias");
        provenance.command = format!("rethink implicit-bias --from {}", place::shown(folder));
        let mut setting = session.setting();
        setting.budget = "as planned".to_owned();
        return report(
            &plan,
            &outcomes,
            asks,
            &place::shown(folder),
            (setting, provenance),
            Beside::default(),
        );
    }
    let settings = Settings::of(session, args)?;
    let data = Data::load(session, &settings)?;
    let plan = runs::plan(session, &settings, &data)?;
    let hash = plan.hash();
    if let Some(frozen) = args.frozen.as_ref().filter(|frozen| **frozen != hash) {
        return Err(UsageError(format!(
            "the plan is {hash}, not {frozen}: nothing is run under another plan than the frozen one; \
             give the options and the version of the program that {frozen} was printed with"
        ))
        .into());
    }
    session.say(&format!("implicit-bias: plan {hash}"));
    let folder = archive::folder(&session.out(), &plan);
    if let Some(aside) = archive::freeze(&folder, &plan)? {
        let aside = aside.display();
        output::say(format_args!(
            "warning: the plan was damaged and set aside as {aside}"
        ));
    }
    let outcomes = runs::outcomes(session, &plan, &data)?;
    archive::publish(&folder, &plan, &outcomes)?;
    let mut provenance = session.provenance("implicit-bias");
    provenance.command += &args.to_string();
    let beside = beside::measure(session)?;
    let folder = archive::folder(place::shown(&session.out()).as_ref(), &plan);
    let folder = folder.to_string_lossy();
    let made = (session.setting(), provenance);
    report(&plan, &outcomes, asks, &folder, made, beside)
}

/// Everything that follows from a plan and its outcomes.
fn report(
    plan: &Plan,
    outcomes: &[Outcome],
    asks: &str,
    folder: &str,
    (setting, provenance): (Setting, Provenance),
    beside: Beside,
) -> anyhow::Result<QuestionReport> {
    let judgement = judge(plan, outcomes)?;
    let (mut figures, mut tables, mut more) = (Vec::new(), Vec::new(), Vec::new());
    for (stratum, judged) in plan.strata.iter().zip(&judgement.strata) {
        tables.push(conclusions::hypotheses(judged));
        figures.push(conclusions::effects(plan, stratum, judged));
        figures.extend(figures::figures(stratum, plan, outcomes));
        more.push(conclusions::descriptions(judged));
        more.push(conclusions::notes(judged));
        more.extend(tables::tables(stratum, plan, outcomes));
        more.push(conclusions::exploratory(judged));
        more.push(told::pilot(stratum));
    }
    tables.extend(more);
    tables.push(conclusions::rules(&judgement.strata));
    tables.extend(beside.tables);
    let mut figures = drawn(figures)?;
    figures.extend(beside.figures);
    let mut verdict = conclusions::verdict(&judgement);
    verdict.evidence.extend(beside.evidence);
    let mut warnings = told::warnings(plan, &judgement, outcomes);
    warnings.extend(beside.warnings);
    let mut method = told::method(plan, folder);
    method.extend(beside.statements);
    method.extend(beside.method);
    let names = |of: fn(&rethink::trial::Stratum) -> &str| {
        let mut names: Vec<&str> = plan.strata.iter().map(of).collect();
        names.dedup();
        names.join(", ")
    };
    Ok(QuestionReport {
        question: "implicit-bias".to_owned(),
        title: "Implicit bias".to_owned(),
        asks: asks.to_owned(),
        answer: judgement.finding.clone() + &told::arms_in(&judgement.finding, plan),
        verdicts: vec![verdict],
        contributions: Vec::new(),
        figures,
        tables,
        warnings,
        smaller_than_paper: Some(told::smaller(plan)),
        method,
        published: told::published(),
        setting: Setting {
            dataset: names(rethink::trial::Stratum::shown_dataset),
            dataset_checksum: names(|stratum| &stratum.checksum),
            ..setting
        },
        provenance,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name of a file can be anything; what is written is named by the dataset's id.
    #[test]
    fn a_report_can_be_written_whatever_the_dataset_is_called() {
        let mut plan = synthetic::plan(4);
        let label = "1. Größe (neu)/../\u{1b}".to_owned();
        plan.strata[0].name = "data-0123456789ab-1000-mlp-1x64".to_owned();
        plan.strata[0].label = Some(label.clone());
        let outcomes = synthetic::outcomes(&plan);
        let made = (Setting::default(), Provenance::default());
        let beside = Beside::default();
        let report = report(&plan, &outcomes, "?", "out/trial/0", made, beside).unwrap();
        let out = tempfile::tempdir().unwrap();
        report.write(out.path()).unwrap();
        assert_eq!(report.setting.dataset, label);
        assert!(report.tables[0].title.contains(&label));
    }
}
