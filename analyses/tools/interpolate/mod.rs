//! `rethink interpolate`: kernel interpolants. What they are is printed; nothing is stored.

mod args;
mod progress;
mod tables;

use std::iter::once;
use std::process::ExitCode;

use rethink::dataset::Dataset;
use rethink::experiment::Labeling;
use rethink::experiment::kernels::interpolants::{
    Found, InterpolantsError, NotFound, Pool, Request, Sample, plan,
};
use rethink::published::{Quantity, values};
use rethink::report::QuestionReport;
use rethink::text::number::{fixed, significant, span};
use serde::Serialize;

pub use args::Args;

use crate::cli::exit;
use crate::cli::output;
use crate::cli::{Format, Options};
use crate::tools::single;

/// The report, and every number of the interpolants.
#[derive(Serialize)]
struct Everything<'a> {
    #[serde(flatten)]
    report: &'a QuestionReport,
    interpolants: &'a [Entry],
    failed: &'a [NotFound],
}

/// A published test error, as a fraction.
#[derive(Serialize)]
struct Published {
    test_error: f64,
    source: &'static str,
}

/// One interpolant, beside what was published of it.
#[derive(Serialize)]
struct Entry {
    #[serde(flatten)]
    found: Found,
    published: Vec<Published>,
}

impl std::ops::Deref for Entry {
    type Target = Found;

    fn deref(&self) -> &Found {
        &self.found
    }
}

/// What `--help` shows.
pub const EXAMPLE: &str = "Example:\n  rethink interpolate --kernel gaussian --bandwidth 5 \
     --train-size 500,2000 --labels true,random";

/// Finds the interpolants and prints them.
pub fn run(args: &Args, options: &Options) -> anyhow::Result<ExitCode> {
    let request = args.request(options)?;
    let dataset = Dataset::load(options.dataset(), Some(&options.data_dir()))?;
    let pool = Pool::of(&dataset, args.hold_out)?;
    let samples = plan(&request, &pool)?;
    let id = dataset.id();
    let tested_in_full = args.hold_out.is_none().then_some(id.as_str());
    let (mut entries, mut failed) = (Vec::new(), Vec::new());
    for sample in &samples {
        for found in solve(sample, &pool, &request, options.quiet)? {
            match found {
                Ok(found) => entries.push(Entry {
                    published: beside(&found, tested_in_full),
                    found,
                }),
                Err(not_found) => failed.push(not_found),
            }
        }
    }
    for failure in &failed {
        output::say(format_args!("rethink: {}", failure));
    }
    if entries.is_empty() {
        return Ok(exit::FAILED.into());
    }
    let formulas: Vec<String> = (samples.first().into_iter())
        .flat_map(|sample| {
            let kernels = (sample.jobs.iter())
                .map(|job| format!("{}: k(x, y) = {}", job.kernel.name(), job.kernel.formula()));
            let features = format!("{}: {}", sample.map.name(), sample.map.formula());
            kernels.chain([features])
        })
        .collect();
    let asked = (args, &request);
    let report = report(asked, options, &dataset, (&entries, &failed), formulas);
    output::print(match options.format {
        Format::Text => single::text(&report, options),
        Format::Csv => tables::everything(&entries, &failed).csv(),
        Format::Json => {
            let all = Everything {
                report: &report,
                interpolants: &entries,
                failed: &failed,
            };
            output::json("rethink/interpolate/1", all)?
        }
    })?;
    let code = match failed.is_empty() {
        true => exit::DONE,
        false => exit::FAILED,
    };
    Ok(code.into())
}

/// The interpolants of one sample, with the plan and the progress of each.
fn solve(
    sample: &Sample,
    pool: &Pool,
    request: &Request,
    quiet: bool,
) -> Result<Vec<Result<Found, NotFound>>, InterpolantsError> {
    let seen = sample.featurize(pool, &request.solver)?;
    let solve = |job| {
        if !quiet {
            progress::plan(sample, job);
        }
        seen.solve(job, &mut progress::iterations(quiet))
    };
    sample.jobs.iter().map(solve).collect()
}

fn report(
    (args, request): (&Args, &Request),
    options: &Options,
    dataset: &Dataset,
    (entries, failed): (&[Entry], &[NotFound]),
    mut formulas: Vec<String>,
) -> QuestionReport {
    formulas.dedup();
    let drawn = match args.file_order {
        true => "the first of the training set",
        false => "drawn with the seed",
    };
    let tested = match args.hold_out {
        None => "test set".to_owned(),
        Some(n) => format!("last {n} training images, which are not trained on"),
    };
    let features = entries.first().map_or("pixels", |e| &e.features[..]);
    QuestionReport {
        title: format!(
            "Kernel interpolants of {}, kernel on {features}",
            dataset.name()
        ),
        asks: "Which function of smallest RKHS norm passes through these labels, and how often is it \
               wrong?"
            .to_owned(),
        answer: answer(entries),
        tables: (once(tables::results(entries)).chain(tables::ranges(entries)))
            .chain(once(tables::computation(entries)))
            .collect(),
        warnings: warnings(request, dataset, entries, failed),
        method: once(
                "f(x) = Σ_i α_i k(x_i, x) with (K + λI)α = y, one column of targets 0 and 1 per class; \
                 the class of the largest output is predicted."
                    .to_owned(),
        )
        .chain(once(format!("Training images: {drawn}. Tested on: {tested}.")))
        .chain(formulas)
        .collect(),
        published: sources(entries),
        ..single::report("interpolate", dataset, options)
    }
}

fn answer(entries: &[Entry]) -> String {
    let percent = |error: f64| fixed(100.0 * error, 2);
    let by_error = |a: &&Entry, b: &&Entry| a.test_error.total_cmp(&b.test_error);
    match entries {
        [e] => e.sentence(),
        _ => match (
            entries.iter().min_by(by_error),
            entries.iter().max_by(by_error),
        ) {
            (Some(best), Some(worst)) => format!(
                "{} functions, with test errors of {} %.",
                entries.len(),
                span(best.test_error, worst.test_error, percent)
            ),
            _ => String::new(),
        },
    }
}

fn warnings(
    request: &Request,
    dataset: &Dataset,
    entries: &[Entry],
    failed: &[NotFound],
) -> Vec<String> {
    let mut warnings: Vec<String> = failed.iter().map(NotFound::to_string).collect();
    if dataset.is_rounded() {
        warnings.push(
            "The images are those of the file rounded to single precision: a norm that rests on \
             smaller differences between images is another."
                .to_owned(),
        );
    }
    for (place, e) in (1..).zip(entries) {
        let remarks = e.remarks(&request.solver).into_iter();
        warnings.extend(remarks.map(|remark| format!("no. {place}: {remark}")));
    }
    if entries.iter().any(|e| e.ridge > 0.0) {
        warnings.push("With a ridge above 0 the function does not interpolate.".to_owned());
    }
    warnings
}

/// What was published of this setting; `dataset` is the dataset whose test set was used in
/// full.
fn beside(found: &Found, dataset: Option<&str>) -> Vec<Published> {
    let plain = found.features == "pixels" && found.labels == Labeling::True && found.ridge == 0.0;
    values(Quantity::TestError, &found.kernel, "true-labels")
        .filter(|one| plain && Some(one.dataset.as_str()) == dataset)
        .filter(|one| one.examples == found.train_size)
        .map(|one| Published {
            test_error: one.value,
            source: &one.source,
        })
        .collect()
}

/// The works that the published values are from, each once.
fn sources(entries: &[Entry]) -> Vec<String> {
    let mut sources: Vec<String> = Vec::new();
    for published in entries.iter().flat_map(|e| &e.published) {
        let values = format!(
            "{} %: {}.",
            significant(100.0 * published.test_error, 3),
            published.source
        );
        if !sources.contains(&values) {
            sources.push(values);
        }
    }
    if sources.iter().any(|line| line.contains("Zhang")) {
        sources.push(
            "Zhang et al. do not give their bandwidth; 5 is that of the first author's code."
                .into(),
        );
    }
    if !sources.is_empty() {
        sources.push("Published sets of n < 60,000 images are other draws than ours.".into());
    }
    sources
}
