//! `rethink data`: which datasets there are, getting them, checking them.

use std::path::Path;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use rethink::dataset::catalogue::{self, Entry, Location};
use rethink::dataset::fetch::{self, FileState, Progress};
use rethink::report::Records;
use serde_json::{Value, json};

use crate::cli::output;
use crate::cli::{Format, Options};

/// List, fetch and check datasets.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  rethink data list
  rethink data fetch mnist cifar10
  rethink data verify mnist")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the datasets known by name and where they are on this machine
    List,
    /// Download datasets into the data folder and check them
    ///
    /// A download that was cut off is resumed by running the command again.
    Fetch {
        /// Names of datasets, as `rethink data list` shows them
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        /// Download from this address, the file name added to it, instead of the known servers
        #[arg(long, value_name = "URL")]
        mirror: Option<String>,
    },
    /// Compare the files of datasets with the published SHA-256
    Verify {
        /// Names of datasets [default: all that are there]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
}

/// Answers on stdout, shows progress on stderr.
pub fn run(args: &Args, options: &Options) -> anyhow::Result<()> {
    let data_dir = &options.data_dir();
    match &args.command {
        Command::List => {
            let rows = catalogue::ENTRIES.iter();
            let rows: Vec<Value> = rows.map(|entry| listed(entry, data_dir)).collect();
            print("data-list", &rows, options)
        }
        Command::Fetch { names, mirror } => {
            let mut rows = Vec::new();
            for name in names {
                let location = fetch_one(name, data_dir, mirror.as_deref(), options.quiet)?;
                rows.push(json!({ "name": name, "location": describe(&location) }));
            }
            print("data-fetch", &rows, options)
        }
        Command::Verify { names } => verify(names, data_dir, options),
    }
}

/// What is told of a dataset.
fn listed(entry: &Entry, data_dir: &Path) -> Value {
    json!({
        "name": entry.name,
        "train": entry.train,
        "test": entry.test,
        "shape": entry.shape.to_string(),
        "classes": entry.classes,
        "bytes": entry.bytes(),
        "location": describe(&entry.locate(Some(data_dir))),
        "licence": entry.licence,
        "description": entry.description,
    })
}

fn describe(location: &Location) -> String {
    match location {
        Location::Embedded => "embedded".to_string(),
        Location::Folder(folder) => folder.display().to_string(),
        Location::Missing(_) => "not installed".to_string(),
    }
}

fn fetch_one(
    name: &str,
    data_dir: &Path,
    mirror: Option<&str>,
    quiet: bool,
) -> anyhow::Result<Location> {
    let bar = if quiet {
        ProgressBar::hidden()
    } else {
        ProgressBar::no_length()
    };
    bar.set_style(ProgressStyle::with_template(
        "{msg} {bytes} of {total_bytes} {wide_bar} {eta}",
    )?);
    let say = |line: String| {
        if !quiet {
            bar.suspend(|| output::say(format_args!("{name}: {line}")));
        }
    };
    let location = fetch::fetch(name, data_dir, mirror, &mut |progress| match progress {
        Progress::Received {
            file,
            received,
            total,
        } => {
            bar.set_message(file.to_string());
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(received);
        }
        Progress::Failed(attempt) => say(attempt.to_string()),
        Progress::Ready { file, from } => say(format!("{file} from {from}")),
        _ => {}
    });
    bar.finish_and_clear();
    Ok(location?)
}

fn verify(names: &[String], data_dir: &Path, options: &Options) -> anyhow::Result<()> {
    let installed = |entry: &&Entry| !matches!(entry.locate(Some(data_dir)), Location::Missing(_));
    let names: Vec<String> = match names {
        [] => catalogue::ENTRIES
            .iter()
            .filter(installed)
            .map(|entry| entry.name.to_string())
            .collect(),
        _ => names.to_vec(),
    };
    let (mut rows, mut bad) = (Vec::new(), Vec::new());
    for name in names {
        let files = fetch::verify(&name, data_dir)?;
        if files.iter().any(|file| file.state != FileState::Intact) {
            bad.push(name.clone());
        }
        rows.extend(files.into_iter().map(|file| {
            let state = file.state.to_string();
            let path = file.path.map(|path| path.display().to_string());
            json!({ "name": name, "file": file.file, "state": state, "path": path })
        }));
    }
    print("data-verify", &rows, options)?;
    if !bad.is_empty() {
        bail!(
            "not intact: {}; run: rethink data fetch {}",
            bad.join(", "),
            bad.join(" ")
        );
    }
    Ok(())
}

/// Prints rows with the same fields in the format asked for.
fn print(what: &str, rows: &[Value], options: &Options) -> anyhow::Result<()> {
    output::print(match options.format {
        Format::Json => output::json(&format!("rethink/{what}/1"), json!({ "datasets": rows }))?,
        Format::Csv => Records::of(rows)?.csv(),
        Format::Text => Records::of(rows)?.text(options.layout().width),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dataset_is_a_line_of_the_list() {
        let rows = catalogue::ENTRIES.iter();
        let rows: Vec<Value> = rows
            .map(|entry| listed(entry, Path::new("nowhere")))
            .collect();
        let csv = Records::of(&rows).unwrap().csv();
        assert_eq!(csv.lines().count(), 1 + catalogue::ENTRIES.len());
        assert!(csv.starts_with("name,train,test,"));
    }
}
