//! A trial on disk: its plan, one line per outcome, and the table that it is frozen with.
//!
//! ```text
//! plan.json    what was fixed before the first run, the hash of the rules too
//! runs.jsonl   an outcome a line; the last line is a checksum of all of them
//! table.json   every row that the rules came to, as printed
//! ```
//!
//! A trial that is read is judged again. Where the rules are others than those of its plan, or
//! a row comes out otherwise than in the table, it is refused, unless that is asked for.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::TrialError;
use super::design::{Outcome, Plan};
use super::frozen::Table;
use super::rules::{Judgement, SOURCES, judge};
use crate::atomic;
use crate::digest::sha256;

const PLAN: &str = "plan.json";
const RUNS: &str = "runs.jsonl";
const TABLE: &str = "table.json";
/// Where trials are in an output folder.
const TRIALS: &str = "trial";

/// A line of `runs.jsonl`: an outcome, and the hash of the plan it belongs to.
#[derive(Serialize, Deserialize)]
struct Line {
    plan: String,
    #[serde(flatten)]
    outcome: Outcome,
}

/// The last line of `runs.jsonl`: without it, the file is cut.
#[derive(Serialize, Deserialize, PartialEq)]
struct End {
    outcomes: usize,
    /// Of all lines before.
    sha256: String,
}

impl End {
    fn of(lines: &str) -> Self {
        Self {
            outcomes: lines.lines().count(),
            sha256: sha256(lines.as_bytes()),
        }
    }
}

/// The folder of a plan under an output folder, named by the plan's hash.
pub fn folder(out: &Path, plan: &Plan) -> PathBuf {
    out.join(TRIALS).join(plan.hash())
}

/// The folder of the one trial in a folder: that of a trial, or an output folder.
///
/// # Errors
/// A folder with no trial, or with several, which are listed.
pub fn find(given: &Path) -> Result<PathBuf, TrialError> {
    if given.join(PLAN).exists() {
        return Ok(given.to_owned());
    }
    let held = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut found: Vec<PathBuf> = (entries.map(|entry| entry.path()))
            .filter(|path| path.join(PLAN).exists())
            .collect();
        found.sort();
        found
    };
    let mut found = held(&given.join(TRIALS));
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            found.push(last);
            Err(TrialError::SeveralTrials {
                folder: given.to_owned(),
                found,
            })
        }
        (None, _) => Err(TrialError::NoTrial {
            folder: given.to_owned(),
        }),
    }
}

/// Writes the plan down before the first run.
///
/// The folder is named by the plan's hash, so another plan there is a damaged one: it is
/// set aside, and the new path returned.
///
/// # Errors
/// A folder that cannot be written to.
pub fn freeze(folder: &Path, plan: &Plan) -> Result<Option<PathBuf>, TrialError> {
    let path = folder.join(PLAN);
    let io = |error: io::Error| TrialError::Io {
        path: path.clone(),
        error,
    };
    let mut set_aside = None;
    if fs::symlink_metadata(&path).is_ok() {
        if read_plan(folder).is_ok_and(|stored| stored.canonical() == plan.canonical()) {
            return Ok(None);
        }
        set_aside = Some(atomic::set_aside(&path).map_err(io)?);
    }
    let text = serde_json::to_string_pretty(plan).expect("plain data with string keys");
    atomic::replace(&path, text.as_bytes()).map_err(io)?;
    Ok(set_aside)
}

/// Judges the outcomes of a plan, and writes them, in their order, and the table of what they
/// came to.
///
/// # Errors
/// As [`judge`], or a folder that cannot be written to.
pub fn publish(folder: &Path, plan: &Plan, outcomes: &[Outcome]) -> Result<Judgement, TrialError> {
    let judgement = judge(plan, outcomes)?;
    let hash = plan.hash();
    let lines = outcomes.iter().map(|outcome| {
        let line = Line {
            plan: hash.clone(),
            outcome: outcome.clone(),
        };
        serde_json::to_string(&line).expect("plain data with string keys") + "\n"
    });
    let mut text: String = lines.collect();
    text += &serde_json::to_string(&End::of(&text)).expect("plain data with string keys");
    text += "\n";
    let table = serde_json::to_string_pretty(&Table::of(&judgement));
    let table = table.expect("plain data with string keys") + "\n";
    for (name, text) in [(RUNS, text), (TABLE, table)] {
        let path = folder.join(name);
        atomic::replace(&path, text.as_bytes()).map_err(|error| TrialError::Io { path, error })?;
    }
    Ok(judgement)
}

/// A trial that was published.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Its plan.
    pub plan: Plan,
    /// Its outcomes.
    pub outcomes: Vec<Outcome>,
    /// The table that it is frozen with; none if the file is not there.
    pub table: Option<Table>,
}

/// What a published trial comes to now.
#[derive(Debug, Clone, PartialEq)]
pub struct Again {
    /// By the rules of this program.
    pub judgement: Judgement,
    /// What must be said beside it: judged by which rules, frozen under which, and what came
    /// out otherwise. None where the rules are those of the plan and every row is as it was.
    pub remark: Option<String>,
}

impl Published {
    /// Judges it by the rules of this program.
    ///
    /// # Errors
    /// As [`judge`]; and, unless `anew` is asked for, a row that comes out otherwise than in the
    /// frozen table, or other rules than those of the plan without such a table.
    pub fn judge(&self, anew: bool) -> Result<Again, TrialError> {
        let judgement = judge(&self.plan, &self.outcomes)?;
        let frozen = self.plan.rules.clone();
        let same_rules = frozen == SOURCES;
        let difference = match &self.table {
            Some(table) => table.difference(&Table::of(&judgement)),
            None if same_rules => None,
            None => Some(format!("there is no {TABLE} to compare with")),
        };
        let remark = match (difference, same_rules) {
            (None, true) => None,
            (None, false) => Some(format!(
                "judged by rules {SOURCES}; frozen under {frozen}: every row of the frozen table \
                 comes out as it was"
            )),
            (Some(difference), _) if anew => Some(format!(
                "judged anew by rules {SOURCES}; frozen under {frozen}: {difference}"
            )),
            (Some(difference), _) => {
                return Err(TrialError::OtherRules {
                    rules: SOURCES.to_owned(),
                    frozen,
                    difference,
                });
            }
        };
        Ok(Again { judgement, remark })
    }
}

/// The trial in a folder.
///
/// # Errors
/// A plan or outcomes that are not there or no such files, or those of another plan.
pub fn read(folder: &Path) -> Result<Published, TrialError> {
    let plan = read_plan(folder)?;
    let hash = plan.hash();
    let path = folder.join(RUNS);
    let text = read_text(&path)?;
    let cut = || TrialError::Cut { path: path.clone() };
    let before = text.trim_end().rfind('\n').map_or(0, |at| at + 1);
    let (text, end) = text.split_at(before);
    let end: End = serde_json::from_str(end).map_err(|_| cut())?;
    if end != End::of(text) {
        return Err(cut());
    }
    let outcomes = text.lines().enumerate().map(|(number, text)| {
        let line: Line = serde_json::from_str(text).map_err(|error| TrialError::Damaged {
            path: path.clone(),
            line: number + 1,
            error,
        })?;
        if line.plan != hash {
            return Err(TrialError::OtherPlan {
                path: path.clone(),
                found: line.plan,
                expected: hash.clone(),
            });
        }
        Ok(line.outcome)
    });
    let outcomes = outcomes.collect::<Result<_, _>>()?;
    let table = read_table(folder, &hash)?;
    Ok(Published {
        plan,
        outcomes,
        table,
    })
}

fn read_table(folder: &Path, plan: &str) -> Result<Option<Table>, TrialError> {
    let path = folder.join(TABLE);
    if !path.exists() {
        return Ok(None);
    }
    let table: Table = parsed(path.clone())?;
    match table.plan == plan {
        true => Ok(Some(table)),
        false => Err(TrialError::OtherPlan {
            path,
            found: table.plan,
            expected: plan.to_owned(),
        }),
    }
}

fn read_plan(folder: &Path) -> Result<Plan, TrialError> {
    parsed(folder.join(PLAN))
}

fn parsed<T: DeserializeOwned>(path: PathBuf) -> Result<T, TrialError> {
    let text = read_text(&path)?;
    serde_json::from_str(&text).map_err(|error| TrialError::Damaged {
        line: error.line(),
        path,
        error,
    })
}

fn read_text(path: &Path) -> Result<String, TrialError> {
    let text = atomic::read(path)
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| io::Error::other("it is no text")));
    text.map_err(|error| TrialError::Io {
        path: path.to_owned(),
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Zoo;
    use crate::trial::design::{self, Cell, Cost, Measured, Method, Stratum, Thresholds};
    use crate::trial::rules::Decision;

    const OTHER: Method = Method::Adversarial { copies: 1 };

    fn plan(blocks: u64) -> Plan {
        let stratum = Stratum {
            name: "s".into(),
            dataset: "s".into(),
            label: None,
            checksum: String::new(),
            train_size: 40,
            test_size: 100,
            auxiliary: 10,
            architecture: Zoo::Mlp1x16,
            limit: 100,
            pilot: vec![],
            shell_rate: 0.1,
            cells: vec![Cell::REFERENCE, Cell::found(OTHER)],
            left_out: vec![],
        };
        Plan {
            numerics: 1,
            rules: SOURCES.to_owned(),
            blocks: (0..blocks).collect(),
            pilot_blocks: vec![],
            costs: vec![Cost::cross_entropy(0.01)],
            thresholds: Thresholds::default(),
            strata: vec![stratum],
            left_out: vec![],
        }
    }

    /// The other network has a norm of about `factor` times that of SGD.
    fn outcomes(plan: &Plan, factor: f64) -> Vec<Outcome> {
        let blocks = plan.blocks.iter();
        let both = blocks.flat_map(|&block| {
            let x = block as f64;
            [
                (Cell::REFERENCE, 1.0 + 0.1 * x),
                (Cell::found(OTHER), factor * (1.0 + 0.1 * x + 0.02 * x * x)),
            ]
            .map(|(cell, norm)| (block, cell, norm))
        });
        both.map(|(block, cell, norm)| Outcome {
            stratum: "s".into(),
            block,
            cell,
            cost: plan.costs[0],
            end: design::End::Reached,
            evaluations: 7,
            updates: 1,
            network: Some(Measured {
                cost: 0.01,
                path_norm: norm,
                norm,
                others: std::collections::BTreeMap::new(),
                margin: 1.0,
                train_error: 0.0,
                test_error: 0.2 + 0.01 * block as f64,
                test_loss: 1.0,
            }),
            moved: None,
        })
        .collect()
    }

    #[test]
    fn what_was_published_is_read_and_another_plan_is_refused() {
        let out = tempfile::tempdir().expect("a folder");
        let plan_of_3 = plan(3);
        let here = folder(out.path(), &plan_of_3);
        freeze(&here, &plan_of_3).expect("written");
        assert_eq!(freeze(&here, &plan_of_3).expect("it goes on"), None);
        let outcomes = outcomes(&plan_of_3, 2.0);
        let judgement = publish(&here, &plan_of_3, &outcomes).expect("written");
        let stored = read(&here).expect("read");
        assert_eq!((&stored.plan, &stored.outcomes), (&plan_of_3, &outcomes));
        assert_eq!(stored.table, Some(Table::of(&judgement)));
        let again = stored.judge(false).expect("as it was");
        assert_eq!((again.judgement, again.remark), (judgement, None));
        publish(&here, &plan(4), &outcomes).expect("written");
        let mixed = read(&here).expect_err("runs of another plan");
        assert!(mixed.to_string().contains(&plan(3).hash()), "{mixed}");
    }

    #[test]
    fn a_table_of_another_plan_is_refused() {
        let out = tempfile::tempdir().expect("a folder");
        let plan = plan(3);
        let here = folder(out.path(), &plan);
        freeze(&here, &plan).expect("written");
        publish(&here, &plan, &outcomes(&plan, 2.0)).expect("written");
        let path = here.join(TABLE);
        let text = fs::read_to_string(&path).expect("text");
        fs::write(&path, text.replace(&plan.hash(), "0123456789abcdef")).expect("written");
        let error = read(&here).expect_err("another plan").to_string();
        assert!(
            error.contains("table.json belongs to the plan 0123"),
            "{error}"
        );
        fs::write(&path, "{").expect("written");
        let error = read(&here).expect_err("damaged");
        assert!(matches!(error, TrialError::Damaged { .. }), "{error}");
    }

    /// A trial as rules of the past would have left it.
    fn of_other_rules(change: impl Fn(&mut Table)) -> Published {
        let mut plan = plan(5);
        plan.rules = "00000000deadbeef".to_owned();
        let outcomes = outcomes(&plan, 2.0);
        let mut table = Table::of(&judge(&plan, &outcomes).expect("judged"));
        table.rules.clone_from(&plan.rules);
        change(&mut table);
        Published {
            plan,
            outcomes,
            table: Some(table),
        }
    }

    #[test]
    fn other_rules_with_the_same_rows_are_told_and_go_on() {
        let stored = of_other_rules(|_| {});
        for anew in [false, true] {
            let remark = stored
                .judge(anew)
                .expect("judged")
                .remark
                .expect("a remark");
            for said in [SOURCES, "00000000deadbeef", "as it was"] {
                assert!(remark.contains(said), "{remark}");
            }
        }
    }

    #[test]
    fn a_row_that_comes_out_otherwise_is_refused_unless_it_is_asked_for() {
        type Change = fn(&mut Table);
        let changes: [(Change, &str); 5] = [
            (|t| t.parts[0].decision = Decision::Fails, "S1 in s"),
            (|t| t.parts[0].p_holds = "0.5".into(), "p that it holds"),
            (|t| t.parts[0].p_fails = "0.5".into(), "p that it fails"),
            (|t| t.parts[0].rows[0].1 = "3 [2, 4]".into(), "was 3 [2, 4]"),
            (|t| drop(t.parts.pop()), "lines, were 0"),
        ];
        for (change, said) in changes {
            let stored = of_other_rules(change);
            let error = stored.judge(false).expect_err("another row").to_string();
            for said in [said, SOURCES, "00000000deadbeef", "--rejudge"] {
                assert!(error.contains(said), "{error}");
            }
            assert!(!error.contains('\n'), "{error}");
            let remark = stored.judge(true).expect("asked for").remark;
            let remark = remark.expect("a remark");
            let expected = format!("judged anew by rules {SOURCES}; frozen under 00000000deadbeef");
            assert!(remark.starts_with(&expected), "{remark}");
        }
    }

    #[test]
    fn other_rules_without_a_table_are_refused_and_the_same_rules_need_none() {
        let mut stored = of_other_rules(|_| {});
        stored.table = None;
        let error = stored.judge(false).expect_err("no table").to_string();
        assert!(error.contains("no table.json"), "{error}");
        stored.plan.rules = SOURCES.to_owned();
        assert_eq!(stored.judge(false).expect("judged").remark, None);
    }

    #[test]
    fn a_damaged_plan_is_written_anew_and_cut_runs_are_refused() {
        let out = tempfile::tempdir().expect("a folder");
        let plan = plan(3);
        let here = folder(out.path(), &plan);
        freeze(&here, &plan).expect("written");
        fs::write(here.join(PLAN), "{").expect("cut");
        let aside = freeze(&here, &plan).expect("mended").expect("set aside");
        assert_eq!(fs::read_to_string(aside).expect("kept"), "{");
        publish(&here, &plan, &outcomes(&plan, 2.0)[..2]).expect("written");
        assert_eq!(read(&here).expect("whole").plan, plan);
        let path = here.join(RUNS);
        let whole = fs::read_to_string(&path).expect("text");
        let lines: Vec<&str> = whole.lines().collect();
        let changed = whole.replacen("\"evaluations\":7", "\"evaluations\":8", 1);
        assert_ne!(changed, whole);
        for damaged in [
            "",
            lines[0],
            &lines[..2].join("\n"),
            &lines[1..].join("\n"),
            &changed,
        ] {
            fs::write(&path, damaged).expect("written");
            let error = read(&here).expect_err("damaged");
            assert!(matches!(error, TrialError::Cut { .. }), "{error}");
        }
    }

    #[test]
    fn the_only_trial_of_an_output_folder_is_found() {
        let out = tempfile::tempdir().expect("a folder");
        let none = find(out.path()).expect_err("an empty folder");
        assert!(matches!(none, TrialError::NoTrial { .. }), "{none}");
        let [one, other] = [plan(3), plan(4)].map(|plan| (folder(out.path(), &plan), plan));
        freeze(&one.0, &one.1).expect("written");
        assert_eq!(find(out.path()).expect("the only one"), one.0);
        assert_eq!(find(&one.0).expect("itself"), one.0);
        freeze(&other.0, &other.1).expect("written");
        let both = find(out.path()).expect_err("two").to_string();
        for hash in [one.1.hash(), other.1.hash()] {
            assert!(both.contains(&hash), "{both}");
        }
    }
}
