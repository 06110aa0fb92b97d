//! The answer to one question, with everything it rests on.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Claim, Contribution, Figure, ReportError, Table, Verdict};
use crate::digest::sha256;
use crate::provenance::Provenance;
use crate::{atomic, sealed};

/// The file of a report in its folder.
pub(super) const REPORT: &str = "report.json";

/// What a question was asked about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Budget: `smoke`, `quick` or `paper`.
    pub budget: String,
    /// Name of the dataset.
    pub dataset: String,
    /// SHA-256 of the dataset.
    pub dataset_checksum: String,
}

/// What a subcommand has found out: the answer, verdicts, contributions, figures and tables.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct QuestionReport {
    /// Id of the question, such as `"randomization"`.
    pub question: String,
    /// Heading.
    pub title: String,
    /// The question as a sentence.
    pub asks: String,
    /// The answer as one sentence.
    pub answer: String,
    /// One verdict per claim that the question [decides](Claim::question).
    pub verdicts: Vec<Verdict>,
    /// What it finds on claims that other questions decide.
    pub contributions: Vec<Contribution>,
    /// Figures, in reading order.
    pub figures: Vec<Figure>,
    /// Tables, in reading order; the first is the one `--format csv` prints.
    pub tables: Vec<Table>,
    /// What a reader must be warned of.
    pub warnings: Vec<String>,
    /// By how much the setting is smaller than the paper's, if it is.
    pub smaller_than_paper: Option<String>,
    /// The setting in short paragraphs.
    pub method: Vec<String>,
    /// Remarks on the published values shown beside ours; empty if there are none.
    pub published: Vec<String>,
    /// What was asked about.
    pub setting: Setting,
    /// Where the numbers come from.
    pub provenance: Provenance,
}

/// A report as it is printed.
#[derive(Serialize)]
struct Printed<'a> {
    schema: String,
    #[serde(flatten)]
    report: &'a QuestionReport,
}

/// A report as it is stored: sealed, and with the checksums of its figures.
#[derive(Serialize)]
struct Stored<'a> {
    schema: String,
    #[serde(flatten)]
    report: &'a QuestionReport,
    drawings: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Drawings {
    drawings: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Schema {
    schema: String,
}

impl QuestionReport {
    /// Folder of a question's report below the output folder.
    pub fn folder(out: &Path, question: &str) -> PathBuf {
        out.join("reports").join(question)
    }

    /// The report as JSON, schema `rethink/<question>/5`.
    ///
    /// Figures are given by their file names, without the drawing; numbers carry
    /// full precision.
    ///
    /// # Errors
    /// [`ReportError::Json`] if the serializer refuses.
    pub fn json(&self) -> Result<String, ReportError> {
        let stored = Printed {
            schema: schema(&self.question),
            report: self,
        };
        serde_json::to_string_pretty(&stored)
            .map(|json| json + "\n")
            .map_err(|source| ReportError::Json {
                question: self.question.clone(),
                source,
            })
    }

    /// The verdict on a claim and the report that it stands in, that of the question that
    /// [decides](Claim::question).
    pub fn verdict_on<'a>(
        claim: Claim,
        reports: impl IntoIterator<Item = &'a Self>,
    ) -> Option<(&'a Self, &'a Verdict)> {
        let mut reports = reports.into_iter();
        let decides = reports.find(|report| report.question == claim.question())?;
        let verdict = decides.verdicts.iter().find(|one| one.claim == claim)?;
        Some((decides, verdict))
    }

    /// What other questions find on a claim, each with the report that it stands in.
    pub fn contributions_to<'a>(
        claim: Claim,
        reports: impl IntoIterator<Item = &'a Self>,
    ) -> Vec<(&'a Self, &'a Contribution)> {
        let found = |report: &'a Self| report.contributions.iter().map(move |one| (report, one));
        let all = reports.into_iter().flat_map(found);
        all.filter(|(_, one)| one.claim == claim).collect()
    }

    /// The first table as CSV, which is what `--format csv` prints; empty without tables.
    ///
    /// The other tables are in the report's folder, one file each.
    pub fn csv(&self) -> String {
        self.tables.first().map(Table::csv).unwrap_or_default()
    }

    /// Writes `out/reports/<question>/{report.json, <table id>.csv, <figure id>.svg, <figure id>.csv}`.
    ///
    /// Each file appears whole; report.json comes last, so whatever it names is there.
    /// Returns the folder.
    ///
    /// # Errors
    /// An id that cannot be a file name or occurs twice, a ragged table, a verdict on a claim
    /// that another question decides, or [`ReportError::Write`] with the path that failed.
    pub fn write(&self, out: &Path) -> Result<PathBuf, ReportError> {
        self.check()?;
        let folder = Self::folder(out, &self.question);
        for table in &self.tables {
            ReportError::writing(
                &folder.join(format!("{}.csv", table.id)),
                table.csv().as_bytes(),
            )?;
        }
        for figure in &self.figures {
            figure.write(&folder)?;
        }
        let stored = Stored {
            schema: schema(&self.question),
            report: self,
            drawings: self.drawings(),
        };
        ReportError::writing(&folder.join(REPORT), sealed::seal(&stored).as_bytes())?;
        Ok(folder)
    }

    /// SHA-256 of the files of each figure.
    fn drawings(&self) -> BTreeMap<String, String> {
        let files = self.figures.iter().flat_map(|figure| {
            [
                (figure.file(), sha256(figure.svg.as_bytes())),
                (figure.data_file(), sha256(figure.csv.as_bytes())),
            ]
        });
        files.collect()
    }

    /// Reads a report from the folder that [`write`](Self::write) returned.
    ///
    /// # Errors
    /// [`ReportError::Read`], [`ReportError::Damaged`] and [`ReportError::UnknownSchema`]
    /// name the file.
    pub fn load(folder: &Path) -> Result<Self, ReportError> {
        let read = |path: &Path| {
            atomic::read(path).map_err(|source| ReportError::Read {
                path: path.to_path_buf(),
                source,
            })
        };
        let path = folder.join(REPORT);
        let json = read(&path)?;
        // The schema first: a report of another version should say so, not that a field is missing.
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let expected = schema(&name);
        if let Ok(Schema { schema: found }) = serde_json::from_slice::<Schema>(&json)
            && found != expected
        {
            return Err(ReportError::UnknownSchema {
                path,
                found,
                expected,
            });
        }
        let damaged = |path: &Path, reason: &str| ReportError::Damaged {
            path: path.to_path_buf(),
            reason: reason.to_owned(),
        };
        let open = |reason: String| damaged(&path, &reason);
        let mut report: Self = sealed::open(&json).map_err(open)?;
        let Drawings { drawings } = sealed::open(&json).map_err(open)?;
        report.check()?;
        let file = |name: String| {
            let path = folder.join(&name);
            let bytes = read(&path)?;
            if drawings.get(&name) != Some(&sha256(&bytes)) {
                return Err(damaged(&path, "its checksum does not match"));
            }
            String::from_utf8(bytes).map_err(|_| damaged(&path, "it is no text"))
        };
        for figure in &mut report.figures {
            figure.svg = file(figure.file())?;
            figure.csv = file(figure.data_file())?;
        }
        Ok(report)
    }

    /// Ids can be file names and occur once; tables are rectangular; a claim has one verdict.
    fn check(&self) -> Result<(), ReportError> {
        check_id(&self.question)?;
        self.check_claims()?;
        let mut seen = HashSet::new();
        let tables = self.tables.iter().map(|table| &table.id);
        for id in tables.chain(self.figures.iter().map(|figure| &figure.id)) {
            check_id(id)?;
            if !seen.insert(id) {
                let question = self.question.clone();
                return Err(ReportError::DuplicateId {
                    question,
                    id: id.clone(),
                });
            }
        }
        self.tables.iter().try_for_each(Table::check)
    }

    /// A verdict is of the question that decides, a contribution of another, each once.
    fn check_claims(&self) -> Result<(), ReportError> {
        let refuse = |reason: String| {
            Err(ReportError::Claim {
                question: self.question.clone(),
                reason,
            })
        };
        let verdicts = self.verdicts.iter().map(|one| (one.claim, true));
        let contributions = self.contributions.iter().map(|one| (one.claim, false));
        let mut seen = HashSet::new();
        for (claim, verdict) in verdicts.chain(contributions) {
            if !seen.insert(claim) {
                return refuse(format!("two findings on {claim}: leave one out"));
            }
            match (verdict, claim.question() == self.question) {
                (true, false) => {
                    let owner = claim.question();
                    return refuse(format!(
                        "a verdict on {claim}, which `{owner}` decides: make it a contribution"
                    ));
                }
                (false, true) => {
                    return refuse(format!(
                        "a contribution to {claim}, which it decides: make it a verdict"
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn schema(question: &str) -> String {
    format!("rethink/{question}/5")
}

/// Whether `id` can be a file name, an HTML id and part of a URL, unescaped.
pub(super) fn check_id(id: &str) -> Result<(), ReportError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if id.starts_with(|c: char| c.is_ascii_lowercase()) && id.chars().all(plain) {
        Ok(())
    } else {
        Err(ReportError::InvalidId { id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Direction, Outcome};

    #[test]
    fn ids_stay_inside_their_folder() {
        for id in ["", "../x", "a/b", "A", "1a", "a b", "a.svg", "é"] {
            let error = check_id(id).unwrap_err().to_string();
            assert!(error.contains(&format!("`{id}`")), "{error}");
        }
        assert!(check_id("norms-vs-n_2").is_ok());
    }

    #[test]
    fn a_claim_has_the_verdict_of_one_question() {
        let verdict = Verdict {
            claim: Claim::C7,
            outcome: Outcome::Supported,
            finding: String::new(),
            rule: String::new(),
            evidence: vec![],
        };
        let contribution = Contribution {
            claim: Claim::C7,
            direction: Direction::For,
            finding: String::new(),
            rule: String::new(),
            evidence: vec![],
        };
        let report = |question: &str, verdicts: usize, contributions: usize| QuestionReport {
            question: question.to_owned(),
            verdicts: vec![verdict.clone(); verdicts],
            contributions: vec![contribution.clone(); contributions],
            ..QuestionReport::default()
        };
        let (norms, owner) = (report("norms", 0, 1), report("implicit-bias", 1, 0));
        assert!(norms.check().is_ok() && owner.check().is_ok());
        for (question, verdicts, contributions) in [
            ("norms", 1, 0),
            ("norms", 0, 2),
            ("implicit-bias", 0, 1),
            ("implicit-bias", 2, 0),
            ("implicit-bias", 1, 1),
        ] {
            let refused = report(question, verdicts, contributions).check();
            let message = refused.unwrap_err().to_string();
            assert!(
                message.contains(question) && message.contains("C7"),
                "{message}"
            );
        }

        let reports = [norms, owner];
        let (decides, _) = QuestionReport::verdict_on(Claim::C7, &reports).unwrap();
        assert_eq!(decides.question, "implicit-bias");
        assert!(QuestionReport::verdict_on(Claim::C7, &reports[..1]).is_none());
        let others = QuestionReport::contributions_to(Claim::C7, &reports);
        assert_eq!(others.len(), 1);
        assert!(QuestionReport::contributions_to(Claim::C3, &reports).is_empty());
    }
}
