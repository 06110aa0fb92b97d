//! `rethink runs`: what the output folder holds, and whether it comes out again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use rethink::checkpoint;
use rethink::experiment;
use rethink::experiment::run::StoredRun;
use rethink::report::{Cell, Column, Table};
use rethink::store::{Entry, Kind, Listed, Listing, State, leaves};
use rethink::text::WIDTH;
use rethink::text::number::significant;
use serde::Serialize;
use serde_json::Value;

use crate::cli::task::Changing::Dataset;
use crate::cli::task::Task;
use crate::cli::{Format, Options};
use crate::cli::{exit, output};
use crate::session::Session;

/// Letters of a spec that a list shows.
const SHOWN: usize = 60;

/// List, show, verify, recompute and export stored results.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  rethink runs list --kind run
  rethink runs show 0123456789abcdef
  rethink runs verify
  rethink runs recompute 0123456789abcdef
  rethink runs export 0123456789abcdef --to weights")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List what is stored; JSON has the specs and all single numbers.
    List {
        /// Only this kind, such as run, memorization or trial.
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
    },
    /// Print one result with its spec and where it comes from, as JSON.
    Show {
        /// Its id, or the beginning of it.
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Read every file and compare its checksum; exit code 1 if one is damaged.
    Verify,
    /// Compute a result again from its spec and compare, number by number; exit code 3 if
    /// it differs. The dataset is that of --dataset. Trials are not computed again.
    Recompute {
        /// Its id, or the beginning of it.
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Write the weights of a training, before and after, as safetensors files.
    Export {
        /// Its id, or the beginning of it.
        #[arg(value_name = "ID")]
        id: String,
        /// The folder to write to.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
}

impl Args {
    /// What is asked for.
    pub fn task(&self) -> Task {
        match self.command {
            Command::Recompute { .. } => Task {
                what: "a result computed again",
                uses: &[Dataset],
            },
            _ => Task {
                what: "a list of results",
                uses: &[],
            },
        }
    }
}

/// Answers on stdout.
pub fn run(args: &Args, options: &Options) -> anyhow::Result<ExitCode> {
    let out = &options.out;
    let listing = Listing::of(out)?;
    match &args.command {
        Command::List { kind } => {
            let wanted = |l: &&Listed| kind.as_ref().is_none_or(|kind| l.kind == *kind);
            let results: Vec<&Listed> = listing.results.iter().filter(wanted).collect();
            print_list(&results, &listing, options.format)?;
        }
        Command::Show { id } => {
            let found = the_one(&listing, id, out, |_| true)?;
            let text = std::fs::read_to_string(file(&out.join(&found.place)))?;
            output::print(text)?;
        }
        Command::Verify => return verify(&listing, out, options.format),
        Command::Recompute { id } => {
            let found = the_one(&listing, id, out, |_| true)?;
            return recompute(found, options);
        }
        Command::Export { id, to } => {
            let found = the_one(&listing, id, out, |l| l.kind == Kind::RUN.name)?;
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
    // Times are never the same; the losses of the curve are in the weights.
    let timed = |(place, _): &(String, &Value)| place.ends_with("seconds");
    let [before, after] = [&stored.output, &again.output].map(leaves);
    let mut differ: Vec<String> = (before.iter().zip(&after))
        .filter(|(a, b)| a != b && !timed(a))
        .map(|((place, a), (_, b))| format!("{place}: {a} is stored, {b} computed\n"))
        .collect();
    let weights = again
        .files
        .iter()
        .filter(|(name, _)| name.ends_with(".safetensors"));
    let mut compared = before.len();
    for (name, bytes) in weights {
        compared += 1;
        if stored.files.read(&options.out.join(&found.place), name)? != *bytes {
            differ.push(format!("{name}: other bytes are stored than computed\n"));
        }
    }
    let same = differ.is_empty() && before.len() == after.len();
    output::print(match same {
        true => format!(
            "{}: all {compared} values and files are the same\n",
            found.id
        ),
        false => format!(
            "{}{}: {} of {compared} values and files differ ({} values were computed)\n",
            differ.concat(),
            found.id,
            differ.len(),
            after.len()
        ),
    })?;
    Ok(if same { exit::DONE } else { exit::CHECK_FAILED }.into())
}

fn file(place: &Path) -> PathBuf {
    match place.is_dir() {
        true => place.join("result.json"),
        false => place.to_owned(),
    }
}

/// The result whose id begins so.
fn the_one<'a>(
    listing: &'a Listing,
    id: &str,
    out: &Path,
    accept: impl Fn(&Listed) -> bool,
) -> anyhow::Result<&'a Listed> {
    let found: Vec<&Listed> = (listing.results.iter())
        .filter(|l| l.id.starts_with(id) && l.state == State::Current && accept(l))
        .collect();
    match found[..] {
        [one] => Ok(one),
        [] => bail!(
            "no such result in {} has an id that begins with {id}: rethink runs list shows them",
            out.display()
        ),
        _ => bail!(
            "{} results have an id that begins with {id}: give more of it",
            found.len()
        ),
    }
}

/// A result in a list for machines.
#[derive(Serialize)]
struct Row<'a> {
    kind: &'a str,
    id: &'a str,
    place: &'a Path,
    state: State,
    spec: &'a Value,
    scalars: &'a serde_json::Map<String, Value>,
    seconds: f64,
    started: u64,
}

fn print_list(results: &[&Listed], listing: &Listing, format: Format) -> anyhow::Result<()> {
    if format == Format::Json {
        let rows: Vec<Row> = (results.iter())
            .map(|l| Row {
                kind: &l.kind,
                id: &l.id,
                place: &l.place,
                state: l.state,
                spec: &l.spec,
                scalars: &l.scalars,
                seconds: l.seconds,
                started: l.started,
            })
            .collect();
        let all = serde_json::json!({ "schema": "rethink/runs/1", "results": rows });
        return output::print(serde_json::to_string_pretty(&all)? + "\n");
    }
    let mut table = table(results);
    table.note = totals(listing);
    output::print(match format {
        Format::Csv => table.csv(),
        _ => table.text(WIDTH) + "\n",
    })
}

fn table(results: &[&Listed]) -> Table {
    let columns = vec![
        Column::text("kind"),
        Column::text("id"),
        Column::text("begun (UTC)"),
        Column::number("seconds"),
        Column::text("state"),
        Column::text("spec, where it differs"),
    ];
    let mut table = Table::new("results", "Stored results", columns);
    table.rows = (results.iter().zip(what_differs(results)))
        .map(|(l, spec)| {
            vec![
                Cell::text(&l.kind),
                Cell::text(&l.id),
                Cell::text(date(l.started)),
                Cell::number(l.seconds, significant(l.seconds, 3)),
                Cell::text(word(l.state)),
                Cell::text(spec),
            ]
        })
        .collect();
    table
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

fn word(state: State) -> &'static str {
    match state {
        State::Current => "current",
        State::OtherVersion => "other version",
        State::Damaged => "damaged",
        State::SetAside => "set aside",
    }
}

/// The single values of each spec that not all results of its kind have, as far as there
/// is room.
fn what_differs(results: &[&Listed]) -> Vec<String> {
    let values: Vec<Vec<String>> = (results.iter()).map(|l| values(&l.spec)).collect();
    let (mut of_kind, mut having) = (BTreeMap::new(), BTreeMap::new());
    for (l, parts) in results.iter().zip(&values) {
        *of_kind.entry(&l.kind).or_insert(0) += 1;
        for part in parts {
            *having.entry((&l.kind, part)).or_insert(0) += 1;
        }
    }
    let text = |(l, parts): (&&Listed, &Vec<String>)| {
        let all = of_kind[&l.kind];
        let apart = |part: &&String| all == 1 || having[&(&l.kind, *part)] < all;
        let text: Vec<&str> = parts.iter().filter(apart).map(String::as_str).collect();
        shortened(&text.join(" "))
    };
    results.iter().zip(&values).map(text).collect()
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        _ if text.is_empty() => "–".to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// `name=value` of every single value.
fn values(spec: &Value) -> Vec<String> {
    let single = |(place, value): (String, &Value)| {
        let name = place.rsplit('.').next()?;
        let left_out = ["checksum", "numerics"].contains(&name) || place.contains('[');
        (!left_out && !value.is_null()).then(|| match value {
            Value::String(text) => format!("{name}={text}"),
            single => format!("{name}={single}"),
        })
    };
    leaves(spec).into_iter().filter_map(single).collect()
}

/// What there is, and what is not used, in a line.
fn totals(listing: &Listing) -> String {
    let parts = [
        (State::Current, "current"),
        (State::OtherVersion, "of another version, left in place"),
        (State::Damaged, "damaged"),
        (State::SetAside, "set aside because they were damaged"),
    ];
    let counts = parts.map(|(state, words)| (listing.count(state), words));
    let shown = counts.iter().filter(|(count, _)| *count > 0);
    let shown: Vec<String> = shown
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    match shown.is_empty() {
        true => "Nothing is stored.".to_owned(),
        false => format!("Results: {}.", shown.join("; ")),
    }
}

fn verify(listing: &Listing, out: &Path, format: Format) -> anyhow::Result<ExitCode> {
    use rayon::prelude::*;
    let checked: Vec<&Listed> = (listing.results.iter())
        .filter(|l| matches!(l.state, State::Current | State::Damaged))
        .collect();
    let damaged: Vec<(&Listed, String)> = (checked.par_iter())
        .filter_map(|l| Some((*l, Listing::verify(out, l).err()?.to_string())))
        .collect();
    let mut text = String::new();
    for (_, reason) in &damaged {
        text += &format!("{reason}\n");
    }
    output::print(match format {
        Format::Json => {
            let damaged: Vec<Value> = (damaged.iter())
                .map(|(l, reason)| serde_json::json!({ "id": l.id, "reason": reason }))
                .collect();
            let all = serde_json::json!({
                "schema": "rethink/runs-verify/1",
                "verified": checked.len(),
                "damaged": damaged,
            });
            serde_json::to_string_pretty(&all)? + "\n"
        }
        _ => format!(
            "{text}{} results verified, {} damaged. {}\n",
            checked.len(),
            damaged.len(),
            totals(listing)
        ),
    })?;
    Ok(match damaged.is_empty() {
        true => exit::DONE.into(),
        false => exit::FAILED.into(),
    })
}
