//! The trial: the plan, the runs, what follows.

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

use std::process::ExitCode;

use rethink::provenance::Provenance;
use rethink::report::{QuestionReport, Setting};
use rethink::trial::archive::{self, Again};
use rethink::trial::described::{Network, describe};
use rethink::trial::design::{Outcome, Plan, Stratum};
use rethink::trial::rules::StratumJudgement;

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

/// One stratum: its plan, what is concluded of it, and its networks at the primary cost.
struct Shown<'a> {
    stratum: &'a Stratum,
    judged: &'a StratumJudgement,
    networks: Vec<Network>,
}

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
        let published = archive::read(folder)?;
        let again = published.judge(args.rejudge)?;
        let mut provenance = session.provenance("implicit-bias");
        let rejudge = if args.rejudge { " --rejudge" } else { "" };
        provenance.command = format!(
            "rethink implicit-bias --from {}{rejudge}",
            place::shown(folder)
        );
        let mut setting = session.setting();
        setting.budget = "as planned".to_owned();
        let (plan, outcomes) = (&published.plan, &published.outcomes);
        let made = (setting, provenance);
        let folder = place::shown(folder);
        return report(
            plan,
            outcomes,
            &again,
            asks,
            &folder,
            made,
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
    let again = Again {
        judgement: archive::publish(&folder, &plan, &outcomes)?,
        remark: None,
    };
    let mut provenance = session.provenance("implicit-bias");
    provenance.command += &args.to_string();
    let beside = beside::measure(session)?;
    let folder = archive::folder(place::shown(&session.out()).as_ref(), &plan);
    let folder = folder.to_string_lossy();
    let made = (session.setting(), provenance);
    report(&plan, &outcomes, &again, asks, &folder, made, beside)
}

/// Everything that follows from a plan and its outcomes.
fn report(
    plan: &Plan,
    outcomes: &[Outcome],
    again: &Again,
    asks: &str,
    folder: &str,
    (setting, provenance): (Setting, Provenance),
    beside: Beside,
) -> anyhow::Result<QuestionReport> {
    let judgement = &again.judgement;
    let pairs = plan.strata.iter().zip(&judgement.strata);
    let strata = pairs.map(|(stratum, judged)| {
        let networks = describe(plan, stratum, plan.costs[0], outcomes)?;
        Ok(Shown {
            stratum,
            judged,
            networks,
        })
    });
    let strata: Vec<Shown> = strata.collect::<anyhow::Result<_>>()?;
    let mut figures = drawn(figures::figures(plan, &strata))?;
    figures.extend(beside.figures);
    let mut tables = vec![conclusions::parts(&strata), conclusions::rows(&strata)];
    tables.extend(tables::tables(plan, &strata));
    tables.extend(beside.tables);
    let mut verdict = conclusions::verdict(judgement);
    verdict.evidence.extend(beside.evidence);
    let mut warnings: Vec<String> = again.remark.iter().cloned().collect();
    warnings.extend(told::warnings(plan, judgement, again.remark.is_some()));
    warnings.extend(beside.warnings);
    let mut method = told::method(plan, folder);
    method.extend(beside.statements);
    method.extend(beside.method);
    let names = |of: fn(&Stratum) -> &str| {
        let mut names: Vec<&str> = plan.strata.iter().map(of).collect();
        names.dedup();
        names.join(", ")
    };
    Ok(QuestionReport {
        question: "implicit-bias".to_owned(),
        title: "Implicit bias".to_owned(),
        asks: asks.to_owned(),
        answer: judgement.finding.join(" "),
        verdicts: vec![verdict],
        contributions: Vec::new(),
        figures,
        tables,
        warnings,
        smaller_than_paper: Some(told::smaller(plan)),
        method,
        published: told::published(),
        setting: Setting {
            dataset: names(Stratum::shown_dataset),
            dataset_checksum: names(|stratum| &stratum.checksum),
            ..setting
        },
        provenance,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rethink::trial::rules::judge;

    fn made(plan: &Plan, outcomes: &[Outcome]) -> QuestionReport {
        let again = Again {
            judgement: judge(plan, outcomes).unwrap(),
            remark: None,
        };
        let made = (Setting::default(), Provenance::default());
        report(
            plan,
            outcomes,
            &again,
            "?",
            "out/trial/0",
            made,
            Beside::default(),
        )
        .unwrap()
    }

    /// The name of a file can be anything; what is written is named by the dataset's id.
    #[test]
    fn a_report_can_be_written_whatever_the_dataset_is_called() {
        let mut plan = synthetic::plan(4, &["data-0123456789ab-200-mlp-1x32"]);
        let label = "1. Größe (neu)/../\u{1b}".to_owned();
        plan.strata[0].label = Some(label.clone());
        let report = made(&plan, &synthetic::outcomes(&plan));
        let out = tempfile::tempdir().unwrap();
        report.write(out.path()).unwrap();
        assert_eq!(report.setting.dataset, label);
        let ids: Vec<&str> = report.figures.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(
            ids,
            ["norm-moved", "norms-of-methods", "work-and-norm", "map"]
        );
        assert_eq!(report.tables[0].rows.len(), 6);
        assert_eq!(report.verdicts[0].evidence.len(), 6);
        assert!(report.tables.iter().all(|table| table.check().is_ok()));
    }

    #[test]
    fn several_strata_stand_beside_each_other() {
        let plan = synthetic::plan(3, &["one", "other"]);
        let report = made(&plan, &synthetic::outcomes(&plan));
        let out = tempfile::tempdir().unwrap();
        report.write(out.path()).unwrap();
        assert_eq!(report.figures.len(), 6);
        assert_eq!(report.tables[0].rows.len(), 12);
        let title = plan.strata[1].title();
        assert!(
            report
                .figures
                .iter()
                .all(|figure| figure.svg.contains("other, n")),
            "{title}"
        );
    }

    #[test]
    fn without_networks_there_is_nothing_to_draw_and_an_answer() {
        let plan = synthetic::plan(3, &["one"]);
        let report = made(&plan, &[]);
        assert!(report.figures.is_empty());
        assert_eq!(report.verdicts[0].outcome.word(), "inconclusive");
    }
}
