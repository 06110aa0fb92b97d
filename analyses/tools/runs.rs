//! `rethink runs`: what the output folder holds, and whether it comes out again.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use rethink::checkpoint;
use rethink::experiment;
use rethink::experiment::run::StoredRun;
use rethink::report::{Cell, Table};
use rethink::store::{Comparison, Entry, Kind, Listed, Listing, StoreError, apart};
use serde_json::{Value, json};

use crate::cli::{Format, Options};
use crate::cli::{exit, output};
use crate::session::Session;

/// Letters of a spec that a list shows.
const SHOWN: usize = 60;

/// List, show, verify, recompute and export stored results.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  rethink runs list --kind run
  rethink runs recompute 0123456789abcdef
  rethink runs export 0123456789abcdef --to weights")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List what is stored
    ///
    /// With --format json also every spec and number.
    List {
        /// Only this kind, such as run, memorization or trial-runs
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
    },
    /// Print one result as JSON, with its spec and where it comes from
    Show {
        /// Id of the result, or the beginning of it
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Compare every file with its checksum
    ///
    /// The exit code is 1 if one is damaged.
    Verify,
    /// Compute a result again from its spec and compare every number
    ///
    /// The exit code is 3 if one differs. Give the dataset with --dataset if it is not the
    /// default one.
    Recompute {
        /// Id of the result, or the beginning of it
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Write the initial and final weights of a training as .safetensors files
    Export {
        /// Id of the training, or the beginning of it
        #[arg(value_name = "ID")]
        id: String,
        /// Folder to write to
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
}

/// Answers on stdout.
pub fn run(args: &Args, options: &Options) -> anyhow::Result<ExitCode> {
    let out = &options.out;
    let listing = Listing::of(out)?;
    match &args.command {
        Command::List { kind } => {
            let wanted = |l: &&Listed| kind.as_ref().is_none_or(|kind| l.kind == *kind);
            let results: Vec<&Listed> = listing.results.iter().filter(wanted).collect();
            list(&results, &listing, options)?;
        }
        Command::Show { id } => {
            let found = listing.the_one(out, id, |_| true)?;
            let text = std::fs::read_to_string(file(&out.join(&found.place)))?;
            output::print(text)?;
        }
        Command::Verify => return verify(&listing, out, options.format),
        Command::Recompute { id } => {
            let found = listing.the_one(out, id, |_| true)?;
            return recompute(found, options);
        }
        Command::Export { id, to } => {
            let found = listing.the_one(out, id, |l| l.kind == Kind::RUN.name)?;
            let run = StoredRun::open(&out.join(&found.place))?;
            let weights = [
                ("init.safetensors", run.initial()?),
                ("final.safetensors", run.trained()?),
            ];
            for (name, weights) in weights {
                checkpoint::write(&to.join(name), &weights)?;
                output::print(format!("{}\n", to.join(name).display()))?;
            }
        }
    }
    Ok(exit::DONE.into())
}

/// Computes a result again and compares.
fn recompute(found: &Listed, options: &Options) -> anyhow::Result<ExitCode> {
    let mut experiments = experiment::list().iter();
    let Some(experiment) = experiments.find(|one| one.kind().name == found.kind) else {
        bail!(
            "{} is of the kind {}, which is not computed again here",
            found.id,
            found.kind
        );
    };
    let stored = Entry::<Value, Value>::read(&options.out.join(&found.place))?;
    let session = Session::open(options)?;
    let again = session.compute(*experiment, &stored.spec)?;
    let mut compared = Comparison::of(&stored.output, &again.output);
    let folder = options.out.join(&found.place);
    // The losses of a curve, whose times are never the same, are in the weights.
    let weights = (again.files.iter()).filter(|(name, _)| name.ends_with(".safetensors"));
    for (name, bytes) in weights {
        compared.file(name, &stored.files.read(&folder, name)?, bytes);
    }
    let differences = compared.differences.iter();
    let lines: String = differences.map(|differ| format!("{differ}\n")).collect();
    let (id, all) = (&found.id, compared.stored);
    output::print(match compared.is_same() {
        true => format!("{id}: all {all} values are the same\n"),
        false => format!(
            "{lines}{id}: {} of {all} values differ ({} were computed)\n",
            compared.differences.len(),
            compared.computed
        ),
    })?;
    Ok(match compared.is_same() {
        true => exit::DONE.into(),
        false => exit::CHECK_FAILED.into(),
    })
}

fn file(place: &Path) -> PathBuf {
    match place.is_dir() {
        true => place.join("result.json"),
        false => place.to_owned(),
    }
}

fn list(results: &[&Listed], listing: &Listing, options: &Options) -> anyhow::Result<()> {
    let table = || table(results, listing.totals());
    output::print(match options.format {
        Format::Csv => table().csv(),
        Format::Text => table().text(options.layout().width) + "\n",
        Format::Json => output::json("rethink/runs/1", json!({ "results": results }))?,
    })
}

fn table(results: &[&Listed], note: String) -> Table {
    let specs = apart(results);
    Table::of("results", "Stored results", results.iter().zip(specs))
        .text("kind", |(l, _)| l.kind.as_str())
        .text("id", |(l, _)| l.id.as_str())
        .text("begun (UTC)", |(l, _)| date(l.started))
        .number("seconds", |(l, _)| Cell::significant(l.seconds, 3))
        .text("state", |(l, _)| l.state.words())
        .text("spec, where it differs", |(_, spec)| {
            shortened(&spec.join(" "))
        })
        .note(note)
}

/// `2026-11-26 20:05`, in UTC.
fn date(seconds: u64) -> String {
    let time = i64::try_from(seconds).map(time::OffsetDateTime::from_unix_timestamp);
    match time {
        Ok(Ok(time)) if seconds > 0 => {
            format!("{} {:02}:{:02}", time.date(), time.hour(), time.minute())
        }
        _ => "–".to_owned(),
    }
}

/// As far as there is room.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        _ if text.is_empty() => "–".to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn verify(listing: &Listing, out: &Path, format: Format) -> anyhow::Result<ExitCode> {
    let (verified, damaged) = listing.verify(out);
    output::print(match format {
        Format::Json => {
            let reason =
                |(l, why): &(&Listed, StoreError)| json!({ "id": l.id, "reason": why.to_string() });
            let all = json!({
                "verified": verified,
                "damaged": damaged.iter().map(reason).collect::<Vec<_>>(),
            });
            output::json("rethink/runs-verify/1", all)?
        }
        _ => {
            let lines: String = damaged.iter().map(|(_, why)| format!("{why}\n")).collect();
            let count = damaged.len();
            let totals = listing.totals();
            format!("{lines}{verified} results verified, {count} damaged. {totals}\n")
        }
    })?;
    Ok(match damaged.is_empty() {
        true => exit::DONE.into(),
        false => exit::FAILED.into(),
    })
}
