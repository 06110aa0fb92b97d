//! A trial on disk: its plan, and one line per outcome.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::TrialError;
use super::outcome::Outcome;
use super::plan::Plan;
use crate::atomic;
use crate::digest::sha256;

const PLAN: &str = "plan.json";
const RUNS: &str = "runs.jsonl";
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

/// Writes every outcome of a plan, in its order.
///
/// # Errors
/// A folder that cannot be written to.
pub fn publish(folder: &Path, plan: &Plan, outcomes: &[Outcome]) -> Result<PathBuf, TrialError> {
    let path = folder.join(RUNS);
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
    atomic::replace(&path, text.as_bytes()).map_err(|error| TrialError::Io {
        path: path.clone(),
        error,
    })?;
    Ok(path)
}

/// The plan and the outcomes in a folder.
///
/// # Errors
/// Files that are not there or no such files, or a run of another plan.
pub fn read(folder: &Path) -> Result<(Plan, Vec<Outcome>), TrialError> {
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
    Ok((plan, outcomes))
}

fn read_plan(folder: &Path) -> Result<Plan, TrialError> {
    let path = folder.join(PLAN);
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
    use crate::trial::{End, Rules};

    fn plan(blocks: u64) -> Plan {
        Plan {
            program: "0.0.0".to_owned(),
            numerics: 1,
            blocks: (0..blocks).collect(),
            pilot_blocks: vec![],
            costs: vec![0.1, 0.01],
            rules: Rules::default(),
            strata: vec![],
        }
    }

    fn outcome(block: u64) -> Outcome {
        Outcome {
            stratum: "s".into(),
            block,
            arm: "a".into(),
            cost: 0.1,
            end: End::Limit,
            evaluations: 7,
            updates: 1,
            solution: None,
        }
    }

    #[test]
    fn what_was_published_is_read_and_another_plan_is_refused() {
        let out = tempfile::tempdir().expect("a folder");
        let plan_of_3 = plan(3);
        let here = folder(out.path(), &plan_of_3);
        freeze(&here, &plan_of_3).expect("written");
        assert_eq!(freeze(&here, &plan_of_3).expect("it goes on"), None);
        let outcomes = [outcome(0), outcome(1)];
        publish(&here, &plan_of_3, &outcomes).expect("written");
        let (read_plan, read_outcomes) = read(&here).expect("read");
        assert_eq!((read_plan, read_outcomes), (plan_of_3, outcomes.to_vec()));
        publish(&here, &plan(4), &outcomes).expect("written");
        let mixed = read(&here).expect_err("runs of another plan");
        assert!(mixed.to_string().contains(&plan(3).hash()), "{mixed}");
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
        publish(&here, &plan, &[outcome(0), outcome(1)]).expect("written");
        assert_eq!(read(&here).expect("whole").0, plan);
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
