//! The answer to one question, with everything it rests on.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Figure, ReportError, Table, Verdict};

/// Where the numbers of a report come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The command that makes the report again.
    pub command: String,
    /// Version of the program.
    pub version: String,
    /// Commit it was built from.
    pub commit: String,
    /// Budget: `smoke`, `quick` or `paper`.
    pub budget: String,
    /// Name of the dataset.
    pub dataset: String,
    /// SHA-256 of the dataset.
    pub dataset_checksum: String,
    /// Model of the processor.
    pub cpu: String,
    /// Threads used.
    pub threads: usize,
    /// Seconds of training in all runs, summed over cores.
    pub seconds: f64,
    /// Ids of the runs it used.
    pub runs: Vec<String>,
}

/// What a subcommand has found out: the answer, its verdicts, figures and tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuestionReport {
    /// Id of the question, such as `"randomization"`.
    pub question: String,
    /// Heading.
    pub title: String,
    /// The question as a sentence.
    pub asks: String,
    /// The answer as one sentence.
    pub answer: String,
    /// One verdict per claim that the question answers.
    pub verdicts: Vec<Verdict>,
    /// Figures, in reading order.
    pub figures: Vec<Figure>,
    /// Tables, in reading order; the first is the one `--format csv` prints.
    pub tables: Vec<Table>,
    /// What a reader must be warned of.
    pub warnings: Vec<String>,
    /// The setting in short paragraphs, and where it is smaller than the paper's.
    pub method: Vec<String>,
    /// Remarks on the published values shown beside ours; empty if there are none.
    pub published: Vec<String>,
    /// Where the numbers come from.
    pub provenance: Provenance,
}

#[derive(Serialize)]
struct Stored<'a> {
    schema: String,
    #[serde(flatten)]
    report: &'a QuestionReport,
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

    /// The report as JSON, schema `rethink/<question>/1`.
    ///
    /// Figures are given by their file names, without the drawing; numbers carry
    /// full precision.
    ///
    /// # Errors
    /// [`ReportError::Json`] if the serializer refuses.
    pub fn json(&self) -> Result<String, ReportError> {
        let stored = Stored {
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

    /// The first table as CSV, which is what `--format csv` prints; empty without tables.
    ///
    /// The other tables are in the report's folder, one file each.
    pub fn csv(&self) -> String {
        self.tables.first().map(Table::csv).unwrap_or_default()
    }

    /// Writes `out/reports/<question>/{report.json, <table id>.csv, <figure id>.svg}`.
    ///
    /// Each file appears whole; report.json comes last, so whatever it names is there.
    /// Returns the folder.
    ///
    /// # Errors
    /// An id that cannot be a file name or occurs twice, a ragged table, or
    /// [`ReportError::Write`] with the path that failed.
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
        ReportError::writing(&folder.join("report.json"), self.json()?.as_bytes())?;
        Ok(folder)
    }

    /// Reads a report from the folder that [`write`](Self::write) returned.
    ///
    /// # Errors
    /// [`ReportError::Read`], [`ReportError::Malformed`] and
    /// [`ReportError::UnknownSchema`] name the file.
    pub fn load(folder: &Path) -> Result<Self, ReportError> {
        let read = |path: &Path| {
            fs::read_to_string(path).map_err(|source| ReportError::Read {
                path: path.to_path_buf(),
                source,
            })
        };
        let path = folder.join("report.json");
        let json = read(&path)?;
        let malformed = |source| ReportError::Malformed {
            path: path.clone(),
            source,
        };
        // The schema first: a report of another version should say so, not that a field is missing.
        let found = serde_json::from_str::<Schema>(&json)
            .map_err(malformed)?
            .schema;
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let expected = schema(&name);
        if found != expected {
            return Err(ReportError::UnknownSchema {
                path,
                found,
                expected,
            });
        }
        let mut report: Self = serde_json::from_str(&json).map_err(malformed)?;
        report.check()?;
        for figure in &mut report.figures {
            figure.svg = read(&folder.join(figure.file()))?;
        }
        Ok(report)
    }

    /// Ids can be file names and occur once; tables are rectangular.
    fn check(&self) -> Result<(), ReportError> {
        check_id(&self.question)?;
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
}

fn schema(question: &str) -> String {
    format!("rethink/{question}/1")
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

    #[test]
    fn ids_stay_inside_their_folder() {
        for id in ["", "../x", "a/b", "A", "1a", "a b", "a.svg", "é"] {
            let error = check_id(id).unwrap_err().to_string();
            assert!(error.contains(&format!("`{id}`")), "{error}");
        }
        assert!(check_id("norms-vs-n_2").is_ok());
    }
}
